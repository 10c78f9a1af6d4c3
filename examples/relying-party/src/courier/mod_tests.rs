use std::sync::Arc;

use super::recording::{
    NOW, Recording, ecdsa_key, later, pem, push, rsa_key, saying, status, target,
};
use super::*;

#[test]
fn what_there_is_no_courier_for_is_not_brought() {
    let couriers = Couriers::default();
    let to = target(PushKind::Webpush, "target");
    let code = Delivery::Code(Code { channel: Channel::Text, to: "+12025550123", code: "1" });
    for delivery in [push(&to, "p"), code] {
        assert_eq!(couriers.deliver(&delivery, NOW), Outcome::Failed(Failure::NoWay));
    }
}

#[test]
fn each_delivery_goes_to_the_courier_of_its_kind() {
    struct Counts(PushKind);
    impl Courier for Counts {
        fn deliver(&self, delivery: &Delivery<'_>, _: u64) -> Outcome {
            match delivery {
                Delivery::Push(push) if push.target.kind == self.0 => Outcome::Delivered,
                _ => Outcome::Gone,
            }
        }
    }
    let couriers = Couriers {
        fcm: Box::new(Counts(PushKind::Fcm)),
        apns: Box::new(Counts(PushKind::Apns)),
        web_push: Box::new(Counts(PushKind::Webpush)),
        codes: Box::new(NoPush),
    };
    for kind in [PushKind::Fcm, PushKind::Apns, PushKind::Webpush] {
        assert_eq!(couriers.deliver(&push(&target(kind, "t"), "p"), NOW), Outcome::Delivered);
    }
}

#[test]
fn a_target_is_read_as_the_protocol_writes_it() {
    for (kind, word) in
        [(PushKind::Fcm, "fcm"), (PushKind::Apns, "apns"), (PushKind::Webpush, "webpush")]
    {
        let json = format!(r#"{{"kind":"{word}","target":"t"}}"#);
        assert_eq!(serde_json::from_str::<PushTarget>(&json).unwrap(), target(kind, "t"));
        assert_eq!(serde_json::to_string(&target(kind, "t")).unwrap(), json);
    }
    for json in [r#"{"kind":"sms","target":"t"}"#, r#"{"kind":"fcm","target":"t","more":1}"#] {
        assert!(serde_json::from_str::<PushTarget>(json).is_err());
    }
}

#[test]
fn a_pause_is_in_seconds_or_until_a_date_and_neither_nothing_nor_days() {
    let pause = |text: &str| match later(429, text).outcome(NOW) {
        Outcome::Later(pause) => pause.as_secs(),
        other => panic!("{other:?}"),
    };
    assert_eq!(pause("120"), 120);
    assert_eq!(pause(" 120 "), 120);
    // NOW is 2016-01-22 16:36:08.
    assert_eq!(pause("Fri, 22 Jan 2016 16:36:38 GMT"), 30);
    assert_eq!(pause("Thu, 01 Jan 1970 00:00:00 GMT"), 1);
    assert_eq!(pause("0"), 1);
    assert_eq!(pause("86400"), 3_600);
    assert_eq!(pause("99999999999999999999999"), 60);
    assert_eq!(pause("soon"), 60);
    assert_eq!(pause("-1"), 60);
}

#[test]
fn nothing_that_prints_has_a_secret_in_it() {
    let key = || Es256Key::from_pkcs8(&ecdsa_key()).unwrap();
    let transport = Recording::answering([]);
    let account = format!(
        r#"{{"project_id":"project","private_key_id":"CANARY","private_key":{:?},"client_email":"CANARY","token_uri":"https://CANARY"}}"#,
        rsa_key().0
    );
    let account = ServiceAccount::parse(account.as_bytes()).unwrap();
    let endpoint = "https://push.example.net/CANARY";
    let keys = authenticator_core::approval::WebPushKeys::make().unwrap();
    let subscription = Subscription::parse(&keys.target(endpoint).target).unwrap();
    let canary = || "CANARY".to_owned();
    let request = HttpRequest {
        method: "POST",
        url: endpoint.to_owned(),
        headers: vec![("authorization", canary())],
        body: b"CANARY".to_vec(),
        reach: Reach::Public,
    };
    let folder = tempfile::tempdir().unwrap();
    let texts = [
        format!("{:?}", push(&target(PushKind::Fcm, "CANARY"), "CANARY")),
        format!("{request:?}"),
        format!("{:?}", saying(410, "CANARY")),
        format!("{:?}", later(429, "CANARY")),
        format!("{subscription:?}"),
        format!("{account:?}"),
        format!("{:?}", Fcm::new(Arc::clone(&transport), account)),
        format!(
            "{:?}",
            Apns::new(
                Arc::clone(&transport),
                ApnsHost::Production,
                "topic".to_owned(),
                canary(),
                (canary(), key())
            )
        ),
        format!("{:?}", WebPush::new(Arc::clone(&transport), key(), canary(), Reach::Public)),
        format!("{:?}", Gateway::new(Arc::clone(&transport), canary(), canary(), canary())),
        format!("{:?}", Outbox::open(&folder.path().join("CANARY"), canary()).unwrap()),
        format!("{:?} {}", key(), WrongKey),
    ];
    for text in texts {
        assert!(!text.contains("CANARY") && !text.contains("67, 65, 78"), "{text}");
    }
}

#[test]
fn of_a_phone_number_two_digits_are_shown_and_of_a_short_one_none() {
    for (to, shown) in [("+12025550123", "..23"), ("123", "..23"), ("12", ".."), ("", "..")] {
        let code = Code { channel: Channel::Text, to, code: "987654" };
        let text = format!("{:?}", Delivery::Code(code));
        assert_eq!(text, format!("Code(Code {{ channel: Text, to: {shown}, .. }})"));
    }
}

#[test]
fn a_key_of_another_kind_is_refused() {
    let (rsa, _) = rsa_key();
    assert!(Es256Key::from_pem(rsa.as_bytes()).is_err());
    assert!(Es256Key::from_pem(b"").is_err());
    assert!(Es256Key::from_pkcs8(b"").is_err());
    assert!(Es256Key::from_pem(pem(&ecdsa_key()).as_bytes()).is_ok());
    assert_eq!(status(200).outcome(NOW), Outcome::Delivered);
}
