use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::super::HttpResponse;
use super::super::recording::{NOW, Recording, later, push, rsa_key, saying, status, target};
use super::*;

const TOKEN: &str = "fcm:registration-token";

fn account() -> (ServiceAccount, Vec<u8>) {
    let (private_key, public) = rsa_key();
    let file = json!({
        "type": "service_account",
        "project_id": "a-project",
        "private_key_id": "key-1",
        "private_key": private_key,
        "client_email": "push@a-project.example",
        "client_id": "1",
        "token_uri": "https://oauth2.example.com/token",
    });
    (ServiceAccount::parse(file.to_string().as_bytes()).unwrap(), public)
}

fn granted(token: &str) -> HttpResponse {
    let granted = json!({ "access_token": token, "expires_in": 3_599, "token_type": "Bearer" });
    saying(200, &granted.to_string())
}

fn courier(
    answers: impl IntoIterator<Item = HttpResponse>,
) -> (Fcm<Arc<Recording>>, Arc<Recording>) {
    let transport = Recording::answering(answers);
    (Fcm::new(Arc::clone(&transport), account().0), transport)
}

fn outcome_of(answer: HttpResponse) -> Outcome {
    let (courier, _) = courier([granted("access"), answer]);
    courier.deliver(&push(&target(PushKind::Fcm, TOKEN), "p"), NOW)
}

#[test]
fn the_message_is_as_the_protocol_has_it() {
    let (courier, transport) = courier([granted("access"), status(200)]);

    let outcome = courier.deliver(&push(&target(PushKind::Fcm, TOKEN), "eyJ.P.S"), NOW);

    assert_eq!(outcome, Outcome::Delivered);
    let [_, request] = transport.sent().try_into().unwrap();
    assert_eq!(
        request,
        HttpRequest {
            method: "POST",
            url: "https://fcm.googleapis.com/v1/projects/a-project/messages:send".to_owned(),
            headers: vec![
                ("authorization", "Bearer access".to_owned()),
                ("content-type", "application/json".to_owned()),
            ],
            body: br#"{"message":{"token":"fcm:registration-token","data":{"p":"eyJ.P.S"},"android":{"priority":"HIGH","ttl":"60s"}}}"#.to_vec(),
            reach: Reach::Chosen,
        }
    );
}

#[test]
fn leave_is_asked_for_by_the_service_accounts_word() {
    let (account, public) = account();
    let transport = Recording::answering([granted("access"), status(200)]);
    let courier = Fcm::new(Arc::clone(&transport), account);
    assert_eq!(courier.deliver(&push(&target(PushKind::Fcm, TOKEN), "p"), NOW), Outcome::Delivered);

    let [request, _] = transport.sent().try_into().unwrap();
    assert_eq!(request.url, "https://oauth2.example.com/token");
    let form = ("content-type", "application/x-www-form-urlencoded".to_owned());
    assert_eq!(request.headers, [form]);
    let body = String::from_utf8(request.body).unwrap();
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant%2Dtype%3Ajwt%2Dbearer&assertion=";
    let assertion = body.strip_prefix(grant).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["https://oauth2.example.com/token"]);
    validation.validate_exp = false;
    let key = DecodingKey::from_rsa_der(&public);
    let word = jsonwebtoken::decode::<Value>(assertion, &key, &validation).unwrap();
    assert_eq!(word.header.kid.as_deref(), Some("key-1"));
    assert_eq!(
        word.claims,
        json!({
            "iss": "push@a-project.example",
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": "https://oauth2.example.com/token",
            "iat": NOW,
            "exp": NOW + 3_600,
        })
    );
}

#[test]
fn an_access_token_serves_until_shortly_before_it_is_over() {
    let answers = [granted("one"), status(200), status(200), granted("two"), status(200)];
    let (courier, transport) = courier(answers);
    let target = target(PushKind::Fcm, TOKEN);
    for now in [NOW, NOW + 3_478, NOW + 3_479] {
        let push = Delivery::Push(Push { target: &target, p: "p", exp: now + 60 });
        assert_eq!(courier.deliver(&push, now), Outcome::Delivered);
    }

    let sent = transport.sent();
    let tokens = sent.iter().filter_map(|request| match &request.headers[0] {
        ("authorization", value) => Some(value.as_str()),
        _ => None,
    });
    assert_eq!(tokens.collect::<Vec<_>>(), ["Bearer one", "Bearer one", "Bearer two"]);
}

#[test]
fn one_that_was_withdrawn_is_replaced_once() {
    let answers = [granted("one"), status(401), granted("two"), status(200)];
    let (courier, transport) = courier(answers);
    let target = target(PushKind::Fcm, TOKEN);
    assert_eq!(courier.deliver(&push(&target, "p"), NOW), Outcome::Delivered);
    assert_eq!(transport.sent().len(), 4);

    let answers = [granted("one"), status(401), granted("two"), status(401)];
    let (courier, transport) = self::courier(answers);
    let failed = Outcome::Failed(Failure::Status(401));
    assert_eq!(courier.deliver(&push(&target, "p"), NOW), failed);
    assert_eq!(transport.sent().len(), 4);
}

#[test]
fn each_status_has_its_outcome() {
    let unregistered = r#"{"error":{"code":404,"message":"Requested entity was not found.",
        "status":"NOT_FOUND","details":[{"@type":"type.googleapis.com/google.rpc.Other"},
        {"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError",
        "errorCode":"UNREGISTERED"}]}}"#;
    assert_eq!(outcome_of(saying(404, unregistered)), Outcome::Gone);
    for (code, body) in [
        (404, r#"{"error":{"code":404,"status":"NOT_FOUND"}}"#),
        (404, ""),
        (400, unregistered),
        (403, r#"{"error":{"details":[{"errorCode":"SENDER_ID_MISMATCH"}]}}"#),
        (500, ""),
    ] {
        assert_eq!(outcome_of(saying(code, body)), Outcome::Failed(Failure::Status(code)));
    }
    for code in [429, 503] {
        assert_eq!(outcome_of(later(code, "7")), Outcome::Later(Duration::from_secs(7)));
        assert_eq!(outcome_of(status(code)), Outcome::Later(Duration::from_secs(60)));
    }
}

#[test]
fn without_leave_nothing_is_sent() {
    let target = target(PushKind::Fcm, TOKEN);
    for (answer, outcome) in [
        (status(400), Outcome::Failed(Failure::Status(400))),
        (status(204), Outcome::Failed(Failure::Status(204))),
        (saying(200, "{}"), Outcome::Failed(Failure::Fault)),
        (later(503, "5"), Outcome::Later(Duration::from_secs(5))),
    ] {
        let (courier, transport) = courier([answer]);
        assert_eq!(courier.deliver(&push(&target, "p"), NOW), outcome);
        assert_eq!(transport.sent().len(), 1);
    }
}

#[test]
fn data_is_within_its_limit_and_what_is_not_is_left_to_polling() {
    let target = target(PushKind::Fcm, TOKEN);
    let (courier, transport) = courier([granted("access"), status(200), status(200), status(200)]);
    // The longest challenge, the longest text, and the next.
    for length in [3_080, 4_095, 4_096] {
        assert_eq!(courier.deliver(&push(&target, &"p".repeat(length)), NOW), Outcome::Delivered);
    }

    let data = transport.sent().split_off(1).into_iter().map(|request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let data = body["message"]["data"].as_object().unwrap().clone();
        data.iter().map(|(key, value)| key.len() + value.as_str().unwrap().len()).sum::<usize>()
    });
    assert_eq!(data.collect::<Vec<_>>(), [3_081, 4_096, 0]);
}

#[test]
fn a_file_that_is_no_service_accounts_is_refused() {
    for text in [
        "",
        "{}",
        r#"{"project_id":"a","private_key_id":"b","private_key":"c","client_email":"d","token_uri":"e"}"#,
    ] {
        assert!(ServiceAccount::parse(text.as_bytes()).is_err());
    }
}
