//! The one error of every call.

use authenticator_core::otp::{AccountError, CodeError};
use authenticator_core::transfer::google::{ExportError, MigrationError};
use authenticator_core::transfer::qr::QrError;
use authenticator_core::vault::{GuardError, KeyError, PinError, RecoveryKeyError, VaultError};
use authenticator_core::{ClockError, Moment};

use crate::moment::{duration_millis, millis};
use crate::{
    AccountProblem, ApprovalProblem, MigrationProblem, PinProblem, QrProblem, RecoveryKeyProblem,
    Refusal,
};

/// Why a call did not do what it was asked, by what the app can do about it.
///
/// No field holds anything secret, nor whose account it is: every error may be logged. Unless a
/// variant says otherwise, nothing was changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error, uniffi::Error)]
pub enum AuthenticatorError {
    /// There is a vault at this path already; it was left alone. Open it.
    #[error("there is a vault at this path already")]
    AlreadyExists,
    /// This process has the vault open: use the handle that it has.
    #[error("this process has the vault open already")]
    AlreadyOpen,
    /// Another unlock or change of keys is under way: wait for it.
    #[error("another unlock or change of keys is under way")]
    Busy,
    /// Something about approvals is not possible, or not now.
    #[error("this is not possible with approvals")]
    ApprovalFailed {
        /// Why.
        problem: ApprovalProblem,
    },
    /// The account needs its own PIN, which is not kept: ask the person for it.
    #[error("the account needs its PIN")]
    AccountPinRequired,
    /// The phone's clock and the server's are more than a day apart: ask the person to set it.
    #[error("the clock and the server are more than a day apart")]
    ClockOutOfBounds,
    /// The sample tells nothing about the clock: the answer took more than 10 seconds, or came
    /// before it was asked for. Take another one.
    #[error("the sample tells nothing about the clock")]
    ClockSampleUseless,
    /// The file, or a row in it, is not what was written. Open it with `openDamaged`, which brings
    /// back what is whole.
    #[error("the vault is damaged")]
    Damaged,
    /// A platform enrolment is good for one change of keys: begin another.
    #[error("this enrolment was used already")]
    EnrolmentUsed,
    /// No account has this id, or it is gone for good.
    #[error("there is no such account")]
    EntryNotFound,
    /// The rollback guard knows nothing of this vault, as after a reinstallation: the PIN cannot be
    /// used. Unlock in another way, then set a PIN anew.
    #[error("the rollback guard knows nothing of this vault")]
    GuardMissing,
    /// The rollback guard could not be read or written: try again later. No PIN is tried
    /// meanwhile.
    #[error("the rollback guard is not available")]
    GuardUnavailable,
    /// Another process has the vault open: try again later.
    #[error("another process has the vault open")]
    InUse,
    /// The text or the values are no account.
    #[error("this is no account")]
    InvalidAccount {
        /// What is wrong with it.
        problem: AccountProblem,
    },
    /// The text is no migration link, or not of the export that is being collected.
    #[error("this is no migration link of this export")]
    InvalidMigration {
        /// What is wrong with it.
        problem: MigrationProblem,
    },
    /// The app passed a moment before 1970, before the device was started, or with a boot id
    /// that has not 16 bytes: mend the app.
    #[error("the moment is no moment")]
    InvalidMoment,
    /// The text is no PIN, or may not be a new one.
    #[error("this is no PIN, or may not be a new one")]
    InvalidPin {
        /// What is wrong with it.
        problem: PinProblem,
    },
    /// The cost of a PIN is outside its bounds: take one that `calibratePinCost` gave.
    #[error("the cost of the PIN is outside its bounds")]
    InvalidPinCost,
    /// The picture or the text is none that a QR code can be read from or made of.
    #[error("this cannot be read from, or be, a QR code")]
    InvalidQrCode {
        /// What is wrong with it.
        problem: QrProblem,
    },
    /// The text is no recovery key: ask for it again.
    #[error("this is no recovery key")]
    InvalidRecoveryKey {
        /// What is wrong with it.
        problem: RecoveryKeyProblem,
    },
    /// A text is not UTF-8: mend the app.
    #[error("the text is not UTF-8")]
    InvalidText,
    /// The vault is locked: unlock it.
    #[error("the vault is locked")]
    Locked,
    /// A newer version of this library wrote the vault, which was left alone: update the app.
    #[error("the vault has version {found}; this library reads up to {supported}")]
    NewerVersion {
        /// The version of the vault.
        found: u32,
        /// The newest version that is read.
        supported: u32,
    },
    /// The operating system gave no randomness: try again.
    #[error("the operating system gives no randomness")]
    NoRandomness,
    /// The file is something else: choose another path.
    #[error("the file is not a vault")]
    NotAVault,
    /// A message of a service, or a link, is not believed.
    #[error("this message is not believed")]
    NotBelieved {
        /// Why.
        refusal: Refusal,
    },
    /// The account's codes do not go by a counter: show the one of `codes`.
    #[error("this account has no counter")]
    NotCounted,
    /// There is no vault at this path: create one.
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
    /// The system has not the memory that stretching the PIN takes. No try was counted: try again
    /// when other apps are closed.
    #[error("stretching the PIN takes {needed_kib} KiB of memory")]
    OutOfMemory {
        /// How much it takes, in KiB.
        needed_kib: u32,
    },
    /// After wrong tries the next one has to wait; this one was not made, and not counted. The other
    /// ways to unlock do not wait.
    #[error("after wrong tries the next one has to wait")]
    PinThrottled {
        /// How long it still has to wait, in milliseconds.
        wait_millis: i64,
        /// When that is over by the wall clock, if nobody sets it: milliseconds since 1970.
        wait_until_millis: i64,
    },
    /// The platform's key opens nothing any more: fingers were enrolled anew, the screen lock was
    /// removed. Unlock in another way, then enrol the platform's key anew.
    #[error("the platform's key is no longer valid")]
    PlatformKeyInvalidated,
    /// The platform's key store gave another key, as after a restore onto another phone. Unlock in
    /// another way, then enrol the platform's key anew.
    #[error("the platform's key is another one")]
    PlatformKeyMismatch,
    /// The platform's key store does not answer, or not now: try again.
    #[error("the platform's key store is not available")]
    PlatformUnavailable,
    /// What was asked for needs a fresh proof of presence: ask for the PIN or the biometric
    /// again.
    #[error("a fresh proof of presence is needed")]
    PresenceNeeded,
    /// The person dismissed the platform's prompt. Nothing was tried or counted: offer it again, or
    /// another way in.
    #[error("the prompt was dismissed")]
    PromptCancelled,
    /// Neither a confirmed recovery key nor a waiver: a forgotten PIN would lose all. Issue a
    /// recovery key and have it confirmed, or let the person agree to do without.
    #[error("a confirmed recovery key or a waiver is needed")]
    RecoveryNeeded,
    /// An older file was put back in place of the newest. It is read, and not written to until
    /// `acceptRollback`.
    #[error("the vault is older than the newest one that was seen")]
    RolledBack {
        /// How many changes are missing.
        missing: u64,
    },
    /// No finger, face or screen lock is set up: say so, and offer another way in.
    #[error("no biometric or screen lock is set up")]
    ScreenLockMissing,
    /// Too many wrong fingers or faces: the sensor works again after the device was unlocked by its
    /// own PIN. Offer another way in.
    #[error("the sensor is locked after too many attempts")]
    SensorLockedOut,
    /// The PIN was destroyed after ten wrong tries: unlock in another way.
    #[error("this way of unlocking was destroyed")]
    SlotDestroyed,
    /// The vault has no such way of unlocking, a secret of one that stays was not given, or an
    /// answer of the platform's is missing.
    #[error("the vault has no such way of unlocking")]
    SlotMissing,
    /// The storage failed.
    #[error("the storage failed")]
    Storage,
    /// The storage is full: ask the person to make room.
    #[error("the storage is full")]
    StorageFull,
    /// The file cannot be reached now, as on a locked phone. It is not damaged: try again later.
    #[error("the storage cannot be reached now")]
    StorageLocked,
    /// The vault is suspended: call `resume`.
    #[error("the vault is suspended")]
    Suspended,
    /// A text, a list or an icon is longer than an account can hold, or there are too many
    /// accounts.
    #[error("too long, or too many")]
    TooLarge,
    /// Something that this version of the door has no name for.
    #[error("an error without a name")]
    Unknown,
    /// The account cannot be read from the vault now.
    #[error("this account cannot be read now")]
    Unreadable,
    /// Somebody altered what the PIN is checked with. No try was counted: unlock in another way.
    #[error("what the PIN is checked with was altered")]
    UnsafeParameters,
    /// Wrong PIN, or not the vault's recovery key: ask again.
    #[error("wrong PIN or key")]
    WrongSecret {
        /// How many tries are left before the PIN is destroyed; none for a recovery key, whose
        /// tries are not counted.
        tries_left: Option<u8>,
    },
}

/// Whatever the core gives, for a call at `now`.
pub(crate) fn told<T>(result: Result<T, VaultError>, now: Moment) -> Result<T, AuthenticatorError> {
    result.map_err(|error| match error {
        VaultError::PinThrottled { wait } => {
            let wait_millis = duration_millis(wait);
            let wait_until_millis = millis(now.wall).saturating_add(wait_millis);
            AuthenticatorError::PinThrottled { wait_millis, wait_until_millis }
        }
        error => error.into(),
    })
}

impl From<VaultError> for AuthenticatorError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::AlreadyExists => Self::AlreadyExists,
            VaultError::AlreadyOpen => Self::AlreadyOpen,
            VaultError::Busy => Self::Busy,
            VaultError::Code(error) => error.into(),
            VaultError::Damaged => Self::Damaged,
            VaultError::EntryNotFound => Self::EntryNotFound,
            VaultError::Guard(GuardError::Unavailable) => Self::GuardUnavailable,
            VaultError::GuardMissing => Self::GuardMissing,
            VaultError::InUse => Self::InUse,
            VaultError::Key(error) => error.into(),
            VaultError::KeyMismatch => Self::PlatformKeyMismatch,
            VaultError::Locked => Self::Locked,
            VaultError::NewerVersion { found, supported } => {
                Self::NewerVersion { found, supported }
            }
            VaultError::NoRandomness => Self::NoRandomness,
            VaultError::NotAVault => Self::NotAVault,
            VaultError::NotCounted => Self::NotCounted,
            VaultError::NotFound => Self::NotFound,
            VaultError::NothingToRepair => Self::NothingToRepair,
            VaultError::NothingToUndo => Self::NothingToUndo,
            VaultError::NotInTrash => Self::NotInTrash,
            VaultError::OutOfMemory { needed_kib } => Self::OutOfMemory { needed_kib },
            VaultError::PinThrottled { wait } => Self::PinThrottled {
                wait_millis: duration_millis(wait),
                wait_until_millis: i64::MAX,
            },
            VaultError::PresenceNeeded => Self::PresenceNeeded,
            VaultError::RolledBack { missing } => Self::RolledBack { missing },
            VaultError::RecoveryNeeded => Self::RecoveryNeeded,
            VaultError::SlotDestroyed => Self::SlotDestroyed,
            VaultError::SlotMissing => Self::SlotMissing,
            VaultError::Storage => Self::Storage,
            VaultError::StorageFull => Self::StorageFull,
            VaultError::StorageLocked => Self::StorageLocked,
            VaultError::Suspended => Self::Suspended,
            VaultError::TooLarge => Self::TooLarge,
            VaultError::UnsafeParameters => Self::UnsafeParameters,
            VaultError::WrongSecret { tries_left } => Self::WrongSecret { tries_left },
            _ => Self::Unknown,
        }
    }
}

impl From<KeyError> for AuthenticatorError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Cancelled => Self::PromptCancelled,
            KeyError::LockedOut => Self::SensorLockedOut,
            KeyError::Invalidated => Self::PlatformKeyInvalidated,
            KeyError::NotEnrolled => Self::ScreenLockMissing,
            _ => Self::PlatformUnavailable,
        }
    }
}

impl From<CodeError> for AuthenticatorError {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::PinRequired => Self::AccountPinRequired,
            CodeError::Unreadable => Self::Unreadable,
            _ => Self::Unknown,
        }
    }
}

impl From<ClockError> for AuthenticatorError {
    fn from(error: ClockError) -> Self {
        match error {
            ClockError::OutOfBounds => Self::ClockOutOfBounds,
            _ => Self::ClockSampleUseless,
        }
    }
}

impl From<ExportError> for AuthenticatorError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::TooMany => Self::TooLarge,
            _ => Self::NoRandomness,
        }
    }
}

impl From<AccountError> for AuthenticatorError {
    fn from(error: AccountError) -> Self {
        Self::InvalidAccount { problem: error.into() }
    }
}

impl From<MigrationError> for AuthenticatorError {
    fn from(error: MigrationError) -> Self {
        Self::InvalidMigration { problem: error.into() }
    }
}

impl From<PinError> for AuthenticatorError {
    fn from(error: PinError) -> Self {
        Self::InvalidPin { problem: error.into() }
    }
}

impl From<QrError> for AuthenticatorError {
    fn from(error: QrError) -> Self {
        Self::InvalidQrCode { problem: error.into() }
    }
}

impl From<RecoveryKeyError> for AuthenticatorError {
    fn from(error: RecoveryKeyError) -> Self {
        Self::InvalidRecoveryKey { problem: error.into() }
    }
}
