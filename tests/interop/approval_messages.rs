//! What a phone sends is read by `jwcrypto` as the specification says.

use std::env;
use std::path::Path;
use std::process::Command;

use approval_service::{Ask, ORIGIN, Policy, Service};
use authenticator_core::approval::{Proof, RevocationReason};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::phone::{OTHER_PIN, PIN, Phone, approval_pin, proof};
use crate::vault::INTERPRETER;
use crate::{answer, skip};

const ACCOUNT: &str = "ann@example.com";

/// Everything that a phone has to say, from its enrolment to its end, and what the service
/// needs in order to read it.
pub(crate) fn everything_sent() -> Value {
    let phone = Phone::new();
    let mut service = Service::new(Policy::default(), phone.time());
    service.log = Some(Vec::new());
    let id = phone.enrol(&mut service, ACCOUNT, Some(PIN));
    let request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
    phone.approve(&service, ACCOUNT, request, &proof(Some(PIN)));
    phone.settle(&mut service);
    let context = json!({ "app": "Mail" });
    let rotate = Ask { kind: "rotate", context, ..Ask::default() };
    let request = phone.asked(&mut service, ACCOUNT, &rotate);
    phone.approve(&service, ACCOUNT, request, &Proof::Presence);
    phone.settle(&mut service);
    let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
    phone.authenticator.deny(request, None, phone.moment()).unwrap();
    let (old, new) = (approval_pin(PIN), approval_pin(OTHER_PIN));
    phone.authenticator.change_approval_pin(id, &old, &new, phone.moment()).unwrap();
    phone.authenticator.change_push(id, None, phone.moment()).unwrap();
    phone.settle(&mut service);
    let devices = phone.authenticator.ask_devices(id, phone.moment()).unwrap();
    phone.carry(&mut service, devices);
    let now = phone.moment();
    phone.authenticator.remove_credential(id, None, RevocationReason::Removed, now).unwrap();
    phone.settle(&mut service);

    let sent = service.log.take().unwrap().into_iter().map(|request| {
        json!({
            "method": request.method,
            "url": request.url,
            "headers": request.headers,
            "body": String::from_utf8(request.body).unwrap(),
        })
    });
    let mut encryption_key = serde_json::to_value(&service.encryption.public).unwrap();
    encryption_key["d"] = BASE64URL_NOPAD.encode(&service.encryption.secret()).into();
    json!({
        "origin": ORIGIN,
        "encryption_key": encryption_key,
        "requests": sent.collect::<Vec<_>>(),
    })
}

#[test]
fn everything_that_a_phone_sends_is_what_the_specification_says() {
    let Some(python) = env::var_os(INTERPRETER) else {
        return skip(&format!("approval_messages.py: {INTERPRETER} names no Python"));
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/approval_messages.py");
    let mut command = Command::new(python);
    command.args(["-B", "-X", "utf8"]).arg(script);
    let said = answer(&mut command, &everything_sent());
    let read = said.as_object().unwrap();
    let kinds: Vec<&str> = read.keys().map(String::as_str).collect();
    assert_eq!(
        kinds,
        [
            "approval-answer+jwt",
            "approval-enrolment+jwt",
            "approval-pin+jwt",
            "approval-pin-change+jwt",
            "approval-reveal+jwt",
            "approval-rotation+jwt",
            "devices",
            "dpop+jwt",
            "poll",
            "push",
            "removal",
        ]
    );
}
