//! What the platform's key store answers when the keys of a vault change: asked for now,
//! or brought by the app, which asked the person in between.

use std::fmt;

use super::Authenticator;
use super::unlock::PIN_KINDS;
use crate::Secret;
use crate::crypto::key::Key;
use crate::crypto::random;
use crate::vault::{Slot, VaultError, VaultId};

/// A new secret for the platform's key store to wrap: the first half of a change of keys
/// in which the platform asks the person.
///
/// It is good for one change of the vault that it was drawn for. Nothing depends on it
/// before: where the person dismisses the prompt, drop it. `Debug` shows nothing.
pub struct PlatformEnrolment {
    pub(super) vault: VaultId,
    /// Whether the vault is yet to be made.
    pub(super) is_new: bool,
    secret: Secret,
}

impl PlatformEnrolment {
    /// The first half of making a vault in two steps; [`Authenticator::finish_create`] is
    /// the second.
    ///
    /// # Errors
    ///
    /// [`VaultError::NoRandomness`].
    pub fn for_new_vault() -> Result<Self, VaultError> {
        Self::draw(VaultId::from_bytes(random::make()?), true)
    }

    fn draw(vault: VaultId, is_new: bool) -> Result<Self, VaultError> {
        Ok(Self { vault, is_new, secret: Secret::new(Key::make()?.expose().to_vec()) })
    }

    /// What [`KeyWrapper::wrap`](crate::vault::KeyWrapper::wrap) is to be called with.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }
}

/// What the platform's key store answered before a change of keys: the second half of one
/// in which the platform asks the person, with a `BiometricPrompt` or a `LAContext` say.
///
/// | | `wrapped` | `unwrapped` |
/// |---|---|---|
/// | [`Authenticator::finish_set_pin`] | where the vault demands both | |
/// | [`Authenticator::finish_protect`] | where the platform's key is to open the vault, alone or with the PIN | |
/// | [`Authenticator::finish_rotate`], [`Authenticator::finish_issue_recovery_key`] | where the platform's key opens the vault, alone or with the PIN | where the vault demands both |
///
/// With [`VaultError::SlotMissing`] because one is missing, nothing was changed, announced
/// or counted. What is not needed is not used. `Debug` shows nothing.
///
/// # Examples
///
/// The master key of a vault that the platform's key opens is rotated:
///
/// ```
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// # use authenticator_core::vault::{KeyFile, KeyWrapper, StateFile, VaultError};
/// # use authenticator_core::{BootId, Moment, Platform, UnixTime};
/// use authenticator_core::{Authenticator, PlatformAnswers, SlotSecrets};
///
/// # let folder = tempfile::tempdir()?;
/// # let keys = Arc::new(KeyFile::create(folder.path().join("key"))?);
/// # let guard = Arc::new(StateFile::new(folder.path()));
/// # let platform = Platform { keys: keys.clone(), guard };
/// # let now = Moment {
/// #     wall: UnixTime::from_secs(1_741_011_292),
/// #     monotonic: Duration::from_secs(100),
/// #     boot_id: BootId::from_bytes([1; 16]),
/// # };
/// let authenticator = Authenticator::create(&folder.path().join("vault"), platform, now)?;
/// let before = authenticator.begin_platform_unlock()?;
///
/// let enrolment = authenticator.begin_platform_enrolment()?;
/// // Here the app shows the prompt, and lets the key store wrap.
/// let wrapped = keys.wrap(enrolment.secret())?;
/// let answers = PlatformAnswers { wrapped: Some((enrolment, wrapped)), unwrapped: None };
/// authenticator.finish_rotate(SlotSecrets::default(), answers, now)?;
///
/// authenticator.lock();
/// let old = keys.unwrap(&before.wrapped)?;
/// assert_eq!(authenticator.finish_platform_unlock(&old, now), Err(VaultError::KeyMismatch));
/// let new = keys.unwrap(&authenticator.begin_platform_unlock()?.wrapped)?;
/// assert!(authenticator.finish_platform_unlock(&new, now).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct PlatformAnswers {
    /// The enrolment that [`Authenticator::begin_platform_enrolment`] gave, and what the
    /// key store wrapped its secret to. It has to be that secret's: anything else is
    /// noticed only when the vault does not open by it.
    pub wrapped: Option<(PlatformEnrolment, Vec<u8>)>,
    /// What the key store unwrapped of what [`Authenticator::begin_pin_unlock`] gave.
    pub unwrapped: Option<Secret>,
}

/// What a change of keys needs of the platform's key store.
#[derive(Clone, Copy)]
pub(super) struct Needs {
    /// A new secret, wrapped.
    pub(super) wrapped: bool,
    /// The secret of the PIN's slot.
    pub(super) unwrapped: bool,
}

impl Authenticator {
    /// Begins a change of keys in two steps, with a new secret for the key store to wrap.
    /// It is finished by `finish_platform_enrolment`, `finish_set_pin`, `finish_protect`,
    /// `finish_rotate` or `finish_issue_recovery_key`.
    ///
    /// Nothing is held until then, so that the prompt may take as long as it does. Only the
    /// second half asks whether the vault is unlocked and the person was there of late:
    /// pass it the clocks' reading after the prompt.
    ///
    /// # Errors
    ///
    /// [`VaultError::NoRandomness`].
    pub fn begin_platform_enrolment(&self) -> Result<PlatformEnrolment, VaultError> {
        PlatformEnrolment::draw(self.state().vault.id(), false)
    }

    /// What the key store answered, all that is needed of it; where the app brought
    /// nothing, it is asked now. Called before anything is changed or counted: a prompt may
    /// be dismissed, and an app may have forgotten one.
    pub(super) fn answers(
        &self,
        needs: Needs,
        brought: Option<PlatformAnswers>,
    ) -> Result<PlatformAnswers, VaultError> {
        let answers = brought.map_or_else(|| self.ask_platform(needs), Ok)?;
        let missing = (needs.wrapped && answers.wrapped.is_none())
            || (needs.unwrapped && answers.unwrapped.is_none());
        if missing {
            return Err(VaultError::SlotMissing);
        }
        if let Some((enrolment, wrapped)) = &answers.wrapped {
            if enrolment.vault != self.state().vault.id() {
                return Err(VaultError::KeyMismatch);
            }
            Slot::check_wrapped(wrapped)?;
        }
        Ok(answers)
    }

    fn ask_platform(&self, needs: Needs) -> Result<PlatformAnswers, VaultError> {
        let keys = &self.platform.keys;
        let mut answers = PlatformAnswers::default();
        if needs.unwrapped {
            let (slot, _) = self.state().vault.slot(&PIN_KINDS)?;
            answers.unwrapped = Some(keys.unwrap(&slot.wrapped)?);
        }
        if needs.wrapped {
            let enrolment = self.begin_platform_enrolment()?;
            let wrapped = keys.wrap(enrolment.secret())?;
            answers.wrapped = Some((enrolment, wrapped));
        }
        Ok(answers)
    }
}

impl fmt::Debug for PlatformEnrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlatformEnrolment(..)")
    }
}

impl fmt::Debug for PlatformAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlatformAnswers(..)")
    }
}
