//! The service's side of `docs/approval-protocol.md`.
//!
//! Whoever calls gives a transaction and the time. What is refused is a [`Fault`]; what was counted or
//! ended by then stays so, and is committed with it.

mod answer;
mod ask;
mod calls;
mod challenge;
mod configuration;
mod credential;
mod enrolment;
mod enrolment_messages;
mod http;
mod members;
mod pin;
mod receipt;

use std::collections::HashMap;
use std::sync::Mutex;

use approval_jose::{self as jose, EncryptionKey, SigningKey};

use crate::sealing::{NotOpened, Sealer};
use crate::store::StoreError;

pub use ask::{Ask, Asked};
pub use challenge::{ChallengeState, Seen};
pub use configuration::{Pin, Policy};
pub use credential::{CredentialState, Device};
pub use enrolment::{Begun, Paired, Stage};
pub use http::{Request, Response};

/// Why a request is answered by an error, and not by a signed message.
#[derive(Debug)]
pub enum Fault {
    /// It is not what the specification says.
    Malformed,
    /// Another key has signed it.
    BadSignature,
    /// It carries no nonce of ours that is fresh, or came a second time.
    UseNonce,
    /// No credential has the key.
    UnknownCredential,
    /// The enrolment is over.
    Void,
    /// Too often; again in so many seconds.
    SlowDown(u64),
    /// A person said that somebody else asks, and nobody has looked yet.
    Reported,
    /// Nothing was done.
    Store(StoreError),
}

impl From<jose::Fault> for Fault {
    fn from(fault: jose::Fault) -> Self {
        match fault {
            jose::Fault::Malformed => Self::Malformed,
            jose::Fault::BadSignature => Self::BadSignature,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotOpened> for Fault {
    fn from(_: NotOpened) -> Self {
        Self::Store(StoreError::Failed("what is sealed does not open".to_owned()))
    }
}

/// A service that asks for approvals.
#[derive(Debug)]
pub struct Approvals {
    /// Where it is reached: the `iss` of all that it says.
    pub origin: String,
    /// How it calls itself.
    pub name: String,
    pub(crate) sealer: Sealer,
    /// Keys that were opened, by their thumbprints: they never change.
    signing: Mutex<HashMap<String, SigningKey>>,
    encryption: Mutex<HashMap<String, EncryptionKey>>,
}

impl Approvals {
    /// A service at an origin, which keeps what is secret sealed with `key`.
    pub fn new(origin: &str, name: &str, key: &[u8; 32]) -> Self {
        Self {
            origin: origin.to_owned(),
            name: name.to_owned(),
            sealer: Sealer::new(key),
            signing: Mutex::default(),
            encryption: Mutex::default(),
        }
    }
}
