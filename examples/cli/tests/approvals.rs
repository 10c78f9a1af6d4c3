//! Sign-ins approved at the terminal, at a service on loopback.
#![cfg(target_os = "linux")]

mod program;
#[path = "../../../tests/support/service/mod.rs"]
mod service;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use program::{Ended, Vault};
use serde_json::Value;
use service::{Ask, Policy, Request, Response, Service, State};

const ACCOUNT: &str = "ann@example.com";
const PIN: &str = "482913";
const OTHER_PIN: &str = "739105";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A service that can be reached, for as long as the test runs.
#[derive(Clone)]
struct Site(Arc<Mutex<Service>>);

impl Site {
    fn new(policy: Policy) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let site = Self(Arc::new(Mutex::new(Service::at(&origin, policy, now()))));
        let serving = site.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                serving.answer(&stream.unwrap(), &origin);
            }
        });
        site
    }

    /// One request for each connection.
    fn answer(&self, stream: &TcpStream, origin: &str) {
        let Some(request) = read(stream, origin) else { return };
        let Response { status, headers, body } =
            self.with(|service| service.handle(&request, now()));
        let mut head = format!(
            "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = stream;
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
    }

    fn with<T>(&self, act: impl FnOnce(&mut Service) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    /// Enrols the vault, through to the approved test.
    fn enrol(&self, vault: &Vault, pin: Option<&str>) -> String {
        let link = self.with(|service| service.begin_enrolment(ACCOUNT, now()));
        let mut run = vault.run(&["enrol", "-", "--yes", "--json"]).stdin(link.as_bytes());
        if let Some(pin) = pin {
            run = vault
                .run(&["enrol", "-", "--yes", "--with-pin", "--json"])
                .stdin(link.as_bytes())
                .env("AUTHENTICATOR_NEW_APPROVAL_PIN", pin);
        }
        let said = run.done().json().remove(0);
        assert_eq!((&said["account"], &said["service"]), (&ACCOUNT.into(), &"Example".into()));
        let code = said["pairing_code"].as_str().unwrap().to_owned();
        self.with(|service| service.type_pairing_code(ACCOUNT, &code, now())).unwrap();
        let test = open_request(vault);
        assert_eq!(test["kind"], "test");
        self.approve(vault, &test, pin).done();
        said["credential"].as_str().unwrap().to_owned()
    }

    fn approve(&self, vault: &Vault, request: &Value, pin: Option<&str>) -> program::Run {
        let number = self.with(|service| service.newest_number(ACCOUNT)).unwrap();
        let id = request["id"].as_str().unwrap();
        let run = vault.run(&["approve", &id[..8], "--number", &number, "--json"]);
        run.env("AUTHENTICATOR_APPROVAL_PIN", pin.unwrap_or_default())
    }

    fn ask(&self, ask: &Ask) {
        self.with(|service| drop(service.ask(ACCOUNT, ask, now())));
    }

    fn newest_state(&self) -> &'static str {
        self.with(|service| service.newest(ACCOUNT).state)
    }
}

fn read(stream: &TcpStream, origin: &str) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let (method, rest) = lines[0].split_once(' ')?;
    let (path, _) = rest.split_once(' ')?;
    let url = format!("{origin}{path}");
    let headers = lines[1..].iter().filter_map(|line| line.split_once(": "));
    // Names come in lower case.
    let name = |name: &str| {
        if name.eq_ignore_ascii_case("dpop") { "DPoP".to_owned() } else { name.to_owned() }
    };
    let headers: Vec<_> = headers.map(|(known, value)| (name(known), value.to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method: method.to_owned(), url, headers, body })
}

/// The one request that is open.
fn open_request(vault: &Vault) -> Value {
    let mut open = vault.run(&["approvals", "--json"]).done().json();
    assert_eq!(open.len(), 1, "{open:?}");
    open.remove(0)
}

fn outcome(ended: Ended) -> Value {
    ended.json().remove(0)["outcome"].clone()
}

#[test]
fn a_sign_in_is_shown_and_approved_by_its_number_and_a_pin() {
    let (site, vault) = (Site::new(Policy::default()), Vault::empty("approve"));
    site.enrol(&vault, Some(PIN));
    site.ask(&Ask::with_pin());

    let text = vault.run(&["approvals"]).done().stdout;
    for shown in
        ["sign-in to Mail as ann@example.com", "Berlin", "PC", "Example (http://", "s left"]
    {
        assert!(text.contains(shown), "{text}");
    }
    assert!(text.contains("the two digits on the page, and the approval PIN"), "{text}");
    let request = open_request(&vault);
    assert_eq!(request["shows"]["place"], "Berlin");
    assert_eq!((&request["match"], &request["state"]), (&"enter2".into(), &"open".into()));

    let wrong = site.approve(&vault, &request, Some(OTHER_PIN)).refused().json().remove(0);
    assert_eq!((&wrong["outcome"], &wrong["tries_left"]), (&"wrong-pin".into(), &9.into()));
    let id = &request["id"].as_str().unwrap()[..8];
    let again = vault.run(&["approve", id]).env("AUTHENTICATOR_APPROVAL_PIN", PIN).done();
    assert_eq!(again.stdout, format!("{id}: approved\n"));
    assert_eq!(site.newest_state(), "approved");

    let history = vault.run(&["history", "--json"]).done().json();
    assert_eq!(
        (&history[0]["decision"], &history[0]["outcome"]),
        (&"approve".into(), &"approved".into())
    );
    assert!(vault.run(&["history"]).done().stdout.contains("approved: sign-in to Mail"));
    assert_eq!(vault.run(&["approvals"]).done().stdout, "Nothing is to be approved.\n");
}

#[test]
fn a_wrong_number_ends_a_request_and_deny_and_report_need_nothing() {
    let (site, vault) = (Site::new(Policy::default()), Vault::empty("deny"));
    site.enrol(&vault, None);
    site.ask(&Ask::default());
    let request = open_request(&vault);
    let id = &request["id"].as_str().unwrap()[..8];
    let number: u32 = site.with(|service| service.newest_number(ACCOUNT)).unwrap().parse().unwrap();
    let wrong = format!("{:02}", (number + 1) % 100);
    let burned = vault.run(&["approve", id, "--number", &wrong]).refused();
    assert!(burned.stdout.contains("wrong number"), "{burned:?}");
    assert_eq!(site.newest_state(), "burned");

    for (command, state) in [("deny", "denied"), ("report", "reported")] {
        site.ask(&Ask::default());
        let request = open_request(&vault);
        let id = request["id"].as_str().unwrap();
        let refused = vault.run(&[command, id, "--reason", "not-me", "--json"]).done();
        assert_eq!(outcome(refused), state);
        assert_eq!(site.newest_state(), state);
        let twice = vault.run(&[command, id, "--json"]).refused().json().remove(0);
        assert_eq!(twice["error"]["kind"], "approval_over");
    }
    let unknown = vault.run(&["deny", "00000000", "--json"]).refused().json().remove(0);
    assert_eq!(unknown["error"]["kind"], "approval_not_found");
}

#[test]
fn credentials_are_listed_rotated_given_another_pin_and_ended() {
    let (site, vault) = (Site::new(Policy::default()), Vault::empty("credential"));
    let id = site.enrol(&vault, Some(PIN));
    let list = vault.run(&["credential", "list", "--json"]).done().json();
    assert_eq!((&list[0]["id"], &list[0]["state"]), (&id.clone().into(), &"active".into()));
    let devices = vault.run(&["devices", "--json"]).done().json();
    assert_eq!((&devices[0]["name"], &devices[0]["is_this"]), (&"Terminal".into(), &true.into()));

    let nothing = vault.run(&["credential", "rotate", &id, "--json"]).refused().json().remove(0);
    assert_eq!(nothing["error"]["kind"], "nothing_to_rotate");
    let context = serde_json::json!({ "app": "Mail" });
    site.ask(&Ask { kind: "rotate", context, ..Ask::default() });
    let before = site.with(|service| service.credential(ACCOUNT).1.key.thumbprint());
    let number = site.with(|service| service.newest_number(ACCOUNT)).unwrap();
    let rotated = vault.run(&["credential", "rotate", &id[..6], "--number", &number, "--json"]);
    assert_eq!(outcome(rotated.done()), "approved");
    assert_ne!(site.with(|service| service.credential(ACCOUNT).1.key.thumbprint()), before);

    let change = |old, new| {
        let run = vault.run(&["approval-pin", "change", &id, "--json"]);
        let run = run.env("AUTHENTICATOR_APPROVAL_PIN", old);
        run.env("AUTHENTICATOR_NEW_APPROVAL_PIN", new)
    };
    assert_eq!(outcome(change(OTHER_PIN, PIN).refused()), "wrong-pin");
    assert_eq!(outcome(change(PIN, OTHER_PIN).done()), "pin-changed");

    let removed = vault.run(&["credential", "remove", &id, "--yes", "--json"]).done();
    assert_eq!(outcome(removed), "done");
    assert!(site.with(|service| service.credentials.values().all(|it| it.state == State::Revoked)));
}

#[test]
fn a_service_that_cannot_be_reached_loses_nothing() {
    let (site, vault) = (Site::new(Policy::default()), Vault::empty("unreachable"));
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let link = site.with(|service| service.begin_enrolment(ACCOUNT, now()));
    let origin = site.with(|service| service.origin.replace(':', "%3A").replace('/', "%2F"));
    let elsewhere = format!("http%3A%2F%2F{}", gone.to_string().replace(':', "%3A"));
    let link = link.replace(&origin, &elsewhere);
    let refused = vault.run(&["enrol", &link, "--yes", "--json"]).refused().json().remove(0);
    assert_eq!(refused["error"]["kind"], "service_unavailable");
    assert_eq!(vault.run(&["credential", "list", "--json"]).done().stdout, "");

    let refused = vault.run(&["enrol", "https://example.com/", "--json"]).refused();
    assert_eq!(refused.json()[0]["error"]["kind"], "message_wrong_type");
    let unasked = site.with(|service| service.begin_enrolment(ACCOUNT, now()));
    let refused = vault.run(&["enrol", "-", "--json"]).stdin(unasked.as_bytes()).refused();
    assert_eq!(refused.json()[0]["error"]["kind"], "not_confirmed");
}

#[test]
fn watching_shows_a_request_when_it_comes() {
    let (site, vault) = (Site::new(Policy::default()), Vault::empty("watch"));
    site.enrol(&vault, None);
    let asking = site.clone();
    let later = thread::spawn(move || {
        thread::sleep(std::time::Duration::from_secs(1));
        asking.ask(&Ask::default());
    });
    let seen = vault.run(&["approvals", "--watch", "--for", "6", "--json"]).done().json();
    later.join().unwrap();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["kind"], "sign-in");
}
