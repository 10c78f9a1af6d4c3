//! A phone whose key store asks the person by a prompt of the app's own.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use authenticator_core::vault::{
    Entry, KeyError, KeyWrapper, Pin, PinCost, RecoveryKey, SecurityLevel, VaultError,
};
use authenticator_core::{
    Authenticator, Platform, PlatformAnswers, PlatformEnrolment, Protection, Secret, SlotSecrets,
};

use super::memory::{MemoryGuard, PlainKeys};
use super::{Folder, add, moment, pin, totp};

pub(crate) const PIN: &str = "482913";
pub(crate) const NEW_PIN: &str = "739105";
pub(crate) const EVERY: [Protection; 4] =
    [Protection::Platform, Protection::Pin, Protection::PlatformOrPin, Protection::PlatformAndPin];

/// What the key store does once the person has touched the sensor.
pub(crate) fn prompt_wraps(secret: &Secret) -> Vec<u8> {
    secret.expose().iter().map(|byte| byte ^ 0x5a).chain([7]).collect()
}

pub(crate) fn prompt_unwraps(wrapped: &[u8]) -> Secret {
    let (mark, secret) = wrapped.split_last().unwrap();
    assert_eq!(*mark, 7);
    Secret::new(secret.iter().map(|byte| byte ^ 0x5a).collect())
}

/// A key store that a person has to be asked for: who calls it after so many times is
/// refused.
pub(crate) struct Prompting {
    pub(crate) obliging: AtomicUsize,
    pub(crate) refused: AtomicUsize,
}

impl Prompting {
    fn ask(&self) -> Result<(), KeyError> {
        let less = |left: usize| left.checked_sub(1);
        let left = self.obliging.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        left.map(drop).map_err(|_| {
            self.refused.fetch_add(1, Ordering::SeqCst);
            KeyError::Cancelled
        })
    }
}

impl KeyWrapper for Prompting {
    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::TrustedEnvironment
    }

    fn wrap(&self, key: &Secret) -> Result<Vec<u8>, KeyError> {
        self.ask().map(|()| prompt_wraps(key))
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyError> {
        self.ask().map(|()| prompt_unwraps(wrapped))
    }

    fn prf(&self, input: &[u8; 32]) -> Result<Option<Secret>, KeyError> {
        PlainKeys.prf(input)
    }

    fn delete(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

/// A vault with one account, unlocked, on a phone whose key store prompts.
pub(crate) struct Phone {
    pub(crate) folder: Folder,
    pub(crate) vault: Authenticator,
    pub(crate) keys: Arc<Prompting>,
    pub(crate) guard: Arc<MemoryGuard>,
    pub(crate) recovery: RecoveryKey,
    pub(crate) protection: Protection,
}

impl Phone {
    pub(crate) fn new(protection: Protection) -> Self {
        let folder = Folder::new();
        let keys =
            Arc::new(Prompting { obliging: AtomicUsize::new(99), refused: AtomicUsize::new(0) });
        let guard = Arc::new(MemoryGuard::default());
        let platform = Platform { keys: keys.clone(), guard: guard.clone() };
        let vault = Authenticator::create(&folder.vault(), platform, moment(0)).unwrap();
        add(&vault, Entry::new(totp("Ex", "al", 1)));
        let recovery = vault.issue_recovery_key(None, moment(0)).unwrap();
        vault.confirm_recovery_key(&recovery, moment(0)).unwrap();
        let phone = Self { folder, vault, keys, guard, recovery, protection };
        phone.vault.protect(protection, phone.secrets(&pin(PIN)), moment(0)).unwrap();
        phone.keys.obliging.store(0, Ordering::SeqCst);
        phone
    }

    pub(crate) fn secrets<'a>(&'a self, pin: &'a Pin) -> SlotSecrets<'a> {
        SlotSecrets { pin: Some((pin, PinCost::FLOOR)), recovery_key: Some(&self.recovery) }
    }

    pub(crate) fn enrolment(&self) -> (PlatformEnrolment, Vec<u8>) {
        let enrolment = self.vault.begin_platform_enrolment().unwrap();
        let wrapped = prompt_wraps(enrolment.secret());
        (enrolment, wrapped)
    }

    pub(crate) fn unwrapped(&self) -> Option<Secret> {
        let begun = self.vault.begin_pin_unlock().ok()?;
        begun.map(|begun| prompt_unwraps(&begun.wrapped))
    }

    pub(crate) fn answers(&self) -> PlatformAnswers {
        PlatformAnswers { wrapped: Some(self.enrolment()), unwrapped: self.unwrapped() }
    }

    /// Unlocks, in two steps where the key store is part of it.
    pub(crate) fn unlock(&self) -> Result<(), VaultError> {
        let (vault, now) = (&self.vault, moment(1));
        if let Ok(begun) = vault.begin_platform_unlock() {
            return vault.finish_platform_unlock(&prompt_unwraps(&begun.wrapped), now).map(drop);
        }
        match self.unwrapped() {
            Some(unwrapped) => vault.finish_pin_unlock(&pin(PIN), &unwrapped, now).map(drop),
            None => vault.unlock_with_pin(&pin(PIN), now).map(drop),
        }
    }

    /// Everything that is kept: the file, and the guard's tries and epochs.
    pub(crate) fn kept(&self) -> (Vec<u8>, Vec<u8>) {
        self.vault.suspend().unwrap();
        let file = fs::read(self.folder.vault()).unwrap();
        self.vault.resume().unwrap();
        (file, self.guard.only_state())
    }

    /// Nothing is kept that was not before, and nobody called the key store.
    #[track_caller]
    pub(crate) fn is_as_it_was(&self, before: &(Vec<u8>, Vec<u8>), what: &str) {
        assert!(self.kept() == *before, "{what}, {:?}: something was changed", self.protection);
        assert_eq!(self.keys.refused.load(Ordering::SeqCst), 0, "{what}");
    }
}
