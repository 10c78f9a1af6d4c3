//! The accounts of a vault: added once, in their order, used, counted, and as they were after an undo.

mod support;

use authenticator_core::Secret;
use authenticator_core::otp::{Account, Algorithm, CodeError, Digits, Kind};
use authenticator_core::vault::{Added, Duplicates, Edit, Entry, VaultError};
use support::{Folder, moment, totp};

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
