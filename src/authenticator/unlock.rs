//! Unlocking: by the platform's key, the PIN, both together, or the recovery key.

use super::{Authenticator, KeyWork, State};
use crate::crypto::key::Key;
use crate::crypto::stack::cleared;
use crate::vault::{GuardError, GuardState, Pin, RecoveryKey, Session, Slot, SlotKind, VaultError};
use crate::{Moment, Secret};

/// What an app has to know of a vault that it just unlocked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[must_use = "what is doubtful of the vault has to be shown to the person"]
pub struct Unlocked {
    /// The file is older than the newest that was seen on this device, by so many
    /// changes: an older copy was put back. It is read, and not written to until
    /// [`Authenticator::accept_rollback`].
    pub rolled_back: Option<u64>,
    /// The rollback guard knew nothing of this vault, as after a reinstallation or on
    /// another device. It does now; a PIN that was set before opens nothing any more and
    /// has to be set anew.
    pub guard_was_missing: bool,
    /// The rollback guard cannot be reached now. The vault is read, and not written to
    /// until it was unlocked with the guard at hand; an older file would not be noticed.
    pub guard_is_unavailable: bool,
}

/// The first half of an unlock, or of a proof of presence, in which the platform asks the
/// person, for a biometric say: let the key store unwrap this, and finish with what it
/// gives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlatformUnlock {
    /// What [`KeyWrapper::unwrap`](crate::vault::KeyWrapper::unwrap) is to be called with.
    pub wrapped: Vec<u8>,
}

impl Authenticator {
    /// Unlocks with the platform's key.
    ///
    /// # Errors
    ///
    /// - [`VaultError::Key`]: the key store refused.
    /// - [`VaultError::KeyMismatch`]: it holds another key.
    /// - [`VaultError::SlotMissing`]: this vault does not open by that key alone.
    /// - [`VaultError::Damaged`]: the vault's contents are not what was written.
    /// - [`VaultError::UnsafeParameters`]: the slot was altered.
    /// - [`VaultError::Busy`]: another unlock is under way.
    /// - [`VaultError::Locked`]: [`Authenticator::lock`] was called meanwhile.
    /// - [`VaultError::Suspended`], [`VaultError::StorageLocked`], [`VaultError::Storage`]:
    ///   the file is closed, or cannot be read.
    pub fn unlock_with_platform(&self, now: Moment) -> Result<Unlocked, VaultError> {
        let work = self.key_work()?;
        let slot = self.platform_slot()?;
        let secret = self.platform.keys.unwrap(&slot.wrapped)?;
        self.enter(open_with_platform(&slot, &secret)?, &work, now)
    }

    /// Begins an unlock with the platform's key in two steps, or a proof of presence.
    ///
    /// # Errors
    ///
    /// [`VaultError::SlotMissing`], [`VaultError::Damaged`]: as
    /// [`Authenticator::unlock_with_platform`].
    pub fn begin_platform_unlock(&self) -> Result<PlatformUnlock, VaultError> {
        Ok(PlatformUnlock { wrapped: self.platform_slot()?.wrapped })
    }

    /// Finishes it with what the key store unwrapped.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::unlock_with_platform`].
    pub fn finish_platform_unlock(
        &self,
        unwrapped: &Secret,
        now: Moment,
    ) -> Result<Unlocked, VaultError> {
        let work = self.key_work()?;
        self.enter(open_with_platform(&self.platform_slot()?, unwrapped)?, &work, now)
    }

    /// Unlocks with the PIN, and, where the vault demands both, the platform's key.
    ///
    /// The try is counted before it is checked; a prompt of the platform that the person
    /// cancels is no try.
    ///
    /// # Errors
    ///
    /// - [`VaultError::WrongSecret`]: with the tries that are left.
    /// - [`VaultError::PinThrottled`]: after five wrong ones the next has to wait; it was
    ///   no try. [`Authenticator::pin_tries`] says so beforehand.
    /// - [`VaultError::SlotDestroyed`]: that was the last one, or had been.
    /// - [`VaultError::SlotMissing`]: the vault has no PIN.
    /// - [`VaultError::GuardMissing`]: the rollback guard knows nothing of this vault.
    /// - [`VaultError::UnsafeParameters`]: the slot was altered; no try was counted.
    /// - [`VaultError::OutOfMemory`]: no try was counted.
    /// - [`VaultError::StorageFull`], [`VaultError::Storage`], [`VaultError::Guard`]: the
    ///   try could not be counted, and was not made.
    /// - [`VaultError::InUse`]: while the file was closed for a prompt, another program
    ///   changed the PIN or its tries; no try was made.
    /// - [`VaultError::Key`], [`VaultError::KeyMismatch`], [`VaultError::Damaged`],
    ///   [`VaultError::Busy`], [`VaultError::Locked`], [`VaultError::Suspended`],
    ///   [`VaultError::StorageLocked`]: as [`Authenticator::unlock_with_platform`].
    pub fn unlock_with_pin(&self, pin: &Pin, now: Moment) -> Result<Unlocked, VaultError> {
        let work = self.key_work()?;
        let master = self.try_pin(pin, None, now)?;
        self.enter(master, &work, now)
    }

    /// Begins an unlock with the PIN in two steps, or whatever else checks it: `None` where
    /// the platform's key is not needed for that.
    ///
    /// # Errors
    ///
    /// [`VaultError::SlotMissing`], [`VaultError::SlotDestroyed`],
    /// [`VaultError::UnsafeParameters`], [`VaultError::Damaged`]: as
    /// [`Authenticator::unlock_with_pin`].
    pub fn begin_pin_unlock(&self) -> Result<Option<PlatformUnlock>, VaultError> {
        let (slot, _) = self.state().vault.slot(&PIN_KINDS)?;
        Ok(slot.kind.has_platform().then_some(PlatformUnlock { wrapped: slot.wrapped }))
    }

    /// Finishes it with the PIN and what the key store unwrapped.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::unlock_with_pin`].
    pub fn finish_pin_unlock(
        &self,
        pin: &Pin,
        unwrapped: &Secret,
        now: Moment,
    ) -> Result<Unlocked, VaultError> {
        let work = self.key_work()?;
        let master = self.try_pin(pin, Some(unwrapped), now)?;
        self.enter(master, &work, now)
    }

    /// Unlocks with the recovery key.
    ///
    /// # Errors
    ///
    /// - [`VaultError::WrongSecret`]: it is another vault's, or was replaced.
    /// - [`VaultError::SlotMissing`]: the vault has none.
    /// - [`VaultError::Damaged`], [`VaultError::UnsafeParameters`], [`VaultError::Busy`],
    ///   [`VaultError::Locked`], [`VaultError::Suspended`], [`VaultError::StorageLocked`],
    ///   [`VaultError::Storage`]: as [`Authenticator::unlock_with_platform`].
    pub fn unlock_with_recovery_key(
        &self,
        key: &RecoveryKey,
        now: Moment,
    ) -> Result<Unlocked, VaultError> {
        let work = self.key_work()?;
        let (slot, _) = self.state().vault.slot(&[SlotKind::Recovery])?;
        let master = slot.open(key.as_key().expose())?;
        self.enter(master.ok_or(VaultError::WrongSecret { tries_left: None })?, &work, now)
    }

    pub(super) fn platform_slot(&self) -> Result<Slot, VaultError> {
        Ok(self.state().vault.slot(&[SlotKind::Platform])?.0)
    }

    /// Goes in with the master key, and looks at what the guard says of the file.
    fn enter(&self, master: Key, work: &KeyWork<'_>, now: Moment) -> Result<Unlocked, VaultError> {
        let id = self.state().vault.id();
        let held = self.read_guard(&id);
        let mut state = self.state();
        // Somebody locked it meanwhile, when the screen went dark say.
        if state.locks != work.locks {
            return Err(VaultError::Locked);
        }
        cleared(|| state.vault.unlock(master))?;
        let unlocked = state.judge(held)?;
        state.session = Some(match state.background {
            Some(left) => Session::begin_in_background(now, left),
            None => Session::begin(now),
        });
        drop(state);
        self.sync_guard();
        Ok(unlocked)
    }
}

impl State {
    /// Compares the file with what the guard holds.
    pub(super) fn judge(
        &mut self,
        held: Result<Option<GuardState>, VaultError>,
    ) -> Result<Unlocked, VaultError> {
        let held = match held {
            Ok(held) => held,
            Err(error) => {
                let error = match error {
                    VaultError::Guard(error) => error,
                    _ => GuardError::Unavailable,
                };
                self.vault.set_judged(None, Some(error));
                self.guard = None;
                return Ok(Unlocked { guard_is_unavailable: true, ..Unlocked::default() });
            }
        };
        let generation = self.vault.generation();
        // What a wreck says of its generation is not proved.
        let proved = if self.vault.is_wreck() { 0 } else { generation };
        let guard_was_missing = held.is_none();
        // What it could not be told yet is newer than what it holds.
        let least = held.as_ref().map_or(0, |held| held.generation);
        let untold = self.guard.take().filter(|_| !self.guard_is_written);
        let untold = untold.filter(|guard| guard.generation >= least);
        self.guard_is_written = untold.is_none() && !guard_was_missing;
        let mut guard = match untold.or(held) {
            Some(guard) => guard,
            None => GuardState::new(proved)?,
        };
        let missing = guard.generation.checked_sub(generation).filter(|missing| *missing > 0);
        self.vault.set_judged(missing, None);
        if missing.is_none() && !self.vault.is_wreck() {
            self.vault.remove_spares();
            // Nothing is bound to an epoch any more: what an older file's PIN was bound to
            // goes, though the end of the change that took it away was never told. Tries
            // that were counted stay: the slot may only be hidden.
            let bound = self.vault.slot_kinds().iter().any(|kind| PIN_KINDS.contains(kind));
            if let Some(next) = guard.next_epoch.take_if(|_| !bound) {
                guard.epoch = next;
                self.guard_is_written = false;
            }
        }
        self.guard = Some(guard);
        let rolled_back = missing.filter(|_| !self.vault.has_lost_header());
        Ok(Unlocked { rolled_back, guard_was_missing, guard_is_unavailable: false })
    }
}

/// A vault has one of them at most.
pub(super) const PIN_KINDS: [SlotKind; 2] = [SlotKind::Pin, SlotKind::PlatformAndPin];

pub(super) fn platform_key(unwrapped: &Secret) -> Result<Key, VaultError> {
    Key::from_slice(unwrapped.expose()).ok_or(VaultError::KeyMismatch)
}

pub(super) fn open_with_platform(slot: &Slot, unwrapped: &Secret) -> Result<Key, VaultError> {
    slot.open(platform_key(unwrapped)?.expose())?.ok_or(VaultError::KeyMismatch)
}
