//! Pushes that `pywebpush` has encrypted open here, and bring a phone its challenge.

use std::env;
use std::path::Path;
use std::process::Command;

use authenticator_core::approval::{Refusal, RequestKind, WebPushKeys};
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use crate::phone::{ACCOUNT, enrolled_by};
use crate::vault::INTERPRETER;
use crate::{answer, skip};
use approval_service::{Ask, Policy};

/// The bodies of pushes with these texts to the subscription with these keys; `None`, and a
/// word about it, where there is no Python.
fn pushed(keys: &WebPushKeys, texts: &[String]) -> Option<Vec<Vec<u8>>> {
    let Some(python) = env::var_os(INTERPRETER) else {
        skip(&format!("web_push.py: {INTERPRETER} names no Python that has pywebpush"));
        return None;
    };
    let (p256dh, auth) = (keys.public(), keys.auth());
    let subscription = json!({
        "endpoint": "https://push.example.com/subscription",
        "keys": {
            "p256dh": BASE64URL_NOPAD.encode(&p256dh),
            "auth": BASE64URL_NOPAD.encode(&auth),
        },
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/web_push.py");
    let mut command = Command::new(python);
    command.args(["-B", "-X", "utf8"]).arg(script);
    let said = answer(&mut command, &json!({ "subscription": subscription, "texts": texts }));
    let bodies = said.as_array().unwrap().iter();
    let body = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    Some(bodies.map(|text| body(text.as_str().unwrap())).collect())
}

#[test]
fn what_pywebpush_encrypts_opens_as_it_was() {
    let keys = WebPushKeys::make().unwrap();
    // The last but one is the longest that there is; the last would be the next.
    let lengths = (1..20).chain([627, 1_185, 2_048, 3_080, 3_992, 3_993, 3_994]);
    let mut texts: Vec<String> = lengths.map(|length| "p".repeat(length)).collect();
    texts.insert(0, "Пуш 推送 \u{1f514}".to_owned());
    let Some(bodies) = pushed(&keys, &texts) else { return };

    let kept = WebPushKeys::from_bytes(&keys.to_bytes()).unwrap();
    let other = WebPushKeys::make().unwrap();
    let (too_long, fit) = bodies.split_last().unwrap();
    for (body, text) in fit.iter().zip(&texts) {
        // Salt, record size, the sender's key, the delimiter and the tag.
        assert_eq!(body.len(), text.len() + 103);
        assert_eq!(kept.open(body).as_ref(), Ok(text));
        assert_eq!(other.open(body), Err(Refusal::Malformed));
        let mut altered = body.clone();
        altered[86 + text.len() / 2] ^= 1;
        assert_eq!(kept.open(&altered), Err(Refusal::Malformed));
    }
    assert_eq!(fit.last().unwrap().len(), 4_096);
    assert_eq!(kept.open(too_long), Err(Refusal::Malformed));
}

#[test]
fn a_challenge_comes_by_pywebpush_in_the_clear_and_encrypted() {
    for encrypted in [false, true] {
        let policy = Policy { encrypted, ..Policy::default() };
        let (mut service, phone, id) = enrolled_by(policy, None);
        let challenges = service.ask(ACCOUNT, &Ask::default(), phone.time());
        let keys = WebPushKeys::make().unwrap();
        let Some(bodies) = pushed(&keys, &challenges) else { return };

        let push = keys.open(&bodies[0]).unwrap();
        let preview = phone.authenticator.preview_key(id, phone.moment()).unwrap();
        let shown = preview.preview(&push, phone.moment().wall).unwrap();
        assert_eq!(shown.kind, RequestKind::SignIn);
        let request = phone.authenticator.take_push(&push, phone.moment()).unwrap();
        assert_eq!(phone.request(request).details, shown.details);
    }
}
