//! Sign-ins approved at the terminal, at a service on loopback.
#![cfg(target_os = "linux")]

mod program;

use approval_service::{Ask, Policy, Site, State, now};
use std::net::TcpListener;
use std::thread;

use program::{Ended, Vault};
use serde_json::Value;

const ACCOUNT: &str = "ann@example.com";
const PIN: &str = "482913";
const OTHER_PIN: &str = "739105";

/// What a person does at the service and at the terminal.
trait AtBoth {
    fn enrol(&self, vault: &Vault, pin: Option<&str>) -> String;
    fn approve(&self, vault: &Vault, request: &Value, pin: Option<&str>) -> program::Run;
    fn ask_for(&self, ask: &Ask);
    fn newest_state(&self) -> &'static str;
}

impl AtBoth for Site {
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

    fn ask_for(&self, ask: &Ask) {
        self.with(|service| drop(service.ask(ACCOUNT, ask, now())));
    }

    fn newest_state(&self) -> &'static str {
        self.with(|service| service.newest(ACCOUNT).state)
    }
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
    site.ask_for(&Ask::with_pin());

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
    site.ask_for(&Ask::default());
    let request = open_request(&vault);
    let id = &request["id"].as_str().unwrap()[..8];
    let number: u32 = site.with(|service| service.newest_number(ACCOUNT)).unwrap().parse().unwrap();
    let wrong = format!("{:02}", (number + 1) % 100);
    let burned = vault.run(&["approve", id, "--number", &wrong]).refused();
    assert!(burned.stdout.contains("wrong number"), "{burned:?}");
    assert_eq!(site.newest_state(), "burned");

    for (command, state) in [("deny", "denied"), ("report", "reported")] {
        site.ask_for(&Ask::default());
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
    site.ask_for(&Ask { kind: "rotate", context, ..Ask::default() });
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
        asking.ask_for(&Ask::default());
    });
    let seen = vault.run(&["approvals", "--watch", "--for", "6", "--json"]).done().json();
    later.join().unwrap();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["kind"], "sign-in");
}
