//! Vaults of many accounts, and the two platforms that open them.
#![allow(dead_code, reason = "each program uses a part of it")]

#[path = "../../tests/support/memory.rs"]
mod memory;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use authenticator_core::otp::{Account, Algorithm, Digits, Kind, Period};
use authenticator_core::vault::{Added, Duplicates, Edit, Entry, EntryId, KeyFile, StateFile};
use authenticator_core::{Authenticator, BootId, Moment, Platform, Secret, UnixTime};

use crate::accounts::{Sample, sample};

pub(crate) const NOW: Moment = Moment {
    wall: UnixTime::from_secs(1_741_011_292),
    monotonic: Duration::from_secs(1_000),
    boot_id: BootId::from_bytes([1; 16]),
};

/// What stands in for the phone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Device {
    /// The key and the guard's state in files, as the command line has them.
    Files,
    /// The key in hand and the guard's state in memory: what is left is the vault.
    Memory,
}

/// A vault in a folder of its own.
pub(crate) struct Filled {
    folder: tempfile::TempDir,
    device: Device,
    in_memory: Platform,
}

impl Filled {
    /// A vault of this many accounts, closed. It was imported at once, and used since:
    /// what an undo of the import would need is in it no more.
    pub(crate) fn new(device: Device, accounts: u64) -> Self {
        let this =
            Self { folder: tempfile::tempdir().unwrap(), device, in_memory: memory::platform().0 };
        KeyFile::create(this.key()).unwrap();
        let vault = Authenticator::create(&this.path(), this.platform(), NOW).unwrap();
        let entries = (0..accounts).map(entry).collect();
        let added = vault.add_all(entries, Duplicates::Keep, NOW).unwrap();
        let Some(Added::New(id)) = added.last().copied() else { panic!("nothing was added") };
        vault.edit(id, vec![Edit::Note(None)], NOW).unwrap();
        // The log goes into the file.
        vault.suspend().unwrap();
        this
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("vault")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    pub(crate) fn platform(&self) -> Platform {
        match self.device {
            Device::Files => Platform {
                keys: Arc::new(KeyFile::open(self.key()).unwrap()),
                guard: Arc::new(StateFile::new(self.folder.path())),
            },
            Device::Memory => self.in_memory.clone(),
        }
    }

    /// The vault, unlocked.
    pub(crate) fn unlocked(&self) -> Authenticator {
        let vault = Authenticator::open(&self.path(), self.platform()).unwrap();
        let _ = vault.unlock_with_platform(NOW).unwrap();
        vault
    }

    /// How large the closed vault's file is.
    pub(crate) fn bytes(&self) -> u64 {
        self.path().metadata().unwrap().len()
    }
}

/// The entry of this number.
pub(crate) fn entry(number: u64) -> Entry {
    let Sample { issuer, name, secret, algorithm, digits, period, note, tags, group, pinned } =
        sample(number);
    let kind = Kind::Totp {
        algorithm: match algorithm {
            1 => Algorithm::Sha1,
            256 => Algorithm::Sha256,
            _ => Algorithm::Sha512,
        },
        digits: Digits::new(digits).unwrap(),
        period: Period::from_secs(period).unwrap(),
    };
    let parsed = Account::from_parts(&issuer, &name, kind, Secret::new(secret)).unwrap();
    Entry { note, tags, group, pinned, ..Entry::new(parsed.account) }
}

/// Adds an account that is not there yet.
pub(crate) fn add(vault: &Authenticator, entry: Entry) -> EntryId {
    match vault.add(entry, Duplicates::Refuse, NOW).unwrap() {
        Added::New(id) => id,
        like => panic!("{like:?}"),
    }
}
