//! The platform's key store, whatever it keeps a key for.

use serde::{Deserialize, Serialize};

/// Why the platform's key store did not do what it was asked: for the vault, or for approvals.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The person dismissed the prompt. Nothing was tried or counted; the app offers
    /// to ask again, or the other ways in.
    #[error("the prompt was dismissed")]
    Cancelled,
    /// Too many wrong fingers or faces: the sensor is closed until the person unlocks
    /// the device with its own PIN. The app offers the other ways in.
    #[error("the sensor is locked after too many attempts")]
    LockedOut,
    /// The key is gone for good: fingers were enrolled anew, the screen lock was
    /// removed, the app was restored on another device. The app opens the vault in
    /// another way, and only then sets this one up again; a credential is enrolled anew.
    #[error("the key is no longer valid on this device")]
    Invalidated,
    /// No finger, face or screen lock is set up. The app says so, and offers the
    /// other ways in.
    #[error("no biometric or screen lock is set up")]
    NotEnrolled,
    /// The key store does not answer, or not now. The app may try again.
    #[error("the key store is not available")]
    Unavailable,
}

/// Where a key is, from the weakest to the strongest.
///
/// # Examples
///
/// ```
/// use authenticator_core::vault::SecurityLevel;
///
/// assert!(SecurityLevel::Software < SecurityLevel::StrongBox);
/// assert!(SecurityLevel::SecureEnclave.is_hardware());
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityLevel {
    /// In memory and files of the operating system: whoever reads those has the key.
    /// A software Keystore, a Keychain item without the Secure Enclave, a desktop.
    Software,
    /// Apart from the operating system, on the same processor: Android's
    /// `SECURITY_LEVEL_TRUSTED_ENVIRONMENT`.
    TrustedEnvironment,
    /// In a processor of its own: Android's `SECURITY_LEVEL_STRONGBOX`.
    #[serde(rename = "strongbox")]
    StrongBox,
    /// In a processor of its own: Apple's Secure Enclave.
    SecureEnclave,
}

impl SecurityLevel {
    /// Whether the key is in hardware.
    pub fn is_hardware(self) -> bool {
        self != Self::Software
    }
}
