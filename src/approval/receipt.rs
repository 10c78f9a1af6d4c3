//! What became of an answer: `docs/approval-protocol.md`, "Receipt and chain".

use serde::{Deserialize, Serialize};

use super::claims::{Hash, Identifier, Jwk, Origin, Whole, present};
use super::jose::{Jws, Kind};
use super::refusal::Refusal;

/// What a service says became of an answer or a request.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
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
    /// No PIN is looked at now. The request is still open.
    PinDelayed,
    /// The PIN was wrong too often: no PIN suffices until it is set anew.
    PinDisabled,
    /// What should prove the verification did not. The request is still open.
    NotVerified,
    /// The chain of answers does not go on from here: another approve was on its way, or
    /// another phone has these keys.
    Chain,
    /// The credential is suspended: somebody else has its key, perhaps.
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
    /// The request was carried out.
    Done,
    /// The request is not allowed.
    NotAllowed,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: Origin,
    aud: Identifier,
    #[serde(rename = "iat")]
    _iat: Whole,
    jti: Identifier,
    ahash: Hash,
    result: Outcome,
    head: Head,
    #[serde(default, deserialize_with = "present")]
    tries_left: Option<Whole>,
    #[serde(default, deserialize_with = "present")]
    retry_at: Option<Whole>,
    #[serde(default, deserialize_with = "present")]
    pin_generation: Option<Whole>,
    #[serde(default, deserialize_with = "present")]
    keys: Option<Keys>,
}

/// The last approve that advanced a credential's chain.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) seq: Whole,
    pub(crate) ahash: Hash,
}

/// The thumbprints of the keys that count after a rotation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Keys {
    pub(super) device_key: Hash,
    pub(super) envelope_key: Hash,
    #[serde(default, deserialize_with = "present")]
    pub(super) verification_key: Option<Hash>,
}

/// A receipt that the service signed for something that this phone sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Receipt {
    pub(super) outcome: Outcome,
    pub(super) head: Head,
    pub(super) tries_left: Option<Whole>,
    pub(super) retry_at: Option<Whole>,
    pub(super) pin_generation: Option<Whole>,
    pub(super) keys: Option<Keys>,
}

/// What a receipt has to be of.
pub(super) struct Sent<'a> {
    pub(super) iss: &'a Origin,
    pub(super) credential: &'a Identifier,
    pub(super) signing: &'a [Jwk],
    pub(super) jti: &'a Identifier,
    pub(super) hash: Hash,
}

impl Receipt {
    /// # Errors
    ///
    /// As every message; [`Refusal::NotForUs`]: it is the receipt of something else.
    pub(super) fn verify(sent: &Sent<'_>, text: &str) -> Result<Self, Refusal> {
        let jws = Jws::parse(text, Kind::Receipt)?;
        let key = sent.signing.iter().find(|key| key.thumbprint() == jws.kid);
        let claims: Claims = jws.claims(&key.ok_or(Refusal::UnknownKey)?.0)?;
        let ours = claims.iss == *sent.iss
            && claims.aud == *sent.credential
            && claims.jti == *sent.jti
            && claims.ahash == sent.hash;
        if !ours {
            return Err(Refusal::NotForUs);
        }
        Ok(Self {
            outcome: claims.result,
            head: claims.head,
            tries_left: claims.tries_left,
            retry_at: claims.retry_at,
            pin_generation: claims.pin_generation,
            keys: claims.keys,
        })
    }
}
