//! Requests and responses as values: the app carries them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::claims::{Endpoint, Hash, Identifier, Jwk, Whole};
use super::jose::{Unsigned, json};
use super::judged::Judged;
use crate::crypto::random::NoRandomness;

/// Bytes that a body has at most, of a request or a response.
pub const MAX_BODY: usize = 16_384;

/// A request for the app to send with its own HTTP stack: over TLS whose certificate was
/// checked, without cookies, and without following a redirect.
///
/// Its `Debug` says where it goes, and nothing of what is in it.
#[derive(Clone, Eq, PartialEq)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// An `https` address; `http` only for loopback.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body, empty with `GET`.
    pub body: Vec<u8>,
}

/// What came back, whatever the status was.
///
/// Its `Debug` says the status, and nothing of what is in it.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names, in any case, and values. `DPoP-Nonce` and `Retry-After` are looked at.
    pub headers: Vec<(String, String)>,
    /// The body. Of one that is longer than [`MAX_BODY`], hand over the beginning, and one
    /// byte more: it is refused.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, url, .. } = self;
        f.debug_struct("HttpRequest")
            .field("method", method)
            .field("url", url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

impl HttpResponse {
    fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim())
    }

    /// The nonce for the next DPoP proof.
    pub(crate) fn dpop_nonce(&self) -> Option<&str> {
        let sensible = |nonce: &&str| {
            (1..=256).contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_graphic())
        };
        self.header("DPoP-Nonce").filter(sensible)
    }

    /// Seconds to wait: 1 to 3 600.
    pub(super) fn retry_after(&self) -> Option<u64> {
        self.header("Retry-After")?.parse().ok().map(|seconds: u64| seconds.clamp(1, 3_600))
    }

    /// The body as text, if it succeeded.
    pub(crate) fn message(&self) -> Result<&str, Failure> {
        if self.status == 200 && self.body.len() <= MAX_BODY {
            return std::str::from_utf8(&self.body).map_err(|_| Failure::Nonsense);
        }
        Err(self.failure())
    }

    fn failure(&self) -> Failure {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            error: String,
        }
        let body = self.body.get(..1_024.min(self.body.len())).unwrap_or_default();
        let error = json(body).map(|body: Body| body.error).unwrap_or_default();
        match (self.status, &*error) {
            (401, "use_dpop_nonce") => Failure::UseNonce,
            (400, "malformed" | "bad-signature" | "unsupported") => Failure::Refused,
            (404, "unknown-credential") => Failure::UnknownCredential,
            (409, "void") => Failure::Void,
            (429, _) => Failure::SlowDown(self.retry_after().unwrap_or(30)),
            (500..=599, _) => Failure::Unavailable(self.retry_after()),
            _ => Failure::Nonsense,
        }
    }
}

/// What an HTTP status says. It is not signed, and changes nothing but when the phone asks
/// again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    UseNonce,
    Refused,
    UnknownCredential,
    Void,
    SlowDown(u64),
    Unavailable(Option<u64>),
    Nonsense,
}

impl HttpRequest {
    pub(super) fn get(url: String) -> Self {
        Self { method: "GET", url, headers: Vec::new(), body: Vec::new() }
    }

    /// A message that proves by itself who sent it.
    pub(super) fn post_message(to: &Endpoint, message: &str) -> Self {
        Self::post(to, "application/jwt", message.as_bytes().to_vec())
    }

    pub(super) fn post(to: &Endpoint, kind: &str, body: Vec<u8>) -> Self {
        let headers = vec![("Content-Type", kind.to_owned())];
        Self { method: "POST", url: to.as_str().to_owned(), headers, body }
    }
}

#[derive(Serialize)]
struct DpopHeader {
    typ: &'static str,
    alg: &'static str,
    jwk: Jwk,
}

#[derive(Serialize)]
struct DpopClaims<'a> {
    htm: &'a str,
    htu: &'a str,
    iat: Whole,
    jti: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    bh: Hash,
}

/// The DPoP proof ([RFC 9449]) of a request, to be signed by the device key `key`.
///
/// [RFC 9449]: https://www.rfc-editor.org/rfc/rfc9449
pub(super) fn dpop(
    request: &HttpRequest,
    key: Jwk,
    nonce: Option<&str>,
    now: Judged,
) -> Result<Unsigned, NoRandomness> {
    let header = DpopHeader { typ: "dpop+jwt", alg: "ES256", jwk: key };
    let claims = DpopClaims {
        htm: request.method,
        htu: &request.url,
        iat: now.time().into(),
        jti: Identifier::make()?,
        nonce,
        bh: Hash::of(&request.body),
    };
    Ok(Unsigned::with_header(&header, &claims))
}
