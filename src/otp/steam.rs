//! Steam Guard codes: RFC 6238 with SHA-1 and 30 s, spelled in 5 letters and digits.

use super::Code;
use super::hotp::truncate;
use crate::Secret;
use crate::crypto::hmac::{Algorithm, HmacKey};

/// The characters of a code, by value.
const ALPHABET: &[u8; 26] = b"23456789BCDFGHJKMNPQRTVWXY";

/// How many characters a code has.
pub(super) const LENGTH: usize = 5;

/// An absorbed Steam secret.
#[derive(Clone)]
pub(super) struct Steam(HmacKey);

impl Steam {
    pub(super) fn new(secret: &Secret) -> Self {
        Self(HmacKey::new(Algorithm::Sha1, secret.expose()))
    }

    /// Five digits to the base 26, the least significant first.
    pub(super) fn code(&self, step: u64) -> Code {
        let mut value = self.0.tag_of(step, truncate);
        Code::of_characters([(); LENGTH].map(|()| {
            let digit = usize::try_from(value % 26).unwrap_or_default();
            value /= 26;
            ALPHABET.get(digit).copied().unwrap_or_default()
        }))
    }
}
