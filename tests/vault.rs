//! The vault as an app uses it: what it keeps, what opens it, what it refuses.

mod support;

use authenticator_core::otp::{Account, Algorithm, CodeError, Digits, Kind};
use authenticator_core::vault::{
    Added, Duplicates, Edit, Entry, KeyFile, Pin, PinCost, RecoveryKey, VaultError,
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
fn an_account_that_is_there_already_is_never_added_in_silence() {
    let folder = Folder::new();
    let vault = folder.create();
    let add = |account: Account, duplicates| {
        vault.add(Entry::new(account), duplicates, moment(0)).unwrap()
    };
    let Added::New(first) = add(totp("Ex", "al", 1), Duplicates::Refuse) else { panic!() };

    assert_eq!(add(totp("Other", "bo", 1), Duplicates::Refuse), Added::SameAccount(first));
    assert_eq!(add(totp("EX", "Al", 2), Duplicates::Refuse), Added::SameName(first));
    assert!(matches!(add(totp("Ex", "al", 1), Duplicates::Keep), Added::New(_)));
    assert_eq!(vault.items(moment(0)).unwrap().len(), 2);

    // Nobody's account at nobody's is like no other; one that has half a name may be.
    for (issuer, name, first, likes) in
        [("", "", 3, false), ("Ex", "", 5, true), ("", "al", 7, true)]
    {
        let Added::New(id) = add(totp(issuer, name, first), Duplicates::Refuse) else { panic!() };
        let second = add(totp(issuer, name, first + 1), Duplicates::Refuse);
        assert_eq!(second == Added::SameName(id), likes, "{issuer}:{name}");
    }
}

#[test]
fn a_vault_has_room_for_twenty_thousand_accounts() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let entries = |count| vec![Entry::new(totp("Ex", "al", 1)); count];

    let added = vault.add_all(entries(20_001), Duplicates::Keep, now);
    assert_eq!(added, Err(VaultError::TooLarge));
    assert_eq!(vault.add_all(entries(19_999), Duplicates::Keep, now).unwrap().len(), 19_999);
    assert!(vault.add_all(entries(1), Duplicates::Keep, now).is_ok());
    assert_eq!(vault.add_all(entries(1), Duplicates::Keep, now), Err(VaultError::TooLarge));
    assert_eq!(vault.codes(now.wall, now).unwrap().len(), 20_000);
}

#[test]
fn the_last_change_is_undone_and_brought_back() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    assert_eq!(vault.undo(now), Err(VaultError::NothingToUndo));
    let Added::New(id) =
        vault.add(Entry::new(totp("Ex", "al", 1)), Duplicates::Refuse, now).unwrap()
    else {
        panic!()
    };
    vault.edit(id, vec![Edit::Name("bo".to_owned())], now).unwrap();

    vault.undo(now).unwrap();
    assert_eq!(vault.item(id, now).unwrap().name(), "al");
    vault.undo(now).unwrap();
    assert_eq!(vault.item(id, now).unwrap().name(), "bo");

    vault.put_in_trash(&[id], now).unwrap();
    assert!(vault.items(now).unwrap().is_empty());
    vault.undo(now).unwrap();
    assert_eq!(vault.items(now).unwrap().len(), 1);
    assert_eq!(vault.purge(&[id], now), Err(VaultError::NotInTrash));
    support::purge(&vault, &[id], now);
    assert_eq!(vault.undo(now), Err(VaultError::NothingToUndo));
    assert!(matches!(vault.item(id, now), Err(VaultError::EntryNotFound)));
}

#[test]
fn a_counter_is_durable_before_its_code_is_known_and_never_goes_back() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let parsed = Account::from_uri(
        "otpauth://hotp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex&counter=0",
    );
    let entry = Entry::new(parsed.unwrap().account);
    let Added::New(id) = vault.add(entry, Duplicates::Refuse, now).unwrap() else { panic!() };
    vault.edit(id, vec![Edit::Name("bo".to_owned())], now).unwrap();

    // RFC 4226, appendix D.
    assert_eq!(vault.next_hotp_code(id, now).unwrap().as_str(), "755224");
    assert_eq!(vault.next_hotp_code(id, now).unwrap().as_str(), "287082");
    vault.undo(now).unwrap();
    assert_eq!(vault.item(id, now).unwrap().name(), "al");
    let Kind::Hotp { counter, .. } = vault.item(id, now).unwrap().kind() else { panic!() };
    assert_eq!(counter, 2);
    assert_eq!(vault.next_hotp_code(id, now).unwrap().as_str(), "359152");
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
fn moved_accounts_stand_where_they_were_put() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let ids: Vec<_> = (0..4)
        .map(|n| {
            let entry = Entry::new(totp("Ex", &n.to_string(), n + 1));
            let Added::New(id) = vault.add(entry, Duplicates::Refuse, now).unwrap() else {
                panic!()
            };
            id
        })
        .collect();
    let order =
        || vault.items(now).unwrap().iter().map(|item| item.name().to_owned()).collect::<String>();

    vault.move_before(ids[3], Some(ids[0]), now).unwrap();
    assert_eq!(order(), "3012");
    vault.move_before(ids[0], None, now).unwrap();
    assert_eq!(order(), "3120");
    vault.edit(ids[2], vec![Edit::Pinned(true)], now).unwrap();
    assert_eq!(order(), "2310");
    // Until there is no room between two neighbours, and beyond.
    for _ in 0..40 {
        vault.move_before(ids[1], Some(ids[0]), now).unwrap();
        assert_eq!(order(), "2310");
        vault.move_before(ids[3], Some(ids[0]), now).unwrap();
        assert_eq!(order(), "2130");
    }

    // To where it stands: nothing changes, and the change before is the one that is undone.
    vault.move_before(ids[3], Some(ids[3]), now).unwrap();
    vault.undo(now).unwrap();
    assert_eq!(order(), "2310");
}

#[test]
fn a_use_is_counted_and_kept() {
    let folder = Folder::new();
    let vault = folder.create();
    let id = support::add(&vault, Entry::new(totp("Ex", "al", 1)));
    vault.note_use(id, moment(1)).unwrap();
    vault.note_use(id, moment(2)).unwrap();
    drop(vault);

    let vault = folder.open();
    let _ = vault.unlock_with_platform(moment(3)).unwrap();
    let item = vault.item(id, moment(3)).unwrap();
    assert!(format!("{item:?}").starts_with("Item { id: "));
    let usage = item.usage();
    assert_eq!((usage.count, usage.last), (2, Some(moment(2).wall)));
    support::purge(&vault, &[id], moment(3));
    assert_eq!(vault.note_use(id, moment(3)), Err(VaultError::EntryNotFound));
}

#[test]
fn a_code_is_given_with_the_one_that_follows_it() {
    let folder = Folder::new();
    let vault = folder.create();
    let id = support::add(&vault, Entry::new(totp("Ex", "al", 1)));
    let kind = Kind::Hotp { algorithm: Algorithm::Sha1, digits: Digits::default(), counter: 0 };
    let counted = Account::from_parts("Ex", "bo", kind, Secret::new(vec![2; 20])).unwrap();
    let counted = support::add(&vault, Entry::new(counted.account));

    let now = moment(0);
    let around = vault.codes_around(now.wall, now).unwrap();
    let of = |wanted| around.iter().find(|(id, _)| *id == wanted).map(|(_, code)| code).unwrap();
    let code_at = |seconds| {
        let codes = vault.codes(moment(seconds).wall, now).unwrap();
        let (_, code) = codes.into_iter().find(|(found, _)| *found == id).unwrap();
        code.unwrap().code.to_string()
    };
    let pair = of(id).as_ref().unwrap();
    assert_eq!(pair.code.code.to_string(), code_at(0));
    assert_eq!(pair.next.unwrap().code.to_string(), code_at(30));
    assert_eq!(of(counted).as_ref().unwrap_err(), &CodeError::CounterBased);
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

#[test]
fn a_move_for_which_there_was_no_room_is_undone_like_any_other() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let entries = (0..4).map(|n| Entry::new(totp("Ex", &n.to_string(), n + 1)));
    let added = vault.add_all(entries.collect(), Duplicates::Refuse, now).unwrap();
    let ids: Vec<_> = added
        .into_iter()
        .map(|added| match added {
            Added::New(id) => id,
            other => panic!("{other:?}"),
        })
        .collect();
    let order =
        || vault.items(now).unwrap().iter().map(|item| item.name().to_owned()).collect::<String>();

    // Each halves the room before the account 0: more often than there are bits in it.
    for turn in 0..80 {
        let moved = ids[1 + turn % 2];
        let before = order();
        vault.move_before(moved, Some(ids[0]), now).unwrap();
        let after = order();
        vault.undo(now).unwrap();
        assert_eq!(order(), before, "turn {turn}");
        vault.undo(now).unwrap();
        assert_eq!(order(), after, "turn {turn}");
    }
}

#[test]
fn an_import_of_any_size_is_undone() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let _ = vault.add(Entry::new(totp("Ex", "al", 1)), Duplicates::Refuse, now).unwrap();
    let entries = (0..60).map(|n| {
        let mut entry = Entry::new(totp("Imported", &n.to_string(), n + 2));
        entry.icon = Some(vec![n; 32 * 1024]);
        entry
    });
    vault.add_all(entries.collect(), Duplicates::Refuse, now).unwrap();
    assert_eq!(vault.items(now).unwrap().len(), 61);

    vault.undo(now).unwrap();
    assert_eq!(vault.items(now).unwrap().len(), 1);
}
