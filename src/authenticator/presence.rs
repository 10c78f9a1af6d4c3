//! The proof that the person is there, while the vault is unlocked.

use super::Authenticator;
use super::unlock::open_with_platform;
use crate::Moment;
use crate::vault::{Pin, VaultError};

impl Authenticator {
    /// Shows that the person is there, by the PIN.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::unlock_with_pin`]; [`VaultError::Locked`].
    pub fn prove_presence_with_pin(&self, pin: &Pin, now: Moment) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        self.unlocked(now, |_| Ok(()))?;
        self.try_pin(pin, None, now)?;
        self.state().session(now)?.prove_presence(now);
        Ok(())
    }

    /// Shows that the person is there, by the platform's key: worth as much as the
    /// platform asks for it.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::unlock_with_platform`]; [`VaultError::Locked`].
    pub fn prove_presence_with_platform(&self, now: Moment) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        self.unlocked(now, |_| Ok(()))?;
        let slot = self.platform_slot()?;
        open_with_platform(&slot, &self.platform.keys.unwrap(&slot.wrapped)?)?;
        self.state().session(now)?.prove_presence(now);
        Ok(())
    }
}
