//! A new vault.

use std::path::Path;

use super::slots::platform_slot;
use super::{Authenticator, Platform, PlatformEnrolment};
use crate::Moment;
use crate::crypto::key::Key;
use crate::crypto::stack::cleared;
use crate::vault::{GuardState, Session, Vault, VaultError};

impl Authenticator {
    /// Makes a vault at `path`, which the platform's key alone opens for now, and leaves
    /// it unlocked.
    ///
    /// # Errors
    ///
    /// - [`VaultError::AlreadyExists`]: a file is there; it was left alone.
    /// - [`VaultError::NotFound`]: the folder is not there.
    /// - [`VaultError::AlreadyOpen`], [`VaultError::InUse`]: this process, or another one,
    ///   is making one there.
    /// - [`VaultError::Key`], [`VaultError::Guard`]: the platform refused.
    /// - [`VaultError::TooLarge`]: the key store wrapped 32 bytes to more than 4 096.
    /// - [`VaultError::Storage`], [`VaultError::StorageFull`],
    ///   [`VaultError::StorageLocked`], [`VaultError::NoRandomness`]: nothing was made.
    pub fn create(path: &Path, platform: Platform, now: Moment) -> Result<Self, VaultError> {
        let enrolment = PlatformEnrolment::for_new_vault()?;
        let wrapped = platform.keys.wrap(enrolment.secret())?;
        Self::finish_create(path, platform, enrolment, wrapped, now)
    }

    /// As [`Authenticator::create`], where the platform asks the person: the second half
    /// of [`PlatformEnrolment::for_new_vault`], with what the key store wrapped its secret
    /// to.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::create`]; [`VaultError::KeyMismatch`]: the enrolment is that of a
    /// vault that is there already.
    pub fn finish_create(
        path: &Path,
        platform: Platform,
        enrolment: PlatformEnrolment,
        wrapped: Vec<u8>,
        now: Moment,
    ) -> Result<Self, VaultError> {
        if !enrolment.is_new {
            return Err(VaultError::KeyMismatch);
        }
        let id = enrolment.vault;
        let master = Key::make()?;
        let slot = platform_slot((id, 1), Some((enrolment, wrapped)), &master)?;
        let guard = GuardState::new(0)?;
        platform.guard.replace(&id, &guard.encode())?;
        let vault = cleared(|| Vault::create(path, id, master, &slot))?;
        let authenticator = Self::around(vault, platform, Some(Session::begin(now)), Some(guard));
        authenticator.sync_guard();
        Ok(authenticator)
    }
}
