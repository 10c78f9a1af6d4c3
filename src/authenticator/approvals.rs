//! Approvals: credentials, from their enrolment to their end.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Authenticator, turn};
use crate::Moment;
use crate::approval::stored::{Credential, Enrolment, Judged, Queue};
use crate::approval::{
    ApprovalError, ApprovalPin, CredentialId, CredentialItem, CredentialState, Device, DeviceKeys,
    EnrolmentItem, PreviewKey, PushTarget, Refusal, RevocationReason,
};
use crate::clock::Clock;
use crate::crypto::stack::cleared;
use crate::vault::{ApprovalChange, VaultError, make_id};

/// Why a call about approvals did nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ApprovalsError {
    /// The vault did not do its part: it is locked, say.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// It is not possible.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
}

impl From<Refusal> for ApprovalsError {
    fn from(refusal: Refusal) -> Self {
        Self::Approval(refusal.into())
    }
}

/// What approvals keep for as long as the app runs, and lose without harm.
#[derive(Default)]
pub(super) struct ApprovalMemory {
    /// The nonce for the next DPoP proof, by origin.
    pub(super) nonces: HashMap<String, String>,
    /// What each service says of the clock.
    pub(super) clocks: HashMap<CredentialId, Clock>,
    /// When something is sent again, and how often it failed in a row.
    pub(super) waits: HashMap<Queue, (Moment, Duration, u32)>,
    /// Versions of configurations that are newer than the accepted ones.
    pub(super) newer: HashMap<CredentialId, u64>,
    /// Until when everything is denied.
    pub(super) denying: Option<Moment>,
}

impl Authenticator {
    /// Has the device keys of new credentials in `keys`, and finds those of old ones there.
    /// Without it, they are in software ([`SoftwareKeys`](crate::approval::SoftwareKeys)).
    #[must_use]
    pub fn with_device_keys(mut self, keys: Arc<dyn DeviceKeys>) -> Self {
        self.device_keys = keys;
        self
    }

    /// Begins to enrol this phone with what was scanned or opened. Nothing is confirmed yet:
    /// [`Authenticator::exchanges`] fetches the service's configuration, and the person is
    /// asked then.
    ///
    /// # Errors
    ///
    /// - [`Refusal::WrongType`], [`Refusal::Malformed`], [`Refusal::Unsupported`]: as
    ///   [`EnrolmentLink::parse`](crate::approval::EnrolmentLink::parse).
    /// - [`Refusal::Expired`]: the link is over.
    /// - [`ApprovalsError::Vault`].
    pub fn begin_enrolment(&self, link: &str, now: Moment) -> Result<CredentialId, ApprovalsError> {
        cleared(|| {
            let enrolment = Enrolment::begin(link, Judged::unconfirmed(now.wall))?;
            let id = CredentialId::from_bytes(make_id()?);
            let mut change = ApprovalChange::default();
            change.put_enrolment(id, enrolment);
            self.unlocked(now, |vault| vault.change_approvals(change))?;
            Ok(id)
        })
    }

    /// Makes the keys and the enrolment message, once the person has confirmed origin and
    /// account. `pin` is the new approval PIN.
    ///
    /// # Errors
    ///
    /// - [`ApprovalError::NotFound`], [`ApprovalError::NotNow`]: there is nothing to confirm.
    /// - [`ApprovalError::PinRequired`], [`ApprovalError::PinNotAllowed`],
    ///   [`ApprovalError::HardwareRequired`]: the service's policy.
    /// - [`ApprovalError::Unfit`]: a name or a push target is too long, or empty.
    /// - [`ApprovalError::Keys`]: the key store made no keys.
    /// - [`ApprovalError::OutOfMemory`], [`ApprovalError::NoRandomness`].
    /// - [`ApprovalsError::Vault`].
    pub fn confirm_enrolment(
        &self,
        id: CredentialId,
        device: &Device,
        pin: Option<&ApprovalPin>,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        cleared(|| {
            let _turn = turn(&self.approval_work)?;
            let enrolment = self.unlocked(now, |vault| vault.enrolment(id))?;
            let mut enrolment = enrolment.ok_or(ApprovalError::NotFound)?;
            let judged = Judged::unconfirmed(now.wall);
            enrolment.confirm(device, pin, &*self.device_keys, judged)?;
            let keys = enrolment.keys().cloned();
            let mut change = ApprovalChange::default();
            change.put_enrolment(id, enrolment);
            let written = self.unlocked(now, |vault| vault.change_approvals(change));
            if let (Err(_), Some(keys)) = (&written, keys) {
                // Nobody will ever find them.
                keys.delete(&*self.device_keys);
            }
            Ok(written?)
        })
    }

    /// Gives an enrolment up, at any stage before it is active. Keys that were made are
    /// deleted; the service notices when the link is over. Where the test was approved, and no
    /// receipt has come, it may be active at the service: it is removed on the service's page.
    ///
    /// # Errors
    ///
    /// - [`ApprovalError::NotFound`]: there is no such enrolment under way.
    /// - [`ApprovalsError::Vault`].
    pub fn cancel_enrolment(&self, id: CredentialId, now: Moment) -> Result<(), ApprovalsError> {
        cleared(|| {
            let _turn = turn(&self.approval_work)?;
            self.drop_enrolment(id, now)
        })
    }

    pub(super) fn drop_enrolment(
        &self,
        id: CredentialId,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        let (enrolment, credential) =
            self.looked_at(now, |vault| Ok((vault.enrolment(id)?, vault.credential(id)?)))?;
        let credential = credential.filter(|known| known.state == CredentialState::Enrolling);
        if enrolment.is_none() && credential.is_none() {
            return Err(ApprovalError::NotFound.into());
        }
        let mut change = ApprovalChange::default();
        if let Some(credential) = &credential {
            self.leave(id, credential, &mut change, now)?;
        }
        change.remove(*id.as_bytes());
        self.looked_at(now, |vault| vault.change_approvals(change))?;
        let made = enrolment.as_ref().and_then(Enrolment::keys);
        let keys = made.or(credential.as_ref().map(|credential| &credential.keys));
        keys.iter().for_each(|keys| keys.delete(&*self.device_keys));
        Ok(())
    }

    /// Enrolments that the service has made no offer for yet.
    ///
    /// # Errors
    ///
    /// [`ApprovalsError::Vault`].
    pub fn enrolments(&self, now: Moment) -> Result<Vec<EnrolmentItem>, ApprovalsError> {
        cleared(|| {
            let rows = self.looked_at(now, |vault| vault.enrolments())?;
            let items = rows.iter().map(|(id, enrolment)| enrolment.item(*id));
            Ok(items.collect::<Result<_, Refusal>>()?)
        })
    }

    /// The credentials of this phone, also those that are still enrolled, and those that the
    /// service has ended.
    ///
    /// # Errors
    ///
    /// [`ApprovalsError::Vault`].
    pub fn credentials(&self, now: Moment) -> Result<Vec<CredentialItem>, ApprovalsError> {
        cleared(|| {
            let (rows, ended) =
                self.looked_at(now, |vault| Ok((vault.credentials()?, vault.ended()?)))?;
            let items = rows.iter().map(|(id, credential)| credential.item(*id));
            let ended = ended.iter().map(|(id, ended)| Ok(ended.item(*id)));
            Ok(items.chain(ended).collect::<Result<_, ApprovalError>>()?)
        })
    }

    /// What a notification extension needs in order to show what a push of this credential
    /// says.
    ///
    /// # Errors
    ///
    /// - [`ApprovalError::NotFound`].
    /// - [`ApprovalsError::Vault`].
    pub fn preview_key(&self, id: CredentialId, now: Moment) -> Result<PreviewKey, ApprovalsError> {
        cleared(|| {
            let credential = self.looked_at(now, |vault| vault.credential(id))?;
            Ok(PreviewKey::of(&credential.ok_or(ApprovalError::NotFound)?)?)
        })
    }

    /// Has the service send pushes elsewhere from now on, or nowhere. It is sent with
    /// [`Authenticator::exchanges`].
    ///
    /// # Errors
    ///
    /// - [`ApprovalError::NotFound`].
    /// - [`ApprovalError::Unfit`]: the target is empty, or too long.
    /// - [`ApprovalsError::Vault`].
    pub fn change_push(
        &self,
        id: CredentialId,
        target: Option<&PushTarget>,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        cleared(|| self.call(id, now, |credential| credential.push_call(target)))
    }

    /// Ends a credential: this phone's own, or that of `other`, as
    /// [`ApprovalEvent::Devices`](crate::approval::ApprovalEvent::Devices) lists it. It is
    /// sent with [`Authenticator::exchanges`], also after a restart; this phone's keys stay
    /// until the service has said that it is done.
    ///
    /// # Errors
    ///
    /// - [`ApprovalError::NotFound`].
    /// - [`ApprovalError::Unfit`]: `other` is no identifier.
    /// - [`ApprovalsError::Vault`].
    pub fn remove_credential(
        &self,
        id: CredentialId,
        other: Option<&str>,
        reason: RevocationReason,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        cleared(|| self.call(id, now, |credential| credential.removal_call(other, reason)))
    }

    /// Forgets a credential that the service has ended, or that it does not know any more.
    /// The history stays.
    ///
    /// # Errors
    ///
    /// - [`ApprovalError::NotFound`].
    /// - [`ApprovalsError::Vault`].
    pub fn forget_credential(&self, id: CredentialId, now: Moment) -> Result<(), ApprovalsError> {
        cleared(|| {
            let _turn = turn(&self.approval_work)?;
            let (credential, ended) =
                self.unlocked(now, |vault| Ok((vault.credential(id)?, vault.ended()?)))?;
            if credential.is_none() && !ended.iter().any(|(known, _)| *known == id) {
                return Err(ApprovalError::NotFound.into());
            }
            let mut change = ApprovalChange::default();
            if let Some(credential) = &credential {
                self.leave(id, credential, &mut change, now)?;
            }
            change.remove(*id.as_bytes());
            self.unlocked(now, |vault| vault.change_approvals(change))?;
            credential.iter().for_each(|credential| credential.delete_keys(&*self.device_keys));
            Ok(())
        })
    }

    /// Changes the approval PIN. It is sent with [`Authenticator::exchanges`]; which of the
    /// two counts, the service says.
    ///
    /// # Errors
    ///
    /// - [`ApprovalError::NotFound`].
    /// - [`ApprovalError::PinNotAllowed`]: the credential has none.
    /// - [`ApprovalError::NotNow`]: a change is under way.
    /// - [`ApprovalError::OutOfMemory`], [`ApprovalError::NoRandomness`].
    /// - [`ApprovalsError::Vault`].
    pub fn change_approval_pin(
        &self,
        id: CredentialId,
        old: &ApprovalPin,
        new: &ApprovalPin,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        cleared(|| {
            let judged = self.judged(id, now);
            self.call(id, now, |credential| credential.pin_call(old, new, judged))
        })
    }

    /// Has `make` add a call to a credential, and keeps it.
    fn call(
        &self,
        id: CredentialId,
        now: Moment,
        make: impl FnOnce(&mut Credential) -> Result<(), ApprovalError>,
    ) -> Result<(), ApprovalsError> {
        let _turn = turn(&self.approval_work)?;
        let credential = self.unlocked(now, |vault| vault.credential(id))?;
        let mut credential = credential.ok_or(ApprovalError::NotFound)?;
        make(&mut credential)?;
        let mut change = ApprovalChange::default();
        change.put_credential(id, credential);
        self.unlocked(now, |vault| vault.change_approvals(change))?;
        Ok(())
    }

    /// The time, as far as it is known for a credential's service.
    pub(super) fn judged(&self, id: CredentialId, now: Moment) -> Judged {
        let state = self.state();
        let clock = state.approvals.clocks.get(&id);
        let known = clock.and_then(|clock| clock.estimated(&now).zip(clock.offset(&now)));
        known.map_or(Judged::unconfirmed(now.wall), |(time, offset)| {
            let doubt = offset.uncertainty.as_secs().saturating_add(1);
            Judged::confirmed(crate::UnixTime::from_secs(time.as_secs()), doubt)
        })
    }
}
