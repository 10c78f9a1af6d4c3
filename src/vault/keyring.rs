//! The slots of a vault: found, counted, replaced; and the rotation of the master key.

use std::time::Duration;

use zeroize::Zeroizing;

use super::change::Change;
use super::contents::Keys;
use super::header::Mode;
use super::settings::Settings;
use super::slot::{Slot, SlotId, SlotKind, SlotRow};
use super::vault::Vault;
use super::{AutoLock, EntryId, GuardError, VaultError, VaultId, beside, throttle};
use crate::Moment;
use crate::crypto::key::Key;

impl Vault {
    pub(crate) fn id(&self) -> VaultId {
        self.header.vault
    }

    pub(crate) fn mode(&self) -> Mode {
        self.header.mode
    }

    pub(crate) fn generation(&self) -> u64 {
        self.header.generation
    }

    pub(crate) fn key_generation(&self) -> u32 {
        self.header.key_generation
    }

    pub(crate) fn is_unlocked(&self) -> bool {
        self.contents.is_some()
    }

    /// What opens this vault.
    pub(crate) fn slot_kinds(&self) -> Vec<SlotKind> {
        let slots = self.slots.iter().map(|row| row.slot(&self.header.vault));
        // One that is damaged opens nothing, and is no reason to refuse the others.
        let mut kinds: Vec<_> = slots.filter_map(|slot| Some(slot.ok()??.kind)).collect();
        kinds.sort_unstable();
        kinds
    }

    /// When the last wrong try of a slot was made, as the file says.
    pub(crate) fn tried(&self, id: SlotId) -> Option<Moment> {
        let row = self.slots.iter().find(|row| row.id == id)?;
        row.tried.as_deref().and_then(throttle::decode)
    }

    /// The slot of the first of `kinds` that there is, and its wrong tries.
    ///
    /// # Errors
    ///
    /// - [`VaultError::SlotDestroyed`]: a PIN was asked for, and its slot was destroyed.
    /// - [`VaultError::SlotMissing`]: there is none.
    /// - [`VaultError::Damaged`], [`VaultError::UnsafeParameters`]: as [`SlotRow::slot`].
    pub(crate) fn slot(&self, kinds: &[SlotKind]) -> Result<(Slot, u8), VaultError> {
        let mut failed = None;
        for row in &self.slots {
            match row.slot(&self.header.vault) {
                Ok(Some(slot)) if slot.key_generation != self.header.key_generation => {
                    failed = Some(VaultError::Damaged);
                }
                Ok(Some(slot)) if kinds.contains(&slot.kind) => return Ok((slot, row.tries)),
                Ok(_) => {}
                // Another slot's damage is no reason to refuse this one.
                Err(error) => failed = Some(error),
            }
        }
        let destroyed = self.slots.iter().any(|row| row.body.is_none());
        Err(match failed {
            Some(error) => error,
            None if destroyed && kinds.iter().any(|kind| kind.has_pin()) => {
                VaultError::SlotDestroyed
            }
            None => VaultError::SlotMissing,
        })
    }

    /// Sets the count of a slot's wrong tries, durably.
    pub(crate) fn put_tries(
        &mut self,
        id: SlotId,
        tries: u8,
        tried: Option<Moment>,
    ) -> Result<(), VaultError> {
        let tried = tried.as_ref().map(|moment| throttle::encode(moment).to_vec());
        if self.wreck.is_none() {
            let tried = tried.as_deref();
            self.database_mut()?.write(|writing| writing.put_tries(&id, tries, tried))?;
        }
        // A damaged file is not written to: the guard alone counts.
        if let Some(row) = self.slots.iter_mut().find(|row| row.id == id) {
            (row.tries, row.tried) = (tries, tried);
        }
        Ok(())
    }

    /// Destroys what a slot holds, for good.
    pub(crate) fn destroy_slot(&mut self, id: SlotId) -> Result<(), VaultError> {
        if self.wreck.is_none() {
            self.database_mut()?.write(|writing| writing.destroy_slot(&id))?;
        }
        if let Some(row) = self.slots.iter_mut().find(|row| row.id == id) {
            row.body = None;
        }
        if self.wreck.is_none() {
            self.clear_log();
        }
        Ok(())
    }

    /// Whether a slot was destroyed, by too many tries or by somebody else.
    pub(crate) fn has_destroyed_slot(&self) -> bool {
        self.slots.iter().any(|row| row.body.is_none())
    }

    /// Puts `slot` in place of those of `replaced` kinds, and of destroyed ones if it is
    /// a PIN's; the master key stays.
    pub(crate) fn put_slot(
        &mut self,
        slot: &Slot,
        replaced: &[SlotKind],
    ) -> Result<(), VaultError> {
        let mut slots = Vec::new();
        for row in &self.slots {
            let stays = match row.slot(&self.header.vault) {
                Ok(Some(other)) => !replaced.contains(&other.kind),
                Ok(None) => !slot.kind.has_pin(),
                // It opens nothing, and must not keep others from what they do.
                Err(_) => false,
            };
            slots.extend(stays.then(|| row.clone()));
        }
        slots.push(SlotRow::new(slot));
        self.commit(Change { slots: Some(slots), ..Change::default() })?;
        self.clear_log();
        Ok(())
    }

    /// The master key, to be sealed into another slot.
    pub(crate) fn master(&self) -> Result<Key, VaultError> {
        Ok(self.contents()?.keys.master.clone())
    }

    /// Seals every record anew under `master`, which `slots` hold and no other slot.
    pub(crate) fn rotate(
        &mut self,
        master: Key,
        slots: &[Slot],
        mode: Mode,
        keep_confirmed: bool,
    ) -> Result<(), VaultError> {
        let generation = self.header.key_generation.checked_add(1).ok_or(VaultError::TooLarge)?;
        let ids: Vec<EntryId> = self.contents()?.tags.iter().map(|(id, _)| id).collect();
        let rows = ids.into_iter().map(|id| Ok((id, self.item(id)?.ok_or(VaultError::Damaged)?)));
        let mut rows = rows.collect::<Result<Vec<(EntryId, Zeroizing<Vec<u8>>)>, VaultError>>()?;
        if keep_confirmed && self.is_recovery_confirmed()? {
            // The key is the same; its slot is another.
            let recovery = slots.iter().find(|slot| slot.kind == SlotKind::Recovery);
            let confirmed_recovery = recovery.map(|slot| slot.id);
            let contents = self.contents()?;
            let settings = Settings { confirmed_recovery, ..contents.settings.clone() };
            rows.retain(|(id, _)| Some(*id) != contents.settings_id);
            rows.push((contents.settings_id.map_or_else(EntryId::make, Ok)?, settings.encode()));
        }
        let keys = Keys::derive_for(master, &self.header, generation);
        self.commit(Change {
            rows,
            slots: Some(slots.iter().map(SlotRow::new).collect()),
            keys: Some((keys, generation)),
            mode: Some(mode),
            ..Change::default()
        })?;
        self.clear_log_and_copies();
        Ok(())
    }
}

impl Vault {
    /// Destroys every slot, then every file: without a slot, what a disk still holds of
    /// the records is noise. Whatever fails, the rest is done.
    pub(crate) fn wipe(&mut self) -> Result<(), VaultError> {
        let ids: Vec<SlotId> = self.slots.drain(..).map(|row| row.id).collect();
        self.lock();
        let destroyed = self.database.as_mut().map_or(Ok(()), |database| {
            database.write(|writing| ids.iter().try_for_each(|id| writing.destroy_slot(id)))
        });
        let closed = self.suspend();
        let copies = beside::remove_copies(self.path());
        let log = beside::remove_kept_log(self.path());
        let leftovers = beside::remove_leftovers(self.path());
        let removed = beside::remove_with_log(self.path());
        destroyed.and(closed).and(copies).and(log).and(leftovers).and(removed)
    }
}

/// What the settings say.
impl Vault {
    /// When the vault locks by itself; what is usual, while it is locked.
    pub(crate) fn auto_lock(&self) -> AutoLock {
        self.contents.as_ref().map(|contents| contents.settings.auto_lock).unwrap_or_default()
    }

    pub(crate) fn presence_window(&self) -> Result<Duration, VaultError> {
        Ok(self.contents()?.settings.presence)
    }

    pub(crate) fn set_auto_lock(
        &mut self,
        auto_lock: AutoLock,
        presence: Duration,
    ) -> Result<(), VaultError> {
        let settings = self.contents()?.settings.clone();
        self.put_settings(Settings { auto_lock, presence, ..settings })
    }

    /// Whether a lost PIN does not lose all, or the person agreed to that.
    pub(crate) fn is_recovery_settled(&self) -> Result<bool, VaultError> {
        Ok(self.is_recovery_confirmed()? || self.contents()?.settings.waiver.is_some())
    }

    /// Whether there is a recovery key that the person confirmed.
    pub(crate) fn is_recovery_confirmed(&self) -> Result<bool, VaultError> {
        let recovery = self.slot(&[SlotKind::Recovery]).ok().map(|(slot, _)| slot.id);
        let confirmed = self.contents()?.settings.confirmed_recovery;
        Ok(recovery.is_some() && confirmed == recovery)
    }

    pub(crate) fn confirm_recovery(&mut self, slot: SlotId) -> Result<(), VaultError> {
        let settings = self.contents()?.settings.clone();
        let confirmed_recovery = Some(slot);
        self.put_settings(Settings { confirmed_recovery, waiver: None, ..settings })
    }

    pub(crate) fn waive_recovery(&mut self, words: &str) -> Result<(), VaultError> {
        if words.len() > 1024 {
            return Err(VaultError::TooLarge);
        }
        if words.trim().is_empty() {
            return Err(VaultError::RecoveryNeeded);
        }
        let settings = self.contents()?.settings.clone();
        self.put_settings(Settings { waiver: Some(words.to_owned()), ..settings })
    }

    fn put_settings(&mut self, settings: Settings) -> Result<(), VaultError> {
        let id = self.contents()?.settings_id.map_or_else(EntryId::make, Ok)?;
        self.commit(Change { rows: vec![(id, settings.encode())], ..Change::default() })
    }

    /// What the guard said: how many changes are missing, or that it could not be asked.
    pub(crate) fn set_judged(&mut self, missing: Option<u64>, unguarded: Option<GuardError>) {
        (self.missing, self.unguarded) = (missing, unguarded);
    }

    /// How many changes are missing in what was put back.
    pub(crate) fn missing(&self) -> Option<u64> {
        self.missing
    }

    /// Whether the header is lost, so that the file says nothing of its age.
    pub(crate) fn has_lost_header(&self) -> bool {
        self.wreck.as_ref().is_some_and(|wreck| !wreck.has_header)
    }

    /// Whether this is what is left of a damaged vault, which proves nothing as a whole.
    pub(crate) fn is_wreck(&self) -> bool {
        self.wreck.is_some()
    }

    /// Takes this file for the newest from now on.
    pub(crate) fn accept_rollback(&mut self) -> Result<(), VaultError> {
        let Some(missing) = self.missing.take() else { return Ok(()) };
        let generation = self.header.generation;
        self.header.generation = generation.saturating_add(missing);
        let accepted = self.commit(Change::default());
        if accepted.is_err() {
            self.header.generation = generation;
            self.missing = Some(missing);
        }
        accepted
    }
}
