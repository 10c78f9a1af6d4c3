//! An account as the vault keeps it, with everything a person adds to it.

use std::fmt;

use super::VaultError;
use crate::crypto::random;
use crate::otp::{Account, CodeError, TimedCode};
use crate::text::clean;
use crate::{SecretString, UnixTime};

const MAX_NOTE_LEN: usize = 4096;
const MAX_LABEL_LEN: usize = 128;
const MAX_TAGS: usize = 32;
const MAX_PIN_LEN: usize = 128;
const MAX_RECOVERY_CODES: usize = 64;
const MAX_ICON_LEN: usize = 32 * 1024;

/// What an account in a vault is known by: 16 random bytes that say nothing about it
/// and never change.
///
/// # Examples
///
/// ```
/// use authenticator_core::vault::EntryId;
///
/// let id = EntryId::from_bytes([0x0f; 16]);
/// assert_eq!(id.to_string(), "0f".repeat(16));
/// assert_eq!(EntryId::parse(&id.to_string()), Some(id));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EntryId([u8; 16]);

impl EntryId {
    pub(super) fn make() -> Result<Self, VaultError> {
        Ok(Self(random::make()?))
    }

    /// The id that `bytes` are.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id as bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads 32 hexadecimal digits, as `Display` writes them.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// A one-time code with which a person gets into the account without this authenticator.
#[derive(Clone, Debug)]
pub struct RecoveryCode {
    /// The code, as the service gave it.
    pub code: SecretString,
    /// Whether it was used up.
    pub used: bool,
}

/// An account with everything that a person adds to it, secrets included: what is added
/// to a vault, and what comes out where the secret itself is asked for.
#[derive(Clone)]
pub struct Entry {
    /// Who it is for, its secret and its parameters.
    pub account: Account,
    /// The PIN of an mOTP or Yandex account, if it is to be kept; other kinds have none.
    pub pin: Option<SecretString>,
    /// What the person wrote about it; at most 4 096 bytes.
    pub note: Option<String>,
    /// Labels, at most 32 of at most 128 bytes, without control characters.
    pub tags: Vec<String>,
    /// The group that it stands in; at most 128 bytes.
    pub group: Option<String>,
    /// Whether it stands before the others.
    pub pinned: bool,
    /// One-time recovery codes, at most 64 of at most 128 bytes.
    pub recovery_codes: Vec<RecoveryCode>,
    /// The person's own picture, in any format; at most 32 KiB.
    pub icon: Option<Vec<u8>>,
}

impl Entry {
    /// `account` with nothing added to it.
    pub fn new(account: Account) -> Self {
        Self {
            account,
            pin: None,
            note: None,
            tags: Vec::new(),
            group: None,
            pinned: false,
            recovery_codes: Vec::new(),
            icon: None,
        }
    }

    /// White space around the labels goes, and what would mislead who reads them, as in the
    /// names of an account; and with it labels that are empty or there twice.
    ///
    /// # Errors
    ///
    /// [`VaultError::TooLarge`]: something is longer than the vault can hold.
    pub(super) fn tidy(&mut self) -> Result<(), VaultError> {
        let cleaned =
            |text: &String| Some(clean(text).0.into_owned()).filter(|text| !text.is_empty());
        self.group = self.group.as_ref().and_then(cleaned);
        self.note = self.note.take().filter(|note| !note.trim().is_empty());
        let needs_pin = self.account.kind().needs_pin();
        self.pin = self.pin.take().filter(|pin| needs_pin && !pin.expose().is_empty());
        let mut tags = Vec::with_capacity(self.tags.len());
        for tag in self.tags.iter().filter_map(cleaned) {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        self.tags = tags;

        let longer = |text: Option<&str>, length| text.is_some_and(|text| text.len() > length);
        let codes = &self.recovery_codes;
        let too_large = longer(self.note.as_deref(), MAX_NOTE_LEN)
            || longer(self.group.as_deref(), MAX_LABEL_LEN)
            || longer(self.pin.as_ref().map(SecretString::expose), MAX_PIN_LEN)
            || self.tags.len() > MAX_TAGS
            || self.tags.iter().any(|tag| tag.len() > MAX_LABEL_LEN)
            || codes.len() > MAX_RECOVERY_CODES
            || codes.iter().any(|code| code.code.expose().len() > MAX_LABEL_LEN)
            || self.icon.as_ref().is_some_and(|icon| icon.len() > MAX_ICON_LEN);
        if too_large { Err(VaultError::TooLarge) } else { Ok(()) }
    }
}

/// Shows the kind of code alone, as [`Account`] does.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("account", &self.account).finish_non_exhaustive()
    }
}

/// One change of an account.
#[derive(Clone)]
#[non_exhaustive]
pub enum Edit {
    /// Who issued the secret; `None` if that is not known.
    Issuer(Option<String>),
    /// Whose account it is.
    Name(String),
    /// The PIN of an mOTP or Yandex account.
    Pin(Option<SecretString>),
    /// What the person wrote about it.
    Note(Option<String>),
    /// All its labels.
    Tags(Vec<String>),
    /// The group that it stands in.
    Group(Option<String>),
    /// Whether it stands before the others.
    Pinned(bool),
    /// All its recovery codes.
    RecoveryCodes(Vec<RecoveryCode>),
    /// The person's own picture.
    Icon(Option<Vec<u8>>),
}

/// The codes of a list's accounts at one moment; an account without one does not keep
/// the others from theirs.
pub type Codes<T = TimedCode> = Vec<(EntryId, Result<T, CodeError>)>;

/// A code and the one that follows it, for a screen that shows both.
#[derive(Clone, Copy, Debug)]
pub struct CodePair {
    /// The code of the moment.
    pub code: TimedCode,
    /// The next one; `None` only at the end of what [`UnixTime`] can count.
    pub next: Option<TimedCode>,
}

/// Shows what is changed, and not to what.
impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issuer(_) => "Issuer(..)",
            Self::Name(_) => "Name(..)",
            Self::Pin(_) => "Pin(..)",
            Self::Note(_) => "Note(..)",
            Self::Tags(_) => "Tags(..)",
            Self::Group(_) => "Group(..)",
            Self::Pinned(_) => "Pinned(..)",
            Self::RecoveryCodes(_) => "RecoveryCodes(..)",
            Self::Icon(_) => "Icon(..)",
        })
    }
}

/// How often an account was used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// How many times.
    pub count: u32,
    /// When it was used last.
    pub last: Option<UnixTime>,
}

/// What became of an account that was to be added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "one that is like another was not added"]
pub enum Added {
    /// It is in the vault.
    New(EntryId),
    /// Nothing was added: this account has the same secret and parameters.
    SameAccount(EntryId),
    /// Nothing was added: this account has the same issuer and name and another secret.
    SameName(EntryId),
}

/// Whether an account is added that seems to be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Duplicates {
    /// No: say which one it is like.
    Refuse,
    /// Yes: the person was asked.
    Keep,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use crate::otp::Kind;

    fn secret_text(length: usize) -> SecretString {
        SecretString::new("x".repeat(length))
    }

    fn entry(kind: Kind) -> Entry {
        let account = Account::from_parts("Ex", "al", kind, Secret::new(vec![1; 16]));
        Entry::new(account.unwrap().account)
    }

    #[test]
    fn each_part_has_a_length_of_its_own_and_no_more() {
        let code = |length| RecoveryCode { code: secret_text(length), used: false };
        type Fill = fn(&mut Entry, usize);
        let parts: [(usize, Fill); 5] = [
            (4_096, |entry, length| entry.note = Some("x".repeat(length))),
            (128, |entry, length| entry.group = Some("x".repeat(length))),
            (128, |entry, length| entry.pin = Some(secret_text(length))),
            (32 * 1024, |entry, length| entry.icon = Some(vec![7; length])),
            (32, |entry, count| entry.tags = (0..count).map(|n| format!("{n:0128}")).collect()),
        ];
        for (longest, fill) in parts {
            for (length, expected) in [(longest, Ok(())), (longest + 1, Err(VaultError::TooLarge))]
            {
                let mut entry = entry(Kind::Motp);
                fill(&mut entry, length);
                assert_eq!(entry.tidy(), expected, "{length}");
            }
        }
        for (tags, codes, expected) in [
            (vec!["x".repeat(128)], vec![code(128); 64], Ok(())),
            (vec!["x".repeat(129)], vec![], Err(VaultError::TooLarge)),
            (vec![], vec![code(1); 65], Err(VaultError::TooLarge)),
            (vec![], vec![code(1), code(129)], Err(VaultError::TooLarge)),
        ] {
            let entry = &mut Entry { tags, recovery_codes: codes, ..entry(Kind::totp()) };
            assert_eq!(entry.tidy(), expected);
        }
    }

    #[test]
    fn a_pin_is_kept_where_codes_are_made_with_it_and_an_empty_one_is_none() {
        for (kind, typed, kept) in
            [(Kind::Motp, "1234", true), (Kind::Motp, "", false), (Kind::totp(), "1234", false)]
        {
            let mut entry = entry(kind);
            entry.pin = Some(SecretString::new(typed.to_owned()));
            entry.tidy().unwrap();
            assert_eq!(entry.pin.is_some(), kept);
        }
    }

    #[test]
    fn labels_are_tidied_and_stand_once() {
        let mut entry = entry(Kind::totp());
        entry.tags = [" work", "work", " ", "home", "wo\u{202e}rk"].map(str::to_owned).into();
        entry.group = Some(" \t".to_owned());
        entry.note = Some("\n".to_owned());
        entry.tidy().unwrap();
        assert_eq!(
            (&*entry.tags, entry.group, entry.note),
            (&["work", "home"].map(String::from)[..], None, None)
        );
    }

    #[test]
    fn an_id_is_read_as_it_is_written_and_nothing_else_is() {
        let id = EntryId::from_bytes([0xf0; 16]);
        assert_eq!(id.to_string(), "f0".repeat(16));
        assert_eq!(EntryId::parse(&"F0".repeat(16)), Some(id));
        for text in ["", "f0", &"f0".repeat(15), &"f0".repeat(17), &"g0".repeat(16)] {
            assert_eq!(EntryId::parse(text), None, "{text}");
        }
    }
}
