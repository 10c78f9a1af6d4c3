//! What a phone must supply: a key store, and a memory outside the vault's file.
//!
//! The app implements these traits with Keystore or Keychain. They may be called from
//! any thread, and may take as long as a person takes to touch a sensor: they are never
//! called while a lock on the vault is held.

use std::fmt;

use crate::Secret;
use crate::key_store::{KeyError, SecurityLevel};

/// A key in the platform's key store, which never leaves it.
///
/// One value stands for one key. What [`KeyWrapper::wrap`] gives is kept in the vault's
/// file; the secret comes back through [`KeyWrapper::unwrap`] alone, on this device,
/// after whatever the key asks for (a fingerprint, a face).
///
/// An app whose key store asks the person by a prompt of the app's own wraps and unwraps
/// by itself, between the two steps that [`Authenticator`](crate::Authenticator) has for
/// whatever needs either: those call neither of the two functions.
///
/// [`KeyFile`](super::KeyFile) is one in software, for desktops and tests.
pub trait KeyWrapper: Send + Sync {
    /// Where the key is kept.
    fn security_level(&self) -> SecurityLevel;

    /// Encrypts `key` so that only [`KeyWrapper::unwrap`] gives it back. The result is
    /// opaque and has at most 4 096 bytes.
    ///
    /// # Errors
    ///
    /// As [`KeyWrapper::unwrap`]: a store may ask the person for either.
    fn wrap(&self, key: &Secret) -> Result<Vec<u8>, KeyError>;

    /// What was wrapped, or an error if one bit of `wrapped` is not as it was.
    ///
    /// # Errors
    ///
    /// - [`KeyError::Cancelled`]: the person dismissed the prompt.
    /// - [`KeyError::LockedOut`]: too many wrong fingers or faces.
    /// - [`KeyError::Invalidated`]: this key did not wrap it, or is no longer there.
    /// - [`KeyError::NotEnrolled`]: the key asks for what is not set up.
    /// - [`KeyError::Unavailable`]: anything else.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyError>;

    /// A keyed function of `input`, 32 bytes, the same each time; or `None` from a key
    /// store that has none, and that never has one for this key.
    ///
    /// It makes a PIN part of a computation that only this device can do: HMAC-SHA-256
    /// with a Keystore key, ECDH with a fixed point in the Secure Enclave. Where the app
    /// unlocks and changes keys in two steps, let it ask nobody: it has no such step, since
    /// its input is only known while a PIN is checked or set.
    ///
    /// # Errors
    ///
    /// As [`KeyWrapper::unwrap`].
    fn prf(&self, input: &[u8; 32]) -> Result<Option<Secret>, KeyError>;

    /// Destroys the key: what it wrapped is lost. No error if there is none.
    ///
    /// # Errors
    ///
    /// [`KeyError::Unavailable`]: the key may be there still.
    fn delete(&self) -> Result<(), KeyError>;
}

/// A small memory for each vault, outside its file: where a copy of the file that is
/// put back does not bring the memory back with it.
///
/// It keeps how many times a PIN was tried, so that the tries cannot be given back by
/// giving back the file. A Keychain item that stays on this device, or a file that a
/// Keystore key seals and that no backup takes, are such memories.
///
/// [`StateFile`](super::StateFile) is one in software, for desktops and tests.
pub trait RollbackGuard: Send + Sync {
    /// What was last kept for `vault`; `None` only if nothing ever was.
    ///
    /// # Errors
    ///
    /// [`GuardError::Unavailable`]: it cannot be known now.
    fn read(&self, vault: &VaultId) -> Result<Option<Vec<u8>>, GuardError>;

    /// Keeps `state`, at most 255 secret bytes, in place of what was kept. All of it,
    /// and so that it outlasts a loss of power, once this returns.
    ///
    /// # Errors
    ///
    /// [`GuardError::Unavailable`]: the old state or the new one is kept, nothing else.
    fn replace(&self, vault: &VaultId, state: &[u8]) -> Result<(), GuardError>;
}

/// Why a [`RollbackGuard`] did not do what it was asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The memory cannot be read or written, or not now (before the first unlock of
    /// the device, on a full disk). No PIN is tried meanwhile; other ways in still open.
    #[error("the memory outside the vault is not available")]
    Unavailable,
}

/// Which vault: 16 random bytes, drawn when it was made. No secret.
///
/// # Examples
///
/// ```
/// use authenticator_core::vault::VaultId;
///
/// let vault = VaultId::from_bytes([0x0f; 16]);
///
/// assert_eq!(vault.to_string(), "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f");
/// assert_eq!(vault.as_bytes(), &[0x0f; 16]);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct VaultId([u8; 16]);

impl VaultId {
    /// The identifier that is these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// 32 lower-case hexadecimal digits.
impl fmt::Display for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_traits_are_used_as_objects_from_any_thread() {
        fn sendable<T: Send + Sync + ?Sized>() {}

        sendable::<dyn KeyWrapper>();
        sendable::<dyn RollbackGuard>();
    }
}
