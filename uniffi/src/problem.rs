//! Why something that a person scanned or typed is not what it should be.

use authenticator_core::otp;
use authenticator_core::transfer::google::{MigrationEntryError, MigrationError};
use authenticator_core::transfer::qr::QrError;
use authenticator_core::vault::{PinError, RecoveryKeyError};

use crate::Parameter;

/// Why a text or its values are no account.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum AccountProblem {
    /// A parameter stands twice with different values: which one is meant is not known.
    ConflictingParameter {
        /// The parameter.
        parameter: Parameter,
    },
    /// The bytes are not an account that this version knows: a newer service, or damage.
    Damaged,
    /// The counter is not a whole number.
    InvalidCounter,
    /// The secret has a character, a length or a checksum that its encoding does not have:
    /// ask for it again.
    InvalidSecret,
    /// There is no secret.
    MissingSecret,
    /// The text is not a URI of an authenticator account.
    NotOtpauth,
    /// The text belongs to another app, or to another reader of this library.
    OtherApp {
        /// Whose it is.
        app: ForeignApp,
    },
    /// The text, a name or the secret is longer than an account can hold.
    TooLong,
    /// The algorithm is none of SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512.
    UnsupportedAlgorithm,
    /// The number of digits is not from 1 to 10.
    UnsupportedDigits,
    /// The way in which codes are written is not supported.
    UnsupportedEncoder,
    /// The type of the account is not supported.
    UnsupportedKind,
    /// The period is not from 1 to 4294967295 seconds.
    UnsupportedPeriod,
}

impl From<otp::AccountError> for AccountProblem {
    fn from(error: otp::AccountError) -> Self {
        use otp::AccountError as Core;
        match error {
            Core::ConflictingParameter(parameter) => {
                Self::ConflictingParameter { parameter: parameter.into() }
            }
            Core::InvalidCounter => Self::InvalidCounter,
            Core::InvalidSecret => Self::InvalidSecret,
            Core::MissingSecret => Self::MissingSecret,
            Core::NotOtpauth => Self::NotOtpauth,
            Core::OtherApp { app } => Self::OtherApp { app: app.into() },
            Core::TooLong => Self::TooLong,
            Core::UnsupportedAlgorithm => Self::UnsupportedAlgorithm,
            Core::UnsupportedDigits => Self::UnsupportedDigits,
            Core::UnsupportedEncoder => Self::UnsupportedEncoder,
            Core::UnsupportedKind => Self::UnsupportedKind,
            Core::UnsupportedPeriod => Self::UnsupportedPeriod,
            _ => Self::Damaged,
        }
    }
}

impl From<MigrationEntryError> for AccountProblem {
    fn from(error: MigrationEntryError) -> Self {
        match error {
            MigrationEntryError::Account(error) => error.into(),
            _ => Self::Damaged,
        }
    }
}

/// Another app, or another reader of this library, that a text is meant for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, uniffi::Enum)]
pub enum ForeignApp {
    /// Duo Mobile: ask the service for a code for another authenticator app.
    Duo,
    /// Several accounts out of Google Authenticator: give it to `MigrationCollector`.
    GoogleMigration,
    /// Microsoft Authenticator: choose a different authenticator app on the sign-in page.
    MicrosoftAuthenticator,
    /// Okta Verify: choose Google Authenticator on the set-up page.
    OktaVerify,
    /// An app that this version has no name for.
    Other,
}

impl From<otp::App> for ForeignApp {
    fn from(app: otp::App) -> Self {
        match app {
            otp::App::Duo => Self::Duo,
            otp::App::GoogleMigration => Self::GoogleMigration,
            otp::App::MicrosoftAuthenticator => Self::MicrosoftAuthenticator,
            otp::App::OktaVerify => Self::OktaVerify,
            _ => Self::Other,
        }
    }
}

/// Why a text is no migration link, or does not go with the ones before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum MigrationProblem {
    /// The link's data is damaged.
    Damaged,
    /// The text is something else.
    NotMigration,
    /// The link is of another export than those that were collected.
    OtherExport,
    /// The text is longer than 64 KiB.
    TooLong,
}

impl From<MigrationError> for MigrationProblem {
    fn from(error: MigrationError) -> Self {
        match error {
            MigrationError::NotMigration => Self::NotMigration,
            MigrationError::OtherBatch => Self::OtherExport,
            MigrationError::TooLong => Self::TooLong,
            _ => Self::Damaged,
        }
    }
}

/// Why a text is no PIN.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum PinProblem {
    /// Nothing was typed but white space, or it is not UTF-8.
    Empty,
    /// A new PIN has fewer than 6 characters.
    TooShort,
    /// A new PIN is one of those that are tried first: a run, a repetition, a date, a figure on
    /// the keypad, a common word.
    TooCommon,
    /// It has more than 128 bytes.
    TooLong,
}

impl From<PinError> for PinProblem {
    fn from(error: PinError) -> Self {
        match error {
            PinError::TooShort => Self::TooShort,
            PinError::TooCommon => Self::TooCommon,
            PinError::TooLong => Self::TooLong,
            _ => Self::Empty,
        }
    }
}

/// Why a picture has no QR code that can be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum QrProblem {
    /// A code was found, and too much of it is covered or smeared.
    Damaged,
    /// A code was found that holds no text.
    NotText,
    /// The picture's bytes do not fit its width, height and stride.
    SizeMismatch,
    /// A side of the picture is longer than 4096 pixels.
    TooLarge,
    /// The text is longer than a QR code can hold.
    TooLong,
    /// A side of the picture is shorter than 21 pixels.
    TooSmall,
}

impl From<QrError> for QrProblem {
    fn from(error: QrError) -> Self {
        match error {
            QrError::NotText => Self::NotText,
            QrError::SizeMismatch => Self::SizeMismatch,
            QrError::TooLarge => Self::TooLarge,
            QrError::TooLong => Self::TooLong,
            QrError::TooSmall => Self::TooSmall,
            _ => Self::Damaged,
        }
    }
}

/// Why a text is no recovery key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum RecoveryKeyProblem {
    /// Characters are missing, or there are too many; spaces and hyphens do not count.
    WrongLength {
        /// How many were typed.
        given: u32,
        /// How many a recovery key has.
        expected: u32,
    },
    /// A character that no recovery key has.
    UnknownCharacter {
        /// How many characters stand before it, spaces and hyphens included.
        position: u32,
    },
    /// The checksum fails: characters were mistaken or exchanged, or it is not UTF-8.
    Mistyped,
}

impl From<RecoveryKeyError> for RecoveryKeyProblem {
    fn from(error: RecoveryKeyError) -> Self {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        match error {
            RecoveryKeyError::WrongLength { given, expected } => {
                Self::WrongLength { given: number(given), expected: number(expected) }
            }
            RecoveryKeyError::UnknownCharacter { position } => {
                Self::UnknownCharacter { position: number(position) }
            }
            _ => Self::Mistyped,
        }
    }
}
