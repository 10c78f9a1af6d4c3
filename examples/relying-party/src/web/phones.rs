//! What phones call.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::task::spawn_blocking;

use super::{Service, client, now};
use crate::approval::{self, Request};
use crate::limits::Guess;
use crate::store::StoreError;

const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

pub(super) fn router() -> Router<Arc<Service>> {
    Router::new()
        .route("/.well-known/approval-configuration", get(answer))
        .route("/approval/{endpoint}", post(answer))
}

async fn answer(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    // Too long, or it broke off.
    let Ok(body) = body else { return error(StatusCode::BAD_REQUEST, "malformed") };
    let answered = spawn_blocking(move || {
        let texts = |name: &str| {
            headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>()
        };
        let path = uri.path_and_query().map_or("", |path| path.as_str());
        let address = client::address(peer.ip(), &texts("x-forwarded-for"), &service.proxies);
        if let Some(wait) = too_many(&service, path, &address)? {
            return Ok(Err(wait));
        }
        let request = Request { method: method.as_str(), path, proofs: texts("dpop"), body: &body };
        service.approvals.handle(&service.store, &request, now()).map(Ok)
    });
    match answered.await {
        Ok(Ok(Ok(answer))) => told(answer),
        Ok(Ok(Err(wait))) => {
            let told = error(StatusCode::TOO_MANY_REQUESTS, "slow-down");
            ([(RETRY_AFTER, wait.to_string())], told).into_response()
        }
        // What it was is for whoever looks after the service, and has no secret in it.
        Ok(Err(failed)) => {
            eprintln!("{failed}");
            error(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
        Err(_) => error(StatusCode::INTERNAL_SERVER_ERROR, "unavailable"),
    }
}

/// Everything but enrolments is signed by a key that is known: of these, an address may make so many.
fn too_many(service: &Service, path: &str, address: &str) -> Result<Option<u64>, StoreError> {
    if path != "/approval/enrolment" {
        return Ok(None);
    }
    let guess = Guess::Enrolment { address };
    Ok(service.store.transact(|tx| guess.count(tx, now()))?.err())
}

fn told(answer: approval::Response) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut told = (status, answer.body).into_response();
    let headers = told.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(nonce) = answer.nonce.and_then(|nonce| HeaderValue::try_from(nonce).ok()) {
        headers.insert(NONCE, nonce);
    }
    if let Some(wait) = answer.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait));
    }
    told
}

fn error(status: StatusCode, code: &str) -> Response {
    let body = serde_json::json!({ "error": code }).to_string();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
