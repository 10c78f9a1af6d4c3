//! Why a call about approvals did nothing.

use authenticator_core::ApprovalsError;
use authenticator_core::approval::{self, ApprovalError, KeyError};

use super::same;
use crate::AuthenticatorError;
use crate::error::told;

/// Why something about approvals is not possible.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum ApprovalProblem {
    /// There is no such request, credential or enrolment: list them anew.
    NotFound,
    /// It is not at the stage for this.
    NotNow,
    /// The person has decided already, and otherwise: a decision is final.
    AlreadyDecided,
    /// The request is over.
    Over,
    /// The number has not as many digits as the page shows, or what was scanned is nothing that a
    /// page shows: ask again. No try is lost.
    NoSuchMatch,
    /// What was scanned belongs to another request: show that one.
    OtherRequest,
    /// The service asks for another proof of who answers: see the request's verifications.
    OtherProof,
    /// Two requests of one account are open, and this one asks for a tap alone: offer to deny it, or
    /// wait until the other is over.
    Ambiguous,
    /// What was decided earlier has to be sent first: carry the exchanges.
    Unsettled,
    /// The service's configuration is over: carry the exchanges, which fetches another.
    Outdated,
    /// The service requires a PIN: ask for one.
    PinRequired,
    /// The service has no PINs.
    PinNotAllowed,
    /// The service requires keys in hardware, and this phone has none.
    HardwareRequired,
    /// The credential's key is gone from the key store for good: remove the credential, and enrol anew.
    KeyInvalidated,
    /// A name, a push target or an attestation is too long, or empty.
    UnfitValue,
    /// Something that this version of the door has no name for.
    Other,
}

/// Why a message of a service, or a link, is not believed. It changes nothing; whoever sent it may be
/// anybody.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum Refusal {
    /// It is no message of this protocol, or has a value outside its limits.
    Malformed,
    /// It is of a newer version of the protocol: the app has to be updated.
    Unsupported,
    /// It is something else: a QR code of another kind, say.
    WrongType,
    /// It is for another credential, another service, or another phone.
    NotForUs,
    /// A key signed it that the accepted configuration does not have: carry the exchanges, and hand it
    /// over once more.
    UnknownKey,
    /// The signature does not hold.
    BadSignature,
    /// It was made in the future, or is good for longer than is allowed: the clock may be wrong.
    BadTimes,
    /// It is over.
    Expired,
    /// The service's own policy does not allow what it asks for.
    Policy,
    /// None of what would suffice can be had on this phone.
    CannotVerify,
    /// Another message with the same identifier was seen.
    Conflict,
    /// The credential is suspended: requests can be denied and reported alone.
    Suspended,
    /// It is older than what was accepted before.
    Older,
    /// Something that this version of the door has no name for.
    Other,
}

same!(approval::Refusal => Refusal {
    Malformed, Unsupported, WrongType, NotForUs, UnknownKey, BadSignature, BadTimes, Expired, Policy,
    CannotVerify, Conflict, Suspended, Older,
} else Other);

impl From<approval::Refusal> for AuthenticatorError {
    fn from(refusal: approval::Refusal) -> Self {
        Self::NotBelieved { refusal: refusal.into() }
    }
}

impl From<ApprovalError> for AuthenticatorError {
    fn from(error: ApprovalError) -> Self {
        use ApprovalProblem as Problem;
        let problem = match error {
            ApprovalError::Refused(refusal) => return refusal.into(),
            // Another way on than for the vault's own key.
            ApprovalError::Keys(KeyError::Invalidated) => Problem::KeyInvalidated,
            ApprovalError::Keys(error) => return error.into(),
            ApprovalError::OutOfMemory { needed_kib } => return Self::OutOfMemory { needed_kib },
            ApprovalError::NoRandomness => return Self::NoRandomness,
            ApprovalError::NotFound => Problem::NotFound,
            ApprovalError::NotNow => Problem::NotNow,
            ApprovalError::Decided => Problem::AlreadyDecided,
            ApprovalError::Over => Problem::Over,
            ApprovalError::NoSuchMatch => Problem::NoSuchMatch,
            ApprovalError::OtherRequest => Problem::OtherRequest,
            ApprovalError::OtherProof => Problem::OtherProof,
            ApprovalError::Ambiguous => Problem::Ambiguous,
            ApprovalError::Unsettled => Problem::Unsettled,
            ApprovalError::Outdated => Problem::Outdated,
            ApprovalError::PinRequired => Problem::PinRequired,
            ApprovalError::PinNotAllowed => Problem::PinNotAllowed,
            ApprovalError::HardwareRequired => Problem::HardwareRequired,
            ApprovalError::Unfit => Problem::UnfitValue,
            _ => Problem::Other,
        };
        Self::ApprovalFailed { problem }
    }
}

/// Whatever the core gives, for a call about approvals at `now`.
pub(crate) fn answered<T>(
    result: Result<T, ApprovalsError>,
    now: authenticator_core::Moment,
) -> Result<T, AuthenticatorError> {
    result.or_else(|error| match error {
        ApprovalsError::Vault(error) => told(Err(error), now),
        ApprovalsError::Approval(error) => Err(error.into()),
        _ => Err(AuthenticatorError::Unknown),
    })
}
