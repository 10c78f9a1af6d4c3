//! What is known of a PIN's tries stands in the guard and in the file: setting one of them back
//! gives nothing back.

mod support;

use std::sync::Arc;

use authenticator_core::vault::{PinCost, VaultError};
use authenticator_core::{Authenticator, Platform};
use support::memory::{MemoryGuard, PlainKeys};
use support::{Folder, moment, pin};

/// A vault with a PIN, after so many wrong ones, with its guard as it was before them.
fn with_guard_set_back(folder: &Folder, wrong: u64) -> Authenticator {
    let guard = Arc::new(MemoryGuard::default());
    let platform = Platform { keys: Arc::new(PlainKeys), guard: guard.clone() };
    let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
    vault.set_pin(&pin("482913"), PinCost::FLOOR, moment(0)).unwrap();
    vault.lock();
    let before = guard.0.lock().unwrap().clone();
    for hour in 1..=wrong {
        let refused = vault.unlock_with_pin(&pin("482914"), moment(3_600 * hour));
        assert!(refused.is_err());
    }
    drop(vault);
    *guard.0.lock().unwrap() = before;
    Authenticator::open(&folder.vault(), platform).unwrap()
}

#[test]
fn tries_that_the_file_knows_stay_counted() {
    let folder = Folder::new();
    let vault = with_guard_set_back(&folder, 3);

    assert_eq!(vault.pin_tries(moment(14_400)).unwrap().left, 7);
    let wrong = vault.unlock_with_pin(&pin("482914"), moment(14_400));
    assert_eq!(wrong, Err(VaultError::WrongSecret { tries_left: Some(6) }));
}

#[test]
fn a_wait_that_the_file_knows_goes_on() {
    let folder = Folder::new();
    let vault = with_guard_set_back(&folder, 5);

    // The last one was made at the fifth hour.
    let tries = vault.pin_tries(moment(18_000 + 10)).unwrap();
    assert_eq!((tries.left, tries.wait.as_secs()), (5, 20));
    assert_eq!(vault.pin_tries(moment(18_000 + 30)).unwrap().wait.as_secs(), 0);
}

#[test]
fn a_slot_that_the_file_knows_to_be_destroyed_stays_so() {
    let folder = Folder::new();
    let vault = with_guard_set_back(&folder, 10);

    let told = vault.unlock_with_pin(&pin("482913"), moment(360_000));
    assert_eq!(told, Err(VaultError::SlotDestroyed));
    assert!(vault.unlock_with_platform(moment(360_000)).is_ok());
    drop(vault);
    // It is not only said to be: what it held is gone.
    let connection = rusqlite::Connection::open(folder.vault()).unwrap();
    let sql = "SELECT count(*) FROM slot WHERE body IS NULL";
    assert_eq!(connection.query_row(sql, [], |row| row.get(0)), Ok(1));
}

#[test]
fn where_there_is_no_vault_nothing_is_made() {
    let folder = Folder::new();
    let platform = Platform { keys: Arc::new(PlainKeys), guard: Arc::new(MemoryGuard::default()) };
    let opened = Authenticator::open(&folder.vault(), platform.clone());
    assert_eq!(opened.map(drop).unwrap_err(), VaultError::NotFound);
    let opened = Authenticator::open_damaged(&folder.vault(), platform);
    assert_eq!(opened.map(drop).unwrap_err(), VaultError::NotFound);

    assert_eq!(std::fs::read_dir(folder.vault().parent().unwrap()).unwrap().count(), 0);
}
