//! Whoever reads a vault's files without its keys finds nothing in them: no issuer, name,
//! tag, note or secret, in no encoding, while it is open and when it is closed.

mod support;

use std::fs;
use std::path::Path;

use authenticator_core::otp::{Account, Kind};
use authenticator_core::vault::{Duplicates, Edit, Entry, PinCost, RecoveryCode, RecoveryKey};
use authenticator_core::{Authenticator, Secret, SecretString, SlotSecrets};
use data_encoding::{BASE32_NOPAD, BASE64, HEXLOWER};
use support::{Folder, moment, pin};

const SECRET: &[u8; 20] = b"QzCanary7Key!x9Wv5Zk";
const PIN: &str = "Canary4829Pin";
/// Every text that is put in, each with a word of its own.
const TEXTS: [&str; 11] = [
    "CanaryIssuer",
    "CanaryName",
    "CanaryRenamed",
    "CanaryNote",
    "CanaryTag",
    "CanaryGroup",
    "CanaryCode",
    "CanaryAccountPin",
    "CanaryWaiver",
    "CanaryIcon",
    PIN,
];

fn entry() -> Entry {
    let secret = Secret::new(SECRET.to_vec());
    let account = Account::from_parts("CanaryIssuer", "CanaryName", Kind::Motp, secret);
    let mut entry = Entry::new(account.unwrap().account);
    entry.pin = Some(SecretString::new("CanaryAccountPin".to_owned()));
    entry.note = Some("CanaryNote".to_owned());
    entry.tags = vec!["CanaryTag".to_owned()];
    entry.group = Some("CanaryGroup".to_owned());
    entry.recovery_codes =
        vec![RecoveryCode { code: SecretString::new("CanaryCode".to_owned()), used: false }];
    // Long enough for pages of its own.
    entry.icon = Some(b"CanaryIcon".repeat(1000));
    entry
}

/// Everything that may stand nowhere, as bytes.
fn needles(recovery: &RecoveryKey) -> Vec<(String, Vec<u8>)> {
    let mut needles = Vec::new();
    let mut add = |name: &str, bytes: &[u8]| {
        // Of a longer text, a part at its beginning is enough.
        let (base32, base64) = (BASE32_NOPAD.encode(bytes), BASE64.encode(bytes));
        let (base32, base64) = (base32[..12].to_owned(), base64[..12].to_owned());
        let hex = HEXLOWER.encode(&bytes[..6]);
        needles.push((name.to_owned(), bytes.to_vec()));
        for text in [base32, base64, hex] {
            needles.extend(
                [text.to_lowercase(), text.to_uppercase(), text]
                    .map(|text| (format!("{name} as {text}"), text.into_bytes())),
            );
        }
    };
    add("the secret", SECRET);
    for text in TEXTS {
        add(text, text.as_bytes());
    }
    let recovery = recovery.text();
    add("the recovery key", recovery.expose().as_bytes());
    needles.push(("the recovery key".to_owned(), recovery.expose()[..14].replace('-', "").into()));
    for text in TEXTS {
        needles.push((text.to_owned(), text.to_lowercase().into_bytes()));
        for little in [true, false] {
            let units = text.encode_utf16();
            let bytes =
                units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
            needles.push((format!("{text} in UTF-16"), bytes.collect()));
        }
    }
    needles
}

/// The names of the files in `folder`, in none of which a needle stands.
fn search(folder: &Path, needles: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut names = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let bytes = fs::read(file.path()).unwrap();
        for (what, needle) in needles {
            let found = bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!found, "{what} stands in {name}");
        }
        names.push(name);
    }
    names.sort();
    names
}

/// A vault to which everything was done that writes something.
fn used(folder: &Folder) -> (Authenticator, RecoveryKey) {
    let vault = folder.create();
    let now = moment(0);
    let id = support::add(&vault, entry());
    let gone = support::add(&vault, entry());
    vault.set_pin(&pin(PIN), PinCost::FLOOR, now).unwrap();
    vault.waive_recovery("CanaryWaiver", now).unwrap();
    let recovery = vault.issue_recovery_key(None, now).unwrap();
    vault.edit(id, vec![Edit::Name("CanaryRenamed".to_owned())], now).unwrap();
    vault.undo(now).unwrap();
    vault.note_use(id, now).unwrap();
    let secrets =
        SlotSecrets { pin: Some((&pin(PIN), PinCost::FLOOR)), recovery_key: Some(&recovery) };
    vault.rotate(secrets, now).unwrap();
    support::purge(&vault, &[gone], now);
    vault.put_in_trash(&[id], now).unwrap();
    assert_eq!(vault.add(entry(), Duplicates::Refuse, now).map(drop), Ok(()));
    assert_eq!(vault.search("canary", now).unwrap().len(), 0);
    (vault, recovery)
}

#[test]
fn nothing_of_what_is_kept_stands_in_any_file_of_the_folder() {
    let folder = Folder::new();
    let (vault, recovery) = used(&folder);
    let needles = needles(&recovery);
    let place = folder.vault();
    let place = place.parent().unwrap();

    let open = search(place, &needles);
    assert!(open.contains(&"vault-wal".to_owned()), "{open:?}");
    vault.suspend().unwrap();
    search(place, &needles);
    vault.resume().unwrap();
    vault.lock();
    let _ = vault.unlock_with_pin(&pin(PIN), moment(0)).unwrap();
    search(place, &needles);
    drop(vault);
    let closed = search(place, &needles);

    // Closed, there is the vault with its key, guard and lock, and nothing beside them.
    assert!(closed[0].ends_with(".guard"), "{closed:?}");
    assert_eq!(closed[1..], ["key", "vault", "vault.lock"]);
}

#[test]
fn the_search_finds_each_needle_where_there_is_one() {
    let folder = Folder::new();
    let (vault, recovery) = used(&folder);
    drop(vault);
    let needles = needles(&recovery);
    assert!(needles.len() > 100);
    let elsewhere = tempfile::tempdir().unwrap();
    for needle in &needles {
        let text = [&b"SQLite"[..], &needle.1, &[0; 7]].concat();
        fs::write(elsewhere.path().join("vault"), text).unwrap();
        let found =
            std::panic::catch_unwind(|| search(elsewhere.path(), std::slice::from_ref(needle)));
        assert!(found.is_err(), "{}", needle.0);
    }
}

#[test]
fn what_was_purged_is_in_no_file_any_more_not_even_sealed() {
    let folder = Folder::new();
    let vault = folder.create();
    let id = support::add(&vault, entry());
    vault.suspend().unwrap();
    let before = fs::read(folder.vault()).unwrap();
    vault.resume().unwrap();
    support::purge(&vault, &[id], moment(0));
    let all: Vec<u8> = ["vault", "vault-wal"]
        .iter()
        .flat_map(|name| fs::read(folder.path(name)).unwrap_or_default())
        .collect();

    // The ciphertext of the account: every stretch of it that was in the file.
    let place = before
        .windows(20)
        .position(|bytes| bytes.starts_with(b"AR\x01\x01") && bytes[16..20] == id.as_bytes()[..4]);
    let place = place.expect("the row was in the file");
    let sealed = &before[place + 48..place + 48 + 1000];
    assert!(all.windows(32).all(|bytes| bytes != &sealed[..32]));
    assert!(all.windows(32).all(|bytes| bytes != &sealed[900..932]));
}
