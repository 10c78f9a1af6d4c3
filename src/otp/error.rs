//! Why text or values did not become an account.

use super::Parameter;

/// Why something is not an account. No variant holds what was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// One parameter stands twice with different values: which one is meant?
    #[error("the parameter `{0}` is given twice with different values")]
    ConflictingParameter(Parameter),
    /// The counter is not a whole number from 0 to 2⁶⁴ − 1.
    #[error("the counter is not a whole number")]
    InvalidCounter,
    /// The secret has a character that its encoding does not, a character too many,
    /// a failed checksum or a length that the kind of code does not allow.
    #[error("the secret is damaged or not written in the expected encoding")]
    InvalidSecret,
    /// There is no secret, or an empty one.
    #[error("there is no secret")]
    MissingSecret,
    /// The text is not a URI of an authenticator account.
    #[error("this is not an otpauth URI")]
    NotOtpauth,
    /// The text belongs to another app or another reader.
    #[error("{}", app.advice())]
    OtherApp {
        /// Whose it is.
        app: App,
    },
    /// The text is longer than 8 KiB and was not read, or a name or the secret is
    /// longer than an account can hold.
    #[error("the text is too long")]
    TooLong,
    /// The algorithm is none of SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512.
    #[error("the algorithm is not supported")]
    UnsupportedAlgorithm,
    /// The number of digits is not a whole number from 1 to 10.
    #[error("the number of digits is not from 1 to 10")]
    UnsupportedDigits,
    /// The `encoder` is neither Steam's nor the ordinary one.
    #[error("the encoding of the codes is not supported")]
    UnsupportedEncoder,
    /// The type after `otpauth://` is none of totp, hotp, steam and yaotp.
    #[error("the type of the account is not supported")]
    UnsupportedKind,
    /// The period is not a whole number of seconds from 1 to 4 294 967 295.
    #[error("the period is not from 1 to 4294967295 seconds")]
    UnsupportedPeriod,
}

/// Another app, or another reader of this crate, that a text is meant for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum App {
    /// `duo://`: activates Duo Mobile.
    Duo,
    /// `otpauth-migration://`: several accounts out of Google Authenticator.
    GoogleMigration,
    /// `phonefactor://`: activates Microsoft Authenticator.
    MicrosoftAuthenticator,
    /// `oktaverify://`: activates Okta Verify.
    OktaVerify,
}

impl App {
    /// What the text is and what to do about it, for the person who scanned it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Duo => {
                "this code activates Duo Mobile; ask the service for a code for another authenticator app"
            }
            Self::GoogleMigration => {
                "this code moves several accounts out of Google Authenticator; import it instead of adding one account"
            }
            Self::MicrosoftAuthenticator => {
                "this code activates Microsoft Authenticator; choose \"use a different authenticator app\" on the sign-in page"
            }
            Self::OktaVerify => {
                "this code activates Okta Verify; choose Google Authenticator on the set-up page to get a code that works here"
            }
        }
    }
}
