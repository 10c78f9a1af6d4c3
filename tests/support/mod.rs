//! A vault in a folder of its own, and what to put into it.
#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod approvals_shown;
pub(crate) mod golden;
pub(crate) mod memory;
pub(crate) mod model;
pub(crate) mod pin_model;
pub(crate) mod prompting;
pub(crate) mod snapshot;
pub(crate) mod vectors;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use authenticator_core::otp::{Account, Kind};
use authenticator_core::vault::{Added, Duplicates, Entry, EntryId, KeyFile, Pin, StateFile};
use authenticator_core::{Authenticator, BootId, Moment, Platform, Secret, SecretString, UnixTime};

pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn vault(&self) -> PathBuf {
        self.path("vault")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.path("key")
    }

    pub(crate) fn platform(&self) -> Platform {
        let key = if self.key().exists() { KeyFile::open } else { KeyFile::create };
        Platform {
            keys: Arc::new(key(self.key()).unwrap()),
            guard: Arc::new(StateFile::new(self.0.path())),
        }
    }

    /// A new vault, unlocked.
    pub(crate) fn create(&self) -> Authenticator {
        Authenticator::create(&self.vault(), self.platform(), moment(0)).unwrap()
    }

    /// The vault, locked.
    pub(crate) fn open(&self) -> Authenticator {
        Authenticator::open(&self.vault(), self.platform()).unwrap()
    }
}

/// Writes to the vault's file as somebody without a key can.
pub(crate) fn tamper(folder: &Folder, sql: &str) {
    let connection = rusqlite::Connection::open(folder.vault()).unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
}

/// What is left of the vault, locked.
pub(crate) fn open_damaged(folder: &Folder) -> Authenticator {
    Authenticator::open_damaged(&folder.vault(), folder.platform()).unwrap()
}

/// `seconds` after the machine was started.
pub(crate) fn moment(seconds: u64) -> Moment {
    Moment {
        wall: UnixTime::from_secs(1_741_011_292 + seconds),
        monotonic: Duration::from_secs(1_000 + seconds),
        boot_id: BootId::from_bytes([1; 16]),
    }
}

/// An account whose secret is 20 times the byte `secret`.
pub(crate) fn totp(issuer: &str, name: &str, secret: u8) -> Account {
    let secret = Secret::new(vec![secret; 20]);
    Account::from_parts(issuer, name, Kind::totp(), secret).unwrap().account
}

/// Adds `entry`, also where one like it is there.
pub(crate) fn add(vault: &Authenticator, entry: Entry) -> EntryId {
    match vault.add(entry, Duplicates::Keep, moment(0)).unwrap() {
        Added::New(id) => id,
        added => panic!("{added:?}"),
    }
}

/// Destroys accounts for good, by way of the trash.
pub(crate) fn purge(vault: &Authenticator, ids: &[EntryId], now: Moment) {
    vault.put_in_trash(ids, now).unwrap();
    vault.purge(ids, now).unwrap();
}

pub(crate) fn pin(text: &str) -> Pin {
    Pin::choose(&SecretString::new(text.to_owned())).unwrap()
}
