//! A map by rows' ids, for what comes in the order of the ids: an unlock reads them so.

use super::EntryId;

/// Sorted pairs in one piece of memory: copied at once, and filled without a search as
/// long as the ids ascend.
///
/// An empty `BTreeMap` leaves bytes of itself unwritten: what was on the stack where it was
/// made, a piece of a key, stayed in an unlocked vault's memory.
#[derive(Clone)]
pub(super) struct ByRow<T>(Vec<(EntryId, T)>);

impl<T> Default for ByRow<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByRow<T> {
    /// Makes room for so many more at once.
    pub(super) fn reserve(&mut self, more: usize) {
        self.0.reserve(more);
    }

    pub(super) fn insert(&mut self, id: EntryId, value: T) {
        if self.0.last().is_none_or(|(last, _)| *last < id) {
            self.0.push((id, value));
            return;
        }
        match self.place(id) {
            Ok(place) => {
                if let Some(pair) = self.0.get_mut(place) {
                    pair.1 = value;
                }
            }
            Err(place) => self.0.insert(place, (id, value)),
        }
    }

    pub(super) fn remove(&mut self, id: EntryId) -> Option<T> {
        self.place(id).ok().map(|place| self.0.remove(place).1)
    }

    pub(super) fn find(&self, id: EntryId) -> Option<&T> {
        self.0.get(self.place(id).ok()?).map(|(_, value)| value)
    }

    pub(super) fn find_mut(&mut self, id: EntryId) -> Option<&mut T> {
        let place = self.place(id).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Ids ascending.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (EntryId, &T)> {
        self.0.iter().map(|(id, value)| (*id, value))
    }

    /// Ids ascending.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (EntryId, &mut T)> {
        self.0.iter_mut().map(|(id, value)| (*id, value))
    }

    fn place(&self, id: EntryId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&id, |(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_a_map_holds(
            steps in proptest::collection::vec((any::<bool>(), 0..20_u8, any::<u8>()), 0..100),
        ) {
            let (mut rows, mut map) = (ByRow::default(), BTreeMap::new());
            for (insert, id, value) in steps {
                let id = EntryId::from_bytes([id; 16]);
                if insert {
                    rows.insert(id, value);
                    map.insert(id, value);
                } else {
                    prop_assert_eq!(rows.remove(id), map.remove(&id));
                }
                prop_assert_eq!(rows.find(id), map.get(&id));
                prop_assert_eq!(rows.find_mut(id), map.get_mut(&id));
            }
            let pairs: Vec<_> = rows.iter().map(|(id, value)| (id, *value)).collect();
            prop_assert_eq!(rows.len(), map.len());
            prop_assert_eq!(pairs, map.into_iter().collect::<Vec<_>>());
        }
    }
}
