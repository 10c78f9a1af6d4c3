//! Rows that somebody altered, who knows the format and not the key: the vault is not
//! unlocked.

mod support;

use std::fs;

use authenticator_core::vault::{Edit, Entry, PinCost, VaultError};
use authenticator_core::{Authenticator, Platform};
use proptest::prelude::*;
use ring::digest::{SHA256, digest};
use rusqlite::{Connection, params};
use support::snapshot::snapshot;
use support::{Folder, add, memory, moment, pin, totp};

/// A closed vault with accounts, a PIN and a recovery key, and its folder.
fn vault() -> (Folder, Platform) {
    let folder = Folder::new();
    let (platform, _) = memory::platform();
    let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
    let id = add(&vault, Entry::new(totp("Ex", "al", 1)));
    add(&vault, Entry::new(totp("Ex", "bo", 2)));
    vault.edit(id, vec![Edit::Name("cy".to_owned())], moment(0)).unwrap();
    vault.set_pin(&pin("482913"), PinCost::FLOOR, moment(0)).unwrap();
    vault.issue_recovery_key(None, moment(0)).unwrap();
    (folder, platform)
}

/// What an unlock with the platform's key says after `sql` was run on the closed vault.
fn after(vault: &(Folder, Platform), sql: &str) -> Result<(), VaultError> {
    let copy = Folder::new();
    fs::copy(vault.0.vault(), copy.vault()).unwrap();
    let connection = Connection::open(copy.vault()).unwrap();
    connection.execute_batch(sql).unwrap();
    assert!(connection.total_changes() > 0, "{sql} changes nothing");
    drop(connection);
    let vault = Authenticator::open(&copy.vault(), vault.1.clone())?;
    vault.unlock_with_platform(moment(0)).map(drop)
}

#[test]
fn rows_that_were_swapped_deleted_or_repeated_are_noticed() {
    let vault = vault();
    // Changes nothing that counts: the search itself finds no fault.
    assert_eq!(after(&vault, "UPDATE slot SET tries = 1"), Ok(()));

    let first = "(SELECT min(id) FROM record)";
    let last = "(SELECT max(id) FROM record)";
    let other = "x'00112233445566778899aabbccddeeff'";
    for sql in [
        // Contents under each other's id.
        format!(
            "CREATE TEMP TABLE t AS SELECT * FROM record WHERE id IN ({first}, {last});
             UPDATE record SET sealed = (SELECT sealed FROM t WHERE t.id = {last}) WHERE id = {first};
             UPDATE record SET sealed = (SELECT sealed FROM t WHERE t.id <> {last}) WHERE id = {last};"
        ),
        // And with the ids inside swapped as well, so that only the seal is in the way.
        format!(
            "CREATE TEMP TABLE t AS SELECT * FROM record WHERE id IN ({first}, {last});
             UPDATE record SET sealed = (SELECT CAST(substr(sealed, 1, 16) || record.id || substr(sealed, 33) AS BLOB)
                 FROM t WHERE t.id <> record.id) WHERE id IN ({first}, {last});"
        ),
        format!("DELETE FROM record WHERE id = {first}"),
        format!("DELETE FROM record WHERE id = {last}"),
        "DELETE FROM record".to_owned(),
        format!("INSERT INTO record SELECT {other}, sealed FROM record WHERE id = {first}"),
        format!(
            "INSERT INTO record SELECT {other},
                 CAST(substr(sealed, 1, 16) || {other} || substr(sealed, 33) AS BLOB)
             FROM record WHERE id = {first}"
        ),
        format!("UPDATE record SET id = {other} WHERE id = {first}"),
        format!("UPDATE record SET id = substr(id, 1, 15) WHERE id = {first}"),
        // Cut short, and longer.
        format!("UPDATE record SET sealed = substr(sealed, 1, 100) WHERE id = {first}"),
        format!("UPDATE record SET sealed = x'' WHERE id = {first}"),
        format!("UPDATE record SET sealed = CAST(sealed || x'00' AS BLOB) WHERE id = {first}"),
    ] {
        assert_eq!(after(&vault, &sql), Err(VaultError::Damaged), "{sql}");
    }
}

#[test]
fn a_header_that_was_altered_is_noticed() {
    let vault = vault();

    // Format, vault, device, key generation, generation, mode.
    for (place, value) in [(1, "02"), (2, "00"), (18, "00"), (37, "02"), (45, "63"), (46, "02")] {
        let sql = format!(
            "UPDATE header SET body =
                 CAST(substr(body, 1, {place} - 1) || x'{value}' || substr(body, {place} + 1) AS BLOB)"
        );
        assert_eq!(after(&vault, &sql), Err(VaultError::Damaged), "{sql}");
    }
    for sql in [
        "UPDATE header SET body = CAST(body || x'00' AS BLOB)",
        "UPDATE header SET body = substr(body, 1, 45)",
        "UPDATE header SET root = zeroblob(32)",
        "UPDATE header SET root = x''",
        "DELETE FROM header",
        "DROP TABLE record; DELETE FROM header",
        "PRAGMA user_version = 0; UPDATE slot SET tries = 0",
    ] {
        assert_eq!(after(&vault, sql), Err(VaultError::Damaged), "{sql}");
    }
    let newer = after(&vault, "PRAGMA user_version = 3; UPDATE slot SET tries = 0");
    assert_eq!(newer, Err(VaultError::NewerVersion { found: 3, supported: 2 }));
    let foreign = after(&vault, "PRAGMA application_id = 7; UPDATE slot SET tries = 0");
    assert_eq!(foreign, Err(VaultError::NotAVault));
}

#[test]
fn a_slot_that_was_removed_added_or_altered_is_noticed() {
    let (mine, others) = (vault(), vault());
    let kind = |kind: u8| format!("substr(body, 2, 1) = x'0{kind}'");
    let attach = format!("ATTACH '{}' AS other; ", others.0.vault().display());

    for sql in [
        format!("DELETE FROM slot WHERE {}", kind(2)),
        format!("DELETE FROM slot WHERE {}", kind(3)),
        // Another vault's, beside and instead.
        format!("{attach} INSERT INTO slot SELECT * FROM other.slot WHERE {}", kind(2)),
        format!(
            "{attach} DELETE FROM slot WHERE {0}; INSERT INTO slot SELECT * FROM other.slot WHERE {0}",
            kind(3)
        ),
        format!("UPDATE slot SET digest = zeroblob(32) WHERE {}", kind(2)),
        format!("UPDATE slot SET digest = x'00' WHERE {}", kind(2)),
        // A destroyed slot's digest stays, too.
        format!("UPDATE slot SET body = NULL, digest = zeroblob(32) WHERE {}", kind(2)),
    ] {
        assert_eq!(after(&mine, &sql), Err(VaultError::Damaged), "{sql}");
    }
    // The platform's own: there is nothing left to unlock with, or another's secret.
    let gone = after(&mine, &format!("DELETE FROM slot WHERE {}", kind(1)));
    assert_eq!(gone, Err(VaultError::SlotMissing));
    let instead = format!(
        "{attach} DELETE FROM slot WHERE {0}; INSERT INTO slot SELECT * FROM other.slot WHERE {0}",
        kind(1)
    );
    assert_eq!(after(&mine, &instead), Err(VaultError::Damaged));
}

#[test]
fn parameters_outside_their_bounds_are_refused_before_a_try_is_counted() {
    for (place, value, expected) in [
        // Memory, passes, lanes: below, above, none.
        (40, 19_455_u32, VaultError::UnsafeParameters),
        (40, 65_537, VaultError::UnsafeParameters),
        (44, 1, VaultError::UnsafeParameters),
        (44, 65, VaultError::UnsafeParameters),
        (48, 0, VaultError::UnsafeParameters),
        (48, 2, VaultError::UnsafeParameters),
    ] {
        let folder = Folder::new();
        let (platform, guard) = memory::platform();
        let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
        vault.set_pin(&pin("482913"), PinCost::FLOOR, moment(0)).unwrap();
        drop(vault);
        let connection = Connection::open(folder.vault()).unwrap();
        let read = "SELECT id, body FROM slot WHERE substr(body, 2, 1) = x'02'";
        let (id, mut body): (Vec<u8>, Vec<u8>) =
            connection.query_row(read, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        body[place..place + 4].copy_from_slice(&value.to_be_bytes());
        // With a digest that is right, as somebody would write it.
        let digest = digest(&SHA256, &body).as_ref().to_vec();
        let write = "UPDATE slot SET body = ?2, digest = ?3 WHERE id = ?1";
        connection.execute(write, params![id, body, digest]).unwrap();
        drop(connection);
        let state = guard.only_state();

        let vault = Authenticator::open(&folder.vault(), platform).unwrap();
        let refused = vault.unlock_with_pin(&pin("482913"), moment(0));
        assert_eq!(refused, Err(expected), "{place}: {value}");
        assert_eq!(vault.unlock_with_platform(moment(0)), Err(VaultError::Damaged));
        drop(vault);

        assert_eq!(guard.only_state(), state);
        let connection = Connection::open(folder.vault()).unwrap();
        let tries = connection.query_row("SELECT sum(tries) FROM slot", [], |row| row.get(0));
        assert_eq!(tries, Ok(0));
    }
}

/// The closed file after each of some changes.
fn history(changes: &[u8]) -> (Vec<Vec<u8>>, Platform) {
    let folder = Folder::new();
    let (platform, _) = memory::platform();
    let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
    let id = add(&vault, Entry::new(totp("Ex", "al", 1)));
    let mut states = Vec::new();
    for (number, change) in (0..).zip(changes) {
        match change {
            0 => drop(add(&vault, Entry::new(totp("Ex", "bo", number)))),
            1 => vault.edit(id, vec![Edit::Name(number.to_string())], moment(0)).unwrap(),
            2 => vault.note_use(id, moment(0)).unwrap(),
            3 => vault.undo(moment(0)).unwrap(),
            _ => vault.rotate(Default::default(), moment(0)).unwrap(),
        }
        // Suspended, the file is whole.
        vault.suspend().unwrap();
        states.push(fs::read(folder.vault()).unwrap());
        vault.resume().unwrap();
        // The account itself may be gone with an undo.
        if vault.item(id, moment(0)).is_err() {
            vault.undo(moment(0)).unwrap();
            vault.suspend().unwrap();
            *states.last_mut().unwrap() = fs::read(folder.vault()).unwrap();
            vault.resume().unwrap();
        }
    }
    drop(vault);
    (states, platform)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn an_older_file_put_back_is_told_whatever_happened_since(
        changes in proptest::collection::vec(0..5_u8, 2..8),
    ) {
        let (states, platform) = history(&changes);
        let folder = Folder::new();
        let mut unlocked = Vec::new();
        for file in &states {
            fs::write(folder.vault(), file).unwrap();
            let vault = Authenticator::open(&folder.vault(), platform.clone()).unwrap();
            unlocked.push(vault.unlock_with_platform(moment(0)).unwrap().rolled_back);
            // It is read, and not written to.
            prop_assert!(snapshot(&vault, moment(0)).is_ok());
            let refused = vault.waive_recovery("no", moment(0));
            if let Some(missing) = unlocked.last().unwrap() {
                prop_assert_eq!(refused, Err(VaultError::RolledBack { missing: *missing }));
            }
        }
        // Each but the newest, the older the more is missing.
        prop_assert_eq!(unlocked.pop(), Some(None));
        prop_assert!(unlocked.iter().all(Option::is_some));
        prop_assert!(unlocked.windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn a_row_put_back_in_its_older_version_is_noticed(
        changes in proptest::collection::vec(0..5_u8, 3..8),
        older in any::<prop::sample::Index>(),
    ) {
        let (states, platform) = history(&changes);
        let (older, newest) =
            (&states[older.index(states.len() - 1)], states.last().unwrap());
        let folder = Folder::new();
        fs::write(folder.vault(), newest).unwrap();
        fs::write(folder.path("older"), older).unwrap();
        let connection = Connection::open(folder.vault()).unwrap();
        let sql = format!(
            "ATTACH '{}' AS older;
             UPDATE record SET sealed = (SELECT sealed FROM older.record o WHERE o.id = record.id)
             WHERE id = (SELECT r.id FROM record r JOIN older.record o USING (id)
                         WHERE r.sealed <> o.sealed LIMIT 1)",
            folder.path("older").display()
        );
        connection.execute_batch(&sql).unwrap();
        let altered = connection.total_changes() > 0;
        drop(connection);

        let vault = Authenticator::open(&folder.vault(), platform).unwrap();
        let unlocked = vault.unlock_with_platform(moment(0));
        if altered {
            prop_assert_eq!(unlocked, Err(VaultError::Damaged));
        } else {
            prop_assert!(unlocked.is_ok());
        }
    }
}

#[test]
fn tables_that_are_not_the_formats_are_no_vault_and_run_nothing() {
    let vault = vault();
    let ids = "INSERT INTO other (id, digest) SELECT id, digest FROM slot;
               DROP TABLE slot; ALTER TABLE other RENAME TO slot";
    for sql in [
        // Without its key, a table takes each row twice, and what is purged stays.
        "CREATE TABLE other (id BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
         INSERT INTO other SELECT * FROM record; INSERT INTO other SELECT * FROM record;
         DROP TABLE record; ALTER TABLE other RENAME TO record"
            .to_owned(),
        // A column that is computed would be so by whoever reads it.
        format!(
            "CREATE TABLE other (id BLOB PRIMARY KEY, digest BLOB NOT NULL,
                 body BLOB AS (zeroblob(900000000)), tries INTEGER NOT NULL DEFAULT 0, tried BLOB)
                 STRICT, WITHOUT ROWID; {ids}"
        ),
        // And a check by whoever looks whether the file is sound.
        format!(
            "CREATE TABLE other (id BLOB PRIMARY KEY, digest BLOB NOT NULL, body BLOB,
                 tries INTEGER NOT NULL DEFAULT 0, tried BLOB,
                 CHECK (length(hex(zeroblob(400000000))) > 1)) STRICT, WITHOUT ROWID;
             PRAGMA ignore_check_constraints = ON; {ids}"
        ),
        "CREATE TABLE more (id INTEGER); INSERT INTO more VALUES (1)".to_owned(),
        "CREATE INDEX more ON record (sealed); UPDATE slot SET tries = 1".to_owned(),
        "CREATE VIEW more AS SELECT 1; UPDATE slot SET tries = 1".to_owned(),
    ] {
        assert_eq!(after(&vault, &sql), Err(VaultError::Damaged), "{sql}");
        // What is left of it is looked for in the bare bytes, where that is the safer way.
        let copy = Folder::new();
        fs::copy(vault.0.vault(), copy.vault()).unwrap();
        Connection::open(copy.vault()).unwrap().execute_batch(&sql).unwrap();
        let Ok(left) = Authenticator::open_damaged(&copy.vault(), vault.1.clone()) else {
            continue;
        };
        if left.unlock_with_platform(moment(0)).is_ok() {
            assert_eq!(left.salvaged(moment(0)).unwrap().unwrap().accounts, 2, "{sql}");
        }
    }
}
