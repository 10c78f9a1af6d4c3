//! Undoing the last change, and destroying for good.

use zeroize::Zeroizing;

use super::accounts::stored;
use super::cbor::{Map, Reader, RecordKind, unpadded};
use super::change::Change;
use super::sealed::MAX_LEN;
use super::vault::Vault;
use super::{EntryId, VaultError};
use crate::UnixTime;
use crate::otp::Kind;

/// The rows that a change touched, as they were before; `None`: it was not there.
pub(super) type Before = Vec<(EntryId, Option<Zeroizing<Vec<u8>>>)>;

impl Vault {
    /// Writes rows and removes rows, and notes how to undo that. Where the rows as they
    /// were are too long for a record, as where a large import is undone, there is
    /// nothing to undo afterwards.
    pub(super) fn change(
        &mut self,
        mut rows: Vec<(EntryId, Zeroizing<Vec<u8>>)>,
        mut removed: Vec<EntryId>,
    ) -> Result<(), VaultError> {
        let touched = rows.iter().map(|(id, _)| *id).chain(removed.iter().copied());
        let before = touched.map(|id| Ok((id, self.item(id)?)));
        let before = before.collect::<Result<Before, VaultError>>()?;
        let undo = encode(&before)?;
        let id = self.contents()?.undo_id;
        if undo.len() > MAX_LEN {
            removed.extend(id);
        } else {
            rows.push((id.map_or_else(EntryId::make, Ok)?, undo));
        }
        self.commit(Change { rows, removed, ..Change::default() })
    }

    /// Whether there is something to undo.
    pub(crate) fn can_undo(&self) -> Result<bool, VaultError> {
        Ok(self.contents()?.undo_id.is_some())
    }

    /// Undoes the last change of accounts; done once more, it brings the change back.
    ///
    /// A counter never goes back: the codes behind it were given out.
    pub(crate) fn undo(&mut self) -> Result<(), VaultError> {
        let id = self.contents()?.undo_id.ok_or(VaultError::NothingToUndo)?;
        let item = self.item(id)?.ok_or(VaultError::Damaged)?;
        let before = decode(&item).ok_or(VaultError::Damaged)?;
        let (mut rows, mut removed) = (Vec::new(), Vec::new());
        for (id, item) in before {
            match item {
                Some(item) => rows.push((id, self.with_counter_kept(id, item)?)),
                None => removed.push(id),
            }
        }
        self.change(rows, removed)
    }

    fn with_counter_kept(
        &self,
        id: EntryId,
        before: Zeroizing<Vec<u8>>,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let Some(now) = self.item(id)? else { return Ok(before) };
        let (Some(mut before_stored), Some(now)) = (stored(&before)?, stored(&now)?) else {
            return Ok(before);
        };
        match (before_stored.entry.account.kind(), now.entry.account.kind()) {
            (Kind::Hotp { counter: old, .. }, Kind::Hotp { counter: new, .. }) if new > old => {
                before_stored.entry.account = before_stored.entry.account.with_counter(new);
                Ok(before_stored.encode())
            }
            _ => Ok(before),
        }
    }

    /// Destroys accounts in the trash for good: what is left is that there was one. Also
    /// goes what could bring them back: the undo, and copies that were kept beside the vault.
    pub(crate) fn purge(&mut self, ids: &[EntryId], now: UnixTime) -> Result<(), VaultError> {
        let contents = self.contents()?;
        let found = ids.iter().map(|id| contents.index.item(*id));
        let items: Vec<_> = found.collect::<Option<_>>().ok_or(VaultError::EntryNotFound)?;
        if items.iter().any(|item| item.trashed().is_none()) {
            return Err(VaultError::NotInTrash);
        }
        if ids.is_empty() {
            return Ok(());
        }
        let (device, _) = self.header.device.split_at(8);
        let tombstones = ids.iter().map(|id| {
            let mut item = Map::new(RecordKind::Tombstone, 32);
            item.number(1, Some(now.as_secs()));
            item.bytes(2, Some(device));
            (*id, item.finish())
        });
        let mut rows: Vec<_> = tombstones.collect();
        let mut usage = contents.usage.clone();
        let used = ids.iter().filter(|id| usage.forget(**id)).count() > 0;
        rows.extend(contents.usage_id.filter(|_| used).map(|row| (row, usage.encode())));
        let removed = contents.undo_id.into_iter().collect();
        self.commit(Change { rows, removed, ..Change::default() })?;
        self.clear_log_and_copies();
        Ok(())
    }
}

pub(super) fn encode(before: &Before) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let items = before.iter().map(|(_, item)| item.as_ref().map_or(1, |item| item.len() + 5));
    let mut undo = Map::new(RecordKind::Undo, 16 + items.map(|length| length + 19).sum::<usize>());
    undo.array(1, before.len());
    for (id, item) in before {
        // Without the zeros behind it: they would be in the way of nothing but space.
        let item = item.as_ref().map(|item| unpadded(item)).transpose()?;
        undo.item(|encoder| {
            let pair = encoder.array(2).and_then(|pair| pair.bytes(id.as_bytes()));
            pair.is_ok_and(|pair| match item {
                Some(item) => pair.bytes(item).is_ok(),
                None => pair.null().is_ok(),
            })
        });
    }
    Ok(undo.finish())
}

pub(super) fn decode(item: &[u8]) -> Option<Before> {
    let (RecordKind::Undo, mut reader, 1) = RecordKind::read(item)? else { return None };
    (reader.number()? == 1).then_some(())?;
    let length = reader.array()?;
    (0..length).map(|_| decode_pair(&mut reader)).collect()
}

fn decode_pair(reader: &mut Reader<'_>) -> Option<(EntryId, Option<Zeroizing<Vec<u8>>>)> {
    (reader.array()? == 2).then_some(())?;
    let id = EntryId::from_bytes(reader.bytes()?.try_into().ok()?);
    if reader.null() {
        return Some((id, None));
    }
    Some((id, Some(Zeroizing::new(reader.bytes()?.to_vec()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use crate::crypto::key::Key;
    use crate::otp::{Account, Kind as CodeKind};
    use crate::vault::{Duplicates, Entry, Item, Slot, SlotKind, VaultId};

    const NOW: UnixTime = UnixTime::from_secs(1);

    /// A vault of three accounts, and its key.
    fn of_three() -> (tempfile::TempDir, Vault, Key, [EntryId; 3]) {
        let folder = tempfile::tempdir().unwrap();
        let (id, master) = (VaultId::from_bytes([1; 16]), Key::make().unwrap());
        let mut slot = Slot::new(SlotKind::Platform, id, 1).unwrap();
        slot.seal(&[7; 32], &master).unwrap();
        let path = folder.path().join("vault");
        let mut vault = Vault::create(&path, id, master.clone(), &slot).unwrap();
        let entries = [1, 2, 3].map(|n| {
            let secret = Secret::new(vec![n; 20]);
            let account = Account::from_parts("Ex", &n.to_string(), CodeKind::totp(), secret);
            Entry::new(account.unwrap().account)
        });
        vault.add(entries.into(), Duplicates::Refuse, NOW).unwrap();
        let ids: Vec<_> = vault.items().unwrap().iter().map(Item::id).collect();
        (folder, vault, master, ids.try_into().unwrap())
    }

    #[test]
    fn nothing_is_known_any_more_of_how_often_a_purged_account_was_used() {
        let (_folder, mut vault, master, [one, other, _]) = of_three();
        for id in [one, other] {
            vault.note_use(id, NOW).unwrap();
        }
        vault.set_trashed(&[one], true, NOW).unwrap();
        vault.purge(&[one], NOW).unwrap();

        let used = |vault: &Vault| -> Vec<EntryId> {
            vault.contents().unwrap().usage.entries().map(|(id, _)| id).collect()
        };
        assert_eq!(used(&vault), [other]);
        vault.lock();
        vault.unlock(master).unwrap();
        assert_eq!(used(&vault), [other]);
    }

    #[test]
    fn where_all_moved_apart_and_the_move_itself_failed_no_former_place_comes_back() {
        let (_folder, mut vault, _, [first, mut second, mut third]) = of_three();
        // Each move halves the room behind the first.
        let refused = (0..40).find_map(|_| {
            (second, third) = (third, second);
            // One change more there is room for in the header, and not two.
            vault.header.generation = u64::MAX - 1;
            vault.move_before(second, Some(third), NOW).err()
        });
        assert_eq!(refused, Some(VaultError::TooLarge));
        assert_eq!(vault.items().unwrap().first().map(Item::id), Some(first));
        assert!(!vault.can_undo().unwrap());
    }

    /// The record itself asserts that it never grows.
    #[test]
    fn what_undoes_a_change_has_room_for_all_of_it_at_once() {
        let text = [&[0x59, 0x03, 0xe8][..], &[7; 1_000]].concat();
        let before: Before = (0..40)
            .map(|n| {
                let item = (n % 3 > 0).then(|| Zeroizing::new(text.clone()));
                (EntryId::from_bytes([n; 16]), item)
            })
            .collect();
        let undo = encode(&before).unwrap();
        let read = decode(&undo).unwrap();
        assert_eq!(read.len(), before.len());
        assert!(read.iter().zip(&before).all(|(read, before)| read == before));
    }
}
