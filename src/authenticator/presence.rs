//! The proof that the person is there, while the vault is unlocked.

use super::Authenticator;
use super::unlock::open_with_platform;
use crate::vault::{Pin, VaultError};
use crate::{Moment, Secret};

impl Authenticator {
    /// Shows that the person is there, by the PIN.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::unlock_with_pin`]; [`VaultError::Locked`].
    pub fn prove_presence_with_pin(&self, pin: &Pin, now: Moment) -> Result<(), VaultError> {
        self.prove_presence(now, |vault| vault.try_pin(pin, None, now).map(drop))
    }

    /// As [`Authenticator::prove_presence_with_pin`], with what the key store unwrapped of
    /// what [`Authenticator::begin_pin_unlock`] gave.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::prove_presence_with_pin`].
    pub fn finish_presence_with_pin(
        &self,
        pin: &Pin,
        unwrapped: &Secret,
        now: Moment,
    ) -> Result<(), VaultError> {
        self.prove_presence(now, |vault| vault.try_pin(pin, Some(unwrapped), now).map(drop))
    }

    /// Shows that the person is there, by the platform's key: worth as much as the
    /// platform asks for it.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::unlock_with_platform`]; [`VaultError::Locked`].
    pub fn prove_presence_with_platform(&self, now: Moment) -> Result<(), VaultError> {
        self.prove_presence(now, |vault| {
            let slot = vault.platform_slot()?;
            open_with_platform(&slot, &vault.platform.keys.unwrap(&slot.wrapped)?).map(drop)
        })
    }

    /// As [`Authenticator::prove_presence_with_platform`], with what the key store unwrapped
    /// of what [`Authenticator::begin_platform_unlock`] gave.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::prove_presence_with_platform`].
    pub fn finish_presence_with_platform(
        &self,
        unwrapped: &Secret,
        now: Moment,
    ) -> Result<(), VaultError> {
        self.prove_presence(now, |vault| {
            open_with_platform(&vault.platform_slot()?, unwrapped).map(drop)
        })
    }

    /// Notes that the person was there, once `proof` holds.
    fn prove_presence(
        &self,
        now: Moment,
        proof: impl FnOnce(&Self) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        self.unlocked(now, |_| Ok(()))?;
        proof(self)?;
        let now = self.after_wait(now);
        self.state().session(now)?.prove_presence(now);
        Ok(())
    }
}
