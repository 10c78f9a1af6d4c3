//! What can go wrong with a vault.

use std::time::Duration;

use thiserror::Error;

use super::{GuardError, KeyError};
use crate::crypto::random::NoRandomness;
use crate::otp::CodeError;

/// What can go wrong with a vault, by what an app can do about it. No text and no
/// field holds anything that the vault keeps secret.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum VaultError {
    /// A vault stands there already; it was left alone.
    #[error("there is a vault at this path already")]
    AlreadyExists,
    /// This process has the vault open: use the handle that it has.
    #[error("this process has the vault open already")]
    AlreadyOpen,
    /// An unlock, a change of keys or a write of the rollback guard is under way: wait for
    /// it.
    #[error("another unlock or change of keys is under way")]
    Busy,
    /// No code can be computed.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The file, or a row in it, is not what was written. Nothing was changed: salvage
    /// brings back what is intact.
    #[error("the vault is damaged")]
    Damaged,
    /// No account has this id, or it is purged.
    #[error("there is no such account")]
    EntryNotFound,
    /// The rollback guard could not be read or written.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The rollback guard knows nothing of this vault, as after a reinstallation: the
    /// PIN's slot cannot be opened. Use another slot, then set a PIN anew.
    #[error("the rollback guard knows nothing of this vault")]
    GuardMissing,
    /// Another process has the vault open.
    #[error("another process has the vault open")]
    InUse,
    /// The platform's key store refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The platform's key store gave another key than the one that was wrapped, as after
    /// a restore onto another phone: use another slot, then enrol the platform's key anew.
    #[error("the platform's key is another one")]
    KeyMismatch,
    /// The vault is locked.
    #[error("the vault is locked")]
    Locked,
    /// A newer version of this library wrote the vault; it was left alone.
    #[error("the vault has version {found}; this library reads up to {supported}")]
    NewerVersion {
        /// The version of the vault.
        found: u32,
        /// The newest version that is read.
        supported: u32,
    },
    /// The operating system gave no randomness.
    #[error("no randomness")]
    NoRandomness,
    /// The file is something else.
    #[error("the file is not a vault")]
    NotAVault,
    /// The account's codes are not counted by a counter.
    #[error("this account has no counter")]
    NotCounted,
    /// There is no file at this path.
    #[error("there is no vault at this path")]
    NotFound,
    /// The vault is whole.
    #[error("there is nothing to repair")]
    NothingToRepair,
    /// There is nothing to undo.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// Only what is in the trash can be destroyed for good.
    #[error("the account is not in the trash")]
    NotInTrash,
    /// After wrong tries of the PIN the next one has to wait; it was not made, and not
    /// counted. The other ways to unlock do not wait.
    #[error("after wrong tries the next one has to wait")]
    PinThrottled {
        /// How long it still has to wait.
        wait: Duration,
    },
    /// The system has not the memory that stretching the PIN takes. No try was counted, and
    /// nothing was changed: try again when other apps are closed.
    #[error("stretching the PIN takes {needed_kib} KiB of memory, which the system has not")]
    OutOfMemory {
        /// How much it takes, in KiB.
        needed_kib: u32,
    },
    /// What was asked for needs a fresh proof of presence: ask for the PIN or the
    /// biometric again.
    #[error("a fresh proof of presence is needed")]
    PresenceNeeded,
    /// An older file was put back in place of the newest. It can be read; it is not
    /// written to until the person accepts it.
    #[error("the vault is older than the newest one that was seen")]
    RolledBack {
        /// How many changes are missing.
        missing: u64,
    },
    /// Neither a confirmed recovery key nor a waiver: a forgotten PIN would lose all.
    #[error("a confirmed recovery key or a waiver is needed")]
    RecoveryNeeded,
    /// The slot was destroyed after too many wrong tries: use another.
    #[error("this way of unlocking was destroyed")]
    SlotDestroyed,
    /// The vault has no such slot, or, in its mode, may not have it.
    #[error("the vault has no such way of unlocking")]
    SlotMissing,
    /// The storage failed. Nothing was changed.
    #[error("the storage failed")]
    Storage,
    /// The storage is full. Nothing was changed.
    #[error("the storage is full")]
    StorageFull,
    /// The file cannot be reached now, as on a locked phone. It is not damaged: try again
    /// after the phone was unlocked.
    #[error("the storage cannot be reached now")]
    StorageLocked,
    /// The vault is suspended: call resume.
    #[error("the vault is suspended")]
    Suspended,
    /// A text, a list or an icon is longer than an account can hold, or there are too many
    /// accounts.
    #[error("too long, or too many")]
    TooLarge,
    /// The slot's parameters are outside their bounds: somebody altered them. No try was
    /// counted.
    #[error("the slot's parameters are outside their bounds")]
    UnsafeParameters,
    /// Wrong PIN, password or recovery key.
    #[error("wrong PIN or key")]
    WrongSecret {
        /// How many tries are left before the slot is destroyed; `None` if they are not
        /// counted.
        tries_left: Option<u8>,
    },
}

impl From<NoRandomness> for VaultError {
    fn from(_: NoRandomness) -> Self {
        Self::NoRandomness
    }
}
