//! The phone's keys: what a platform's key store does, and the same in software.

use crate::Secret;
use crate::crypto::curve::{PrivateKey, signature_to_der};
use crate::key_store::{KeyError, SecurityLevel};

/// The platform's key store, as far as approvals need it: keys that sign and never leave.
///
/// Where there is none, take [`SoftwareKeys`]. The core calls it from any thread, and never
/// while a lock on the vault is held. It must not ask the person for anything: what a
/// biometric is needed for, the app signs between two calls
/// (`Authenticator::verification_message`).
pub trait DeviceKeys: Send + Sync {
    /// Makes a key on P-256 for `purpose`, or `None` where this key store has none for it.
    /// `challenge` goes into the attestation, if there is one.
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    fn generate(
        &self,
        purpose: KeyPurpose,
        challenge: &[u8; 32],
    ) -> Result<Option<DeviceKey>, KeyError>;

    /// The signature of `message` by the key: ECDSA with SHA-256, in DER
    /// (`ECDSA-Sig-Value`), as Keystore and Secure Enclave write it.
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    fn sign(&self, handle: &Secret, message: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Destroys the key. No error if there is none.
    ///
    /// # Errors
    ///
    /// [`KeyError::Unavailable`]: it may be there still.
    fn delete(&self, handle: &Secret) -> Result<(), KeyError>;
}

/// What a key is for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyPurpose {
    /// Everything that the phone says. It asks nobody, and signs whenever the phone is
    /// unlocked.
    Device,
    /// That a person was verified: it signs only after a biometric, and is gone when
    /// fingers or faces are enrolled anew. In hardware, or not at all.
    Verification,
}

/// A key that was made.
#[derive(Debug)]
pub struct DeviceKey {
    /// What the key store finds it by, at most 1 024 bytes; sealed in the vault.
    pub handle: Secret,
    /// The public key: a point, uncompressed, 65 bytes.
    pub public: Vec<u8>,
    /// Where the key is.
    pub level: SecurityLevel,
    /// What the platform says of the key.
    pub attestation: Option<Attestation>,
}

/// What a platform says of a key, for the service to look at: the core carries it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attestation {
    /// `android-key`, `apple-app-attest` or another name, 1 to 64 characters.
    pub format: String,
    /// At most 8 192 bytes.
    pub data: Vec<u8>,
}

impl Attestation {
    pub(super) fn fits(&self) -> bool {
        (1..=64).contains(&self.format.chars().count()) && self.data.len() <= 8_192
    }
}

/// Keys in software, sealed in the vault: for desktops, tests, and phones without hardware
/// keys. Whoever has opened the vault has them.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoftwareKeys;

impl DeviceKeys for SoftwareKeys {
    fn generate(
        &self,
        purpose: KeyPurpose,
        _challenge: &[u8; 32],
    ) -> Result<Option<DeviceKey>, KeyError> {
        if purpose == KeyPurpose::Verification {
            return Ok(None);
        }
        let key = PrivateKey::make().map_err(|_| KeyError::Unavailable)?;
        Ok(Some(DeviceKey {
            handle: Secret::new(key.expose().to_vec()),
            public: key.public().sec1().to_vec(),
            level: SecurityLevel::Software,
            attestation: None,
        }))
    }

    fn sign(&self, handle: &Secret, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = PrivateKey::from_slice(handle.expose()).ok_or(KeyError::Invalidated)?;
        signature_to_der(&key.sign(message)).ok_or(KeyError::Unavailable)
    }

    fn delete(&self, _handle: &Secret) -> Result<(), KeyError> {
        Ok(())
    }
}
