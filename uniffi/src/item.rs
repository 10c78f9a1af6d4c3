//! An account as it stands in a list: without its secret.

use authenticator_core::vault;

use crate::AccountKind;
use crate::moment::millis;

/// An account as it stands in a list. What it prints says whose account it is: it is for no log.
#[derive(Clone, uniffi::Record)]
pub struct Item {
    /// What it is known by, for ever: 32 hexadecimal digits that say nothing about it.
    pub id: String,
    /// Who issued the secret, if that is known.
    pub issuer: Option<String>,
    /// Whose account it is; may be empty.
    pub name: String,
    /// How its codes are computed.
    pub kind: AccountKind,
    /// What the person wrote about it.
    pub note: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// The group that it stands in.
    pub group: Option<String>,
    /// Whether it stands before the others.
    pub is_pinned: bool,
    /// When it was added: milliseconds since 1970.
    pub created_millis: i64,
    /// When it was put into the trash: milliseconds since 1970.
    pub trashed_millis: Option<i64>,
    /// Whether the person gave it a picture: `icon` has it.
    pub has_icon: bool,
    /// How many of its recovery codes are not used up.
    pub recovery_codes_left: u32,
    /// How often it was used.
    pub use_count: u32,
    /// When it was used last: milliseconds since 1970.
    pub last_used_millis: Option<i64>,
}

impl From<&vault::Item> for Item {
    fn from(item: &vault::Item) -> Self {
        let usage = item.usage();
        Self {
            id: item.id().to_string(),
            issuer: item.issuer().map(str::to_owned),
            name: item.name().to_owned(),
            kind: item.kind().into(),
            note: item.note().map(str::to_owned),
            tags: item.tags().into_iter().map(str::to_owned).collect(),
            group: item.group().map(str::to_owned),
            is_pinned: item.is_pinned(),
            created_millis: millis(item.created()),
            trashed_millis: item.trashed().map(millis),
            has_icon: item.has_icon(),
            recovery_codes_left: u32::try_from(item.recovery_codes_left()).unwrap_or(u32::MAX),
            use_count: usage.count,
            last_used_millis: usage.last.map(millis),
        }
    }
}
