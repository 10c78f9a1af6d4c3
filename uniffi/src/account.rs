//! What kind of account it is, and what was doubtful about it.

use authenticator_core::otp;

use crate::{AuthenticatorError, Outcome};

/// How an account's codes are computed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum AccountKind {
    /// Codes by a counter (RFC 4226): ask for the next one when it is needed.
    Hotp {
        /// The hash under the HMAC.
        algorithm: Algorithm,
        /// How many digits a code has, 1 to 10.
        digits: u8,
        /// The counter of the next code.
        counter: u64,
    },
    /// Mobile-OTP: six hexadecimal digits every 10 seconds, from secret and PIN.
    Motp,
    /// Steam Guard: five letters and digits every 30 seconds.
    Steam,
    /// Codes by the time (RFC 6238).
    Totp {
        /// The hash under the HMAC.
        algorithm: Algorithm,
        /// How many digits a code has, 1 to 10.
        digits: u8,
        /// How long a code lives.
        period_seconds: u32,
    },
    /// Yandex Key: eight letters every 30 seconds, from secret and PIN.
    Yandex,
    /// A kind that this version of the door has no name for.
    Other,
}

impl AccountKind {
    pub(crate) fn read(self) -> Outcome<otp::Kind> {
        Ok(match self {
            Self::Hotp { algorithm, digits, counter } => otp::Kind::Hotp {
                algorithm: algorithm.into(),
                digits: otp::Digits::new(digits)?,
                counter,
            },
            Self::Motp => otp::Kind::Motp,
            Self::Steam => otp::Kind::Steam,
            Self::Totp { algorithm, digits, period_seconds } => otp::Kind::Totp {
                algorithm: algorithm.into(),
                digits: otp::Digits::new(digits)?,
                period: otp::Period::from_secs(period_seconds)?,
            },
            Self::Yandex => otp::Kind::Yandex,
            Self::Other => return Err(otp::AccountError::UnsupportedKind.into()),
        })
    }
}

impl From<otp::Kind> for AccountKind {
    fn from(kind: otp::Kind) -> Self {
        match kind {
            otp::Kind::Hotp { algorithm, digits, counter } => {
                Self::Hotp { algorithm: algorithm.into(), digits: digits.count(), counter }
            }
            otp::Kind::Motp => Self::Motp,
            otp::Kind::Steam => Self::Steam,
            otp::Kind::Totp { algorithm, digits, period } => Self::Totp {
                algorithm: algorithm.into(),
                digits: digits.count(),
                period_seconds: period.as_secs(),
            },
            otp::Kind::Yandex => Self::Yandex,
            _ => Self::Other,
        }
    }
}

/// The usual kind: codes by the time, SHA-1, 6 digits, 30 seconds.
#[uniffi::export]
pub fn usual_account_kind() -> AccountKind {
    otp::Kind::totp().into()
}

/// The hash under an HMAC.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum Algorithm {
    /// SHA-1, what nearly every service uses.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl From<Algorithm> for otp::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::Sha1,
            Algorithm::Sha224 => Self::Sha224,
            Algorithm::Sha256 => Self::Sha256,
            Algorithm::Sha384 => Self::Sha384,
            Algorithm::Sha512 => Self::Sha512,
        }
    }
}

impl From<otp::Algorithm> for Algorithm {
    fn from(algorithm: otp::Algorithm) -> Self {
        match algorithm {
            otp::Algorithm::Sha1 => Self::Sha1,
            otp::Algorithm::Sha224 => Self::Sha224,
            otp::Algorithm::Sha256 => Self::Sha256,
            otp::Algorithm::Sha384 => Self::Sha384,
            otp::Algorithm::Sha512 => Self::Sha512,
        }
    }
}

/// A parameter of an account's URI.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, uniffi::Enum)]
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
    /// One that this version of the door has no name for.
    Other,
}

impl From<otp::Parameter> for Parameter {
    fn from(parameter: otp::Parameter) -> Self {
        match parameter {
            otp::Parameter::Algorithm => Self::Algorithm,
            otp::Parameter::Counter => Self::Counter,
            otp::Parameter::Digits => Self::Digits,
            otp::Parameter::Encoder => Self::Encoder,
            otp::Parameter::Image => Self::Image,
            otp::Parameter::Issuer => Self::Issuer,
            otp::Parameter::Period => Self::Period,
            otp::Parameter::Secret => Self::Secret,
            _ => Self::Other,
        }
    }
}

/// Something doubtful about an account that was read all the same: show it before the account is
/// kept.
#[derive(Clone, Debug, Eq, Hash, PartialEq, uniffi::Enum)]
pub enum AccountWarning {
    /// The issuer is Steam and the parameters are not Steam's: read as ordinary numeric codes.
    AmbiguousSteam,
    /// A parameter was empty, missing or `null`, and has its default value.
    DefaultedParameter {
        /// The parameter.
        parameter: Parameter,
    },
    /// The text was escaped for a web page, and read as it was meant.
    HtmlEscapedQuery,
    /// A parameter that has no meaning here was left out.
    IgnoredParameter {
        /// Its name, or a question mark where that may be a secret in the wrong place.
        name: String,
    },
    /// The issuer is Steam, so that Steam's codes are given although the type says TOTP.
    InferredSteam,
    /// Label and parameter name different issuers; the parameter's is kept.
    IssuerMismatch,
    /// Control characters or marks of writing direction were taken out of a name.
    MisleadingCharacters,
    /// There is no label, so that the account has no name.
    MissingLabel,
    /// The secret's last character has bits that belong to no byte: a character may be missing.
    NonCanonicalSecret,
    /// The secret is shorter than the 128 bits that RFC 4226 demands.
    ShortSecret,
    /// A name is not UTF-8; what could not be read is shown as U+FFFD.
    UndecodableText,
    /// A `#` stands unescaped, and was kept.
    UnescapedHash,
    /// A second question mark stands unescaped, and was kept.
    UnescapedQuestionMark,
    /// A number is written in an unusual way, and was read as it was meant.
    UnusualNumber {
        /// The parameter.
        parameter: Parameter,
    },
    /// The period is below 10 or above 300 seconds.
    UnusualPeriod,
    /// Something that this version of the door has no name for.
    Other,
}

impl From<&otp::Warning> for AccountWarning {
    fn from(warning: &otp::Warning) -> Self {
        use otp::Warning as Core;
        match warning {
            Core::AmbiguousSteam => Self::AmbiguousSteam,
            Core::DefaultedParameter(parameter) => {
                Self::DefaultedParameter { parameter: (*parameter).into() }
            }
            Core::HtmlEscapedQuery => Self::HtmlEscapedQuery,
            Core::IgnoredParameter(name) => Self::IgnoredParameter { name: name.clone() },
            Core::InferredSteam => Self::InferredSteam,
            Core::IssuerMismatch => Self::IssuerMismatch,
            Core::MisleadingCharacters => Self::MisleadingCharacters,
            Core::MissingLabel => Self::MissingLabel,
            Core::NonCanonicalSecret => Self::NonCanonicalSecret,
            Core::ShortSecret => Self::ShortSecret,
            Core::UndecodableText => Self::UndecodableText,
            Core::UnescapedHash => Self::UnescapedHash,
            Core::UnescapedQuestionMark => Self::UnescapedQuestionMark,
            Core::UnusualNumber(parameter) => {
                Self::UnusualNumber { parameter: (*parameter).into() }
            }
            Core::UnusualPeriod => Self::UnusualPeriod,
            _ => Self::Other,
        }
    }
}

/// A text that came as bytes; mended nowhere.
pub(crate) fn text(bytes: &[u8]) -> Outcome<&str> {
    std::str::from_utf8(bytes).map_err(|_| AuthenticatorError::InvalidText)
}
