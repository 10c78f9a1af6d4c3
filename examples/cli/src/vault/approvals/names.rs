//! What is said about an error of approvals.

use authenticator_core::ApprovalsError;
use authenticator_core::approval::{ApprovalError, ExchangeProblem, Refusal as Disbelief};

use crate::names::{self, UNKNOWN};
use crate::refusal::Refusal;

impl From<ApprovalsError> for Refusal {
    fn from(error: ApprovalsError) -> Self {
        match error {
            ApprovalsError::Vault(error) => error.into(),
            ApprovalsError::Approval(error) => error.into(),
            error => Self::new(UNKNOWN, error.to_string()),
        }
    }
}

impl From<ApprovalError> for Refusal {
    fn from(error: ApprovalError) -> Self {
        let name = match error {
            ApprovalError::Refused(disbelief) => return disbelief.into(),
            ApprovalError::Keys(error) => names::key_error(error),
            ApprovalError::Ambiguous => "approval_ambiguous",
            ApprovalError::Decided => "approval_decided",
            ApprovalError::HardwareRequired => "approval_hardware_required",
            ApprovalError::NoRandomness => "approval_no_randomness",
            ApprovalError::NoSuchMatch => "approval_no_such_match",
            ApprovalError::NotFound => "approval_not_found",
            ApprovalError::NotNow => "approval_not_now",
            ApprovalError::OtherProof => "approval_other_proof",
            ApprovalError::OtherRequest => "approval_other_request",
            ApprovalError::OutOfMemory { .. } => "approval_out_of_memory",
            ApprovalError::Outdated => "approval_outdated",
            ApprovalError::Over => "approval_over",
            ApprovalError::PinNotAllowed => "approval_pin_not_allowed",
            ApprovalError::PinRequired => "approval_pin_required",
            ApprovalError::Unfit => "approval_unfit",
            ApprovalError::Unsettled => "approval_unsettled",
            _ => UNKNOWN,
        };
        Self::new(name, error.to_string())
    }
}

impl From<Disbelief> for Refusal {
    fn from(disbelief: Disbelief) -> Self {
        let name = match disbelief {
            Disbelief::BadSignature => "message_bad_signature",
            Disbelief::BadTimes => "message_bad_times",
            Disbelief::CannotVerify => "message_cannot_verify",
            Disbelief::Conflict => "message_conflict",
            Disbelief::Expired => "message_expired",
            Disbelief::Malformed => "message_malformed",
            Disbelief::NotForUs => "message_not_for_us",
            Disbelief::Older => "message_older",
            Disbelief::Policy => "message_policy",
            Disbelief::Suspended => "message_suspended",
            Disbelief::UnknownKey => "message_unknown_key",
            Disbelief::Unsupported => "message_unsupported",
            Disbelief::WrongType => "message_wrong_type",
            _ => UNKNOWN,
        };
        Self::new(name, disbelief.to_string())
    }
}

impl From<ExchangeProblem> for Refusal {
    fn from(problem: ExchangeProblem) -> Self {
        let (name, sentence) = match problem {
            ExchangeProblem::NotBelieved(disbelief) => return disbelief.into(),
            ExchangeProblem::Nonsense => (
                "service_nonsense",
                "what answered is not the service: a network that wants you to sign in, perhaps",
            ),
            ExchangeProblem::NotTaken => (
                "service_not_taken",
                "the service did not take the message: it or this program has to be updated",
            ),
            ExchangeProblem::SlowDown => {
                ("service_slow_down", "the service asks to wait: try again in a minute")
            }
            ExchangeProblem::Unavailable => (
                "service_unavailable",
                "the service cannot be reached; what was decided is kept, and sent with the next command",
            ),
            ExchangeProblem::UnknownCredential => (
                "service_unknown_credential",
                "the service does not know this credential; nothing was deleted. Enrol anew",
            ),
            _ => (UNKNOWN, "nothing came of it"),
        };
        Self::new(name, sentence)
    }
}
