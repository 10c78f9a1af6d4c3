//! Every vault that a format ever wrote opens for ever, by every way into it, and holds
//! everything that was put into it.

mod support;

use std::collections::BTreeSet;

use authenticator_core::vault::{Pin, RecoveryKey, VaultError};
use authenticator_core::{Authenticator, Protection, SecretString, Unlocked};
use support::approvals_shown::approvals;
use support::golden::{self, Golden};
use support::snapshot::snapshot;
use support::{add, moment, totp};

fn unlock(golden: &Golden, vault: &Authenticator, way: &str) -> Result<Unlocked, VaultError> {
    let text = |name| SecretString::new(golden.text(name).to_owned());
    match way {
        "platform" => vault.unlock_with_platform(moment(0)),
        "PIN" => vault.unlock_with_pin(&Pin::read(&text("pin")).unwrap(), moment(0)),
        _ => {
            let key = RecoveryKey::parse(&text("recovery_key")).unwrap();
            vault.unlock_with_recovery_key(&key, moment(0))
        }
    }
}

#[test]
fn every_golden_vault_shows_what_was_put_into_it_whatever_it_is_opened_with() {
    let all = golden::all();
    assert!(all.len() >= 2);
    for golden in &all {
        for way in ["platform", "PIN", "recovery key"] {
            let what = format!("{} by {way}", golden.name);
            let folder = golden.copy();
            let vault = folder.open();
            let together = vault.protection() == Ok(Protection::PlatformAndPin);
            let protection = if together { "platform and PIN" } else { "platform or PIN" };
            assert_eq!(protection, golden.text("protection"), "{what}");

            let unlocked = unlock(golden, &vault, way);
            if together && way == "platform" {
                assert_eq!(unlocked, Err(VaultError::SlotMissing), "{what}");
                continue;
            }
            assert_eq!(unlocked, Ok(Unlocked::default()), "{what}");
            assert_eq!(snapshot(&vault, moment(0)).unwrap(), golden.expected["shows"], "{what}");
            let records = vault.verify(moment(0)).unwrap();
            assert_eq!(records, golden.expected["records"].as_u64().unwrap() as usize, "{what}");
            let auto_lock = vault.auto_lock(moment(0)).unwrap();
            for (limit, expected) in [auto_lock.foreground, auto_lock.background]
                .iter()
                .zip(golden.expected["auto_lock"].as_array().unwrap())
            {
                assert_eq!(limit.map(|limit| limit.as_secs()), expected.as_u64(), "{what}");
            }
        }
    }
}

/// What was decided is sent again to the byte, by whatever version.
#[test]
fn every_golden_vault_shows_and_sends_what_was_decided_in_it() {
    let mut seen = 0;
    for golden in golden::all() {
        let Some(at) = golden.expected["approvals"]["at"].as_u64() else { continue };
        let folder = golden.copy();
        let vault = folder.open();
        let _ = vault.unlock_with_platform(moment(at)).unwrap();
        let shown = &golden.expected["approvals"]["shown"];
        assert_eq!(&approvals(&vault, moment(at)), shown, "{}", golden.name);
        // What was kept of the first is kept of what was read, too.
        drop(vault);
        let vault = folder.open();
        let _ = vault.unlock_with_platform(moment(at)).unwrap();
        assert_eq!(&approvals(&vault, moment(at)), shown, "{}", golden.name);
        seen += 1;
    }
    assert!(seen >= 1);
}

#[test]
fn a_golden_vault_is_written_to_and_undone_like_a_new_one() {
    for golden in golden::all() {
        let folder = golden.copy();
        let vault = folder.open();
        let _ = unlock(&golden, &vault, "PIN").unwrap();
        if golden.expected["shows"]["can_undo"] == true {
            vault.undo(moment(0)).unwrap();
            vault.undo(moment(0)).unwrap();
        }
        let id = add(&vault, authenticator_core::vault::Entry::new(totp("Ex", "new", 200)));
        drop(vault);

        let vault = folder.open();
        let _ = unlock(&golden, &vault, "recovery key").unwrap();
        support::purge(&vault, &[id], moment(0));
        let mut shows = snapshot(&vault, moment(0)).unwrap();
        assert_eq!(shows["can_undo"], false);
        shows["can_undo"] = golden.expected["shows"]["can_undo"].clone();
        assert_eq!(shows, golden.expected["shows"], "{}", golden.name);
    }
}

#[test]
fn the_golden_vaults_of_the_newest_format_have_everything_that_it_knows() {
    let (mut fields, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    for golden in golden::all().iter().filter(|golden| golden.name.starts_with("v2")) {
        for account in golden.expected["shows"]["accounts"].as_array().unwrap() {
            fields.extend(account.as_object().unwrap().keys().cloned());
            kinds.insert(account["kind"].as_str().unwrap().to_owned());
        }
    }
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    assert_eq!(kinds, ["HOTP", "Steam", "TOTP", "Yandex", "mOTP"]);
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    assert_eq!(
        fields.join(" "),
        "algorithm counter created digits group icon id image issuer kind name note period pin \
         pinned recovery_codes secret tags trashed used"
    );
}
