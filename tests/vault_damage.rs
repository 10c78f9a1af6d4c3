//! A bit that changed somewhere in a vault's files: what is read is what was written, or
//! it is an error.

mod support;

use std::fs;
use std::path::Path;

use authenticator_core::vault::{Duplicates, Entry, VaultError};
use authenticator_core::{Authenticator, Platform, Unlocked};
use serde_json::Value;
use support::snapshot::snapshot;
use support::{Folder, add, memory, moment, totp};

fn entry(number: u8) -> Entry {
    let mut entry = Entry::new(totp("Ex", &format!("al {number}"), number));
    entry.note = Some(format!("note {number}"));
    entry.tags = vec!["work".to_owned()];
    entry
}

/// What the vault at `path` shows, and what its unlock says.
fn read(path: &Path, platform: &Platform) -> Result<(Value, Unlocked), VaultError> {
    let vault = Authenticator::open(path, platform.clone())?;
    let unlocked = vault.unlock_with_platform(moment(0))?;
    Ok((snapshot(&vault, moment(0))?, unlocked))
}

/// How often the data, and how often an error was read, over flips of one bit at each of
/// `places` in `vault`.
fn flip(vault: &[u8], places: impl Iterator<Item = usize>, platform: &Platform) -> (u32, u32) {
    let folder = Folder::new();
    let path = folder.vault();
    fs::write(&path, vault).unwrap();
    let (original, _) = read(&path, platform).unwrap();
    let (mut unharmed, mut refused) = (0, 0);
    let mut damaged = vault.to_vec();
    for place in places {
        // Another bit at each place; no two neighbours have the same.
        let bit = 1 << (place * 5 % 8);
        damaged[place] ^= bit;
        fs::write(&path, &damaged).unwrap();
        match read(&path, platform) {
            Ok((shown, unlocked)) => {
                assert_eq!(shown, original, "place {place}");
                assert_eq!(unlocked, Unlocked::default(), "place {place}");
                unharmed += 1;
            }
            Err(_) => refused += 1,
        }
        damaged[place] ^= bit;
        let _ = fs::remove_file(folder.path("vault-wal"));
    }
    (unharmed, refused)
}

#[test]
fn a_bit_flipped_anywhere_in_a_small_vault_is_an_error_or_does_no_harm() {
    let folder = Folder::new();
    let (platform, _) = memory::platform();
    let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
    let id = add(&vault, entry(1));
    add(&vault, entry(2));
    vault.note_use(id, moment(0)).unwrap();
    drop(vault);
    let bytes = fs::read(folder.vault()).unwrap();

    let (unharmed, refused) = flip(&bytes, 0..bytes.len(), &platform);

    // Every byte of a row and of the tables counts; what is free does not.
    assert!(refused > 1_000, "{refused} of {}", bytes.len());
    assert!(unharmed > 1_000, "{unharmed} of {}", bytes.len());
}

#[test]
fn a_bit_flipped_in_a_large_vault_is_an_error_or_does_no_harm() {
    let folder = Folder::new();
    let (platform, _) = memory::platform();
    let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
    let entries = (0..200_u8).map(|number| {
        let mut entry = entry(number);
        // On pages of its own.
        entry.icon = (number.is_multiple_of(40)).then(|| vec![number; 20_000]);
        entry
    });
    vault.add_all(entries.collect(), Duplicates::Keep, moment(0)).unwrap();
    drop(vault);
    let bytes = fs::read(folder.vault()).unwrap();

    // A prime, so that it meets every place of a page.
    let (_, refused) = flip(&bytes, (0..bytes.len()).step_by(997), &platform);

    assert!(refused > 100, "{refused} of {}", bytes.len() / 997);
}

#[test]
fn a_bit_flipped_in_the_log_gives_the_newest_state_or_an_older_one_that_is_reported() {
    let folder = Folder::new();
    let (platform, _) = memory::platform();
    let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
    let mut history = vec![snapshot(&vault, moment(0)).unwrap()];
    let mut id = None;
    for number in 1..4 {
        id = Some(add(&vault, entry(number)));
        history.push(snapshot(&vault, moment(0)).unwrap());
    }
    vault.put_in_trash(&[id.unwrap()], moment(5)).unwrap();
    history.push(snapshot(&vault, moment(0)).unwrap());
    // As a crash leaves them: the file set, while it is open.
    let file = fs::read(folder.vault()).unwrap();
    let log = fs::read(folder.path("vault-wal")).unwrap();
    drop(vault);

    let copy = Folder::new();
    let mut lost = vec![0; history.len()];
    let mut damaged = log.clone();
    // The header and each frame's, and of the pages a part.
    let is_head = |place: usize| place < 32 || (place - 32) % (24 + 4096) < 24;
    for place in (0..log.len()).filter(|place| is_head(*place) || place.is_multiple_of(13)) {
        let bit = 1 << (place * 5 % 8);
        damaged[place] ^= bit;
        fs::write(copy.vault(), &file).unwrap();
        fs::write(copy.path("vault-wal"), &damaged).unwrap();
        damaged[place] ^= bit;
        // An error is good, too.
        let Ok((shown, unlocked)) = read(&copy.vault(), &platform) else { continue };
        let missing = usize::try_from(unlocked.rolled_back.unwrap_or(0)).unwrap();
        assert_eq!(shown, history[history.len() - 1 - missing], "place {place}");
        lost[missing] += 1;
    }

    // Every frame was hit, and each costs the changes from its own on.
    assert!(lost[1..].iter().all(|count| *count > 0), "{lost:?}");
}
