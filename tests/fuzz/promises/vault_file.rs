//! Whatever is done to the files of a vault, no account is read that was not sealed.

#[path = "edits.rs"]
mod edits;
#[path = "../../support/memory.rs"]
#[allow(dead_code, reason = "of its parts, the guard and the key store are used")]
mod memory;
#[path = "../../support/snapshot.rs"]
mod snapshot;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use authenticator_core::otp::{Account, Kind};
use authenticator_core::vault::{Added, Duplicates, Entry, Older, VaultError, VaultId};
use authenticator_core::{Authenticator, BootId, Moment, Platform, Secret, UnixTime, Unlocked};
use serde_json::{Value, json};
use snapshot::snapshot;

/// The vault that inputs edit: `tests/fuzz/base/`.
struct Base {
    vault: Vec<u8>,
    log: Vec<u8>,
    id: VaultId,
    guard: Vec<u8>,
    /// What it showed after each change, the newest last.
    history: Vec<Value>,
}

static BASE: LazyLock<Base> = LazyLock::new(|| {
    let text = include_str!("../base/history.json");
    let written: Value = serde_json::from_str(text).unwrap();
    let id = written["vault_id"].as_str().unwrap();
    let id = data_encoding::HEXLOWER.decode(id.as_bytes()).unwrap();
    // Most accounts are the same in most states: a state names them by their places.
    let account = |place: &Value| written["accounts"][place.as_u64().unwrap() as usize].clone();
    let history = written["states"].as_array().unwrap().iter().map(|state| {
        let accounts: Vec<Value> =
            state["accounts"].as_array().unwrap().iter().map(account).collect();
        json!({ "accounts": accounts, "can_undo": state["can_undo"] })
    });
    let history = history.collect();
    Base {
        vault: include_bytes!("../base/vault").to_vec(),
        log: include_bytes!("../base/vault-wal").to_vec(),
        id: VaultId::from_bytes(id.try_into().unwrap()),
        guard: include_bytes!("../base/guard").to_vec(),
        history,
    }
});

const NOW: Moment = Moment {
    wall: UnixTime::from_secs(1_741_011_999),
    monotonic: Duration::from_secs(9_000),
    boot_id: BootId::from_bytes([1; 16]),
};

pub(crate) fn check(input: &[u8]) {
    let [vault, log] = edits::edited([BASE.vault.clone(), BASE.log.clone()], input);
    // In memory, where there is such a folder: thousands of vaults wear a disk out.
    let memory = Some(PathBuf::from("/dev/shm")).filter(|folder| folder.is_dir());
    let folder = tempfile::tempdir_in(memory.unwrap_or_else(std::env::temp_dir)).unwrap();
    let path = folder.path().join("vault");
    std::fs::write(&path, vault).unwrap();
    std::fs::write(folder.path().join("vault-wal"), log).unwrap();

    let guards = Mutex::new([(BASE.id, BASE.guard.clone())].into());
    let guard = Arc::new(memory::MemoryGuard(guards));
    let platform = Platform { keys: Arc::new(memory::PlainKeys), guard };

    match read(&path, &platform) {
        Ok((shown, unlocked)) => whole(&path, &platform, &shown, unlocked),
        Err(error) => {
            assert_damage(error);
            damaged(&path, &platform, &BASE.history);
        }
    }
}

/// What the vault shows, and what its unlock says.
fn read(path: &Path, platform: &Platform) -> Result<(Value, Unlocked), VaultError> {
    let vault = Authenticator::open(path, platform.clone())?;
    let unlocked = vault.unlock_with_platform(NOW)?;
    let shown = snapshot(&vault, NOW)?;
    Ok((shown, unlocked))
}

/// The storage does not fail here, and nobody else is there: whoever is told so waits for
/// ever, and never salvages.
fn assert_damage(error: VaultError) {
    use VaultError::{AlreadyOpen, Busy, InUse, Storage, StorageFull, StorageLocked};
    let other = [AlreadyOpen, Busy, InUse, Storage, StorageFull, StorageLocked];
    assert!(!other.contains(&error), "{error:?}");
}

/// A vault that opens is the newest, or says by how much it is older; it is changed
/// unless it is older, and what it shows then is that and nothing else.
fn whole(path: &Path, platform: &Platform, shown: &Value, unlocked: Unlocked) {
    let missing = unlocked.rolled_back.unwrap_or(0);
    assert_eq!(unlocked, Unlocked { rolled_back: unlocked.rolled_back, ..Unlocked::default() });
    assert_eq!(Some(shown), before(missing), "{missing} changes are missing");

    let added = {
        let Ok(vault) = Authenticator::open(path, platform.clone()) else { return };
        if vault.unlock_with_platform(NOW).is_err() {
            return;
        }
        let secret = Secret::new(vec![9; 20]);
        let account = Account::from_parts("Ex", "new", Kind::totp(), secret).unwrap().account;
        let added = vault.add(Entry::new(account), Duplicates::Keep, NOW);
        if missing > 0 {
            assert_eq!(added, Err(VaultError::RolledBack { missing }));
        }
        let Ok(Added::New(_)) = added else { return };
        let Ok(added) = snapshot(&vault, NOW) else { return };
        added
    };
    assert_eq!(accounts(&added).count(), accounts(shown).count() + 1);
    // What quick_check does not look at may be wrong, and a change stumble over it.
    match read(path, platform) {
        Ok((shown, unlocked)) => assert_eq!((shown, unlocked), (added, Unlocked::default())),
        Err(error) => {
            assert_damage(error);
            damaged(path, platform, &[&BASE.history[..], &[added]].concat());
        }
    }
}

fn before(missing: u64) -> Option<&'static Value> {
    let missing = usize::try_from(missing).ok()?;
    BASE.history.iter().rev().nth(missing)
}

/// Of a damaged vault comes back what was sealed, and what is said to be all of it is the
/// newest of the states in `history`.
fn damaged(path: &Path, platform: &Platform, history: &[Value]) {
    let (report, shown) = {
        let vault = match Authenticator::open_damaged(path, platform.clone()) {
            Ok(vault) => vault,
            Err(error) => return assert_damage(error),
        };
        if vault.unlock_with_platform(NOW).is_err() {
            return;
        }
        let report = vault.salvaged(NOW).unwrap().unwrap();
        let Ok(shown) = snapshot(&vault, NOW) else { return };
        assert_sealed(&shown, history);
        assert_eq!(report.accounts, accounts(&shown).count());
        if report.is_complete {
            assert_eq!(history.last(), Some(&shown));
        }
        let repaired = match vault.repair(Older::Refuse, NOW) {
            Err(VaultError::RolledBack { .. }) => {
                assert!(!report.is_complete);
                vault.repair(Older::Accept, NOW)
            }
            repaired => {
                assert!(repaired.is_err() || report.is_complete);
                repaired
            }
        };
        let repaired = repaired.unwrap();
        assert_eq!(repaired, report);
        assert_eq!(snapshot(&vault, NOW).as_ref(), Ok(&shown));
        (report, shown)
    };
    let (again, unlocked) = read(path, platform).unwrap();
    assert_eq!((again, unlocked), (shown, Unlocked::default()), "{report:?}");
}

/// Each account is as it was once; so is how often it was used, which is kept elsewhere.
fn assert_sealed(shown: &Value, history: &[Value]) {
    for account in accounts(shown) {
        let known = || history.iter().flat_map(accounts).filter(|it| it["id"] == account["id"]);
        assert!(known().any(|known| unused(known) == unused(account)), "{account}");
        let used = account.get("used");
        assert!(used.is_none() || known().any(|known| known.get("used") == used), "{account}");
    }
}

fn accounts(shown: &Value) -> impl Iterator<Item = &Value> {
    shown["accounts"].as_array().unwrap().iter()
}

fn unused(account: &Value) -> Value {
    let mut account = account.clone();
    account.as_object_mut().unwrap().remove("used");
    account
}
