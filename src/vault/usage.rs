//! How often each account was used: together in one record, so that a use does not
//! show which account it was.

use zeroize::Zeroizing;

use super::EntryId;
use super::by_row::ByRow;
use super::bytes::Bytes;
use super::cbor::{Map, Reader, RecordKind};
use super::entry::Usage;
use crate::UnixTime;

#[derive(Clone, Default)]
pub(super) struct UsageBook(ByRow<(u32, UnixTime)>);

impl UsageBook {
    pub(super) fn of(&self, id: EntryId) -> Usage {
        let used = self.0.find(id);
        used.map_or_else(Usage::default, |(count, last)| Usage { count: *count, last: Some(*last) })
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (EntryId, Usage)> {
        self.0.iter().map(|(id, _)| (id, self.of(id)))
    }

    pub(super) fn note(&mut self, id: EntryId, now: UnixTime) {
        let count = self.0.find(id).map_or(0, |(count, _)| *count);
        self.0.insert(id, (count.saturating_add(1), now));
    }

    /// Whether anything was known of the account.
    pub(super) fn forget(&mut self, id: EntryId) -> bool {
        self.0.remove(id).is_some()
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut entries = Vec::with_capacity(self.0.len() * 28);
        for (id, (count, last)) in self.0.iter() {
            entries.extend_from_slice(id.as_bytes());
            entries.extend_from_slice(&count.to_be_bytes());
            entries.extend_from_slice(&last.as_secs().to_be_bytes());
        }
        let mut item = Map::new(RecordKind::Usage, entries.len() + 16);
        item.bytes(1, Some(&entries));
        item.finish()
    }

    /// Reads what follows key 0; `None` if it is no usage record.
    pub(super) fn read(mut reader: Reader<'_>, pairs: u64) -> Option<Self> {
        (pairs == 1 && reader.number()? == 1).then_some(())?;
        let entries = reader.bytes()?;
        let mut book = ByRow::default();
        let mut last = None;
        for entry in entries.chunks(28) {
            let mut bytes = Bytes::new(entry);
            let id = EntryId::from_bytes(bytes.array()?);
            // Ascending, so that no account stands there twice.
            (last.replace(id) < Some(id)).then_some(())?;
            book.insert(id, (bytes.u32()?, UnixTime::from_secs(bytes.u64()?)));
        }
        Some(Self(book))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_stands_once_and_in_its_place() {
        let entry = |id: u8| [&[id; 16][..], &[0; 12]].concat();
        let reads = |ids: &[u8]| {
            let mut item = Map::new(RecordKind::Usage, 1_000);
            item.bytes(1, Some(&ids.iter().flat_map(|id| entry(*id)).collect::<Vec<_>>()));
            let item = item.finish();
            let (_, reader, pairs) = RecordKind::read(&item).unwrap();
            UsageBook::read(reader, pairs).is_some()
        };

        assert!(reads(&[]) && reads(&[1]) && reads(&[1, 2, 7]));
        assert!(!reads(&[2, 1]));
        assert!(!reads(&[1, 1]));
    }

    #[test]
    fn a_use_is_counted_until_the_account_is_forgotten() {
        let (one, other) = (EntryId::from_bytes([1; 16]), EntryId::from_bytes([2; 16]));
        let mut book = UsageBook::default();
        book.note(one, UnixTime::from_secs(7));
        book.note(one, UnixTime::from_secs(9));

        assert_eq!(book.of(one), Usage { count: 2, last: Some(UnixTime::from_secs(9)) });
        assert_eq!(book.of(other), Usage::default());
        assert!(!book.forget(other));
        assert!(book.forget(one));
        assert_eq!(book.entries().count(), 0);
    }

    #[test]
    fn it_has_room_for_all_of_it_at_once() {
        let mut book = UsageBook::default();
        (0..40).for_each(|n| book.note(EntryId::from_bytes([n; 16]), UnixTime::from_secs(1)));
        // The record itself asserts that it never grows.
        assert!(book.encode().len() > 40 * 28);
    }
}
