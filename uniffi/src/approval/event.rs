//! What became of what was carried.

use authenticator_core::approval;

use super::{DevicePlatform, Refusal, RevocationReason, same};
use crate::moment::millis;

/// What a response brought about. It is durable when it is given.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum ApprovalEvent {
    /// The configuration is there: ask the person to confirm the enrolment.
    EnrolmentToConfirm {
        /// The enrolment.
        credential: String,
    },
    /// The pairing code is there: the person types it into the page.
    PairingCode {
        /// The credential.
        credential: String,
    },
    /// The enrolment is over, and nothing is left of it: begin anew with another link.
    EnrolmentVoid {
        /// The enrolment.
        credential: String,
    },
    /// The credential approves from now on.
    Activated {
        /// The credential.
        credential: String,
    },
    /// A request came, and waits for the person.
    Requested {
        /// The request.
        request: String,
    },
    /// A request is over, or was decided elsewhere: take its notification away.
    Closed {
        /// The request.
        request: String,
        /// What became of it.
        outcome: ApprovalOutcome,
    },
    /// The service's receipt: what became of the person's decision.
    Receipt {
        /// The request.
        request: String,
        /// What became of it.
        outcome: ApprovalOutcome,
    },
    /// The service wants the same decision once more, with another proof.
    ProveAgain {
        /// The request.
        request: String,
        /// Why.
        outcome: ApprovalOutcome,
    },
    /// What became of a change of the PIN.
    PinChange {
        /// The credential.
        credential: String,
        /// What became of it.
        outcome: ApprovalOutcome,
    },
    /// What became of a change of the push target.
    PushChange {
        /// The credential.
        credential: String,
        /// What became of it.
        outcome: ApprovalOutcome,
    },
    /// What became of a removal of this or of another device's credential.
    Removal {
        /// The credential that asked.
        credential: String,
        /// What became of it.
        outcome: ApprovalOutcome,
    },
    /// The credential is suspended.
    Suspended {
        /// The credential.
        credential: String,
    },
    /// The service ended the credential; its keys are gone.
    Revoked {
        /// The credential.
        credential: String,
        /// Why.
        reason: RevocationReason,
    },
    /// The account's devices.
    Devices {
        /// The credential that asked.
        credential: String,
        /// The devices.
        devices: Vec<AccountDevice>,
    },
    /// Nothing became of it.
    Failed {
        /// The credential, or the enrolment.
        credential: String,
        /// Why.
        problem: ExchangeProblem,
    },
    /// Something that this version of the door has no name for.
    Other,
}

impl From<approval::ApprovalEvent> for ApprovalEvent {
    fn from(core: approval::ApprovalEvent) -> Self {
        use approval::ApprovalEvent as Core;
        let text = |id: approval::CredentialId| id.to_string();
        match core {
            Core::EnrolmentToConfirm(id) => Self::EnrolmentToConfirm { credential: text(id) },
            Core::PairingCode(id) => Self::PairingCode { credential: text(id) },
            Core::EnrolmentVoid(id) => Self::EnrolmentVoid { credential: text(id) },
            Core::Activated(id) => Self::Activated { credential: text(id) },
            Core::Requested(id) => Self::Requested { request: id.to_string() },
            Core::Closed(id, outcome) => {
                Self::Closed { request: id.to_string(), outcome: outcome.into() }
            }
            Core::Receipt(id, outcome) => {
                Self::Receipt { request: id.to_string(), outcome: outcome.into() }
            }
            Core::ProveAgain(id, outcome) => {
                Self::ProveAgain { request: id.to_string(), outcome: outcome.into() }
            }
            Core::PinChange(id, outcome) => {
                Self::PinChange { credential: text(id), outcome: outcome.into() }
            }
            Core::PushChange(id, outcome) => {
                Self::PushChange { credential: text(id), outcome: outcome.into() }
            }
            Core::Removal(id, outcome) => {
                Self::Removal { credential: text(id), outcome: outcome.into() }
            }
            Core::Suspended(id) => Self::Suspended { credential: text(id) },
            Core::Revoked(id, reason) => {
                Self::Revoked { credential: text(id), reason: reason.into() }
            }
            Core::Devices(id, devices) => {
                let devices = devices.into_iter().map(Into::into).collect();
                Self::Devices { credential: text(id), devices }
            }
            Core::Failed(id, problem) => {
                Self::Failed { credential: text(id), problem: problem.into() }
            }
            _ => Self::Other,
        }
    }
}

/// What a service says became of an answer, a request or a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum ApprovalOutcome {
    /// The sign-in goes on.
    Approved,
    /// It was denied.
    Denied,
    /// It was reported.
    Reported,
    /// It was denied or reported when it was over already: it is noted.
    Late,
    /// The number was wrong: the request is over, and the next has another number.
    WrongMatch,
    /// The PIN was wrong. The request is still open.
    WrongPin,
    /// No PIN is looked at now: see when the request says. The request is still open.
    PinDelayed,
    /// The PIN was wrong too often: no PIN suffices until it is set anew.
    PinDisabled,
    /// What should prove the verification did not. The request is still open.
    NotVerified,
    /// The chain of answers does not go on from here: another approve of this credential was on its way,
    /// or another phone has its keys. Approve once more.
    Chain,
    /// The credential is suspended.
    Suspended,
    /// The credential was revoked.
    Revoked,
    /// The service does not know the request.
    Unknown,
    /// It was answered on another phone.
    Answered,
    /// It is over: a wrong number was given.
    Burned,
    /// It is over: the page, another phone or an administrator ended it.
    Cancelled,
    /// It is over: nobody answered in time.
    Expired,
    /// What was answered is not what was asked.
    Tampered,
    /// The PIN was changed.
    PinChanged,
    /// The call was carried out.
    Done,
    /// The call is not allowed.
    NotAllowed,
    /// Something that this version of the door has no name for.
    Other,
}

same!(approval::Outcome => ApprovalOutcome {
    Approved, Denied, Reported, Late, WrongMatch, WrongPin, PinDelayed, PinDisabled, NotVerified, Chain,
    Suspended, Revoked, Unknown, Answered, Burned, Cancelled, Expired, Tampered, PinChanged, Done,
    NotAllowed,
} else Other);

/// Why nothing became of a request to the service. It is made again where that makes sense.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum ExchangeProblem {
    /// The service could not be reached, or has no time: it is asked again, later.
    Unavailable,
    /// The service asks to wait.
    SlowDown,
    /// The service says that it does not know the credential, which proves nothing. Nothing is
    /// deleted: enrol anew, if that goes on.
    UnknownCredential,
    /// The service did not take the message: app or service has to be updated.
    NotTaken,
    /// What came back is not believed.
    NotBelieved {
        /// Why.
        refusal: Refusal,
    },
    /// What came back is no answer of this protocol: a captive portal, perhaps.
    Nonsense,
}

impl From<approval::ExchangeProblem> for ExchangeProblem {
    fn from(core: approval::ExchangeProblem) -> Self {
        use approval::ExchangeProblem as Core;
        match core {
            Core::Unavailable => Self::Unavailable,
            Core::SlowDown => Self::SlowDown,
            Core::UnknownCredential => Self::UnknownCredential,
            Core::NotTaken => Self::NotTaken,
            Core::NotBelieved(refusal) => Self::NotBelieved { refusal: refusal.into() },
            _ => Self::Nonsense,
        }
    }
}

/// A device of an account, as the service lists it.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct AccountDevice {
    /// What the service calls it: for its removal.
    pub id: String,
    /// How the person knows it.
    pub name: String,
    /// Its system.
    pub platform: DevicePlatform,
    /// When it was added, in milliseconds since 1970.
    pub added_millis: i64,
    /// When it was used last, if the service says so.
    pub last_used_millis: Option<i64>,
    /// Whether it is this phone.
    pub is_this: bool,
}

impl From<approval::ListedDevice> for AccountDevice {
    fn from(core: approval::ListedDevice) -> Self {
        Self {
            id: core.id,
            name: core.name,
            platform: core.platform.into(),
            added_millis: millis(core.added),
            last_used_millis: core.last_used.map(millis),
            is_this: core.is_this,
        }
    }
}
