//! What opens a vault: PINs, recovery keys, and what the platform answered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use authenticator_core::vault::{self, Pin};
use authenticator_core::{
    PlatformAnswers as CoreAnswers, PlatformEnrolment as CoreEnrolment, Secret, SecretString,
};

use crate::account::text;
use crate::{AuthenticatorError, Outcome, PinProblem, RecoveryKeyProblem};

/// Checks whether a PIN may be a new one, before it is asked for a second time. UTF-8.
#[uniffi::export]
pub fn check_new_pin(pin: &[u8]) -> Outcome<()> {
    new_pin(pin).map(drop)
}

/// A PIN that was typed to open a vault.
pub(crate) fn typed_pin(typed: &[u8]) -> Outcome<Pin> {
    Ok(Pin::read(&pin_text(typed)?)?)
}

/// A PIN that was typed to be a new one.
pub(crate) fn new_pin(typed: &[u8]) -> Outcome<Pin> {
    Ok(Pin::choose(&pin_text(typed)?)?)
}

pub(crate) fn pin_text(typed: &[u8]) -> Outcome<SecretString> {
    let refused = |_| AuthenticatorError::InvalidPin { problem: PinProblem::Empty };
    Ok(SecretString::new(text(typed).map_err(refused)?.to_owned()))
}

/// What stretching a PIN costs (Argon2id, RFC 9106), for a guesser as for the phone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Record)]
pub struct PinCost {
    /// Memory in KiB, 19456 to 65536.
    pub memory_kib: u32,
    /// How often it is gone over, 2 to 64.
    pub passes: u32,
}

impl PinCost {
    pub(crate) fn read(self) -> Outcome<vault::PinCost> {
        vault::PinCost::new(self.memory_kib, self.passes, 1)
            .ok_or(AuthenticatorError::InvalidPinCost)
    }
}

/// The cost at which a try takes this phone about half a second, and no more memory than it has.
/// Measured for up to two seconds: off the main thread, when a PIN is set.
#[uniffi::export]
pub fn calibrate_pin_cost() -> PinCost {
    let cost = vault::PinCost::calibrated(|cost| {
        let start = Instant::now();
        cost.stretch_sample().ok()?;
        Some(start.elapsed())
    });
    PinCost { memory_kib: cost.memory_kib(), passes: cost.passes() }
}

/// A recovery key, to be shown once and written down. It opens the vault without platform and PIN.
#[derive(uniffi::Object)]
pub struct RecoveryKey(pub(crate) vault::RecoveryKey);

#[uniffi::export]
impl RecoveryKey {
    /// What a person typed: in either case, with any spaces and hyphens. UTF-8.
    #[uniffi::constructor]
    pub fn parse(typed: &[u8]) -> Outcome<Self> {
        let problem = RecoveryKeyProblem::Mistyped;
        let refused = |_| AuthenticatorError::InvalidRecoveryKey { problem };
        let typed = SecretString::new(text(typed).map_err(refused)?.to_owned());
        Ok(Self(vault::RecoveryKey::parse(&typed)?))
    }

    /// The key as it is written down: 14 groups of four characters, joined by hyphens. UTF-8.
    /// Overwrite it after use.
    pub fn reveal(&self) -> Vec<u8> {
        self.0.text().expose().as_bytes().to_vec()
    }
}

/// A new secret for the platform's key store to wrap: the first half of a change of keys in which a
/// prompt comes between. It is good for one change. Where the person dismisses the prompt, let go of
/// it: nothing was changed.
#[derive(uniffi::Object)]
pub struct PlatformEnrolment(Mutex<Option<CoreEnrolment>>);

#[uniffi::export]
impl PlatformEnrolment {
    /// For a vault that is yet to be made.
    #[uniffi::constructor]
    pub fn for_new_vault() -> Outcome<Self> {
        Ok(Self::of(CoreEnrolment::for_new_vault()?))
    }

    /// The 32 bytes that the key store is to wrap. Overwrite them after use.
    pub fn reveal(&self) -> Outcome<Vec<u8>> {
        let enrolment = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let enrolment = enrolment.as_ref().ok_or(AuthenticatorError::EnrolmentUsed)?;
        Ok(enrolment.secret().expose().to_vec())
    }
}

impl PlatformEnrolment {
    pub(crate) fn of(enrolment: CoreEnrolment) -> Self {
        Self(Mutex::new(Some(enrolment)))
    }

    pub(crate) fn take(&self) -> Outcome<CoreEnrolment> {
        let enrolment = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        enrolment.ok_or(AuthenticatorError::EnrolmentUsed)
    }
}

/// What the platform's key store answered before a change of keys: the second half of one in which
/// a prompt comes between. It is good for one change.
#[derive(uniffi::Object)]
pub struct PlatformAnswers(Mutex<Option<CoreAnswers>>);

#[uniffi::export]
impl PlatformAnswers {
    /// `wrapped` is what the key store wrapped the enrolment's secret to, empty without an
    /// enrolment; `unwrapped` is what it unwrapped of what `beginPinUnlock` gave, empty where that
    /// gave nothing. One of enrolment and `wrapped` without the other is `SlotMissing`, and the
    /// enrolment is still good.
    #[uniffi::constructor]
    pub fn new(
        enrolment: Option<Arc<PlatformEnrolment>>,
        wrapped: Vec<u8>,
        unwrapped: &[u8],
    ) -> Outcome<Self> {
        if enrolment.is_some() == wrapped.is_empty() {
            return Err(AuthenticatorError::SlotMissing);
        }
        let enrolment = enrolment.map(|enrolment| enrolment.take()).transpose()?;
        let wrapped = enrolment.map(|enrolment| (enrolment, wrapped));
        let unwrapped = (!unwrapped.is_empty()).then(|| Secret::new(unwrapped.to_vec()));
        Ok(Self(Mutex::new(Some(CoreAnswers { wrapped, unwrapped }))))
    }
}

impl PlatformAnswers {
    pub(crate) fn take(&self) -> Outcome<CoreAnswers> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        answers.ok_or(AuthenticatorError::EnrolmentUsed)
    }
}
