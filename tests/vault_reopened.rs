//! A file that was closed for a while may have been another program's meanwhile: what that
//! did to keys, tries and the guard stays done.

mod support;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use authenticator_core::vault::{Entry, GuardError, PinCost, RollbackGuard, VaultError, VaultId};
use authenticator_core::{Authenticator, Platform, Protection, SlotSecrets};
use support::memory::{Asked, Meanwhile, MemoryGuard, PlainKeys};
use support::{Folder, add, moment, pin, totp};

const PIN: &str = "482913";
const NEW_PIN: &str = "739105";
const WRONG: &str = "482914";

/// Lets another program, with the same guard, have the file while `vault` is suspended. (A
/// process has one handle for a path: it works on a copy, which is put back.)
fn elsewhere(folder: &Folder, vault: &Authenticator, work: impl FnOnce(&Authenticator)) {
    vault.suspend().unwrap();
    let other = folder.path("other");
    fs::copy(folder.vault(), &other).unwrap();
    let another = Authenticator::open(&other, folder.platform()).unwrap();
    work(&another);
    drop(another);
    fs::copy(&other, folder.vault()).unwrap();
}

fn with_pin() -> (Folder, Authenticator) {
    let folder = Folder::new();
    let vault = folder.create();
    add(&vault, Entry::new(totp("Ex", "al", 1)));
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    (folder, vault)
}

#[test]
fn a_pin_that_was_set_meanwhile_opens_afterwards() {
    let (folder, vault) = with_pin();
    elsewhere(&folder, &vault, |another| {
        let _ = another.unlock_with_platform(moment(0)).unwrap();
        another.set_pin(&pin(NEW_PIN), PinCost::FLOOR, moment(0)).unwrap();
    });

    vault.resume().unwrap();
    assert_eq!(vault.items(moment(0)).unwrap().len(), 1);
    add(&vault, Entry::new(totp("Ex", "bo", 2)));
    drop(vault);
    let vault = folder.open();
    let wrong = vault.unlock_with_pin(&pin(PIN), moment(0));
    assert_eq!(wrong, Err(VaultError::WrongSecret { tries_left: Some(9) }));
    let _ = vault.unlock_with_pin(&pin(NEW_PIN), moment(0)).unwrap();
}

#[test]
fn keys_that_were_rotated_meanwhile_lock_it_and_the_pin_opens() {
    let (folder, vault) = with_pin();
    elsewhere(&folder, &vault, |another| {
        let _ = another.unlock_with_platform(moment(0)).unwrap();
        let pin = pin(PIN);
        let secrets = SlotSecrets { pin: Some((&pin, PinCost::FLOOR)), recovery_key: None };
        another.rotate(secrets, moment(0)).unwrap();
    });

    vault.resume().unwrap();
    assert!(matches!(vault.items(moment(0)), Err(VaultError::Locked)));
    let _ = vault.unlock_with_pin(&pin(PIN), moment(0)).unwrap();
    assert_eq!(vault.items(moment(0)).unwrap().len(), 1);
}

#[test]
fn tries_that_were_counted_meanwhile_stay_counted_and_a_slot_stays_destroyed() {
    for tries in [9, 10] {
        let (folder, vault) = with_pin();
        elsewhere(&folder, &vault, |another| {
            for wrong in 1..=tries {
                assert!(another.unlock_with_pin(&pin(WRONG), moment(1_000 * wrong)).is_err());
            }
        });

        vault.resume().unwrap();
        vault.note_use(vault.items(moment(0)).unwrap()[0].id(), moment(0)).unwrap();
        let left = vault.pin_tries(moment(99_000));
        match tries {
            9 => assert_eq!(left.unwrap().left, 1),
            _ => assert_eq!(left, Err(VaultError::SlotDestroyed)),
        }
        // What is written now does not bring it back either.
        vault.enrol_platform(moment(0)).unwrap();
        drop(vault);
        let opened = folder.open().unlock_with_pin(&pin(PIN), moment(99_000));
        assert_eq!(opened.is_ok(), tries == 9, "{opened:?}");
    }
}

#[test]
fn a_change_that_began_before_does_not_undo_what_was_done_meanwhile() {
    type Change = fn(&Authenticator) -> Result<(), VaultError>;
    let changes: [Change; 3] = [
        |vault| vault.set_pin(&pin("605918"), PinCost::FLOOR, moment(0)),
        |vault| vault.prove_presence_with_pin(&pin(PIN), moment(0)),
        |vault| vault.prove_presence_with_pin(&pin(WRONG), moment(0)),
    ];
    for change in changes {
        let folder = Arc::new(Folder::new());
        let guard: Arc<MemoryGuard> = Arc::default();
        let handle: Arc<std::sync::OnceLock<Authenticator>> = Arc::default();
        let (path, other) = (folder.vault(), folder.path("other"));
        let (theirs, mine) = (Arc::clone(&guard), Arc::clone(&handle));
        let meanwhile = move || {
            let vault = mine.get().unwrap();
            vault.suspend().unwrap();
            fs::copy(&path, &other).unwrap();
            let platform = Platform { keys: Arc::new(PlainKeys), guard: theirs.clone() };
            let another = Authenticator::open(&other, platform).unwrap();
            let _ = another.unlock_with_platform(moment(0)).unwrap();
            another.set_pin(&pin(NEW_PIN), PinCost::FLOOR, moment(0)).unwrap();
            drop(another);
            fs::copy(&other, &path).unwrap();
            vault.resume().unwrap();
        };
        // A key store that lets the other program work while it is asked.
        let lets = Arc::new(AtomicBool::new(false));
        let once = Arc::clone(&lets);
        let keys = Meanwhile(move |asked| {
            if asked == Asked::Prf && once.swap(false, Ordering::SeqCst) {
                meanwhile();
            }
        });
        let platform = Platform { keys: Arc::new(keys), guard: guard.clone() };
        let vault = Authenticator::create(&folder.vault(), platform, moment(0)).unwrap();
        vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
        handle.set(vault).unwrap();
        lets.store(true, Ordering::SeqCst);

        let vault = handle.get().unwrap();
        assert_eq!(change(vault), Err(VaultError::InUse));
        vault.lock();
        assert_eq!(vault.pin_tries(moment(0)).unwrap().left, 10);
        let _ = vault.unlock_with_pin(&pin(NEW_PIN), moment(0)).unwrap();
    }
}

/// A guard that can be out of reach.
#[derive(Default)]
struct Failing(MemoryGuard, AtomicBool);

impl RollbackGuard for Failing {
    fn read(&self, id: &VaultId) -> Result<Option<Vec<u8>>, GuardError> {
        if self.1.load(Ordering::SeqCst) { Err(GuardError::Unavailable) } else { self.0.read(id) }
    }

    fn replace(&self, id: &VaultId, state: &[u8]) -> Result<(), GuardError> {
        self.read(id)?;
        self.0.replace(id, state)
    }
}

#[test]
fn a_guard_that_cannot_be_reached_then_leaves_it_to_be_read_alone() {
    let (folder, guard) = (Folder::new(), Arc::new(Failing::default()));
    let platform = Platform { guard: guard.clone(), ..folder.platform() };
    let vault = Authenticator::create(&folder.vault(), platform, moment(0)).unwrap();
    let id = add(&vault, Entry::new(totp("Ex", "al", 1)));
    vault.suspend().unwrap();
    guard.1.store(true, Ordering::SeqCst);

    vault.resume().unwrap();
    assert_eq!(vault.items(moment(0)).unwrap().len(), 1);
    let refused = vault.note_use(id, moment(0));
    assert_eq!(refused, Err(VaultError::Guard(GuardError::Unavailable)));
    guard.1.store(false, Ordering::SeqCst);
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    vault.note_use(id, moment(0)).unwrap();
}

#[test]
fn a_pin_is_not_said_to_be_gone_while_what_it_is_bound_to_is_kept() {
    let (folder, guard) = (Folder::new(), Arc::new(Failing::default()));
    let platform = Platform { guard: guard.clone(), ..folder.platform() };
    let open = || Authenticator::open(&folder.vault(), platform.clone()).unwrap();
    let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    vault.suspend().unwrap();
    let older = fs::read(folder.vault()).unwrap();
    vault.resume().unwrap();
    guard.1.store(true, Ordering::SeqCst);
    let removed = vault.protect(Protection::Platform, SlotSecrets::default(), moment(0));
    assert_eq!(removed, Err(VaultError::Guard(GuardError::Unavailable)));
    guard.1.store(false, Ordering::SeqCst);
    let bound_to = guard.0.only_state()[10..26].to_vec();
    vault.protect(Protection::Platform, SlotSecrets::default(), moment(0)).unwrap();
    drop(vault);

    // The end of it was never told: the guard holds both that it was and that it was to be.
    let mut state = guard.0.only_state();
    let whole = state.len() - 4;
    state.copy_within(10..26, 27);
    state[26] = 1;
    state[10..26].copy_from_slice(&bound_to);
    let check = ring::digest::digest(&ring::digest::SHA256, &state[..whole]);
    state[whole..].copy_from_slice(&check.as_ref()[..4]);
    for vault in guard.0.0.lock().unwrap().values_mut() {
        vault.clone_from(&state);
    }
    let vault = open();
    let _ = vault.unlock_with_platform(moment(0)).unwrap();
    drop(vault);
    assert_eq!(guard.0.only_state()[26], 0, "the next unlock ends it");
    fs::write(folder.vault(), older).unwrap();
    let refused = open().unlock_with_pin(&pin(PIN), moment(0));
    assert_eq!(refused, Err(VaultError::WrongSecret { tries_left: Some(9) }));
}

#[test]
fn an_older_file_that_the_person_looks_at_stays_open() {
    let folder = Folder::new();
    let vault = folder.create();
    vault.suspend().unwrap();
    let older = fs::read(folder.vault()).unwrap();
    vault.resume().unwrap();
    add(&vault, Entry::new(totp("Ex", "al", 1)));
    add(&vault, Entry::new(totp("Ex", "bo", 2)));
    drop(vault);
    fs::write(folder.vault(), older).unwrap();

    let vault = folder.open();
    assert_eq!(vault.unlock_with_platform(moment(0)).unwrap().rolled_back, Some(2));
    vault.suspend().unwrap();
    vault.resume().unwrap();
    // Nothing of it is news: it is read as before, and still not written to.
    assert_eq!(vault.items(moment(0)).unwrap().len(), 0);
    assert_eq!(vault.undo(moment(0)), Err(VaultError::NothingToUndo));
    assert_eq!(vault.waive_recovery("-", moment(0)), Err(VaultError::RolledBack { missing: 2 }));
    vault.accept_rollback(moment(0)).unwrap();
    vault.waive_recovery("-", moment(0)).unwrap();
}

#[test]
fn a_file_that_lacks_but_one_change_is_an_older_one() {
    let folder = Folder::new();
    let vault = folder.create();
    let mut before = Vec::new();
    elsewhere(&folder, &vault, |another| {
        before = fs::read(folder.vault()).unwrap();
        let _ = another.unlock_with_platform(moment(0)).unwrap();
        add(another, Entry::new(totp("Ex", "al", 1)));
    });
    fs::write(folder.vault(), before).unwrap();

    assert_eq!(vault.resume(), Err(VaultError::RolledBack { missing: 1 }));
    assert!(!vault.is_unlocked(moment(0)));
}
