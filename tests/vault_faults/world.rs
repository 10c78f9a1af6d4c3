//! A vault to which something is done while its disk fails, and what is found afterwards.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex};

use authenticator_core::vault::{
    EntryId, GuardError, Older, RecoveryKey, RollbackGuard, VaultError, VaultId,
};
use authenticator_core::{Authenticator, Platform, SecretString, Unlocked};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::disk::{self, Answer, Kind};
use crate::support::memory::{MemoryGuard, PlainKeys};
use crate::support::snapshot::snapshot;
use crate::support::{Folder, moment, pin};

pub(crate) const PIN: &str = "482913";
pub(crate) const NEW_PIN: &str = "731846";
pub(crate) const WRONG_PIN: &str = "482914";

/// When everything is done and looked at; before it, wrong tries were made on other days.
const LATE: u64 = 100 * 86_400;

pub(crate) fn now() -> authenticator_core::Moment {
    moment(LATE)
}

/// A guard in memory that fails as the disk does.
#[derive(Default)]
pub(crate) struct Guard(MemoryGuard);

impl RollbackGuard for Guard {
    fn read(&self, vault: &VaultId) -> Result<Option<Vec<u8>>, GuardError> {
        if disk::is_dead() { Err(GuardError::Unavailable) } else { self.0.read(vault) }
    }

    fn replace(&self, vault: &VaultId, state: &[u8]) -> Result<(), GuardError> {
        match disk::ask(Kind::Guard) {
            Answer::Go => self.0.replace(vault, state),
            // Written, and whether it will last is not known.
            Answer::Partly(..) => {
                self.0.replace(vault, state)?;
                Err(GuardError::Unavailable)
            }
            Answer::Fail(_) => Err(GuardError::Unavailable),
        }
    }
}

/// What opens a vault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    Platform,
    Pin(&'static str),
    /// The recovery key that the vault had.
    Recovery,
    /// The recovery key that was issued while the disk failed.
    Issued,
}

/// What is known of a vault from before.
#[derive(Clone, Default)]
pub(crate) struct Known {
    pub(crate) ids: Vec<EntryId>,
    pub(crate) hotp: Option<EntryId>,
    pub(crate) recovery: Option<String>,
    /// The HOTP codes that were given out.
    pub(crate) codes: Vec<String>,
}

pub(crate) struct World {
    pub(crate) folder: Folder,
    pub(crate) platform: Platform,
    guard: Arc<Guard>,
    pub(crate) vault: Option<Authenticator>,
    pub(crate) known: Known,
    pub(crate) issued: Option<RecoveryKey>,
}

/// A vault to begin with, again and again.
pub(crate) struct Template {
    files: Vec<(String, Vec<u8>)>,
    states: HashMap<VaultId, Vec<u8>>,
    known: Known,
}

impl Template {
    /// The files of `world` as they are now.
    pub(crate) fn of(world: &World) -> Self {
        let vault = world.folder.vault();
        let entries = fs::read_dir(vault.parent().unwrap()).unwrap().map(Result::unwrap);
        let files = entries.map(|entry| {
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        });
        let files = files.filter(|(name, _)| !name.ends_with(".lock")).collect();
        let states = world.guard.0.0.lock().unwrap().clone();
        Self { files, states, known: world.known.clone() }
    }

    pub(crate) fn world(&self) -> World {
        let world = World::new();
        for (name, bytes) in &self.files {
            fs::write(world.folder.path(name), bytes).unwrap();
        }
        world.guard.0.0.lock().unwrap().clone_from(&self.states);
        World { known: self.known.clone(), ..world }
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let guard = Arc::new(Guard(MemoryGuard(Mutex::default())));
        let platform = Platform { keys: Arc::new(PlainKeys), guard: Arc::clone(&guard) as _ };
        let (folder, known) = (Folder::new(), Known::default());
        Self { folder, platform, guard, vault: None, known, issued: None }
    }

    pub(crate) fn vault(&self) -> &Authenticator {
        self.vault.as_ref().unwrap()
    }

    pub(crate) fn recovery(&self) -> Option<RecoveryKey> {
        let text = SecretString::new(self.known.recovery.clone()?);
        Some(RecoveryKey::parse(&text).unwrap())
    }

    pub(crate) fn open(&self) -> Result<Authenticator, VaultError> {
        Authenticator::open(&self.folder.vault(), self.platform.clone())
    }

    pub(crate) fn open_damaged(&self) -> Result<Authenticator, VaultError> {
        Authenticator::open_damaged(&self.folder.vault(), self.platform.clone())
    }

    /// Gives out a code, which must not have been given out before.
    pub(crate) fn next_code(&mut self) -> Result<(), VaultError> {
        let code = self.vault().next_hotp_code(self.known.hotp.unwrap(), now())?;
        let code = code.as_str().to_owned();
        assert!(!self.known.codes.contains(&code), "a code came twice");
        self.known.codes.push(code);
        Ok(())
    }

    /// `None` where the key is not known.
    fn unlock(&self, vault: &Authenticator, way: Way) -> Option<Result<Unlocked, VaultError>> {
        Some(match way {
            Way::Platform => vault.unlock_with_platform(now()),
            Way::Pin(text) => vault.unlock_with_pin(&pin(text), now()),
            Way::Recovery => vault.unlock_with_recovery_key(&self.recovery()?, now()),
            Way::Issued => vault.unlock_with_recovery_key(self.issued.as_ref()?, now()),
        })
    }

    /// What `vault` shows, and whether all of it is proved.
    pub(crate) fn state(&self, vault: &Authenticator) -> Result<Value, VaultError> {
        let mut shown = snapshot(vault, now())?;
        for account in shown["accounts"].as_array_mut().unwrap() {
            // A new one's is another one each time.
            let known = self.known.ids.iter().any(|id| account["id"] == id.to_string());
            if !known {
                account["id"] = json!("new");
            }
            // Enough to be told from others.
            if let Some(icon) = account["icon"].as_str() {
                account["icon"] = json!([icon.len() / 2, icon[..2]]);
            }
        }
        vault.verify(now())?;
        let protection = format!("{:?}", vault.protection());
        let confirmed = vault.is_recovery_key_confirmed(now())?;
        let limit = vault.auto_lock(now())?.foreground.map(|limit| limit.as_secs());
        Ok(json!([shown, protection, vault.has_recovery_key(), confirmed, limit]))
    }

    /// What is found in the folder by somebody who comes later; leaves it open.
    pub(crate) fn found(&mut self) -> Value {
        let vault = match self.open() {
            Ok(vault) => vault,
            Err(VaultError::NotFound) => return Value::Null,
            Err(VaultError::Damaged | VaultError::NotAVault) => return self.salvaged(),
            Err(error) => panic!("it does not open: {error:?}"),
        };
        // What needs no PIN, which would count a try.
        let ways = [Way::Platform, Way::Recovery, Way::Issued];
        let opened = ways.into_iter().find_map(|way| match self.unlock(&vault, way)? {
            Ok(unlocked) => Some(Some(unlocked)),
            Err(VaultError::SlotMissing | VaultError::WrongSecret { .. }) => None,
            Err(VaultError::Damaged) => Some(None),
            Err(error) => panic!("{way:?} does not open it: {error:?}"),
        });
        let Some(unlocked) = opened.expect("nothing opens it") else {
            drop(vault);
            return self.salvaged();
        };
        assert!(!unlocked.guard_was_missing && !unlocked.guard_is_unavailable, "{unlocked:?}");
        let state = self.state(&vault).expect("what is open is whole");
        self.vault = Some(vault);
        json!([state, unlocked.rolled_back])
    }

    fn salvaged(&self) -> Value {
        let vault = self.open_damaged().expect("a damaged vault is salvaged");
        let _ = vault.unlock_with_platform(now()).expect("a damaged vault is unlocked");
        let found = vault.salvaged(now()).unwrap().unwrap();
        json!(["damaged", found.accounts, found.lost.len(), found.is_complete])
    }

    /// The wrong tries of the PIN that are counted, in the file or in the guard.
    pub(crate) fn tries(&mut self) -> u8 {
        self.vault = None;
        let file = Connection::open(self.folder.vault()).unwrap();
        file.pragma_update(None, "locking_mode", "EXCLUSIVE").unwrap();
        let in_file: u8 =
            file.query_row("SELECT max(tries) FROM slot", [], |row| row.get(0)).unwrap();
        in_file.max(self.guard.0.only_state()[9])
    }

    /// Whether each of `ways` opens the vault that is closed now. A key that nobody knows
    /// is left out.
    pub(crate) fn opens_by(&self, ways: &[Way]) -> bool {
        let vault = self.open().expect("what was opened once opens again");
        ways.iter().all(|way| {
            vault.lock();
            self.unlock(&vault, *way).is_none_or(|unlocked| unlocked.is_ok())
        })
    }

    pub(crate) fn repair(&self) -> Result<(), VaultError> {
        self.vault().repair(Older::Accept, now()).map(drop)
    }
}
