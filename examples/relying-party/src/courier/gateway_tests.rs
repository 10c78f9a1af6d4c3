use std::sync::Arc;
use std::time::Duration;

use super::super::recording::{NOW, Recording, later, push, status, target};
use super::super::{HttpResponse, PushKind};
use super::*;

fn courier(
    answers: impl IntoIterator<Item = HttpResponse>,
) -> (Gateway<Arc<Recording>>, Arc<Recording>) {
    let transport = Recording::answering(answers);
    let url = "https://gateway.example.com/send".to_owned();
    let (token, name) = ("secret".to_owned(), "Example".to_owned());
    (Gateway::new(Arc::clone(&transport), url, token, name), transport)
}

fn code(channel: Channel) -> Delivery<'static> {
    Delivery::Code(Code { channel, to: "+12025550123", code: "012" })
}

#[test]
fn a_code_is_one_request() {
    let (courier, transport) = courier([status(202), status(202)]);
    assert_eq!(courier.deliver(&code(Channel::Text), NOW), Outcome::Delivered);
    assert_eq!(courier.deliver(&code(Channel::Call), NOW), Outcome::Delivered);

    let [text, call] = transport.sent().try_into().unwrap();
    assert_eq!(
        text,
        HttpRequest {
            method: "POST",
            url: "https://gateway.example.com/send".to_owned(),
            headers: vec![
                ("authorization", "Bearer secret".to_owned()),
                ("content-type", "application/json".to_owned()),
            ],
            body: br#"{"to":"+12025550123","channel":"text","body":"Example: your code is 012. Never tell it to anybody: we will never ask for it."}"#.to_vec(),
            reach: Reach::Chosen,
        }
    );
    assert_eq!(
        call.body,
        br#"{"to":"+12025550123","channel":"call","body":"This is Example. Your code is: 0, 1, 2. Once more: 0, 1, 2. Never tell it to anybody: we will never ask for it."}"#
    );
}

#[test]
fn each_status_has_its_outcome_and_none_forgets_a_number() {
    for (answer, outcome) in [
        (status(200), Outcome::Delivered),
        (later(429, "9"), Outcome::Later(Duration::from_secs(9))),
        (status(503), Outcome::Later(Duration::from_secs(60))),
        (status(404), Outcome::Failed(Failure::Status(404))),
        (status(410), Outcome::Failed(Failure::Status(410))),
        (status(500), Outcome::Failed(Failure::Status(500))),
    ] {
        assert_eq!(courier([answer]).0.deliver(&code(Channel::Text), NOW), outcome);
    }
    assert_eq!(
        courier([]).0.deliver(&code(Channel::Text), NOW),
        Outcome::Failed(Failure::Unreached)
    );
}

#[test]
fn a_push_does_not_go_this_way() {
    let (courier, transport) = courier([status(200)]);
    let outcome = courier.deliver(&push(&target(PushKind::Fcm, "token"), "p"), NOW);
    assert_eq!((outcome, transport.sent()), (Outcome::Failed(Failure::NoWay), Vec::new()));
}
