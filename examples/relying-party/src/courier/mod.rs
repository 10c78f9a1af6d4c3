//! What brings things to phones: challenges by push, codes by text and call.
//!
//! A push is a hint: the phone finds the same challenge by polling, so that nothing here ever
//! fails a sign-in. Requests are values ([`HttpRequest`]); a [`Transport`] carries them.
//!
//! Nothing that prints, neither [`Debug`](std::fmt::Debug) nor an outcome, has a token, an
//! endpoint, a challenge or a code in it, or of a phone number more than the last two digits.

mod address;
mod apns;
mod client;
mod encryption;
mod fcm;
mod gateway;
mod http;
mod oauth;
mod outbox;
#[cfg(test)]
mod recording;
mod subscription;
mod token;
mod web_push;
mod wording;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use apns::{Apns, ApnsHost};
pub use client::HttpClient;
pub use fcm::Fcm;
pub use gateway::Gateway;
pub use http::{HttpRequest, HttpResponse, Reach, Transport, Unreached};
pub use oauth::ServiceAccount;
pub use outbox::Outbox;
pub use subscription::Subscription;
pub use token::{Es256Key, WrongKey};
pub use web_push::WebPush;

/// Brings one thing to one phone.
///
/// It waits for what it asks: call it where that holds up nobody, on a blocking thread.
pub trait Courier: Send + Sync {
    /// Brings `delivery`, at `now` in seconds since 1970.
    fn deliver(&self, delivery: &Delivery<'_>, now: u64) -> Outcome;
}

/// One thing to bring.
#[derive(Clone, Copy, Debug)]
pub enum Delivery<'a> {
    /// A challenge, to an app.
    Push(Push<'a>),
    /// A code, to a phone number.
    Code(Code<'a>),
}

/// A challenge to push.
#[derive(Clone, Copy)]
pub struct Push<'a> {
    /// Where to.
    pub target: &'a PushTarget,
    /// The challenge, as JWS or JWE.
    pub p: &'a str,
    /// When it is over, in seconds since 1970.
    pub exp: u64,
}

/// A code to say to somebody.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// How.
    pub channel: Channel,
    /// The phone number, as E.164 has it.
    pub to: &'a str,
    /// The code.
    pub code: &'a str,
}

/// How a code is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// As a text message.
    Text,
    /// By a voice that calls.
    Call,
}

/// Where an app wants its pushes, as the phone says it when it enrols.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushTarget {
    /// By what.
    pub kind: PushKind,
    /// The token, or the subscription.
    pub target: String,
}

/// What pushes go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PushKind {
    /// Firebase Cloud Messaging: Google's.
    Fcm,
    /// The Apple Push Notification service.
    Apns,
    /// Web Push (RFC 8030), as browsers and UnifiedPush have it.
    Webpush,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// It was taken; that it arrives is not promised.
    Delivered,
    /// The target is dead: forget it.
    Gone,
    /// Not now: nothing more to this target before that time has passed.
    Later(Duration),
    /// It was not taken.
    Failed(Failure),
}

/// Why something was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There is nothing here that goes this way.
    NoWay,
    /// The target is not one, or one that is not gone to.
    BadTarget,
    /// The challenge is over.
    Over,
    /// Nothing came back.
    Unreached,
    /// This status came back, when it was brought or when leave to bring it was asked for.
    Status(u16),
    /// Something here did not work: a key, a file, an answer that cannot be read.
    Fault,
}

/// Polling alone: brings nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPush;

impl Courier for NoPush {
    fn deliver(&self, _: &Delivery<'_>, _: u64) -> Outcome {
        Outcome::Failed(Failure::NoWay)
    }
}

/// One courier for each way; what there is none for is not brought.
pub struct Couriers {
    /// Pushes by FCM.
    pub fcm: Box<dyn Courier>,
    /// Pushes by APNs.
    pub apns: Box<dyn Courier>,
    /// Pushes by Web Push.
    pub web_push: Box<dyn Courier>,
    /// Codes.
    pub codes: Box<dyn Courier>,
}

impl Default for Couriers {
    fn default() -> Self {
        Self {
            fcm: Box::new(NoPush),
            apns: Box::new(NoPush),
            web_push: Box::new(NoPush),
            codes: Box::new(NoPush),
        }
    }
}

impl Courier for Couriers {
    fn deliver(&self, delivery: &Delivery<'_>, now: u64) -> Outcome {
        let courier = match delivery {
            Delivery::Push(push) => match push.target.kind {
                PushKind::Fcm => &self.fcm,
                PushKind::Apns => &self.apns,
                PushKind::Webpush => &self.web_push,
            },
            Delivery::Code(_) => &self.codes,
        };
        courier.deliver(delivery, now)
    }
}

impl<'a> Delivery<'a> {
    /// The push of this kind that it is and that still has time, which is in the second place.
    fn push(&self, kind: PushKind, now: u64) -> Result<(Push<'a>, u64), Failure> {
        match self {
            Self::Push(push) if push.target.kind == kind => match push.exp.checked_sub(now) {
                None | Some(0) => Err(Failure::Over),
                Some(left) => Ok((*push, left)),
            },
            _ => Err(Failure::NoWay),
        }
    }

    /// The code that it is.
    fn code(&self) -> Result<Code<'a>, Failure> {
        match self {
            Self::Code(code) => Ok(*code),
            Self::Push(_) => Err(Failure::NoWay),
        }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl fmt::Debug for Push<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push")
            .field("target", self.target)
            .field("bytes", &self.p.len())
            .field("exp", &self.exp)
            .finish()
    }
}

impl fmt::Debug for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.to.char_indices().rev().nth(1).filter(|(at, _)| *at > 0);
        let end = shown.and_then(|(at, _)| self.to.get(at..)).unwrap_or_default();
        f.debug_struct("Code")
            .field("channel", &self.channel)
            .field("to", &format_args!("..{end}"))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PushTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushTarget").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for Couriers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Couriers(..)")
    }
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
