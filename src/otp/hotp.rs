//! Counter-based one-time passwords ([RFC 4226]).
//!
//! [RFC 4226]: https://www.rfc-editor.org/rfc/rfc4226

use std::fmt;

use super::code::last_match;
use super::{Algorithm, Code, Digits};
use crate::Secret;
use crate::crypto::hmac::HmacKey;

/// An absorbed key that gives one code for each value of a counter.
///
/// The counter is the caller's: each value is given out once, and the next one
/// is stored before the code is shown.
///
/// # Examples
///
/// ```
/// use authenticator_core::Secret;
/// use authenticator_core::otp::{Algorithm, Digits, Hotp};
///
/// let secret = Secret::new(b"12345678901234567890".to_vec());
/// let hotp = Hotp::new(&secret, Algorithm::Sha1, Digits::default());
///
/// assert_eq!(hotp.code(1).as_str(), "287082");
/// // The server's side: the counter it expects, and how far it looks ahead.
/// assert_eq!(hotp.verify("287082", 0, 5), Some(1));
/// ```
#[derive(Clone)]
pub struct Hotp {
    key: HmacKey,
    digits: Digits,
}

impl Hotp {
    /// Absorbs `secret`. Every secret is a key, also an empty one: whether it is
    /// long enough was decided where the account was made.
    pub fn new(secret: &Secret, algorithm: Algorithm, digits: Digits) -> Self {
        Self { key: HmacKey::new(algorithm, secret.expose()), digits }
    }

    /// The code of `counter`.
    #[inline]
    pub fn code(&self, counter: u64) -> Code {
        self.key.tag_of(counter, |tag| Code::decimal(truncate(tag), self.digits))
    }

    /// The counter that `typed` is the code of, from `counter` to `look_ahead`
    /// beyond it ([RFC 4226, section 7.4]); the last one if several give that code, so
    /// that it cannot be used again.
    ///
    /// Keep `look_ahead` small: the more counters, the likelier a guess is right, and
    /// the likelier two of them have one code, which sets the server ahead of the token
    /// until it is pressed as often again (with 6 digits, about once in 100 000 logins
    /// at a look-ahead of 10).
    ///
    /// Takes the same time whether and wherever it matches. `typed` is the bare
    /// code, without separators. The caller goes on with the returned counter + 1
    /// and so refuses a second use.
    ///
    /// [RFC 4226, section 7.4]: https://www.rfc-editor.org/rfc/rfc4226#section-7.4
    pub fn verify(&self, typed: &str, counter: u64, look_ahead: u8) -> Option<u64> {
        let last = counter.saturating_add(look_ahead.into());
        last_match((counter..=last).map(|counter| (counter, self.code(counter))), typed)
    }
}

impl fmt::Debug for Hotp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hotp").field("digits", &self.digits).finish_non_exhaustive()
    }
}

/// Dynamic truncation: 31 bits of the tag, from where its last four bits point to
/// ([RFC 4226, section 5.3]).
///
/// [RFC 4226, section 5.3]: https://www.rfc-editor.org/rfc/rfc4226#section-5.3
#[inline]
pub(super) fn truncate(tag: &[u8]) -> u32 {
    u32::from_be_bytes(at_offset(tag)) & 0x7fff_ffff
}

/// The `N` bytes of `tag` that its last four bits point to.
///
/// They point to byte 15 at the most. The shortest tag, SHA-1's, has 20 bytes, and
/// the one tag that eight bytes are taken of has 32: the bytes are always there.
#[inline]
pub(super) fn at_offset<const N: usize>(tag: &[u8]) -> [u8; N] {
    let offset = tag.last().map_or(0, |byte| usize::from(byte & 15));
    let bytes = tag.get(offset..).and_then(<[u8]>::first_chunk);
    debug_assert!(bytes.is_some(), "a tag has at least 15 + N bytes");
    bytes.copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let hotp = Hotp::new(&Secret::new(vec![7; 20]), Algorithm::Sha1, Digits::default());
        assert_eq!(format!("{hotp:?}"), "Hotp { digits: Digits(6), .. }");
    }

    /// RFC 4226, section 5.4, "Example of HOTP Computation for Digit = 6".
    #[test]
    fn the_example_of_the_rfc_truncates_to_its_value() {
        let tag = [
            0x1f, 0x86, 0x98, 0x69, 0x0e, 0x02, 0xca, 0x16, 0x61, 0x85, 0x50, 0xef, 0x7f, 0x19,
            0xda, 0x8e, 0x94, 0x5b, 0x55, 0x5a,
        ];

        assert_eq!(truncate(&tag), 0x50ef_7f19);
    }

    #[test]
    fn the_last_counter_has_a_code_and_no_look_ahead() {
        let hotp = Hotp::new(&Secret::new(vec![7; 20]), Algorithm::Sha1, Digits::default());
        let typed = hotp.code(u64::MAX);

        assert_eq!(hotp.verify(typed.as_str(), u64::MAX, 255), Some(u64::MAX));
    }

    #[test]
    fn a_code_of_the_past_does_not_verify() {
        let hotp = Hotp::new(&Secret::new(vec![7; 20]), Algorithm::Sha1, Digits::new(10).unwrap());

        assert_eq!(hotp.verify(hotp.code(4).as_str(), 5, 10), None);
        assert_eq!(hotp.verify(hotp.code(16).as_str(), 5, 10), None);
        assert_eq!(hotp.verify(hotp.code(15).as_str(), 5, 10), Some(15));
    }
}
