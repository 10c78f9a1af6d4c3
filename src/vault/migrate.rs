//! Migrations: numbered files of SQL, each run once, in one transaction each.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::VaultError;
use super::connection::failure;

/// Every change of the tables, in order; the last one's number is the version of a new
/// vault.
const MIGRATIONS: [&str; 1] = [include_str!("001_vault.sql")];

/// Makes the tables of a new file.
pub(super) fn create(connection: &mut Connection) -> Result<(), VaultError> {
    run(connection, &MIGRATIONS, 0)
}

/// Brings the file at `path` to the newest version, if it has an older one; a copy of
/// it is kept beside it.
///
/// # Errors
///
/// [`VaultError::NewerVersion`]: the file is newer; it was left alone.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), VaultError> {
    migrate_with(connection, path, &MIGRATIONS)
}

fn migrate_with(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), VaultError> {
    let (found, supported) = versions(connection, migrations)?;
    if found < supported {
        keep_copy(connection, &kept_copy(path, supported))?;
        run(connection, migrations, found)?;
    }
    Ok(())
}

fn run(connection: &mut Connection, migrations: &[&str], found: u32) -> Result<(), VaultError> {
    for (number, sql) in (1_u32..).zip(migrations).filter(|(number, _)| *number > found) {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failure)?;
        transaction.execute_batch(sql).map_err(failure)?;
        transaction.pragma_update(None, "user_version", number).map_err(failure)?;
        transaction.commit().map_err(failure)?;
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<u32, VaultError> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failure)
}

/// # Errors
///
/// [`VaultError::NewerVersion`]: a newer library wrote the file.
pub(super) fn refuse_newer(connection: &Connection) -> Result<(), VaultError> {
    versions(connection, &MIGRATIONS).map(drop)
}

/// The version of the file, and the newest that is known.
fn versions(connection: &Connection, migrations: &[&str]) -> Result<(u32, u32), VaultError> {
    let found = version(connection)?;
    let supported = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    match found {
        0 => Err(VaultError::Damaged),
        _ if found > supported => Err(VaultError::NewerVersion { found, supported }),
        _ => Ok((found, supported)),
    }
}

/// Where the vault is kept as it was before the migration to `version`.
fn kept_copy(path: &Path, version: u32) -> PathBuf {
    with_suffix(path, &format!(".before-{version}"))
}

/// Removes every kept copy of the vault at `path`.
pub(super) fn remove_kept_copies(path: &Path) -> Result<(), VaultError> {
    // A copy is only ever made for a migration: version 1 had none before it.
    let versions = 2..=u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    versions.map(|version| kept_copy(path, version)).try_for_each(|copy| remove_with_log(&copy))
}

/// Removes every copy of the vault at `path`: kept before a migration, put aside as
/// damaged, or left by work that was broken off.
pub(super) fn remove_copies(path: &Path) -> Result<(), VaultError> {
    remove_found(path, |name| is_leftover(name) || is_copy(name))
}

/// Removes what work that was broken off has left beside the vault at `path`.
pub(super) fn remove_leftovers(path: &Path) -> Result<(), VaultError> {
    remove_found(path, is_leftover)
}

/// Whether a vault's file has this behind its name while something is made of it.
fn is_leftover(name: &[u8]) -> bool {
    name == b".salvage" || name == b".part" || name.strip_suffix(b".part").is_some_and(is_copy)
}

/// Whether a copy of a vault has this behind its name.
fn is_copy(name: &[u8]) -> bool {
    let number = name.strip_prefix(b".damaged-").or_else(|| name.strip_prefix(b".before-"));
    number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

/// Removes every file beside the one at `path` whose name is that one's and what
/// `is_meant` says of the rest, with what SQLite keeps beside them; what is no file stays.
fn remove_found(path: &Path, is_meant: impl Fn(&[u8]) -> bool) -> Result<(), VaultError> {
    let name = path.file_name().ok_or(VaultError::Storage)?.as_encoded_bytes();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let (mut removed, mut failed) = (false, false);
    for entry in fs::read_dir(folder).map_err(|_| VaultError::Storage)? {
        let entry = entry.map_err(|_| VaultError::Storage)?;
        let found = entry.file_name();
        let Some(rest) = found.as_encoded_bytes().strip_prefix(name) else { continue };
        let is_meant =
            BESIDE.iter().any(|suffix| rest.strip_suffix(suffix.as_bytes()).is_some_and(&is_meant));
        if is_meant {
            // All that can be removed is, whatever becomes of one of them.
            failed |= remove(&entry.path()).is_err();
            removed = true;
        }
    }
    if removed {
        sync_folder(path)?;
    }
    if failed { Err(VaultError::Storage) } else { Ok(()) }
}

/// The name under which a damaged vault is put aside for the `number`th time.
pub(super) fn quarantine(path: &Path, number: u32) -> PathBuf {
    with_suffix(path, &format!(".damaged-{number}"))
}

/// What SQLite and we keep beside a database, and the database.
const BESIDE: [&str; 5] = ["-wal", "-shm", "-journal", ".lock", ""];

/// Removes the database at `path`, if there is one, with what SQLite keeps beside it.
pub(super) fn remove_with_log(path: &Path) -> Result<(), VaultError> {
    BESIDE.into_iter().try_for_each(|suffix| remove(&with_suffix(path, suffix)))
}

/// Removes a file, if it is there. A folder of that name is none of ours.
fn remove(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(_) if fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) => Ok(()),
        Err(_) => Err(VaultError::Storage),
        Ok(()) => Ok(()),
    }
}

/// Keeps a copy of the log that a run which was broken off has left: SQLite is about to
/// take over what it finds whole in it, and to overwrite the rest, which salvage may need.
pub(super) fn keep_log(path: &Path) -> Result<(), VaultError> {
    let (log, kept) = (with_suffix(path, "-wal"), with_suffix(path, KEPT_LOG));
    let is_empty = log.metadata().map_or(true, |log| log.len() == 0);
    if is_empty || kept.exists() {
        return Ok(());
    }
    let copied = fs::copy(&log, &kept).and_then(|_| File::open(&kept)?.sync_all());
    copied.map_err(|_| {
        // Half a copy would be taken for a whole one.
        let _ = remove(&kept);
        VaultError::StorageFull
    })
}

/// Removes it.
pub(super) fn remove_kept_log(path: &Path) -> Result<(), VaultError> {
    remove(&with_suffix(path, KEPT_LOG))
}

/// The suffix of the log's copy.
pub(super) const KEPT_LOG: &str = ".log";

/// Copies the database at `path` with its log, and makes the copy durable.
pub(super) fn copy_with_log(path: &Path, copy: &Path) -> Result<(), VaultError> {
    for suffix in ["-wal", ""] {
        let (from, to) = (with_suffix(path, suffix), with_suffix(copy, suffix));
        if from.exists() {
            let copied = fs::copy(&from, &to).and_then(|_| File::open(&to)?.sync_all());
            copied.map_err(|_| VaultError::Storage)?;
        }
    }
    Ok(())
}

/// Keeps a copy of the damaged database at `path` under a name that is free.
pub(super) fn put_aside(path: &Path) -> Result<(), VaultError> {
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    let mut number = 1;
    let mut copy = quarantine(path, number);
    while is_there(&copy) || is_there(&with_suffix(&copy, "-wal")) {
        number += 1;
        copy = quarantine(path, number);
    }
    copy_with_log(path, &copy)
}

/// Gives the whole file at `unfinished` its name for good, in place of what stands there.
pub(super) fn place(unfinished: &Path, path: &Path) -> Result<(), VaultError> {
    // The log of another file must not be replayed into this one.
    for suffix in ["-wal", "-shm", "-journal"] {
        remove(&with_suffix(path, suffix))?;
    }
    remove(&with_suffix(unfinished, ".lock"))?;
    if path.exists() {
        // After a loss of power, that log must not be back beside the new file, nor a copy
        // that was put aside be missing.
        sync_folder(path)?;
    }
    let synced = File::open(unfinished).and_then(|file| file.sync_all());
    synced.and_then(|()| fs::rename(unfinished, path)).map_err(|_| VaultError::Storage)?;
    let _ = remove(&with_suffix(unfinished, ".lock"));
    sync_folder(path)
}

/// Makes durable which files are in the folder of `path`.
fn sync_folder(path: &Path) -> Result<(), VaultError> {
    // Not every system can open one.
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        folder.sync_all().map_err(|_| VaultError::Storage)?;
    }
    Ok(())
}

/// `path` with `suffix` behind its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Writes a copy that is whole or not there.
fn keep_copy(connection: &Connection, copy: &Path) -> Result<(), VaultError> {
    let unfinished = with_suffix(copy, ".part");
    // A run that was broken off may have left one.
    remove_with_log(&unfinished)?;
    let name = unfinished.to_str().ok_or(VaultError::Storage)?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(failure)?;
    place(&unfinished, copy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::database::Database;

    /// A second version that does not exist.
    const WIDER: &str =
        "ALTER TABLE record ADD COLUMN more BLOB; DELETE FROM slot WHERE tries = 7;";
    const TWO: [&str; 2] = [MIGRATIONS[0], WIDER];

    /// A vault's file of version 1 with a row in it.
    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        let database = Database::create(&path).unwrap();
        let row = "INSERT INTO record VALUES (x'07', x'0102')";
        database.connection().execute(row, []).unwrap();
        database.close().unwrap();
        (folder, path)
    }

    fn open(path: &Path) -> Connection {
        Connection::open(path).unwrap()
    }

    fn rows(connection: &Connection) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut statement = connection.prepare("SELECT id, sealed FROM record").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "vault.lock");
        names.sort();
        names
    }

    #[test]
    fn an_older_file_is_brought_up_and_a_copy_of_it_is_kept() {
        let (folder, path) = file();
        let mut connection = open(&path);
        migrate_with(&mut connection, &path, &TWO).unwrap();
        // Once, and no more.
        migrate_with(&mut connection, &path, &TWO).unwrap();

        assert_eq!(version(&connection), Ok(2));
        assert_eq!(rows(&connection), [(vec![7], vec![1, 2])]);
        assert!(connection.prepare("SELECT more FROM record").is_ok());
        drop(connection);
        assert_eq!(names(folder.path()), ["vault", "vault.before-2"]);
        let kept = open(&folder.path().join("vault.before-2"));
        assert_eq!(version(&kept), Ok(1));
        assert_eq!(rows(&kept), [(vec![7], vec![1, 2])]);
        assert!(kept.prepare("SELECT more FROM record").is_err());
    }

    #[test]
    fn a_migration_that_fails_leaves_the_older_version_and_all_that_was_in_it() {
        let (folder, path) = file();
        let broken = format!("DELETE FROM record; {WIDER} INSERT INTO nowhere VALUES (1);");
        let mut connection = open(&path);

        let failed = migrate_with(&mut connection, &path, &[MIGRATIONS[0], &broken]);
        assert_eq!(failed, Err(VaultError::Storage));
        assert_eq!(version(&connection), Ok(1));
        assert_eq!(rows(&connection), [(vec![7], vec![1, 2])]);
        assert!(connection.prepare("SELECT more FROM record").is_err());
        drop(connection);
        // The next attempt, with one that works, finds the way clear.
        migrate_with(&mut open(&path), &path, &TWO).unwrap();
        assert_eq!(version(&open(&path)), Ok(2));
        assert_eq!(names(folder.path()), ["vault", "vault.before-2"]);
    }

    #[test]
    fn of_several_migrations_the_ones_before_a_failure_stay() {
        let (_folder, path) = file();
        let mut connection = open(&path);

        let repeated = "INSERT INTO record (id, sealed) VALUES (x'07', x'00')";
        let failed = migrate_with(&mut connection, &path, &[TWO[0], TWO[1], repeated]);
        assert_eq!(failed, Err(VaultError::Storage));
        assert_eq!(version(&connection), Ok(2));
        assert_eq!(rows(&connection), [(vec![7], vec![1, 2])]);
    }

    #[test]
    fn a_newer_file_is_refused_and_left_as_it_is_bit_by_bit() {
        let (folder, path) = file();
        migrate_with(&mut open(&path), &path, &TWO).unwrap();
        remove_with_log(&kept_copy(&path, 2)).unwrap();
        let before = fs::read(&path).unwrap();

        let refused = Database::open(&path).map(drop);
        assert_eq!(refused, Err(VaultError::NewerVersion { found: 2, supported: 1 }));
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(names(folder.path()), ["vault"]);
    }

    #[test]
    fn a_copy_that_was_broken_off_is_made_anew_and_never_taken_for_one() {
        let (folder, path) = file();
        fs::write(folder.path().join("vault.before-2.part"), b"half").unwrap();
        migrate_with(&mut open(&path), &path, &TWO).unwrap();

        assert_eq!(names(folder.path()), ["vault", "vault.before-2"]);
        assert_eq!(version(&open(&folder.path().join("vault.before-2"))), Ok(1));
    }

    #[test]
    fn a_migration_that_runs_out_of_room_anywhere_leaves_the_older_version() {
        let wide = "CREATE TABLE wide (id INTEGER PRIMARY KEY, body BLOB) STRICT;
                    INSERT INTO wide VALUES (1, zeroblob(9000)), (2, zeroblob(9000));
                    UPDATE record SET sealed = zeroblob(9000);
                    INSERT INTO wide VALUES (3, zeroblob(9000));";
        let migrations = [MIGRATIONS[0], wide];
        let mut refused = 0;
        for room in 0.. {
            let (folder, path) = file();
            let mut connection = open(&path);
            let pages: u32 =
                connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
            connection.pragma_update(None, "max_page_count", pages + room).unwrap();
            let migrated = migrate_with(&mut connection, &path, &migrations);
            if migrated.is_ok() {
                break;
            }
            refused += 1;
            assert_eq!(migrated, Err(VaultError::StorageFull));
            assert_eq!(version(&connection), Ok(1));
            assert_eq!(rows(&connection), [(vec![7], vec![1, 2])]);
            drop(connection);
            migrate_with(&mut open(&path), &path, &migrations).unwrap();
            assert_eq!(version(&open(&folder.path().join("vault.before-2"))), Ok(1));
        }
        assert!(refused > 5, "{refused}");
    }
}
