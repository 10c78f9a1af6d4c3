//! Changes of a vault: each in one transaction, and in memory only once it is durable.

use zeroize::Zeroizing;

use super::contents::Keys;
use super::header::Mode;
use super::sealed::{Place, Sealed, seal};
use super::slot::SlotRow;
use super::vault::Vault;
use super::{EntryId, VaultError};
use crate::crypto::aead::Aead;

/// What one transaction changes.
#[derive(Default)]
pub(super) struct Change {
    /// Rows to be written, as CBOR.
    pub(super) rows: Vec<(EntryId, Zeroizing<Vec<u8>>)>,
    pub(super) removed: Vec<EntryId>,
    /// The slots as they shall be, if they change.
    pub(super) slots: Option<Vec<SlotRow>>,
    /// The keys and the generation of keys from now on, if they change: then every row
    /// has to be in `rows`.
    pub(super) keys: Option<(Keys, u32)>,
    pub(super) mode: Option<Mode>,
}

impl Vault {
    /// Writes `change` in one transaction, and takes it over in memory once it is
    /// durable. Nothing changes if it fails.
    pub(super) fn commit(&mut self, change: Change) -> Result<(), VaultError> {
        if let Some(missing) = self.missing {
            return Err(VaultError::RolledBack { missing });
        }
        if let Some(error) = self.unguarded {
            return Err(VaultError::Guard(error));
        }
        if self.wreck.is_some() {
            return Err(VaultError::Damaged);
        }
        let contents = self.contents.as_ref().ok_or(VaultError::Locked)?;
        let mut header = self.header;
        header.generation = header.generation.checked_add(1).ok_or(VaultError::TooLarge)?;
        header.mode = change.mode.unwrap_or(header.mode);
        let keys = match &change.keys {
            Some((keys, generation)) => {
                header.key_generation = *generation;
                keys
            }
            None => &contents.keys,
        };
        let slots = change.slots.as_ref().unwrap_or(&self.slots);

        let aead = Aead::new(&keys.record);
        let mut tags = contents.tags.clone();
        let mut rows = Vec::with_capacity(change.rows.len());
        for (id, item) in &change.rows {
            let version = tags.find(*id).map_or(0, |(version, _)| *version) + 1;
            let place = Place { id: *id, key_generation: header.key_generation, version };
            let sealed = seal(&aead, &header.vault, place, item)?;
            let tag = Sealed::parse(&sealed).and_then(|sealed| sealed.tag());
            tags.insert(*id, (version, tag.ok_or(VaultError::Damaged)?));
            rows.push((*id, sealed));
        }
        for id in &change.removed {
            tags.remove(*id);
        }
        let body = header.encode();
        let root = self.root_of(keys, &header, slots, &tags);

        let database = self.database.as_mut().ok_or(VaultError::Suspended)?;
        // Until it is known to have succeeded, it may have, or not.
        self.stale = true;
        database.write(|transaction| {
            transaction.put_records(&rows)?;
            transaction.remove_records(&change.removed)?;
            if let Some(slots) = &change.slots {
                transaction.replace_slots(slots)?;
            }
            transaction.put_header(&body, &root)
        })?;

        self.stale = false;
        self.header = header;
        self.root = root;
        if let Some(slots) = change.slots {
            self.slots = slots;
        }
        let contents = self.contents.as_mut().ok_or(VaultError::Locked)?;
        contents.tags = tags;
        if let Some((keys, _)) = change.keys {
            contents.keys = keys;
        }
        for id in change.removed {
            contents.forget(id);
        }
        for (id, item) in &change.rows {
            contents.forget(*id);
            contents.take(*id, item)?;
        }
        contents.settle();
        Ok(())
    }
}
