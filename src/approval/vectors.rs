//! `tests/vectors/approval/`: every message that a phone gets, and what it makes of it.

use serde_json::Value;

use super::claims::Identifier;
use super::configuration::Configuration;
use super::error::ApprovalError;
use super::fuzzing::Phone;
use super::pending::Pending;
use super::receipt::{Receipt, Sent};
use super::refusal::Refusal;
use super::request::CredentialId;
use super::status::{Status, verify_revocation};

/// How the specification calls a refusal.
fn verdict(result: Result<(), Refusal>) -> &'static str {
    match result {
        Ok(()) => "accepted",
        Err(Refusal::Malformed) => "malformed",
        Err(Refusal::Unsupported) => "unsupported",
        Err(Refusal::WrongType) => "wrong-type",
        Err(Refusal::NotForUs) => "not-for-us",
        Err(Refusal::UnknownKey) => "unknown-key",
        Err(Refusal::BadSignature) => "bad-signature",
        Err(Refusal::BadTimes) => "bad-times",
        Err(Refusal::Expired) => "expired",
        Err(Refusal::Policy) => "policy",
        Err(Refusal::CannotVerify) => "cannot-verify",
        Err(Refusal::Conflict) => "conflict",
        Err(Refusal::Suspended) => "suspended",
        Err(Refusal::Older) => "older",
    }
}

/// The vectors of a file, and the phone that they are for.
struct File {
    vectors: Value,
    phone: Phone,
}

impl File {
    fn new(text: &str) -> Self {
        let vectors = serde_json::from_str(text).unwrap();
        Self { phone: Phone::read(&vectors).unwrap(), vectors }
    }

    fn identifier(&self, name: &str) -> Identifier {
        Identifier::parse(self.vectors[name].as_str().unwrap()).unwrap()
    }

    /// Holds `read` to the verdict of every case, of which there are at least so many.
    fn check(&self, least: usize, read: impl Fn(&str) -> Result<(), Refusal>) {
        let cases = self.vectors["cases"].as_array().unwrap();
        assert!(cases.len() >= least, "{}", cases.len());
        for case in cases {
            let found = verdict(read(case["message"].as_str().unwrap()));
            assert_eq!(found, case["verdict"], "{}: {}", case["name"], case["rule"]);
        }
    }
}

fn refused<T>(result: Result<T, ApprovalError>) -> Result<(), Refusal> {
    match result {
        Ok(_) => Ok(()),
        Err(ApprovalError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn challenges() {
    let file = File::new(include_str!("../../tests/vectors/approval/challenges.json"));
    let id = CredentialId::from_bytes([0; 16]);
    file.check(119, |text| {
        refused(Pending::receive(id, &file.phone.credential, text, file.phone.now))
    });
}

#[test]
fn configurations() {
    let file = File::new(include_str!("../../tests/vectors/approval/configurations.json"));
    let accepted = Configuration::accepted(&file.phone.credential.configuration).unwrap();
    file.check(32, |text| accepted.next(text, file.phone.now).map(drop));
}

#[test]
fn receipts() {
    let file = File::new(include_str!("../../tests/vectors/approval/receipts.json"));
    let configuration = file.phone.credential.accepted_configuration().unwrap();
    let sent = Sent {
        iss: &file.phone.credential.iss,
        credential: &file.phone.credential.id,
        signing: &configuration.claims.keys,
        jti: &file.identifier("jti"),
        hash: serde_json::from_value(file.vectors["ahash"].clone()).unwrap(),
    };
    file.check(18, |text| Receipt::verify(&sent, text).map(drop));
}

#[test]
fn statuses() {
    let file = File::new(include_str!("../../tests/vectors/approval/statuses.json"));
    let configuration = file.phone.credential.accepted_configuration().unwrap();
    let nonce = file.identifier("nonce");
    file.check(17, |text| {
        Status::verify(&file.phone.credential, &configuration, &nonce, text).map(drop)
    });
}

#[test]
fn revocations() {
    let file = File::new(include_str!("../../tests/vectors/approval/revocations.json"));
    file.check(8, |text| refused(verify_revocation(&file.phone.credential, text)));
}
