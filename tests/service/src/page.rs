//! What a person and an administrator do at the service's page, for tests in other languages:
//! `/page/VERB?account=NAME&…`, answered by a line of text for each thing there is to say.

use std::collections::HashMap;

use approval_jose::{decode, encode};
use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::{Ask, Request, Response, Service, State};

/// Answers what stands behind `/page/`.
pub fn answer(service: &mut Service, asked: &str, request: &Request, now: u64) -> Response {
    let (verb, query) = asked.split_once('?').unwrap_or((asked, ""));
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let words: HashMap<&str, String> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name, decoded(value)))
        .collect();
    let word = |name: &str| words.get(name).map_or("", String::as_str);
    let account = word("account");
    let said = match verb {
        "enrol" => service.begin_enrolment(account, now),
        "pair" => match service.type_pairing_code(account, word("code"), now) {
            Ok(()) => "paired".to_owned(),
            Err(left) => format!("{left} left"),
        },
        "ask" => service.ask(account, &ask(&words), now).join("\n"),
        "number" => service.newest_number(account).unwrap_or_default(),
        "match-link" => service.newest_match_link(account),
        "state" => service.newest(account).state.to_owned(),
        "suspend" => {
            service.set_state(account, State::Suspended);
            String::new()
        }
        "revoke" => {
            let id = service.credential(account).0.clone();
            service.revoke(&id, word("reason"), now);
            String::new()
        }
        "new-signing-key" => {
            service.replace_signing_key(now);
            String::new()
        }
        // A key store, for a language whose tests have no cryptography of their own.
        "make-key" => {
            let (private, point) = key::make();
            format!("{} {}", encode(&private), encode(&point))
        }
        "sign" => {
            let read = |name| decode(word(name)).unwrap();
            encode(&key::sign(&read("key"), &read("message")))
        }
        // What a client is tried with.
        "moved" => {
            let headers = header("Location", "/page/long");
            return Response { status: 302, headers, body: Vec::new() };
        }
        "long" => "x".repeat(1_000_000),
        "echo" => {
            let kind = request.headers.iter().find(|(name, _)| name == "Content-Type");
            let kind = kind.map_or("", |(_, value)| value);
            let body = String::from_utf8_lossy(&request.body);
            let body = format!("{} {kind} {body}", request.method).into_bytes();
            return Response { status: 200, headers: header("DPoP-Nonce", "abc"), body };
        }
        _ => return Response { status: 404, headers: Vec::new(), body: Vec::new() },
    };
    Response { status: 200, headers: Vec::new(), body: said.into_bytes() }
}

/// P-256, as a platform's key store has it.
mod key {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    /// The key as PKCS #8, and its point.
    pub fn make() -> (Vec<u8>, Vec<u8>) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let private = pair.to_pkcs8v1().unwrap();
        (private.as_ref().to_vec(), pair.public_key().as_ref().to_vec())
    }

    pub fn sign(private: &[u8], message: &[u8]) -> Vec<u8> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, private).unwrap();
        pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
    }
}

fn ask(words: &HashMap<&str, String>) -> Ask {
    // Names of the specification, one of each for each.
    let one = |name: &str, known: &[&'static str]| {
        let word = words.get(name)?;
        Some(*known.iter().find(|known| *known == word).unwrap())
    };
    let usual = Ask::default();
    let kinds = ["sign-in", "transaction", "add-device", "rotate"];
    let kind = one("kind", &kinds).unwrap_or(usual.kind);
    let context = match kind {
        "transaction" => json!({ "app": "Mail", "payee": "Bo", "amount": "12.00 EUR" }),
        "add-device" => json!({ "app": "Mail", "name": "Tablet" }),
        "rotate" => json!({ "app": "Mail" }),
        _ => usual.context,
    };
    Ask {
        kind,
        matching: one("match", &["enter2", "enter6", "scan", "none"]).unwrap_or(usual.matching),
        verifications: one("uv", &["presence", "pin", "biometric"])
            .map_or(usual.verifications, |uv| vec![uv]),
        lives: usual.lives,
        context,
    }
}
