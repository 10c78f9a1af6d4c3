//! How the file is opened: its lock, SQLite's settings, and what its errors mean.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{VaultError, beside};

/// The most bytes that SQLite takes for one value or row.
const LONGEST: i32 = 1 << 21;

/// The lock of the vault at `path`, if it is free; it goes with the process, however that
/// ends. `None` where the file system has no locks: SQLite's have to do there.
pub(super) fn lock(path: &Path) -> Result<Option<File>, VaultError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let Ok(file) = options.open(beside::with_suffix(path, ".lock")) else { return Ok(None) };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(VaultError::InUse),
        _ => Ok(Some(file)),
    }
}

pub(super) fn connect(path: &Path, create: OpenFlags) -> Result<Connection, VaultError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | create;
    let connection = Connection::open_with_flags(path, flags).map_err(failure)?;
    // For a while: another process, a backup say, may have it open for a moment.
    connection.busy_timeout(Duration::from_secs(5)).map_err(failure)?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        connection.set_db_config(setting, on).map_err(failure)?;
    }
    // Twice the longest row: what is longer is nothing of ours, and is not read.
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST).map_err(failure)?;
    // Exclusive: one process at a time, and no shared memory file beside the vault.
    // Temporary storage among the first settings: to change it later lets SQLite forget
    // the tables that it knows. Little room for what was read: reading a page once more costs
    // less than memory for all of them does, which the system has to give and to clear (a
    // cold start of 10 000 accounts takes a sixth longer with it). What was written stays
    // there until the commit.
    connection
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA cell_size_check = ON;
             PRAGMA mmap_size = 0;
             PRAGMA fullfsync = ON;
             PRAGMA checkpoint_fullfsync = ON;
             PRAGMA secure_delete = ON;
             PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = 20;
             PRAGMA cache_spill = OFF;
             PRAGMA wal_autocheckpoint = 64;",
        )
        .map_err(unreadable)?;
    Ok(connection)
}

/// As [`failure`], of what only reads: an error that SQLite has no name for is not the
/// storage's, but that of a file which, say, tells of a layout of tables that there is not.
pub(super) fn unreadable(error: rusqlite::Error) -> VaultError {
    match error.sqlite_error() {
        Some(error) if error.extended_code == rusqlite::ffi::SQLITE_ERROR => VaultError::Damaged,
        _ => failure(error),
    }
}

/// How a vault is written to. Not before it is known that the file is one: the journal's
/// mode is kept in the file.
pub(super) fn set_up(connection: &Connection) -> Result<(), VaultError> {
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA journal_size_limit = 524288;",
        )
        .map_err(failure)
}

/// What an app can do about an error of SQLite.
pub(super) fn failure(error: rusqlite::Error) -> VaultError {
    let code = match error {
        rusqlite::Error::SqliteFailure(failure, _) => failure,
        // A column that is not what it has to be.
        _ => return VaultError::Damaged,
    };
    match code.code {
        ErrorCode::DatabaseCorrupt | ErrorCode::TooBig => VaultError::Damaged,
        ErrorCode::NotADatabase => VaultError::NotAVault,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => VaultError::InUse,
        ErrorCode::DiskFull => VaultError::StorageFull,
        ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::AuthorizationForStatementDenied
        | ErrorCode::ReadOnly => VaultError::StorageLocked,
        ErrorCode::SystemIoFailure => match code.extended_code {
            rusqlite::ffi::SQLITE_IOERR_READ
            | rusqlite::ffi::SQLITE_IOERR_ACCESS
            | rusqlite::ffi::SQLITE_IOERR_AUTH
            | rusqlite::ffi::SQLITE_IOERR_LOCK
            | rusqlite::ffi::SQLITE_IOERR_FSTAT => VaultError::StorageLocked,
            rusqlite::ffi::SQLITE_IOERR_CORRUPTFS | rusqlite::ffi::SQLITE_IOERR_SHORT_READ => {
                VaultError::Damaged
            }
            _ => VaultError::Storage,
        },
        _ => VaultError::Storage,
    }
}

#[cfg(test)]
mod tests {
    use super::super::database::Database;
    use super::*;

    #[test]
    fn every_error_of_sqlite_is_what_an_app_can_do_about_it() {
        use rusqlite::ffi;
        for (code, expected) in [
            (ffi::SQLITE_CORRUPT, VaultError::Damaged),
            (ffi::SQLITE_TOOBIG, VaultError::Damaged),
            (ffi::SQLITE_NOTADB, VaultError::NotAVault),
            (ffi::SQLITE_BUSY, VaultError::InUse),
            (ffi::SQLITE_LOCKED, VaultError::InUse),
            (ffi::SQLITE_FULL, VaultError::StorageFull),
            (ffi::SQLITE_CANTOPEN, VaultError::StorageLocked),
            (ffi::SQLITE_PERM, VaultError::StorageLocked),
            (ffi::SQLITE_AUTH, VaultError::StorageLocked),
            (ffi::SQLITE_READONLY, VaultError::StorageLocked),
            (ffi::SQLITE_IOERR_READ, VaultError::StorageLocked),
            (ffi::SQLITE_IOERR_ACCESS, VaultError::StorageLocked),
            (ffi::SQLITE_IOERR_AUTH, VaultError::StorageLocked),
            (ffi::SQLITE_IOERR_LOCK, VaultError::StorageLocked),
            (ffi::SQLITE_IOERR_FSTAT, VaultError::StorageLocked),
            (ffi::SQLITE_IOERR_CORRUPTFS, VaultError::Damaged),
            (ffi::SQLITE_IOERR_SHORT_READ, VaultError::Damaged),
            (ffi::SQLITE_IOERR_WRITE, VaultError::Storage),
            (ffi::SQLITE_IOERR_FSYNC, VaultError::Storage),
            (ffi::SQLITE_NOMEM, VaultError::Storage),
            (ffi::SQLITE_ERROR, VaultError::Storage),
        ] {
            let error = || rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(failure(error()), expected, "{code}");
            // Of a file that is only read, what has no name is damage.
            let read = if code == ffi::SQLITE_ERROR { VaultError::Damaged } else { expected };
            assert_eq!(unreadable(error()), read, "{code}");
        }
        assert_eq!(failure(rusqlite::Error::QueryReturnedNoRows), VaultError::Damaged);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_a_vault_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("vault"), folder.path().join("link"));
        drop(Database::create(&path).unwrap());
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(connect(&path, OpenFlags::empty()).is_ok());
        assert_eq!(connect(&link, OpenFlags::empty()).map(drop), Err(VaultError::StorageLocked));
    }

    #[test]
    fn a_header_that_sqlite_does_not_know_is_damage_and_no_fault_of_the_storage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        drop(Database::create(&path).unwrap());
        let mut damaged = std::fs::read(&path).unwrap();
        // The number of the layout.
        damaged[47] = 5;
        std::fs::write(&path, damaged).unwrap();
        assert_eq!(Database::open(&path).map(drop), Err(VaultError::Damaged));
    }
}
