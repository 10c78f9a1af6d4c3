//! The baseline of the door's benchmark: an interface without a handle.
//!
//! The app keeps the accounts. Each time that codes are shown it sends all of them, each is
//! parsed from its URI, and each comes back with its codes. Other cores for authenticators have
//! this shape; their code is not here: what parses and computes is ours, so that the shape alone
//! is compared.

use authenticator_core::UnixTime;
use authenticator_core::otp::{Account, Generator};

/// What kind of codes an entry has.
#[derive(Clone, Copy, Debug, uniffi::Enum)]
pub enum EntryKind {
    /// RFC 6238.
    Totp,
    /// Steam Guard.
    Steam,
}

/// An account as the app keeps it, secret and all.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Entry {
    /// What the app knows it by.
    pub id: String,
    /// Whose account it is.
    pub name: String,
    /// Everything, once more.
    pub uri: String,
    /// In seconds.
    pub period: u16,
    /// Who issued it.
    pub issuer: String,
    /// In base32.
    pub secret: String,
    /// What the person wrote about it.
    pub note: Option<String>,
    /// What kind of codes it has.
    pub kind: EntryKind,
}

/// The codes of an entry, and the entry.
#[derive(Clone, Debug, uniffi::Record)]
pub struct EntryCode {
    /// Now.
    pub current_code: String,
    /// The one that follows.
    pub next_code: String,
    /// As it came.
    pub entry: Entry,
}

/// What was wrong with an entry.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum BaselineError {
    /// Its URI is none, or not of codes by the time.
    #[error("no code")]
    NoCode,
}

/// The codes of all entries at a time.
#[uniffi::export]
pub fn generate_codes(
    entries: Vec<Entry>,
    unix_seconds: u64,
) -> Result<Vec<EntryCode>, BaselineError> {
    entries.into_iter().map(|entry| code(entry, unix_seconds)).collect()
}

fn code(entry: Entry, unix_seconds: u64) -> Result<EntryCode, BaselineError> {
    let parsed = Account::from_uri(&entry.uri).map_err(|_| BaselineError::NoCode)?;
    let Ok(Generator::Totp(totp)) = parsed.account.generator(None) else {
        return Err(BaselineError::NoCode);
    };
    let time = UnixTime::from_secs(unix_seconds);
    let current_code = totp.code_at(time).code.as_str().to_owned();
    let next = totp.next_code_at(time).ok_or(BaselineError::NoCode)?;
    Ok(EntryCode { current_code, next_code: next.code.as_str().to_owned(), entry })
}

uniffi::setup_scaffolding!();
