use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::super::HttpResponse;
use super::super::recording::{
    NOW, Recording, ecdsa_key, later, pem, push, saying, status, target, verified,
};
use super::*;

const DEVICE: &str = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";

fn courier(host: ApnsHost, transport: &Arc<Recording>) -> Apns<Arc<Recording>> {
    let key = Es256Key::from_pem(pem(&ecdsa_key()).as_bytes()).unwrap();
    let key = ("ABC123DEFG".to_owned(), key);
    let (topic, team) = ("com.example.app".to_owned(), "DEF123GHIJ".to_owned());
    Apns::new(Arc::clone(transport), host, topic, team, key)
}

fn outcome_of(answer: HttpResponse) -> Outcome {
    let courier = courier(ApnsHost::Production, &Recording::answering([answer]));
    courier.deliver(&push(&target(PushKind::Apns, DEVICE), "p"), NOW)
}

#[test]
fn the_notification_is_as_the_protocol_has_it() {
    let transport = Recording::answering([status(200)]);
    let courier = courier(ApnsHost::Production, &transport);

    let outcome = courier.deliver(&push(&target(PushKind::Apns, DEVICE), "eyJ.P.S"), NOW);

    assert_eq!(outcome, Outcome::Delivered);
    let [request] = transport.sent().try_into().unwrap();
    let (authorization, others) = request.headers.split_first().unwrap();
    let token = authorization.1.strip_prefix("bearer ").unwrap();
    assert_eq!(
        verified(token, &courier.key.public()),
        (
            json!({ "alg": "ES256", "kid": "ABC123DEFG" }),
            json!({ "iss": "DEF123GHIJ", "iat": NOW })
        )
    );
    assert_eq!(
        others,
        [
            ("apns-expiration", "1453480628".to_owned()),
            ("apns-priority", "10".to_owned()),
            ("apns-push-type", "alert".to_owned()),
            ("apns-topic", "com.example.app".to_owned()),
            ("content-type", "application/json".to_owned()),
        ]
    );
    assert_eq!((request.method, request.reach), ("POST", Reach::Chosen));
    assert_eq!(request.url, format!("https://api.push.apple.com/3/device/{DEVICE}"));
    assert_eq!(
        request.body,
        br#"{"aps":{"alert":{"title-loc-key":"APPROVAL_TITLE","loc-key":"APPROVAL_BODY"},"mutable-content":1},"p":"eyJ.P.S"}"#
    );
}

#[test]
fn each_host_has_its_address() {
    for (host, origin) in [
        (ApnsHost::Sandbox, "https://api.sandbox.push.apple.com"),
        (ApnsHost::Other("http://127.0.0.1:9".to_owned()), "http://127.0.0.1:9"),
    ] {
        let transport = Recording::answering([status(200)]);
        let delivery = target(PushKind::Apns, DEVICE);
        let outcome = courier(host, &transport).deliver(&push(&delivery, "p"), NOW);
        assert_eq!(outcome, Outcome::Delivered);
        assert_eq!(transport.sent()[0].url, format!("{origin}/3/device/{DEVICE}"));
    }
}

#[test]
fn a_token_serves_for_forty_minutes() {
    let transport = Recording::answering([(); 5].map(|()| status(200)));
    let courier = courier(ApnsHost::Production, &transport);
    let target = target(PushKind::Apns, DEVICE);
    // The last is a clock that was set back: Apple refuses what is signed in the future.
    let moments = [NOW, NOW + 2_399, NOW + 2_400, NOW + 2_401, NOW + 10];
    for now in moments {
        let push = Delivery::Push(Push { target: &target, p: "p", exp: now + 60 });
        assert_eq!(courier.deliver(&push, now), Outcome::Delivered);
    }

    let issued = transport.sent().into_iter().map(|request| {
        let token = request.headers[0].1.strip_prefix("bearer ").unwrap().to_owned();
        verified(&token, &courier.key.public()).1["iat"].as_u64().unwrap()
    });
    assert_eq!(issued.collect::<Vec<_>>(), [NOW, NOW, NOW + 2_400, NOW + 2_400, NOW + 10]);
}

#[test]
fn each_status_has_its_outcome() {
    for reason in ["Unregistered", "ExpiredToken"] {
        let body = format!(r#"{{"reason":"{reason}","timestamp":1453480000000}}"#);
        assert_eq!(outcome_of(saying(410, &body)), Outcome::Gone);
    }
    for (code, body) in [
        (410, ""),
        // It may be a token of the other host.
        (400, r#"{"reason":"BadDeviceToken"}"#),
        (403, r#"{"reason":"ExpiredProviderToken"}"#),
        (404, r#"{"reason":"Unregistered"}"#),
        (413, r#"{"reason":"PayloadTooLarge"}"#),
        (500, r#"{"reason":"InternalServerError"}"#),
    ] {
        assert_eq!(outcome_of(saying(code, body)), Outcome::Failed(Failure::Status(code)));
    }
    for code in [429, 503] {
        assert_eq!(outcome_of(later(code, "3")), Outcome::Later(Duration::from_secs(3)));
        assert_eq!(outcome_of(status(code)), Outcome::Later(Duration::from_secs(60)));
    }
}

#[test]
fn sizes_are_as_the_protocol_measured_them_and_what_is_longer_is_left_to_polling() {
    let transport = Recording::answering([(); 8].map(|()| status(200)));
    let courier = courier(ApnsHost::Production, &transport);
    let target = target(PushKind::Apns, DEVICE);
    for length in [627, 821, 1_185, 1_444, 2_048, 3_080, 3_991, 3_992] {
        assert_eq!(courier.deliver(&push(&target, &"p".repeat(length)), NOW), Outcome::Delivered);
    }

    let sizes: Vec<_> = transport.sent().iter().map(|request| request.body.len()).collect();
    assert_eq!(sizes, [732, 926, 1_290, 1_549, 2_153, 3_185, 4_096, 98]);
}

#[test]
fn what_could_not_be_a_token_is_not_put_into_an_address() {
    let transport = Recording::answering([status(200)]);
    let courier = courier(ApnsHost::Production, &transport);
    let long = "0".repeat(201);
    for device in ["", "../../1", "00?a=b", "00/..", "0 0", "gg", "é", &long] {
        let outcome = courier.deliver(&push(&target(PushKind::Apns, device), "p"), NOW);
        assert_eq!(outcome, Outcome::Failed(Failure::BadTarget), "{device}");
    }
    assert_eq!(transport.sent(), []);
}
