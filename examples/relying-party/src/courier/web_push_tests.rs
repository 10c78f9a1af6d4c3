use std::sync::Arc;
use std::time::Duration;

use authenticator_core::approval::WebPushKeys;

use super::super::recording::{
    NOW, Recording, ecdsa_key, later, push, saying, status, target, verified,
};
use super::super::{HttpResponse, PushTarget};
use super::*;

const ENDPOINT: &str = "https://push.example.net/s/secret";

fn courier(transport: &Arc<Recording>, reach: Reach) -> WebPush<Arc<Recording>> {
    let key = Es256Key::from_pkcs8(&ecdsa_key()).unwrap();
    WebPush::new(Arc::clone(transport), key, "mailto:push@example.com".to_owned(), reach)
}

fn subscription(keys: &WebPushKeys, endpoint: &str) -> PushTarget {
    target(PushKind::Webpush, &keys.target(endpoint).target)
}

fn outcome_of(answer: HttpResponse) -> Outcome {
    let keys = WebPushKeys::make().unwrap();
    let courier = courier(&Recording::answering([answer]), Reach::Public);
    courier.deliver(&push(&subscription(&keys, ENDPOINT), "p"), NOW)
}

#[test]
fn the_request_is_as_the_protocol_and_rfc_8292_have_it() {
    let keys = WebPushKeys::make().unwrap();
    let transport = Recording::answering([status(201)]);
    let courier = courier(&transport, Reach::Public);
    let p = "p".repeat(3_080);

    let outcome = courier.deliver(&push(&subscription(&keys, ENDPOINT), &p), NOW);

    assert_eq!(outcome, Outcome::Delivered);
    let [request] = transport.sent().try_into().unwrap();
    assert_eq!((request.method, request.url.as_str()), ("POST", ENDPOINT));
    assert_eq!(request.reach, Reach::Public);
    assert_eq!(keys.open(&request.body), Ok(p));
    assert_eq!(request.body.len(), 3_183);
    let (authorization, others) = request.headers.split_first().unwrap();
    assert_eq!(
        others,
        [
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", "60".to_owned()),
            ("urgency", "high".to_owned()),
        ]
    );

    // Header and claims are, byte for byte, those of the example of RFC 8292, section 2.4.
    let example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQ\
        iLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0";
    let (name, value) = authorization;
    let parameters = value.strip_prefix("vapid t=").unwrap();
    let (token, key) = parameters.split_once(", k=").unwrap();
    assert_eq!(*name, "authorization");
    assert_eq!(token.rsplit_once('.').unwrap().0, example);
    assert_eq!(key, courier.key.public());
    verified(token, key);
}

#[test]
fn the_judge_of_tokens_takes_the_example_of_rfc_8292() {
    let (_, claims) = verified(
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHA\
         iOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_\
         HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA",
        "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs",
    );

    assert_eq!(claims["aud"], "https://push.example.net");
}

#[test]
fn the_longest_text_fits_into_a_body_and_a_longer_one_is_left_to_polling() {
    let keys = WebPushKeys::make().unwrap();
    let transport = Recording::answering([status(201), status(201)]);
    let courier = courier(&transport, Reach::Public);
    let target = subscription(&keys, ENDPOINT);
    for length in [MAX_TEXT, MAX_TEXT + 1] {
        assert_eq!(courier.deliver(&push(&target, &"p".repeat(length)), NOW), Outcome::Delivered);
    }

    let [longest, longer] = transport.sent().try_into().unwrap();
    assert_eq!(longest.body.len(), 4_096);
    assert_eq!(keys.open(&longest.body), Ok("p".repeat(MAX_TEXT)));
    assert_eq!(keys.open(&longer.body), Ok(String::new()));
}

#[test]
fn each_status_has_its_outcome() {
    for code in [200, 201, 202, 204] {
        assert_eq!(outcome_of(status(code)), Outcome::Delivered);
    }
    for code in [404, 410] {
        assert_eq!(outcome_of(status(code)), Outcome::Gone);
    }
    for code in [429, 503] {
        assert_eq!(outcome_of(later(code, "120")), Outcome::Later(Duration::from_secs(120)));
    }
    for code in [301, 307, 308, 400, 401, 403, 413, 500, 502] {
        let failed = Outcome::Failed(Failure::Status(code));
        assert_eq!(outcome_of(saying(code, "reason")), failed);
    }
}

#[test]
fn endpoints_that_lead_into_ones_own_network_are_not_gone_to() {
    let keys = WebPushKeys::make().unwrap();
    let transport = Recording::answering([status(201)]);
    let public = courier(&transport, Reach::Public);
    for endpoint in [
        "http://push.example.net/s",
        "http://127.0.0.1:80/s",
        "https://127.0.0.1/s",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/s",
        "https://localhost/s",
        "https://8.8.8.8/s",
        "https://a:b@push.example.net/s",
        "file:///etc/passwd",
    ] {
        let outcome = public.deliver(&push(&subscription(&keys, endpoint), "p"), NOW);
        assert_eq!(outcome, Outcome::Failed(Failure::BadTarget), "{endpoint}");
    }
    assert_eq!(transport.sent(), []);

    let development = courier(&transport, Reach::Chosen);
    let local = subscription(&keys, "http://127.0.0.1:80/s");
    assert_eq!(development.deliver(&push(&local, "p"), NOW), Outcome::Delivered);
}

#[test]
fn what_is_no_push_of_this_kind_or_is_over_is_not_sent() {
    let keys = WebPushKeys::make().unwrap();
    let transport = Recording::answering([]);
    let courier = courier(&transport, Reach::Public);
    let good = subscription(&keys, ENDPOINT);
    let fcm = target(PushKind::Fcm, &good.target);
    let none = target(PushKind::Webpush, "token");

    let failed = |delivery: &Delivery<'_>, now| match courier.deliver(delivery, now) {
        Outcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    };
    assert_eq!(failed(&push(&fcm, "p"), NOW), Failure::NoWay);
    assert_eq!(failed(&push(&none, "p"), NOW), Failure::BadTarget);
    assert_eq!(failed(&push(&good, "p"), NOW + 60), Failure::Over);
    assert_eq!(transport.sent(), []);
    assert_eq!(failed(&push(&good, "p"), NOW + 59), Failure::Unreached);
    assert!(transport.sent()[0].headers.contains(&("ttl", "1".to_owned())));
}
