//! Writes the golden vaults of the format that this library writes: see README.md here.

#[path = "../support/phone.rs"]
mod phone;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use approval_service::{Ask, Policy, Service};
use authenticator_core::approval::{Proof, PushKind, PushTarget, Reason, RevocationReason};
use authenticator_core::otp::Account;
use authenticator_core::vault::{
    AutoLock, Edit, Entry, KeyFile, PinCost, RecoveryCode, RecoveryKey, StateFile,
};
use authenticator_core::{Authenticator, Platform, Protection, SecretString, SlotSecrets};
use phone::{ACCOUNT, OTHER_PIN, Phone, approval_pin, proof};
use serde_json::json;
use support::approvals_shown::approvals as shown;
use support::snapshot::snapshot;
use support::{add, moment, pin};

const PIN: &str = "482913";

fn main() {
    let version = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v2");
    every_record(&version.join("every-record"));
    platform_and_pin(&version.join("platform-and-pin"));
    approvals(&version.join("approvals"));
    // Whoever has the vault open, and nothing of it.
    for vault in fs::read_dir(&version).unwrap().map(Result::unwrap) {
        let _ = fs::remove_file(vault.path().join("vault.lock"));
    }
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
    vault.unlock_with_pin(&pin(OTHER_PIN), moment(13)).unwrap_err();
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

/// Credentials, enrolments and requests at every stage, as far as keys in software get.
fn approvals(folder: &Path) {
    let phone = Phone::new();
    let vault = &phone.authenticator;
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    let recovery = vault.issue_recovery_key(Some((&pin(PIN), PinCost::FLOOR)), moment(0)).unwrap();
    let mut sites = ["calls", "rotation", "copy", "ended", "keyed", "begun", "asked", "sealed"]
        .map(|name| {
            Service::at(
                &format!("https://{name}.example"),
                Policy::default(),
                moment(0).wall.as_secs(),
            )
        });
    let [calls, rotation, copy, ended, keyed, begun, asked, sealed] = &mut sites;
    sealed.policy.encrypted = true;
    sealed.publish(phone.time());

    // Before anything waits that another service does not understand.
    let with_calls = phone.enrol(calls, ACCOUNT, Some(PIN));
    let _ = phone.enrol(rotation, ACCOUNT, None);
    let _ = phone.enrol(sealed, ACCOUNT, None);
    let _ = phone.asked(sealed, ACCOUNT, &Ask::matched_by("scan"));

    // Told of a copy by the receipt of a deny.
    let id = phone.enrol(copy, ACCOUNT, None);
    let thief = phone.copied();
    let foreign = thief.asked(copy, ACCOUNT, &Ask::default());
    thief.approve(copy, ACCOUNT, foreign, &Proof::Presence);
    let _ = thief.settle(copy);
    let denied = phone.asked(copy, ACCOUNT, &Ask::default());
    phone.authenticator.deny(denied, Some(Reason::NotMe), phone.moment()).unwrap();
    let _ = (phone.settle(copy), phone.poll(copy, id));

    let id = phone.enrol(ended, ACCOUNT, None);
    let known = ended.credential(ACCOUNT).0.clone();
    ended.revoke(&known, "administrator", phone.time());
    let _ = phone.poll(ended, id);

    // All calls that there are, beside a PIN that is changed.
    let transaction = Ask {
        kind: "transaction",
        context: json!({ "app": "Bank", "payee": "Bo", "amount": "12.00 EUR", "purpose": "Tea" }),
        ..Ask::with_pin()
    };
    let paid = phone.asked(calls, ACCOUNT, &transaction);
    phone.approve(calls, ACCOUNT, paid, &proof(Some(OTHER_PIN)));
    let _ = phone.settle(calls);
    let now = phone.moment();
    let (old, new) = (approval_pin(PIN), approval_pin(OTHER_PIN));
    phone.authenticator.change_approval_pin(with_calls, &old, &new, now).unwrap();
    let target = PushTarget { kind: PushKind::Fcm, target: "token".to_owned() };
    phone.authenticator.change_push(with_calls, Some(&target), now).unwrap();
    let reason = RevocationReason::Lost;
    phone
        .authenticator
        .remove_credential(with_calls, Some("xxxxxxxxxxxxxxxxxxxxxx"), reason, now)
        .unwrap();
    phone
        .authenticator
        .remove_credential(with_calls, None, RevocationReason::Removed, now)
        .unwrap();

    let rotate = Ask { kind: "rotate", context: json!({ "app": "Mail" }), ..Ask::default() };
    let rotated = phone.asked(rotation, ACCOUNT, &rotate);
    phone.approve(rotation, ACCOUNT, rotated, &Proof::Presence);

    let link = keyed.begin_enrolment(ACCOUNT, phone.time());
    let _ = phone.keyed(keyed, &link);
    let link = asked.begin_enrolment(ACCOUNT, phone.time());
    let id = phone.authenticator.begin_enrolment(&link, phone.moment()).unwrap();
    let _ = phone.settle(asked);
    phone
        .authenticator
        .confirm_enrolment(id, &phone::device(), Some(&old), phone.moment())
        .unwrap();
    let link = begun.begin_enrolment(ACCOUNT, phone.time());
    let _ = phone.authenticator.begin_enrolment(&link, phone.moment()).unwrap();

    // What waits because another service was asked is not waited for any more.
    let phone = phone.restart();
    let shown = shown(&phone.authenticator, phone.moment());
    fs::create_dir_all(folder).unwrap();
    let auto_lock = json!([null, null]);
    expect(folder, &phone.authenticator, &recovery, auto_lock, "platform or PIN");
    let path = folder.join("expected.json");
    let mut expected: serde_json::Value =
        serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    expected["approvals"] = json!({ "at": phone.now, "shown": shown });
    fs::write(&path, serde_json::to_string_pretty(&expected).unwrap() + "\n").unwrap();
    let Phone { folder: made, authenticator, .. } = phone;
    drop(authenticator);
    for entry in fs::read_dir(made.path("")).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
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
