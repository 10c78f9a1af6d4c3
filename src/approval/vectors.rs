//! `tests/vectors/approval/`: every message that a phone gets, and what it makes of it.

use serde_json::Value;

use super::claims::{Hash, Identifier, Jwk, Origin, Text, Whole};
use super::configuration::Configuration;
use super::credential::{Credential, CredentialState};
use super::error::ApprovalError;
use super::jose::decode;
use super::judged::Judged;
use super::keys::KeyLevel;
use super::pending::Pending;
use super::phone::{EnvelopeKey, PhoneKeys, SigningKey};
use super::pin::PinSalt;
use super::receipt::{Head, Receipt, Sent};
use super::refusal::Refusal;
use super::request::CredentialId;
use super::status::{Status, verify_revocation};
use crate::crypto::curve::PrivateKey;
use crate::{Secret, UnixTime};

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

/// The phone that the vectors of a file are for.
struct Phone {
    vectors: Value,
    credential: Credential,
    now: Judged,
}

impl Phone {
    fn new(text: &str) -> Self {
        let vectors: Value = serde_json::from_str(text).unwrap();
        let text = |name: &str| vectors[name].as_str().unwrap();
        let secret = decode(vectors["envelope_key"]["d"].as_str().unwrap()).unwrap();
        let envelope = Jwk(PrivateKey::from_slice(&secret).unwrap().public());
        let device = SigningKey {
            handle: Secret::new(Vec::new()),
            public: Jwk(PrivateKey::from_slice(&[7; 32]).unwrap().public()),
            level: KeyLevel::Software,
        };
        let credential = Credential {
            configuration: text("configuration").to_owned(),
            iss: Origin::parse(text("iss")).unwrap(),
            id: Identifier::parse(text("aud")).unwrap(),
            account: Text::parse("ann").unwrap(),
            state: CredentialState::Active,
            keys: PhoneKeys {
                device,
                verification: None,
                envelope: EnvelopeKey { secret: Secret::new(secret), public: envelope },
            },
            next_keys: None,
            head: Head { seq: Whole::ONE, ahash: Hash::of(b"") },
            seq: Whole::ONE,
            outstanding: Vec::new(),
            // The phone has a PIN, and no biometric.
            pin: Some(PinSalt::make(Whole::ONE).unwrap()),
            next_pin: None,
            pin_tries: Default::default(),
            calls: Vec::new(),
            pairing: None,
            added: UnixTime::from_secs(0),
        };
        let time = UnixTime::from_secs(vectors["now"].as_u64().unwrap());
        Self { vectors, credential, now: Judged::confirmed(time, 0) }
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
    let phone = Phone::new(include_str!("../../tests/vectors/approval/challenges.json"));
    let id = CredentialId::from_bytes([0; 16]);
    phone.check(118, |text| refused(Pending::receive(id, &phone.credential, text, phone.now)));
}

#[test]
fn configurations() {
    let phone = Phone::new(include_str!("../../tests/vectors/approval/configurations.json"));
    let accepted = Configuration::accepted(&phone.credential.configuration).unwrap();
    phone.check(32, |text| accepted.next(text, phone.now).map(drop));
}

#[test]
fn receipts() {
    let phone = Phone::new(include_str!("../../tests/vectors/approval/receipts.json"));
    let configuration = phone.credential.accepted_configuration().unwrap();
    let sent = Sent {
        iss: &phone.credential.iss,
        credential: &phone.credential.id,
        signing: &configuration.claims.keys,
        jti: &phone.identifier("jti"),
        hash: serde_json::from_value(phone.vectors["ahash"].clone()).unwrap(),
    };
    phone.check(18, |text| Receipt::verify(&sent, text).map(drop));
}

#[test]
fn statuses() {
    let phone = Phone::new(include_str!("../../tests/vectors/approval/statuses.json"));
    let configuration = phone.credential.accepted_configuration().unwrap();
    let nonce = phone.identifier("nonce");
    phone.check(17, |text| {
        Status::verify(&phone.credential, &configuration, &nonce, text).map(drop)
    });
}

#[test]
fn revocations() {
    let phone = Phone::new(include_str!("../../tests/vectors/approval/revocations.json"));
    phone.check(8, |text| refused(verify_revocation(&phone.credential, text)));
}
