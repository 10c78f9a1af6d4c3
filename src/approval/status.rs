//! What a service says when it is asked: `docs/approval-protocol.md`, "HTTP".

use serde::{Deserialize, Serialize};

use super::claims::{Identifier, Origin, Text, Whole, are_distinct, present};
use super::configuration::Configuration;
use super::credential::Credential;
use super::device::Platform;
use super::error::ApprovalError;
use super::jose::{Jws, Kind};
use super::receipt::Outcome;
use super::refusal::Refusal;
use crate::UnixTime;

/// Challenges in a status, at most.
const MOST_CHALLENGES: usize = 5;
/// Challenges that are over in a status, at most.
const MOST_CLOSED: usize = 16;
/// Devices in a list, at most.
const MOST_DEVICES: usize = 32;

/// `approval-status+jwt`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {
    iss: Origin,
    aud: Identifier,
    pub(crate) iat: Whole,
    nonce: Identifier,
    pub(crate) state: ServiceState,
    /// Of the newest configuration.
    pub(crate) version: Whole,
    pub(crate) challenges: Vec<String>,
    pub(crate) closed: Vec<Closed>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) revocation: Option<String>,
}

/// Where the service sees a credential, or its enrolment.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ServiceState {
    Revealed,
    Paired,
    Active,
    Suspended,
    Revoked,
    Void,
}

/// A challenge that is over, so that its notification can be taken away.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closed {
    pub(crate) jti: Identifier,
    pub(crate) state: ClosedState,
}

/// How a challenge ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ClosedState {
    Approved,
    Denied,
    Reported,
    Burned,
    Answered,
    Cancelled,
    Expired,
}

impl ClosedState {
    pub(crate) const fn outcome(self) -> Outcome {
        match self {
            Self::Approved => Outcome::Approved,
            Self::Denied => Outcome::Denied,
            Self::Reported => Outcome::Reported,
            Self::Burned => Outcome::Burned,
            Self::Answered => Outcome::Answered,
            Self::Cancelled => Outcome::Cancelled,
            Self::Expired => Outcome::Expired,
        }
    }
}

impl Status {
    /// # Errors
    ///
    /// As every message; [`Refusal::NotForUs`]: it answers another request.
    pub(crate) fn verify(
        credential: &Credential,
        configuration: &Configuration,
        nonce: &Identifier,
        text: &str,
    ) -> Result<Self, Refusal> {
        let jws = Jws::parse(text, Kind::Status)?;
        let status: Self = jws.claims(&configuration.key(jws.kid)?.0)?;
        let ours =
            status.iss == credential.iss && status.aud == credential.id && status.nonce == *nonce;
        if !ours {
            return Err(Refusal::NotForUs);
        }
        let fits = status.challenges.len() <= MOST_CHALLENGES
            && status.closed.len() <= MOST_CLOSED
            && are_distinct(&status.challenges)
            && are_distinct(&status.closed);
        if fits { Ok(status) } else { Err(Refusal::Malformed) }
    }
}

/// Why a credential ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// Another enrolment took its place.
    Replaced,
    /// The person removed it.
    Removed,
    /// The phone was lost.
    Lost,
    /// Somebody else may have its keys.
    Suspected,
    /// An administrator ended it.
    Administrator,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revocation {
    iss: Origin,
    aud: Identifier,
    #[serde(rename = "jti")]
    _jti: Identifier,
    #[serde(rename = "iat")]
    _iat: Whole,
    reason: RevocationReason,
}

/// Reads the service's word that a credential is over, which alone ends it.
///
/// # Errors
///
/// As every message.
pub(crate) fn verify_revocation(
    credential: &Credential,
    text: &str,
) -> Result<RevocationReason, ApprovalError> {
    let configuration = credential.accepted_configuration()?;
    let jws = Jws::parse(text, Kind::Revocation)?;
    let revocation: Revocation = jws.claims(&configuration.key(jws.kid)?.0)?;
    if revocation.iss != credential.iss || revocation.aud != credential.id {
        return Err(Refusal::NotForUs.into());
    }
    Ok(revocation.reason)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Devices {
    iss: Origin,
    aud: Identifier,
    #[serde(rename = "iat")]
    _iat: Whole,
    nonce: Identifier,
    devices: Vec<ListedClaims>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedClaims {
    id: Identifier,
    name: Text,
    platform: Platform,
    added: Whole,
    #[serde(default, deserialize_with = "present")]
    last_used: Option<Whole>,
    is_this: bool,
}

/// A device of an account, as the service lists it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedDevice {
    /// What the service calls it: for its removal.
    pub id: String,
    /// How the person knows it.
    pub name: String,
    /// Its system.
    pub platform: Platform,
    /// When it was added.
    pub added: UnixTime,
    /// When it was used last, if the service says so.
    pub last_used: Option<UnixTime>,
    /// Whether it is this phone.
    pub is_this: bool,
}

/// Reads the list of an account's devices.
///
/// # Errors
///
/// As every message.
pub(crate) fn verify_devices(
    credential: &Credential,
    nonce: &Identifier,
    text: &str,
) -> Result<Vec<ListedDevice>, ApprovalError> {
    let configuration = credential.accepted_configuration()?;
    let jws = Jws::parse(text, Kind::Devices)?;
    let list: Devices = jws.claims(&configuration.key(jws.kid)?.0)?;
    if list.iss != credential.iss || list.aud != credential.id || list.nonce != *nonce {
        return Err(Refusal::NotForUs.into());
    }
    if list.devices.len() > MOST_DEVICES {
        return Err(Refusal::Malformed.into());
    }
    let listed = list.devices.into_iter().map(|device| ListedDevice {
        id: device.id.as_str().to_owned(),
        name: device.name.as_str().to_owned(),
        platform: device.platform,
        added: device.added.time(),
        last_used: device.last_used.map(Whole::time),
        is_this: device.is_this,
    });
    Ok(listed.collect())
}
