//! The one object that an app holds.

mod accounts;
mod approval_answers;
mod approvals;
mod keys;
mod session;
mod unlock;

use std::path::Path;
use std::sync::Arc;

use authenticator_core::vault::{EntryId, Older};
use authenticator_core::{Authenticator, vault};

pub use self::keys::Protection;
pub use self::session::{AutoLock, ClockOffset, ClockSample};
pub use self::unlock::{PinTries, Unlocked};
use crate::device_keys::device_keys;
use crate::error::told;
use crate::platform::platform;
use crate::{
    AuthenticatorError, DeviceKeys, KeyWrapper, Moment, Outcome, PlatformEnrolment, RollbackGuard,
    SecurityLevel, panics,
};

/// A vault, and everything an app does with it.
///
/// It may be used from any thread. Each call is done when it returns, and what it changed is durable
/// then. Most take a millisecond or less; an unlock, a PIN and a change of keys take up to a second
/// and belong off the main thread.
///
/// Let the file go with `suspend`, or by letting go of the handle; `lock` wipes what is unlocked.
#[derive(uniffi::Object)]
pub struct AuthenticatorHandle(Authenticator);

#[uniffi::export]
impl AuthenticatorHandle {
    /// Makes a vault, unlocked, which the platform's key opens. The key store is asked to wrap.
    /// `deviceKeys` are those that approve; without, they are in software, in the vault.
    #[uniffi::constructor]
    pub fn create(
        path: String,
        keys: Arc<dyn KeyWrapper>,
        guard: Arc<dyn RollbackGuard>,
        device_keys: Option<Arc<dyn DeviceKeys>>,
        now: Moment,
    ) -> Outcome<Self> {
        panics::install();
        let now = now.read()?;
        let made = Authenticator::create(Path::new(&path), platform(keys, guard), now);
        Ok(Self::with(told(made, now)?, device_keys))
    }

    /// As `create`, where the app asked the key store before: `wrapped` is what it wrapped the
    /// secret of `PlatformEnrolment.forNewVault` to.
    #[uniffi::constructor]
    pub fn finish_create(
        path: String,
        keys: Arc<dyn KeyWrapper>,
        guard: Arc<dyn RollbackGuard>,
        device_keys: Option<Arc<dyn DeviceKeys>>,
        enrolment: Arc<PlatformEnrolment>,
        wrapped: Vec<u8>,
        now: Moment,
    ) -> Outcome<Self> {
        panics::install();
        let now = now.read()?;
        let (path, platform) = (Path::new(&path), platform(keys, guard));
        let made = Authenticator::finish_create(path, platform, enrolment.take()?, wrapped, now);
        Ok(Self::with(told(made, now)?, device_keys))
    }

    /// Opens a vault, locked. One of an older version is brought to this one; a copy of it is kept
    /// until the vault was unlocked.
    #[uniffi::constructor]
    pub fn open(
        path: String,
        keys: Arc<dyn KeyWrapper>,
        guard: Arc<dyn RollbackGuard>,
        device_keys: Option<Arc<dyn DeviceKeys>>,
    ) -> Outcome<Self> {
        panics::install();
        let opened = Authenticator::open(Path::new(&path), platform(keys, guard))?;
        Ok(Self::with(opened, device_keys))
    }

    /// Opens what is left of a damaged vault, locked. Once it is unlocked, everything that is whole
    /// can be read; `salvaged` says what was found, and `repair` makes a vault of it. The damaged
    /// file is not written to.
    #[uniffi::constructor]
    pub fn open_damaged(
        path: String,
        keys: Arc<dyn KeyWrapper>,
        guard: Arc<dyn RollbackGuard>,
        device_keys: Option<Arc<dyn DeviceKeys>>,
    ) -> Outcome<Self> {
        panics::install();
        let opened = Authenticator::open_damaged(Path::new(&path), platform(keys, guard))?;
        Ok(Self::with(opened, device_keys))
    }

    /// What was found of a damaged vault; none of one that is whole.
    pub fn salvaged(&self, now: Moment) -> Outcome<Option<Salvaged>> {
        let now = now.read()?;
        Ok(told(self.0.salvaged(now), now)?.map(Into::into))
    }

    /// Makes a vault of what was found, in the damaged one's place, which is kept beside it. Look
    /// afterwards what opens the vault. What is not proved to be complete and the newest is only
    /// repaired if `accept_older`: show the person what `salvaged` says first.
    pub fn repair(&self, accept_older: bool, now: Moment) -> Outcome<Salvaged> {
        let now = now.read()?;
        let older = if accept_older { Older::Accept } else { Older::Refuse };
        Ok(told(self.0.repair(older, now), now)?.into())
    }

    /// How well the platform keeps its key.
    pub fn security_level(&self) -> SecurityLevel {
        self.0.security_level().into()
    }

    /// Whether the rollback guard was told of the newest change. If not, it could not be reached; it
    /// is told with the next call. Until then an older file would not be noticed.
    pub fn is_guard_current(&self) -> bool {
        self.0.guard_is_current()
    }
}

impl AuthenticatorHandle {
    fn with(core: Authenticator, keys: Option<Arc<dyn DeviceKeys>>) -> Self {
        Self(core.with_device_keys(device_keys(keys)))
    }
}

/// What was found in a damaged vault.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct Salvaged {
    /// How many accounts are whole, also in the trash.
    pub accounts: u32,
    /// The rows that are there and not whole.
    pub lost: Vec<String>,
    /// The file says of itself that it is older than the newest that was seen on this device, by so
    /// many changes. None where it says nothing, too.
    pub rolled_back: Option<u64>,
    /// Whether it is proved that everything is there, in its newest version. If not, accounts may be
    /// missing without a trace, or be older than they were.
    pub is_complete: bool,
}

impl From<vault::Salvaged> for Salvaged {
    fn from(found: vault::Salvaged) -> Self {
        Self {
            accounts: u32::try_from(found.accounts).unwrap_or(u32::MAX),
            lost: found.lost.iter().map(ToString::to_string).collect(),
            rolled_back: found.rolled_back,
            is_complete: found.is_complete,
        }
    }
}

/// What has another form than an id is no account's.
fn entry_id(id: &str) -> Outcome<EntryId> {
    EntryId::parse(id).ok_or(AuthenticatorError::EntryNotFound)
}

fn entry_ids(ids: &[String]) -> Outcome<Vec<EntryId>> {
    ids.iter().map(|id| entry_id(id)).collect()
}
