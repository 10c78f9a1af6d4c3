//! What a person sets of a vault holds, in this run and the next, and nothing else changes.

mod support;

use std::time::Duration;

use authenticator_core::vault::{AutoLock, PinCost, VaultError};
use authenticator_core::{Protection, SlotSecrets};
use support::{Folder, moment, pin};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn when_it_locks_and_how_long_a_proof_is_good_is_kept() {
    let folder = Folder::new();
    let vault = folder.create();
    let auto_lock = AutoLock { foreground: Some(20 * SECOND), background: None };
    vault.set_auto_lock(auto_lock, 7 * SECOND, moment(0)).unwrap();
    vault.waive_recovery("Nothing brings it back.", moment(6)).unwrap();
    drop(vault);

    let vault = folder.open();
    let _ = vault.unlock_with_platform(moment(10)).unwrap();
    assert_eq!(vault.auto_lock(moment(10)), Ok(auto_lock));
    assert_eq!(vault.is_recovery_settled(moment(10)), Ok(true));
    assert_eq!(vault.accept_rollback(moment(16)), Ok(()));
    assert_eq!(vault.accept_rollback(moment(17)), Err(VaultError::PresenceNeeded));
    assert!(vault.is_unlocked(moment(36)));
    assert!(!vault.is_unlocked(moment(37)));
}

#[test]
fn less_than_a_second_on_the_screen_is_a_second() {
    let folder = Folder::new();
    let vault = folder.create();
    let none = Duration::ZERO;
    let auto_lock = AutoLock { foreground: Some(none), background: Some(none) };
    vault.set_auto_lock(auto_lock, none, moment(0)).unwrap();

    let kept = AutoLock { foreground: Some(SECOND), background: Some(none) };
    assert_eq!(vault.auto_lock(moment(0)), Ok(kept));
    assert!(!vault.is_unlocked(moment(1)));
}

#[test]
fn a_waiver_has_words_and_ends_with_the_first_recovery_key_that_is_confirmed() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let settled = || vault.is_recovery_settled(now).unwrap();
    for (words, refused) in [
        ("", VaultError::RecoveryNeeded),
        (" \n", VaultError::RecoveryNeeded),
        (&"x".repeat(1_025), VaultError::TooLarge),
    ] {
        assert_eq!(vault.waive_recovery(words, now), Err(refused));
        assert!(!settled());
    }
    vault.waive_recovery(&"x".repeat(1_024), now).unwrap();
    assert!(settled());

    let key = vault.issue_recovery_key(None, now).unwrap();
    assert!(settled());
    vault.confirm_recovery_key(&key, now).unwrap();
    assert!(settled());
    // Another one, not confirmed yet: what was agreed to before is no more.
    let another = vault.issue_recovery_key(None, now).unwrap();
    assert!(!settled());
    vault.confirm_recovery_key(&another, now).unwrap();
    assert!(settled());
}

#[test]
fn a_destroyed_pin_is_told_until_there_is_another() {
    let folder = Folder::new();
    let vault = folder.create();
    vault.set_pin(&pin("482913"), PinCost::FLOOR, moment(0)).unwrap();
    vault.lock();
    // The longest wait is over long before.
    let hour = |n: u64| moment(3_600 * n);
    let tries: Vec<_> =
        (1..=10).map(|n| vault.unlock_with_pin(&pin("482914"), hour(n)).unwrap_err()).collect();
    assert_eq!(tries.last(), Some(&VaultError::SlotDestroyed));

    let _ = vault.unlock_with_platform(hour(11)).unwrap();
    vault.enrol_platform(hour(11)).unwrap();
    let told = Err(VaultError::SlotDestroyed);
    assert_eq!(vault.pin_tries(hour(11)).map(drop), told);
    vault.set_pin(&pin("739105"), PinCost::FLOOR, hour(11)).unwrap();
    assert_eq!(vault.pin_tries(hour(11)).unwrap().left, 10);

    // Taken away, it is no destroyed one.
    vault.protect(Protection::Platform, SlotSecrets::default(), hour(11)).unwrap();
    assert_eq!(vault.pin_tries(hour(11)).map(drop), Err(VaultError::SlotMissing));
}

#[test]
fn a_spare_of_the_log_goes_once_the_vault_has_proved_itself() {
    let folder = Folder::new();
    drop(folder.create());
    let spare = folder.path("vault.log");
    std::fs::write(&spare, "what a crash has left").unwrap();

    let vault = folder.open();
    assert!(spare.exists());
    let _ = vault.unlock_with_platform(moment(1)).unwrap();
    assert!(!spare.exists());
}
