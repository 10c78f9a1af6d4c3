//! The recovery key of a vault: given, confirmed, done without.

use super::slots::Wanted;
use super::{Authenticator, PlatformAnswers};
use crate::Moment;
use crate::vault::{Pin, PinCost, RecoveryKey, Slot, SlotKind, VaultError};

impl Authenticator {
    /// Whether the vault has a recovery key.
    pub fn has_recovery_key(&self) -> bool {
        self.state().vault.slot_kinds().contains(&SlotKind::Recovery)
    }

    /// Whether the vault has a recovery key that the person confirmed.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn is_recovery_key_confirmed(&self, now: Moment) -> Result<bool, VaultError> {
        self.looked_at(now, |vault| vault.is_recovery_confirmed())
    }

    /// Gives the vault a recovery key, to be shown once and written down. Where it had
    /// one, that opens nothing any more: the master key is rotated, for which the PIN is
    /// needed if there is one.
    ///
    /// The key counts as none until [`Authenticator::confirm_recovery_key`].
    ///
    /// # Errors
    ///
    /// As [`Authenticator::rotate`].
    pub fn issue_recovery_key(
        &self,
        pin: Option<(&Pin, PinCost)>,
        now: Moment,
    ) -> Result<RecoveryKey, VaultError> {
        self.issue_recovery_key_with(pin, None, now)
    }

    /// As [`Authenticator::issue_recovery_key`], with what the key store answered before.
    /// The first recovery key needs no answer; one in place of another does, and one in
    /// place of a slot that was destroyed.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::finish_rotate`].
    pub fn finish_issue_recovery_key(
        &self,
        pin: Option<(&Pin, PinCost)>,
        answers: PlatformAnswers,
        now: Moment,
    ) -> Result<RecoveryKey, VaultError> {
        self.issue_recovery_key_with(pin, Some(answers), now)
    }

    fn issue_recovery_key_with(
        &self,
        pin: Option<(&Pin, PinCost)>,
        brought: Option<PlatformAnswers>,
        now: Moment,
    ) -> Result<RecoveryKey, VaultError> {
        let _work = self.key_work()?;
        self.present(now, |_| Ok(()))?;
        let key = RecoveryKey::make()?;
        // A slot that somebody destroyed in the file may have been the recovery key's: put
        // back, it must not open what follows.
        let destroyed = self.state().vault.has_destroyed_slot();
        if self.has_recovery_key() || destroyed {
            let protection = self.protection()?;
            let recovery = Some(&key);
            let wanted = Wanted { protection, pin, recovery, keeps_pin: true, is_new: true };
            self.rebuild(wanted, brought, now)?;
        } else {
            let ((id, generation), master) = self.place_and_master(now)?;
            let mut slot = Slot::new(SlotKind::Recovery, id, generation)?;
            slot.seal(key.as_key().expose(), &master)?;
            self.unlocked(now, |vault| vault.put_slot(&slot, &[SlotKind::Recovery]))?;
        }
        Ok(key)
    }

    /// Confirms that the person has written the recovery key down, by typing it.
    ///
    /// # Errors
    ///
    /// - [`VaultError::WrongSecret`]: it is not the vault's.
    /// - [`VaultError::SlotMissing`]: the vault has none.
    /// - [`VaultError::Locked`], [`VaultError::Damaged`], [`VaultError::Suspended`], and as
    ///   every change.
    pub fn confirm_recovery_key(&self, typed: &RecoveryKey, now: Moment) -> Result<(), VaultError> {
        self.unlocked(now, |vault| {
            let (slot, _) = vault.slot(&[SlotKind::Recovery])?;
            let right = slot.open(typed.as_key().expose())?.is_some();
            if !right {
                return Err(VaultError::WrongSecret { tries_left: None });
            }
            vault.confirm_recovery(slot.id)
        })
    }

    /// Does without a recovery key: a forgotten PIN, or a lost phone, then loses all.
    /// `words` are those that the person agreed to; they are kept, at most 1 024 bytes.
    ///
    /// # Errors
    ///
    /// [`VaultError::TooLarge`]; [`VaultError::RecoveryNeeded`]: there are no words.
    /// [`VaultError::PresenceNeeded`], [`VaultError::Locked`], and as every change.
    pub fn waive_recovery(&self, words: &str, now: Moment) -> Result<(), VaultError> {
        self.present(now, |vault| vault.waive_recovery(words))
    }

    /// Whether the recovery key is the vault's: a typing error would lock its owner out.
    pub(super) fn check_recovery_key(&self, key: Option<&RecoveryKey>) -> Result<(), VaultError> {
        let slot = match self.state().vault.slot(&[SlotKind::Recovery]) {
            Ok((slot, _)) => slot,
            // None, or one that opens nothing.
            Err(VaultError::SlotMissing | VaultError::Damaged | VaultError::UnsafeParameters) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let key = key.ok_or(VaultError::SlotMissing)?;
        let master = slot.open(key.as_key().expose())?;
        master.map(drop).ok_or(VaultError::WrongSecret { tries_left: None })
    }
}
