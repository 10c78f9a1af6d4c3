//! How old a damaged file is: it is the newest only where that is proved.

mod support;

use std::fs;

use authenticator_core::vault::{Entry, Older, PinCost, VaultError};
use authenticator_core::{Authenticator, Protection};
use support::{Folder, add, moment, open_damaged, pin, tamper, totp};

/// A vault in whose place an older copy was put, with three changes missing; it is then
/// damaged by `text`.
fn rolled_back(text: &str) -> Folder {
    let folder = Folder::new();
    let vault = folder.create();
    add(&vault, Entry::new(totp("Ex", "person 0", 1)));
    vault.suspend().unwrap();
    let older = fs::read(folder.vault()).unwrap();
    vault.resume().unwrap();
    let id = add(&vault, Entry::new(totp("Ex", "person 1", 2)));
    support::purge(&vault, &[id], moment(0));
    drop(vault);
    fs::write(folder.vault(), older).unwrap();
    tamper(&folder, text);
    folder
}

#[test]
fn an_older_file_is_not_taken_for_the_newest_because_it_is_damaged() {
    let folder = rolled_back("PRAGMA user_version = 0");
    let opened = Authenticator::open(&folder.vault(), folder.platform());
    assert_eq!(opened.map(drop), Err(VaultError::Damaged));
    let file = fs::read(folder.vault()).unwrap();

    let vault = open_damaged(&folder);
    assert_eq!(vault.unlock_with_platform(moment(0)).unwrap().rolled_back, Some(3));
    let report = vault.salvaged(moment(0)).unwrap().unwrap();
    assert_eq!((report.rolled_back, report.is_complete), (Some(3), false));
    let refused = vault.repair(Older::Refuse, moment(0));
    assert_eq!(refused, Err(VaultError::RolledBack { missing: 3 }));
    assert_eq!(fs::read(folder.vault()).unwrap(), file);
    assert!(!folder.path("vault.damaged-1").exists());

    assert_eq!(vault.repair(Older::Accept, moment(0)), Ok(report));
    drop(vault);
    let vault = folder.open();
    assert_eq!(vault.unlock_with_platform(moment(0)).unwrap().rolled_back, None);
    assert_eq!(vault.items(moment(0)).unwrap().len(), 1);
}

#[test]
fn without_a_header_that_is_proved_nothing_is_the_newest() {
    let say_newest = "UPDATE header SET body = CAST(substr(body, 1, 37) || x'0000000000000005' ||
                      substr(body, 46) AS BLOB); PRAGMA user_version = 0";
    for text in ["DELETE FROM header", say_newest] {
        let folder = rolled_back(text);
        let vault = open_damaged(&folder);
        let unlocked = vault.unlock_with_platform(moment(0)).unwrap();
        // What is lost, or says that it is the newest, tells nothing of the file's age.
        assert_eq!(unlocked.rolled_back, None, "{text}");
        assert_eq!(vault.resume(), Ok(()));
        let report = vault.salvaged(moment(0)).unwrap().unwrap();
        assert_eq!((report.rolled_back, report.is_complete), (None, false), "{text}");
        let refused = vault.repair(Older::Refuse, moment(0));
        assert!(matches!(refused, Err(VaultError::RolledBack { .. })), "{text}");
        let _ = vault.repair(Older::Accept, moment(0)).unwrap();
        drop(vault);
        let vault = folder.open();
        assert_eq!(vault.unlock_with_platform(moment(0)).unwrap().rolled_back, None);
        // What was in the header is as its slots say.
        vault.set_pin(&pin("482913"), PinCost::FLOOR, moment(0)).unwrap();
        assert_eq!(vault.protection(), Ok(Protection::PlatformOrPin));
    }
}

#[test]
fn what_the_guard_is_told_after_the_file_was_looked_at_counts() {
    let folder = Folder::new();
    let vault = folder.create();
    vault.set_pin(&pin("482913"), PinCost::FLOOR, moment(0)).unwrap();
    drop(vault);
    let other = folder.path("other");
    fs::copy(folder.vault(), &other).unwrap();
    tamper(&folder, "PRAGMA user_version = 0");
    let vault = open_damaged(&folder);
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    assert!(vault.salvaged(moment(0)).unwrap().unwrap().is_complete);

    // Another copy, with the same guard, goes on.
    let another = Authenticator::open(&other, folder.platform()).unwrap();
    let _ = another.unlock_with_platform(moment(0)).unwrap();
    add(&another, Entry::new(totp("Ex", "al", 1)));
    // Which this one hears of when it asks the guard for the PIN's tries.
    vault.prove_presence_with_pin(&pin("482913"), moment(1)).unwrap();
    let refused = vault.repair(Older::Refuse, moment(1));
    assert_eq!(refused, Err(VaultError::RolledBack { missing: 1 }));
}
