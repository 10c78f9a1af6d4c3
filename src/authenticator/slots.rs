//! How slots are made: a PIN's, the platform's, and all of them around a new master key.

use super::answers::Needs;
use super::unlock::platform_key;
use super::{Authenticator, PlatformAnswers, PlatformEnrolment, Protection};
use crate::Moment;
use crate::crypto::key::{Key, equal};
use crate::crypto::random;
use crate::vault::{
    Epoch, GuardState, Mode, Pin, PinCost, RecoveryKey, Slot, SlotKind, VaultError, VaultId,
    pin_material, prf_input,
};

/// Slots on their way into a vault.
pub(super) struct Wanted<'a> {
    pub(super) protection: Protection,
    pub(super) pin: Option<(&'a Pin, PinCost)>,
    pub(super) recovery: Option<&'a RecoveryKey>,
    /// Whether the PIN has to be the one that the vault has.
    pub(super) keeps_pin: bool,
    /// Whether the recovery key is one that the person has not seen.
    pub(super) is_new: bool,
}

impl Authenticator {
    /// Builds every slot anew around a new master key.
    pub(super) fn rebuild(
        &self,
        wanted: Wanted<'_>,
        brought: Option<PlatformAnswers>,
        now: Moment,
    ) -> Result<(), VaultError> {
        let pin = wanted.pin.filter(|_| wanted.protection.has_pin());
        if wanted.protection.has_pin() && pin.is_none() {
            return Err(VaultError::SlotMissing);
        }
        let both = wanted.protection == Protection::PlatformAndPin;
        let wrapped = wanted.protection.has_platform();
        let needs = Needs { wrapped, unwrapped: both && wanted.keeps_pin };
        let answers = self.answers(needs, brought)?;
        let now = self.after_wait(now);
        // The vault may have been locked meanwhile: then no try is counted.
        let (id, generation) =
            self.unlocked(now, |vault| Ok((vault.id(), vault.key_generation())))?;
        let place = (id, generation.checked_add(1).ok_or(VaultError::TooLarge)?);
        if let Some((pin, _)) = pin.filter(|_| wanted.keeps_pin) {
            self.try_pin(pin, answers.unwrapped.as_ref(), now)?;
        }
        let master = Key::make()?;
        let mut slots = Vec::new();
        let mut wrapped = answers.wrapped;
        if wanted.protection.has_platform() && !both {
            slots.push(platform_slot(place, wrapped.take(), &master)?);
        }
        // Also without a PIN: what an older file's was bound to must be gone then.
        let epoch = self.announce_epoch(&id)?;
        if let Some(pin) = pin {
            let kind = if both { SlotKind::PlatformAndPin } else { SlotKind::Pin };
            slots.push(self.pin_slot(kind, place, pin, wrapped, &epoch, &master)?);
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
        let keep_confirmed = !wanted.is_new;
        self.still_announced(&id, &epoch)?;
        let now = self.after_wait(now);
        self.unlocked(now, |vault| vault.rotate(master, &slots, mode, keep_confirmed))?;
        self.settle_epoch(epoch);
        Ok(())
    }

    /// The vault and the key's generation that a slot is for, and the master key to be sealed
    /// in it. Asked for once the key store answered, which may take long: the vault may have
    /// been locked meanwhile, and every copy of the key be gone.
    pub(super) fn place_and_master(
        &self,
        now: Moment,
    ) -> Result<((VaultId, u32), Key), VaultError> {
        self.unlocked(self.after_wait(now), |vault| {
            Ok(((vault.id(), vault.key_generation()), vault.master()?))
        })
    }

    /// A slot for a PIN.
    pub(super) fn pin_slot(
        &self,
        kind: SlotKind,
        (vault, generation): (VaultId, u32),
        (pin, cost): (&Pin, PinCost),
        wrapped: Option<Wrapped>,
        epoch: &Epoch,
        master: &Key,
    ) -> Result<Slot, VaultError> {
        let mut slot = Slot::new(kind, vault, generation)?;
        let salt = random::make()?;
        slot.kdf = Some((cost, salt));
        let wrapped = kind.has_platform().then(|| put_wrapped(&mut slot, wrapped));
        let platform = wrapped.transpose()?;
        let stretched = pin.stretch(cost, &salt)?;
        let prf = self.platform.keys.prf(&prf_input(&stretched, epoch.expose()))?;
        let prf = prf.map(|output| Key::from_slice(output.expose()).ok_or(VaultError::KeyMismatch));
        let prf = prf.transpose()?;
        slot.prf = prf.is_some();
        let material = pin_material(platform.as_ref(), &stretched, epoch.expose(), prf.as_ref());
        slot.seal(&material, master)?;
        Ok(slot)
    }

    /// Tells the guard which epoch the PIN's slot is about to be bound to; the one that it
    /// is bound to stays good until that is done.
    pub(super) fn announce_epoch(&self, id: &VaultId) -> Result<Epoch, VaultError> {
        let held = self.read_guard(id)?;
        // What the guard could not be told yet is newer than what it holds.
        let untold = {
            let state = self.state();
            state.guard.clone().filter(|_| !state.guard_is_written)
        };
        let held = untold.or(held);
        // A change that was broken off may have bound the slot to the one announced then.
        let announced = held.as_ref().and_then(|guard| guard.next_epoch.clone());
        let next = announced.map_or_else(Epoch::make, Ok)?;
        let guard = match held {
            Some(guard) => guard,
            None => GuardState::new(self.state().vault.generation())?,
        };
        // The person is there: what was tried before does not count against the new PIN.
        let guard = GuardState { tries: 0, tried: None, next_epoch: Some(next.clone()), ..guard };
        self.write_guard(id, guard)?;
        Ok(next)
    }

    /// Asked before a slot that is bound to `epoch` is written: while the file was closed,
    /// another program may have had it, and have told the guard something else.
    ///
    /// # Errors
    ///
    /// [`VaultError::InUse`]: it did.
    pub(super) fn still_announced(&self, id: &VaultId, epoch: &Epoch) -> Result<(), VaultError> {
        let held = self.read_guard(id)?;
        let announced = held.and_then(|guard| guard.next_epoch);
        let same = announced.is_some_and(|announced| equal(announced.expose(), epoch.expose()));
        if same { Ok(()) } else { Err(VaultError::InUse) }
    }

    /// Tells the guard that the slot is bound to the announced epoch now. If it cannot be
    /// told, both stay good until the PIN is used.
    pub(super) fn settle_epoch(&self, epoch: Epoch) {
        let mut state = self.state();
        if let Some(guard) = state.guard.as_mut() {
            guard.epoch = epoch;
            guard.next_epoch = None;
            (guard.tries, guard.tried) = (0, None);
        }
        state.guard_is_written = false;
        drop(state);
        self.sync_guard();
    }
}

/// A secret of the platform's, and what its key store wrapped it to.
type Wrapped = (PlatformEnrolment, Vec<u8>);

/// A slot for the platform's key.
pub(super) fn platform_slot(
    (vault, generation): (VaultId, u32),
    wrapped: Option<Wrapped>,
    master: &Key,
) -> Result<Slot, VaultError> {
    let mut slot = Slot::new(SlotKind::Platform, vault, generation)?;
    let secret = put_wrapped(&mut slot, wrapped)?;
    slot.seal(secret.expose(), master)?;
    Ok(slot)
}

/// Puts what was wrapped into `slot`, and gives the secret that it is to be sealed with.
fn put_wrapped(slot: &mut Slot, wrapped: Option<Wrapped>) -> Result<Key, VaultError> {
    let (enrolment, wrapped) = wrapped.ok_or(VaultError::SlotMissing)?;
    slot.set_wrapped(wrapped)?;
    platform_key(enrolment.secret())
}
