//! Why a call about approvals did nothing.

use super::refusal::Refusal;
use crate::crypto::random::NoRandomness;
use crate::key_store::KeyError;

/// Why a call about approvals did nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ApprovalError {
    /// What the service said is not believed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The platform's key store did not do what it was asked.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// There is no such request, credential or enrolment.
    #[error("there is no such request, credential or enrolment")]
    NotFound,
    /// It is not at the stage for this.
    #[error("this is not possible now")]
    NotNow,
    /// The person has decided already, and otherwise: a decision is final.
    #[error("it is decided already")]
    Decided,
    /// The request is over.
    #[error("the request is over")]
    Over,
    /// The number has not as many digits as the page shows, or what was scanned is nothing
    /// that a page shows.
    #[error("this is no number that the page shows")]
    NoSuchMatch,
    /// What was scanned belongs to another request.
    #[error("this belongs to another request")]
    OtherRequest,
    /// The service asks for another proof of who answers: see the request.
    #[error("another proof is needed")]
    OtherProof,
    /// Two requests of one account are open, and this one asks for a tap alone: it can be
    /// denied, or waited out.
    #[error("two requests are open, and this one cannot be told from the other")]
    Ambiguous,
    /// Nobody knows what became of earlier answers, or of a change of the PIN: send them
    /// first.
    #[error("what was decided earlier has to be sent first")]
    Unsettled,
    /// The service's configuration is over, and another has to be fetched first: it is due.
    #[error("the service's configuration is over: another has to be fetched first")]
    Outdated,
    /// The service requires a PIN.
    #[error("the service requires a PIN")]
    PinRequired,
    /// The service has no PINs.
    #[error("the service has no PINs")]
    PinNotAllowed,
    /// The service requires keys in hardware, and there are none.
    #[error("the service requires a key in hardware")]
    HardwareRequired,
    /// A name, a push target or an attestation is too long, or empty.
    #[error("a value is too long, or empty")]
    Unfit,
    /// The system has no memory left to stretch the PIN.
    #[error("not enough memory: {needed_kib} KiB are needed")]
    OutOfMemory {
        /// How much it takes.
        needed_kib: u32,
    },
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    NoRandomness,
}

impl From<NoRandomness> for ApprovalError {
    fn from(_: NoRandomness) -> Self {
        Self::NoRandomness
    }
}
