//! Locking, what goes on off the screen, and the phone's clock.

use std::time::Duration;

use authenticator_core::vault;
use authenticator_core::{ClockOffset as CoreOffset, ClockSample as CoreSample};

use super::AuthenticatorHandle;
use crate::error::told;
use crate::moment::{duration_millis, seconds};
use crate::{Moment, Outcome};

/// When a vault locks by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Record)]
pub struct AutoLock {
    /// Longest time without use while the app is on the screen, at least a second; none for ever.
    pub foreground_seconds: Option<u32>,
    /// Longest time that the app is off the screen, used or not; none for ever.
    pub background_seconds: Option<u32>,
}

impl From<vault::AutoLock> for AutoLock {
    fn from(auto_lock: vault::AutoLock) -> Self {
        let seconds = |limit: Option<Duration>| {
            limit.map(|limit| u32::try_from(limit.as_secs()).unwrap_or(u32::MAX))
        };
        Self {
            foreground_seconds: seconds(auto_lock.foreground),
            background_seconds: seconds(auto_lock.background),
        }
    }
}

impl From<AutoLock> for vault::AutoLock {
    fn from(auto_lock: AutoLock) -> Self {
        let duration = |limit: Option<u32>| limit.map(|limit| Duration::from_secs(limit.into()));
        Self {
            foreground: duration(auto_lock.foreground_seconds),
            background: duration(auto_lock.background_seconds),
        }
    }
}

/// The time as a server told it, and when the phone asked and heard.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ClockSample {
    /// The `Date` of a response over TLS that no cache kept: milliseconds since 1970.
    pub server_millis: i64,
    /// Just before the request was sent.
    pub sent: Moment,
    /// Just after the response, or its header, was there.
    pub received: Moment,
}

/// How far the phone's wall clock is from what servers say.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Record)]
pub struct ClockOffset {
    /// Seconds that the phone is ahead; below zero, behind.
    pub seconds: i64,
    /// By how many milliseconds that may be wrong.
    pub uncertainty_millis: i64,
}

impl From<CoreOffset> for ClockOffset {
    fn from(offset: CoreOffset) -> Self {
        let uncertainty_millis = duration_millis(offset.uncertainty);
        Self { seconds: offset.seconds, uncertainty_millis }
    }
}

#[uniffi::export]
impl AuthenticatorHandle {
    /// Locks the vault: every key and all contents in memory are overwritten. An unlock that is under
    /// way does not open it.
    pub fn lock(&self) {
        self.0.lock();
    }

    /// Whether the vault is unlocked now.
    pub fn is_unlocked(&self, now: Moment) -> Outcome<bool> {
        Ok(self.0.is_unlocked(now.read()?))
    }

    /// Closes the file, everything in it durable, so that the process may be stopped. What is
    /// unlocked stays so in memory; calls that need the file give `Suspended` until `resume`.
    pub fn suspend(&self) -> Outcome<()> {
        Ok(self.0.suspend()?)
    }

    /// Opens the file again. Where its keys were changed meanwhile, the vault is locked.
    pub fn resume(&self) -> Outcome<()> {
        Ok(self.0.resume()?)
    }

    /// Call when the app leaves the screen.
    pub fn enter_background(&self, now: Moment) -> Outcome<()> {
        self.0.enter_background(now.read()?);
        Ok(())
    }

    /// Call when the app comes back to the screen; then ask `isUnlocked`.
    pub fn enter_foreground(&self, now: Moment) -> Outcome<()> {
        self.0.enter_foreground(now.read()?);
        Ok(())
    }

    /// Call when the person does something: that keeps the vault open.
    pub fn note_interaction(&self, now: Moment) -> Outcome<()> {
        self.0.note_interaction(now.read()?);
        Ok(())
    }

    /// When the vault locks by itself.
    pub fn auto_lock(&self, now: Moment) -> Outcome<AutoLock> {
        let now = now.read()?;
        Ok(told(self.0.auto_lock(now), now)?.into())
    }

    /// Sets when the vault locks by itself, and for how many seconds a proof of presence is good, at
    /// least one. The person has to have proved presence of late.
    pub fn set_auto_lock(
        &self,
        auto_lock: AutoLock,
        presence_seconds: u32,
        now: Moment,
    ) -> Outcome<()> {
        let now = now.read()?;
        let presence = Duration::from_secs(presence_seconds.into());
        told(self.0.set_auto_lock(auto_lock.into(), presence, now), now)
    }

    /// Takes an older file for the newest, as after a backup was restored: it can be written to
    /// again. The person has to have proved presence of late.
    pub fn accept_rollback(&self, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.accept_rollback(now), now)
    }

    /// Destroys the vault: what opens it, the file, every copy beside it, and the platform's key.
    /// After an error it may not be done to the end; call it again. The person has to have proved
    /// presence of late.
    pub fn wipe(&self, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.wipe(now), now)
    }

    /// Takes a sample of a server's clock, to tell how far the phone's is off.
    pub fn learn_time(&self, sample: ClockSample) -> Outcome<()> {
        let ClockSample { server_millis, sent, received } = sample;
        let (sent, received) = (sent.read()?, received.read()?);
        Ok(self.0.learn_time(CoreSample { server: seconds(server_millis)?, sent, received })?)
    }

    /// How far the phone's clock is off; none before the first sample after a start.
    pub fn clock_offset(&self, now: Moment) -> Outcome<Option<ClockOffset>> {
        Ok(self.0.clock_offset(now.read()?).map(Into::into))
    }

    /// Whether the phone's clock is so wrong that codes which live so long may be refused.
    pub fn is_clock_off(&self, period_seconds: u32, now: Moment) -> Outcome<bool> {
        Ok(self.0.clock_is_off(Duration::from_secs(period_seconds.into()), now.read()?))
    }

    /// The time by the samples; the phone's own without any. Milliseconds since 1970.
    pub fn corrected_time_millis(&self, now: Moment) -> Outcome<i64> {
        let wall_millis = now.wall_millis;
        let estimated = self.0.estimated_time(now.read()?);
        Ok(estimated.map_or(wall_millis, duration_millis))
    }
}
