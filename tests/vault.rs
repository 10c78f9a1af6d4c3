//! The vault as an app uses it: what it keeps, what opens it, what it refuses.

mod support;

use authenticator_core::vault::{
    Added, Duplicates, Entry, KeyFile, Pin, PinCost, RecoveryKey, VaultError,
};
use authenticator_core::{Authenticator, Protection, Secret, SecretString, SlotSecrets};
use support::{Folder, moment, totp};

fn pin(text: &str) -> Pin {
    Pin::choose(&SecretString::new(text.to_owned())).unwrap()
}

#[test]
fn what_is_added_is_there_after_it_was_opened_again() {
    let folder = Folder::new();
    let vault = folder.create();
    let mut entry = Entry::new(totp("Ex", "al", 1));
    entry.note = Some("a note".to_owned());
    entry.tags = vec!["work".to_owned(), "bank".to_owned()];
    entry.icon = Some(vec![7; 30_000]);
    let Added::New(id) = vault.add(entry, Duplicates::Refuse, moment(0)).unwrap() else { panic!() };
    drop(vault);

    let vault = folder.open();
    assert!(matches!(vault.items(moment(0)), Err(VaultError::Locked)));
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    let items = vault.items(moment(0)).unwrap();

    assert_eq!(items.len(), 1);
    assert_eq!(items[0].id(), id);
    assert_eq!(items[0].issuer(), Some("Ex"));
    assert_eq!(items[0].tags(), ["work", "bank"]);
    assert_eq!(items[0].note(), Some("a note"));
    assert_eq!(vault.icon(id, moment(0)).unwrap(), Some(vec![7; 30_000]));
    assert_eq!(vault.verify(moment(0)), Ok(2));
}

#[test]
fn a_pin_opens_beside_the_platforms_key_and_its_tries_are_counted() {
    let folder = Folder::new();
    let vault = folder.create();
    vault.set_pin(&pin("482913"), PinCost::FLOOR, moment(0)).unwrap();
    assert_eq!(vault.protection(), Ok(Protection::PlatformOrPin));
    vault.lock();

    let wrong = vault.unlock_with_pin(&pin("482914"), moment(0));
    assert_eq!(wrong, Err(VaultError::WrongSecret { tries_left: Some(9) }));
    drop(vault);
    let vault = folder.open();
    let wrong = vault.unlock_with_pin(&pin("482914"), moment(0));
    assert_eq!(wrong, Err(VaultError::WrongSecret { tries_left: Some(8) }));
    let _ = vault.unlock_with_pin(&pin("482913"), moment(0)).unwrap();
    vault.lock();
    for left in (1..10_u8).rev() {
        let now = moment(10_000 - 1_000 * u64::from(left));
        let wrong = vault.unlock_with_pin(&pin("482914"), now);
        assert_eq!(wrong, Err(VaultError::WrongSecret { tries_left: Some(left) }));
    }
    let last = vault.unlock_with_pin(&pin("482914"), moment(10_000));
    assert_eq!(last, Err(VaultError::SlotDestroyed));
    let right = vault.unlock_with_pin(&pin("482913"), moment(20_000));
    assert_eq!(right, Err(VaultError::SlotDestroyed));
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    vault.set_pin(&pin("739105"), PinCost::FLOOR, moment(0)).unwrap();
    vault.lock();
    let _ = vault.unlock_with_pin(&pin("739105"), moment(0)).unwrap();
}

#[test]
fn both_together_need_a_recovery_key_that_was_confirmed() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let chosen = pin("482913");
    let secrets = SlotSecrets { pin: Some((&chosen, PinCost::FLOOR)), recovery_key: None };
    let refused = vault.protect(Protection::PlatformAndPin, secrets, now);
    assert_eq!(refused, Err(VaultError::RecoveryNeeded));

    let recovery = vault.issue_recovery_key(None, now).unwrap();
    let typed = RecoveryKey::parse(&recovery.text()).unwrap();
    vault.confirm_recovery_key(&typed, now).unwrap();
    let secrets = SlotSecrets { recovery_key: Some(&recovery), ..secrets };
    vault.protect(Protection::PlatformAndPin, secrets, now).unwrap();
    vault.lock();

    assert_eq!(vault.unlock_with_platform(now), Err(VaultError::SlotMissing));
    let _ = vault.unlock_with_pin(&chosen, now).unwrap();
    vault.lock();
    let _ = vault.unlock_with_recovery_key(&typed, now).unwrap();
    let again = vault.issue_recovery_key(Some((&chosen, PinCost::FLOOR)), now).unwrap();
    vault.lock();
    let old = vault.unlock_with_recovery_key(&typed, now);
    assert_eq!(old, Err(VaultError::WrongSecret { tries_left: None }));
    let _ = vault.unlock_with_recovery_key(&again, now).unwrap();
}

#[test]
fn a_slot_that_is_gone_opens_nothing_any_more_not_even_with_an_old_copy_of_its_row() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let _ = vault.add(Entry::new(totp("Ex", "al", 1)), Duplicates::Refuse, now).unwrap();
    vault.set_pin(&pin("482913"), PinCost::FLOOR, now).unwrap();
    vault.suspend().unwrap();
    std::fs::copy(folder.vault(), folder.path("before")).unwrap();
    vault.resume().unwrap();
    vault.protect(Protection::Platform, SlotSecrets::default(), now).unwrap();
    vault.lock();

    assert_eq!(vault.unlock_with_pin(&pin("482913"), now), Err(VaultError::SlotMissing));
    let _ = vault.unlock_with_platform(now).unwrap();
    assert_eq!(vault.items(now).unwrap().len(), 1);
    drop(vault);

    let connection = rusqlite::Connection::open(folder.vault()).unwrap();
    connection.execute("ATTACH ?1 AS before", [folder.path("before").to_str().unwrap()]).unwrap();
    let row_of_the_pin =
        "INSERT INTO slot SELECT * FROM before.slot WHERE substr(body, 2, 1) = x'02'";
    assert_eq!(connection.execute(row_of_the_pin, []), Ok(1));
    connection.close().unwrap();
    let vault = folder.open();
    // No try is counted: the row is not of these keys.
    for typed in ["482913", "482914"] {
        assert_eq!(vault.unlock_with_pin(&pin(typed), now), Err(VaultError::Damaged));
    }
    assert_eq!(vault.unlock_with_platform(now), Err(VaultError::Damaged));
}

#[test]
fn an_older_file_is_told_from_the_newest_and_not_written_to() {
    let folder = Folder::new();
    let now = moment(0);
    let vault = folder.create();
    let _ = vault.add(Entry::new(totp("Ex", "al", 1)), Duplicates::Refuse, now).unwrap();
    drop(vault);
    let older = std::fs::read(folder.vault()).unwrap();
    let vault = folder.open();
    let _ = vault.unlock_with_platform(now).unwrap();
    let _ = vault.add(Entry::new(totp("Ex", "bo", 2)), Duplicates::Refuse, now).unwrap();
    drop(vault);
    std::fs::write(folder.vault(), older).unwrap();

    let vault = folder.open();
    assert_eq!(vault.unlock_with_platform(now).unwrap().rolled_back, Some(1));
    assert_eq!(vault.items(now).unwrap().len(), 1);
    let refused = vault.add(Entry::new(totp("Ex", "cy", 3)), Duplicates::Refuse, now);
    assert_eq!(refused, Err(VaultError::RolledBack { missing: 1 }));
    vault.accept_rollback(now).unwrap();
    let _ = vault.add(Entry::new(totp("Ex", "cy", 3)), Duplicates::Refuse, now).unwrap();
    drop(vault);
    assert_eq!(folder.open().unlock_with_platform(now).unwrap().rolled_back, None);
}

#[test]
fn the_right_pin_does_not_make_an_older_file_the_newest() {
    let folder = Folder::new();
    let now = moment(0);
    let vault = folder.create();
    vault.set_pin(&pin("482913"), PinCost::FLOOR, now).unwrap();
    drop(vault);
    let older = std::fs::read(folder.vault()).unwrap();
    let vault = folder.open();
    let _ = vault.unlock_with_pin(&pin("482913"), now).unwrap();
    let _ = vault.add(Entry::new(totp("Ex", "al", 1)), Duplicates::Refuse, now).unwrap();
    drop(vault);
    std::fs::write(folder.vault(), older).unwrap();

    let vault = folder.open();
    assert_eq!(vault.unlock_with_pin(&pin("482913"), now).unwrap().rolled_back, Some(1));
    vault.lock();
    assert_eq!(vault.unlock_with_platform(now).unwrap().rolled_back, Some(1));
}

#[test]
fn a_wiped_vault_leaves_nothing_that_opens() {
    let folder = Folder::new();
    let vault = folder.create();
    let _ = vault.add(Entry::new(totp("Ex", "al", 1)), Duplicates::Refuse, moment(0)).unwrap();
    vault.suspend().unwrap();
    let copy = std::fs::read(folder.vault()).unwrap();
    vault.resume().unwrap();
    assert_eq!(vault.wipe(moment(1_000)), Err(VaultError::Locked));
    let _ = vault.unlock_with_platform(moment(1_000)).unwrap();
    vault.wipe(moment(1_001)).unwrap();

    assert!(matches!(vault.items(moment(1_001)), Err(VaultError::Locked)));
    drop(vault);
    assert!(!folder.vault().exists() && !folder.key().exists());
    std::fs::write(folder.vault(), copy).unwrap();
    let vault = folder.open();
    assert!(matches!(vault.unlock_with_platform(moment(1_001)), Err(VaultError::Key(_))));
}

#[test]
fn a_vault_has_one_handle_in_a_process() {
    let folder = Folder::new();
    let vault = folder.create();

    let second = Authenticator::open(&folder.vault(), folder.platform());
    assert!(matches!(second, Err(VaultError::AlreadyOpen)));
    drop(vault);
    folder.open();
}

#[test]
fn another_platforms_key_is_told_from_damage() {
    let folder = Folder::new();
    drop(folder.create());
    std::fs::remove_file(folder.key()).unwrap();
    KeyFile::create(folder.key()).unwrap();

    let refused = folder.open().unlock_with_platform(moment(0));
    assert!(matches!(refused, Err(VaultError::Key(_) | VaultError::KeyMismatch)), "{refused:?}");
}

#[test]
fn presence_wears_off_and_idleness_locks() {
    let folder = Folder::new();
    let vault = folder.create();
    let Added::New(id) =
        vault.add(Entry::new(totp("Ex", "al", 1)), Duplicates::Refuse, moment(0)).unwrap()
    else {
        panic!()
    };
    assert!(vault.reveal(id, moment(1)).is_ok());

    assert!(matches!(vault.reveal(id, moment(100)), Err(VaultError::PresenceNeeded)));
    vault.prove_presence_with_platform(moment(100)).unwrap();
    assert_eq!(
        vault.reveal(id, moment(101)).unwrap().account.secret().expose(),
        Secret::new(vec![1; 20]).expose()
    );
    assert!(vault.is_unlocked(moment(300)));
    assert!(!vault.is_unlocked(moment(101 + 300)));
    assert!(matches!(vault.items(moment(402)), Err(VaultError::Locked)));
}

#[test]
fn suspended_it_goes_on_where_it_was() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let _ = vault.add(Entry::new(totp("Ex", "al", 1)), Duplicates::Refuse, now).unwrap();
    vault.suspend().unwrap();

    assert_eq!(vault.items(now).unwrap().len(), 1);
    let refused = vault.add(Entry::new(totp("Ex", "bo", 2)), Duplicates::Refuse, now);
    assert_eq!(refused, Err(VaultError::Suspended));
    vault.resume().unwrap();
    let _ = vault.add(Entry::new(totp("Ex", "bo", 2)), Duplicates::Refuse, now).unwrap();
    assert_eq!(vault.codes(now.wall, now).unwrap().len(), 2);
}
