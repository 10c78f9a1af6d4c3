//! What a service says of itself: `docs/approval-protocol.md`, "Configuration".

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::claims::{Endpoint, Hash, Jwk, Origin, Text, Whole, are_distinct, present};
use super::error::ApprovalError;
use super::jose::{Jws, Kind};
use super::judged::Judged;
use super::refusal::Refusal;
use super::request::{Matching, Verification};
use crate::key_store::SecurityLevel;

const LONGEST: u64 = 30 * 24 * 60 * 60;
const MOST_KEYS: usize = 4;

/// A configuration that was accepted: signed by the key of an enrolment link, or by one of
/// the configuration before it.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    pub(super) claims: Claims,
    pub(super) hash: Hash,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claims {
    pub(super) iss: Origin,
    iat: Whole,
    exp: Whole,
    pub(super) version: Whole,
    protocol: Vec<Whole>,
    pub(super) name: Text,
    pub(super) keys: Vec<Jwk>,
    pub(super) encryption_key: Jwk,
    pub(super) endpoints: Endpoints,
    pub(super) policy: Policy,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) push: Option<Push>,
}

/// Where requests go.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoints {
    pub(super) enrolment: Endpoint,
    pub(super) reveal: Endpoint,
    pub(super) poll: Endpoint,
    pub(super) answer: Endpoint,
    pub(super) pin: Endpoint,
    pub(super) devices: Endpoint,
    pub(super) push: Endpoint,
    pub(super) removal: Endpoint,
}

/// What a service allows and requires.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) pin: PinPolicy,
    #[serde(rename = "match")]
    pub(super) matching: Vec<Matching>,
    pub(super) uv: Vec<Verification>,
    /// Whether a device key has to be in hardware.
    pub(super) hardware: bool,
    pub(super) encrypted: bool,
}

/// Whether an approval PIN is set at enrolment.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PinPolicy {
    /// There is none.
    None,
    /// The person may set one.
    Optional,
    /// The person has to set one.
    Required,
}

/// What an app needs in order to receive pushes of the service.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Push {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) fcm: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) apns: Option<Text>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) webpush: Option<Text>,
}

impl Configuration {
    /// The first one of a service, trusted since the key with the thumbprint `pinned`
    /// signed it.
    ///
    /// # Errors
    ///
    /// [`Refusal::UnknownKey`]: another key signed it; and as every message.
    pub(super) fn first(
        text: &str,
        iss: &Origin,
        pinned: Hash,
        now: Judged,
    ) -> Result<Self, Refusal> {
        let jws = Jws::parse(text, Kind::Configuration)?;
        if jws.kid != pinned {
            return Err(Refusal::UnknownKey);
        }
        // The key is in the message itself, and only the pinned one will do.
        let claims: Claims = jws.claims_by_own_key(|claims: &Claims| {
            claims.keys.iter().find(|key| key.thumbprint() == pinned).copied()
        })?;
        let first = Self { claims, hash: jws.hash() };
        first.check(iss)?;
        first.check_times(now)?;
        Ok(first)
    }

    /// A later one, signed by a key of this one. The same one again is no error, nor is one
    /// that is over: the next may be younger.
    ///
    /// # Errors
    ///
    /// - [`Refusal::UnknownKey`]: no key of this one signed it.
    /// - [`Refusal::Older`]: its version is lower.
    /// - [`Refusal::Conflict`]: its version is the same, and it is not.
    /// - As every message.
    pub(crate) fn next(&self, text: &str, now: Judged) -> Result<Self, Refusal> {
        let jws = Jws::parse(text, Kind::Configuration)?;
        let claims: Claims = jws.claims(&self.key(jws.kid)?.0)?;
        let next = Self { claims, hash: jws.hash() };
        next.check(&self.claims.iss)?;
        let times = next.check_times(now);
        match next.claims.version.cmp(&self.claims.version) {
            Ordering::Less => Err(Refusal::Older),
            Ordering::Equal if next.hash != self.hash => Err(Refusal::Conflict),
            // One on the way to the newest may be over.
            Ordering::Greater if times == Err(Refusal::Expired) => Ok(next),
            _ => times.map(|()| next),
        }
    }

    /// One that was accepted before, and kept where nobody changes it.
    pub(crate) fn accepted(text: &str) -> Option<Self> {
        let jws = Jws::parse(text, Kind::Configuration).ok()?;
        let claims = jws.kept_claims().ok()?;
        Some(Self { claims, hash: jws.hash() })
    }

    fn check(&self, iss: &Origin) -> Result<(), Refusal> {
        let claims = &self.claims;
        let policy = &claims.policy;
        let sensible = (1..=MOST_KEYS).contains(&claims.keys.len())
            && claims.protocol.contains(&Whole::ONE)
            && claims.version >= Whole::ONE
            && !policy.matching.is_empty()
            && !policy.uv.is_empty()
            && are_distinct(&claims.keys)
            && are_distinct(&claims.protocol)
            && are_distinct(&policy.matching)
            && are_distinct(&policy.uv);
        if !sensible {
            return Err(Refusal::Malformed);
        }
        if claims.iss == *iss { Ok(()) } else { Err(Refusal::NotForUs) }
    }

    fn check_times(&self, now: Judged) -> Result<(), Refusal> {
        now.check(self.claims.iat, self.claims.exp, LONGEST)
    }

    /// The signing key with the thumbprint `kid`.
    pub(super) fn key(&self, kid: Hash) -> Result<Jwk, Refusal> {
        let key = self.claims.keys.iter().find(|key| key.thumbprint() == kid);
        key.copied().ok_or(Refusal::UnknownKey)
    }

    /// Whether an enrolment with a new PIN, or without, is what the service wants.
    pub(super) fn check_pin(&self, has_pin: bool) -> Result<(), ApprovalError> {
        match (self.claims.policy.pin, has_pin) {
            (PinPolicy::None, true) => Err(ApprovalError::PinNotAllowed),
            (PinPolicy::Required, false) => Err(ApprovalError::PinRequired),
            _ => Ok(()),
        }
    }

    /// Whether a device key is safe enough for the service.
    pub(super) fn check_level(&self, level: SecurityLevel) -> Result<(), ApprovalError> {
        let required = self.claims.policy.hardware;
        if required && level == SecurityLevel::Software {
            return Err(ApprovalError::HardwareRequired);
        }
        Ok(())
    }

    pub(crate) fn is_over(&self, now: Judged) -> bool {
        now.is_over(self.claims.exp)
    }

    pub(crate) fn version(&self) -> u64 {
        self.claims.version.as_u64()
    }
}
