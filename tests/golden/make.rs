//! Writes the golden vaults of the format that this library writes: see README.md here.

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use authenticator_core::otp::Account;
use authenticator_core::vault::{
    AutoLock, Edit, Entry, KeyFile, PinCost, RecoveryCode, RecoveryKey, StateFile,
};
use authenticator_core::{Authenticator, Platform, Protection, SecretString, SlotSecrets};
use serde_json::json;
use support::snapshot::snapshot;
use support::{add, moment, pin};

const PIN: &str = "482913";

fn main() {
    let version = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1");
    every_record(&version.join("every-record"));
    platform_and_pin(&version.join("platform-and-pin"));
}

fn create(folder: &Path) -> Authenticator {
    assert!(!folder.exists(), "a golden vault is never made anew: {}", folder.display());
    fs::create_dir_all(folder).unwrap();
    let platform = Platform {
        keys: Arc::new(KeyFile::create(folder.join("key")).unwrap()),
        guard: Arc::new(StateFile::new(folder)),
    };
    Authenticator::create(&folder.join("vault"), platform, moment(0)).unwrap()
}

fn entry(uri: &str) -> Entry {
    Entry::new(Account::from_uri(uri).unwrap().account)
}

fn secret_text(text: &str) -> SecretString {
    SecretString::new(text.to_owned())
}

/// An account that has everything.
fn full() -> Entry {
    let uri = "otpauth://totp/Ex%20%C3%A4mple:al@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
               &issuer=Ex%20%C3%A4mple&algorithm=SHA256&digits=8&period=60&image=https://example.com/a.png";
    let mut entry = entry(uri);
    entry.note = Some("a note, 日本\nin two lines".to_owned());
    entry.tags = vec!["work".to_owned(), "bänk".to_owned()];
    entry.group = Some("group".to_owned());
    entry.pinned = true;
    entry.recovery_codes = vec![
        RecoveryCode { code: secret_text("test-code-1"), used: true },
        RecoveryCode { code: secret_text("test-code-2"), used: false },
    ];
    entry.icon = Some((0..=255).collect());
    entry
}

fn every_record(folder: &Path) {
    let vault = create(folder);
    let full = add(&vault, full());
    let hotp =
        "otpauth://hotp/al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA512&counter=7";
    let hotp = add(&vault, entry(hotp));
    add(&vault, entry("otpauth://steam/Steam:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
    let mut motp = entry("motp://Ex:mo?secret=0123456789abcdef0123456789abcdef");
    motp.pin = Some(secret_text("1234"));
    add(&vault, motp);
    let mut yandex = entry("otpauth://yaotp/ya?secret=6SB2IKNM6OBZPAVBVTOHDKS4FA");
    yandex.pin = Some(secret_text("5239"));
    add(&vault, yandex);
    for algorithm in ["SHA224", "SHA384"] {
        let uri =
            format!("otpauth://totp/{algorithm}?secret=GEZDGNBVGY3TQOJQ&algorithm={algorithm}");
        add(&vault, entry(&uri));
    }
    let trashed = add(&vault, entry("otpauth://totp/trashed?secret=GEZDGNBVGY3TQOJQ"));
    let purged = add(&vault, entry("otpauth://totp/purged?secret=GEZDGNBVGY3TQOJQ"));

    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(1)).unwrap();
    let recovery = vault.issue_recovery_key(None, moment(2)).unwrap();
    let words = "I can lose everything: test data";
    vault.waive_recovery(words, moment(3)).unwrap();
    let auto_lock = AutoLock {
        foreground: Some(Duration::from_secs(600)),
        background: Some(Duration::from_secs(20)),
    };
    vault.set_auto_lock(auto_lock, Duration::from_secs(90), moment(4)).unwrap();
    let secrets =
        SlotSecrets { pin: Some((&pin(PIN), PinCost::FLOOR)), recovery_key: Some(&recovery) };
    vault.rotate(secrets, moment(5)).unwrap();
    vault.note_use(full, moment(6)).unwrap();
    vault.note_use(full, moment(7)).unwrap();
    vault.note_use(hotp, moment(8)).unwrap();
    vault.next_hotp_code(hotp, moment(9)).unwrap();
    vault.put_in_trash(&[purged], moment(10)).unwrap();
    vault.purge(&[purged], moment(10)).unwrap();
    vault.put_in_trash(&[trashed], moment(11)).unwrap();
    vault.edit(hotp, vec![Edit::Name("renamed".to_owned())], moment(12)).unwrap();
    vault.unlock_with_pin(&pin("000000"), moment(13)).unwrap_err();
    expect(folder, &vault, &recovery, json!([600, 20]), "platform or PIN");
}

fn platform_and_pin(folder: &Path) {
    let vault = create(folder);
    add(&vault, entry("otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex"));
    let recovery = vault.issue_recovery_key(None, moment(0)).unwrap();
    vault.confirm_recovery_key(&RecoveryKey::parse(&recovery.text()).unwrap(), moment(0)).unwrap();
    let secrets =
        SlotSecrets { pin: Some((&pin(PIN), PinCost::FLOOR)), recovery_key: Some(&recovery) };
    vault.protect(Protection::PlatformAndPin, secrets, moment(1)).unwrap();
    let auto_lock = AutoLock::default();
    let seconds = [auto_lock.foreground, auto_lock.background]
        .map(|limit| limit.map(|limit| limit.as_secs()));
    expect(folder, &vault, &recovery, json!(seconds), "platform and PIN");
}

fn expect(
    folder: &Path,
    vault: &Authenticator,
    recovery: &RecoveryKey,
    auto_lock: serde_json::Value,
    protection: &str,
) {
    let expected = json!({
        "what this is": "test data; see tests/golden/README.md",
        "library": env!("CARGO_PKG_VERSION"),
        "protection": protection,
        "pin": PIN,
        "recovery_key": recovery.text().expose(),
        "auto_lock": auto_lock,
        "shows": snapshot(vault, moment(14)).unwrap(),
        "records": vault.verify(moment(14)).unwrap(),
    });
    let text = serde_json::to_string_pretty(&expected).unwrap() + "\n";
    fs::write(folder.join("expected.json"), text).unwrap();
}
