//! Requests and responses as values: the app carries them.

use std::sync::Arc;

use authenticator_core::{Received, approval};

use super::ApprovalEvent;
use crate::moment::duration_millis;

/// A request for the app to send, and to give back together with what came of it. It may be dropped,
/// which loses nothing: what has to be sent is made again.
#[derive(uniffi::Object)]
pub struct ApprovalExchange(pub(crate) approval::Exchange);

#[uniffi::export]
impl ApprovalExchange {
    /// What to send.
    pub fn request(&self) -> HttpRequest {
        let request = self.0.request();
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| HttpHeader { name: (*name).to_owned(), value: value.clone() });
        HttpRequest {
            method: request.method.to_owned(),
            url: request.url.clone(),
            headers: headers.collect(),
            body: request.body.clone(),
        }
    }

    /// The credential, or the enrolment, that it is for.
    pub fn credential(&self) -> String {
        self.0.credential().to_string()
    }
}

impl ApprovalExchange {
    pub(crate) fn of(exchange: approval::Exchange) -> Arc<Self> {
        Arc::new(Self(exchange))
    }
}

/// A request for the app to send with its own HTTP stack: over TLS whose certificate was checked,
/// without cookies, and without following a redirect. What it holds goes to the service alone.
#[derive(Clone, uniffi::Record)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// An `https` address; `http` only for loopback.
    pub url: String,
    /// Names and values.
    pub headers: Vec<HttpHeader>,
    /// The body, empty with `GET`.
    pub body: Vec<u8>,
}

/// A header of a request or a response.
#[derive(Clone, uniffi::Record)]
pub struct HttpHeader {
    /// The name, in any case.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What came back, whatever the status was.
#[derive(Clone, uniffi::Record)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names and values. `DPoP-Nonce` and `Retry-After` are looked at.
    pub headers: Vec<HttpHeader>,
    /// The body. Of one that is longer than 16384 bytes, hand over the first 16385: it is refused.
    pub body: Vec<u8>,
}

impl From<HttpResponse> for approval::HttpResponse {
    fn from(ours: HttpResponse) -> Self {
        let HttpResponse { status, headers, body } = ours;
        let headers = headers.into_iter().map(|HttpHeader { name, value }| (name, value));
        Self { status, headers: headers.collect(), body }
    }
}

/// What came of an exchange.
#[derive(uniffi::Record)]
pub struct ReceivedResponse {
    /// Send this now, in the place of the exchange: the service asked for a newer proof.
    pub again: Option<Arc<ApprovalExchange>>,
    /// What the app may want to show.
    pub events: Vec<ApprovalEvent>,
}

impl From<Received> for ReceivedResponse {
    fn from(core: Received) -> Self {
        Self {
            again: core.again.map(ApprovalExchange::of),
            events: core.events.into_iter().map(Into::into).collect(),
        }
    }
}

/// How long to wait, in milliseconds, before asking the service for the `attempt`th time since the app
/// was opened or a push came, from 0: after 3 s, then longer by half each time up to 30 s, each up to
/// 20 % shorter or longer by `random`, a new one each time.
#[uniffi::export]
pub fn poll_delay_millis(attempt: u32, random: u8) -> i64 {
    duration_millis(approval::poll_delay(attempt, random))
}
