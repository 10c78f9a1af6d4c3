//! Unlocking, and proofs of presence.

use std::sync::Arc;

use authenticator_core::{PinTries as CorePinTries, Secret, Unlocked as CoreUnlocked};

use super::AuthenticatorHandle;
use crate::error::told;
use crate::moment::{duration_millis, millis};
use crate::secrets::typed_pin;
use crate::{Moment, Outcome, RecoveryKey};

/// What an app has to know of a vault that it just unlocked: show what is doubtful to the person.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Record)]
pub struct Unlocked {
    /// An older copy was put back: so many changes are missing. It is read, and not written to until
    /// `acceptRollback`.
    pub rolled_back: Option<u64>,
    /// The rollback guard knew nothing of this vault, as after a reinstallation: a PIN that was set
    /// before opens nothing any more and has to be set anew.
    pub guard_was_missing: bool,
    /// The rollback guard cannot be reached now. The vault is read, and not written to until it was
    /// unlocked with the guard at hand.
    pub guard_is_unavailable: bool,
}

impl From<CoreUnlocked> for Unlocked {
    fn from(unlocked: CoreUnlocked) -> Self {
        let CoreUnlocked { rolled_back, guard_was_missing, guard_is_unavailable } = unlocked;
        Self { rolled_back, guard_was_missing, guard_is_unavailable }
    }
}

/// What is left of the tries of a PIN.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Record)]
pub struct PinTries {
    /// How many wrong ones are left before the PIN opens nothing any more.
    pub left: u8,
    /// How long the next one has to wait, in milliseconds; 0 if it need not.
    pub wait_millis: i64,
    /// When that is over by the wall clock, if nobody sets it: milliseconds since 1970.
    pub wait_until_millis: i64,
}

#[uniffi::export]
impl AuthenticatorHandle {
    /// Unlocks with the platform's key. The key store is asked to unwrap.
    pub fn unlock_with_platform(&self, now: Moment) -> Outcome<Unlocked> {
        let now = now.read()?;
        Ok(told(self.0.unlock_with_platform(now), now)?.into())
    }

    /// Begins an unlock with the platform's key, or a proof of presence: what the key store is to
    /// unwrap. Nothing is held until it is finished.
    pub fn begin_platform_unlock(&self) -> Outcome<Vec<u8>> {
        Ok(self.0.begin_platform_unlock()?.wrapped)
    }

    /// Finishes an unlock with what the key store unwrapped.
    pub fn finish_platform_unlock(&self, unwrapped: &[u8], now: Moment) -> Outcome<Unlocked> {
        let now = now.read()?;
        Ok(told(self.0.finish_platform_unlock(&secret(unwrapped), now), now)?.into())
    }

    /// Unlocks with the PIN and, where the vault demands both, the platform's key. UTF-8. The try is
    /// counted before it is checked; a prompt that is dismissed is no try.
    pub fn unlock_with_pin(&self, pin: &[u8], now: Moment) -> Outcome<Unlocked> {
        let now = now.read()?;
        Ok(told(self.0.unlock_with_pin(&typed_pin(pin)?, now), now)?.into())
    }

    /// Begins an unlock with the PIN, or whatever else checks it: what the key store is to unwrap;
    /// none where the vault does not demand both.
    pub fn begin_pin_unlock(&self) -> Outcome<Option<Vec<u8>>> {
        Ok(self.0.begin_pin_unlock()?.map(|unlock| unlock.wrapped))
    }

    /// Finishes an unlock with the PIN, UTF-8, and what the key store unwrapped.
    pub fn finish_pin_unlock(
        &self,
        pin: &[u8],
        unwrapped: &[u8],
        now: Moment,
    ) -> Outcome<Unlocked> {
        let now = now.read()?;
        let unlocked = self.0.finish_pin_unlock(&typed_pin(pin)?, &secret(unwrapped), now);
        Ok(told(unlocked, now)?.into())
    }

    /// Unlocks with the recovery key.
    pub fn unlock_with_recovery_key(
        &self,
        key: Arc<RecoveryKey>,
        now: Moment,
    ) -> Outcome<Unlocked> {
        let now = now.read()?;
        Ok(told(self.0.unlock_with_recovery_key(&key.0, now), now)?.into())
    }

    /// How many tries of the PIN are left, and how long the next has to wait: 30 seconds after the
    /// fifth wrong one, and twice as long after each that follows. Ask before the PIN is asked for.
    pub fn pin_tries(&self, now: Moment) -> Outcome<PinTries> {
        let now = now.read()?;
        let CorePinTries { left, wait } = told(self.0.pin_tries(now), now)?;
        let wait_millis = duration_millis(wait);
        let wait_until_millis = millis(now.wall).saturating_add(wait_millis);
        Ok(PinTries { left, wait_millis, wait_until_millis })
    }

    /// Proves that the person is there, with the PIN: UTF-8. It counts as a try.
    pub fn prove_presence_with_pin(&self, pin: &[u8], now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.prove_presence_with_pin(&typed_pin(pin)?, now), now)
    }

    /// As `provePresenceWithPin`, with what the key store unwrapped of what `beginPinUnlock` gave.
    pub fn finish_presence_with_pin(
        &self,
        pin: &[u8],
        unwrapped: &[u8],
        now: Moment,
    ) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.finish_presence_with_pin(&typed_pin(pin)?, &secret(unwrapped), now), now)
    }

    /// Proves that the person is there, with the platform's key. The key store is asked to unwrap.
    pub fn prove_presence_with_platform(&self, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.prove_presence_with_platform(now), now)
    }

    /// Proves that the person is there, with what the key store unwrapped of what
    /// `beginPlatformUnlock` gave.
    pub fn finish_presence_with_platform(&self, unwrapped: &[u8], now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.finish_presence_with_platform(&secret(unwrapped), now), now)
    }
}

fn secret(bytes: &[u8]) -> Secret {
    Secret::new(bytes.to_vec())
}
