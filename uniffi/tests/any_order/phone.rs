//! What an app supplies.

use std::collections::HashMap;
use std::sync::Mutex;

use authenticator_core_ffi::{
    DeviceKey, DeviceKeys, KeyPurpose, KeyWrapper, PlatformError, RollbackGuard, SecurityLevel,
};
use p256::ecdsa::signature::Signer;

/// A platform that refuses now and then.
#[derive(Default)]
pub(super) struct Phone {
    kept: Mutex<HashMap<String, Vec<u8>>>,
    pub(super) refusal: Mutex<Option<PlatformError>>,
}

impl Phone {
    fn ask(&self) -> Result<(), PlatformError> {
        self.refusal.lock().unwrap().map_or(Ok(()), Err)
    }
}

impl KeyWrapper for Phone {
    fn security_level(&self) -> Result<SecurityLevel, PlatformError> {
        self.ask().map(|()| SecurityLevel::StrongBox)
    }

    fn wrap(&self, key: Vec<u8>) -> Result<Vec<u8>, PlatformError> {
        self.ask().map(|()| key)
    }

    fn unwrap(&self, wrapped: Vec<u8>) -> Result<Vec<u8>, PlatformError> {
        self.ask().map(|()| wrapped)
    }

    fn prf(&self, input: Vec<u8>) -> Result<Option<Vec<u8>>, PlatformError> {
        self.ask().map(|()| Some(input))
    }

    fn delete(&self) -> Result<(), PlatformError> {
        self.ask()
    }
}

impl RollbackGuard for Phone {
    fn read(&self, vault_id: String) -> Result<Option<Vec<u8>>, PlatformError> {
        self.ask().map(|()| self.kept.lock().unwrap().get(&vault_id).cloned())
    }

    fn replace(&self, vault_id: String, state: Vec<u8>) -> Result<(), PlatformError> {
        self.ask().map(|()| drop(self.kept.lock().unwrap().insert(vault_id, state)))
    }
}

/// A key is what its handle is.
impl DeviceKeys for Phone {
    fn generate(
        &self,
        purpose: KeyPurpose,
        challenge: Vec<u8>,
    ) -> Result<Option<DeviceKey>, PlatformError> {
        self.ask()?;
        if purpose == KeyPurpose::Verification {
            return Ok(None);
        }
        let key = p256::ecdsa::SigningKey::from_slice(&challenge).unwrap();
        let public_key = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        let handle = key.to_bytes().to_vec();
        let level = SecurityLevel::TrustedEnvironment;
        Ok(Some(DeviceKey { handle, public_key, level, attestation: None }))
    }

    fn sign(&self, handle: Vec<u8>, message: Vec<u8>) -> Result<Vec<u8>, PlatformError> {
        self.ask()?;
        let key = p256::ecdsa::SigningKey::from_slice(&handle);
        let key = key.map_err(|_| PlatformError::Invalidated)?;
        let signature: p256::ecdsa::DerSignature = key.sign(&message);
        Ok(signature.as_bytes().to_vec())
    }

    fn delete(&self, _handle: Vec<u8>) -> Result<(), PlatformError> {
        self.ask()
    }
}
