//! The Apple Push Notification service, by its HTTP/2 provider interface.

use std::fmt;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::http::{HttpRequest, Reach, Transport};
use super::token::{Es256Key, Header};
use super::{Courier, Delivery, Failure, Outcome, Push, PushKind};

/// What a body may have.
const MAX_BODY: usize = 4_096;
/// When a token is made anew: Apple takes none older than 60 minutes, and is cross with whoever
/// makes another before 20.
const TOKEN_LIFE: u64 = 40 * 60;
/// A token that Apple names is hexadecimal, and was never longer than this.
const MAX_TOKEN: usize = 200;

/// Where Apple takes notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApnsHost {
    /// For apps from the App Store and TestFlight.
    Production,
    /// For apps that a developer's Xcode put on the phone.
    Sandbox,
    /// An origin that is not Apple's.
    Other(String),
}

impl ApnsHost {
    fn origin(&self) -> &str {
        match self {
            Self::Production => "https://api.push.apple.com",
            Self::Sandbox => "https://api.sandbox.push.apple.com",
            Self::Other(origin) => origin,
        }
    }
}

/// Pushes by APNs.
pub struct Apns<T> {
    transport: T,
    host: ApnsHost,
    topic: String,
    team: String,
    key_id: String,
    key: Es256Key,
    token: Mutex<Option<Token>>,
}

struct Token {
    text: String,
    iat: u64,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: u64,
}

#[derive(Serialize)]
struct Body<'a> {
    aps: Aps,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Aps {
    alert: Alert,
    mutable_content: u8,
}

/// Texts that the app has in each language, should its extension not get to show a better one.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Alert {
    title_loc_key: &'static str,
    loc_key: &'static str,
}

#[derive(Deserialize)]
struct Refusal {
    reason: String,
}

impl<T: Transport> Apns<T> {
    /// One that sends to the app whose bundle id is `topic`, as `team`, by its key `key_id`.
    pub fn new(
        transport: T,
        host: ApnsHost,
        topic: String,
        team: String,
        (key_id, key): (String, Es256Key),
    ) -> Self {
        Self { transport, host, topic, team, key_id, key, token: Mutex::default() }
    }

    fn request(&self, push: &Push<'_>, now: u64) -> Result<HttpRequest, Failure> {
        // The phone gives it, and it becomes a part of the path.
        let device = push.target.target.as_str();
        let is_hex = device.bytes().all(|byte| byte.is_ascii_hexdigit());
        if device.is_empty() || device.len() > MAX_TOKEN || !is_hex {
            return Err(Failure::BadTarget);
        }
        let mut body = body(Some(push.p))?;
        if body.len() > MAX_BODY {
            // It is fetched by polling: the push says that there is something.
            body = self::body(None)?;
        }
        Ok(HttpRequest {
            method: "POST",
            url: format!("{}/3/device/{device}", self.host.origin()),
            headers: vec![
                ("authorization", format!("bearer {}", self.token(now)?)),
                ("apns-expiration", push.exp.to_string()),
                ("apns-priority", "10".to_owned()),
                ("apns-push-type", "alert".to_owned()),
                ("apns-topic", self.topic.clone()),
                ("content-type", "application/json".to_owned()),
            ],
            body,
            reach: Reach::Chosen,
        })
    }

    fn token(&self, now: u64) -> Result<String, Failure> {
        let mut kept = self.token.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let life = |token: &Token| now.checked_sub(token.iat);
        if let Some(token) =
            kept.as_ref().filter(|token| life(token).is_some_and(|age| age < TOKEN_LIFE))
        {
            return Ok(token.text.clone());
        }
        let header = Header { typ: None, alg: "ES256", kid: Some(&self.key_id) };
        let text = self.key.sign(&header, &Claims { iss: &self.team, iat: now })?;
        *kept = Some(Token { text: text.clone(), iat: now });
        Ok(text)
    }

    fn bring(&self, delivery: &Delivery<'_>, now: u64) -> Result<Outcome, Failure> {
        let (push, _) = delivery.push(PushKind::Apns, now)?;
        let response = self.transport.send(&self.request(&push, now)?)?;
        let is_gone = response.status == 410 && is_unregistered(&response.body);
        Ok(if is_gone { Outcome::Gone } else { response.outcome(now) })
    }
}

fn body(p: Option<&str>) -> Result<Vec<u8>, Failure> {
    let alert = Alert { title_loc_key: "APPROVAL_TITLE", loc_key: "APPROVAL_BODY" };
    let body = Body { aps: Aps { alert, mutable_content: 1 }, p };
    serde_json::to_vec(&body).map_err(|_| Failure::Fault)
}

/// Apple says of a token that is over either that the app is gone, or that the token is.
fn is_unregistered(body: &[u8]) -> bool {
    let refusal = serde_json::from_slice::<Refusal>(body);
    refusal.is_ok_and(|refusal| matches!(&*refusal.reason, "Unregistered" | "ExpiredToken"))
}

impl<T: Transport> Courier for Apns<T> {
    fn deliver(&self, delivery: &Delivery<'_>, now: u64) -> Outcome {
        self.bring(delivery, now).unwrap_or_else(Outcome::Failed)
    }
}

impl<T> fmt::Debug for Apns<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apns")
            .field("host", &self.host)
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "apns_tests.rs"]
mod tests;
