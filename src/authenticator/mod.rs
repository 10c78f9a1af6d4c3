//! The one object that an app holds.

mod accounts;
mod answers;
mod approval_answers;
mod approval_exchanges;
mod approval_receive;
mod approval_status;
mod approvals;
mod create;
mod keys;
mod pin_try;
mod presence;
mod recovery;
mod session;
mod slots;
mod unlock;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use zeroize::Zeroizing;

pub use self::answers::{PlatformAnswers, PlatformEnrolment};
pub use self::approval_exchanges::Received;
use self::approvals::ApprovalMemory;
pub use self::approvals::ApprovalsError;
pub use self::keys::{Protection, SlotSecrets};
pub use self::pin_try::PinTries;
pub use self::unlock::{PlatformUnlock, Unlocked};
use crate::Moment;
use crate::approval::{DeviceKeys, SoftwareKeys};
use crate::clock::Clock;
use crate::crypto::stack::cleared;
use crate::vault::{
    GuardError, GuardState, KeyWrapper, Older, RollbackGuard, Salvaged, Session, Vault, VaultError,
    VaultId,
};

/// What the platform does for a vault.
#[derive(Clone)]
pub struct Platform {
    /// The platform's key store, with a key that is this vault's alone: wiping the vault
    /// deletes it.
    pub keys: Arc<dyn KeyWrapper>,
    /// Where the newest state of a vault is kept, outside its file.
    pub guard: Arc<dyn RollbackGuard>,
}

/// A vault and everything an app does with it.
///
/// It may be shared between threads; each call is done when it returns, and what it
/// changed is durable then. The time is a parameter: pass the clocks' reading of the
/// call. While the vault is locked, or locks itself because it was idle for too long,
/// calls that need its contents give [`VaultError::Locked`].
///
/// The platform's key store and the rollback guard are never called while a lock is
/// held. They must not call back: such a call gives [`VaultError::Busy`] at best.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use authenticator_core::otp::Account;
/// use authenticator_core::vault::{Added, Duplicates, Entry, KeyFile, StateFile};
/// use authenticator_core::{Authenticator, BootId, Moment, Platform, UnixTime};
///
/// let folder = tempfile::tempdir()?;
/// let platform = Platform {
///     keys: Arc::new(KeyFile::create(folder.path().join("key"))?),
///     guard: Arc::new(StateFile::new(folder.path())),
/// };
/// let now = Moment {
///     wall: UnixTime::from_secs(1_741_011_292),
///     monotonic: Duration::from_secs(100),
///     boot_id: BootId::from_bytes([1; 16]),
/// };
///
/// let authenticator = Authenticator::create(&folder.path().join("vault"), platform, now)?;
/// let parsed = Account::from_uri(
///     "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex",
/// )?;
/// let added = authenticator.add(Entry::new(parsed.account), Duplicates::Refuse, now)?;
/// let Added::New(id) = added else { unreachable!("the vault was empty") };
///
/// let codes = authenticator.codes(now.wall, now)?;
/// assert_eq!(codes[0].0, id);
/// assert_eq!(codes[0].1.as_ref().map(|timed| timed.code.as_str().to_owned()), Ok("839825".to_owned()));
///
/// authenticator.lock();
/// assert!(authenticator.items(now).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Authenticator {
    state: Mutex<State>,
    platform: Platform,
    /// Held while the vault is unlocked or its keys change, which waits for people.
    key_work: Mutex<()>,
    /// Held while the guard is written, so that an older state never overtakes a newer.
    guard_work: Mutex<()>,
    /// Held while something of approvals is read, signed and written.
    approval_work: Mutex<()>,
    device_keys: Arc<dyn DeviceKeys>,
}

struct State {
    vault: Vault,
    /// `None` while the vault is locked.
    session: Option<Session>,
    /// What the guard is to hold; `None` before it was first read.
    guard: Option<GuardState>,
    /// Whether the guard holds it.
    guard_is_written: bool,
    /// Since when the app is in the background; also while the vault is locked.
    background: Option<Moment>,
    /// How often the vault was locked: an unlock that began before does not open it.
    locks: u64,
    clock: Clock,
    approvals: ApprovalMemory,
}

impl Authenticator {
    /// Opens the vault at `path`, locked. A file of an older version is brought to this
    /// one; a copy of it is kept until the vault was unlocked.
    ///
    /// # Errors
    ///
    /// - [`VaultError::NotFound`], [`VaultError::NotAVault`]: there is no vault.
    /// - [`VaultError::AlreadyOpen`], [`VaultError::InUse`]: it is open elsewhere, in this
    ///   process or another one.
    /// - [`VaultError::NewerVersion`]: this library is too old; the file was left alone.
    /// - [`VaultError::Damaged`]: see `Authenticator::open_damaged`.
    /// - [`VaultError::StorageLocked`]: try again after the phone was unlocked.
    /// - [`VaultError::Storage`], [`VaultError::StorageFull`]: it could not be read, or a
    ///   migration not be written.
    pub fn open(path: &Path, platform: Platform) -> Result<Self, VaultError> {
        Ok(Self::around(Vault::open(path)?, platform, None, None))
    }

    /// Opens what is left of a damaged vault, locked. Once it is unlocked, everything that
    /// is whole can be read; [`Authenticator::salvaged`] says what was found, and
    /// [`Authenticator::repair`] makes a vault of it. The damaged file is not written to.
    ///
    /// # Errors
    ///
    /// - [`VaultError::Damaged`]: not even a slot is left, so that nothing can be opened.
    /// - [`VaultError::TooLarge`]: the file is longer than 256 MiB.
    /// - [`VaultError::NotFound`], [`VaultError::AlreadyOpen`], [`VaultError::InUse`],
    ///   [`VaultError::NewerVersion`], [`VaultError::StorageLocked`]: as
    ///   [`Authenticator::open`].
    /// - [`VaultError::Storage`]: there is no room for a copy, which is read and removed.
    pub fn open_damaged(path: &Path, platform: Platform) -> Result<Self, VaultError> {
        Ok(Self::around(Vault::open_damaged(path)?, platform, None, None))
    }

    /// What was found of a damaged vault; `None` of one that is whole.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn salvaged(&self, now: Moment) -> Result<Option<Salvaged>, VaultError> {
        self.looked_at(now, |vault| vault.salvaged())
    }

    /// Makes a vault of what was found, in the damaged one's place, which is kept beside
    /// it under the name `NAME.damaged-N`. A slot that cannot be read is left out: look
    /// afterwards what opens the vault.
    ///
    /// Without [`Older::Accept`], only what is proved to be complete and the newest is
    /// repaired. A damaged header, or a row that is lost, leaves nothing that proves how
    /// old the rest is: otherwise, whoever puts an older file back would only have to
    /// damage it to have it taken for the newest.
    ///
    /// # Errors
    ///
    /// - [`VaultError::RolledBack`]: it is not proved to be the newest, or it is older; so
    ///   many changes may be missing, at most. Show what [`Authenticator::salvaged`] says,
    ///   and ask the person.
    /// - [`VaultError::NothingToRepair`]: the vault is whole.
    /// - [`VaultError::Guard`]: the guard could not be asked at the unlock, so that nobody
    ///   knows how old it is.
    /// - [`VaultError::PresenceNeeded`], [`VaultError::Locked`].
    /// - [`VaultError::Storage`], [`VaultError::StorageFull`], [`VaultError::StorageLocked`]:
    ///   the damaged file is as it was; or it is kept beside the repaired one, which could
    ///   not be opened: repair once more, or open it anew.
    pub fn repair(&self, older: Older, now: Moment) -> Result<Salvaged, VaultError> {
        let seen = self.state().guard.as_ref().map_or(0, |guard| guard.generation);
        self.present(now, |vault| vault.repair(older, seen))
    }

    fn around(
        vault: Vault,
        platform: Platform,
        session: Option<Session>,
        guard: Option<GuardState>,
    ) -> Self {
        let state = State {
            vault,
            session,
            guard,
            guard_is_written: false,
            background: None,
            locks: 0,
            clock: Clock::default(),
            approvals: ApprovalMemory::default(),
        };
        Self {
            state: Mutex::new(state),
            platform,
            key_work: Mutex::new(()),
            guard_work: Mutex::new(()),
            approval_work: Mutex::new(()),
            device_keys: Arc::new(SoftwareKeys),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a panic leaves behind is whole: memory changes only after the file did.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The right to unlock or to change keys.
    fn key_work(&self) -> Result<KeyWork<'_>, VaultError> {
        let turn = turn(&self.key_work)?;
        Ok(KeyWork { _turn: turn, locks: self.state().locks })
    }

    /// Whether the rollback guard was told of the newest change. If not, it could not be
    /// reached; it is told with the next call. Until then an older file would not be
    /// noticed.
    pub fn guard_is_current(&self) -> bool {
        let state = self.state();
        let generation = state.vault.generation();
        let told = state.guard.as_ref().is_some_and(|guard| guard.generation >= generation);
        told && state.guard_is_written
    }

    /// Does `work` on the unlocked vault for a person, and tells the guard afterwards.
    fn unlocked<T>(
        &self,
        now: Moment,
        work: impl FnOnce(&mut Vault) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        self.state().session(now)?.touch(now);
        self.looked_at(now, work)
    }

    /// As `unlocked`, for what an app does by itself, to draw a screen say: that keeps no
    /// vault open.
    fn looked_at<T>(
        &self,
        now: Moment,
        work: impl FnOnce(&mut Vault) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let result = cleared(|| {
            let mut state = self.state();
            state.session(now)?;
            state.vault.settle()?;
            work(&mut state.vault)
        });
        self.sync_guard();
        result
    }

    /// As `unlocked`, for what only a person who is there may do.
    fn present<T>(
        &self,
        now: Moment,
        work: impl FnOnce(&mut Vault) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        self.unlocked(now, |_| Ok(()))?;
        self.check_presence(now)?;
        self.unlocked(now, work)
    }

    fn check_presence(&self, now: Moment) -> Result<(), VaultError> {
        let mut state = self.state();
        let window = state.vault.presence_window()?;
        let fresh = state.session(now)?.has_fresh_presence(window, &now);
        if fresh { Ok(()) } else { Err(VaultError::PresenceNeeded) }
    }

    /// Tells the guard what it is to hold, if it does not hold it. A guard that cannot be
    /// reached now is told the next time: one that is behind is no danger.
    fn sync_guard(&self) {
        // Asked anew after the turn was given back: whoever came meanwhile left it to us.
        while self.untold_guard().is_some() {
            let Ok(_work) = turn(&self.guard_work) else { return };
            let Some((id, wanted)) = self.untold_guard() else { continue };
            let wanted = wanted.encode();
            let told = self.platform.guard.replace(&id, &wanted);
            let mut state = self.state();
            // Unless it was to hold something else meanwhile.
            let same = state.guard.as_ref().is_some_and(|guard| guard.encode() == wanted);
            state.guard_is_written = told.is_ok() && same;
            if told.is_err() {
                return;
            }
        }
    }

    /// What the guard is to hold, if it does not hold it.
    fn untold_guard(&self) -> Option<(VaultId, GuardState)> {
        let mut state = self.state();
        // What a wreck says of its generation is not proved, nor what a locked file does.
        let is_proved = state.vault.is_unlocked() && !state.vault.is_wreck();
        let generation = if is_proved { state.vault.generation() } else { 0 };
        let id = state.vault.id();
        let written = state.guard_is_written;
        let guard = state.guard.as_mut()?;
        if written && guard.generation >= generation {
            return None;
        }
        // Never back: of an older file, the guard is not told.
        guard.generation = guard.generation.max(generation);
        let wanted = guard.clone();
        state.guard_is_written = false;
        Some((id, wanted))
    }

    /// What the guard holds.
    fn read_guard(&self, id: &VaultId) -> Result<Option<GuardState>, VaultError> {
        let held = self.platform.guard.read(id)?.map(Zeroizing::new);
        if held.as_ref().is_some_and(|held| GuardState::is_newer(held)) {
            // As a newer file, it is left alone.
            return Err(GuardError::Unavailable.into());
        }
        // Damaged, it is as good as lost.
        Ok(held.and_then(|held| GuardState::decode(&held)))
    }

    /// The moment of what follows an answer of the platform's, which may have taken long: not
    /// before what the session has heard of since `now`.
    fn after_wait(&self, now: Moment) -> Moment {
        self.state().session.as_ref().map_or(now, |session| session.not_before(now))
    }

    /// Tells the guard at once; nothing may be done if it cannot be told.
    fn write_guard(&self, id: &VaultId, guard: GuardState) -> Result<(), VaultError> {
        // Not waited for: a guard that calls back would wait for itself.
        let _work = turn(&self.guard_work)?;
        self.platform.guard.replace(id, &guard.encode())?;
        let mut state = self.state();
        state.guard = Some(guard);
        state.guard_is_written = true;
        Ok(())
    }
}

impl State {
    /// The session, if it goes on.
    fn session(&mut self, now: Moment) -> Result<&mut Session, VaultError> {
        let policy = self.vault.auto_lock();
        let over = self.session.as_ref().is_some_and(|session| session.is_over(&policy, &now));
        if over || !self.vault.is_unlocked() {
            self.lock();
        }
        self.session.as_mut().ok_or(VaultError::Locked)
    }

    fn lock(&mut self) {
        self.vault.lock();
        self.session = None;
    }
}

/// The right to unlock or to change keys.
struct KeyWork<'a> {
    _turn: MutexGuard<'a, ()>,
    /// How often the vault had been locked when it began.
    locks: u64,
}

/// The right to do `work`, if nobody does it now.
fn turn(work: &Mutex<()>) -> Result<MutexGuard<'_, ()>, VaultError> {
    match work.try_lock() {
        Ok(work) => Ok(work),
        Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => Err(VaultError::Busy),
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("security_level", &self.keys.security_level()).finish()
    }
}
