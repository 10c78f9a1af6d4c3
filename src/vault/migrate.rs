//! Migrations: numbered files of SQL, each run once, in one transaction each.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::VaultError;
use super::beside::{place, remove_with_log, with_suffix};
use super::connection::failure;

/// Every change of the tables, in order; the last one's number is the version of a new
/// vault.
const MIGRATIONS: [&str; 2] = [include_str!("001_vault.sql"), include_str!("002_approvals.sql")];

/// The tables of the newest version, in the order of their names, as SQLite keeps them.
fn tables() -> impl Iterator<Item = &'static str> {
    let lines = MIGRATIONS.iter().flat_map(|migration| migration.lines());
    let statements = lines.filter(|line| line.starts_with("CREATE "));
    let mut statements: Vec<_> =
        statements.map(|statement| statement.trim_end_matches(';')).collect();
    statements.sort_unstable();
    statements.into_iter()
}

/// Whether the file has the tables of its version, and nothing else: a column that is
/// computed, or a check, would be run by whoever reads, and a table without its key takes a
/// row twice.
pub(super) fn expect_tables(connection: &Connection) -> Result<(), VaultError> {
    let sql = "SELECT sql FROM sqlite_schema ORDER BY sql";
    let mut statement = connection.prepare(sql).map_err(failure)?;
    let mut rows = statement.query([]).map_err(failure)?;
    let mut expected = tables();
    while let Some(row) = rows.next().map_err(failure)? {
        let found = row.get_ref(0).map_err(failure)?;
        let found = found.as_str().map_err(|_| VaultError::Damaged)?;
        if expected.next() != Some(found) {
            return Err(VaultError::Damaged);
        }
    }
    if expected.next().is_some() { Err(VaultError::Damaged) } else { Ok(()) }
}

/// Whether reading the tables of a damaged file runs nothing that is in it: there are tables
/// alone, and no column is computed.
pub(super) fn is_plain(connection: &Connection) -> bool {
    let sql =
        "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type <> 'table' OR rootpage = 0)
               AND NOT EXISTS (SELECT 1 FROM sqlite_schema AS t, pragma_table_xinfo(t.name) AS c
                               WHERE c.hidden <> 0)";
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or(false)
}

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
    use std::fs;

    use super::*;
    use crate::vault::database::Database;

    /// Another second version than there is.
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
        // The tables are the same.
        database.connection().pragma_update(None, "user_version", 1).unwrap();
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
    fn a_file_in_which_something_would_run_is_not_plain() {
        for (sql, plain) in [
            ("", true),
            ("CREATE VIEW other AS SELECT 1", false),
            ("CREATE TABLE other (a, b AS (a + 1))", false),
            ("CREATE TRIGGER other DELETE ON record BEGIN SELECT 1; END", false),
        ] {
            let (_folder, path) = file();
            let connection = open(&path);
            connection.execute_batch(sql).unwrap();
            assert_eq!(is_plain(&connection), plain, "{sql}");
        }
    }

    #[test]
    fn a_version_that_was_never_written_is_damage_and_is_left_alone() {
        let (folder, path) = file();
        open(&path).pragma_update(None, "user_version", 0).unwrap();
        assert_eq!(Database::open(&path).map(drop), Err(VaultError::Damaged));
        assert_eq!(names(folder.path()), ["vault"]);
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
        open(&path).pragma_update(None, "user_version", 3).unwrap();
        let before = fs::read(&path).unwrap();

        let refused = Database::open(&path).map(drop);
        assert_eq!(refused, Err(VaultError::NewerVersion { found: 3, supported: 2 }));
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
