//! A damaged vault gives back everything in it that is whole, and nothing else.

mod support;

use std::collections::BTreeMap;
use std::fs;

use authenticator_core::vault::{
    Added, Duplicates, Entry, EntryId, Older, Pin, PinCost, VaultError,
};
use authenticator_core::{Authenticator, SecretString};
use proptest::prelude::*;
use support::{Folder, add, moment, open_damaged, totp};

const PAGE: usize = 4096;

fn pin() -> Pin {
    Pin::choose(&SecretString::new("482913".to_owned())).unwrap()
}

/// A closed vault of 40 accounts, one of them with a picture that fills many pages, and
/// what is in it.
fn written() -> (Folder, BTreeMap<EntryId, String>) {
    let folder = Folder::new();
    let vault = folder.create();
    let entries = (0..40_u8).map(|n| {
        let mut entry = Entry::new(totp("Example", &format!("person {n}"), n + 1));
        entry.icon = (n == 7).then(|| vec![0xa5; 30_000]);
        entry
    });
    let added = vault.add_all(entries.collect(), Duplicates::Refuse, moment(0)).unwrap();
    let names = (0..40).map(|n| format!("person {n}"));
    let ids = added.iter().map(|added| match added {
        Added::New(id) => *id,
        other => panic!("{other:?}"),
    });
    let all = ids.zip(names).collect();
    vault.set_pin(&pin(), PinCost::FLOOR, moment(0)).unwrap();
    drop(vault);
    (folder, all)
}

/// The accounts of a vault, each with its secret read as well.
fn contents(vault: &Authenticator) -> BTreeMap<EntryId, String> {
    let items = vault.items(moment(0)).unwrap();
    for item in &items {
        let entry = vault.reveal(item.id(), moment(0)).unwrap();
        let number: u8 = item.name().strip_prefix("person ").unwrap().parse().unwrap();
        assert_eq!(entry.account.secret().expose(), [number + 1; 20]);
    }
    items.iter().map(|item| (item.id(), item.name().to_owned())).collect()
}

#[test]
fn a_page_that_is_gone_takes_only_what_stood_on_it() {
    let (folder, all) = written();
    let file = fs::read(folder.vault()).unwrap();
    let mut most = 0;
    for page in 1..file.len() / PAGE {
        let mut damaged = file.clone();
        damaged[page * PAGE..(page + 1) * PAGE].fill(0x55);
        fs::write(folder.vault(), &damaged).unwrap();

        let vault = match Authenticator::open_damaged(&folder.vault(), folder.platform()) {
            Ok(vault) => vault,
            // The page of the slots.
            Err(error) => {
                assert_eq!(error, VaultError::Damaged);
                continue;
            }
        };
        if vault.unlock_with_platform(moment(0)).is_err() {
            continue;
        }
        let found = contents(&vault);
        assert!(found.iter().all(|(id, name)| all.get(id) == Some(name)), "page {page}");
        let report = vault.salvaged(moment(0)).unwrap().unwrap();
        assert_eq!(report.accounts, found.len());
        // The other way round it need not be: the header is a page too.
        assert!(!report.is_complete || found == all, "page {page}");
        // A page has room for no more than 19 of these rows, of 208 bytes and more; SQLite
        // alone finds the one with the picture.
        assert!(found.len() + 20 >= all.len(), "page {page}: {} left", found.len());
        most = most.max(all.len() - found.len());
        assert_eq!(fs::read(folder.vault()).unwrap(), damaged, "it was written to");
    }
    assert!(most > 0);
}

#[test]
fn rows_that_stand_nowhere_in_one_piece_are_all_found() {
    let folder = Folder::new();
    let vault = folder.create();
    let ids = [1, 2, 3].map(|n| {
        let icon = Some(vec![n; 30_000]);
        add(&vault, Entry { icon, ..Entry::new(totp("Ex", "person 0", n)) })
    });
    drop(vault);
    support::tamper(&folder, "PRAGMA user_version = 0");

    let vault = open_damaged(&folder);
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    for (id, n) in ids.into_iter().zip(1..) {
        assert_eq!(vault.icon(id, moment(0)), Ok(Some(vec![n; 30_000])));
    }
    assert!(vault.repair(Older::Refuse, moment(0)).unwrap().is_complete);
}

#[test]
fn without_the_first_page_sqlite_finds_nothing_and_we_do() {
    let (folder, all) = written();
    let mut file = fs::read(folder.vault()).unwrap();
    file[..PAGE].fill(0);
    fs::write(folder.vault(), &file).unwrap();
    assert!(matches!(
        Authenticator::open(&folder.vault(), folder.platform()),
        Err(VaultError::NotAVault | VaultError::Damaged)
    ));

    let vault = open_damaged(&folder);
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    let mut all = all;
    // Its picture is spread over pages that only SQLite finds.
    all.retain(|_, name| name != "person 7");
    assert_eq!(contents(&vault), all);
    assert!(!vault.salvaged(moment(0)).unwrap().unwrap().is_complete);
}

#[test]
fn a_repaired_vault_is_a_vault_and_the_damaged_one_is_kept() {
    let (folder, all) = written();
    let mut file = fs::read(folder.vault()).unwrap();
    let row = file.windows(2).rposition(|pair| pair == b"AR").unwrap();
    file[row + 60] ^= 1;
    fs::write(folder.vault(), &file).unwrap();
    let vault = folder.open();
    assert_eq!(vault.unlock_with_platform(moment(0)), Err(VaultError::Damaged));
    drop(vault);

    let vault = open_damaged(&folder);
    let wrong = Pin::choose(&SecretString::new("482914".to_owned())).unwrap();
    let refused = vault.unlock_with_pin(&wrong, moment(0));
    assert_eq!(refused, Err(VaultError::WrongSecret { tries_left: Some(9) }));
    let _ = vault.unlock_with_pin(&pin(), moment(0)).unwrap();
    let entry = Entry::new(totp("Ex", "new", 99));
    let refused = vault.add(entry, Duplicates::Refuse, moment(0));
    assert_eq!(refused, Err(VaultError::Damaged));
    let found = contents(&vault);
    let report = vault.repair(Older::Accept, moment(0)).unwrap();
    assert_eq!(report.accounts, found.len());
    assert_eq!(contents(&vault), found);
    let _ =
        vault.add(Entry::new(totp("Ex", "person 98", 99)), Duplicates::Refuse, moment(0)).unwrap();
    drop(vault);

    assert_eq!(fs::read(folder.path("vault.damaged-1")).unwrap(), file);
    let vault = folder.open();
    let unlocked = vault.unlock_with_platform(moment(0)).unwrap();
    assert_eq!((unlocked.rolled_back, unlocked.guard_was_missing), (None, false));
    assert_eq!(contents(&vault).len(), found.len() + 1);
    assert!(all.len() - found.len() <= 1);
    assert_eq!(vault.repair(Older::Refuse, moment(0)), Err(VaultError::NothingToRepair));
    // Other changes leave it, which may be all that is left of what was lost.
    vault.set_pin(&pin(), PinCost::FLOOR, moment(0)).unwrap();
    vault.enrol_platform(moment(0)).unwrap();
    assert!(folder.path("vault.damaged-1").exists());
    // What was destroyed must not come back out of what was put aside.
    let id = *found.keys().next().unwrap();
    support::purge(&vault, &[id], moment(0));
    assert!(!folder.path("vault.damaged-1").exists());
}

#[test]
fn what_was_destroyed_does_not_come_back_by_salvage() {
    let (folder, all) = written();
    let vault = folder.open();
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    let purged: Vec<EntryId> = all.keys().copied().take(5).collect();
    support::purge(&vault, &purged, moment(0));
    drop(vault);
    let mut file = fs::read(folder.vault()).unwrap();
    file[..PAGE].fill(0);
    fs::write(folder.vault(), &file).unwrap();

    let vault = open_damaged(&folder);
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    let found = contents(&vault);
    assert!(purged.iter().all(|id| !found.contains_key(id)));
}

#[test]
fn what_is_proved_to_be_complete_is_repaired_without_a_question_and_without_the_damaged_slot() {
    let (folder, all) = written();
    support::tamper(&folder, "UPDATE slot SET body = x'00' WHERE substr(body, 2, 1) = x'02'");
    support::tamper(&folder, "PRAGMA user_version = 0");
    let vault = open_damaged(&folder);
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    let report = vault.repair(Older::Refuse, moment(0)).unwrap();
    assert!(report.is_complete);
    assert_eq!(contents(&vault), all);
    let slots = |folder: &Folder| -> u32 {
        let connection = rusqlite::Connection::open(folder.path("copy")).unwrap();
        connection.query_row("SELECT count(*) FROM slot", [], |row| row.get(0)).unwrap()
    };
    vault.suspend().unwrap();
    fs::copy(folder.vault(), folder.path("copy")).unwrap();
    assert_eq!(slots(&folder), 1);
    vault.resume().unwrap();
    vault.set_pin(&pin(), PinCost::FLOOR, moment(0)).unwrap();
    vault.lock();
    let _ = vault.unlock_with_pin(&pin(), moment(0)).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn heads_without_rows_cost_neither_memory_nor_the_rows_that_are_there() {
    let (folder, all) = written();
    let mut file = fs::read(folder.vault()).unwrap();
    file[..PAGE].fill(0);
    for n in 0..2_000_u64 {
        file.extend_from_slice(b"AR\x01\x01\0\0\0\x01");
        file.extend_from_slice(&n.to_be_bytes());
        file.extend_from_slice(&[7; 16]);
        file.extend_from_slice(&((1_u32 << 20) - 48).to_be_bytes());
        file.extend_from_slice(&[0; 12]);
    }
    file.resize(file.len() + (1 << 20), 0);
    fs::write(folder.vault(), &file).unwrap();

    let most = || -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let before = most();
    let vault = open_damaged(&folder);
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    // Linux counts pages per processor and adds them up roughly: the peak may read a little lower later.
    let grown = most().saturating_sub(before);
    assert!(grown < 512 << 10, "{grown} KiB");
    assert_eq!(contents(&vault).len(), all.len() - 1);
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    let (folder, _) = written();
    let file = fs::OpenOptions::new().write(true).open(folder.vault()).unwrap();
    file.set_len((256 << 20) + 1).unwrap();
    let opened = Authenticator::open_damaged(&folder.vault(), folder.platform());
    assert_eq!(opened.map(drop), Err(VaultError::TooLarge));
}

#[test]
fn a_newer_vault_is_not_a_damaged_one() {
    let (folder, _) = written();
    support::tamper(&folder, "PRAGMA user_version = 99");
    let opened = Authenticator::open_damaged(&folder.vault(), folder.platform());
    let newer = VaultError::NewerVersion { found: 99, supported: 2 };
    assert_eq!(opened.map(drop), Err(newer));
    assert!(!folder.path("vault.salvage").exists());
}

#[test]
fn no_other_process_has_the_file_while_it_is_salvaged_and_repaired() {
    let (folder, _) = written();
    support::tamper(&folder, "PRAGMA user_version = 0");
    let lock = || fs::File::create(folder.path("vault.lock")).unwrap();
    let other = lock();
    other.try_lock().unwrap();
    let opened = Authenticator::open_damaged(&folder.vault(), folder.platform());
    assert_eq!(opened.map(drop), Err(VaultError::InUse));
    drop(other);

    let vault = open_damaged(&folder);
    assert!(lock().try_lock().is_err());
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    let _ = vault.repair(Older::Refuse, moment(0)).unwrap();
    assert!(lock().try_lock().is_err());
    drop(vault);
    lock().try_lock().unwrap();
}

#[test]
fn what_a_crash_left_beside_the_vault_goes_and_a_folder_is_in_nobodys_way() {
    let (folder, all) = written();
    support::tamper(&folder, "PRAGMA user_version = 0");
    fs::create_dir(folder.path("vault.damaged-1")).unwrap();
    let left = ["vault.salvage", "vault.salvage-wal", "vault.part", "vault.part-journal"];
    let copies = ["vault.damaged-2", "vault.damaged-7-wal", "vault.before-3"];
    let others = ["vault.damaged-notes", "vault.parts", "vault2.part"];
    let write = |names: &[&str]| {
        names.iter().for_each(|name| fs::write(folder.path(name), "left").unwrap());
    };
    let there = |names: &[&str]| names.iter().filter(|name| folder.path(name).exists()).count();
    write(&left);
    write(&copies);
    write(&others);
    let vault = open_damaged(&folder);
    assert_eq!((there(&left), there(&copies)), (0, 3));

    write(&left);
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    let _ = vault.repair(Older::Refuse, moment(0)).unwrap();
    assert_eq!((there(&left), there(&copies)), (0, 3));
    assert_eq!(there(&["vault.damaged-3", "vault.part.lock"]), 1);

    write(&left);
    support::purge(&vault, &[*all.keys().next().unwrap()], moment(0));
    assert_eq!((there(&left), there(&copies), there(&["vault.damaged-3"])), (0, 0, 0));

    write(&left);
    write(&copies);
    vault.wipe(moment(0)).unwrap();
    assert_eq!((there(&left), there(&copies), there(&["vault"])), (0, 0, 0));
    assert_eq!((there(&others), there(&["vault.damaged-1"])), (3, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_damaged_what_is_found_is_what_was_written(
        places in proptest::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..40),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let (folder, all) = written();
        let mut file = fs::read(folder.vault()).unwrap();
        for (place, flip) in &places {
            let place = place.index(file.len());
            file[place] ^= flip;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        fs::write(folder.vault(), &file).unwrap();

        let Ok(vault) = Authenticator::open_damaged(&folder.vault(), folder.platform()) else {
            return Ok(());
        };
        if vault.unlock_with_platform(moment(0)).is_ok() {
            let found = contents(&vault);
            prop_assert!(found.iter().all(|(id, name)| all.get(id) == Some(name)));
            let repaired = vault.repair(Older::Accept, moment(0)).unwrap();
            prop_assert_eq!(repaired.accounts, found.len());
            prop_assert_eq!(contents(&vault), found);
        }
    }
}
