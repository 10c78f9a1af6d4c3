//! What opens the vault: set, changed, removed; and the rotation of the master key.

use super::answers::Needs;
use super::slots::{Wanted, platform_slot};
use super::unlock::PIN_KINDS;
use super::{Authenticator, PlatformAnswers, PlatformEnrolment};
use crate::Moment;
use crate::vault::{Mode, Pin, PinCost, RecoveryKey, SecurityLevel, SlotKind, VaultError};

/// What opens a vault, besides the recovery key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Protection {
    /// The platform's key.
    Platform,
    /// The PIN or password.
    Pin,
    /// Either of them: as strong as the weaker.
    PlatformOrPin,
    /// Both of them together.
    PlatformAndPin,
}

impl Protection {
    pub(super) const fn has_pin(self) -> bool {
        !matches!(self, Self::Platform)
    }

    pub(super) const fn has_platform(self) -> bool {
        !matches!(self, Self::Pin)
    }
}

/// The secrets of the slots that a rotation keeps: it seals the new master key under
/// them, and has to be given them for that.
#[derive(Clone, Copy, Debug, Default)]
pub struct SlotSecrets<'a> {
    /// The PIN, and what stretching it shall cost.
    pub pin: Option<(&'a Pin, PinCost)>,
    /// The recovery key.
    pub recovery_key: Option<&'a RecoveryKey>,
}

impl Authenticator {
    /// What opens this vault, besides the recovery key.
    ///
    /// # Errors
    ///
    /// [`VaultError::SlotDestroyed`]: the PIN was destroyed or altered, and there is nothing
    /// else.
    pub fn protection(&self) -> Result<Protection, VaultError> {
        let kinds = self.state().vault.slot_kinds();
        let has = |kind| kinds.contains(&kind);
        match (has(SlotKind::Platform), has(SlotKind::Pin), has(SlotKind::PlatformAndPin)) {
            (_, _, true) => Ok(Protection::PlatformAndPin),
            (true, true, _) => Ok(Protection::PlatformOrPin),
            (true, false, _) => Ok(Protection::Platform),
            (false, true, _) => Ok(Protection::Pin),
            (false, false, _) => Err(VaultError::SlotDestroyed),
        }
    }

    /// How well the platform keeps its key.
    pub fn security_level(&self) -> SecurityLevel {
        self.platform.keys.security_level()
    }

    /// Sets the vault's first PIN, or another one in place of it. It opens the vault
    /// beside the platform's key, or together with it where the vault demands both.
    ///
    /// # Errors
    ///
    /// - [`VaultError::PresenceNeeded`]: prove presence first.
    /// - [`VaultError::TooLarge`]: the key store wrapped 32 bytes to more than 4 096.
    /// - [`VaultError::KeyMismatch`]: the key store's keyed function does not give 32 bytes.
    /// - [`VaultError::OutOfMemory`]: for as much as `cost` says.
    /// - [`VaultError::InUse`]: while the file was closed for a prompt, another program
    ///   changed the keys.
    /// - [`VaultError::Key`], [`VaultError::Guard`], [`VaultError::Busy`],
    ///   [`VaultError::Locked`], [`VaultError::Suspended`], [`VaultError::Damaged`],
    ///   [`VaultError::StorageLocked`], and as every change: the PIN is the one that it was.
    pub fn set_pin(&self, pin: &Pin, cost: PinCost, now: Moment) -> Result<(), VaultError> {
        self.set_pin_with(pin, cost, None, now)
    }

    /// As [`Authenticator::set_pin`], with what the key store answered before.
    ///
    /// # Errors
    ///
    /// - [`VaultError::SlotMissing`]: the vault demands both, and no enrolment was brought.
    /// - [`VaultError::KeyMismatch`]: the enrolment is another vault's.
    /// - otherwise as [`Authenticator::set_pin`].
    pub fn finish_set_pin(
        &self,
        pin: &Pin,
        cost: PinCost,
        answers: PlatformAnswers,
        now: Moment,
    ) -> Result<(), VaultError> {
        self.set_pin_with(pin, cost, Some(answers), now)
    }

    fn set_pin_with(
        &self,
        pin: &Pin,
        cost: PinCost,
        brought: Option<PlatformAnswers>,
        now: Moment,
    ) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        let mode = self.present(now, |vault| Ok(vault.mode()))?;
        let kind = match mode {
            Mode::AnySlot => SlotKind::Pin,
            Mode::PlatformAndPin => SlotKind::PlatformAndPin,
        };
        let needs = Needs { wrapped: kind.has_platform(), unwrapped: false };
        let wrapped = self.answers(needs, brought)?.wrapped;
        let (place, master) = self.place_and_master(now)?;
        let epoch = self.announce_epoch(&place.0)?;
        let slot = self.pin_slot(kind, place, (pin, cost), wrapped, &epoch, &master)?;
        self.still_announced(&place.0, &epoch)?;
        let now = self.after_wait(now);
        self.unlocked(now, |vault| vault.put_slot(&slot, &PIN_KINDS))?;
        self.settle_epoch(epoch);
        Ok(())
    }

    /// Wraps the vault's platform secret anew, as after a biometric was enrolled: one row
    /// changes. Where the vault demands the PIN too, set that anew instead.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::set_pin`] and [`Authenticator::protection`];
    /// [`VaultError::SlotMissing`]: the vault does not open by the platform's key alone.
    pub fn enrol_platform(&self, now: Moment) -> Result<(), VaultError> {
        self.enrol_platform_with(None, now)
    }

    /// As [`Authenticator::enrol_platform`], with the secret that
    /// [`Authenticator::begin_platform_enrolment`] gave and what the key store wrapped it to.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::enrol_platform`]; [`VaultError::KeyMismatch`]: the enrolment is
    /// another vault's.
    pub fn finish_platform_enrolment(
        &self,
        enrolment: PlatformEnrolment,
        wrapped: Vec<u8>,
        now: Moment,
    ) -> Result<(), VaultError> {
        let wrapped = Some((enrolment, wrapped));
        self.enrol_platform_with(Some(PlatformAnswers { wrapped, unwrapped: None }), now)
    }

    fn enrol_platform_with(
        &self,
        brought: Option<PlatformAnswers>,
        now: Moment,
    ) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        let mode = self.present(now, |vault| Ok(vault.mode()))?;
        if mode == Mode::PlatformAndPin || self.protection()? == Protection::Pin {
            return Err(VaultError::SlotMissing);
        }
        let answers = self.answers(Needs { wrapped: true, unwrapped: false }, brought)?;
        let (place, master) = self.place_and_master(now)?;
        let slot = platform_slot(place, answers.wrapped, &master)?;
        let now = self.after_wait(now);
        self.unlocked(now, |vault| vault.put_slot(&slot, &[SlotKind::Platform]))
    }

    /// Changes what opens the vault, and rotates the master key, so that a slot which is
    /// gone opens nothing any more.
    ///
    /// `secrets` needs the PIN if the vault is to have one, the one that it has or a new
    /// one, and the recovery key if there is one.
    ///
    /// # Errors
    ///
    /// - [`VaultError::SlotMissing`]: a secret of a slot that stays is not given.
    /// - [`VaultError::WrongSecret`]: that is not the recovery key.
    /// - [`VaultError::RecoveryNeeded`]: without the platform's key alone, a forgotten PIN
    ///   loses all: issue a recovery key and confirm it, or waive it.
    /// - otherwise as [`Authenticator::set_pin`].
    pub fn protect(
        &self,
        protection: Protection,
        secrets: SlotSecrets<'_>,
        now: Moment,
    ) -> Result<(), VaultError> {
        self.protect_with(protection, secrets, None, now)
    }

    /// As [`Authenticator::protect`], with what the key store answered before.
    ///
    /// # Errors
    ///
    /// - [`VaultError::SlotMissing`]: a secret of a slot that stays is not given, or the
    ///   platform's key is to open the vault, and no enrolment was brought.
    /// - [`VaultError::KeyMismatch`]: the enrolment is another vault's.
    /// - otherwise as [`Authenticator::protect`].
    pub fn finish_protect(
        &self,
        protection: Protection,
        secrets: SlotSecrets<'_>,
        answers: PlatformAnswers,
        now: Moment,
    ) -> Result<(), VaultError> {
        self.protect_with(protection, secrets, Some(answers), now)
    }

    fn protect_with(
        &self,
        protection: Protection,
        SlotSecrets { pin, recovery_key: recovery }: SlotSecrets<'_>,
        brought: Option<PlatformAnswers>,
        now: Moment,
    ) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        self.present(now, |vault| {
            let alone = matches!(protection, Protection::Pin | Protection::PlatformAndPin);
            if alone && !vault.is_recovery_settled()? {
                Err(VaultError::RecoveryNeeded)
            } else {
                Ok(())
            }
        })?;
        self.check_recovery_key(recovery)?;
        let wanted = Wanted { protection, pin, recovery, keeps_pin: false, is_new: false };
        self.rebuild(wanted, brought, now)
    }

    /// Rotates the master key; everything that opens the vault stays.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::protect`]; and, of the PIN, which has to be the vault's and a try
    /// of which is counted, as [`Authenticator::unlock_with_pin`].
    pub fn rotate(&self, secrets: SlotSecrets<'_>, now: Moment) -> Result<(), VaultError> {
        self.rotate_with(secrets, None, now)
    }

    /// As [`Authenticator::rotate`], with what the key store answered before.
    ///
    /// # Errors
    ///
    /// - [`VaultError::SlotMissing`]: a secret of a slot that stays is not given, or an
    ///   answer is missing.
    /// - [`VaultError::KeyMismatch`]: the enrolment is another vault's, or what was
    ///   unwrapped is no secret of a slot's.
    /// - otherwise as [`Authenticator::rotate`].
    pub fn finish_rotate(
        &self,
        secrets: SlotSecrets<'_>,
        answers: PlatformAnswers,
        now: Moment,
    ) -> Result<(), VaultError> {
        self.rotate_with(secrets, Some(answers), now)
    }

    fn rotate_with(
        &self,
        SlotSecrets { pin, recovery_key: recovery }: SlotSecrets<'_>,
        brought: Option<PlatformAnswers>,
        now: Moment,
    ) -> Result<(), VaultError> {
        let _work = self.key_work()?;
        self.present(now, |_| Ok(()))?;
        self.check_recovery_key(recovery)?;
        let protection = self.protection()?;
        let wanted = Wanted { protection, pin, recovery, keeps_pin: true, is_new: false };
        self.rebuild(wanted, brought, now)
    }
}
