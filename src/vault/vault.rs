//! The vault itself: its file, and, while it is unlocked, what is in it.

use std::fs::File;
use std::path::Path;

use super::change::Change;
use super::claim::Claim;
use super::connection::lock;
use super::contents::{Contents, Keys};
use super::database::Database;
use super::header::{Header, Mode};
use super::root::{Tags, holds, root};
use super::sealed::Sealed;
use super::slot::{Slot, SlotRow};
use super::wreck::Wreck;
use super::{EntryId, GuardError, VaultError, VaultId, beside, migrate};
use crate::crypto::aead::Aead;
use crate::crypto::key::Key;
use zeroize::Zeroizing;

/// An open vault: locked, or unlocked with its contents in memory.
pub(crate) struct Vault {
    claim: Claim,
    /// `None` while the vault is suspended.
    pub(super) database: Option<Database>,
    pub(super) header: Header,
    pub(super) root: [u8; 32],
    pub(super) slots: Vec<SlotRow>,
    /// `None` while the vault is locked.
    pub(super) contents: Option<Contents>,
    /// Set where the file is older than the newest that was seen: how many changes are
    /// missing. Nothing is written until that is accepted.
    pub(super) missing: Option<u64>,
    /// What was found of a damaged file; nothing is written to that.
    pub(super) wreck: Option<Wreck>,
    /// Set where a write failed, so that nobody knows what the file holds.
    pub(super) stale: bool,
    untidy: Untidy,
    /// Set where the guard could not be asked: nothing is written until it was.
    pub(super) unguarded: Option<GuardError>,
}

/// Where something that was deleted may still be.
#[derive(Clone, Copy, Default)]
struct Untidy {
    log: bool,
    copies: bool,
}

impl Vault {
    /// Makes a vault at `path`, unlocked and empty.
    pub(crate) fn create(
        path: &Path,
        vault: VaultId,
        master: Key,
        slot: &Slot,
    ) -> Result<Self, VaultError> {
        let claim = Claim::new(path)?;
        // Where there is a vault, not even a lock is made beside it.
        expect_none(claim.path())?;
        let lock_file = beside::with_suffix(claim.path(), ".lock");
        let has_lock_file = lock_file.try_exists().unwrap_or(true);
        let lock = lock(claim.path())?;
        // Until the end, whatever becomes of the other handle.
        let _held = lock.as_ref().and_then(|lock| lock.try_clone().ok());
        let path = claim.path().to_owned();
        let created = Self::create_locked(claim, vault, master, slot, lock);
        if created.is_err() && !has_lock_file && expect_none(&path).is_ok() {
            // It belongs to no vault.
            let _ = std::fs::remove_file(lock_file);
        }
        created
    }

    /// Makes a vault whose `lock` is held: another process that makes one at the same path
    /// is refused from the question whether there is one until ours can be opened.
    fn create_locked(
        claim: Claim,
        vault: VaultId,
        master: Key,
        slot: &Slot,
        lock: Option<File>,
    ) -> Result<Self, VaultError> {
        // One may have been made before the lock was ours.
        expect_none(claim.path())?;
        // A vault that is half made must not be found under its name.
        let unfinished = beside::with_suffix(claim.path(), ".part");
        beside::remove_leftovers(claim.path())?;
        let header = Header {
            vault,
            device: crate::crypto::random::make()?,
            key_generation: 1,
            generation: 0,
            mode: Mode::AnySlot,
        };
        let mut vault = Self {
            database: Some(Database::create(&unfinished)?),
            claim,
            header,
            root: [0; 32],
            slots: Vec::new(),
            contents: Some(Contents::empty(Keys::derive(master, &header))),
            missing: None,
            wreck: None,
            stale: false,
            untidy: Untidy::default(),
            unguarded: None,
        };
        let slots = Some(vec![SlotRow::new(slot)]);
        vault.commit(Change { slots, ..Change::default() })?;
        vault.close_database()?;
        beside::place(&unfinished, vault.claim.path())?;
        match Database::open_locked(vault.claim.path(), lock) {
            Ok(database) => vault.database = Some(database),
            Err(error) => {
                // An error says that nothing was made.
                let _ = beside::remove_with_log(vault.claim.path());
                return Err(error);
            }
        }
        Ok(vault)
    }

    /// Opens the vault at `path`, locked.
    pub(crate) fn open(path: &Path) -> Result<Self, VaultError> {
        let claim = Claim::new(path)?;
        let database = Database::open(claim.path())?;
        let (body, root) = database.header()?;
        let header = Header::decode(&body).ok_or(VaultError::Damaged)?;
        let root = root.try_into().map_err(|_| VaultError::Damaged)?;
        let slots = database.slots()?;
        Ok(Self {
            claim,
            database: Some(database),
            header,
            root,
            slots,
            contents: None,
            missing: None,
            wreck: None,
            stale: false,
            untidy: Untidy::default(),
            unguarded: None,
        })
    }

    /// What is left of a damaged vault.
    pub(super) fn wrecked(
        claim: Claim,
        header: Header,
        root: [u8; 32],
        slots: Vec<SlotRow>,
        wreck: Wreck,
    ) -> Self {
        let (database, contents, missing) = (None, None, None);
        Self {
            claim,
            database,
            header,
            root,
            slots,
            contents,
            missing,
            wreck: Some(wreck),
            stale: false,
            untidy: Untidy::default(),
            unguarded: None,
        }
    }

    pub(super) fn set_database(&mut self, database: Database) {
        self.database = Some(database);
    }

    /// Unlocks with the master key: reads and checks every row.
    ///
    /// # Errors
    ///
    /// [`VaultError::Damaged`]: a row is not what was sealed, is missing or does not
    /// belong here. The vault stays locked.
    pub(crate) fn unlock(&mut self, master: Key) -> Result<(), VaultError> {
        let keys = Keys::derive(master, &self.header);
        if self.wreck.is_some() {
            return self.salvage(keys);
        }
        self.contents = Some(self.load(keys)?);
        Ok(())
    }

    /// Once the file has proved itself in full, and the newest, what was kept of an older
    /// state of it is not needed. What cannot be removed now is with the next unlock.
    pub(crate) fn remove_spares(&self) {
        let _ = migrate::remove_kept_copies(self.claim.path());
        let _ = beside::remove_kept_log(self.claim.path());
    }

    /// Takes what was deleted or replaced out of the log. That is durable already: if this
    /// fails now, it is done with the next call.
    pub(super) fn clear_log(&mut self) {
        self.untidy.log = self.database.as_ref().is_none_or(|file| file.checkpoint().is_err());
    }

    /// As `clear_log`, and removes every copy kept beside the vault: for what must not be
    /// brought back.
    pub(super) fn clear_log_and_copies(&mut self) {
        self.clear_log();
        let copies = beside::remove_copies(self.path());
        self.untidy.copies = copies.and(beside::remove_kept_log(self.path())).is_err();
    }

    /// Reads and checks every row anew, and says how many records there are.
    pub(crate) fn verify(&self) -> Result<usize, VaultError> {
        if self.wreck.is_some() {
            return Err(VaultError::Damaged);
        }
        let keys = Keys::derive(self.contents()?.keys.master.clone(), &self.header);
        Ok(self.load(keys)?.tags.len())
    }

    pub(super) fn load(&self, keys: Keys) -> Result<Contents, VaultError> {
        let aead = Aead::new(&keys.record);
        let mut contents = Contents::empty(keys);
        let mut last = None;
        // One memory for all: a row's own would be asked for, wiped and given back each time.
        let mut item = Zeroizing::new(Vec::new());
        self.database()?.each_record(|id, sealed| {
            let sealed = Sealed::parse(sealed).ok_or(VaultError::Damaged)?;
            let place = sealed.place;
            // SQLite does not check that a key is there once.
            if last.replace(place.id) >= Some(place.id) {
                return Err(VaultError::Damaged);
            }
            if place.id.as_bytes() != id || place.key_generation != self.header.key_generation {
                return Err(VaultError::Damaged);
            }
            let opened = sealed.open_into(&aead, &self.header.vault, &mut item);
            opened.ok_or(VaultError::Damaged)?;
            let tag = sealed.tag().ok_or(VaultError::Damaged)?;
            contents.tags.insert(place.id, (place.version, tag));
            contents.take(place.id, &item)
        })?;
        contents.settle();
        let expected = self.root_of(&contents.keys, &self.header, &self.slots, &contents.tags);
        if holds(&expected, &self.root) { Ok(contents) } else { Err(VaultError::Damaged) }
    }

    /// Forgets every key and all contents.
    pub(crate) fn lock(&mut self) {
        self.contents = None;
        self.wreck.iter_mut().for_each(Wreck::forget);
    }

    /// After a write that failed, looks what the file holds.
    pub(crate) fn settle(&mut self) -> Result<(), VaultError> {
        if self.stale && self.database.is_some() {
            self.reload()?;
        }
        if self.untidy.copies {
            self.clear_log_and_copies();
        } else if self.untidy.log {
            self.clear_log();
        }
        Ok(())
    }

    pub(super) fn database(&self) -> Result<&Database, VaultError> {
        self.database.as_ref().ok_or(VaultError::Suspended)
    }

    pub(super) fn database_mut(&mut self) -> Result<&mut Database, VaultError> {
        self.database.as_mut().ok_or(VaultError::Suspended)
    }

    pub(super) fn path(&self) -> &Path {
        self.claim.path()
    }

    pub(super) fn contents(&self) -> Result<&Contents, VaultError> {
        self.contents.as_ref().ok_or(VaultError::Locked)
    }

    pub(super) fn contents_mut(&mut self) -> Result<&mut Contents, VaultError> {
        self.contents.as_mut().ok_or(VaultError::Locked)
    }

    /// The item of a record, without its padding.
    pub(super) fn item(&self, id: EntryId) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let contents = self.contents()?;
        if let Some(wreck) = &self.wreck {
            return Ok(wreck.items.get(&id).cloned());
        }
        let Some(sealed) = self.database()?.record(id)? else { return Ok(None) };
        let sealed = Sealed::parse(&sealed).ok_or(VaultError::Damaged)?;
        // What was read at the unlock is what must be there.
        let known = contents.tags.find(id).ok_or(VaultError::Damaged)?;
        if (sealed.place.version, sealed.tag()) != (known.0, Some(known.1)) {
            return Err(VaultError::Damaged);
        }
        let aead = Aead::new(&contents.keys.record);
        sealed.open(&aead, &self.header.vault).map(Some).ok_or(VaultError::Damaged)
    }

    /// Every record's id and item, ids ascending: in one walk, for whoever needs most.
    pub(super) fn each_item(
        &self,
        mut visit: impl FnMut(EntryId, &[u8]) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let contents = self.contents()?;
        if let Some(wreck) = &self.wreck {
            return wreck.items.iter().try_for_each(|(id, item)| visit(*id, item));
        }
        let aead = Aead::new(&contents.keys.record);
        let mut item = Zeroizing::new(Vec::new());
        let mut seen = 0;
        self.database()?.each_record(|_, sealed| {
            let sealed = Sealed::parse(sealed).ok_or(VaultError::Damaged)?;
            let id = sealed.place.id;
            // What was read at the unlock is what must be there.
            let known = contents.tags.find(id).ok_or(VaultError::Damaged)?;
            if (sealed.place.version, sealed.tag()) != (known.0, Some(known.1)) {
                return Err(VaultError::Damaged);
            }
            let opened = sealed.open_into(&aead, &self.header.vault, &mut item);
            opened.ok_or(VaultError::Damaged)?;
            seen += 1;
            visit(id, &item)
        })?;
        if seen == contents.tags.len() { Ok(()) } else { Err(VaultError::Damaged) }
    }

    pub(super) fn root_of(
        &self,
        keys: &Keys,
        header: &Header,
        slots: &[SlotRow],
        tags: &Tags,
    ) -> [u8; 32] {
        let mut slots: Vec<_> = slots.iter().map(|slot| (slot.id, slot.digest)).collect();
        slots.sort_unstable();
        root(&keys.root, &header.encode(), &slots, tags)
    }
}

fn expect_none(path: &Path) -> Result<(), VaultError> {
    match path.try_exists() {
        Ok(false) => Ok(()),
        Ok(true) => Err(VaultError::AlreadyExists),
        Err(_) => Err(VaultError::StorageLocked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::SlotKind;

    fn vault() -> (tempfile::TempDir, Vault) {
        let folder = tempfile::tempdir().unwrap();
        let (id, master) = (VaultId::from_bytes([1; 16]), Key::make().unwrap());
        let mut slot = Slot::new(SlotKind::Platform, id, 1).unwrap();
        slot.seal(&[7; 32], &master).unwrap();
        let vault = Vault::create(&folder.path().join("vault"), id, master, &slot).unwrap();
        (folder, vault)
    }

    #[test]
    fn after_a_write_that_failed_the_file_says_what_it_holds() {
        let (_folder, mut vault) = vault();
        let held = vault.generation();
        vault.header.generation += 7;
        vault.stale = true;
        vault.settle().unwrap();
        assert_eq!((vault.generation(), vault.stale), (held, false));
    }

    #[test]
    fn what_could_not_be_removed_goes_with_the_next_call() {
        let (folder, mut vault) = vault();
        let copy = folder.path().join("vault.before-2");
        std::fs::write(&copy, "an older state").unwrap();
        vault.untidy.copies = true;
        vault.settle().unwrap();
        assert!(!copy.exists() && !vault.untidy.copies);
    }
}
