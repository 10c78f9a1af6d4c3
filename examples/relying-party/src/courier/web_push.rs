//! Web Push: RFC 8030, encrypted by RFC 8291, from a sender known by RFC 8292 (VAPID).

use std::fmt;

use serde::Serialize;

use super::encryption::{MAX_TEXT, encrypt};
use super::http::{HttpRequest, Reach, Transport};
use super::subscription::Subscription;
use super::token::{Es256Key, Header};
use super::{Courier, Delivery, Failure, Outcome, Push, PushKind};

/// For how long a push service may take the token that it is given: RFC 8292 allows 24 hours,
/// half of which no wrong clock makes too long.
const TOKEN_LIFE: u64 = 12 * 3_600;

/// Pushes by Web Push.
pub struct WebPush<T> {
    transport: T,
    key: Es256Key,
    contact: String,
    reach: Reach,
}

/// What a push service knows the sender by (RFC 8292, section 2).
#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: u64,
    sub: &'a str,
}

impl<T: Transport> WebPush<T> {
    /// One that signs by `key`, and says that its operator is to be reached at `contact`, an
    /// address that begins with `mailto:` or `https:`.
    ///
    /// Endpoints are reached as far as `reach` says: anything but [`Reach::Public`] lets a phone
    /// send requests into one's own network, and is for development.
    pub fn new(transport: T, key: Es256Key, contact: String, reach: Reach) -> Self {
        Self { transport, key, contact, reach }
    }

    fn request(&self, push: &Push<'_>, ttl: u64, now: u64) -> Result<HttpRequest, Failure> {
        let subscription = Subscription::parse(&push.target.target)
            .filter(|subscription| subscription.is_within(self.reach))
            .ok_or(Failure::BadTarget)?;
        // One that is too long is fetched by polling: the push says that there is something.
        let text = if push.p.len() > MAX_TEXT { "" } else { push.p };
        let body = encrypt(text.as_bytes(), &subscription)?;
        let token = self.token(&subscription.origin().ok_or(Failure::BadTarget)?, now)?;
        Ok(HttpRequest {
            method: "POST",
            url: subscription.endpoint().to_owned(),
            headers: vec![
                ("authorization", format!("vapid t={token}, k={}", self.key.public())),
                ("content-encoding", "aes128gcm".to_owned()),
                ("content-type", "application/octet-stream".to_owned()),
                ("ttl", ttl.to_string()),
                // It wakes a phone that sleeps: somebody waits in front of the page.
                ("urgency", "high".to_owned()),
            ],
            body,
            reach: self.reach,
        })
    }

    fn token(&self, origin: &str, now: u64) -> Result<String, Failure> {
        let header = Header { typ: Some("JWT"), alg: "ES256", kid: None };
        let exp = now.saturating_add(TOKEN_LIFE);
        self.key.sign(&header, &Claims { aud: origin, exp, sub: &self.contact })
    }

    fn bring(&self, delivery: &Delivery<'_>, now: u64) -> Result<Outcome, Failure> {
        let (push, left) = delivery.push(PushKind::Webpush, now)?;
        let response = self.transport.send(&self.request(&push, left, now)?)?;
        Ok(match response.status {
            404 | 410 => Outcome::Gone,
            _ => response.outcome(now),
        })
    }
}

impl<T: Transport> Courier for WebPush<T> {
    fn deliver(&self, delivery: &Delivery<'_>, now: u64) -> Outcome {
        self.bring(delivery, now).unwrap_or_else(Outcome::Failed)
    }
}

impl<T> fmt::Debug for WebPush<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebPush").field("reach", &self.reach).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "web_push_tests.rs"]
mod tests;
