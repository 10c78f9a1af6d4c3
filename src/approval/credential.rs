//! What a service knows this phone as, for one account.

use serde::{Deserialize, Serialize};

use super::claims::{Hash, Identifier, Origin, Text, Whole};
use super::configuration::Configuration;
use super::enrolment::Pairing;
use super::error::ApprovalError;
use super::item::CredentialItem;
use super::keys::DeviceKeys;
use super::phone::PhoneKeys;
use super::pin::PinSalt;
use super::receipt::{Head, Receipt};
use super::request::{CredentialId, Verification};
use super::status::RevocationReason;
use crate::UnixTime;

/// Approves whose outcome nobody knows, at most: then they have to be settled.
const MOST_OUTSTANDING: usize = 16;

/// A credential, with everything that the phone keeps of it.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    /// The accepted configuration, as the service signed it.
    pub(crate) configuration: String,
    pub(crate) iss: Origin,
    pub(crate) id: Identifier,
    pub(crate) account: Text,
    pub(crate) state: CredentialState,
    pub(crate) keys: PhoneKeys,
    /// While they replace `keys`: the service may know either.
    pub(crate) next_keys: Option<PhoneKeys>,
    /// What the newest receipt named.
    pub(crate) head: Head,
    /// The highest number that an approve has been given.
    pub(crate) seq: Whole,
    /// Approves that were signed on `head`, any of which may be the service's head by now.
    pub(crate) outstanding: Vec<Hash>,
    pub(crate) pin: Option<PinSalt>,
    /// While it replaces `pin`: the service may know either.
    pub(crate) next_pin: Option<PinSalt>,
    /// What the service last said of the PIN.
    pub(crate) pin_tries: PinTries,
    /// Calls that have to be sent until there is a receipt.
    pub(crate) calls: Vec<Call>,
    /// Until it is active.
    pub(crate) pairing: Option<Pairing>,
    pub(crate) added: UnixTime,
    /// Another phone signs with these keys, and the service has not said that it knows.
    pub(crate) is_copied: bool,
}

/// Where a credential stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CredentialState {
    /// It is being enrolled.
    Enrolling,
    /// It approves.
    Active,
    /// Somebody else has its key, perhaps: it can deny and report. Enrol anew, or ask an
    /// administrator.
    Suspended,
    /// The service has ended it, and its keys are gone.
    Revoked,
}

/// What the service last said of the approval PIN.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct PinTries {
    pub(crate) left: Option<Whole>,
    pub(crate) retry_at: Option<Whole>,
}

/// A call that changes something at the service: the same bytes until there is a receipt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Call {
    pub(crate) kind: CallKind,
    pub(crate) jti: Identifier,
    pub(crate) body: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CallKind {
    PinChange,
    Push,
    Removal,
    /// Of another device's credential.
    OtherRemoval,
}

/// What a receipt changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Advance {
    /// The head is what it should be.
    Known,
    /// Somebody else signed the service's head: there is another phone with these keys.
    Foreign,
}

impl Credential {
    pub(crate) fn accepted_configuration(&self) -> Result<Configuration, ApprovalError> {
        Configuration::accepted(&self.configuration).ok_or(ApprovalError::NotNow)
    }

    /// How a person can be verified here, whatever a request asks for.
    pub(super) fn verifications(&self) -> Vec<Verification> {
        let pin = self.pin.map(|_| Verification::Pin);
        let biometric = self.keys.verification.as_ref().map(|_| Verification::Biometric);
        [Some(Verification::Presence), pin, biometric].into_iter().flatten().collect()
    }

    /// The number and the predecessor of the next approve.
    ///
    /// # Errors
    ///
    /// [`ApprovalError::Unsettled`].
    pub(super) fn next_link(&self) -> Result<(Whole, Hash), ApprovalError> {
        if self.outstanding.len() >= MOST_OUTSTANDING {
            return Err(ApprovalError::Unsettled);
        }
        let seq = self.seq.max(self.head.seq).next().ok_or(ApprovalError::NotNow)?;
        Ok((seq, self.head.ahash))
    }

    /// Notes an approve that was signed on the head.
    pub(super) fn note(&mut self, seq: Whole, hash: Hash) {
        self.seq = seq;
        self.outstanding.push(hash);
    }

    /// Takes over what a receipt says of the chain and of the PIN.
    pub(super) fn advance(&mut self, receipt: &Receipt) -> Advance {
        if receipt.tries_left.is_some() {
            self.pin_tries = PinTries { left: receipt.tries_left, retry_at: receipt.retry_at };
        }
        let next = self.next_pin.filter(|next| Some(next.generation) == receipt.pin_generation);
        if next.is_some() {
            self.pin = next;
            self.next_pin = None;
        }
        // A receipt that is given again may be of long ago.
        if receipt.head.seq <= self.head.seq {
            return Advance::Known;
        }
        if !self.outstanding.contains(&receipt.head.ahash) {
            return Advance::Foreign;
        }
        self.head = receipt.head;
        // What else was signed on the old head can never be the service's any more.
        self.outstanding.clear();
        Advance::Known
    }

    /// The test that ends an enrolment was approved.
    pub(crate) fn activate(&mut self) {
        if self.state == CredentialState::Enrolling {
            self.state = CredentialState::Active;
            self.pairing = None;
        }
    }

    /// Takes the new keys over, if the service names them; gives the old ones.
    pub(super) fn take_new_keys(&mut self, receipt: &Receipt) -> Option<PhoneKeys> {
        let named = receipt.keys?;
        let next = self.next_keys.take()?;
        let verification = next.verification.as_ref().map(|key| key.thumbprint());
        let same = named.device_key == next.device.thumbprint()
            && named.envelope_key == next.envelope.public.thumbprint()
            && named.verification_key == verification;
        if !same {
            self.next_keys = Some(next);
            return None;
        }
        Some(std::mem::replace(&mut self.keys, next))
    }

    pub(crate) fn item(&self, id: CredentialId) -> Result<CredentialItem, ApprovalError> {
        let configuration = self.accepted_configuration()?;
        Ok(CredentialItem {
            id,
            service: configuration.claims.name.as_str().to_owned(),
            origin: self.iss.as_str().to_owned(),
            account: self.account.as_str().to_owned(),
            state: self.state,
            ended: None,
            added: self.added,
            is_in_hardware: self.keys.device.level.is_hardware(),
            has_pin: self.pin.is_some(),
            tries_left: self.pin_tries.left.map(Whole::as_u64),
            pairing_code: self.pairing.as_ref().map(|pairing| pairing.code.clone()),
            pending_calls: self.calls.len(),
        })
    }

    /// Destroys every key of it in the key store, as far as that can be.
    pub(crate) fn delete_keys(&self, store: &dyn DeviceKeys) {
        self.keys.delete(store);
        self.next_keys.iter().for_each(|keys| keys.delete(store));
    }
}

/// What is left of a credential that the service has ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Ended {
    pub(crate) service: String,
    pub(crate) origin: String,
    pub(crate) account: String,
    pub(crate) added: UnixTime,
    pub(crate) reason: RevocationReason,
}

impl Ended {
    pub(crate) fn new(
        credential: &Credential,
        reason: RevocationReason,
    ) -> Result<Self, ApprovalError> {
        Ok(Self {
            service: credential.accepted_configuration()?.claims.name.as_str().to_owned(),
            origin: credential.iss.as_str().to_owned(),
            account: credential.account.as_str().to_owned(),
            added: credential.added,
            reason,
        })
    }

    pub(crate) fn item(&self, id: CredentialId) -> CredentialItem {
        CredentialItem {
            id,
            service: self.service.clone(),
            origin: self.origin.clone(),
            account: self.account.clone(),
            state: CredentialState::Revoked,
            ended: Some(self.reason),
            added: self.added,
            is_in_hardware: false,
            has_pin: false,
            tries_left: None,
            pairing_code: None,
            pending_calls: 0,
        }
    }
}
