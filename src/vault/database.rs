//! The SQLite file: how it is opened, read and written.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::connection::{connect, failure, lock, set_up, unreadable};
use super::slot::{SlotId, SlotRow};
use super::{EntryId, VaultError, beside, migrate, software};

/// `AuVC`
pub(super) const APPLICATION_ID: i32 = 0x4175_5643;

/// An open vault file.
///
/// A file beside it, `NAME.lock`, is locked meanwhile: of two processes that open a vault
/// at the same moment, SQLite's own locks let each hold what the other waits for, until
/// both give up.
pub(super) struct Database(
    Connection,
    #[expect(dead_code, reason = "locks while it lives")] Option<File>,
);

impl Database {
    /// Makes a new file; nothing is left of it if that fails.
    pub(super) fn create(path: &Path) -> Result<Self, VaultError> {
        let lock = lock(path)?;
        // For its owner alone, whatever the umask; if it fails, SQLite says why.
        let _ = software::create(path, &[]);
        let connection = connect(path, OpenFlags::SQLITE_OPEN_CREATE)?;
        set_up(&connection)?;
        // Before the first table: it decides how pages are laid out.
        connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(failure)?;
        let mut database = Self(connection, lock);
        migrate::create(&mut database.0)?;
        Ok(database)
    }

    /// Opens the file at `path` and checks that it is a vault and sound.
    pub(super) fn open(path: &Path) -> Result<Self, VaultError> {
        let lock = Self::expect(path).and_then(|()| lock(path))?;
        beside::keep_log(path)?;
        Self::open_locked(path, lock)
    }

    /// As [`Database::open`], where the file's lock is held already.
    pub(super) fn open_locked(path: &Path, lock: Option<File>) -> Result<Self, VaultError> {
        Self::check(Self::open_under(path, lock)?, path)
    }

    fn check(mut database: Self, path: &Path) -> Result<Self, VaultError> {
        migrate::refuse_newer(&database.0)?;
        migrate::expect_tables(&database.0)?;
        let sound: String =
            database.0.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failure)?;
        if sound != "ok" {
            return Err(VaultError::Damaged);
        }
        set_up(&database.0)?;
        migrate::migrate(&mut database.0, path)?;
        Ok(database)
    }

    /// Opens the file at `path`, be it sound or not. Nothing is written to it.
    pub(super) fn open_unchecked(path: &Path) -> Result<Self, VaultError> {
        Self::expect(path)?;
        Self::open_under(path, lock(path)?)
    }

    fn expect(path: &Path) -> Result<(), VaultError> {
        match path.try_exists() {
            Ok(true) => Ok(()),
            Ok(false) => Err(VaultError::NotFound),
            Err(_) => Err(VaultError::StorageLocked),
        }
    }

    fn open_under(path: &Path, lock: Option<File>) -> Result<Self, VaultError> {
        let connection = connect(path, OpenFlags::empty())?;
        let id: i32 = connection
            .query_row("PRAGMA application_id", [], |row| row.get(0))
            .map_err(unreadable)?;
        if id != APPLICATION_ID {
            return Err(VaultError::NotAVault);
        }
        Ok(Self(connection, lock))
    }

    /// The header's body and the root MAC.
    pub(super) fn header(&self) -> Result<(Vec<u8>, Vec<u8>), VaultError> {
        let row = self.0.query_row("SELECT body, root FROM header WHERE id = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        row.optional().map_err(failure)?.ok_or(VaultError::Damaged)
    }

    /// All slots, ids ascending.
    pub(super) fn slots(&self) -> Result<Vec<SlotRow>, VaultError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT id, digest, body, tries, tried FROM slot ORDER BY id")
            .map_err(failure)?;
        let rows = statement.query_map([], |row| {
            Ok(SlotRow {
                id: row.get(0)?,
                digest: row.get(1)?,
                body: row.get(2)?,
                tries: row.get(3)?,
                tried: row.get(4)?,
            })
        });
        rows.and_then(Iterator::collect).map_err(failure)
    }

    /// Every record's id and sealed text, ids ascending.
    pub(super) fn each_record(
        &self,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let mut statement =
            self.0.prepare_cached("SELECT id, sealed FROM record ORDER BY id").map_err(failure)?;
        let mut rows = statement.query([]).map_err(failure)?;
        while let Some(row) = rows.next().map_err(failure)? {
            let bytes = |column| {
                let value = row.get_ref(column).map_err(failure)?;
                value.as_blob().map_err(|_| VaultError::Damaged)
            };
            visit(bytes(0)?, bytes(1)?)?;
        }
        Ok(())
    }

    /// One record's sealed text.
    pub(super) fn record(&self, id: EntryId) -> Result<Option<Vec<u8>>, VaultError> {
        let mut statement =
            self.0.prepare_cached("SELECT sealed FROM record WHERE id = ?1").map_err(failure)?;
        statement.query_row([id.as_bytes()], |row| row.get(0)).optional().map_err(failure)
    }

    /// Runs `write` in one transaction: all of it, or none.
    pub(super) fn write<T>(
        &mut self,
        write: impl FnOnce(&Writing<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        // Immediate: a reader that becomes a writer could wait for itself.
        let transaction =
            self.0.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
        let writing = Writing(transaction);
        let written = write(&writing)?;
        writing.0.commit().map_err(failure)?;
        Ok(written)
    }

    /// Moves everything from the log into the file, so that nothing deleted is left.
    pub(super) fn checkpoint(&self) -> Result<(), VaultError> {
        self.0.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(failure)
    }

    pub(super) fn close(self) -> Result<(), VaultError> {
        self.checkpoint()?;
        self.0.close().map_err(|(_, error)| failure(error))
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.0
    }
}

/// A transaction under way; dropped without a commit, nothing of it is left.
pub(super) struct Writing<'a>(Transaction<'a>);

impl Writing<'_> {
    pub(super) fn put_records(&self, rows: &[(EntryId, Vec<u8>)]) -> Result<(), VaultError> {
        let mut statement = self
            .0
            .prepare_cached("INSERT OR REPLACE INTO record (id, sealed) VALUES (?1, ?2)")
            .map_err(failure)?;
        for (id, sealed) in rows {
            statement.execute((id.as_bytes(), sealed)).map_err(failure)?;
        }
        Ok(())
    }

    pub(super) fn remove_records(&self, ids: &[EntryId]) -> Result<(), VaultError> {
        let mut statement =
            self.0.prepare_cached("DELETE FROM record WHERE id = ?1").map_err(failure)?;
        for id in ids {
            statement.execute([id.as_bytes()]).map_err(failure)?;
        }
        Ok(())
    }

    pub(super) fn put_header(&self, body: &[u8], root: &[u8]) -> Result<(), VaultError> {
        let mut statement = self
            .0
            .prepare_cached("INSERT OR REPLACE INTO header (id, body, root) VALUES (1, ?1, ?2)")
            .map_err(failure)?;
        statement.execute((body, root)).map_err(failure).map(drop)
    }

    /// The slots as they shall be from now on. The tries of those that stay are kept.
    pub(super) fn replace_slots(&self, slots: &[SlotRow]) -> Result<(), VaultError> {
        self.0.execute("DELETE FROM slot", []).map_err(failure)?;
        let mut statement = self
            .0
            .prepare_cached("INSERT INTO slot VALUES (?1, ?2, ?3, ?4, ?5)")
            .map_err(failure)?;
        for slot in slots {
            statement
                .execute((slot.id, slot.digest, &slot.body, slot.tries, &slot.tried))
                .map_err(failure)?;
        }
        Ok(())
    }

    /// Sets the count of wrong tries of a slot, and the moment of the last one.
    pub(super) fn put_tries(
        &self,
        id: &SlotId,
        tries: u8,
        tried: Option<&[u8]>,
    ) -> Result<(), VaultError> {
        let sql = "UPDATE slot SET tries = ?2, tried = ?3 WHERE id = ?1";
        one_row(self.0.execute(sql, (id, tries, tried)))
    }

    /// Destroys what a slot holds.
    pub(super) fn destroy_slot(&self, id: &SlotId) -> Result<(), VaultError> {
        one_row(self.0.execute("UPDATE slot SET body = NULL WHERE id = ?1", [id]))
    }
}

fn one_row(changed: Result<usize, rusqlite::Error>) -> Result<(), VaultError> {
    if changed.map_err(failure)? == 1 { Ok(()) } else { Err(VaultError::Damaged) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use crate::UnixTime;
    use crate::crypto::key::Key;
    use crate::otp::{Account, Kind};
    use crate::vault::{Added, Duplicates, Edit, Entry, Mode, Slot, SlotKind, Vault, VaultId};

    const NOW: UnixTime = UnixTime::from_secs(1_741_011_292);

    fn entry(name: &str, icon: usize) -> Entry {
        let secret = Secret::new(vec![1; 20]);
        let account = Account::from_parts("Ex", name, Kind::totp(), secret);
        let mut entry = Entry::new(account.unwrap().account);
        entry.icon = Some(vec![7; icon]);
        entry
    }

    fn slot(vault: VaultId, generation: u32, master: &Key) -> Slot {
        let mut slot = Slot::new(SlotKind::Platform, vault, generation).unwrap();
        slot.seal(&[7; 32], master).unwrap();
        slot
    }

    /// Everything that is in the file and in memory.
    fn state(vault: &Vault) -> (usize, u64, u32, Vec<String>, bool) {
        let names = vault.items().unwrap().iter().map(|item| item.name().to_owned()).collect();
        let records = vault.verify().unwrap();
        let generations = (vault.generation(), vault.key_generation());
        (records, generations.0, generations.1, names, vault.can_undo().unwrap())
    }

    #[test]
    fn a_write_for_which_there_is_no_room_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        let (id, master) = (VaultId::from_bytes([1; 16]), Key::make().unwrap());
        let mut vault = Vault::create(&path, id, master.clone(), &slot(id, 1, &master)).unwrap();
        let added = vault.add(vec![entry("al", 10_000)], Duplicates::Keep, NOW).unwrap();
        let [Added::New(account)] = added[..] else { panic!("{added:?}") };
        vault.edit(account, vec![Edit::Name("bo".to_owned())], NOW).unwrap();
        let before = state(&vault);
        let pages = |vault: &Vault, limit: u32| {
            let sql = format!("PRAGMA max_page_count = {limit}");
            let set = vault.database().unwrap().connection().query_row(&sql, [], |row| row.get(0));
            set.unwrap_or(0_u32)
        };

        // No page more than there are.
        assert!(pages(&vault, 1) > 1);
        let full = Err(VaultError::StorageFull);
        let many = (0..9).map(|n| entry(&n.to_string(), 30_000)).collect();
        assert_eq!(vault.add(many, Duplicates::Keep, NOW).map(drop), full);
        assert_eq!(state(&vault), before);
        let longer = vec![Edit::Icon(Some(vec![9; 32_000]))];
        assert_eq!(vault.edit(account, longer, NOW), full);
        assert_eq!(state(&vault), before);
        let other = Key::make().unwrap();
        let mut wide = slot(id, 2, &other);
        wide.set_wrapped(vec![7; 4_000]).unwrap();
        wide.seal(&[7; 32], &other).unwrap();
        let slots = [wide.clone(), slot(id, 2, &other), wide];
        assert_eq!(vault.rotate(other, &slots, Mode::AnySlot, true), full);
        assert_eq!(state(&vault), before);

        // What is there is read after it was opened again, too, and room is made use of.
        drop(vault);
        let mut vault = Vault::open(&path).unwrap();
        vault.unlock(master).unwrap();
        assert_eq!(state(&vault), before);
        pages(&vault, 1_000_000);
        vault.add(vec![entry("cy", 30_000)], Duplicates::Keep, NOW).unwrap();
        assert_eq!(state(&vault).1, before.1 + 1);
    }
}
