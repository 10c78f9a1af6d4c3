//! What the rules of `docs/vault-format.md` say of the tries of a PIN, by themselves.

use std::time::Duration;

use authenticator_core::vault::{GuardError, KeyError, VaultError};
use authenticator_core::{BootId, Moment, UnixTime};

/// How long the next try waits after so many wrong ones, in seconds.
const DELAYS: [u64; 10] = [0, 0, 0, 0, 0, 30, 60, 120, 240, 480];

/// What the guard and the file each keep.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    pub(crate) tries: u8,
    /// The boot and its seconds.
    tried: Option<(u8, u64)>,
    generation: u64,
}

/// A copy of the file, as far as the PIN goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    pub(crate) kept: Kept,
    pub(crate) pin: &'static str,
    epoch: u32,
    destroyed: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    pub(crate) kept: Kept,
    epoch: u32,
    next: Option<u32>,
}

/// What goes wrong with a try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mishap {
    None,
    /// The person dismisses the platform's prompt.
    Dismissed,
    /// The guard cannot be written.
    GuardFails,
    /// The guard was written, and then the process was at an end.
    Dies,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) file: File,
    pub(crate) guard: Guard,
    pub(crate) has_platform: bool,
    boot: u8,
    seconds: u64,
    pub(crate) wall: u64,
    epochs: u32,
    /// Wrong PINs that were checked since a right one, or another was set.
    pub(crate) checked: u8,
    /// Whether an older file, and an older state of the guard, was put back since.
    pub(crate) put_back: (bool, bool),
}

impl Model {
    pub(crate) fn now(&self) -> Moment {
        Moment {
            wall: UnixTime::from_secs(self.wall),
            monotonic: Duration::from_secs(self.seconds),
            boot_id: BootId::from_bytes([self.boot; 16]),
        }
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.seconds += seconds;
        self.wall = self.wall.wrapping_add(seconds);
    }

    pub(crate) fn restart(&mut self) {
        self.boot += 1;
        self.seconds = 3;
    }

    /// Another PIN is set by somebody who opened the vault.
    pub(crate) fn set_pin(&mut self, pin: &'static str) {
        // One that was announced and never settled is taken up again.
        let epoch = self.guard.next.unwrap_or_else(|| self.new_epoch());
        let generation = self.file.kept.generation.max(self.guard.kept.generation) + 1;
        let kept = Kept { tries: 0, tried: None, generation };
        self.file = File { kept: kept.clone(), pin, epoch, destroyed: false };
        self.guard = Guard { kept, epoch, next: None };
        self.forgive();
    }

    fn new_epoch(&mut self) -> u32 {
        self.epochs += 1;
        self.epochs
    }

    fn forgive(&mut self) {
        (self.checked, self.put_back) = (0, (false, false));
    }

    fn tries(&self) -> u8 {
        self.guard.kept.tries.max(self.file.kept.tries)
    }

    fn count(kept: &mut Kept, tries: u8, now: (u8, u64)) {
        (kept.tries, kept.tried) = (tries, Some(now));
    }

    /// What a look at the tries says: how long is left to wait.
    pub(crate) fn look(&mut self) -> Result<u64, VaultError> {
        if self.file.destroyed {
            return Err(VaultError::SlotDestroyed);
        }
        let tries = self.tries();
        if tries >= 10 {
            return Err(self.destroy());
        }
        let delay = DELAYS[usize::from(tries)];
        let now = (self.boot, self.seconds);
        let known: Vec<(u8, u64)> =
            [self.guard.kept.tried, self.file.kept.tried].into_iter().flatten().collect();
        let unknown = known.is_empty()
            || known.iter().any(|(boot, seconds)| *boot != self.boot || *seconds > self.seconds);
        if delay == 0 {
            return Ok(0);
        }
        if unknown {
            Self::count(&mut self.guard.kept, tries, now);
            Self::count(&mut self.file.kept, tries, now);
            return Ok(delay);
        }
        let waits = known.iter().map(|(_, then)| delay.saturating_sub(self.seconds - then));
        Ok(waits.max().unwrap())
    }

    fn destroy(&mut self) -> VaultError {
        (self.guard.epoch, self.guard.next) = (self.new_epoch(), None);
        self.file.destroyed = true;
        VaultError::SlotDestroyed
    }

    /// What becomes of a try.
    pub(crate) fn try_pin(&mut self, typed: &str, mishap: Mishap) -> Result<(), VaultError> {
        match self.look()? {
            0 => {}
            wait => return Err(VaultError::PinThrottled { wait: Duration::from_secs(wait) }),
        }
        if mishap == Mishap::Dismissed && self.has_platform {
            return Err(VaultError::Key(KeyError::Cancelled));
        }
        let failed = VaultError::Guard(GuardError::Unavailable);
        if mishap == Mishap::GuardFails {
            return Err(failed);
        }
        let (tries, now) = (self.tries() + 1, (self.boot, self.seconds));
        Self::count(&mut self.guard.kept, tries, now);
        if mishap == Mishap::Dies {
            return Err(failed);
        }
        Self::count(&mut self.file.kept, tries, now);
        let epochs = [Some(self.guard.epoch), self.guard.next];
        if typed == self.file.pin && epochs.contains(&Some(self.file.epoch)) {
            for kept in [&mut self.guard.kept, &mut self.file.kept] {
                (kept.tries, kept.tried) = (0, None);
            }
            if self.file.kept.generation >= self.guard.kept.generation {
                (self.guard.epoch, self.guard.next) = (self.file.epoch, None);
                self.guard.kept.generation = self.file.kept.generation;
            }
            self.forgive();
            return Ok(());
        }
        self.checked += 1;
        match 10 - tries {
            0 => Err(self.destroy()),
            left => Err(VaultError::WrongSecret { tries_left: Some(left) }),
        }
    }
}
