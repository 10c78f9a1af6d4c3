//! A platform in memory: fast, and its states can be looked at and set.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use authenticator_core::vault::{
    GuardError, KeyError, KeyWrapper, RollbackGuard, SecurityLevel, VaultId,
};
use authenticator_core::{Platform, Secret};

/// A key store that wraps by taking the secret as it is, and whose keyed function turns
/// every bit over.
pub(crate) struct PlainKeys;

impl KeyWrapper for PlainKeys {
    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }

    fn wrap(&self, key: &Secret) -> Result<Vec<u8>, KeyError> {
        Ok(key.expose().to_vec())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyError> {
        Ok(Secret::new(wrapped.to_vec()))
    }

    fn prf(&self, input: &[u8; 32]) -> Result<Option<Secret>, KeyError> {
        Ok(Some(Secret::new(input.iter().map(|byte| !byte).collect())))
    }

    fn delete(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

/// What a key store is asked for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Asked {
    Wrap,
    Unwrap,
    Prf,
}

/// As `PlainKeys`; before it answers, it does what it was given.
pub(crate) struct Meanwhile<F>(pub(crate) F);

impl<F: Fn(Asked) + Send + Sync> KeyWrapper for Meanwhile<F> {
    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }

    fn wrap(&self, key: &Secret) -> Result<Vec<u8>, KeyError> {
        self.0(Asked::Wrap);
        PlainKeys.wrap(key)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyError> {
        self.0(Asked::Unwrap);
        PlainKeys.unwrap(wrapped)
    }

    fn prf(&self, input: &[u8; 32]) -> Result<Option<Secret>, KeyError> {
        self.0(Asked::Prf);
        PlainKeys.prf(input)
    }

    fn delete(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

/// A rollback guard in memory.
#[derive(Default)]
pub(crate) struct MemoryGuard(pub(crate) Mutex<HashMap<VaultId, Vec<u8>>>);

impl MemoryGuard {
    /// The state of the one vault that there is.
    pub(crate) fn only_state(&self) -> Vec<u8> {
        let states = self.0.lock().unwrap();
        assert_eq!(states.len(), 1);
        states.values().next().unwrap().clone()
    }
}

impl RollbackGuard for MemoryGuard {
    fn read(&self, vault: &VaultId) -> Result<Option<Vec<u8>>, GuardError> {
        Ok(self.0.lock().unwrap().get(vault).cloned())
    }

    fn replace(&self, vault: &VaultId, state: &[u8]) -> Result<(), GuardError> {
        self.0.lock().unwrap().insert(*vault, state.to_vec());
        Ok(())
    }
}

/// The platform, and its guard to be looked at.
pub(crate) fn platform() -> (Platform, Arc<MemoryGuard>) {
    let guard = Arc::new(MemoryGuard::default());
    (Platform { keys: Arc::new(PlainKeys), guard: Arc::clone(&guard) as _ }, guard)
}
