//! What an app says to a vault while another thread of it waits for the key store or the
//! guard.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, OnceLock};
use std::thread;

use authenticator_core::vault::{Entry, GuardError, PinCost, RollbackGuard, VaultError, VaultId};
use authenticator_core::{Authenticator, Platform, Protection, SlotSecrets};
use support::memory::{Asked, Meanwhile, MemoryGuard, PlainKeys};
use support::{Folder, add, moment, pin, totp};

/// A vault whose key store does `work` with it whenever it is asked, once the vault is there.
fn vault(
    folder: &Folder,
    work: impl Fn(&Authenticator, Asked) + Send + Sync + 'static,
) -> Arc<OnceLock<Authenticator>> {
    let handle: Arc<OnceLock<Authenticator>> = Arc::default();
    let held = Arc::downgrade(&handle);
    let keys = Meanwhile(move |asked| {
        if let Some(vault) = held.upgrade().as_ref().and_then(|handle| handle.get()) {
            thread::scope(|threads| drop(threads.spawn(|| work(vault, asked))));
        }
    });
    let platform = Platform { keys: Arc::new(keys), guard: Arc::new(MemoryGuard::default()) };
    let vault = Authenticator::create(&folder.vault(), platform, moment(0)).unwrap();
    assert!(handle.set(vault).is_ok());
    handle
}

#[test]
fn a_prompt_that_takes_the_app_off_the_screen_for_a_while_locks_nothing() {
    type Change = fn(&Authenticator) -> Result<(), VaultError>;
    let changes: [Change; 5] = [
        |vault| vault.enrol_platform(moment(0)),
        |vault| vault.set_pin(&pin("482913"), PinCost::FLOOR, moment(0)),
        |vault| vault.rotate(Default::default(), moment(0)),
        |vault| vault.prove_presence_with_platform(moment(0)),
        |vault| vault.issue_recovery_key(None, moment(0)).map(drop),
    ];
    for change in changes {
        let folder = Folder::new();
        let handle = vault(&folder, |vault, _| {
            vault.enter_background(moment(1));
            vault.enter_foreground(moment(9));
            vault.note_interaction(moment(9));
        });
        let vault = handle.get().unwrap();

        assert_eq!(change(vault), Ok(()));
        assert!(vault.is_unlocked(moment(9)));
        // The time off the screen counted all the same.
        assert!(!vault.is_unlocked(moment(9 + 300)));
    }
}

#[test]
fn an_account_that_is_added_during_a_prompt_is_no_reason_to_refuse_the_pin() {
    let folder = Folder::new();
    let handle = vault(&folder, |vault, asked| {
        if asked == Asked::Unwrap {
            add(vault, Entry::new(totp("Ex", "meanwhile", 2)));
        }
    });
    let vault = handle.get().unwrap();
    vault.waive_recovery("I know", moment(0)).unwrap();
    let pin = pin("482913");
    let secrets = SlotSecrets { pin: Some((&pin, PinCost::FLOOR)), recovery_key: None };
    vault.protect(Protection::PlatformAndPin, secrets, moment(0)).unwrap();

    vault.prove_presence_with_pin(&pin, moment(0)).unwrap();
    assert_eq!(vault.items(moment(0)).unwrap().len(), 1);
    assert!(vault.guard_is_current());
}

/// A guard that waits, once it is told to, until it is let go.
struct Slow {
    guard: MemoryGuard,
    waits: AtomicBool,
    met: Barrier,
}

impl RollbackGuard for Slow {
    fn read(&self, id: &VaultId) -> Result<Option<Vec<u8>>, GuardError> {
        self.guard.read(id)
    }

    fn replace(&self, id: &VaultId, state: &[u8]) -> Result<(), GuardError> {
        if self.waits.swap(false, Ordering::SeqCst) {
            // Here the other thread begins, and here it is done.
            self.met.wait();
            self.met.wait();
        }
        self.guard.replace(id, state)
    }
}

#[test]
fn a_wipe_while_the_guard_is_told_something_leaves_nothing_that_an_older_file_opens_by() {
    let folder = Folder::new();
    let guard = Arc::new(Slow {
        guard: MemoryGuard::default(),
        waits: AtomicBool::new(false),
        met: Barrier::new(2),
    });
    let platform = Platform { keys: Arc::new(PlainKeys), guard: guard.clone() };
    let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
    let id = add(&vault, Entry::new(totp("Ex", "al", 1)));
    vault.set_pin(&pin("482913"), PinCost::FLOOR, moment(0)).unwrap();
    vault.suspend().unwrap();
    let older = std::fs::read(folder.vault()).unwrap();
    vault.resume().unwrap();
    let epoch = guard.guard.only_state()[10..26].to_vec();
    guard.waits.store(true, Ordering::SeqCst);

    thread::scope(|threads| {
        threads.spawn(|| vault.note_use(id, moment(0)).unwrap());
        guard.met.wait();
        let wiped = vault.wipe(moment(0));
        // The other thread tells the guard; whether it will be able to is not known yet.
        assert_eq!(wiped, Err(VaultError::Guard(GuardError::Unavailable)));
        assert!(!folder.vault().exists());
        guard.met.wait();
    });
    assert_ne!(guard.guard.only_state()[10..26], epoch);
    drop(vault);
    std::fs::write(folder.vault(), older).unwrap();
    let vault = Authenticator::open(&folder.vault(), platform).unwrap();
    let refused = vault.unlock_with_pin(&pin("482913"), moment(0));
    assert_eq!(refused, Err(VaultError::WrongSecret { tries_left: Some(9) }));
}
