//! What opens the vault, and its changes.

use std::sync::Arc;

use authenticator_core::vault::{Pin, PinCost as CorePinCost};
use authenticator_core::{Protection as CoreProtection, SlotSecrets};

use super::AuthenticatorHandle;
use crate::error::told;
use crate::secrets::{new_pin, typed_pin};
use crate::{Moment, Outcome, PinCost, PlatformAnswers, PlatformEnrolment, RecoveryKey};

/// What opens a vault, besides the recovery key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
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

impl From<CoreProtection> for Protection {
    fn from(protection: CoreProtection) -> Self {
        match protection {
            CoreProtection::Platform => Self::Platform,
            CoreProtection::Pin => Self::Pin,
            CoreProtection::PlatformOrPin => Self::PlatformOrPin,
            CoreProtection::PlatformAndPin => Self::PlatformAndPin,
        }
    }
}

impl From<Protection> for CoreProtection {
    fn from(protection: Protection) -> Self {
        match protection {
            Protection::Platform => Self::Platform,
            Protection::Pin => Self::Pin,
            Protection::PlatformOrPin => Self::PlatformOrPin,
            Protection::PlatformAndPin => Self::PlatformAndPin,
        }
    }
}

/// Changes of what opens the vault. The person has to have proved presence of late. Each takes what
/// the key store answered before, where a prompt came between; without that, the key store is asked
/// during the call.
#[uniffi::export]
impl AuthenticatorHandle {
    /// What opens this vault, besides the recovery key.
    pub fn protection(&self) -> Outcome<Protection> {
        Ok(self.0.protection()?.into())
    }

    /// Begins a change of keys in which a prompt comes between, with a new secret for the key store
    /// to wrap. Nothing is held until it is finished.
    pub fn begin_platform_enrolment(&self) -> Outcome<PlatformEnrolment> {
        Ok(PlatformEnrolment::of(self.0.begin_platform_enrolment()?))
    }

    /// Wraps the vault's platform secret anew, as after a biometric was enrolled. A vault that demands
    /// its PIN gives `SlotMissing`: set the PIN anew, or `protect` it.
    pub fn enrol_platform(&self, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.enrol_platform(now), now)
    }

    /// As `enrolPlatform`, with what the key store wrapped the enrolment's secret to.
    pub fn finish_platform_enrolment(
        &self,
        enrolment: Arc<PlatformEnrolment>,
        wrapped: Vec<u8>,
        now: Moment,
    ) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.finish_platform_enrolment(enrolment.take()?, wrapped, now), now)
    }

    /// Sets the vault's first PIN, or another in place of it: UTF-8. It opens the vault beside the
    /// platform's key, or together with it where the vault demands both.
    pub fn set_pin(
        &self,
        pin: &[u8],
        cost: PinCost,
        answers: Option<Arc<PlatformAnswers>>,
        now: Moment,
    ) -> Outcome<()> {
        let (now, pin, cost) = (now.read()?, new_pin(pin)?, cost.read()?);
        let set = match answers {
            Some(answers) => self.0.finish_set_pin(&pin, cost, answers.take()?, now),
            None => self.0.set_pin(&pin, cost, now),
        };
        told(set, now)
    }

    /// Changes what opens the vault, so that what is left out opens nothing any more. `pin` is the
    /// one that the vault is to have, the one that it has or a new one, empty for none: UTF-8. The
    /// recovery key is needed if there is one.
    pub fn protect(
        &self,
        protection: Protection,
        pin: &[u8],
        cost: PinCost,
        recovery_key: Option<Arc<RecoveryKey>>,
        answers: Option<Arc<PlatformAnswers>>,
        now: Moment,
    ) -> Outcome<()> {
        let (now, pin) = (now.read()?, with_cost(pin, cost, new_pin)?);
        let secrets = secrets(pin.as_ref(), recovery_key.as_deref());
        let protection = protection.into();
        let done = match answers {
            Some(answers) => self.0.finish_protect(protection, secrets, answers.take()?, now),
            None => self.0.protect(protection, secrets, now),
        };
        told(done, now)
    }

    /// Replaces the master key and seals everything anew; what opens the vault stays. The PIN, if
    /// there is one, has to be the vault's, and counts as a try; empty for none: UTF-8. The recovery
    /// key is needed if there is one.
    pub fn rotate(
        &self,
        pin: &[u8],
        cost: PinCost,
        recovery_key: Option<Arc<RecoveryKey>>,
        answers: Option<Arc<PlatformAnswers>>,
        now: Moment,
    ) -> Outcome<()> {
        let (now, pin) = (now.read()?, with_cost(pin, cost, typed_pin)?);
        let secrets = secrets(pin.as_ref(), recovery_key.as_deref());
        let done = match answers {
            Some(answers) => self.0.finish_rotate(secrets, answers.take()?, now),
            None => self.0.rotate(secrets, now),
        };
        told(done, now)
    }

    /// Gives the vault a recovery key, to be shown once and written down. Where it had one, that
    /// opens nothing any more, for which the PIN is needed if there is one, empty for none: UTF-8. It
    /// counts as none until `confirmRecoveryKey`.
    pub fn issue_recovery_key(
        &self,
        pin: &[u8],
        cost: PinCost,
        answers: Option<Arc<PlatformAnswers>>,
        now: Moment,
    ) -> Outcome<RecoveryKey> {
        let (now, pin) = (now.read()?, with_cost(pin, cost, typed_pin)?);
        let pin = pin.as_ref().map(|(pin, cost)| (pin, *cost));
        let issued = match answers {
            Some(answers) => self.0.finish_issue_recovery_key(pin, answers.take()?, now),
            None => self.0.issue_recovery_key(pin, now),
        };
        Ok(RecoveryKey(told(issued, now)?))
    }

    /// Confirms that the person has written the recovery key down: the one that was typed.
    pub fn confirm_recovery_key(&self, key: Arc<RecoveryKey>, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.confirm_recovery_key(&key.0, now), now)
    }

    /// Whether the vault has a recovery key.
    pub fn has_recovery_key(&self) -> bool {
        self.0.has_recovery_key()
    }

    /// Whether the vault has a recovery key that the person confirmed.
    pub fn is_recovery_key_confirmed(&self, now: Moment) -> Outcome<bool> {
        let now = now.read()?;
        told(self.0.is_recovery_key_confirmed(now), now)
    }

    /// Does without a recovery key: a forgotten PIN, or a lost phone, then loses all. `words` are
    /// those that the person agreed to; they are kept, at most 1024 bytes.
    pub fn waive_recovery(&self, words: String, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.waive_recovery(&words, now), now)
    }

    /// Whether a forgotten PIN does not lose all, or the person agreed to that. Until then, a vault
    /// cannot demand its PIN: lead the person through this first.
    pub fn is_recovery_settled(&self, now: Moment) -> Outcome<bool> {
        let now = now.read()?;
        told(self.0.is_recovery_settled(now), now)
    }
}

type PinAndCost = (Pin, CorePinCost);

/// The PIN, unless it is empty.
fn with_cost(
    pin: &[u8],
    cost: PinCost,
    read: impl FnOnce(&[u8]) -> Outcome<Pin>,
) -> Outcome<Option<PinAndCost>> {
    let pin = (!pin.is_empty()).then(|| Ok((read(pin)?, cost.read()?)));
    pin.transpose()
}

fn secrets<'a>(
    pin: Option<&'a PinAndCost>,
    recovery_key: Option<&'a RecoveryKey>,
) -> SlotSecrets<'a> {
    SlotSecrets {
        pin: pin.map(|(pin, cost)| (pin, *cost)),
        recovery_key: recovery_key.map(|key| &key.0),
    }
}
