//! What the app supplies: the platform's key store, and a memory outside the vault's file.

use std::sync::Arc;

use authenticator_core::vault::{
    GuardError, KeyError, KeyWrapper as CoreKeyWrapper, RollbackGuard as CoreRollbackGuard,
    SecurityLevel as CoreSecurityLevel, VaultId,
};
use authenticator_core::{Platform, Secret};

/// Why a key store or a rollback guard did not do what it was asked.
///
/// Throw one of these from your implementation. Anything else that is thrown there is taken for
/// `Unavailable`, and its text goes nowhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error, uniffi::Error)]
pub enum PlatformError {
    /// The person dismissed the prompt, or none was shown that the key needs:
    /// `BiometricPrompt.ERROR_USER_CANCELED`, `UserNotAuthenticatedException`, `LAError.userCancel`.
    #[error("the prompt was dismissed")]
    Cancelled,
    /// Too many wrong fingers or faces: `BiometricPrompt.ERROR_LOCKOUT`, `LAError.biometryLockout`.
    #[error("the sensor is locked after too many attempts")]
    LockedOut,
    /// The key is gone for good: `KeyPermanentlyInvalidatedException`, `errSecItemNotFound`.
    #[error("the key is no longer valid on this device")]
    Invalidated,
    /// No finger, face or screen lock is set up.
    #[error("no biometric or screen lock is set up")]
    NotEnrolled,
    /// The store does not answer, or not now.
    #[error("the platform's store is not available")]
    Unavailable,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for PlatformError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        // Its reason may be a whole stack trace, and may hold anything.
        Self::Unavailable
    }
}

impl From<PlatformError> for KeyError {
    fn from(error: PlatformError) -> Self {
        match error {
            PlatformError::Cancelled => Self::Cancelled,
            PlatformError::LockedOut => Self::LockedOut,
            PlatformError::Invalidated => Self::Invalidated,
            PlatformError::NotEnrolled => Self::NotEnrolled,
            PlatformError::Unavailable => Self::Unavailable,
        }
    }
}

/// Where a key is kept, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum SecurityLevel {
    /// In memory and files of the operating system: whoever reads those has the key.
    Software,
    /// Apart from the operating system, on the same processor:
    /// `KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT`.
    TrustedEnvironment,
    /// In a processor of its own: `KeyProperties.SECURITY_LEVEL_STRONGBOX`.
    StrongBox,
    /// In a processor of its own: Apple's Secure Enclave.
    SecureEnclave,
}

impl From<SecurityLevel> for CoreSecurityLevel {
    fn from(level: SecurityLevel) -> Self {
        match level {
            SecurityLevel::Software => Self::Software,
            SecurityLevel::TrustedEnvironment => Self::TrustedEnvironment,
            SecurityLevel::StrongBox => Self::StrongBox,
            SecurityLevel::SecureEnclave => Self::SecureEnclave,
        }
    }
}

impl From<CoreSecurityLevel> for SecurityLevel {
    fn from(level: CoreSecurityLevel) -> Self {
        match level {
            CoreSecurityLevel::Software => Self::Software,
            CoreSecurityLevel::TrustedEnvironment => Self::TrustedEnvironment,
            CoreSecurityLevel::StrongBox => Self::StrongBox,
            CoreSecurityLevel::SecureEnclave => Self::SecureEnclave,
        }
    }
}

/// A key in the platform's key store, which never leaves it: implement it with Keystore or
/// Keychain.
///
/// One value stands for one key, which is one vault's alone. It is called on the thread of the call
/// that needs it, and may take as long as a person takes to touch a sensor; it must not call the
/// vault. Where a prompt is asynchronous, use the calls that begin and finish instead: they call
/// neither `wrap` nor `unwrap`.
#[uniffi::export(foreign)]
pub trait KeyWrapper: Send + Sync {
    /// Where the key is kept.
    fn security_level(&self) -> Result<SecurityLevel, PlatformError>;

    /// Encrypts 32 secret bytes so that only `unwrap` gives them back, to at most 4096 bytes.
    /// Overwrite `key` when it is done.
    fn wrap(&self, key: Vec<u8>) -> Result<Vec<u8>, PlatformError>;

    /// What was wrapped; `Invalidated` if one bit is not as it was, or another key wrapped it.
    fn unwrap(&self, wrapped: Vec<u8>) -> Result<Vec<u8>, PlatformError>;

    /// A keyed function of 32 bytes to 32 bytes, the same each time: HMAC-SHA-256 with a Keystore
    /// key, ECDH with a fixed point in the Secure Enclave. None from a key store that has none, and
    /// never has one for this key. It must ask nobody.
    fn prf(&self, input: Vec<u8>) -> Result<Option<Vec<u8>>, PlatformError>;

    /// Destroys the key: what it wrapped is lost. No error if there is none.
    fn delete(&self) -> Result<(), PlatformError>;
}

/// A small memory for each vault, where a copy of the vault's file that is put back does not bring
/// it back too: a Keychain item that stays on this device, a file that a Keystore key seals and
/// that no backup takes.
///
/// It keeps how often a PIN was tried. It is called while no lock is held, and must not call the
/// vault.
#[uniffi::export(foreign)]
pub trait RollbackGuard: Send + Sync {
    /// What was last kept for the vault with this id, 32 hexadecimal digits; none only if nothing
    /// ever was. Where that cannot be known now, throw `Unavailable`.
    fn read(&self, vault_id: String) -> Result<Option<Vec<u8>>, PlatformError>;

    /// Keeps `state`, at most 255 secret bytes, in place of what was kept: all of it, and so that it
    /// outlasts a loss of power, once this returns.
    fn replace(&self, vault_id: String, state: Vec<u8>) -> Result<(), PlatformError>;
}

/// What the core sees of the two.
pub(crate) fn platform(keys: Arc<dyn KeyWrapper>, guard: Arc<dyn RollbackGuard>) -> Platform {
    Platform { keys: Arc::new(Foreign(keys)), guard: Arc::new(Foreign(guard)) }
}

struct Foreign<T: ?Sized>(Arc<T>);

impl CoreKeyWrapper for Foreign<dyn KeyWrapper> {
    fn security_level(&self) -> CoreSecurityLevel {
        // Of a store that does not answer, no more is known.
        self.0.security_level().map_or(CoreSecurityLevel::Software, Into::into)
    }

    fn wrap(&self, key: &Secret) -> Result<Vec<u8>, KeyError> {
        Ok(self.0.wrap(key.expose().to_vec())?)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyError> {
        Ok(Secret::new(self.0.unwrap(wrapped.to_vec())?))
    }

    fn prf(&self, input: &[u8; 32]) -> Result<Option<Secret>, KeyError> {
        Ok(self.0.prf(input.to_vec())?.map(Secret::new))
    }

    fn delete(&self) -> Result<(), KeyError> {
        Ok(self.0.delete()?)
    }
}

impl CoreRollbackGuard for Foreign<dyn RollbackGuard> {
    fn read(&self, vault: &VaultId) -> Result<Option<Vec<u8>>, GuardError> {
        self.0.read(vault.to_string()).map_err(|_| GuardError::Unavailable)
    }

    fn replace(&self, vault: &VaultId, state: &[u8]) -> Result<(), GuardError> {
        self.0.replace(vault.to_string(), state.to_vec()).map_err(|_| GuardError::Unavailable)
    }
}
