//! The accounts of an unlocked vault as they are shown: names in memory, secrets not.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroize;

use super::EntryId;
use super::by_row::ByRow;
use super::entry::Usage;
use super::record::AccountView;
use crate::UnixTime;
use crate::otp::Kind;

/// An account as a list shows it, without its secret. Wiped when it is dropped.
#[derive(Clone)]
pub struct Item {
    /// What it is known by.
    pub id: EntryId,
    /// Who issued the secret.
    pub issuer: Option<String>,
    /// Whose account it is.
    pub name: String,
    /// How its codes are computed. The counter of an HOTP account is that of the next
    /// code.
    pub kind: Kind,
    /// What the person wrote about it.
    pub note: Option<String>,
    /// Its labels.
    pub tags: Vec<String>,
    /// The group that it stands in.
    pub group: Option<String>,
    /// Whether it stands before the others.
    pub pinned: bool,
    /// When it was added.
    pub created: UnixTime,
    /// When it was put into the trash; `None` if it is not there.
    pub trashed: Option<UnixTime>,
    /// Whether the person gave it a picture.
    pub has_icon: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: usize,
    /// How often it was used.
    pub usage: Usage,
    pub(super) position: u64,
}

impl Item {
    pub(super) fn new(id: EntryId, view: &AccountView<'_>) -> Option<Self> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Some(Self {
            id,
            issuer: owned(view.issuer),
            name: view.name.to_owned(),
            kind: view.kind()?,
            note: owned(view.note),
            tags: view.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            group: owned(view.group),
            pinned: view.pinned,
            created: view.stamps.created()?,
            trashed: view.trashed,
            has_icon: view.has_icon(),
            recovery_codes_left: view.recovery_codes_left(),
            usage: Usage::default(),
            position: view.position,
        })
    }

    /// What a search looks at, in lower case.
    fn searchable(&self) -> String {
        let texts = [self.issuer.as_deref(), Some(&*self.name), self.group.as_deref()];
        let texts = texts.into_iter().chain([self.note.as_deref()]).flatten();
        let mut all = String::new();
        for text in texts.chain(self.tags.iter().map(String::as_str)) {
            all.push_str(&text.to_lowercase());
            // No token that is searched for has one.
            all.push('\n');
        }
        all
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        self.issuer.zeroize();
        self.name.zeroize();
        self.note.zeroize();
        self.tags.zeroize();
        self.group.zeroize();
    }
}

/// Shows the id alone: whose account it is belongs in no log.
impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item").field("id", &self.id).finish_non_exhaustive()
    }
}

/// All accounts of an unlocked vault, also those in the trash. They are shared with the
/// lists that are given out.
#[derive(Default)]
pub(super) struct Index {
    items: ByRow<Arc<Item>>,
    /// What a search looks at, made by the first one.
    searchable: BTreeMap<EntryId, String>,
}

impl Index {
    pub(super) fn insert(&mut self, item: Item) {
        self.forget_search(item.id);
        self.items.insert(item.id, Arc::new(item));
    }

    pub(super) fn remove(&mut self, id: EntryId) {
        self.forget_search(id);
        self.items.remove(id);
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn item(&self, id: EntryId) -> Option<&Arc<Item>> {
        self.items.find(id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.items.iter().map(|(_, item)| item)
    }

    pub(super) fn set_usage(&mut self, id: EntryId, usage: Usage) {
        if let Some(item) = self.items.find_mut(id)
            && item.usage != usage
        {
            Arc::make_mut(item).usage = usage;
        }
    }

    /// The accounts that `wanted` holds for, in the order of the list: pinned ones
    /// first, then by position.
    pub(super) fn sorted(&self, wanted: impl Fn(&Item) -> bool) -> Vec<Arc<Item>> {
        let mut items: Vec<Arc<Item>> = self.all().filter(|item| wanted(item)).cloned().collect();
        items.sort_unstable_by_key(|item| (!item.pinned, item.position, item.id));
        items
    }

    /// The accounts outside the trash in which every word of `query` occurs, in the
    /// order of the list: in issuer, name, group, note or a tag, in either case.
    pub(super) fn search(&mut self, query: &str) -> Vec<Arc<Item>> {
        if self.searchable.len() != self.items.len() {
            for (id, item) in self.items.iter() {
                self.searchable.entry(id).or_insert_with(|| item.searchable());
            }
        }
        let query = query.to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let matches = |item: &Item| {
            let text = self.searchable.get(&item.id);
            text.is_some_and(|text| words.iter().all(|word| text.contains(word)))
        };
        self.sorted(|item| item.trashed.is_none() && matches(item))
    }

    fn forget_search(&mut self, id: EntryId) {
        if let Some(mut text) = self.searchable.remove(&id) {
            text.zeroize();
        }
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.searchable.values_mut().for_each(Zeroize::zeroize);
    }
}
