//! What a hostile review tried: each of these would have cost a person the vault, or
//! given somebody else a way in.

mod support;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use authenticator_core::vault::{
    AutoLock, Duplicates, Entry, GuardError, Older, PinCost, RollbackGuard, VaultError, VaultId,
};
use authenticator_core::{Authenticator, Platform, Protection, SlotSecrets};
use support::{Folder, add, memory, moment, pin, purge, tamper, totp};

const PIN: &str = "482913";

fn entry(number: u8) -> Entry {
    Entry::new(totp("Ex", &format!("p{number}"), number))
}

#[test]
fn no_limit_is_so_short_that_it_locks_its_owner_out() {
    let folder = Folder::new();
    let vault = folder.create();
    let id = add(&vault, entry(1));
    let short = AutoLock { foreground: Some(Duration::ZERO), background: None };
    vault.set_auto_lock(short, Duration::ZERO, moment(0)).unwrap();
    drop(vault);

    let vault = folder.open();
    let _ = vault.unlock_with_platform(moment(1)).unwrap();
    assert!(vault.reveal(id, moment(1)).is_ok());
    vault.set_auto_lock(AutoLock::default(), Duration::from_secs(30), moment(1)).unwrap();
    assert!(vault.items(moment(60)).is_ok());
}

#[test]
fn drawing_codes_keeps_no_vault_open_and_a_person_does() {
    let folder = Folder::new();
    let vault = folder.create();
    add(&vault, entry(1));

    for second in 0..299 {
        vault.codes(moment(second).wall, moment(second)).unwrap();
        vault.items(moment(second)).unwrap();
    }
    vault.note_interaction(moment(299));
    assert!(vault.codes(moment(598).wall, moment(598)).is_ok());
    assert!(matches!(vault.codes(moment(599).wall, moment(599)), Err(VaultError::Locked)));
}

#[test]
fn a_generation_that_nothing_proves_does_not_reach_the_guard() {
    let forged = "UPDATE header SET body =
        CAST(substr(body, 1, 37) || x'FFFFFFFFFFFFFFFE' || substr(body, 46) AS BLOB)";
    let folder = Folder::new();
    let vault = folder.create();
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    drop(vault);
    let genuine = fs::read(folder.vault()).unwrap();
    tamper(&folder, forged);
    let vault = folder.open();
    assert_eq!(vault.unlock_with_pin(&pin(PIN), moment(0)), Err(VaultError::Damaged));
    // What an app draws next.
    assert!(matches!(vault.items(moment(0)), Err(VaultError::Locked)));
    drop(vault);
    let wreck = Authenticator::open_damaged(&folder.vault(), folder.platform()).unwrap();
    let _ = wreck.unlock_with_platform(moment(0)).unwrap();
    drop(wreck);
    // Nor as the first that a guard hears of a vault.
    let state = fs::read_dir(folder.vault().parent().unwrap()).unwrap().flatten();
    let state = state
        .map(|file| file.path())
        .find(|path| path.extension().is_some_and(|end| end == "guard"));
    let kept = fs::read(state.as_ref().unwrap()).unwrap();
    fs::remove_file(state.as_ref().unwrap()).unwrap();
    let wreck = Authenticator::open_damaged(&folder.vault(), folder.platform()).unwrap();
    assert!(wreck.unlock_with_platform(moment(0)).unwrap().guard_was_missing);
    drop(wreck);
    let told = fs::read(state.as_ref().unwrap()).unwrap();
    assert_eq!(told[1..9], [0; 8]);
    fs::write(state.unwrap(), kept).unwrap();

    fs::write(folder.vault(), genuine).unwrap();
    let vault = folder.open();
    assert_eq!(vault.unlock_with_pin(&pin(PIN), moment(0)).unwrap().rolled_back, None);
    add(&vault, entry(1));
}

#[test]
fn the_right_pin_of_a_damaged_vault_is_no_wrong_try() {
    let folder = Folder::new();
    let vault = folder.create();
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    drop(vault);
    tamper(&folder, "UPDATE header SET root = zeroblob(32)");

    let vault = folder.open();
    for _ in 0..12 {
        assert_eq!(vault.unlock_with_pin(&pin(PIN), moment(0)), Err(VaultError::Damaged));
    }
}

#[test]
fn a_pin_that_was_taken_away_opens_no_older_file() {
    let folder = Folder::new();
    let vault = folder.create();
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    drop(vault);
    let older = fs::read(folder.vault()).unwrap();
    let vault = folder.open();
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    vault.protect(Protection::Platform, SlotSecrets::default(), moment(0)).unwrap();
    drop(vault);
    fs::write(folder.vault(), older).unwrap();

    let refused = folder.open().unlock_with_pin(&pin(PIN), moment(0));
    assert_eq!(refused, Err(VaultError::WrongSecret { tries_left: Some(9) }));
}

#[test]
fn tries_of_an_old_pin_do_not_count_against_a_new_one() {
    let folder = Folder::new();
    let vault = folder.create();
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    vault.lock();
    for wrong in 1..10 {
        assert!(vault.unlock_with_pin(&pin("482914"), moment(1_000 * wrong)).is_err());
    }
    assert_eq!(vault.pin_tries(moment(10_000)).unwrap().left, 1);
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    vault.set_pin(&pin("739105"), PinCost::FLOOR, moment(0)).unwrap();
    vault.lock();
    let wrong = vault.unlock_with_pin(&pin(PIN), moment(0));
    assert_eq!(wrong, Err(VaultError::WrongSecret { tries_left: Some(9) }));
}

#[test]
fn a_slot_that_somebody_broke_is_no_reason_to_refuse_the_others() {
    let folder = Folder::new();
    let vault = folder.create();
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    drop(vault);
    tamper(&folder, "UPDATE slot SET body = x'00' WHERE substr(body, 2, 1) = x'02'");

    let vault = folder.open();
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    vault.enrol_platform(moment(0)).unwrap();
    vault.set_pin(&pin("739105"), PinCost::FLOOR, moment(0)).unwrap();
    vault.lock();
    let _ = vault.unlock_with_pin(&pin("739105"), moment(0)).unwrap();
}

#[test]
fn a_recovery_key_that_somebody_hid_does_not_survive_the_next_one() {
    let folder = Folder::new();
    let vault = folder.create();
    let old = vault.issue_recovery_key(None, moment(0)).unwrap();
    drop(vault);
    // In a file of its own: a vault with a table that is none of its is no vault.
    let beside = format!("ATTACH '{}' AS beside;", folder.path("kept").display());
    tamper(
        &folder,
        &(beside.clone()
            + "CREATE TABLE beside.kept AS SELECT * FROM slot WHERE substr(body, 2, 1) = x'03';
               UPDATE slot SET body = NULL WHERE substr(body, 2, 1) = x'03'"),
    );
    let vault = folder.open();
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    assert!(!vault.has_recovery_key());
    vault.issue_recovery_key(None, moment(0)).unwrap();
    drop(vault);
    // In place of the new one, which would be asked first.
    tamper(
        &folder,
        &(beside
            + "DELETE FROM slot WHERE substr(body, 2, 1) = x'03';
               INSERT INTO slot SELECT * FROM kept"),
    );

    let refused = folder.open().unlock_with_recovery_key(&old, moment(0));
    assert_eq!(refused, Err(VaultError::Damaged));
}

#[test]
fn a_confirmed_recovery_key_stays_confirmed_through_a_rotation() {
    let folder = Folder::new();
    let vault = folder.create();
    let key = vault.issue_recovery_key(None, moment(0)).unwrap();
    assert_eq!(vault.is_recovery_key_confirmed(moment(0)), Ok(false));
    vault.confirm_recovery_key(&key, moment(0)).unwrap();
    let secrets = SlotSecrets { pin: None, recovery_key: Some(&key) };
    vault.rotate(secrets, moment(0)).unwrap();
    assert_eq!(vault.is_recovery_key_confirmed(moment(0)), Ok(true));

    vault.issue_recovery_key(None, moment(0)).unwrap();
    assert_eq!(vault.is_recovery_key_confirmed(moment(0)), Ok(false));
}

#[test]
fn recovery_is_settled_by_a_confirmed_key_or_a_waiver_and_a_pin_alone_waits_for_that() {
    let folder = Folder::new();
    let vault = folder.create();
    let (now, chosen) = (moment(0), pin("482913"));
    let secrets = SlotSecrets { pin: Some((&chosen, PinCost::FLOOR)), recovery_key: None };
    assert_eq!(vault.is_recovery_settled(now), Ok(false));
    let refused = vault.protect(Protection::PlatformAndPin, secrets, now);
    assert_eq!(refused, Err(VaultError::RecoveryNeeded));
    let key = vault.issue_recovery_key(None, now).unwrap();
    assert_eq!(vault.is_recovery_settled(now), Ok(false));
    vault.confirm_recovery_key(&key, now).unwrap();
    assert_eq!(vault.is_recovery_settled(now), Ok(true));
    // The new one has to be confirmed anew, unless the person does without.
    vault.issue_recovery_key(None, now).unwrap();
    assert_eq!(vault.is_recovery_settled(now), Ok(false));
    vault.waive_recovery("a forgotten PIN loses everything", now).unwrap();
    assert_eq!(vault.is_recovery_settled(now), Ok(true));
    vault.lock();
    assert_eq!(vault.is_recovery_settled(now), Err(VaultError::Locked));
}

#[test]
fn an_app_that_left_the_screen_during_an_unlock_is_in_the_background() {
    let folder = Folder::new();
    let vault = folder.create();
    vault.lock();
    vault.enter_background(moment(1));
    let _ = vault.unlock_with_platform(moment(1)).unwrap();

    assert!(vault.is_unlocked(moment(60)));
    assert!(!vault.is_unlocked(moment(61)));

    // However long before.
    let _ = vault.unlock_with_platform(moment(50)).unwrap();
    assert!(vault.is_unlocked(moment(60)));
    assert!(!vault.is_unlocked(moment(61)));
}

#[test]
fn codes_go_on_while_the_file_is_closed() {
    let folder = Folder::new();
    let vault = folder.create();
    add(&vault, entry(1));
    vault.suspend().unwrap();

    let codes = vault.codes(moment(0).wall, moment(0)).unwrap();
    assert!(codes.len() == 1 && codes[0].1.is_ok());
}

/// A guard that cannot be reached.
struct Unreachable;

impl RollbackGuard for Unreachable {
    fn read(&self, _: &VaultId) -> Result<Option<Vec<u8>>, GuardError> {
        Err(GuardError::Unavailable)
    }

    fn replace(&self, _: &VaultId, _: &[u8]) -> Result<(), GuardError> {
        Err(GuardError::Unavailable)
    }
}

#[test]
fn without_its_guard_a_vault_can_be_read_and_not_be_written_to() {
    let folder = Folder::new();
    let vault = folder.create();
    add(&vault, entry(1));
    drop(vault);
    let platform = Platform { guard: Arc::new(Unreachable), ..folder.platform() };

    let vault = Authenticator::open(&folder.vault(), platform).unwrap();
    assert!(vault.unlock_with_platform(moment(0)).unwrap().guard_is_unavailable);
    assert_eq!(vault.items(moment(0)).unwrap().len(), 1);
    let refused = vault.add(entry(2), Duplicates::Refuse, moment(0));
    assert_eq!(refused, Err(VaultError::Guard(GuardError::Unavailable)));
}

#[test]
fn without_its_guard_a_damaged_vault_is_not_said_to_be_complete_and_fills_no_disk() {
    let folder = Folder::new();
    let vault = folder.create();
    add(&vault, entry(1));
    drop(vault);
    tamper(&folder, "PRAGMA user_version = 0");
    let platform = Platform { guard: Arc::new(Unreachable), ..folder.platform() };

    let vault = Authenticator::open_damaged(&folder.vault(), platform).unwrap();
    assert!(vault.unlock_with_platform(moment(0)).unwrap().guard_is_unavailable);
    assert!(!vault.salvaged(moment(0)).unwrap().unwrap().is_complete);
    assert_eq!(vault.verify(moment(0)), Err(VaultError::Damaged));
    for older in [Older::Refuse, Older::Accept] {
        let refused = vault.repair(older, moment(0));
        assert_eq!(refused, Err(VaultError::Guard(GuardError::Unavailable)));
    }
    assert!(!folder.path("vault.damaged-1").exists());
}

#[test]
fn a_log_that_a_crash_left_does_not_outlive_what_was_purged() {
    let folder = Folder::new();
    let vault = folder.create();
    let id = add(&vault, entry(1));
    let crashed = ["vault", "vault-wal"].map(|name| (name, fs::read(folder.path(name)).unwrap()));
    vault.note_use(id, moment(0)).unwrap();
    drop(vault);
    crashed.iter().for_each(|(name, bytes)| fs::write(folder.path(name), bytes).unwrap());

    let vault = folder.open();
    assert!(vault.unlock_with_platform(moment(0)).unwrap().rolled_back.is_some());
    vault.accept_rollback(moment(0)).unwrap();
    assert!(folder.path("vault.log").exists());
    purge(&vault, &[id], moment(0));
    assert!(!folder.path("vault.log").exists());
}

#[test]
fn a_guard_that_a_newer_version_wrote_is_left_alone() {
    let folder = Folder::new();
    let (platform, guard) = memory::platform();
    let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    drop(vault);
    let mut newer = vec![3; 90];
    let check = ring::digest::digest(&ring::digest::SHA256, &newer);
    newer.extend_from_slice(&check.as_ref()[..4]);
    guard.0.lock().unwrap().values_mut().for_each(|state| state.clone_from(&newer));

    let vault = Authenticator::open(&folder.vault(), platform).unwrap();
    let refused = vault.unlock_with_pin(&pin(PIN), moment(0));
    assert_eq!(refused, Err(VaultError::Guard(GuardError::Unavailable)));
    assert!(vault.unlock_with_platform(moment(0)).unwrap().guard_is_unavailable);
    assert_eq!(guard.only_state(), newer);
}

#[test]
fn a_repair_that_fails_leaves_the_damaged_file_and_no_copy_of_it() {
    let folder = Folder::new();
    let vault = folder.create();
    add(&vault, entry(1));
    drop(vault);
    tamper(&folder, "PRAGMA user_version = 0");
    let before = fs::read(folder.vault()).unwrap();
    let vault = Authenticator::open_damaged(&folder.vault(), folder.platform()).unwrap();
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    // In the way of the file that is to be made.
    fs::create_dir(folder.path("vault.part")).unwrap();
    for _ in 0..2 {
        assert!(vault.repair(Older::Refuse, moment(0)).is_err());
        assert_eq!(fs::read(folder.vault()).unwrap(), before);
        assert!(!folder.path("vault.damaged-1").exists());
    }

    fs::remove_dir(folder.path("vault.part")).unwrap();
    let _ = vault.repair(Older::Refuse, moment(0)).unwrap();
    assert_eq!(vault.items(moment(0)).unwrap().len(), 1);
    assert_eq!(fs::read(folder.path("vault.damaged-1")).unwrap(), before);
}
