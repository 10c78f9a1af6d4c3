//! Everything that a vault shows of approvals, as JSON: to be compared, and to be written.

use authenticator_core::approval::{Details, RequestState};
use authenticator_core::{Authenticator, Moment};
use serde_json::{Value, json};

/// `due`: what is to be sent, to the byte; proofs of who asks are made anew each time.
pub(crate) fn approvals(vault: &Authenticator, now: Moment) -> Value {
    let credentials: Vec<Value> = vault
        .credentials(now)
        .unwrap()
        .into_iter()
        .map(|it| {
            json!([
                it.id.to_string(),
                it.service,
                it.origin,
                it.account,
                it.state,
                it.ended,
                it.added.as_secs(),
                it.is_in_hardware,
                it.has_pin,
                it.tries_left,
                it.pairing_code,
                it.pending_calls,
            ])
        })
        .collect();
    let enrolments: Vec<Value> = vault
        .enrolments(now)
        .unwrap()
        .into_iter()
        .map(|it| {
            let service = it.confirm.map(|confirm| confirm.service);
            json!([
                it.id.to_string(),
                it.origin,
                it.account,
                it.expires.as_secs(),
                service,
                it.is_confirmed
            ])
        })
        .collect();
    let requests: Vec<Value> = vault
        .requests(now)
        .unwrap()
        .into_iter()
        .map(|it| {
            json!([
                it.id.to_string(),
                it.credential.to_string(),
                it.kind,
                details(&it.details),
                it.matching,
                it.verifications,
                it.received.as_secs(),
                it.expires.as_secs(),
                state(it.state),
            ])
        })
        .collect();
    let history: Vec<Value> = vault
        .history(now)
        .unwrap()
        .into_iter()
        .map(|it| {
            json!([
                it.id.to_string(),
                it.credential.to_string(),
                it.service,
                it.origin,
                it.kind,
                details(&it.details),
                it.received.as_secs(),
                it.decision,
                it.outcome,
            ])
        })
        .collect();
    let mut due: Vec<(String, String)> = vault
        .exchanges(now)
        .unwrap()
        .into_iter()
        .map(|exchange| {
            let request = exchange.request();
            (request.url.clone(), String::from_utf8(request.body.clone()).unwrap())
        })
        .collect();
    due.sort();
    let mut shown = json!({
        "credentials": credentials, "enrolments": enrolments, "requests": requests, "history": history,
        "due": due,
    });
    // Rows are in no order.
    for list in shown.as_object_mut().unwrap().values_mut() {
        list.as_array_mut().unwrap().sort_by_key(Value::to_string);
    }
    shown
}

fn details(of: &Details) -> Value {
    let Details { app, account, ip, place, device, browser, payee, amount, purpose, name } = of;
    json!([app, account, ip, place, device, browser, payee, amount, purpose, name])
}

fn state(of: RequestState) -> Value {
    match of {
        RequestState::Open => json!("open"),
        RequestState::Sent(decision) => json!(["sent", decision]),
        RequestState::ProveAgain(why) => json!(["again", why]),
        RequestState::Over { decision, outcome } => json!(["over", decision, outcome]),
        other => panic!("{other:?} has no name here"),
    }
}
