//! Tries of the PIN: counted before they are checked, made to wait, and at an end once
//! there were ten.

use std::time::Duration;

use super::Authenticator;
use super::unlock::{PIN_KINDS, platform_key};
use crate::crypto::key::Key;
use crate::vault::{
    Epoch, GuardState, Pin, Slot, VaultError, Wait, delay, pin_material, prf_input, wait,
};
use crate::{Moment, Secret};

/// So many wrong tries destroy the PIN's slot (NIST SP 800-63B-4, section 3.2.2).
const MAX_TRIES: u8 = 10;

/// What is left of the tries of a PIN.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PinTries {
    /// How many wrong ones are left before the PIN opens nothing any more.
    pub left: u8,
    /// How long the next one has to wait; zero if it need not.
    pub wait: Duration,
}

/// The PIN's slot, and what is known of its tries.
struct Tried {
    slot: Slot,
    guard: GuardState,
    tries: u8,
    wait: Duration,
}

impl Authenticator {
    /// How many tries of the PIN are left, and how long the next has to wait: 30 seconds
    /// after the fifth wrong one, and twice as long after each that follows. Ask before
    /// the PIN is asked for, and before a prompt of the platform's that goes with it.
    ///
    /// Waits are measured on the monotonic clock. After a restart of the system, nothing
    /// tells how much of one is over: it begins anew, with this call.
    ///
    /// # Errors
    ///
    /// - [`VaultError::SlotDestroyed`]: there were ten wrong ones.
    /// - [`VaultError::SlotMissing`]: the vault has no PIN.
    /// - [`VaultError::GuardMissing`], [`VaultError::Guard`], [`VaultError::Storage`],
    ///   [`VaultError::StorageFull`], [`VaultError::Damaged`],
    ///   [`VaultError::UnsafeParameters`], [`VaultError::Suspended`],
    ///   [`VaultError::Busy`]: as [`Authenticator::unlock_with_pin`].
    pub fn pin_tries(&self, now: Moment) -> Result<PinTries, VaultError> {
        let _work = self.key_work()?;
        let Tried { tries, wait, .. } = self.tried(now)?;
        Ok(PinTries { left: MAX_TRIES.saturating_sub(tries), wait })
    }

    /// What is known of the tries; where there were too many, the slot is destroyed.
    fn tried(&self, now: Moment) -> Result<Tried, VaultError> {
        let (slot, tries_in_file, tried_in_file) = {
            let state = self.state();
            state.vault.check_open()?;
            let (slot, tries) = state.vault.slot(&PIN_KINDS)?;
            // A damaged file is not written to, so that what it says would never be over.
            let tried = state.vault.tried(slot.id).filter(|_| !state.vault.is_wreck());
            (slot, tries, tried)
        };
        let mut guard = self.read_guard(&slot.vault)?.ok_or(VaultError::GuardMissing)?;
        let tries = guard.tries.max(tries_in_file);
        if tries >= MAX_TRIES {
            return Err(self.destroy_pin(&slot, guard));
        }
        let wait = match wait(tries, [guard.tried, tried_in_file], &now) {
            Wait::Over => Duration::ZERO,
            Wait::Left(left) => left,
            Wait::Unknown => {
                (guard.tries, guard.tried) = (tries, Some(now));
                self.write_guard(&slot.vault, guard.clone())?;
                self.state().vault.put_tries(slot.id, tries, Some(now))?;
                delay(tries)
            }
        };
        Ok(Tried { slot, guard, tries, wait })
    }

    /// The master key by the PIN: counted, then checked.
    pub(super) fn try_pin(
        &self,
        pin: &Pin,
        unwrapped: Option<&Secret>,
        now: Moment,
    ) -> Result<Key, VaultError> {
        let Tried { slot, mut guard, tries, wait } = self.tried(now)?;
        let (cost, salt) = slot.kdf.ok_or(VaultError::Damaged)?;
        if !wait.is_zero() {
            return Err(VaultError::PinThrottled { wait });
        }

        // First what the platform does: a prompt that is cancelled costs no try.
        let platform = match (slot.kind.has_platform(), unwrapped) {
            (false, _) => None,
            (true, Some(unwrapped)) => Some(platform_key(unwrapped)?),
            (true, None) => Some(platform_key(&self.platform.keys.unwrap(&slot.wrapped)?)?),
        };
        let stretched = pin.stretch(cost, &salt)?;
        let mut materials = Vec::with_capacity(2);
        for epoch in [Some(&guard.epoch), guard.next_epoch.as_ref()].into_iter().flatten() {
            let prf = self.prf(&slot, &stretched, epoch)?;
            let material =
                pin_material(platform.as_ref(), &stretched, epoch.expose(), prf.as_ref());
            materials.push((epoch.clone(), material));
        }

        // While the file was closed for a prompt, another program may have had it.
        let (now_there, tries_now) = self.state().vault.slot(&PIN_KINDS)?;
        let held = self.read_guard(&slot.vault)?.ok_or(VaultError::GuardMissing)?;
        // A change of accounts, by another thread, is none of the PIN's.
        guard.generation = held.generation;
        if now_there.id != slot.id || tries_now > tries || held.encode() != guard.encode() {
            return Err(VaultError::InUse);
        }

        let before = guard.clone();
        (guard.tries, guard.tried) = (tries + 1, Some(now));
        self.write_guard(&slot.vault, guard.clone())?;
        let counted = self.state().vault.put_tries(slot.id, tries + 1, Some(now));
        if let Err(error) = counted {
            // Nothing was checked: it was no try.
            self.write_guard(&slot.vault, before)?;
            return Err(error);
        }
        for (epoch, material) in materials {
            if let Some(master) = slot.open(&material)? {
                self.reset_tries(&slot, guard, epoch);
                return Ok(master);
            }
        }
        match MAX_TRIES.saturating_sub(guard.tries) {
            0 => Err(self.destroy_pin(&slot, guard)),
            left => Err(VaultError::WrongSecret { tries_left: Some(left) }),
        }
    }

    /// Notes that the PIN was right. What cannot be told now stays counted until the next
    /// right one.
    fn reset_tries(&self, slot: &Slot, mut guard: GuardState, epoch: Epoch) {
        (guard.tries, guard.tried) = (0, None);
        let mut state = self.state();
        // A file that is older may be bound to an epoch that the newest is not bound to.
        if state.vault.generation() >= guard.generation {
            guard.epoch = epoch;
            guard.next_epoch = None;
        }
        let _ = state.vault.put_tries(slot.id, 0, None);
        state.guard = Some(guard.clone());
        state.guard_is_written = false;
        drop(state);
        // With the generation that it had: the file has not proved its own yet.
        let _ = self.write_guard(&slot.vault, guard);
    }

    /// What the platform's keyed function adds, where the slot has it.
    fn prf(&self, slot: &Slot, stretched: &Key, epoch: &Epoch) -> Result<Option<Key>, VaultError> {
        if !slot.prf {
            return Ok(None);
        }
        let output = self.platform.keys.prf(&prf_input(stretched, epoch.expose()))?;
        // The store had a keyed function when the PIN was set.
        let key = output.and_then(|output| Key::from_slice(output.expose()));
        key.map(Some).ok_or(VaultError::KeyMismatch)
    }

    /// Destroys the PIN's slot: in the guard first, so that an old file does not bring it
    /// back.
    fn destroy_pin(&self, slot: &Slot, mut guard: GuardState) -> VaultError {
        let destroyed = Epoch::make().map_err(VaultError::from).and_then(|epoch| {
            guard.epoch = epoch;
            guard.next_epoch = None;
            self.write_guard(&slot.vault, guard)?;
            self.state().vault.destroy_slot(slot.id)
        });
        destroyed.err().unwrap_or(VaultError::SlotDestroyed)
    }
}
