//! Text that wipes itself and never prints.

use std::fmt;
use zeroize::Zeroizing;

/// Text that must not be seen: wiped when dropped, never printed.
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    /// Takes `text` into keeping.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString(..)")
    }
}
