//! Yandex Key codes: eight letters from HMAC-SHA-256, under a key that the PIN is
//! part of.

use super::hotp::at_offset;
use super::{AccountError, Code};
use crate::crypto::digest::sha256;
use crate::crypto::hmac::{Algorithm, HmacKey};
use crate::{Secret, SecretString};

/// How many characters a code has.
pub(super) const LENGTH: usize = 8;
/// The bytes that are a secret: all that a QR code holds.
const SECRET_LEN: usize = 16;
/// The bytes of a secret for typing: the secret, further data, a checksum of 12 bits.
const TYPED_LEN: usize = 26;
/// The divisor of the checksum, x¹² + x¹¹ + x⁷ + x⁶ + x⁵ + x⁴ + x + 1.
const POLYNOMIAL: u16 = 0b1_1000_1111_0011;

/// A Yandex secret absorbed together with its PIN.
#[derive(Clone)]
pub(super) struct Yandex(HmacKey);

impl Yandex {
    pub(super) fn new(secret: &Secret, pin: &SecretString) -> Self {
        let secret = secret.expose().get(..SECRET_LEN).unwrap_or_default();
        let hash = sha256(&[pin.expose().as_bytes(), secret]);
        // The reference takes the hash for a number and so loses one leading zero.
        let key = hash.strip_prefix(&[0]).unwrap_or(hash.as_slice());
        Self(HmacKey::new(Algorithm::Sha256, key))
    }

    /// Eight digits to the base 26, the most significant first, in lower-case letters.
    pub(super) fn code(&self, step: u64) -> Code {
        let mut rest =
            self.0.tag_of(step, |tag| u64::from_be_bytes(at_offset(tag)) & (u64::MAX >> 1));
        let mut letters = [(); LENGTH].map(|()| {
            let [digit, ..] = (rest % 26).to_le_bytes();
            rest /= 26;
            b'a' + digit
        });
        letters.reverse();
        Code::of_characters(letters)
    }
}

/// Checks that `secret` is one of Yandex's: 16 bytes, or 26 whose checksum holds.
///
/// # Errors
///
/// [`AccountError::InvalidSecret`]: another length, or a mistyped character.
pub(super) fn check_secret(secret: &[u8]) -> Result<(), AccountError> {
    match secret.len() {
        SECRET_LEN => Ok(()),
        TYPED_LEN if checksum_holds(secret) => Ok(()),
        _ => Err(AccountError::InvalidSecret),
    }
}

/// Whether the last 12 bits are the remainder of all bits before them.
fn checksum_holds(secret: &[u8]) -> bool {
    let bits = secret.iter().flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1));
    let remainder = bits.take(TYPED_LEN * 8 - 12).fold(0_u16, |rest, bit| {
        let rest = (rest << 1) | u16::from(bit);
        if rest >> 12 == 1 { rest ^ POLYNOMIAL } else { rest }
    });
    let Some([high, low]) = secret.last_chunk() else {
        return false;
    };
    remainder == u16::from_be_bytes([high & 15, *low])
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE32_NOPAD;

    use super::*;

    fn typed_secret() -> Vec<u8> {
        BASE32_NOPAD.decode(b"LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI").unwrap()
    }

    #[test]
    fn every_single_wrong_bit_of_a_typed_secret_is_noticed() {
        assert_eq!(check_secret(&typed_secret()), Ok(()));
        for bit in 0..TYPED_LEN * 8 {
            let mut secret = typed_secret();
            secret[bit / 8] ^= 0x80 >> (bit % 8);

            assert_eq!(check_secret(&secret), Err(AccountError::InvalidSecret), "{bit}");
        }
    }

    #[test]
    fn a_secret_of_any_other_length_is_refused() {
        for length in (0..64).filter(|length| ![SECRET_LEN, TYPED_LEN].contains(length)) {
            assert_eq!(check_secret(&vec![0; length]), Err(AccountError::InvalidSecret));
        }
    }

    #[test]
    fn a_key_that_begins_with_zero_is_one_byte_shorter() {
        let secret = Secret::new(vec![0; 16]);
        // One PIN in 256 gives such a key.
        let pin = (0..)
            .map(|number: u32| number.to_string())
            .find(|pin| sha256(&[pin.as_bytes(), secret.expose()])[0] == 0);
        let pin = SecretString::new(pin.unwrap());

        let hash = sha256(&[pin.expose().as_bytes(), secret.expose()]);
        let short = Yandex(HmacKey::new(Algorithm::Sha256, &hash[1..]));
        let full = Yandex(HmacKey::new(Algorithm::Sha256, &hash[..]));
        let code = Yandex::new(&secret, &pin).code(1);

        assert_eq!(code.as_str(), short.code(1).as_str());
        assert_ne!(code.as_str(), full.code(1).as_str());
    }
}
