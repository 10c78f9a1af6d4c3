//! Bytes and text that wipe themselves and never print.

use std::fmt;

use zeroize::Zeroizing;

/// Bytes that nobody but their user may see: a shared secret, a key.
///
/// The memory is overwritten when the value is dropped. There is no `Display`
/// and no `PartialEq`, and `Debug` shows nothing; the bytes are reached through
/// [`Secret::expose`] alone, so that every use can be found by that word.
///
/// # Examples
///
/// ```
/// use authenticator_core::Secret;
///
/// let secret = Secret::new(b"12345678901234567890".to_vec());
///
/// assert_eq!(secret.expose().len(), 20);
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes `bytes` over, without a copy.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes. Whoever copies them wipes the copy.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Text that nobody but its user may see: a PIN, a secret in base32, an
/// `otpauth` URI. The same promises as [`Secret`].
///
/// # Examples
///
/// ```
/// use authenticator_core::SecretString;
///
/// let pin = SecretString::new("1234".to_owned());
///
/// assert_eq!(pin.expose(), "1234");
/// assert_eq!(format!("{pin:?}"), "SecretString(..)");
/// ```
#[derive(Clone)]
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    /// Takes `text` over, without a copy.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text. Whoever copies it wipes the copy.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString(..)")
    }
}
