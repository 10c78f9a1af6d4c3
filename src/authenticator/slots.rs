//! How slots are made: a PIN's, the platform's, and all of them around a new master key.

use super::{Authenticator, Protection};
use crate::crypto::key::Key;
use crate::crypto::random;
use crate::vault::{
    Epoch, GuardState, Mode, Pin, PinCost, RecoveryKey, Slot, SlotKind, VaultError, VaultId,
    pin_material, prf_input,
};
use crate::{Moment, Secret};

/// Slots on their way into a vault.
pub(super) struct Wanted<'a> {
    pub(super) protection: Protection,
    pub(super) pin: Option<(&'a Pin, PinCost)>,
    pub(super) recovery: Option<&'a RecoveryKey>,
    /// Whether the recovery key is one that the person has not seen.
    pub(super) is_new: bool,
}

impl Authenticator {
    /// Builds every slot anew around a new master key.
    pub(super) fn rebuild(&self, wanted: Wanted<'_>, now: Moment) -> Result<(), VaultError> {
        let (id, generation) =
            self.unlocked(now, |vault| Ok((vault.id(), vault.key_generation())))?;
        let place = (id, generation.checked_add(1).ok_or(VaultError::TooLarge)?);
        let master = Key::make()?;
        let mut slots = Vec::new();
        if matches!(wanted.protection, Protection::Platform | Protection::PlatformOrPin) {
            let mut slot = Slot::new(SlotKind::Platform, place.0, place.1)?;
            let secret = self.wrap_new_secret(&mut slot)?;
            slot.seal(secret.expose(), &master)?;
            slots.push(slot);
        }
        let mut epoch = None;
        if wanted.protection.has_pin() {
            let pin = wanted.pin.ok_or(VaultError::SlotMissing)?;
            let both = wanted.protection == Protection::PlatformAndPin;
            let kind = if both { SlotKind::PlatformAndPin } else { SlotKind::Pin };
            let next = self.announce_epoch(&id)?;
            slots.push(self.pin_slot(kind, place, pin, &next, &master)?);
            epoch = Some(next);
        }
        if let Some(key) = wanted.recovery {
            let mut slot = Slot::new(SlotKind::Recovery, place.0, place.1)?;
            slot.seal(key.as_key().expose(), &master)?;
            slots.push(slot);
        }
        let mode = match wanted.protection {
            Protection::PlatformAndPin => Mode::PlatformAndPin,
            _ => Mode::AnySlot,
        };
        // Without a PIN, what an older file's was bound to must be gone as well. Drawn before
        // the rotation: after it nothing may fail.
        let epoch = epoch.map_or_else(Epoch::make, Ok)?;
        let keep_confirmed = !wanted.is_new;
        self.unlocked(now, |vault| vault.rotate(master, &slots, mode, keep_confirmed))?;
        self.settle_epoch(epoch);
        Ok(())
    }

    /// The vault's protection, once the PIN of it, if it has one, is the one given.
    pub(super) fn check_pin(
        &self,
        pin: Option<(&Pin, PinCost)>,
        now: Moment,
    ) -> Result<Protection, VaultError> {
        let protection = self.protection()?;
        if protection.has_pin() {
            let (pin, _) = pin.ok_or(VaultError::SlotMissing)?;
            self.try_pin(pin, None, now)?;
        }
        Ok(protection)
    }

    /// A slot for a PIN.
    pub(super) fn pin_slot(
        &self,
        kind: SlotKind,
        (vault, generation): (VaultId, u32),
        (pin, cost): (&Pin, PinCost),
        epoch: &Epoch,
        master: &Key,
    ) -> Result<Slot, VaultError> {
        let mut slot = Slot::new(kind, vault, generation)?;
        let salt = random::make()?;
        slot.kdf = Some((cost, salt));
        let platform = kind.has_platform().then(|| self.wrap_new_secret(&mut slot)).transpose()?;
        let stretched = pin.stretch(cost, &salt).ok_or(VaultError::UnsafeParameters)?;
        let prf = self.platform.keys.prf(&prf_input(&stretched, epoch.expose()))?;
        let prf = prf.map(|output| Key::from_slice(output.expose()).ok_or(VaultError::KeyMismatch));
        let prf = prf.transpose()?;
        slot.prf = prf.is_some();
        let material = pin_material(platform.as_ref(), &stretched, epoch.expose(), prf.as_ref());
        slot.seal(&material, master)?;
        Ok(slot)
    }

    /// A new secret of the platform's, wrapped into `slot`.
    pub(super) fn wrap_new_secret(&self, slot: &mut Slot) -> Result<Key, VaultError> {
        let secret = Key::make()?;
        slot.set_wrapped(self.platform.keys.wrap(&Secret::new(secret.expose().to_vec()))?)?;
        Ok(secret)
    }

    /// Tells the guard which epoch the PIN's slot is about to be bound to; the one that it
    /// is bound to stays good until that is done.
    pub(super) fn announce_epoch(&self, id: &VaultId) -> Result<Epoch, VaultError> {
        let held = self.read_guard(id)?;
        // A change that was broken off may have bound the slot to the one announced then.
        let announced = held.as_ref().and_then(|guard| guard.next_epoch.clone());
        let next = announced.map_or_else(Epoch::make, Ok)?;
        let guard = match held {
            Some(guard) => guard,
            None => GuardState {
                generation: self.state().vault.generation(),
                tries: 0,
                epoch: Epoch::make()?,
                next_epoch: None,
            },
        };
        // The person is there: what was tried before does not count against the new PIN.
        let guard = GuardState { tries: 0, next_epoch: Some(next.clone()), ..guard };
        self.write_guard(id, guard)?;
        Ok(next)
    }

    /// Tells the guard that the slot is bound to the announced epoch now. If it cannot be
    /// told, both stay good until the PIN is used.
    pub(super) fn settle_epoch(&self, epoch: Epoch) {
        let mut state = self.state();
        if let Some(guard) = state.guard.as_mut() {
            guard.epoch = epoch;
            guard.next_epoch = None;
            guard.tries = 0;
        }
        state.guard_is_written = false;
        drop(state);
        self.sync_guard();
    }
}
