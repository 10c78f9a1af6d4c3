// Opens every page in a real browser, as it is served: under its Content-Security-Policy, on a
// phone and a desktop, light and dark.
//
//   npm ci --ignore-scripts
//   node pages.mjs FOLDER_OF_PAGES FOLDER_FOR_SCREENSHOTS [WORD_IN_THE_NAME]
//
// The folder of pages is what `cargo test --test pages` writes. CHROMIUM names the browser where it
// is not /usr/bin/chromium.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { chromium } from "playwright-core";

const [folder, screenshots, word = ""] = process.argv.slice(2);
if (!folder || !screenshots) {
  console.error("node pages.mjs FOLDER_OF_PAGES FOLDER_FOR_SCREENSHOTS [WORD_IN_THE_NAME]");
  process.exit(2);
}
mkdirSync(screenshots, { recursive: true });

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const policy = readFileSync(join(folder, "policy.txt"), "utf8");
const pages = readdirSync(folder)
  .filter((name) => name.endsWith(".html") && name.includes(word))
  .map((name) => name.slice(0, -".html".length))
  .sort();

const SIZES = [
  { name: "phone", width: 360, height: 740 },
  { name: "desktop", width: 1280, height: 800 },
];
const SCHEMES = ["light", "dark"];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

// What a test of the waiting wants to send next; the streams that are open get it.
const streams = new Set();
const posted = [];

const server = createServer((request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  response.setHeader("Content-Security-Policy", policy);
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (path.endsWith("/events")) {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(": open\n\n");
    streams.add(response);
    request.on("close", () => streams.delete(response));
    return;
  }
  if (request.method === "POST") {
    posted.push(path);
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end("<!doctype html><html lang=en><title>Posted</title><link rel=icon href=data:,><h1>Posted</h1>");
    return;
  }
  const types = { ".css": "text/css", ".js": "text/javascript", ".html": "text/html" };
  const file = path.startsWith("/assets/") ? path.slice(1) : `${path.slice(1)}.html`;
  try {
    const text = readFileSync(join(folder, file));
    response.writeHead(200, { "Content-Type": `${types[file.slice(file.lastIndexOf("."))]}; charset=utf-8` });
    response.end(text);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const failures = [];
const fail = (where, what) => {
  failures.push(`${where}: ${what}`);
  console.error(`${where}: ${what}`);
};

// How the focused element looks: what a person who tabs has to see.
const focused = () => {
  const element = document.activeElement;
  if (!element || element === document.body) {
    return null;
  }
  // A point inside an element that has several boxes, as a link over two lines.
  const box = element.getClientRects()[0];
  const style = getComputedStyle(element);
  return {
    what: `${element.tagName.toLowerCase()} ${element.id || element.textContent.trim().slice(0, 40)}`,
    drawn: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: Boolean(box) && box.width > 0 && box.height > 0 && box.left >= 0 && box.right <= innerWidth + 1,
  };
};

async function tabThrough(page, where) {
  await page.evaluate(() => document.activeElement?.blur());
  const stops = await page.evaluate(() => {
    const groups = new Set();
    return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']")]
      .filter((element) => element.checkVisibility())
      .filter((element) => element.type !== "radio" || (!groups.has(element.name) && groups.add(element.name))).length;
  });
  // After a problem the focus begins at its summary: past the last stop, it comes round once.
  let round = 0;
  for (let at = 0; at < stops + round; at += 1) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(focused);
    if (!seen && round === 0) {
      round = 1;
    } else if (!seen) {
      fail(where, `after ${at + 1} tabs nothing has the focus`);
      return;
    } else if (!seen.drawn || !seen.inside) {
      fail(where, `the focus is not seen on ${seen.what}`);
    }
  }
}

async function check(context, name, size, scheme) {
  const where = `${name}, ${size.name}, ${scheme}`;
  const page = await context.newPage();
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && fail(where, message.text()));
  page.on("pageerror", (error) => fail(where, error.message));
  page.on("dialog", (dialog) => {
    fail(where, `a script ran: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(`${origin}/${name}`, { waitUntil: "domcontentloaded" });
  if ((await page.locator("#problem").count()) > 0 && (await page.evaluate(() => document.activeElement.id)) !== "problem") {
    fail(where, "the summary of what is wrong has no focus");
  }
  await page.screenshot({ path: join(screenshots, `${name}-${size.name}-${scheme}.png`), fullPage: true });
  await page.evaluate(() => document.querySelectorAll("details").forEach((element) => (element.open = true)));
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wider > 0) {
    fail(where, `${wider} px wider than the screen`);
  }
  if (!name.startsWith("evil-")) {
    await checkRules(page, where);
    await tabThrough(page, where);
  }
  await page.close();
}

async function checkRules(page, where) {
  // By the debugger, which the policy of the page does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "tag", values } }),
    RULES,
  );
  for (const { id, nodes } of violations) {
    fail(where, `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(" | ")}`);
  }
}

// With scripts, the page goes on by itself; what the phone did is said meanwhile.
async function checkWaiting(context) {
  const where = "waiting";
  const page = await context.newPage();
  const send = async (text) => {
    for (let tries = 0; streams.size === 0 && tries < 50; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    streams.forEach((stream) => stream.write(text));
  };
  await page.goto(`${origin}/app`);
  await send("event: status\ndata: revealed\n\n");
  await page.getByText("Your phone has answered.").waitFor({ timeout: 5000 });
  await page.goto(`${origin}/approval-two`);
  await send("event: decided\ndata: \n\n");
  await page.getByRole("heading", { name: "Posted" }).waitFor({ timeout: 5000 });
  if (posted.at(-1) !== "/sign-in/approval/continue") {
    fail(where, `went on to ${posted.at(-1)}`);
  }
  await page.close();
}

// Without scripts, by the button.
async function checkWithoutScripts(browser) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${origin}/approval-two`);
  await page.getByRole("button", { name: "Continue" }).click();
  if (posted.at(-1) !== "/sign-in/approval/continue" || posted.length < 2) {
    fail("without scripts", `“Continue” went to ${posted.at(-1)}`);
  }
  await context.close();
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // As root, in a container, Chromium has no sandbox of its own; it opens our own pages alone.
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  for (const size of SIZES) {
    for (const colorScheme of SCHEMES) {
      const { width, height } = size;
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
      const waiting = [...pages];
      const worker = async () => {
        for (let name = waiting.shift(); name; name = waiting.shift()) {
          await check(context, name, size, colorScheme);
        }
      };
      await Promise.all([worker(), worker(), worker()]);
      await context.close();
    }
  }
  if (!word) {
    const context = await browser.newContext();
    await checkWaiting(context);
    await context.close();
    await checkWithoutScripts(browser);
  }
} finally {
  await browser.close();
  streams.forEach((stream) => stream.end());
  server.close();
}
console.log(`${pages.length} pages, ${SIZES.length * SCHEMES.length} times each: ${failures.length} failures`);
process.exit(failures.length === 0 && pages.length > 0 ? 0 : 1);
