// An OpenID provider, `oidc-provider`, whose token endpoint stands where a service of approvals is polled.
//
// Prints {"origin"}; then takes a DPoP proof a line, sends it to that endpoint over HTTP with a request for a token,
// and prints what came back: {"status", "error", "why", "nonce", "jkt"}, the last of which is the thumbprint of the key
// that the token is bound to.

import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// What is imported is looked for beside the script, where no packages are.
const { Provider } = createRequire(`${process.env.AUTHENTICATOR_CORE_NODE_MODULES}/`)("oidc-provider");

const ROUTE = "/approval/poll";
// Standard output is for answers, and the provider has words about its development keys.
console.info = console.warn = console.error;

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const origin = `http://127.0.0.1:${server.address().port}`;
const client = { client_id: "phone", client_secret: randomBytes(32).toString("base64url") };
const provider = new Provider(origin, {
  clients: [{ ...client, grant_types: ["client_credentials"], redirect_uris: [], response_types: [] }],
  routes: { token: ROUTE },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
  },
});
server.on("request", provider.callback());

let bound, detail;
provider.on("client_credentials.saved", (token) => (bound = token.jkt));
provider.on("grant.error", (_, error) => (detail = error.error_detail));

async function sent(proof) {
  bound = detail = undefined;
  const authorization = Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64");
  const response = await fetch(origin + ROUTE, {
    method: "POST",
    headers: { DPoP: proof, Authorization: `Basic ${authorization}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { error, error_description } = await response.json();
  // Of a token that it refuses, it tells its log more than the client.
  const why = error === "invalid_grant" ? detail : error_description;
  return { status: response.status, error, why, nonce: response.headers.get("DPoP-Nonce"), jkt: bound };
}

console.log(JSON.stringify({ origin }));
for await (const proof of createInterface({ input: process.stdin })) console.log(JSON.stringify(await sent(proof)));
server.close();
server.closeAllConnections();
