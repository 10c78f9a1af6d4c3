//! Requests and responses as values, and what carries them.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use hyper::Uri;

use super::{Failure, Outcome};

/// What is waited where a service says "later", and not when.
const PAUSE: Duration = Duration::from_secs(60);
/// The longest that a service's word is taken for: a wrong date must not silence pushes for days.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// A request to send.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Names, in lower case as HTTP/2 has them, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Where it may go.
    pub reach: Reach,
}

/// Where a request may go: that depends on who chose its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The operator did: anywhere by `https`, and to loopback by `http`.
    Chosen,
    /// A stranger did: by `https`, to a name that has public addresses alone.
    Public,
}

/// What came back.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// `Retry-After`, where it was there.
    pub retry_after: Option<String>,
    /// The body; empty if it was longer than what any courier reads.
    pub body: Vec<u8>,
}

/// Carries requests.
///
/// It checks where they go by their [`Reach`], checks certificates, follows no redirect, and
/// reads no more of a body than a few kilobytes.
pub trait Transport: Send + Sync {
    /// Sends `request`, and waits for what comes back.
    ///
    /// # Errors
    ///
    /// [`Unreached`].
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Unreached>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Unreached> {
        (**self).send(request)
    }
}

/// Why nothing came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreached {
    /// The address is not one, or one that may not be gone to.
    Refused,
    /// It was not reached, or said nothing in time.
    Silent,
}

impl From<Unreached> for Failure {
    fn from(unreached: Unreached) -> Self {
        match unreached {
            Unreached::Refused => Self::BadTarget,
            Unreached::Silent => Self::Unreached,
        }
    }
}

impl HttpResponse {
    /// What it means for all couriers alike: taken, not now, or not taken.
    pub(super) fn outcome(&self, now: u64) -> Outcome {
        match self.status {
            200..=299 => Outcome::Delivered,
            429 | 503 => Outcome::Later(self.pause(now)),
            status => Outcome::Failed(Failure::Status(status)),
        }
    }

    /// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
    fn pause(&self, now: u64) -> Duration {
        let said = self.retry_after.as_deref().map(str::trim).and_then(|text| {
            let date = || {
                let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
                Some(date.as_secs().saturating_sub(now))
            };
            text.parse().ok().or_else(date)
        });
        said.map_or(PAUSE, Duration::from_secs).clamp(Duration::from_secs(1), LONGEST_PAUSE)
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is behind the host names a phone: a token, or the secret of a subscription.
        let uri = self.url.parse::<Uri>().ok();
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("host", &uri.as_ref().and_then(Uri::host))
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}
