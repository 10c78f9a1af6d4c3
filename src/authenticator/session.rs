//! When the vault locks, what the clocks say, and how the app goes to sleep.

use std::time::Duration;

use super::Authenticator;
use crate::clock_sample::{ClockError, ClockOffset, ClockSample};
use crate::crypto::stack::cleared;
use crate::vault::{AutoLock, GuardError, GuardState, VaultError};
use crate::{Moment, UnixTime};

impl Authenticator {
    /// Locks the vault: every key and all contents in memory are wiped.
    ///
    /// An unlock that is under way does not open it: it ends with [`VaultError::Locked`].
    pub fn lock(&self) {
        let mut state = self.state();
        state.locks += 1;
        state.lock();
    }

    /// Whether the vault is unlocked at `now`.
    pub fn is_unlocked(&self, now: Moment) -> bool {
        self.state().session(now).is_ok()
    }

    /// Closes the file, everything in it durable, so that the process may be stopped or
    /// the file be copied. What is unlocked stays in memory; calls that need the file
    /// give [`VaultError::Suspended`] until [`Authenticator::resume`].
    ///
    /// # Errors
    ///
    /// [`VaultError::Storage`], [`VaultError::StorageFull`]: as of the last write.
    pub fn suspend(&self) -> Result<(), VaultError> {
        cleared(|| self.state().vault.suspend())
    }

    /// Opens the file again. Where somebody changed it meanwhile, its contents are read
    /// anew; where its keys were rotated, it is locked. The guard is asked anew as well: if
    /// it cannot be reached, the vault is read and not written to, as after an unlock.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::open`]; after [`VaultError::InUse`] and
    /// [`VaultError::StorageLocked`] call it again: what was unlocked may be so still;
    /// otherwise it is locked.
    /// [`VaultError::RolledBack`]: an older file was put in its
    /// place, and the vault is locked.
    pub fn resume(&self) -> Result<(), VaultError> {
        let (id, known) = {
            let mut state = self.state();
            if state.vault.check_open().is_ok() {
                return Ok(());
            }
            let before = state.vault.generation();
            match cleared(|| state.vault.resume()) {
                Ok(()) => {}
                // Nothing is wrong with the file: it cannot be reached yet.
                Err(error @ (VaultError::InUse | VaultError::StorageLocked)) => return Err(error),
                Err(error) => {
                    state.lock();
                    return Err(error);
                }
            }
            // Whoever had the file may have told the guard something else.
            state.guard = None;
            let missing = before.checked_sub(state.vault.generation()).filter(|it| *it > 0);
            if missing.is_some() || !state.vault.is_unlocked() {
                state.lock();
                return missing.map_or(Ok(()), |missing| Err(VaultError::RolledBack { missing }));
            }
            let known = state.vault.missing();
            // Nothing is written until it is known what the guard holds.
            state.vault.set_judged(known, Some(GuardError::Unavailable));
            (state.vault.id(), known)
        };
        let held = self.read_guard(&id);
        let mut state = self.state();
        // Locked, and perhaps unlocked, meanwhile: then it has been judged.
        if state.guard.is_some() || !state.vault.is_unlocked() {
            return Ok(());
        }
        let judged = state.judge(held)?;
        if let Some(missing) =
            judged.rolled_back.filter(|missing| known.is_none_or(|it| it < *missing))
        {
            state.lock();
            return Err(VaultError::RolledBack { missing });
        }
        drop(state);
        self.sync_guard();
        Ok(())
    }

    /// Call when the app leaves the screen.
    pub fn enter_background(&self, now: Moment) {
        let mut state = self.state();
        state.background.get_or_insert(now);
        if let Some(session) = state.session.as_mut() {
            session.enter_background(now);
        }
    }

    /// Call when the app comes back to the screen; then ask
    /// [`Authenticator::is_unlocked`].
    pub fn enter_foreground(&self, now: Moment) {
        let mut state = self.state();
        state.background = None;
        if let Some(session) = state.session.as_mut() {
            session.enter_foreground(now);
        }
    }

    /// Call when the person does something (`onUserInteraction`): that keeps the vault
    /// open. Calls that only a person causes count by themselves; those that draw a screen
    /// do not, [`Authenticator::codes`] and [`Authenticator::items`] among them.
    pub fn note_interaction(&self, now: Moment) {
        if let Ok(session) = self.state().session(now) {
            session.touch(now);
        }
    }

    /// Destroys the vault: what opens it, the file, every copy kept beside it, and the
    /// platform's key. Nothing brings it back but a backup with a secret of its own.
    ///
    /// # Errors
    ///
    /// - [`VaultError::Locked`], [`VaultError::PresenceNeeded`], [`VaultError::Busy`],
    ///   [`VaultError::NoRandomness`]: nothing was done.
    /// - [`VaultError::Storage`], [`VaultError::StorageFull`], [`VaultError::Key`],
    ///   [`VaultError::Guard`]: it was not done to the end; whatever is left opens by
    ///   nothing once the slots are gone.
    pub fn wipe(&self, now: Moment) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        self.present(now, |_| Ok(()))?;
        // An older copy of the file must not find its epoch again, nor the key. Whatever
        // fails, the rest is done.
        let guard = GuardState::new(u64::MAX)?;
        {
            let mut state = self.state();
            (state.guard, state.guard_is_written) = (Some(guard), false);
        }
        // Whoever is telling the guard something at this moment tells it this as well.
        self.sync_guard();
        let deleted = self.platform.keys.delete().map_err(VaultError::from);
        let mut state = self.state();
        let wiped = state.vault.wipe();
        state.lock();
        let guarded = state.guard_is_written;
        deleted.and(wiped)?;
        if guarded { Ok(()) } else { Err(GuardError::Unavailable.into()) }
    }

    /// Whether a forgotten PIN does not lose all, or the person agreed to that: there is a
    /// recovery key that was confirmed, or a waiver. Until then, a vault cannot demand its
    /// PIN ([`Protection::Pin`](crate::Protection::Pin),
    /// [`Protection::PlatformAndPin`](crate::Protection::PlatformAndPin)): ask this to know
    /// what to lead the person through first.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn is_recovery_settled(&self, now: Moment) -> Result<bool, VaultError> {
        self.looked_at(now, |vault| vault.is_recovery_settled())
    }

    /// When the vault locks by itself.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn auto_lock(&self, now: Moment) -> Result<AutoLock, VaultError> {
        self.looked_at(now, |vault| Ok(vault.auto_lock()))
    }

    /// Sets when the vault locks by itself, and for how long a proof of presence is good;
    /// in whole seconds, at least one in the foreground and for the proof.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`], [`VaultError::PresenceNeeded`], and as every change.
    pub fn set_auto_lock(
        &self,
        auto_lock: AutoLock,
        presence: Duration,
        now: Moment,
    ) -> Result<(), VaultError> {
        self.present(now, |vault| vault.set_auto_lock(auto_lock, presence))
    }

    /// Takes an older file for the newest, as after a backup was restored: it can be
    /// written to again.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`], [`VaultError::PresenceNeeded`], and as every change.
    pub fn accept_rollback(&self, now: Moment) -> Result<(), VaultError> {
        self.present(now, |vault| vault.accept_rollback())
    }

    /// Takes a sample of a trusted clock, to tell how far the phone's is off.
    ///
    /// # Errors
    ///
    /// As [`Clock::learn`](crate::Clock::learn).
    pub fn learn_time(&self, sample: ClockSample) -> Result<(), ClockError> {
        self.state().clock.learn(sample)
    }

    /// How far the phone's clock is off; `None` before the first sample after a start.
    pub fn clock_offset(&self, now: Moment) -> Option<ClockOffset> {
        self.state().clock.offset(&now)
    }

    /// Whether the phone's clock is so wrong that codes of `period` may be refused.
    pub fn clock_is_off(&self, period: Duration, now: Moment) -> bool {
        self.state().clock.is_off(&now, period)
    }

    /// The time by the trusted samples; the phone's own without any. Pass it to
    /// [`Authenticator::codes`] if the person wants the correction.
    pub fn corrected_time(&self, now: Moment) -> UnixTime {
        self.state().clock.corrected(&now)
    }

    /// The time by the trusted samples, since 1970 and finer than a second: to wake when a code is
    /// over. `None` without any that counts.
    pub fn estimated_time(&self, now: Moment) -> Option<Duration> {
        self.state().clock.estimated(&now)
    }
}
