//! What a phone does to the key of a vault, or to the memory outside its file, and the way
//! on that the app has: no try of the PIN is lost by it, and nothing that was kept.

mod support;

use std::fs;
use std::sync::{Arc, Mutex};

use authenticator_core::vault::{
    Entry, KeyError, KeyWrapper, PinCost, RecoveryKey, SecurityLevel, VaultError,
};
use authenticator_core::{Authenticator, Platform, Protection, Secret, SlotSecrets};
use support::memory::MemoryGuard;
use support::{Folder, add, moment, pin, totp};

const PIN: &str = "482913";
const WRONG: &str = "482914";

/// A key store whose key may be lost, or not be asked for now.
struct PhoneKeys {
    key: Mutex<u8>,
    refusal: Mutex<Option<KeyError>>,
}

impl PhoneKeys {
    fn new(key: u8) -> Arc<Self> {
        Arc::new(Self { key: Mutex::new(key), refusal: Mutex::default() })
    }

    /// Another key in its place, which any finger that is enrolled now releases.
    fn renew(&self) {
        *self.key.lock().unwrap() += 1;
        self.refuse(None);
    }

    fn refuse(&self, refusal: Option<KeyError>) {
        *self.refusal.lock().unwrap() = refusal;
    }

    fn key(&self) -> Result<u8, KeyError> {
        self.refusal.lock().unwrap().map_or(Ok(*self.key.lock().unwrap()), Err)
    }
}

impl KeyWrapper for PhoneKeys {
    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::TrustedEnvironment
    }

    fn wrap(&self, secret: &Secret) -> Result<Vec<u8>, KeyError> {
        let key = self.key()?;
        Ok([&[key], secret.expose()].concat())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyError> {
        let (by, secret) = wrapped.split_first().ok_or(KeyError::Invalidated)?;
        if *by == self.key()? {
            Ok(Secret::new(secret.to_vec()))
        } else {
            Err(KeyError::Invalidated)
        }
    }

    fn prf(&self, _: &[u8; 32]) -> Result<Option<Secret>, KeyError> {
        Ok(None)
    }

    fn delete(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

/// A phone with a vault that has one account, a PIN and a recovery key, locked.
struct Phone {
    folder: Folder,
    keys: Arc<PhoneKeys>,
    guard: Arc<MemoryGuard>,
    vault: Option<Authenticator>,
    recovery: RecoveryKey,
}

impl Phone {
    fn new(protection: Protection) -> Self {
        let folder = Folder::new();
        let (keys, guard) = (PhoneKeys::new(1), Arc::new(MemoryGuard::default()));
        let platform = Platform { keys: keys.clone(), guard: guard.clone() };
        let vault = Authenticator::create(&folder.vault(), platform, moment(0)).unwrap();
        add(&vault, Entry::new(totp("Ex", "al", 1)));
        let recovery = vault.issue_recovery_key(None, moment(0)).unwrap();
        vault.confirm_recovery_key(&recovery, moment(0)).unwrap();
        let pin = pin(PIN);
        let secrets =
            SlotSecrets { pin: Some((&pin, PinCost::FLOOR)), recovery_key: Some(&recovery) };
        vault.protect(protection, secrets, moment(0)).unwrap();
        vault.lock();
        Self { folder, keys, guard, vault: Some(vault), recovery }
    }

    fn vault(&self) -> &Authenticator {
        self.vault.as_ref().unwrap()
    }

    /// The app is gone, with the memory of the process.
    fn end(&mut self) {
        self.vault = None;
    }

    fn open(&mut self) {
        let platform = Platform { keys: self.keys.clone(), guard: self.guard.clone() };
        self.vault = Some(Authenticator::open(&self.folder.vault(), platform).unwrap());
    }

    /// Everything that is kept, in the file and in the guard.
    fn kept(&self) -> (Vec<u8>, Vec<u8>) {
        self.vault().suspend().unwrap();
        let file = fs::read(self.folder.vault()).unwrap();
        self.vault().resume().unwrap();
        (file, self.guard.only_state())
    }

    #[track_caller]
    fn opens_by_its_pin(&self) {
        self.vault().lock();
        let _ = self.vault().unlock_with_pin(&pin(PIN), moment(9_000)).unwrap();
        assert_eq!(self.vault().items(moment(9_000)).unwrap().len(), 1);
    }

    #[track_caller]
    fn opens_by_the_platform(&self) {
        self.vault().lock();
        let _ = self.vault().unlock_with_platform(moment(9_000)).unwrap();
        assert_eq!(self.vault().items(moment(9_000)).unwrap().len(), 1);
    }
}

#[test]
fn fingers_enrolled_anew_are_set_up_again_after_the_pin() {
    let phone = Phone::new(Protection::PlatformOrPin);
    let vault = phone.vault();
    let before = phone.kept();
    phone.keys.renew();

    let refused = vault.unlock_with_platform(moment(0));
    assert_eq!(refused, Err(VaultError::Key(KeyError::Invalidated)));
    assert!(phone.kept() == before);

    phone.opens_by_its_pin();
    vault.enrol_platform(moment(9_000)).unwrap();
    phone.opens_by_the_platform();
    phone.opens_by_its_pin();
}

#[test]
fn where_both_are_demanded_the_recovery_key_leads_to_a_pin_with_the_new_key() {
    let phone = Phone::new(Protection::PlatformAndPin);
    let vault = phone.vault();
    let before = phone.kept();
    phone.keys.renew();

    for text in [PIN, WRONG] {
        let refused = vault.unlock_with_pin(&pin(text), moment(0));
        assert_eq!(refused, Err(VaultError::Key(KeyError::Invalidated)));
    }
    assert!(phone.kept() == before);

    let _ = vault.unlock_with_recovery_key(&phone.recovery, moment(0)).unwrap();
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    phone.opens_by_its_pin();
    assert_eq!(vault.protection(), Ok(Protection::PlatformAndPin));
}

#[test]
fn without_a_screen_lock_the_recovery_key_opens_and_the_pin_alone_can_take_over() {
    let phone = Phone::new(Protection::PlatformAndPin);
    let vault = phone.vault();
    let before = phone.kept();
    phone.keys.refuse(Some(KeyError::NotEnrolled));

    for text in [PIN, WRONG] {
        let refused = vault.unlock_with_pin(&pin(text), moment(0));
        assert_eq!(refused, Err(VaultError::Key(KeyError::NotEnrolled)));
    }
    assert!(phone.kept() == before);
    assert_eq!(vault.pin_tries(moment(0)).unwrap().left, 10);

    let _ = vault.unlock_with_recovery_key(&phone.recovery, moment(0)).unwrap();
    let refused = vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0));
    assert_eq!(refused, Err(VaultError::Key(KeyError::NotEnrolled)));
    let pin = pin(PIN);
    let secrets =
        SlotSecrets { pin: Some((&pin, PinCost::FLOOR)), recovery_key: Some(&phone.recovery) };
    vault.protect(Protection::Pin, secrets, moment(0)).unwrap();
    phone.opens_by_its_pin();

    // A screen lock is set up again; the key that was bound to the former one is gone.
    phone.keys.renew();
    vault.protect(Protection::PlatformAndPin, secrets, moment(9_000)).unwrap();
    phone.opens_by_its_pin();
}

#[test]
fn a_vault_that_only_the_lost_key_opened_says_so_and_stays() {
    let folder = Folder::new();
    let (keys, guard) = (PhoneKeys::new(1), Arc::new(MemoryGuard::default()));
    let platform = Platform { keys: keys.clone(), guard };
    let vault = Authenticator::create(&folder.vault(), platform, moment(0)).unwrap();
    vault.lock();
    keys.renew();

    let refused = vault.unlock_with_platform(moment(0));
    assert_eq!(refused, Err(VaultError::Key(KeyError::Invalidated)));
    let refused = vault.unlock_with_pin(&pin(PIN), moment(0));
    assert_eq!(refused, Err(VaultError::SlotMissing));
    assert!(!vault.has_recovery_key());
}

#[test]
fn what_the_guard_kept_of_a_former_installation_does_not_touch_a_new_vault() {
    let mut phone = Phone::new(Protection::PlatformOrPin);
    for wrong in 1..=10 {
        let refused = phone.vault().unlock_with_pin(&pin(WRONG), moment(1_000 * wrong));
        assert!(refused.is_err());
    }
    let leftover = phone.guard.only_state();
    phone.end();
    fs::remove_file(phone.folder.vault()).unwrap();

    let platform = Platform { keys: phone.keys.clone(), guard: phone.guard.clone() };
    let vault = Authenticator::create(&phone.folder.vault(), platform, moment(0)).unwrap();
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    vault.lock();
    assert_eq!(vault.pin_tries(moment(0)).unwrap().left, 10);
    let unlocked = vault.unlock_with_pin(&pin(PIN), moment(0)).unwrap();
    assert_eq!((unlocked.rolled_back, unlocked.guard_was_missing), (None, false));
    assert!(phone.guard.0.lock().unwrap().values().any(|state| *state == leftover));
}

#[test]
fn a_backup_that_is_restored_beside_the_former_guard_gives_no_try_back() {
    let mut phone = Phone::new(Protection::PlatformOrPin);
    let (backup, _) = phone.kept();
    let _ = phone.vault().unlock_with_platform(moment(0)).unwrap();
    add(phone.vault(), Entry::new(totp("Ex", "later", 2)));
    phone.vault().lock();
    for left in [9, 8, 7] {
        let wrong = phone.vault().unlock_with_pin(&pin(WRONG), moment(0));
        assert_eq!(wrong, Err(VaultError::WrongSecret { tries_left: Some(left) }));
    }
    phone.end();
    fs::write(phone.folder.vault(), backup).unwrap();

    phone.open();
    let vault = phone.vault();
    assert_eq!(vault.pin_tries(moment(0)).unwrap().left, 7);
    let unlocked = vault.unlock_with_pin(&pin(PIN), moment(0)).unwrap();
    assert!(unlocked.rolled_back.is_some());
    let refused = vault.note_use(vault.items(moment(0)).unwrap()[0].id(), moment(0));
    assert!(matches!(refused, Err(VaultError::RolledBack { .. })), "{refused:?}");

    vault.accept_rollback(moment(0)).unwrap();
    add(vault, Entry::new(totp("Ex", "again", 3)));
    assert_eq!(vault.items(moment(0)).unwrap().len(), 2);
}

#[test]
fn on_another_phone_only_the_recovery_key_opens_until_all_is_set_up_again() {
    let mut phone = Phone::new(Protection::PlatformOrPin);
    phone.end();
    (phone.keys, phone.guard) = (PhoneKeys::new(7), Arc::default());

    phone.open();
    let vault = phone.vault();
    for text in [PIN, WRONG] {
        let refused = vault.unlock_with_pin(&pin(text), moment(0));
        assert_eq!(refused, Err(VaultError::GuardMissing));
    }
    let refused = vault.unlock_with_platform(moment(0));
    assert_eq!(refused, Err(VaultError::Key(KeyError::Invalidated)));
    assert!(phone.guard.0.lock().unwrap().is_empty());

    let unlocked = vault.unlock_with_recovery_key(&phone.recovery, moment(0)).unwrap();
    assert!(unlocked.guard_was_missing);
    vault.enrol_platform(moment(0)).unwrap();
    vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    phone.opens_by_the_platform();
    phone.opens_by_its_pin();
}
