//! The protocol buffer in a migration link, and what its fields mean.

use std::mem;

use prost::Message;
use zeroize::{Zeroize, Zeroizing};

use crate::Secret;
use crate::otp::{
    Account, AccountError, Algorithm, Digits, Kind, Parsed, Period, Warning, split_label,
};

/// `MigrationPayload`. The entries stay bytes, so that a damaged one is alone.
#[derive(Message)]
#[prost(skip_debug)]
pub(super) struct Payload {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(super) otp_parameters: Vec<Vec<u8>>,
    #[prost(int32, tag = "2")]
    pub(super) version: i32,
    #[prost(int32, tag = "3")]
    pub(super) batch_size: i32,
    #[prost(int32, tag = "4")]
    pub(super) batch_index: i32,
    #[prost(int32, tag = "5")]
    pub(super) batch_id: i32,
}

impl Drop for Payload {
    fn drop(&mut self) {
        self.otp_parameters.zeroize();
    }
}

/// `OtpParameters`. The enumerations stay numbers: an unknown one is an error of
/// this entry, not of the message.
#[derive(Message)]
#[prost(skip_debug)]
pub(super) struct OtpParameters {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) secret: Vec<u8>,
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(string, tag = "3")]
    pub(super) issuer: String,
    #[prost(int32, tag = "4")]
    pub(super) algorithm: i32,
    #[prost(int32, tag = "5")]
    pub(super) digits: i32,
    #[prost(int32, tag = "6")]
    pub(super) otp_type: i32,
    #[prost(int64, tag = "7")]
    pub(super) counter: i64,
}

impl Drop for OtpParameters {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

// The numbers of the enumerations. Of each, 0 is "unspecified": the default.
pub(super) const SHA1: i32 = 1;
pub(super) const SHA256: i32 = 2;
pub(super) const SHA512: i32 = 3;
pub(super) const SIX: i32 = 1;
pub(super) const EIGHT: i32 = 2;
pub(super) const HOTP: i32 = 1;
pub(super) const TOTP: i32 = 2;

impl OtpParameters {
    /// Issuer and name as a report shows them.
    pub(super) fn label(&self) -> String {
        let (issuer, name) = self.names();
        [issuer, name]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(": ")
    }

    /// The issuer and the name without it: Google often has it in both.
    fn names(&self) -> (&str, &str) {
        let (issuer, name) = (self.issuer.trim(), self.name.trim());
        match split_label(name, Some(issuer)) {
            (Some(prefix), name) if issuer.is_empty() || prefix.trim() == issuer => {
                (prefix.trim(), name.trim())
            }
            _ => (issuer, name),
        }
    }

    pub(super) fn into_account(mut self) -> Result<Parsed, AccountError> {
        let mut secret = Zeroizing::new(mem::take(&mut self.secret));
        let algorithm = match self.algorithm {
            0 | SHA1 => Algorithm::Sha1,
            SHA256 => Algorithm::Sha256,
            SHA512 => Algorithm::Sha512,
            _ => return Err(AccountError::UnsupportedAlgorithm),
        };
        let digits = match self.digits {
            0 | SIX => Digits::new(6)?,
            EIGHT => Digits::new(8)?,
            _ => return Err(AccountError::UnsupportedDigits),
        };
        let kind = match self.otp_type {
            HOTP => {
                let counter = u64::try_from(self.counter);
                let counter = counter.map_err(|_| AccountError::InvalidCounter)?;
                Kind::Hotp { algorithm, digits, counter }
            }
            0 | TOTP => Kind::Totp { algorithm, digits, period: Period::default() },
            _ => return Err(AccountError::UnsupportedKind),
        };
        let (issuer, name) = self.names();
        let secret = Secret::new(mem::take(&mut *secret));
        let mut parsed = Account::from_parts(issuer, name, kind, secret)?;
        // Google's app knows no Steam codes: the account never worked there.
        if matches!(kind, Kind::Totp { .. }) && issuer.eq_ignore_ascii_case("steam") {
            parsed.warnings.push(Warning::AmbiguousSteam);
        }
        Ok(parsed)
    }
}
