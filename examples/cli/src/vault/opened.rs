//! A vault, opened and unlocked: each run of this program is one session.

use std::cell::Cell;
use std::time::Instant;

use authenticator_core::vault::{Pin, PinCost, RecoveryKey, VaultError};
use authenticator_core::{Authenticator, Moment, Protection, Unlocked};

use super::arguments::Place;
use super::key_arguments::Way;
use super::place::{MissingKey, Paths};
use super::turn::Turn;
use super::{ask, moment};
use crate::output;
use crate::refusal::Refusal;

/// What opened it, kept to do so again: a session ends while a person looks for a slip
/// of paper.
#[derive(Debug)]
pub(super) enum Means {
    Platform,
    Pin(Pin),
    Recovery(RecoveryKey),
}

/// An unlocked vault.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) vault: Authenticator,
    means: Means,
    turn: Turn,
    /// Whether the state folder could not be read when it was unlocked.
    unguarded: Cell<bool>,
}

impl Opened {
    /// Opens the vault by its key file and, where it demands one, the PIN.
    pub(super) fn open(place: &Place) -> Result<Self, Refusal> {
        let paths = Paths::of(place)?;
        paths.expect_vault()?;
        let platform = paths.platform(MissingKey::Refuse)?;
        let turn = Turn::wait_for(&paths.state)?;
        let vault = Authenticator::open(&paths.vault, platform)?;
        let means = Means::usual(&vault, place, &turn)?;
        Self::of(vault, means, turn).unlocked()
    }

    /// Opens what is left of a damaged vault, whose file is not written to.
    pub(super) fn open_damaged(place: &Place, way: &Way) -> Result<Self, Refusal> {
        let paths = Paths::of(place)?;
        paths.expect_vault()?;
        let key = way.is_recovery_key().then(|| ask::recovery_key(way.recovery_fd)).transpose()?;
        let platform = match key {
            // What is to be looked at only gets no new key file.
            Some(_) => paths.platform_without_key()?,
            None => paths.platform(MissingKey::Refuse)?,
        };
        let turn = Turn::wait_for(&paths.state)?;
        let vault = Authenticator::open_damaged(&paths.vault, platform)?;
        let means = match key {
            Some(key) => Means::Recovery(key),
            None => Means::usual(&vault, place, &turn)?,
        };
        Self::of(vault, means, turn).unlocked_damaged()
    }

    /// This damaged vault, unless it opens as a whole one does.
    pub(super) fn unless_whole(self, place: &Place) -> Result<Self, Refusal> {
        let Self { vault, means, turn, .. } = self;
        // One handle at a time has a file.
        drop(vault);
        let paths = Paths::of(place)?;
        let platform = match means {
            Means::Recovery(_) => paths.platform_without_key()?,
            Means::Platform | Means::Pin(_) => paths.platform(MissingKey::Refuse)?,
        };
        let now = moment::now()?;
        let opened = Authenticator::open(&paths.vault, platform.clone());
        match opened.and_then(|vault| means.unlock(&vault, now)) {
            Ok(unlocked) => {
                warn_of_rollback(&unlocked);
                return Err(VaultError::NothingToRepair.into());
            }
            Err(VaultError::Damaged | VaultError::NotAVault) => {}
            Err(error) => return Err(error.into()),
        }
        let vault = Authenticator::open_damaged(&paths.vault, platform)?;
        Self::of(vault, means, turn).unlocked_damaged()
    }

    /// Opens the vault by its recovery key; makes a key file if there is none.
    pub(super) fn open_with_recovery_key(
        place: &Place,
        recovery_fd: Option<u32>,
    ) -> Result<Self, Refusal> {
        let paths = Paths::of(place)?;
        paths.expect_vault()?;
        let key = ask::recovery_key(recovery_fd)?;
        let turn = Turn::wait_for(&paths.state)?;
        // A wrong recovery key makes no key file, which would be taken for the vault's.
        if !paths.key.exists() {
            let vault = Authenticator::open(&paths.vault, paths.platform_without_key()?)?;
            let _ = vault.unlock_with_recovery_key(&key, moment::now()?)?;
        }
        let platform = paths.platform(MissingKey::Make)?;
        let vault = Authenticator::open(&paths.vault, platform)?;
        Self::of(vault, Means::Recovery(key), turn).unlocked()
    }

    /// A vault that was just made, and is unlocked.
    pub(super) fn new(vault: Authenticator, turn: Turn) -> Self {
        Self::of(vault, Means::Platform, turn)
    }

    fn of(vault: Authenticator, means: Means, turn: Turn) -> Self {
        Self { vault, means, turn, unguarded: Cell::new(false) }
    }

    /// Whether the state folder cannot be read: then nothing is written either.
    pub(super) fn guard_is_unavailable(&self) -> bool {
        self.unguarded.get()
    }

    fn unlocked(self) -> Result<Self, Refusal> {
        let unlocked = self.unlock()?;
        warn_of_rollback(&unlocked);
        warn_of_guard(&unlocked);
        Ok(self)
    }

    /// As `unlocked`; how old a damaged vault is stands in what was found of it.
    fn unlocked_damaged(self) -> Result<Self, Refusal> {
        warn_of_guard(&self.unlock()?);
        Ok(self)
    }

    fn unlock(&self) -> Result<Unlocked, Refusal> {
        let unlocked = self.means.unlock(&self.vault, moment::now()?)?;
        self.unguarded.set(unlocked.guard_is_unavailable);
        Ok(unlocked)
    }

    /// Unlocks anew what was unlocked before: for what only a person who is there may do,
    /// after a prompt that may have taken long.
    pub(super) fn renew(&self) -> Result<(), Refusal> {
        self.vault.lock();
        // What was doubtful was said at the first unlock. Of what came to it since, `resume`
        // refuses an older file, and a write is refused where the guard cannot be reached.
        self.unlock().map(drop)
    }

    /// The vault's PIN, if that opened it.
    pub(super) fn pin(&self) -> Option<&Pin> {
        match &self.means {
            Means::Pin(pin) => Some(pin),
            _ => None,
        }
    }

    /// The recovery key, if that opened it.
    pub(super) fn recovery_key(&self) -> Option<&RecoveryKey> {
        match &self.means {
            Means::Recovery(key) => Some(key),
            _ => None,
        }
    }

    /// Whether the vault has a PIN, also one that was destroyed.
    pub(super) fn has_pin(&self) -> Result<bool, Refusal> {
        match self.vault.protection() {
            Ok(Protection::Platform) => Ok(false),
            Ok(_) | Err(VaultError::SlotDestroyed) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Closes the file while a person is asked something.
    pub(super) fn while_asked<T>(
        &self,
        ask: impl FnOnce() -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.suspend()?;
        let answer = ask()?;
        self.resume()?;
        self.renew()?;
        Ok(answer)
    }

    /// Closes the file, for other programs to use it.
    pub(super) fn suspend(&self) -> Result<(), Refusal> {
        let suspended = self.vault.suspend();
        self.turn.give_up();
        Ok(suspended?)
    }

    /// Opens the file again.
    pub(super) fn resume(&self) -> Result<(), Refusal> {
        self.turn.take()?;
        Ok(self.vault.resume()?)
    }
}

impl Means {
    /// What opens `vault` usually: its key file and, where it demands one, the PIN.
    fn usual(vault: &Authenticator, place: &Place, turn: &Turn) -> Result<Self, Refusal> {
        Ok(match vault.protection()? {
            Protection::Platform | Protection::PlatformOrPin => Self::Platform,
            Protection::Pin | Protection::PlatformAndPin => {
                // Nobody else has to wait while a person types.
                vault.suspend()?;
                turn.give_up();
                let pin = ask::pin(place.pin_fd)?;
                turn.take()?;
                vault.resume()?;
                Self::Pin(pin)
            }
        })
    }

    fn unlock(&self, vault: &Authenticator, now: Moment) -> Result<Unlocked, VaultError> {
        match self {
            Self::Platform => vault.unlock_with_platform(now),
            Self::Pin(pin) => vault.unlock_with_pin(pin, now),
            Self::Recovery(key) => vault.unlock_with_recovery_key(key, now),
        }
    }
}

fn warn_of_rollback(unlocked: &Unlocked) {
    if let Some(missing) = unlocked.rolled_back {
        output::warning(&format!(
            "an older copy of the vault was put back: {missing} changes are missing. It is read \
             and not written to; `authenticator verify --accept-rollback` accepts it"
        ));
    }
}

fn warn_of_guard(unlocked: &Unlocked) {
    if unlocked.guard_was_missing {
        output::warning(
            "the state folder of this vault was empty, as after it was moved without it: an \
             older copy could not be told",
        );
    }
    if unlocked.guard_is_unavailable {
        output::warning(
            "the state folder beside the vault cannot be read: an older copy could not be told, \
             and the vault is not written to. Look at the folder's permissions",
        );
    }
}

/// The present moment, as the calls of the vault take it.
pub(super) fn now() -> Result<Moment, Refusal> {
    moment::now()
}

/// What stretching a PIN shall cost on this machine: about half a second.
pub(super) fn pin_cost() -> PinCost {
    PinCost::calibrated(|cost| {
        let start = Instant::now();
        cost.stretch_sample().ok()?;
        Some(start.elapsed())
    })
}
