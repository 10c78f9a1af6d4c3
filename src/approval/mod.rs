//! The sign-ins a person approves: what a service asks, verified; what the person answers,
//! signed by a key that never leaves.
//!
//! The protocol is specified in `docs/approval-protocol.md`.

mod answer;
mod call;
mod challenge;
mod claims;
mod configuration;
mod credential;
mod decision;
mod device;
mod enrolment;
mod error;
mod event;
mod exchange;
#[cfg(any(test, fuzzing, feature = "internals"))]
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod item;
mod jose;
mod judged;
mod keys;
mod link;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod measuring;
mod pending;
mod phone;
mod pin;
mod poll;
mod preview;
mod receipt;
mod refusal;
mod request;
mod status;
#[cfg(test)]
mod vectors;
mod web_push;

pub use crate::key_store::{KeyError, SecurityLevel};
pub use configuration::PinPolicy;
pub use credential::CredentialState;
pub use decision::{Proof, VerificationMessage};
pub use device::{Device, Platform, PushKind, PushTarget};
pub use error::ApprovalError;
pub use event::{ApprovalEvent, ExchangeProblem};
pub use exchange::Exchange;
pub use http::{HttpRequest, HttpResponse, MAX_BODY};
pub use item::{
    ApprovalRequest, Confirmation, CredentialItem, EnrolmentItem, HistoryItem, NotificationState,
    RequestState,
};
pub use keys::{Attestation, DeviceKey, DeviceKeys, KeyPurpose, SoftwareKeys};
pub use link::EnrolmentLink;
pub use pin::ApprovalPin;
pub use poll::poll_delay;
pub use preview::{Preview, PreviewKey};
pub use receipt::Outcome;
pub use refusal::Refusal;
pub use request::{
    CredentialId, Decision, Details, Matching, Reason, RequestId, RequestKind, Verification,
};
pub use status::{ListedDevice, RevocationReason};
pub use web_push::WebPushKeys;

/// What the vault keeps of approvals, and what [`Authenticator`](crate::Authenticator) works
/// on.
pub(crate) mod stored {
    pub(crate) use super::claims::{Hash, Identifier, Jwk, Origin, Text, Whole};
    pub(crate) use super::credential::{Advance, Call, CallKind, Credential, Ended, PinTries};
    pub(crate) use super::enrolment::{Enrolment, Keyed, Pairing, Stage};
    pub(crate) use super::exchange::{Queue, What};
    pub(crate) use super::http::Failure;
    pub(crate) use super::judged::Judged;
    pub(crate) use super::pending::{Decided, Past, Pending, PendingState};
    pub(crate) use super::phone::{EnvelopeKey, PhoneKeys, SigningKey};
    pub(crate) use super::pin::PinSalt;
    pub(crate) use super::receipt::Head;
    pub(crate) use super::status::{ServiceState, Status, verify_devices, verify_revocation};
}
