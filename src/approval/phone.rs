//! The keys of a credential on this phone.

use super::claims::{Hash, Jwk};
use super::jose::Unsigned;
use super::keys::{Attestation, DeviceKey, DeviceKeys, KeyPurpose};
use crate::Secret;
use crate::crypto::curve::{PrivateKey, PublicKey, signature_from_der};
use crate::crypto::random::NoRandomness;
use crate::key_store::{KeyError, SecurityLevel};

/// Bytes that a key store's name for a key has at most.
const MOST_HANDLE: usize = 1_024;

/// A key that signs, in whichever key store made it.
#[derive(Clone, Debug)]
pub(crate) struct SigningKey {
    pub(crate) handle: Secret,
    pub(crate) public: Jwk,
    pub(crate) level: SecurityLevel,
}

impl SigningKey {
    /// The key that a key store made, if it makes sense.
    pub(super) fn new(made: DeviceKey) -> Result<Self, KeyError> {
        let public = PublicKey::from_sec1(&made.public).map(Jwk);
        let fits = made.handle.expose().len() <= MOST_HANDLE;
        let public = public.filter(|_| fits).ok_or(KeyError::Unavailable)?;
        Ok(Self { handle: made.handle, public, level: made.level })
    }

    pub(super) fn thumbprint(&self) -> Hash {
        self.public.thumbprint()
    }

    /// Has `keys` sign a message.
    pub(super) fn sign(
        &self,
        keys: &dyn DeviceKeys,
        message: Unsigned,
    ) -> Result<String, KeyError> {
        let der = keys.sign(&self.handle, message.input())?;
        self.finish(message, &der)
    }

    /// The message with a signature that a key store made.
    ///
    /// # Errors
    ///
    /// [`KeyError::Invalidated`]: another key signed it.
    pub(super) fn finish(&self, message: Unsigned, der: &[u8]) -> Result<String, KeyError> {
        let signature = signature_from_der(der).ok_or(KeyError::Unavailable)?;
        // What signs elsewhere may have lost its key, and have made another.
        if self.level.is_hardware() && !self.public.0.verifies(message.input(), &signature) {
            return Err(KeyError::Invalidated);
        }
        Ok(message.finish(&signature))
    }
}

/// All keys of a credential.
#[derive(Clone, Debug)]
pub(crate) struct PhoneKeys {
    pub(crate) device: SigningKey,
    /// Bound to a biometric; none where the platform has no such key.
    pub(crate) verification: Option<SigningKey>,
    /// Opens challenges that are encrypted. In software, so that a notification extension
    /// may have it.
    pub(crate) envelope: EnvelopeKey,
}

/// Opens what is encrypted to this credential.
#[derive(Clone, Debug)]
pub(crate) struct EnvelopeKey {
    pub(crate) secret: Secret,
    pub(crate) public: Jwk,
}

impl EnvelopeKey {
    pub(super) fn make() -> Result<Self, NoRandomness> {
        let key = PrivateKey::make()?;
        let public = Jwk(key.public());
        Ok(Self { secret: Secret::new(key.expose().to_vec()), public })
    }

    pub(crate) fn key(&self) -> Option<PrivateKey> {
        PrivateKey::from_slice(self.secret.expose())
    }
}

/// What a key store makes for a credential, and what it says of the device key.
pub(super) struct Made {
    pub(super) keys: PhoneKeys,
    pub(super) attestation: Option<Attestation>,
}

impl PhoneKeys {
    /// Makes the keys of a credential. `challenge` goes into the attestation.
    pub(super) fn make(store: &dyn DeviceKeys, challenge: &[u8; 32]) -> Result<Made, KeyError> {
        let device = store.generate(KeyPurpose::Device, challenge)?;
        let mut device = device.ok_or(KeyError::Unavailable)?;
        let attestation = device.attestation.take();
        if !attestation.as_ref().is_none_or(Attestation::fits) {
            let _ = store.delete(&device.handle);
            return Err(KeyError::Unavailable);
        }
        let device = SigningKey::new(device)?;
        let verification = store.generate(KeyPurpose::Verification, challenge);
        let verification = match verification {
            Ok(made) => made.map(SigningKey::new).transpose()?,
            // No biometric is set up: the credential does without.
            Err(KeyError::NotEnrolled) => None,
            Err(error) => {
                let _ = store.delete(&device.handle);
                return Err(error);
            }
        };
        let envelope = EnvelopeKey::make().map_err(|_| KeyError::Unavailable)?;
        let keys = Self { device, verification, envelope };
        Ok(Made { keys, attestation })
    }

    /// Destroys them in the key store, as far as it can.
    pub(crate) fn delete(&self, store: &dyn DeviceKeys) {
        let keys = [Some(&self.device), self.verification.as_ref()];
        for key in keys.into_iter().flatten() {
            let _ = store.delete(&key.handle);
        }
    }
}
