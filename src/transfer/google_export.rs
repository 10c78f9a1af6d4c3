//! Accounts written as migration links.

use std::fmt;

use data_encoding::BASE64;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use prost::Message;
use zeroize::Zeroizing;

use super::google_message::{self as message, OtpParameters, Payload};
use crate::SecretString;
use crate::crypto::random;
use crate::otp::{Account, Algorithm, Digits, Kind, Period};

/// As many accounts stand in one link as Google's own app puts there.
const ACCOUNTS_PER_LINK: usize = 10;
const PREFIX: &str = "otpauth-migration://offline?data=";
/// The version of the message that the format is described for.
const VERSION: i32 = 1;

/// Accounts on their way into Google Authenticator, or any app that reads its links.
#[derive(Debug)]
pub struct MigrationExport {
    /// The links, each for one QR code, to be scanned in any order.
    pub links: Vec<SecretString>,
    /// The accounts that no link can say, and why. They stay behind, unchanged.
    pub refused: Vec<Refusal>,
}

/// An account that the format cannot say.
#[derive(Clone, Eq, PartialEq)]
pub struct Refusal {
    /// Which of the accounts that were given, from 0.
    pub index: usize,
    /// Its issuer.
    pub issuer: Option<String>,
    /// Its name.
    pub name: String,
    /// What the format has no room for.
    pub reason: RefusalReason,
}

/// Without the names: whose account it is belongs in no log.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, reason, .. } = self;
        f.debug_struct("Refusal")
            .field("index", index)
            .field("reason", reason)
            .finish_non_exhaustive()
    }
}

/// What a migration link has no room for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusalReason {
    /// It knows SHA-1, SHA-256 and SHA-512.
    #[error("the format has no SHA-224 and no SHA-384")]
    Algorithm,
    /// It counts to 2⁶³ − 1.
    #[error("the counter is larger than the format can say")]
    Counter,
    /// It knows 6 and 8 digits.
    #[error("the format has codes of 6 and 8 digits only")]
    Digits,
    /// It knows TOTP and HOTP.
    #[error("the format has no codes of this kind")]
    Kind,
    /// It knows 30 seconds.
    #[error("the format has no period but 30 seconds")]
    Period,
}

/// Why nothing could be exported.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The operating system gave no random number to mark the batch with.
    #[error("the operating system gives no randomness")]
    NoRandomness,
    /// There are more accounts than a batch can count.
    #[error("there are too many accounts for one export")]
    TooMany,
}

/// Writes `accounts` as links of one batch, ten in each.
///
/// An account that the format cannot say is refused by name, never changed. The
/// place of an issuer's picture is not part of the format and stays behind.
///
/// # Errors
///
/// - [`ExportError::NoRandomness`]: the operating system gave no random number.
/// - [`ExportError::TooMany`]: above 10 000 accounts.
///
/// # Examples
///
/// ```
/// use authenticator_core::otp::Account;
/// use authenticator_core::transfer::google::{RefusalReason, export};
///
/// let parsed = Account::from_uri("otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY&period=60")?;
///
/// let export = export(&[parsed.account])?;
/// assert!(export.links.is_empty());
/// assert_eq!(export.refused[0].reason, RefusalReason::Period);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn export(accounts: &[Account]) -> Result<MigrationExport, ExportError> {
    if accounts.len() > super::google::MAX_BATCH_SIZE * ACCOUNTS_PER_LINK {
        return Err(ExportError::TooMany);
    }
    let mut entries = Vec::with_capacity(accounts.len());
    let mut refused = Vec::new();
    for (index, account) in accounts.iter().enumerate() {
        match entry(account) {
            Ok(entry) => entries.push(entry),
            Err(reason) => refused.push(Refusal {
                index,
                issuer: account.issuer().map(str::to_owned),
                name: account.name().to_owned(),
                reason,
            }),
        }
    }
    let batch_id = random::make().map_err(|_| ExportError::NoRandomness)?;
    let batch_id = i32::from_be_bytes(batch_id) & i32::MAX;
    let pages = entries.chunks_mut(ACCOUNTS_PER_LINK);
    let batch_size = i32::try_from(pages.len()).map_err(|_| ExportError::TooMany)?;
    let links = (0..).zip(pages).map(|(batch_index, page)| {
        let otp_parameters = page.iter_mut().map(|bytes| std::mem::take(&mut **bytes)).collect();
        link(&Payload { otp_parameters, version: VERSION, batch_size, batch_index, batch_id })
    });
    Ok(MigrationExport { links: links.collect(), refused })
}

fn link(payload: &Payload) -> SecretString {
    let bytes = Zeroizing::new(payload.encode_to_vec());
    let text = Zeroizing::new(BASE64.encode(&bytes));
    // Grown, the link would leave copies of the secrets behind.
    let mut link = String::with_capacity(PREFIX.len() + 3 * text.len());
    link.push_str(PREFIX);
    link.extend(utf8_percent_encode(&text, NON_ALPHANUMERIC));
    SecretString::new(link)
}

/// The account's entry, encoded.
fn entry(account: &Account) -> Result<Zeroizing<Vec<u8>>, RefusalReason> {
    let (algorithm, digits, otp_type, counter) = match account.kind() {
        Kind::Hotp { algorithm, digits, counter } => {
            let counter = i64::try_from(counter).map_err(|_| RefusalReason::Counter)?;
            (algorithm, digits, message::HOTP, counter)
        }
        Kind::Totp { algorithm, digits, period } if period == Period::default() => {
            (algorithm, digits, message::TOTP, 0)
        }
        Kind::Totp { .. } => return Err(RefusalReason::Period),
        Kind::Motp | Kind::Steam | Kind::Yandex => return Err(RefusalReason::Kind),
    };
    let parameters = OtpParameters {
        secret: account.secret().expose().to_vec(),
        name: name(account),
        issuer: account.issuer().unwrap_or_default().to_owned(),
        algorithm: match algorithm {
            Algorithm::Sha1 => message::SHA1,
            Algorithm::Sha256 => message::SHA256,
            Algorithm::Sha512 => message::SHA512,
            Algorithm::Sha224 | Algorithm::Sha384 => return Err(RefusalReason::Algorithm),
        },
        digits: digits_number(digits)?,
        otp_type,
        counter,
    };
    Ok(Zeroizing::new(parameters.encode_to_vec()))
}

fn digits_number(digits: Digits) -> Result<i32, RefusalReason> {
    match digits.count() {
        6 => Ok(message::SIX),
        8 => Ok(message::EIGHT),
        _ => Err(RefusalReason::Digits),
    }
}

/// The name as readers take it for this name again: they split it at a colon where
/// there is no issuer, and take the issuer off its front where there is one.
fn name(account: &Account) -> String {
    let name = account.name();
    if name.contains(':') {
        format!("{}:{name}", account.issuer().unwrap_or_default())
    } else {
        name.to_owned()
    }
}
