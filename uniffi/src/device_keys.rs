//! What the app supplies for approvals: keys that sign and never leave.

use std::sync::Arc;

use authenticator_core::Secret;
use authenticator_core::approval::{
    self, DeviceKeys as CoreDeviceKeys, KeyError, KeyPurpose as CoreKeyPurpose,
};

use crate::{PlatformError, SecurityLevel};

/// What a key is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum KeyPurpose {
    /// Everything that the phone says. It asks nobody, and signs whenever the phone is unlocked.
    Device,
    /// That a person was verified: it signs only after a biometric, and is gone when fingers or
    /// faces are enrolled anew. In hardware, or not at all.
    Verification,
}

/// What a platform says of a key, for the service to look at; nothing of it is looked at here.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct KeyAttestation {
    /// `android-key`, `apple-app-attest` or another name, 1 to 64 characters.
    pub format: String,
    /// At most 8192 bytes.
    pub data: Vec<u8>,
}

/// A key that was made.
#[derive(uniffi::Record)]
pub struct DeviceKey {
    /// What the key store finds it by, at most 1024 bytes: an alias, or the key as the Secure Enclave
    /// sealed it. It is kept in the vault.
    pub handle: Vec<u8>,
    /// The public key: the point on P-256, uncompressed, 65 bytes that begin with 4.
    pub public_key: Vec<u8>,
    /// Where the key is.
    pub level: SecurityLevel,
    /// What the platform says of it.
    pub attestation: Option<KeyAttestation>,
}

/// The platform's key store, as far as approvals need it: keys that sign and never leave.
///
/// It is called on the thread of the call that needs it, while no lock is held, and must not call
/// the vault. It must ask the person for nothing: where a biometric is needed, the app has the
/// verification key sign between two calls (`verificationMessage`).
#[uniffi::export(foreign)]
pub trait DeviceKeys: Send + Sync {
    /// Makes a key on P-256 for `purpose`, or none where this key store has none for it. The 32 bytes
    /// of `challenge` go into the attestation, if there is one.
    fn generate(
        &self,
        purpose: KeyPurpose,
        challenge: Vec<u8>,
    ) -> Result<Option<DeviceKey>, PlatformError>;

    /// Signs `message` with the device key that `handle` finds: ECDSA with SHA-256, in DER, as
    /// `SHA256withECDSA` and the Secure Enclave write it. `Invalidated` where there is no such key.
    fn sign(&self, handle: Vec<u8>, message: Vec<u8>) -> Result<Vec<u8>, PlatformError>;

    /// Destroys the key. No error if there is none.
    fn delete(&self, handle: Vec<u8>) -> Result<(), PlatformError>;
}

/// What the core sees of it.
pub(crate) fn device_keys(keys: Option<Arc<dyn DeviceKeys>>) -> Arc<dyn CoreDeviceKeys> {
    match keys {
        Some(keys) => Arc::new(Foreign(keys)),
        None => Arc::new(approval::SoftwareKeys),
    }
}

struct Foreign(Arc<dyn DeviceKeys>);

impl CoreDeviceKeys for Foreign {
    fn generate(
        &self,
        purpose: CoreKeyPurpose,
        challenge: &[u8; 32],
    ) -> Result<Option<approval::DeviceKey>, KeyError> {
        let purpose = match purpose {
            CoreKeyPurpose::Device => KeyPurpose::Device,
            CoreKeyPurpose::Verification => KeyPurpose::Verification,
        };
        Ok(self.0.generate(purpose, challenge.to_vec())?.map(|key| approval::DeviceKey {
            handle: Secret::new(key.handle),
            public: key.public_key,
            level: key.level.into(),
            attestation: key
                .attestation
                .map(|KeyAttestation { format, data }| approval::Attestation { format, data }),
        }))
    }

    fn sign(&self, handle: &Secret, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.0.sign(handle.expose().to_vec(), message.to_vec())?)
    }

    fn delete(&self, handle: &Secret) -> Result<(), KeyError> {
        Ok(self.0.delete(handle.expose().to_vec())?)
    }
}
