//! What a code is computed with, checked once.

use std::fmt;
use std::num::NonZeroU32;

use super::AccountError;
use crate::crypto::hmac::Algorithm;

/// How many digits a code has: 1 to 10, by default 6.
///
/// [RFC 4226, section 5.3] asks for at least 6; services exist that give fewer.
/// The value behind a code has 31 bits, so the first of 10 digits is 0, 1 or 2.
///
/// [RFC 4226, section 5.3]: https://www.rfc-editor.org/rfc/rfc4226#section-5.3
///
/// # Examples
///
/// ```
/// use authenticator_core::otp::{AccountError, Digits};
///
/// assert_eq!(Digits::new(8)?.count(), 8);
/// assert_eq!(Digits::new(11), Err(AccountError::UnsupportedDigits));
/// # Ok::<(), AccountError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digits(u8);

impl Digits {
    /// Codes of `count` digits.
    ///
    /// # Errors
    ///
    /// [`AccountError::UnsupportedDigits`]: `count` is 0 or above 10.
    pub const fn new(count: u8) -> Result<Self, AccountError> {
        match count {
            1..=10 => Ok(Self(count)),
            _ => Err(AccountError::UnsupportedDigits),
        }
    }

    /// The number of digits, 1 to 10.
    pub const fn count(self) -> u8 {
        self.0
    }
}

impl Default for Digits {
    fn default() -> Self {
        Self(6)
    }
}

/// How long one code is shown, in whole seconds: 1 to 4 294 967 295, by default 30.
///
/// # Examples
///
/// ```
/// use authenticator_core::otp::{AccountError, Period};
///
/// assert_eq!(Period::from_secs(60)?.as_secs(), 60);
/// assert_eq!(Period::from_secs(0), Err(AccountError::UnsupportedPeriod));
/// # Ok::<(), AccountError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Period(NonZeroU32);

impl Period {
    /// Ten seconds, the period of mOTP.
    pub(super) const TEN: Self = Self(NonZeroU32::MIN.saturating_add(9));
    /// Thirty seconds, the default of [RFC 6238, section 4.1].
    ///
    /// [RFC 6238, section 4.1]: https://www.rfc-editor.org/rfc/rfc6238#section-4.1
    pub(super) const THIRTY: Self = Self(NonZeroU32::MIN.saturating_add(29));

    /// A period of `secs` seconds.
    ///
    /// # Errors
    ///
    /// [`AccountError::UnsupportedPeriod`]: `secs` is 0.
    pub fn from_secs(secs: u32) -> Result<Self, AccountError> {
        NonZeroU32::new(secs).map(Self).ok_or(AccountError::UnsupportedPeriod)
    }

    /// The seconds that one code is shown for.
    pub const fn as_secs(self) -> u32 {
        self.0.get()
    }
}

impl Default for Period {
    fn default() -> Self {
        Self::THIRTY
    }
}

impl Algorithm {
    /// The name that URIs use: `SHA1`, `SHA224`, `SHA256`, `SHA384`, `SHA512`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        }
    }

    /// Reads every spelling that services print: `SHA1`, `sha-1`, `HmacSHA256`,
    /// `HMAC-SHA-512`, `Algorithm.sha1`.
    ///
    /// # Errors
    ///
    /// [`AccountError::UnsupportedAlgorithm`]: any other text.
    pub(super) fn parse(text: &str) -> Result<Self, AccountError> {
        match text {
            "SHA1" => return Ok(Self::Sha1),
            "SHA256" => return Ok(Self::Sha256),
            "SHA512" => return Ok(Self::Sha512),
            _ => {}
        }
        // The longest spelling known is `Algorithm.HMAC-SHA-512`.
        let mut folded = [0; 24];
        let mut length = 0;
        for byte in text.bytes().filter(|byte| !matches!(byte, b'-' | b'_' | b' ')) {
            let Some(slot) = folded.get_mut(length) else {
                return Err(AccountError::UnsupportedAlgorithm);
            };
            *slot = byte.to_ascii_lowercase();
            length += 1;
        }
        let name = folded.get(..length).unwrap_or_default();
        let name = name.strip_prefix(b"algorithm.").unwrap_or(name);
        let name = name.strip_prefix(b"hmac").unwrap_or(name);
        match name {
            b"sha1" => Ok(Self::Sha1),
            b"sha224" => Ok(Self::Sha224),
            b"sha256" => Ok(Self::Sha256),
            b"sha384" => Ok(Self::Sha384),
            b"sha512" => Ok(Self::Sha512),
            _ => Err(AccountError::UnsupportedAlgorithm),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A parameter of a URI that this crate reads, named in errors and warnings.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Parameter {
    /// `algorithm`
    Algorithm,
    /// `counter`
    Counter,
    /// `digits`
    Digits,
    /// `encoder`
    Encoder,
    /// `image`
    Image,
    /// `issuer`
    Issuer,
    /// `period`
    Period,
    /// `secret`
    Secret,
}

impl Parameter {
    /// The parameter that `name` stands for, in either case.
    pub(super) fn named(name: &str) -> Option<Self> {
        let spelled = |name: &[u8]| match name {
            b"algorithm" => Some(Self::Algorithm),
            b"counter" => Some(Self::Counter),
            b"digits" => Some(Self::Digits),
            b"encoder" => Some(Self::Encoder),
            b"image" => Some(Self::Image),
            b"issuer" => Some(Self::Issuer),
            b"period" => Some(Self::Period),
            b"secret" => Some(Self::Secret),
            _ => None,
        };
        spelled(name.as_bytes()).or_else(|| {
            // Room for the longest, `algorithm`.
            let mut folded = [0; 9];
            let folded = folded.get_mut(..name.len())?;
            folded.copy_from_slice(name.as_bytes());
            folded.make_ascii_lowercase();
            spelled(folded)
        })
    }

    /// The name, as a URI spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Algorithm => "algorithm",
            Self::Counter => "counter",
            Self::Digits => "digits",
            Self::Encoder => "encoder",
            Self::Image => "image",
            Self::Issuer => "issuer",
            Self::Period => "period",
            Self::Secret => "secret",
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_read_in_every_spelling_that_services_print() {
        for (text, algorithm) in [
            ("SHA1", Algorithm::Sha1),
            ("sha-1", Algorithm::Sha1),
            ("Algorithm.sha1", Algorithm::Sha1),
            ("SHA224", Algorithm::Sha224),
            ("SHA-256", Algorithm::Sha256),
            ("HmacSHA256", Algorithm::Sha256),
            ("sha_384", Algorithm::Sha384),
            ("HMAC-SHA-512", Algorithm::Sha512),
        ] {
            assert_eq!(Algorithm::parse(text), Ok(algorithm), "{text}");
        }
    }

    #[test]
    fn every_parameter_is_found_by_its_name() {
        for name in
            ["algorithm", "counter", "digits", "encoder", "image", "issuer", "period", "secret"]
        {
            assert_eq!(Parameter::named(name).map(Parameter::name), Some(name));
            assert_eq!(Parameter::named(name).unwrap().to_string(), name);
            assert_eq!(Parameter::named(&name.to_uppercase()).map(Parameter::name), Some(name));
        }
        for name in ["", "secre", "secrets", "algorithms", "ſecret", "pin"] {
            assert_eq!(Parameter::named(name), None, "{name}");
        }
    }

    #[test]
    fn an_unknown_algorithm_is_never_taken_for_a_known_one() {
        for text in ["", "MD5", "SHA", "SHA3-256", "SHA512/256", "SHA1SHA1", "hmac", "sha10"] {
            assert_eq!(Algorithm::parse(text), Err(AccountError::UnsupportedAlgorithm), "{text}");
        }
        assert_eq!(Algorithm::parse(&"a".repeat(1000)), Err(AccountError::UnsupportedAlgorithm));
    }
}
