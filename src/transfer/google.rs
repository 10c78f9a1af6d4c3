//! Google Authenticator's migration links: `otpauth-migration://offline?data=…`.
//!
//! An export is a batch of QR codes with up to ten accounts each. A phone scans
//! them in any order, so a batch is collected: [`MigrationBatch`] says which are
//! still missing and refuses those of another export.

use std::collections::BTreeMap;
use std::fmt;

use data_encoding::BASE64_NOPAD;
use prost::Message;
use zeroize::{Zeroize, Zeroizing};

pub use super::google_export::{ExportError, MigrationExport, Refusal, RefusalReason, export};
use super::google_message::{OtpParameters, Payload};
use crate::otp::{AccountError, Parsed, unescape};

/// The longest link that is read, in bytes. A QR code holds less than 3 KiB.
const MAX_LEN: usize = 64 * 1024;
/// The largest batch that is believed: ten thousand accounts.
pub(super) const MAX_BATCH_SIZE: usize = 1_000;

/// One link of an export, read: a page of the batch.
#[derive(Debug)]
pub struct MigrationLink {
    batch_id: i32,
    size: usize,
    index: usize,
    entries: Vec<MigrationEntry>,
}

/// One account of a link, or why it is none.
pub struct MigrationEntry {
    /// What the entry calls itself, for a report; empty if not even that is readable.
    pub label: String,
    /// The account, or why this entry alone is left out.
    pub account: Result<Parsed, MigrationEntryError>,
}

/// Why one entry of a link is not an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationEntryError {
    /// Its values are none that give codes: MD5, say, or no secret.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// Its bytes are damaged.
    #[error("the entry is damaged")]
    Damaged,
}

/// Why a link cannot be read, or not be added to a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The data is not what a migration link holds.
    #[error("the migration link is damaged")]
    Damaged,
    /// The text is something else.
    #[error("this is not a migration link")]
    NotMigration,
    /// The link is of another export than those collected so far.
    #[error("this code belongs to another export")]
    OtherBatch,
    /// The text is longer than 64 KiB.
    #[error("the text is too long")]
    TooLong,
}

impl MigrationLink {
    /// Reads a link, with whatever was made of its `+` and its padding on the way.
    ///
    /// # Errors
    ///
    /// - [`MigrationError::NotMigration`]: another scheme or no `data`.
    /// - [`MigrationError::Damaged`]: `data` is not base64, not the message, or says
    ///   that it is a page which its batch does not have.
    /// - [`MigrationError::TooLong`]: the text is longer than 64 KiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use authenticator_core::transfer::google::MigrationLink;
    ///
    /// let link = MigrationLink::parse(
    ///     "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC",
    /// )?;
    ///
    /// let account = &link.entries()[0].account.as_ref().unwrap().account;
    /// assert_eq!((account.issuer(), account.name()), (Some("Example"), "alice@google.com"));
    /// # Ok::<(), authenticator_core::transfer::google::MigrationError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, MigrationError> {
        if text.len() > MAX_LEN {
            return Err(MigrationError::TooLong);
        }
        let mut payload = decode(data(text).ok_or(MigrationError::NotMigration)?)
            .ok_or(MigrationError::Damaged)?;
        let entries = payload.otp_parameters.iter_mut().map(|bytes| {
            let entry = MigrationEntry::read(bytes);
            bytes.zeroize();
            entry
        });
        let entries = entries.collect();
        // A lone link may leave out that it is the first of one.
        let size = usize::try_from(payload.batch_size.max(1));
        let index = usize::try_from(payload.batch_index);
        match (size, index) {
            (Ok(size @ 1..=MAX_BATCH_SIZE), Ok(index)) if index < size => {
                Ok(Self { batch_id: payload.batch_id, size, index, entries })
            }
            _ => Err(MigrationError::Damaged),
        }
    }

    /// How many links the export has.
    pub fn batch_size(&self) -> usize {
        self.size
    }

    /// Which of them this one is, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// What the link holds, entry by entry.
    pub fn entries(&self) -> &[MigrationEntry] {
        &self.entries
    }
}

impl MigrationEntry {
    fn read(bytes: &[u8]) -> Self {
        match OtpParameters::decode(bytes) {
            Ok(parameters) => {
                let label = parameters.label();
                Self { label, account: parameters.into_account().map_err(Into::into) }
            }
            Err(_) => Self { label: String::new(), account: Err(MigrationEntryError::Damaged) },
        }
    }
}

/// Without the label: whose account it is belongs in no log.
impl fmt::Debug for MigrationEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationEntry").field("account", &self.account).finish_non_exhaustive()
    }
}

/// The links of one export, as far as they were scanned.
///
/// # Examples
///
/// ```
/// use authenticator_core::Secret;
/// use authenticator_core::otp::{Account, Kind};
/// use authenticator_core::transfer::google::{MigrationBatch, MigrationLink, export};
///
/// let accounts: Vec<Account> = (0..25)
///     .map(|number| {
///         let secret = Secret::new(vec![number; 20]);
///         Ok(Account::from_parts("Ex", &number.to_string(), Kind::totp(), secret)?.account)
///     })
///     .collect::<Result<_, authenticator_core::otp::AccountError>>()?;
/// let links = export(&accounts)?.links;
///
/// let mut batch = MigrationBatch::default();
/// batch.add(MigrationLink::parse(links[2].expose())?)?;
/// batch.add(MigrationLink::parse(links[0].expose())?)?;
/// assert_eq!(batch.missing().collect::<Vec<_>>(), [1]);
///
/// batch.add(MigrationLink::parse(links[1].expose())?)?;
/// assert!(batch.is_complete());
/// assert_eq!(batch.into_entries().count(), 25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct MigrationBatch {
    /// The batch's id and size, from the first link.
    batch: Option<(i32, usize)>,
    links: BTreeMap<usize, Vec<MigrationEntry>>,
}

impl MigrationBatch {
    /// Adds a link, in any order; one that is there already changes nothing.
    ///
    /// # Errors
    ///
    /// [`MigrationError::OtherBatch`]: the link is of another export. What was
    /// collected stays.
    pub fn add(&mut self, link: MigrationLink) -> Result<(), MigrationError> {
        let batch = (link.batch_id, link.size);
        if *self.batch.get_or_insert(batch) != batch {
            return Err(MigrationError::OtherBatch);
        }
        self.links.entry(link.index).or_insert(link.entries);
        Ok(())
    }

    /// How many links the export has; `None` before the first one.
    pub fn size(&self) -> Option<usize> {
        self.batch.map(|(_, size)| size)
    }

    /// The links still to be scanned, each by its index from 0.
    pub fn missing(&self) -> impl Iterator<Item = usize> + '_ {
        let size = self.size().unwrap_or_default();
        (0..size).filter(|index| !self.links.contains_key(index))
    }

    /// Whether there is a link, and none is missing.
    pub fn is_complete(&self) -> bool {
        self.size() == Some(self.links.len())
    }

    /// All that was collected, in the order of the export.
    pub fn into_entries(self) -> impl Iterator<Item = MigrationEntry> {
        self.links.into_values().flatten()
    }
}

/// The value of `data`. A `+` in it is a `+`: many QR codes hold it unescaped.
fn data(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let (scheme, rest) = text.split_once("://")?;
    let (host, query) = rest.split_once('?')?;
    if !scheme.eq_ignore_ascii_case("otpauth-migration")
        || !host.trim_end_matches('/').eq_ignore_ascii_case("offline")
    {
        return None;
    }
    let named = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut data = named.filter(|(name, _)| name.eq_ignore_ascii_case("data"));
    data.next().map(|(_, value)| Zeroizing::new(unescape(value, b'+').into_owned()))
}

/// Base64 in either alphabet, padded or not, and the message in it.
fn decode(mut data: Zeroizing<Vec<u8>>) -> Option<Payload> {
    data.retain(|byte| !byte.is_ascii_whitespace());
    data.iter_mut().for_each(|byte| match byte {
        b'-' => *byte = b'+',
        b'_' => *byte = b'/',
        _ => {}
    });
    while data.last() == Some(&b'=') {
        data.pop();
    }
    let mut bytes = Zeroizing::new(vec![0; BASE64_NOPAD.decode_len(data.len()).ok()?]);
    BASE64_NOPAD.decode_mut(&data, &mut bytes).ok()?;
    Payload::decode(bytes.as_slice()).ok()
}
