//! All accounts of an unlocked vault, found by id, in the order of the list, by words.

use zeroize::Zeroizing;

use super::EntryId;
use super::by_row::ByRow;
use super::entry::Usage;
use super::item::{Batches, Item, in_lower_case};
use super::record::AccountView;
use super::usage::UsageBook;

/// All accounts of an unlocked vault, also those in the trash. They are shared with the
/// lists that are given out.
#[derive(Default)]
pub(super) struct Index {
    items: ByRow<Item>,
    /// Not in `items` yet.
    fresh: Batches,
    /// What a search looks at, made by the first one.
    searchable: ByRow<Zeroizing<String>>,
}

impl Index {
    /// Takes over an account; [`Index::settle`] has to follow. `None` if its record makes
    /// no sense.
    pub(super) fn push(&mut self, id: EntryId, view: &AccountView<'_>) -> Option<()> {
        self.fresh.push(id, view)
    }

    /// Puts what was pushed in its place.
    pub(super) fn settle(&mut self, usage: &UsageBook) {
        self.items.reserve(self.fresh.len());
        for mut item in self.fresh.freeze() {
            item.usage = usage.of(item.id());
            self.searchable.remove(item.id());
            self.items.insert(item.id(), item);
        }
    }

    pub(super) fn remove(&mut self, id: EntryId) {
        self.searchable.remove(id);
        self.items.remove(id);
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn item(&self, id: EntryId) -> Option<&Item> {
        self.items.find(id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().map(|(_, item)| item)
    }

    pub(super) fn set_usage(&mut self, id: EntryId, usage: Usage) {
        if let Some(item) = self.items.find_mut(id) {
            item.usage = usage;
        }
    }

    /// The accounts that `wanted` holds for, in the order of the list: pinned ones
    /// first, then by position.
    pub(super) fn sorted(&self, wanted: impl Fn(&Item) -> bool) -> Vec<Item> {
        let wanted: Vec<&Item> = self.all().filter(|item| wanted(item)).collect();
        // One number to compare by: the place, and of two in the same the lower id, in
        // whose order they come.
        let numbers = (0_u32..).zip(&wanted).map(|(number, item)| {
            let place = u128::from(item.position()) << 32 | u128::from(number);
            if item.is_pinned() { place } else { place | 1 << 127 }
        });
        let mut numbers: Vec<u128> = numbers.collect();
        numbers.sort_unstable();
        let number = |place: u128| usize::try_from(place & u128::from(u32::MAX)).ok();
        let items = numbers.into_iter().filter_map(|place| wanted.get(number(place)?).copied());
        items.cloned().collect()
    }

    /// The accounts outside the trash in which every word of `query` occurs, in the
    /// order of the list: in issuer, name, group, note or a tag, in either case.
    pub(super) fn search(&mut self, query: &str) -> Vec<Item> {
        if self.searchable.len() != self.items.len() {
            for (id, item) in self.items.iter() {
                if self.searchable.find(id).is_none() {
                    self.searchable.insert(id, item.searchable());
                }
            }
        }
        let query = in_lower_case([query].into_iter());
        let words: Vec<&str> = query.split_whitespace().collect();
        let matches = |item: &Item| {
            let text = self.searchable.find(item.id());
            text.is_some_and(|text| words.iter().all(|word| text.contains(word)))
        };
        self.sorted(|item| item.trashed().is_none() && matches(item))
    }
}
