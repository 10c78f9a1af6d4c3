//! How often each account was used: together in one record, so that a use does not
//! show which account it was.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::EntryId;
use super::bytes::Bytes;
use super::cbor::{Map, Reader, RecordKind};
use super::entry::Usage;
use crate::UnixTime;

#[derive(Clone, Default)]
pub(super) struct UsageBook(BTreeMap<EntryId, (u32, UnixTime)>);

impl UsageBook {
    pub(super) fn of(&self, id: EntryId) -> Usage {
        let used = self.0.get(&id);
        used.map_or_else(Usage::default, |(count, last)| Usage { count: *count, last: Some(*last) })
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (EntryId, Usage)> {
        self.0.keys().map(|id| (*id, self.of(*id)))
    }

    pub(super) fn note(&mut self, id: EntryId, now: UnixTime) {
        let (count, last) = self.0.entry(id).or_insert((0, now));
        *count = count.saturating_add(1);
        *last = now;
    }

    /// Whether anything was known of the account.
    pub(super) fn forget(&mut self, id: EntryId) -> bool {
        self.0.remove(&id).is_some()
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut entries = Vec::with_capacity(self.0.len() * 28);
        for (id, (count, last)) in &self.0 {
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
        let entries = entries.chunks(28).map(|entry| {
            let mut bytes = Bytes::new(entry);
            let id = EntryId::from_bytes(bytes.array()?);
            Some((id, (bytes.u32()?, UnixTime::from_secs(bytes.u64()?))))
        });
        entries.collect::<Option<_>>().map(Self)
    }
}
