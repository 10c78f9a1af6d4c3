//! A copied vault, with its key, does not tell a right approval PIN from a wrong one.

use std::env;
use std::path::Path;
use std::process::Command;

use authenticator_core::approval::{ApprovalEvent, Outcome, RequestState};
use serde_json::{Value, json};

use crate::answer;
use crate::phone::{OTHER_PIN, PIN, Phone, proof};
use crate::vault::{INTERPRETER, read};
use approval_service::{Ask, Policy, Service};

const ACCOUNT: &str = "ann@example.com";

/// What of `records` and `also` tells each of `pins` from others.
fn tried(records: &Value, also: &[String], pins: &[&str]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/pin_oracle.py");
    let mut command = Command::new(env::var_os(INTERPRETER).unwrap());
    command.args(["-B", "-X", "utf8"]).arg(script);
    let said = answer(&mut command, &json!({ "records": records, "also": also, "pins": pins }));
    // It has looked at something.
    assert!(said["texts"].as_u64().unwrap() > 100, "{}", said["texts"]);
    said["hits"].clone()
}

#[test]
fn nothing_that_is_stored_tells_a_right_approval_pin_from_a_wrong_one() {
    let phone = Phone::new();
    let mut service = Service::new(Policy::default(), phone.time());
    phone.enrol(&mut service, ACCOUNT, Some(PIN));
    // Ten approvals, a wrong PIN first each time it is one of three.
    for round in 0..10 {
        let request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
        let typed = if round % 3 == 0 { OTHER_PIN } else { PIN };
        phone.approve(&service, ACCOUNT, request, &proof(Some(typed)));
        let mut events = phone.settle(&mut service);
        if phone.request(request).state == RequestState::ProveAgain(Outcome::WrongPin) {
            let again = proof(Some(PIN));
            phone.authenticator.approve(request, None, &again, phone.moment()).unwrap();
            events = phone.settle(&mut service);
        }
        assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
    }
    // One that was decided and not sent.
    let request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
    phone.approve(&service, ACCOUNT, request, &proof(Some(PIN)));

    let recovery = phone.authenticator.issue_recovery_key(None, phone.moment()).unwrap();
    let recovery = recovery.text().expose().to_owned();
    let Phone { folder, authenticator, .. } = phone;
    drop(authenticator);
    let Some(read) = read(&folder.vault(), &["--recovery", &recovery]) else { return };

    let mut pins = vec![PIN, OTHER_PIN];
    pins.extend(["482914", "593024", "117733", "846250"]);
    let hits = tried(&read["records"], &[], &pins);
    for pin in &pins {
        assert_eq!(hits[pin], json!([]), "{pin}");
    }

    // A proof in the clear would have been found: the one that the service opened last.
    let hits = tried(&read["records"], &service.opened[service.opened.len() - 1..], &pins);
    assert_eq!(hits[PIN], json!(["signature", "thumbprint"]));
    for pin in &pins[1..] {
        assert_eq!(hits[pin], json!([]), "{pin}");
    }
}
