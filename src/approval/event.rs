//! What became of a request that an app carried.

use super::receipt::Outcome;
use super::refusal::Refusal;
use super::request::{CredentialId, RequestId};
use super::status::{ListedDevice, RevocationReason};

/// What a response brought about. It is durable when it is given.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ApprovalEvent {
    /// The configuration is there: the person has to confirm the enrolment.
    EnrolmentToConfirm(CredentialId),
    /// The pairing code is there: the person types it into the page.
    PairingCode(CredentialId),
    /// The enrolment is over, and nothing is left of it: begin anew with another link.
    EnrolmentVoid(CredentialId),
    /// The credential approves from now on.
    Activated(CredentialId),
    /// A request came, and waits for the person.
    Requested(RequestId),
    /// A request is over, or was decided elsewhere: take its notification away.
    Closed(RequestId, Outcome),
    /// The service's receipt: what became of the person's decision.
    Receipt(RequestId, Outcome),
    /// The service wants the same decision once more, with another proof.
    ProveAgain(RequestId, Outcome),
    /// What became of a change of the PIN.
    PinChange(CredentialId, Outcome),
    /// What became of a change of the push target.
    PushChange(CredentialId, Outcome),
    /// What became of a removal of this or of another device's credential.
    Removal(CredentialId, Outcome),
    /// The credential is suspended.
    Suspended(CredentialId),
    /// The service ended the credential; its keys are gone.
    Revoked(CredentialId, RevocationReason),
    /// The account's devices.
    Devices(CredentialId, Vec<ListedDevice>),
    /// Nothing became of it.
    Failed(CredentialId, ExchangeProblem),
}

/// Why nothing became of a request. It is made again where it makes sense.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeProblem {
    /// The service could not be reached, or has no time: it is asked again, later.
    #[error("the service is not available")]
    Unavailable,
    /// The service asks to wait.
    #[error("the service asks to wait")]
    SlowDown,
    /// The service says that it does not know the credential, which proves nothing. Nothing
    /// is deleted: enrol anew, if that goes on.
    #[error("the service does not know this credential")]
    UnknownCredential,
    /// The service did not take the message: app or service has to be updated.
    #[error("the service did not take the message")]
    NotTaken,
    /// What came back is not believed.
    #[error("what came back is not believed")]
    NotBelieved(Refusal),
    /// What came back is no answer of this protocol: a captive portal, perhaps.
    #[error("what came back is no answer of this protocol")]
    Nonsense,
}
