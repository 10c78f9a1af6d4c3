//! The PIN or password of a vault.

use std::fmt;

use super::VaultError;
use super::pin_cost::PinCost;
use crate::SecretString;
use crate::crypto::key::Key;
use crate::pin::{PinError, PinText};

/// A PIN or password in the spelling that a vault's format defines
/// (`docs/vault-format.md`, "Slots").
///
/// White space at both ends goes, the text is brought to NFKC, and every decimal digit
/// becomes the ASCII digit of its value: a PIN set on a phone with one keyboard opens
/// the vault on a phone with another. The text is wiped when the value is dropped.
///
/// [`Pin::choose`] is for a PIN to be set, [`Pin::read`] for one that is tried. Rules
/// that are made stricter later bind the first alone: nobody is locked out by them.
///
/// # Examples
///
/// ```
/// use authenticator_core::SecretString;
/// use authenticator_core::vault::{Pin, PinError};
///
/// let typed = |text: &str| SecretString::new(text.to_owned());
///
/// assert!(Pin::choose(&typed("482913")).is_ok());
/// assert_eq!(Pin::choose(&typed("123456")).unwrap_err(), PinError::TooCommon);
/// assert_eq!(Pin::choose(&typed("4807")).unwrap_err(), PinError::TooShort);
/// // A vault may have been locked with it by an older version.
/// assert!(Pin::read(&typed("4807")).is_ok());
/// assert_eq!(Pin::read(&typed("  ")).unwrap_err(), PinError::Empty);
/// ```
pub struct Pin(PinText);

impl Pin {
    /// What was typed to open a vault, by the rules of every version: it is not
    /// empty, and it is not too long.
    ///
    /// # Errors
    ///
    /// - [`PinError::Empty`]: nothing but white space.
    /// - [`PinError::TooLong`]: more than 128 bytes.
    pub fn read(typed: &SecretString) -> Result<Self, PinError> {
        PinText::read(typed).map(Self)
    }

    /// What was typed to be the new PIN of a vault, by the rules for new PINs.
    ///
    /// # Errors
    ///
    /// As [`Pin::read`], and
    ///
    /// - [`PinError::TooShort`]: fewer than 6 characters.
    /// - [`PinError::TooCommon`]: it is among the first that anybody tries.
    pub fn choose(typed: &SecretString) -> Result<Self, PinError> {
        PinText::choose(typed).map(Self)
    }

    /// `stretched` of `docs/vault-format.md`.
    ///
    /// # Errors
    ///
    /// [`VaultError::OutOfMemory`].
    pub(crate) fn stretch(&self, cost: PinCost, salt: &[u8; 16]) -> Result<Key, VaultError> {
        cost.stretch(self.0.as_bytes(), salt)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_does_not_print() {
        let pin = Pin::read(&SecretString::new("480731".to_owned())).unwrap();

        assert_eq!(format!("{pin:?}"), "Pin(..)");
    }

    #[test]
    fn the_same_pin_stretches_to_the_same_key() {
        let key = |typed: &str, salt: u8| {
            let pin = Pin::read(&SecretString::new(typed.to_owned())).unwrap();
            *pin.stretch(PinCost::FLOOR, &[salt; 16]).unwrap().expose()
        };

        assert_eq!(key("٤٨٠٧٣١", 1), key(" 480731", 1));
        assert_ne!(key("480731", 1), key("480731", 2));
        assert_ne!(key("480731", 1), key("480732", 1));
    }
}
