//! An account on its way into the vault, and changes of one that is there.

use std::sync::{Mutex, MutexGuard, PoisonError};

use authenticator_core::SecretString;
use authenticator_core::otp::{Account, Parsed};
use authenticator_core::vault::{self, Entry, RecoveryCode};

use crate::account::text;
use crate::{AccountKind, AccountWarning, Outcome};

/// An account that was read and is not kept yet: show what it is and its warnings, then give it to
/// `add`. Its secret is overwritten when the draft goes.
#[derive(uniffi::Object)]
pub struct AccountDraft {
    entry: Mutex<Entry>,
    warnings: Vec<AccountWarning>,
}

#[uniffi::export]
impl AccountDraft {
    /// Reads the text of a QR code, or a link that was opened: `otpauth`, `apple-otpauth`,
    /// `motp` or `steam`. UTF-8.
    #[uniffi::constructor]
    pub fn from_uri(uri: &[u8]) -> Outcome<Self> {
        Ok(Self::new(Account::from_uri(text(uri)?)?))
    }

    /// A secret that a person typed, in base32 however grouped; in hexadecimal for mOTP. UTF-8.
    #[uniffi::constructor]
    pub fn from_typed_secret(
        secret: &[u8],
        issuer: String,
        name: String,
        kind: AccountKind,
    ) -> Outcome<Self> {
        Ok(Self::new(Account::from_typed_secret(&issuer, &name, kind.read()?, text(secret)?)?))
    }

    /// Who issued the secret, if that is known.
    pub fn issuer(&self) -> Option<String> {
        self.entry().account.issuer().map(str::to_owned)
    }

    /// Whose account it is; may be empty.
    pub fn name(&self) -> String {
        self.entry().account.name().to_owned()
    }

    /// How its codes are computed.
    pub fn kind(&self) -> AccountKind {
        self.entry().account.kind().into()
    }

    /// Where the issuer says that its picture is. Nothing is fetched.
    pub fn image(&self) -> Option<String> {
        self.entry().account.image().map(str::to_owned)
    }

    /// What was doubtful about it: show it before the account is kept.
    pub fn warnings(&self) -> Vec<AccountWarning> {
        self.warnings.clone()
    }

    /// Whether its codes need a PIN of the account's own.
    pub fn needs_pin(&self) -> bool {
        self.entry().account.kind().needs_pin()
    }

    /// The PIN of an mOTP or Yandex account, if it is to be kept; empty for none. UTF-8.
    pub fn set_pin(&self, pin: &[u8]) -> Outcome<()> {
        self.entry().pin = secret_text(pin)?;
        Ok(())
    }

    /// Sets everything but secrets.
    pub fn edit(&self, edits: Vec<Edit>) -> Outcome<()> {
        let mut entry = self.entry();
        let mut account = entry.account.clone();
        for edit in &edits {
            let (issuer, name) = match edit {
                Edit::Issuer { issuer } => (issuer.as_deref(), account.name()),
                Edit::Name { name } => (account.issuer(), name.as_str()),
                _ => continue,
            };
            account = account.renamed(issuer.unwrap_or_default(), name)?;
        }
        entry.account = account;
        for edit in edits {
            match edit {
                Edit::Issuer { .. } | Edit::Name { .. } => {}
                Edit::Note { note } => entry.note = note,
                Edit::Tags { tags } => entry.tags = tags,
                Edit::Group { group } => entry.group = group,
                Edit::Pinned { is_pinned } => entry.pinned = is_pinned,
                Edit::Icon { icon } => entry.icon = icon,
            }
        }
        Ok(())
    }

    /// One-time recovery codes of the service, one a line, white space around them left out. UTF-8.
    pub fn set_recovery_codes(&self, lines: &[u8]) -> Outcome<()> {
        self.entry().recovery_codes = recovery_codes(lines)?;
        Ok(())
    }
}

impl AccountDraft {
    pub(crate) fn new(parsed: Parsed) -> Self {
        let warnings = parsed.warnings.iter().map(Into::into).collect();
        Self { entry: Mutex::new(Entry::new(parsed.account)), warnings }
    }

    pub(crate) fn entry(&self) -> MutexGuard<'_, Entry> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change of an account; secrets have calls of their own. What it prints says whose account it is:
/// it is for no log.
#[derive(Clone, uniffi::Enum)]
pub enum Edit {
    /// Who issued it; none if that is not known.
    Issuer {
        /// The issuer.
        issuer: Option<String>,
    },
    /// Whose account it is.
    Name {
        /// The name.
        name: String,
    },
    /// What the person wrote about it; at most 4096 bytes.
    Note {
        /// The note.
        note: Option<String>,
    },
    /// All its labels, at most 32 of at most 128 bytes.
    Tags {
        /// The labels.
        tags: Vec<String>,
    },
    /// The group that it stands in; at most 128 bytes.
    Group {
        /// The group.
        group: Option<String>,
    },
    /// Whether it stands before the others.
    Pinned {
        /// Whether it does.
        is_pinned: bool,
    },
    /// The person's own picture, in any format; at most 32 KiB.
    Icon {
        /// The picture.
        icon: Option<Vec<u8>>,
    },
}

impl From<Edit> for vault::Edit {
    fn from(edit: Edit) -> Self {
        match edit {
            Edit::Issuer { issuer } => Self::Issuer(issuer),
            Edit::Name { name } => Self::Name(name),
            Edit::Note { note } => Self::Note(note),
            Edit::Tags { tags } => Self::Tags(tags),
            Edit::Group { group } => Self::Group(group),
            Edit::Pinned { is_pinned } => Self::Pinned(is_pinned),
            Edit::Icon { icon } => Self::Icon(icon),
        }
    }
}

/// What became of an account that was to be added.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum Added {
    /// It is in the vault.
    New {
        /// What it is known by.
        id: String,
    },
    /// Nothing was added: this account has the same secret and parameters. Ask the person, and add it
    /// again if it is to be there twice.
    SameAccount {
        /// The account that is there.
        id: String,
    },
    /// Nothing was added: this account has the same issuer and name, and another secret. Ask the
    /// person, and add it again if both are to be there.
    SameName {
        /// The account that is there.
        id: String,
    },
}

impl From<vault::Added> for Added {
    fn from(added: vault::Added) -> Self {
        match added {
            vault::Added::New(id) => Self::New { id: id.to_string() },
            vault::Added::SameAccount(id) => Self::SameAccount { id: id.to_string() },
            vault::Added::SameName(id) => Self::SameName { id: id.to_string() },
        }
    }
}

/// A secret text; `None` if it is empty.
pub(crate) fn secret_text(bytes: &[u8]) -> Outcome<Option<SecretString>> {
    let text = text(bytes)?;
    Ok((!text.is_empty()).then(|| SecretString::new(text.to_owned())))
}

/// One code of each line.
pub(crate) fn recovery_codes(lines: &[u8]) -> Outcome<Vec<RecoveryCode>> {
    let lines = text(lines)?.lines().map(str::trim).filter(|line| !line.is_empty());
    let code = |line: &str| RecoveryCode { code: SecretString::new(line.to_owned()), used: false };
    Ok(lines.map(code).collect())
}
