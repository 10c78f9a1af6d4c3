//! What opens the vault: set, changed, removed; and the rotation of the master key.

use super::Authenticator;
use super::unlock::PIN_KINDS;
use crate::crypto::key::Key;
use crate::crypto::random;
use crate::vault::{
    Epoch, GuardState, Mode, Pin, PinCost, RecoveryKey, SecurityLevel, Slot, SlotKind, VaultError,
    VaultId, pin_material, prf_input,
};
use crate::{Moment, Secret};

/// What opens a vault, besides the recovery key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Protection {
    /// The platform's key.
    Platform,
    /// The PIN or password.
    Pin,
    /// Either of them: as strong as the weaker.
    PlatformOrPin,
    /// Both of them together.
    PlatformAndPin,
}

impl Protection {
    const fn has_pin(self) -> bool {
        !matches!(self, Self::Platform)
    }
}

/// The secrets of the slots that a rotation keeps: it seals the new master key under
/// them, and has to be given them for that.
#[derive(Clone, Copy, Debug, Default)]
pub struct SlotSecrets<'a> {
    /// The PIN, and what stretching it shall cost.
    pub pin: Option<(&'a Pin, PinCost)>,
    /// The recovery key.
    pub recovery_key: Option<&'a RecoveryKey>,
}

/// Slots on their way into a vault.
struct Wanted<'a> {
    protection: Protection,
    pin: Option<(&'a Pin, PinCost)>,
    recovery: Option<&'a RecoveryKey>,
    /// Whether the recovery key is one that the person has not seen.
    is_new: bool,
}

impl Authenticator {
    /// What opens this vault, besides the recovery key.
    ///
    /// # Errors
    ///
    /// [`VaultError::SlotDestroyed`]: the PIN was destroyed or altered, and there is nothing
    /// else.
    pub fn protection(&self) -> Result<Protection, VaultError> {
        let kinds = self.state().vault.slot_kinds();
        let has = |kind| kinds.contains(&kind);
        match (has(SlotKind::Platform), has(SlotKind::Pin), has(SlotKind::PlatformAndPin)) {
            (_, _, true) => Ok(Protection::PlatformAndPin),
            (true, true, _) => Ok(Protection::PlatformOrPin),
            (true, false, _) => Ok(Protection::Platform),
            (false, true, _) => Ok(Protection::Pin),
            (false, false, _) => Err(VaultError::SlotDestroyed),
        }
    }

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

    /// How well the platform keeps its key.
    pub fn security_level(&self) -> SecurityLevel {
        self.platform.keys.security_level()
    }

    /// Sets the vault's first PIN, or another one in place of it. It opens the vault
    /// beside the platform's key, or together with it where the vault demands both.
    ///
    /// # Errors
    ///
    /// - [`VaultError::PresenceNeeded`]: prove presence first.
    /// - [`VaultError::Key`], [`VaultError::Guard`], [`VaultError::Busy`],
    ///   [`VaultError::Locked`], [`VaultError::Storage`], [`VaultError::StorageFull`]: the
    ///   PIN is the one that it was.
    pub fn set_pin(&self, pin: &Pin, cost: PinCost, now: Moment) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        let (master, id, generation, mode) = self.present(now, |vault| {
            Ok((vault.master()?, vault.id(), vault.key_generation(), vault.mode()))
        })?;
        let kind = match mode {
            Mode::AnySlot => SlotKind::Pin,
            Mode::PlatformAndPin => SlotKind::PlatformAndPin,
        };
        let epoch = self.announce_epoch(&id)?;
        let slot = self.pin_slot(kind, (id, generation), (pin, cost), &epoch, &master)?;
        self.unlocked(now, |vault| vault.put_slot(&slot, &PIN_KINDS, mode))?;
        self.settle_epoch(epoch);
        Ok(())
    }

    /// Wraps the vault's platform secret anew, as after a biometric was enrolled: one row
    /// changes. Where the vault demands the PIN too, set that anew instead.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::set_pin`]; [`VaultError::SlotMissing`]: the vault does not open
    /// by the platform's key alone.
    pub fn enrol_platform(&self, now: Moment) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        let (master, id, generation, mode) = self.present(now, |vault| {
            Ok((vault.master()?, vault.id(), vault.key_generation(), vault.mode()))
        })?;
        if mode == Mode::PlatformAndPin || self.protection()? == Protection::Pin {
            return Err(VaultError::SlotMissing);
        }
        let mut slot = Slot::new(SlotKind::Platform, id, generation)?;
        let secret = self.wrap_new_secret(&mut slot)?;
        slot.seal(secret.expose(), &master)?;
        self.unlocked(now, |vault| vault.put_slot(&slot, &[SlotKind::Platform], mode))
    }

    /// Changes what opens the vault, and rotates the master key, so that a slot which is
    /// gone opens nothing any more.
    ///
    /// `secrets` needs the PIN if the vault is to have one, the one that it has or a new
    /// one, and the recovery key if there is one.
    ///
    /// # Errors
    ///
    /// - [`VaultError::SlotMissing`]: a secret of a slot that stays is not given.
    /// - [`VaultError::WrongSecret`]: that is not the recovery key.
    /// - [`VaultError::RecoveryNeeded`]: without the platform's key alone, a forgotten PIN
    ///   loses all: issue a recovery key and confirm it, or waive it.
    /// - otherwise as [`Authenticator::set_pin`].
    pub fn protect(
        &self,
        protection: Protection,
        secrets: SlotSecrets<'_>,
        now: Moment,
    ) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        self.present(now, |vault| {
            let alone = matches!(protection, Protection::Pin | Protection::PlatformAndPin);
            if alone && !vault.is_recovery_settled()? {
                Err(VaultError::RecoveryNeeded)
            } else {
                Ok(())
            }
        })?;
        self.check_recovery_key(secrets.recovery_key)?;
        let recovery = secrets.recovery_key;
        self.rebuild(Wanted { protection, pin: secrets.pin, recovery, is_new: false }, now)
    }

    /// Rotates the master key; everything that opens the vault stays.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::protect`]. The PIN has to be the vault's: a try of it is
    /// counted.
    pub fn rotate(&self, secrets: SlotSecrets<'_>, now: Moment) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        self.present(now, |_| Ok(()))?;
        self.check_recovery_key(secrets.recovery_key)?;
        let protection = self.check_pin(secrets.pin, now)?;
        let recovery = secrets.recovery_key;
        self.rebuild(Wanted { protection, pin: secrets.pin, recovery, is_new: false }, now)
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
        let _work = self.key_work()?;
        let (master, id, generation, mode) = self.present(now, |vault| {
            Ok((vault.master()?, vault.id(), vault.key_generation(), vault.mode()))
        })?;
        let key = RecoveryKey::make()?;
        // A slot that somebody destroyed in the file may have been the recovery key's: put
        // back, it must not open what follows.
        let destroyed = self.state().vault.has_destroyed_slot();
        if self.has_recovery_key() || destroyed {
            let protection = self.check_pin(pin, now)?;
            self.rebuild(Wanted { protection, pin, recovery: Some(&key), is_new: true }, now)?;
        } else {
            let mut slot = Slot::new(SlotKind::Recovery, id, generation)?;
            slot.seal(key.as_key().expose(), &master)?;
            self.unlocked(now, |vault| vault.put_slot(&slot, &[SlotKind::Recovery], mode))?;
        }
        Ok(key)
    }

    /// Confirms that the person has written the recovery key down, by typing it.
    ///
    /// # Errors
    ///
    /// - [`VaultError::WrongSecret`]: it is not the vault's.
    /// - [`VaultError::SlotMissing`]: the vault has none.
    /// - [`VaultError::Locked`], [`VaultError::Storage`], [`VaultError::StorageFull`].
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
    /// [`VaultError::PresenceNeeded`], [`VaultError::Locked`], [`VaultError::Storage`],
    /// [`VaultError::StorageFull`].
    pub fn waive_recovery(&self, words: &str, now: Moment) -> Result<(), VaultError> {
        self.present(now, |vault| vault.waive_recovery(words))
    }

    /// Builds every slot anew around a new master key.
    fn rebuild(&self, wanted: Wanted<'_>, now: Moment) -> Result<(), VaultError> {
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
    fn check_pin(
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

    /// Whether the recovery key is the vault's: a typing error would lock its owner out.
    fn check_recovery_key(&self, key: Option<&RecoveryKey>) -> Result<(), VaultError> {
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

    /// A slot for a PIN.
    fn pin_slot(
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
    fn wrap_new_secret(&self, slot: &mut Slot) -> Result<Key, VaultError> {
        let secret = Key::make()?;
        slot.set_wrapped(self.platform.keys.wrap(&Secret::new(secret.expose().to_vec()))?)?;
        Ok(secret)
    }

    /// Tells the guard which epoch the PIN's slot is about to be bound to; the one that it
    /// is bound to stays good until that is done.
    fn announce_epoch(&self, id: &VaultId) -> Result<Epoch, VaultError> {
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
    fn settle_epoch(&self, epoch: Epoch) {
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
