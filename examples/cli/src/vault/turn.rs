//! Whose turn it is: the runs of this program open a vault one after another.
//!
//! SQLite alone would let each of two hold what the other waits for, until both give up.

use std::cell::RefCell;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use authenticator_core::vault::VaultError;

use crate::refusal::Refusal;

/// How long the others are waited for.
const PATIENCE: Duration = Duration::from_secs(5);
const SLICE: Duration = Duration::from_millis(5);

/// A lock on a file in the state folder; it goes with the program, however that ends.
#[derive(Debug)]
pub(super) struct Turn {
    path: PathBuf,
    held: RefCell<Option<File>>,
}

impl Turn {
    /// Waits until it is our turn. The folder `state` is there.
    pub(super) fn wait_for(state: &Path) -> Result<Self, Refusal> {
        let turn = Self { path: state.join("lock"), held: RefCell::new(None) };
        turn.take()?;
        Ok(turn)
    }

    /// Takes it, if it is not ours.
    pub(super) fn take(&self) -> Result<(), Refusal> {
        if self.held.borrow().is_some() {
            return Ok(());
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Where there are no locks, SQLite's have to do.
        let Ok(file) = options.open(&self.path) else { return Ok(()) };
        let start = Instant::now();
        while let Err(TryLockError::WouldBlock) = file.try_lock() {
            if start.elapsed() > PATIENCE {
                return Err(VaultError::InUse.into());
            }
            thread::sleep(SLICE);
        }
        self.held.replace(Some(file));
        Ok(())
    }

    /// Lets the next one have it.
    pub(super) fn give_up(&self) {
        self.held.replace(None);
    }
}
