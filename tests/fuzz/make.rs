//! Writes the vault that `tests/fuzz/promises/vault_file.rs` has edited, anew: its file, the
//! log as a crash leaves it, the guard's state, and what it showed after each change. Every
//! input in the corpus means something else afterwards: fuzz again and keep what that finds.

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;

use authenticator_core::otp::Account;
use authenticator_core::vault::{Added, Duplicates, Edit, Entry, EntryId, PinCost, RecoveryCode};
use authenticator_core::{Authenticator, Moment, SecretString};
use serde_json::{Value, json};
use support::snapshot::snapshot;
use support::{Folder, memory, moment, pin};

/// The vault, and what it showed after each change.
struct History(Authenticator, Vec<Value>);

impl History {
    fn change<T>(&mut self, change: impl FnOnce(&Authenticator, Moment) -> T) -> T {
        let now = moment(u64::try_from(self.1.len()).unwrap());
        let changed = change(&self.0, now);
        self.1.push(snapshot(&self.0, now).unwrap());
        changed
    }

    fn add(&mut self, entry: Entry) -> EntryId {
        match self.change(|vault, now| vault.add(entry, Duplicates::Keep, now).unwrap()) {
            Added::New(id) => id,
            added => panic!("{added:?}"),
        }
    }
}

fn main() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/base");
    let folder = Folder::new();
    let (platform, guard) = memory::platform();
    let vault = Authenticator::create(&folder.vault(), platform, moment(0)).unwrap();
    let mut history = History(vault, Vec::new());

    let gone = history.add(entry("otpauth://totp/Ex:gone?secret=GEZDGNBV"));
    history.change(|vault, now| vault.set_pin(&pin("482913"), PinCost::FLOOR, now).unwrap());
    history.change(|vault, now| drop(vault.issue_recovery_key(None, now).unwrap()));
    let full = history.add(full());
    let counted = "otpauth://hotp/Ex:count?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY&counter=7";
    let counted = history.add(entry(counted));
    let mut yandex = entry("otpauth://yaotp/ya?secret=LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI");
    yandex.pin = Some(SecretString::new("1234".to_owned()));
    history.add(yandex);
    history.change(|vault, now| {
        vault.put_in_trash(&[gone], now).and_then(|()| vault.purge(&[gone], now)).unwrap()
    });
    history.change(|vault, now| vault.note_use(full, now).unwrap());
    // What follows stands in the log alone.
    history.0.suspend().unwrap();
    history.0.resume().unwrap();
    history.change(|vault, now| vault.next_hotp_code(counted, now).unwrap());
    history.change(|vault, now| {
        vault.edit(full, vec![Edit::Name("bo".to_owned())], now).unwrap();
    });
    let motp = history.add(entry("motp://Ex:motp?secret=30edcc8edae50a60"));
    history.change(|vault, now| vault.put_in_trash(&[motp], now).unwrap());
    history.change(|vault, now| vault.note_use(counted, now).unwrap());

    let id = guard.0.lock().unwrap().keys().next().unwrap().as_bytes().to_vec();
    // Most accounts are the same in most states.
    let mut accounts: Vec<Value> = Vec::new();
    let mut states = Vec::new();
    for mut state in history.1 {
        let shown = state["accounts"].as_array_mut().unwrap().iter_mut();
        let places: Vec<usize> = shown
            .map(|account| {
                let known = accounts.iter().position(|known| known == account);
                known.unwrap_or_else(|| {
                    accounts.push(account.take());
                    accounts.len() - 1
                })
            })
            .collect();
        state["accounts"] = json!(places);
        states.push(state);
    }
    let id = data_encoding::HEXLOWER.encode(&id);
    let text = json!({ "vault_id": id, "accounts": accounts, "states": states });
    fs::create_dir_all(&base).unwrap();
    fs::write(base.join("history.json"), format!("{text}\n")).unwrap();
    fs::write(base.join("guard"), guard.only_state()).unwrap();
    for name in ["vault", "vault-wal"] {
        fs::copy(folder.path(name), base.join(name)).unwrap();
    }
}

fn entry(uri: &str) -> Entry {
    Entry::new(Account::from_uri(uri).unwrap().account)
}

/// An account that has everything, and does not fit on a page.
fn full() -> Entry {
    let mut entry = entry(
        "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA256&digits=8",
    );
    entry.note = Some("a note".to_owned());
    entry.tags = vec!["work".to_owned()];
    entry.group = Some("group".to_owned());
    entry.pinned = true;
    let code = SecretString::new("test-code-1".to_owned());
    entry.recovery_codes = vec![RecoveryCode { code, used: false }];
    entry.icon = Some(vec![7; 5_000]);
    entry
}
