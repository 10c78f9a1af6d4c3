//! An account: who it is for, its secret and its parameters, checked once.

use std::borrow::Cow;
use std::fmt;

use super::{
    AccountError, Algorithm, CodeError, Digits, Generator, Hotp, Period, Totp, Warning, base32,
    motp, steam, yandex,
};
use crate::{Secret, SecretString, text};

/// The periods, in seconds, that services use; another one is worth a warning.
const USUAL_PERIODS: std::ops::RangeInclusive<u32> = 10..=300;
/// The bytes that [RFC 4226, section 4], R6 demands of a secret.
///
/// [RFC 4226, section 4]: https://www.rfc-editor.org/rfc/rfc4226#section-4
const RFC_4226_SECRET_LEN: usize = 16;

// An account's URI has room within the length that the reader accepts, even if
// every byte of its names is escaped to three and the issuer stands there twice.
const MAX_ISSUER_LEN: usize = 256;
const MAX_NAME_LEN: usize = 512;
const MAX_IMAGE_LEN: usize = 1024;
const MAX_SECRET_LEN: usize = 512;
const _: () = assert!(
    3 * (2 * MAX_ISSUER_LEN + MAX_NAME_LEN + MAX_IMAGE_LEN) + MAX_SECRET_LEN * 2 + 200
        < super::uri::MAX_LEN + 1
);

/// One account of one person at one service, with the secret that both share.
///
/// Every value of this type gives codes: whatever text or values it came from were
/// checked on the way in. It is what an app keeps; [`Account::generator`] makes of
/// it what an app computes with.
///
/// # Examples
///
/// ```
/// use authenticator_core::Secret;
/// use authenticator_core::otp::{Account, Kind, Warning};
///
/// let secret = Secret::new(b"1234567890".to_vec());
/// let parsed = Account::from_parts("Example", "alice", Kind::totp(), secret)?;
///
/// assert_eq!(parsed.account.issuer(), Some("Example"));
/// assert_eq!(parsed.warnings, [Warning::ShortSecret]);
/// # Ok::<(), authenticator_core::otp::AccountError>(())
/// ```
#[derive(Clone)]
pub struct Account {
    issuer: Option<String>,
    name: String,
    kind: Kind,
    secret: Secret,
    image: Option<String>,
}

/// How an account's codes are computed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// Codes by a counter (RFC 4226).
    Hotp {
        /// The hash under the HMAC.
        algorithm: Algorithm,
        /// The length of a code.
        digits: Digits,
        /// The counter of the next code.
        counter: u64,
    },
    /// Mobile-OTP: six hex digits every 10 seconds, from secret and PIN.
    Motp,
    /// Steam Guard: five letters and digits every 30 seconds.
    Steam,
    /// Codes by the time (RFC 6238).
    Totp {
        /// The hash under the HMAC.
        algorithm: Algorithm,
        /// The length of a code.
        digits: Digits,
        /// How long a code lives.
        period: Period,
    },
    /// Yandex Key: eight letters every 30 seconds, from secret and PIN.
    Yandex,
}

impl Kind {
    /// RFC 6238 with what nearly every service uses: SHA-1, 6 digits, 30 seconds.
    pub fn totp() -> Self {
        Self::Totp {
            algorithm: Algorithm::default(),
            digits: Digits::default(),
            period: Period::default(),
        }
    }

    /// How many characters a code has.
    pub fn code_length(&self) -> usize {
        match self {
            Self::Hotp { digits, .. } | Self::Totp { digits, .. } => digits.count().into(),
            Self::Motp => motp::LENGTH,
            Self::Steam => steam::LENGTH,
            Self::Yandex => yandex::LENGTH,
        }
    }

    /// How long a code lives; `None` if codes go by a counter.
    pub fn period(&self) -> Option<Period> {
        match self {
            Self::Hotp { .. } => None,
            Self::Motp => Some(Period::TEN),
            Self::Steam | Self::Yandex => Some(Period::THIRTY),
            Self::Totp { period, .. } => Some(*period),
        }
    }

    /// Whether a code needs the person's PIN.
    pub fn needs_pin(&self) -> bool {
        matches!(self, Self::Motp | Self::Yandex)
    }
}

/// An account as it was read, and what was doubtful about it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The account.
    pub account: Account,
    /// What to show before it is kept; empty if all was as it should be.
    pub warnings: Vec<Warning>,
}

impl Account {
    /// An account from its parts. White space around the names goes, and so do
    /// characters that would mislead a reader, with a warning.
    ///
    /// # Errors
    ///
    /// - [`AccountError::MissingSecret`]: `secret` is empty.
    /// - [`AccountError::InvalidSecret`]: a Yandex secret has neither 16 bytes nor 26
    ///   with a valid checksum.
    /// - [`AccountError::TooLong`]: the issuer is longer than 256 bytes, the name than
    ///   512, or the secret than 512.
    pub fn from_parts(
        issuer: &str,
        name: &str,
        kind: Kind,
        secret: Secret,
    ) -> Result<Parsed, AccountError> {
        Self::assemble(text::clean(issuer), text::clean(name), kind, secret)
    }

    /// [`Account::from_parts`] with names that [`text::clean`] has gone over.
    pub(super) fn assemble(
        (issuer, issuer_misled): (Cow<'_, str>, bool),
        (name, name_misled): (Cow<'_, str>, bool),
        kind: Kind,
        secret: Secret,
    ) -> Result<Parsed, AccountError> {
        if secret.expose().is_empty() {
            return Err(AccountError::MissingSecret);
        }
        if secret.expose().len() > MAX_SECRET_LEN {
            return Err(AccountError::TooLong);
        }
        let mut warnings = Vec::new();
        match kind {
            Kind::Yandex => yandex::check_secret(secret.expose())?,
            Kind::Motp => {}
            _ if secret.expose().len() < RFC_4226_SECRET_LEN => warnings.push(Warning::ShortSecret),
            _ => {}
        }
        match kind {
            Kind::Totp { period, .. } if !USUAL_PERIODS.contains(&period.as_secs()) => {
                warnings.push(Warning::UnusualPeriod);
            }
            _ => {}
        }
        if issuer.len() > MAX_ISSUER_LEN || name.len() > MAX_NAME_LEN {
            return Err(AccountError::TooLong);
        }
        if issuer_misled || name_misled {
            warnings.push(Warning::MisleadingCharacters);
        }
        let issuer = (!issuer.is_empty()).then(|| issuer.into_owned());
        let account = Self { issuer, name: name.into_owned(), kind, secret, image: None };
        Ok(Parsed { account, warnings })
    }

    /// An account from a secret that a person typed or pasted, in any common
    /// spelling: base32 in either case, in groups, with or without padding; for
    /// mOTP, hexadecimal.
    ///
    /// # Errors
    ///
    /// - [`AccountError::TooLong`]: `typed` is longer than 8 KiB.
    /// - [`AccountError::MissingSecret`]: `typed` has nothing but separators.
    /// - [`AccountError::InvalidSecret`]: a character that the encoding does not have
    ///   (a zero for an O, say), one too many or one too few.
    ///
    /// # Examples
    ///
    /// ```
    /// use authenticator_core::otp::{Account, AccountError, Kind};
    ///
    /// let typed = "gezd gnbv gy3t qojq gezd gnbv gy3t qojq";
    /// let parsed = Account::from_typed_secret("Ex", "al", Kind::totp(), typed)?;
    /// assert_eq!(parsed.account.secret().expose(), b"12345678901234567890");
    ///
    /// let mistyped = Account::from_typed_secret("Ex", "al", Kind::totp(), "gezd gnb0");
    /// assert_eq!(mistyped.unwrap_err(), AccountError::InvalidSecret);
    /// # Ok::<(), AccountError>(())
    /// ```
    pub fn from_typed_secret(
        issuer: &str,
        name: &str,
        kind: Kind,
        typed: &str,
    ) -> Result<Parsed, AccountError> {
        if typed.len() > super::uri::MAX_LEN {
            return Err(AccountError::TooLong);
        }
        let plain = base32::without_typographic_marks(typed);
        let decoded = match kind {
            Kind::Motp => base32::decode_hex(plain.as_bytes())?,
            _ => base32::decode(plain.as_bytes())?,
        };
        let mut parsed = Self::from_parts(issuer, name, kind, decoded.secret)?;
        if !decoded.canonical {
            parsed.warnings.push(Warning::NonCanonicalSecret);
        }
        Ok(parsed)
    }

    /// Whether codes of this kind can be computed with `secret`.
    pub(crate) fn gives_codes(kind: Kind, secret: &[u8]) -> bool {
        match kind {
            Kind::Yandex => yandex::check_secret(secret).is_ok(),
            _ => !secret.is_empty(),
        }
    }

    /// An account as it was kept, under the rules of the day it was added: only what
    /// codes are computed with is looked at. `None` if it could give no code.
    pub(crate) fn restored(
        issuer: Option<String>,
        name: String,
        kind: Kind,
        secret: Secret,
        image: Option<String>,
    ) -> Option<Self> {
        Self::gives_codes(kind, secret.expose()).then_some(Self {
            issuer,
            name,
            kind,
            secret,
            image,
        })
    }

    /// The account under other names, held to the same rules as [`Account::from_parts`].
    ///
    /// # Errors
    ///
    /// [`AccountError::TooLong`], as there.
    pub fn renamed(&self, issuer: &str, name: &str) -> Result<Self, AccountError> {
        let mut parsed = Self::from_parts(issuer, name, self.kind, self.secret.clone())?;
        parsed.account.image = self.image.clone();
        Ok(parsed.account)
    }

    /// The account whose next code is that of `counter`; only an HOTP account has one.
    pub(crate) fn with_counter(&self, counter: u64) -> Self {
        let mut account = self.clone();
        if let Kind::Hotp { algorithm, digits, .. } = self.kind {
            account.kind = Kind::Hotp { algorithm, digits, counter };
        }
        account
    }

    /// Adds where the issuer's picture is; `false` if `image` is too long to be kept.
    pub(super) fn set_image(&mut self, image: &str) -> bool {
        let (image, _) = text::clean(image);
        let fits = image.len() <= MAX_IMAGE_LEN;
        self.image = (fits && !image.is_empty()).then(|| image.into_owned());
        fits
    }

    /// Who issued the secret, if that is known. Never empty.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Whose account it is at the issuer; empty if that is not known.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its codes are computed.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The shared secret, as bytes.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The shared secret as text to write down: base32, for mOTP hexadecimal.
    pub fn secret_text(&self) -> SecretString {
        match self.kind {
            Kind::Motp => base32::encode_hex(&self.secret),
            _ => base32::encode(&self.secret),
        }
    }

    /// Where the issuer keeps a picture of itself, as its URI says. Not checked, and
    /// nothing in this crate fetches it.
    pub fn image(&self) -> Option<&str> {
        self.image.as_deref()
    }

    /// Absorbs the secret, and the PIN where there is one, ready to give codes.
    ///
    /// A PIN that the kind of code has no use for is not looked at.
    ///
    /// # Errors
    ///
    /// [`CodeError::PinRequired`]: the codes need a PIN and `pin` is `None` or empty.
    pub fn generator(&self, pin: Option<&SecretString>) -> Result<Generator, CodeError> {
        let pin = || pin.filter(|pin| !pin.expose().is_empty()).ok_or(CodeError::PinRequired);
        let secret = &self.secret;
        Ok(match self.kind {
            Kind::Hotp { algorithm, digits, .. } => {
                Generator::Hotp(Hotp::new(secret, algorithm, digits))
            }
            Kind::Motp => Generator::Totp(Totp::motp(motp::Motp::new(secret, pin()?))),
            Kind::Steam => Generator::Totp(Totp::steam(steam::Steam::new(secret))),
            Kind::Totp { algorithm, digits, period } => {
                Generator::Totp(Totp::new(secret, algorithm, digits, period))
            }
            Kind::Yandex => Generator::Totp(Totp::yandex(yandex::Yandex::new(secret, pin()?))),
        })
    }
}

/// Shows the kind alone: whose account it is belongs in no log, and a label or an
/// image's address may hold a secret that was put in the wrong place.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobile_otp_and_yandex_need_a_pin_and_no_other_kind() {
        let hotp =
            Kind::Hotp { algorithm: Algorithm::default(), digits: Digits::default(), counter: 0 };
        assert!([Kind::Motp, Kind::Yandex].iter().all(Kind::needs_pin));
        assert!(![hotp, Kind::Steam, Kind::totp()].iter().any(Kind::needs_pin));
    }

    #[test]
    fn a_typed_secret_may_be_as_long_as_a_uri() {
        let typed = |length| {
            let typed = format!("{:length$}", "GEZDGNBVGY3TQOJQ");
            Account::from_typed_secret("", "al", Kind::totp(), &typed).map(drop)
        };

        assert_eq!(typed(8 * 1024), Ok(()));
        assert_eq!(typed(8 * 1024 + 1), Err(AccountError::TooLong));
    }

    #[test]
    fn what_was_kept_comes_back_only_if_it_gives_codes() {
        let restored = |kind, secret: &[u8]| {
            let secret = Secret::new(secret.to_vec());
            Account::restored(None, String::new(), kind, secret, None).is_some()
        };

        assert!(restored(Kind::totp(), &[0]));
        assert!(!restored(Kind::totp(), &[]));
        assert!(restored(Kind::Yandex, &[0; 16]));
        assert!(!restored(Kind::Yandex, &[0; 15]));
    }
}
