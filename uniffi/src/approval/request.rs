//! What a service asks, and what the person decided.

use authenticator_core::approval;

use super::{ApprovalOutcome, back, count, same};
use crate::moment::millis;

/// A request of a service, for the person to decide on. Everything about it was verified: show it,
/// and decide by its id.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct ApprovalRequest {
    /// What it is decided by, 32 hexadecimal digits. It stays the same.
    pub id: String,
    /// The credential that was asked.
    pub credential: String,
    /// How the service calls itself.
    pub service: String,
    /// The service's origin, as `https://id.example`, or another name that it is known by for
    /// certain.
    pub origin: String,
    /// What it is for.
    pub kind: RequestKind,
    /// What is shown.
    pub details: RequestDetails,
    /// What the person carries over from the page.
    pub matching: Matching,
    /// What suffices to approve, and can be had on this phone.
    pub verifications: Vec<Verification>,
    /// When it came, by this phone's clock, in milliseconds since 1970.
    pub received_millis: i64,
    /// When it is over, by the service's clock, in milliseconds since 1970.
    pub expires_millis: i64,
    /// How far it is.
    pub state: RequestState,
    /// What becomes of its notification.
    pub notification: NotificationState,
    /// Wrong PINs that are left, as the service last said.
    pub tries_left: Option<u32>,
    /// When the service looks at the next PIN, as it last said, in milliseconds since 1970.
    pub retry_at_millis: Option<i64>,
    /// When the last request of this credential was approved, if one was.
    pub last_approved_millis: Option<i64>,
    /// Whether this app was never approved before with this credential: say so.
    pub is_new_app: bool,
    /// Whether this place was never approved before with this credential: say so. Not if there is
    /// none.
    pub is_new_place: bool,
}

impl From<approval::ApprovalRequest> for ApprovalRequest {
    fn from(core: approval::ApprovalRequest) -> Self {
        Self {
            id: core.id.to_string(),
            credential: core.credential.to_string(),
            service: core.service,
            origin: core.origin,
            kind: core.kind.into(),
            details: core.details.into(),
            matching: core.matching.into(),
            verifications: core.verifications.into_iter().map(Into::into).collect(),
            received_millis: millis(core.received),
            expires_millis: millis(core.expires),
            state: core.state.into(),
            notification: core.notification.into(),
            tries_left: core.tries_left.map(count),
            retry_at_millis: core.retry_at.map(millis),
            last_approved_millis: core.last_approved.map(millis),
            is_new_app: core.is_new_app,
            is_new_place: core.is_new_place,
        }
    }
}

/// A request that is over.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct ApprovalHistoryItem {
    /// What it was decided by.
    pub id: String,
    /// The credential that was asked. It may be gone.
    pub credential: String,
    /// How the service called itself.
    pub service: String,
    /// The service's origin.
    pub origin: String,
    /// What it was for.
    pub kind: RequestKind,
    /// What was shown.
    pub details: RequestDetails,
    /// When it came, by this phone's clock, in milliseconds since 1970.
    pub received_millis: i64,
    /// What was decided here, if anything was.
    pub decision: Option<Decision>,
    /// What became of it; none: nobody knows.
    pub outcome: Option<ApprovalOutcome>,
}

impl From<approval::HistoryItem> for ApprovalHistoryItem {
    fn from(core: approval::HistoryItem) -> Self {
        Self {
            id: core.id.to_string(),
            credential: core.credential.to_string(),
            service: core.service,
            origin: core.origin,
            kind: core.kind.into(),
            details: core.details.into(),
            received_millis: millis(core.received),
            decision: core.decision.map(Into::into),
            outcome: core.outcome.map(Into::into),
        }
    }
}

/// What the person is shown, all of it signed by the service: show at least what is there.
///
/// Each has 1 to 256 characters, without those that mislead. They are texts, never links or markup.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct RequestDetails {
    /// What is signed in to.
    pub app: String,
    /// Whose account.
    pub account: String,
    /// The address that it came from.
    pub ip: Option<String>,
    /// Where that is thought to be.
    pub place: Option<String>,
    /// The device that it came from.
    pub device: Option<String>,
    /// The browser that it came from.
    pub browser: Option<String>,
    /// Who is paid.
    pub payee: Option<String>,
    /// How much, with its currency.
    pub amount: Option<String>,
    /// What for.
    pub purpose: Option<String>,
    /// The device that is to be added.
    pub name: Option<String>,
}

impl From<approval::Details> for RequestDetails {
    fn from(core: approval::Details) -> Self {
        let approval::Details {
            app,
            account,
            ip,
            place,
            device,
            browser,
            payee,
            amount,
            purpose,
            name,
        } = core;
        Self { app, account, ip, place, device, browser, payee, amount, purpose, name }
    }
}

/// What a request is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum RequestKind {
    /// Somebody signs in.
    SignIn,
    /// Somebody pays.
    Transaction,
    /// Another device is to be added.
    AddDevice,
    /// This phone's keys are to be replaced by new ones.
    Rotate,
    /// The end of an enrolment.
    Test,
    /// Something that this version of the door has no name for: show all details.
    Other,
}

same!(approval::RequestKind => RequestKind { SignIn, Transaction, AddDevice, Rotate, Test } else Other);

/// What the person carries over from the page to the phone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum Matching {
    /// Two digits, typed.
    TwoDigits,
    /// Six digits, typed.
    SixDigits,
    /// A QR code, scanned: hand its text over as it is.
    Scan,
    /// Nothing: a tap alone.
    Nothing,
    /// Something that this version of the door has no name for: the app has to be updated.
    Other,
}

same!(approval::Matching => Matching { TwoDigits, SixDigits, Scan, Nothing } else Other);

/// How it is known that the person answers, and not whoever holds the phone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum Verification {
    /// It is not: the phone is there.
    Presence,
    /// The approval PIN, which the service checks.
    Pin,
    /// A biometric, by a key that is bound to it.
    Biometric,
}

same!(approval::Verification => Verification { Presence, Pin, Biometric });

/// What the person decides. There is no default.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum Decision {
    /// It is the person's, and they want it.
    Approve,
    /// Not now, or a mistake.
    Deny,
    /// Somebody else asked: the service is told of an attack.
    Report,
}

same!(approval::Decision => Decision { Approve, Deny, Report });

/// Why somebody denies or reports.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum DecisionReason {
    /// The person did not ask for it.
    NotMe,
    /// The person asked for it by mistake.
    Mistake,
    /// Another phone has this phone's keys.
    Clone,
}

back!(DecisionReason => approval::Reason { NotMe, Mistake, Clone });

/// How far a request is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum RequestState {
    /// Nobody has decided: ask the person.
    Open,
    /// It was decided; nobody knows whether the service has heard of it.
    Sent {
        /// What was decided.
        decision: Decision,
    },
    /// It was approved, and the service wants the same with another proof: after a wrong PIN, say. Ask
    /// for the PIN once more, and approve without the number.
    ProveAgain {
        /// Why.
        outcome: ApprovalOutcome,
    },
    /// It is over.
    Over {
        /// What was decided here, if anything was.
        decision: Option<Decision>,
        /// What became of it.
        outcome: ApprovalOutcome,
    },
}

impl From<approval::RequestState> for RequestState {
    fn from(core: approval::RequestState) -> Self {
        use approval::RequestState as Core;
        match core {
            Core::Open => Self::Open,
            Core::Sent(decision) => Self::Sent { decision: decision.into() },
            Core::ProveAgain(outcome) => Self::ProveAgain { outcome: outcome.into() },
            Core::Over { decision, outcome } => {
                Self::Over { decision: decision.map(Into::into), outcome: outcome.into() }
            }
            _ => Self::Over { decision: None, outcome: ApprovalOutcome::Other },
        }
    }
}

/// What becomes of the notification of a request: look whenever requests may have changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum NotificationState {
    /// It waits for the person: show it, with sound and banner.
    Alert,
    /// It waits for the person, and more than three came within five minutes: show it without sound
    /// and banner.
    Quiet,
    /// It does not wait for the person: take it away.
    Withdrawn,
}

same!(approval::NotificationState => NotificationState { Alert, Quiet, Withdrawn });

/// What a verification key has to sign after the person showed a finger or a face. Have the key store
/// sign `bytes` with the key that `keyHandle` finds, ECDSA with SHA-256, and approve with both.
#[derive(uniffi::Object)]
pub struct VerificationMessage(pub(crate) approval::VerificationMessage);

#[uniffi::export]
impl VerificationMessage {
    /// What the key store finds the key by.
    pub fn key_handle(&self) -> Vec<u8> {
        self.0.handle().expose().to_vec()
    }

    /// What is to be signed.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes().to_vec()
    }
}
