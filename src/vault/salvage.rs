//! What is left of a damaged vault: every row that proves itself.
//!
//! The damaged file is never written to. Its rows are read from a copy, as far as
//! SQLite still finds them, and from its bare bytes, wherever they stand: a sealed row
//! begins with a mark and says its own length, and its seal tells a whole one from
//! rubbish.

use std::collections::BTreeMap;
use std::path::Path;

use super::change::Change;
use super::claim::Claim;
use super::connection::lock;
use super::contents::{Contents, Keys};
use super::database::Database;
use super::root::holds;
use super::vault::Vault;
use super::wreck::Wreck;
use super::{EntryId, VaultError, beside};
use crate::crypto::aead::Aead;

/// What was found in a damaged vault.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "what is lost, and whether this is the newest, has to be shown to the person"]
pub struct Salvaged {
    /// How many accounts are whole, also in the trash.
    pub accounts: usize,
    /// The rows that are there and not whole.
    pub lost: Vec<EntryId>,
    /// The file says of itself that it is older than the newest that was seen on this
    /// device, by so many changes: an older copy was put back. `None` where it says
    /// nothing, too: only [`Salvaged::is_complete`] means that it is the newest.
    pub rolled_back: Option<u64>,
    /// Whether it is proved that everything that was in the vault is there, in its newest
    /// version. If not, accounts may be missing without a trace, or be older than they
    /// were.
    pub is_complete: bool,
}

/// What a repair does with a vault that is older than the newest that was seen, or of
/// which nothing proves that it is not.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Older {
    /// It is left as it is.
    Refuse,
    /// It is taken for the newest from now on: the person was told that accounts may be
    /// missing or older than they were.
    Accept,
}

impl Vault {
    /// Opens what is left of the vault at `path`, locked and only to be read.
    pub(crate) fn open_damaged(path: &Path) -> Result<Self, VaultError> {
        let claim = Claim::new(path)?;
        match claim.path().try_exists() {
            Ok(true) => {}
            Ok(false) => return Err(VaultError::NotFound),
            Err(_) => return Err(VaultError::StorageLocked),
        }
        let lock = lock(claim.path())?;
        let mut wreck = Wreck::read(claim.path(), lock)?;
        let (header, root) = (wreck.header, wreck.root);
        let mut slots = std::mem::take(&mut wreck.slots);
        slots.retain(|row| {
            // A slot of a generation that is gone opens nothing.
            let slot = row.slot(&header.vault).ok().flatten();
            slot.is_none_or(|slot| slot.key_generation == header.key_generation)
        });
        Ok(Self::wrecked(claim, header, root, slots, wreck))
    }

    /// Takes over the rows that prove themselves under `keys`.
    pub(super) fn salvage(&mut self, keys: Keys) -> Result<(), VaultError> {
        let header = self.header;
        let aead = Aead::new(&keys.record);
        let mut contents = Contents::empty(keys);
        let Some(wreck) = &self.wreck else { return Err(VaultError::Damaged) };
        let (mut items, mut lost) = (BTreeMap::new(), Vec::new());
        for (id, mut texts) in wreck.rows() {
            let whole = texts.find_map(|sealed| {
                let item = sealed.open(&aead, &header.vault)?;
                let tag = sealed.tag()?;
                // One that is whole and makes no sense is no reason to give up the others.
                contents.take(id, &item).ok()?;
                contents.tags.insert(id, (sealed.place.version, tag));
                Some(item)
            });
            match whole {
                Some(item) => drop(items.insert(id, item)),
                None => lost.push(id),
            }
        }
        contents.settle();
        // Without a single whole row of a vault that has some, the key is not this one's.
        if items.is_empty() && !lost.is_empty() {
            return Err(VaultError::Damaged);
        }
        let expected = self.root_of(&contents.keys, &header, &self.slots, &contents.tags);
        let holds = holds(&expected, &self.root);
        if let Some(wreck) = self.wreck.as_mut() {
            wreck.is_proved = holds && wreck.has_header && lost.is_empty();
            (wreck.items, wreck.lost) = (items, lost);
        }
        self.contents = Some(contents);
        Ok(())
    }

    /// What was found; `None` of a vault that is whole.
    pub(crate) fn salvaged(&self) -> Result<Option<Salvaged>, VaultError> {
        let accounts = self.contents()?.index.len();
        Ok(self.wreck.as_ref().map(|wreck| Salvaged {
            accounts,
            lost: wreck.lost.clone(),
            // Without a header, the difference to what the guard knows says nothing.
            rolled_back: self.missing.filter(|_| wreck.has_header),
            is_complete: wreck.is_proved && self.missing.is_none() && self.unguarded.is_none(),
        }))
    }

    /// Writes what was found as a new vault in the damaged one's place, and puts that
    /// aside. `seen` is the newest generation that the guard knows of.
    pub(crate) fn repair(&mut self, older: Older, seen: u64) -> Result<Salvaged, VaultError> {
        let report = self.salvaged()?.ok_or(VaultError::NothingToRepair)?;
        if let Some(error) = self.unguarded {
            return Err(VaultError::Guard(error));
        }
        let Some(wreck) = &self.wreck else { return Err(VaultError::NothingToRepair) };
        // A header that nothing proves may say any generation.
        let proved = if wreck.is_proved { self.header.generation } else { 0 };
        let missing = seen.saturating_sub(proved);
        // The guard may have been told more since the file was looked at.
        if older == Older::Refuse && (missing > 0 || !report.is_complete) {
            return Err(VaultError::RolledBack { missing });
        }
        let rows: Vec<_> = wreck.items.iter().map(|(id, item)| (*id, item.clone())).collect();
        let lock = wreck.lock.as_ref().map(std::fs::File::try_clone).transpose();
        let lock = lock.map_err(|_| VaultError::Storage)?;
        // One that cannot be read opens nothing, and would be in the way of every change.
        let readable = self.slots.iter().filter(|row| row.slot(&self.header.vault).is_ok());
        let slots = Some(readable.cloned().collect());
        let path = self.path().to_owned();
        beside::remove_leftovers(&path)?;
        let unfinished = beside::with_suffix(&path, ".part");
        let aside = beside::put_aside(&path)?;
        // From then on the damaged file may lack its log, or be gone from its place.
        let mut is_touched = false;

        let before = (self.header, self.root, self.slots.clone());
        self.header.generation = proved.max(seen);
        // Who repairs knows that it is not the newest.
        let missing = self.missing.take();
        let wreck = self.wreck.take();
        let repaired = Database::create(&unfinished).and_then(|database| {
            self.set_database(database);
            self.commit(Change { rows, slots, ..Change::default() })?;
            self.suspend()?;
            is_touched = true;
            beside::place(&unfinished, &path)?;
            self.set_database(Database::open_locked(&path, lock)?);
            Ok(report)
        });
        if repaired.is_err() {
            // What was read of the damaged file is where it was.
            (self.header, self.root, self.slots) = before;
            self.wreck = wreck;
            self.missing = missing;
            let _ = self.suspend();
            if !is_touched {
                // The damaged file stands where it stood, with its log: no copy is needed.
                let _ = beside::remove_with_log(&aside);
            }
        }
        repaired
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::key::Key;
    use crate::otp::{Account, Kind};
    use crate::vault::{Duplicates, Entry, Slot, SlotKind, VaultId};
    use crate::{Secret, UnixTime};
    use zeroize::Zeroizing;

    /// A vault of two accounts, and its key.
    fn whole(path: &Path) -> (Vault, Key) {
        let (id, master) = (VaultId::from_bytes([1; 16]), Key::make().unwrap());
        let mut slot = Slot::new(SlotKind::Platform, id, 1).unwrap();
        slot.seal(&[7; 32], &master).unwrap();
        let mut vault = Vault::create(path, id, master.clone(), &slot).unwrap();
        let entries = ["al", "bo"].map(|name| {
            let secret = Secret::new(vec![1; 20]);
            let account = Account::from_parts("Ex", name, Kind::totp(), secret);
            Entry::new(account.unwrap().account)
        });
        vault.add(entries.into(), Duplicates::Keep, UnixTime::from_secs(1)).unwrap();
        (vault, master)
    }

    /// The same, with a row that makes no sense; locked.
    fn damaged() -> (tempfile::TempDir, Vault, Key, EntryId) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        let (mut vault, master) = whole(&path);
        let senseless = EntryId::make().unwrap();
        let rows = vec![(senseless, Zeroizing::new(vec![0xff; 64]))];
        assert!(vault.commit(Change { rows, ..Change::default() }).is_err());
        drop(vault);
        assert!(Vault::open(&path).unwrap().unlock(master.clone()).is_err());
        (folder, Vault::open_damaged(&path).unwrap(), master, senseless)
    }

    #[test]
    fn a_row_that_makes_no_sense_takes_no_other_with_it() {
        let (_folder, mut vault, master, senseless) = damaged();
        vault.unlock(master).unwrap();
        let report = vault.salvaged().unwrap().unwrap();
        assert_eq!((report.accounts, report.lost), (2, vec![senseless]));
        assert!(!report.is_complete);
    }

    #[test]
    fn what_is_complete_is_repaired_unless_the_guard_saw_a_newer_one_since() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        let (vault, master) = whole(&path);
        drop(vault);
        let mut vault = Vault::open_damaged(&path).unwrap();
        vault.unlock(master).unwrap();
        assert!(vault.salvaged().unwrap().unwrap().is_complete);
        let newest = vault.header.generation;
        let refused = vault.repair(Older::Refuse, newest + 1).unwrap_err();
        assert_eq!(refused, VaultError::RolledBack { missing: 1 });
        assert_eq!(vault.repair(Older::Refuse, newest).unwrap().accounts, 2);
    }

    #[test]
    fn what_was_opened_is_forgotten_by_the_lock() {
        let (_folder, mut vault, master, _) = damaged();
        vault.unlock(master.clone()).unwrap();
        assert!(vault.wreck.as_ref().is_some_and(|wreck| wreck.items.len() >= 2));
        vault.lock();
        let wreck = vault.wreck.as_ref().unwrap();
        assert!(wreck.items.is_empty() && wreck.lost.is_empty());
        vault.unlock(master).unwrap();
        assert_eq!(vault.salvaged().unwrap().unwrap().accounts, 2);
    }
}
