//! What the person decided, as it is sent: `docs/approval-protocol.md`, "Answer".

use serde::Serialize;

use super::challenge::VerifiedChallenge;
use super::claims::{Hash, Identifier, Jwk, Origin, Whole};
use super::credential::Credential;
use super::judged::Judged;
use super::request::{Decision, Reason, Verification};
use crate::key_store::SecurityLevel;

/// `approval-answer+jwt`.
#[derive(Clone, Serialize)]
pub(super) struct Answer<'a> {
    pub(super) iss: &'a Identifier,
    pub(super) aud: &'a Origin,
    pub(super) jti: &'a Identifier,
    pub(super) iat: Whole,
    pub(super) chash: Hash,
    pub(super) decision: Decision,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Reason>,
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub(super) matching: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uv: Option<Verification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verification: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seq: Option<Whole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prev: Option<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rotation: Option<&'a str>,
}

impl<'a> Answer<'a> {
    /// With nothing in it that only an approve has.
    pub(super) fn new(
        credential: &'a Credential,
        challenge: &'a VerifiedChallenge,
        decision: Decision,
        now: Judged,
    ) -> Self {
        Self {
            iss: &credential.id,
            aud: &credential.iss,
            jti: &challenge.jti,
            iat: now.time().into(),
            chash: challenge.hash,
            decision,
            reason: None,
            matching: None,
            uv: None,
            verification: None,
            pin: None,
            seq: None,
            prev: None,
            rotation: None,
        }
    }
}

/// `approval-verification+jwt`: a person was verified, says the key that is bound to it.
#[derive(Serialize)]
pub(super) struct Verified<'a> {
    pub(super) iss: &'a Identifier,
    pub(super) aud: &'a Origin,
    pub(super) jti: &'a Identifier,
    pub(super) iat: Whole,
    pub(super) chash: Hash,
    pub(super) decision: Decision,
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub(super) matching: Option<&'a str>,
}

/// `approval-pin+jwt` of an answer: somebody knew the PIN.
#[derive(Serialize)]
pub(super) struct PinProof<'a> {
    pub(super) iss: &'a Identifier,
    pub(super) aud: &'a Origin,
    pub(super) jti: &'a Identifier,
    pub(super) chash: Hash,
    pub(super) seq: Whole,
    pub(super) decision: Decision,
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub(super) matching: Option<&'a str>,
    pub(super) pin_generation: Whole,
}

/// `approval-rotation+jwt`: the new keys, by the new device key.
#[derive(Serialize)]
pub(super) struct Rotation<'a> {
    pub(super) iss: &'a Identifier,
    pub(super) aud: &'a Origin,
    pub(super) jti: &'a Identifier,
    pub(super) iat: Whole,
    pub(super) chash: Hash,
    pub(super) device_key: Jwk,
    pub(super) envelope_key: Jwk,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verification_key: Option<Jwk>,
    pub(super) security_level: SecurityLevel,
}
