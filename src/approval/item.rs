//! What an app lists: requests, credentials, enrolments and the history.

use super::configuration::PinPolicy;
use super::credential::CredentialState;
use super::receipt::Outcome;
use super::request::{
    CredentialId, Decision, Details, Matching, RequestId, RequestKind, Verification,
};
use super::status::RevocationReason;
use crate::UnixTime;

/// A request of a service, for the person to decide on. Everything about it was verified:
/// show it, and decide by its id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApprovalRequest {
    /// What it is decided by.
    pub id: RequestId,
    /// The credential that was asked.
    pub credential: CredentialId,
    /// How the service calls itself.
    pub service: String,
    /// The service's origin, or another name that it is known by for certain.
    pub origin: String,
    /// What it is for.
    pub kind: RequestKind,
    /// What is shown.
    pub details: Details,
    /// What the person has to carry over from the page.
    pub matching: Matching,
    /// What suffices to approve, and can be had on this phone.
    pub verifications: Vec<Verification>,
    /// When it came, by this phone's clock.
    pub received: UnixTime,
    /// When it is over, by the service's clock.
    pub expires: UnixTime,
    /// How far it is.
    pub state: RequestState,
    /// What becomes of its notification.
    pub notification: NotificationState,
    /// Wrong PINs that are left, as the service last said.
    pub tries_left: Option<u64>,
    /// When the service looks at the next PIN, as it last said.
    pub retry_at: Option<UnixTime>,
    /// When the last request of this credential was approved, if one was.
    pub last_approved: Option<UnixTime>,
    /// Whether this app was never approved before with this credential.
    pub is_new_app: bool,
    /// Whether this place was never approved before with this credential; not if there is none.
    pub is_new_place: bool,
}

/// How far a request is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RequestState {
    /// Nobody has decided.
    Open,
    /// It was decided; nobody knows whether the service has heard of it.
    Sent(Decision),
    /// It was approved, and the service wants the same with another proof: a wrong PIN, say.
    ProveAgain(Outcome),
    /// It is over.
    Over {
        /// What was decided here, if anything was.
        decision: Option<Decision>,
        /// What became of it.
        outcome: Outcome,
    },
}

/// What becomes of the notification of a request.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum NotificationState {
    /// It waits for the person: the notification is up, and made itself heard.
    Alert,
    /// It waits for the person, and more than three came within five minutes: no sound, and
    /// no banner.
    Quiet,
    /// It does not wait for the person: the notification goes.
    Withdrawn,
}

/// A request that is over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HistoryItem {
    /// What it was decided by.
    pub id: RequestId,
    /// The credential that was asked. It may be gone.
    pub credential: CredentialId,
    /// How the service called itself.
    pub service: String,
    /// The service's origin.
    pub origin: String,
    /// What it was for.
    pub kind: RequestKind,
    /// What was shown.
    pub details: Details,
    /// When it came, by this phone's clock.
    pub received: UnixTime,
    /// What was decided here, if anything was.
    pub decision: Option<Decision>,
    /// What became of it; `None`: nobody knows.
    pub outcome: Option<Outcome>,
}

/// A credential: an account of a service that this phone approves for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CredentialItem {
    /// What it is used by.
    pub id: CredentialId,
    /// How the service calls itself.
    pub service: String,
    /// The service's origin.
    pub origin: String,
    /// The account, as the service signed it.
    pub account: String,
    /// Where it stands.
    pub state: CredentialState,
    /// Why the service ended it, if it did.
    pub ended: Option<RevocationReason>,
    /// When it was enrolled.
    pub added: UnixTime,
    /// Whether its device key is in hardware.
    pub is_in_hardware: bool,
    /// Whether it has an approval PIN.
    pub has_pin: bool,
    /// Wrong PINs that are left, as the service last said.
    pub tries_left: Option<u64>,
    /// While it is enrolled: the six digits that the person types into the page.
    pub pairing_code: Option<String>,
    /// Calls that the service has not answered yet: a change of the PIN, a removal.
    pub pending_calls: usize,
}

/// An enrolment before the service has made an offer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EnrolmentItem {
    /// What it goes on by; the credential will have the same.
    pub id: CredentialId,
    /// The service's origin.
    pub origin: String,
    /// The account, as the link calls it.
    pub account: String,
    /// When the link is over.
    pub expires: UnixTime,
    /// What the person confirms, once the configuration is there.
    pub confirm: Option<Confirmation>,
    /// Whether it was confirmed, and waits for the service.
    pub is_confirmed: bool,
}

/// What a person is asked before a phone is enrolled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Confirmation {
    /// How the service calls itself.
    pub service: String,
    /// Whether a PIN is set.
    pub pin: PinPolicy,
    /// Whether the service requires keys in hardware.
    pub hardware: bool,
    /// What the app needs in order to receive pushes by FCM: the sender id.
    pub fcm: Option<String>,
    /// By APNs: the topic.
    pub apns: Option<String>,
    /// By Web Push: the application server's public key.
    pub webpush: Option<String>,
}
