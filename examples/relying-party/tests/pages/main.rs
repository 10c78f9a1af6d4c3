//! What every page promises, whatever is in it.

mod samples;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use relying_party::pages::{
    CONTENT_SECURITY_POLICY, Method, Notice, Page, Problem, STYLE, SignIn, WAIT,
};
use samples::{EVIL, Sample, USUAL, all};

/// The start tags, each as its name and the rest, read as a browser would: quotes may hold `>`.
fn tags(html: &str) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
            continue;
        }
        let mut quote = None;
        let end = rest.find(|character| match (quote, character) {
            (None, '>') => true,
            (None, '"' | '\'') => {
                quote = Some(character);
                false
            }
            (Some(open), _) if open == character => {
                quote = None;
                false
            }
            _ => false,
        });
        let tag = &rest[..end.expect("every tag ends")];
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        tags.push((name.to_owned(), format!(" {attributes}")));
        rest = &rest[tag.len()..];
    }
    tags
}

fn value<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = attributes.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn both() -> Vec<Sample> {
    all(&USUAL).into_iter().chain(all(&EVIL)).collect()
}

#[test]
fn what_strangers_write_is_text_and_never_markup() {
    for (usual, evil) in all(&USUAL).iter().zip(all(&EVIL)) {
        let names = |sample: &Sample| -> BTreeSet<String> {
            tags(&sample.html).into_iter().map(|(name, _)| name).collect()
        };
        let file = evil.file;
        // An evil text may take a picture or a link away, never bring an element in.
        assert!(names(&evil).is_subset(&names(usual)), "{file}");
        assert!(!evil.html.contains("<script>") && !evil.html.contains("<img"), "{file}");
        assert!(!evil.html.contains("\"javascript:") && !evil.html.contains("49&amp;"), "{file}");
        assert!(evil.html.contains("&#60;script&#62;"), "{file} shows no text at all");
    }
}

#[test]
fn every_page_has_one_heading_a_title_and_a_language() {
    let mut titles = BTreeSet::new();
    for sample in both() {
        let (file, html) = (sample.file, &sample.html);
        let tags = tags(html);
        let count = |wanted: &str| tags.iter().filter(|(name, _)| name == wanted).count();
        assert_eq!((count("h1"), count("title"), count("main")), (1, 1, 1), "{file}");
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{file}");
        titles.insert(sample.title);
    }
    for sample in all(&USUAL) {
        let problem = if sample.html.contains("id=\"problem\"") { "Problem: " } else { "" };
        let title = format!("<title>{problem}{} – Harbour Bank</title>", sample.title);
        assert!(sample.html.contains(&title), "{}: {title}", sample.file);
    }
    assert!(titles.len() > 40, "titles say the state");
}

#[test]
fn nothing_is_inline_and_nothing_is_fetched_from_elsewhere() {
    for sample in both() {
        let file = sample.file;
        for (name, attributes) in tags(&sample.html) {
            assert_ne!(name, "style", "{file}");
            if name == "script" {
                assert_eq!(attributes.trim(), "src=\"/assets/wait.js\" defer", "{file}");
            }
            let mut outside = String::new();
            for (at, part) in attributes.split('"').enumerate() {
                if at % 2 == 0 {
                    outside.push_str(part);
                }
            }
            for attribute in outside.split_whitespace() {
                assert!(
                    !attribute.starts_with("on") && !attribute.starts_with("style"),
                    "{file}: {attribute}"
                );
            }
            if let Some(address) = value(&attributes, "src").or(value(&attributes, "action")) {
                assert!(
                    address.starts_with('/') && !address.starts_with("//"),
                    "{file}: {address}"
                );
            }
        }
    }
    for outside in ["http:", "https:", "@import", "url("] {
        assert!(!STYLE.contains(outside) && !WAIT.contains(outside), "{outside}");
    }
    assert!(!WAIT.contains("innerHTML") && !WAIT.contains("eval"));
    assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
}

#[test]
fn every_form_is_a_post_with_the_token() {
    for sample in all(&USUAL) {
        for form in sample.html.split("<form ").skip(1) {
            let form = form.split("</form>").next().expect("a form ends");
            assert!(form.starts_with("method=\"post\" action=\"/"), "{}: {form}", sample.file);
            assert_eq!(
                form.matches("name=\"csrf\" value=\"kq3yWvCSRFtoken7d\"").count(),
                1,
                "{}",
                sample.file
            );
        }
    }
}

#[test]
fn no_secret_is_in_an_address_that_the_browser_sends() {
    for sample in all(&USUAL) {
        for (_, attributes) in tags(&sample.html) {
            for name in ["href", "src", "action", "data-events"] {
                let Some(address) = value(&attributes, name) else { continue };
                // The two links go to the app on the same phone, and to no server.
                if address.starts_with("approval://") || address.starts_with("otpauth://") {
                    assert_eq!(name, "href");
                    continue;
                }
                for secret in [USUAL.csrf, USUAL.secret, USUAL.code, "Zm9vYmFy", "048213"] {
                    assert!(!address.contains(secret), "{}: {address}", sample.file);
                }
            }
        }
    }
}

#[test]
fn what_describes_a_field_is_there_and_an_error_is_tied_to_it() {
    for sample in all(&USUAL) {
        let tags = tags(&sample.html);
        let ids: Vec<&str> =
            tags.iter().filter_map(|(_, attributes)| value(attributes, "id")).collect();
        let unique: BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{}: ids", sample.file);
        for (name, attributes) in &tags {
            let named = ["aria-describedby", "aria-labelledby", "for", "data-continue"];
            for attribute in named.iter().filter_map(|name| value(attributes, name)) {
                for id in attribute.split_whitespace() {
                    assert!(ids.contains(&id), "{}: {name} names {id}", sample.file);
                }
            }
            if let Some(anchor) =
                value(attributes, "href").and_then(|address| address.strip_prefix('#'))
            {
                assert!(ids.contains(&anchor), "{}: {anchor}", sample.file);
            }
            if attributes.contains("aria-invalid") {
                let described = value(attributes, "aria-describedby").unwrap_or_default();
                assert!(described.contains("-error"), "{}: {attributes}", sample.file);
            }
        }
    }
}

#[test]
fn problems_and_notices_are_whole_sentences() {
    let problems = [
        Problem::Empty { field: "name" },
        Problem::Empty { field: "search" },
        Problem::WrongPairingCode { tries_left: 2 },
        Problem::PhoneNotHere,
        Problem::Gone,
    ];
    let notices = [
        Notice::SignedOut,
        Notice::SessionOver,
        Notice::Removed,
        Notice::Locked,
        Notice::DefaultChanged,
    ]
    .into_iter()
    .chain([Notice::SentAgain, Notice::PoliciesKept, Notice::UserReset, Notice::UserUnlocked]);
    let texts =
        problems.iter().map(Problem::text).chain(notices.map(|notice| notice.text().to_owned()));
    for text in texts {
        assert!(text.ends_with('.') && text.starts_with(char::is_uppercase), "{text}");
    }
}

#[test]
fn what_a_form_sends_is_read_back() {
    for method in Method::ALL {
        assert_eq!(Method::of(method.value()), Some(method));
    }
    assert_eq!(Method::of("<script>"), None);
    let page = SignIn { frame: Default::default(), name: "\"quoted\"".into() };
    assert!(page.html().contains("value=\"&#34;quoted&#34;\""));
}

/// For the check in a browser (`tests/browser/`), which takes this folder as its argument.
#[test]
fn the_pages_are_written_down_for_the_browser() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(folder.join("assets")).expect("a folder for pages");
    for (before, samples) in [("", all(&USUAL)), ("evil-", all(&EVIL))] {
        for sample in samples {
            fs::write(folder.join(format!("{before}{}.html", sample.file)), sample.html)
                .expect("a page");
        }
    }
    for (file, text) in [
        ("assets/style.css", STYLE),
        ("assets/wait.js", WAIT),
        ("policy.txt", CONTENT_SECURITY_POLICY),
    ] {
        fs::write(folder.join(file), text).expect("an asset");
    }
}
