//! `jose` verifies what a phone sends, and refuses every vector that breaks a rule of
//! cryptography.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::answer;
use crate::approval_messages::everything_sent;
use crate::approval_vectors::FILES;
use crate::node::node;

/// The rules that `jose` has to keep, and how many vectors break them. The others are of form,
/// claims, limits and times, which are for whoever uses it: it reads base64url in more than one
/// spelling, headers with other members, and JSON with a member twice.
const RULES: [(&str, usize); 16] = [
    ("a key of the accepted configuration before it", 1),
    ("after opening, the inner signature is verified", 1),
    ("apu and apv are not there", 1),
    ("claims and limits", 2),
    ("epk is a point of the curve", 1),
    ("kid", 3),
    ("kid is a signing key of the accepted configuration", 2),
    ("kid is this credential's envelope key", 1),
    ("r and s from 1 to n − 1", 3),
    ("signature", 8),
    ("tag", 3),
    ("the header has exactly", 3),
    ("the header has exactly alg, typ and kid", 6),
    ("the second part is empty", 1),
    ("the tag has 16 bytes", 1),
    ("typ", 6),
];

/// Of rules that are of form, too: what is cryptography.
const AMONG_FORMS: [(&str, &[&str]); 2] = [
    ("claims and limits", &["a key off the curve", "a key of another curve"]),
    (
        "the header has exactly alg, typ and kid",
        &["alg none", "alg HS256", "alg in lower case", "crit", "no typ", "kid is null"],
    ),
];

/// What the specification refuses, and `jose` accepts: it compares kinds as media types, which
/// are the same in any case. A reader here compares bytes.
const EXCEPTIONS: [&str; 1] = ["typ in another case"];

/// What `jose` calls these verdicts. Where a phone says `malformed`, it has many words.
const REASONS: [(&str, &str); 3] = [
    ("bad-signature", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"),
    ("unknown-key", "ERR_JWKS_NO_MATCHING_KEY"),
    ("wrong-type", "ERR_JWT_CLAIM_VALIDATION_FAILED"),
];

fn is_cryptographic(rule: &str, name: &str) -> bool {
    let among_forms = AMONG_FORMS.iter().find(|(known, _)| *known == rule);
    let is_ours = |(_, names): &(&str, &[&str])| names.contains(&name);
    RULES.iter().any(|(known, _)| *known == rule) && among_forms.is_none_or(is_ours)
}

#[test]
fn jose_verifies_what_a_phone_sends_and_refuses_the_vectors_of_cryptography() {
    let Some(mut node) = node("approval_jose.mjs") else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/approval");
    let read = |name: &str| -> Value {
        let file = fs::read(folder.join(name).with_extension("json")).unwrap();
        serde_json::from_slice(&file).unwrap()
    };
    let vectors: Map<String, Value> =
        FILES.map(|name| (name.to_owned(), read(name))).into_iter().collect();
    let mut asked = everything_sent();
    asked["vectors"] = vectors.clone().into();
    let said = answer(&mut node, &asked);

    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    for (file, vectors) in &vectors {
        for case in vectors["cases"].as_array().unwrap() {
            let [name, rule, verdict] =
                ["name", "rule", "verdict"].map(|field| case[field].as_str().unwrap());
            let found = said["vectors"][file][name].as_str().unwrap();
            if verdict == "accepted" || EXCEPTIONS.contains(&name) {
                assert_eq!(found, "accepted", "{file}: {name}");
            } else if is_cryptographic(rule, name) {
                assert_ne!(found, "accepted", "{file}: {name}");
                let said = REASONS.iter().find(|(known, _)| *known == verdict);
                assert!(said.is_none_or(|(_, code)| *code == found), "{file}: {name}: {found}");
                *refused.entry(rule).or_default() += 1;
            }
        }
    }
    println!("jose refuses {}: {refused:?}", refused.values().sum::<usize>());
    assert_eq!(refused, RULES.into());

    let sent = json!({
        "JWE": 4,
        "approval-answer+jwt": 4,
        "approval-enrolment+jwt": 1,
        "approval-pin+jwt": 4,
        "approval-pin-change+jwt": 1,
        "approval-reveal+jwt": 1,
        "approval-rotation+jwt": 1,
        "dpop+jwt": 6,
    });
    assert_eq!(said["sent"], sent);
}
