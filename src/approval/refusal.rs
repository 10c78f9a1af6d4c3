//! Why a message is not believed.

/// Why a message of a service is not believed: `docs/approval-protocol.md`, "What a phone
/// checks". It changes nothing; whoever sent it may be anybody.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is no message of this protocol, or has a member too many or too few, or a value
    /// outside its limits.
    #[error("this is no message of the approval protocol")]
    Malformed,
    /// It is of a version of the protocol that this library does not know: the app has to
    /// be updated.
    #[error("this is of a newer version of the approval protocol")]
    Unsupported,
    /// It is a message of another kind.
    #[error("this is a message of another kind")]
    WrongType,
    /// It is for another credential, another service, or was encrypted to another key.
    #[error("this message is for somebody else")]
    NotForUs,
    /// No key of the service's accepted configuration signed it. There may be a newer
    /// configuration: fetch it, and read the message once more.
    #[error("the key that signed this is not known")]
    UnknownKey,
    /// The signature does not hold.
    #[error("the signature does not hold")]
    BadSignature,
    /// It was made in the future, or is good for longer than is allowed.
    #[error("the times in this message make no sense")]
    BadTimes,
    /// It is over.
    #[error("this message is over")]
    Expired,
    /// The service's own policy does not allow what it asks for.
    #[error("the policy of the service does not allow this")]
    Policy,
    /// None of what would suffice can be had on this phone.
    #[error("this phone cannot verify the person in any way that would suffice")]
    CannotVerify,
    /// Another message with the same identifier was seen.
    #[error("another message has the same identifier")]
    Conflict,
    /// The credential is suspended: requests can be denied and reported alone.
    #[error("the credential is suspended")]
    Suspended,
    /// It is older than what was accepted before.
    #[error("this is older than what was accepted before")]
    Older,
}
