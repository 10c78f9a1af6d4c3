//! What fuzzing calls of the vault's inner formats, each with what it promises about any
//! bytes. Built for fuzzing and for tests, and part of no other build.

use zeroize::Zeroizing;

use super::approval_record::ApprovalRecord;
use super::cbor::{RecordKind, unpadded};
use super::contents::{Contents, Keys};
use super::guard::GuardState;
use super::header::Header;
use super::record::AccountView;
use super::sealed::{Place, Sealed, seal};
use super::settings::Settings;
use super::slot::{Slot, SlotRow};
use super::usage::UsageBook;
use super::{EntryId, Mode, RecoveryKey, VaultError, VaultId, accounts, undo};
use crate::SecretString;
use crate::crypto::aead::Aead;
use crate::crypto::digest::sha256;
use crate::crypto::key::Key;
use crate::pin::spell;

const VAULT: VaultId = VaultId::from_bytes([1; 16]);
const ID: EntryId = EntryId::from_bytes([2; 16]);

/// A row that is read is all of what it says that it is, and a record that is read is
/// written and read again.
///
/// # Panics
///
/// The promise is broken.
pub fn sealed_record(input: &[u8]) {
    let found = Sealed::find(input);
    let whole = Sealed::parse(input);
    assert_eq!(whole.is_some(), found.as_ref().is_some_and(|found| found.len() == input.len()));
    if let Some(found) = found {
        assert!(input.starts_with(&Sealed::mark(found.place.key_generation)));
        let again = input.get(..found.len()).and_then(Sealed::parse);
        assert!(again.is_some_and(|again| again.place == found.place));
        assert_eq!(found.tag().is_some(), found.len() >= 64);
        // Nobody knows this key.
        assert!(key(3).is_none_or(|key| found.open(&Aead::new(&key), &VAULT).is_none()));
    }
    record(input);
}

fn key(byte: u8) -> Option<Key> {
    Key::from_slice(&[byte; 32])
}

fn record(item: &[u8]) {
    if let Ok(bare) = unpadded(item) {
        assert_eq!(unpadded(bare), Ok(bare));
    }
    let header = Header {
        vault: VAULT,
        device: [4; 16],
        key_generation: 1,
        generation: 1,
        mode: Mode::AnySlot,
    };
    let Some(keys) = key(5).map(|master| Keys::derive(master, &header)) else { return };
    let aead = Aead::new(&keys.record);
    let mut contents = Contents::empty(keys);
    let taken = contents.take(ID, item);
    contents.settle();
    let Some((kind, reader, pairs)) = RecordKind::read(item) else {
        return assert_eq!(taken, Err(VaultError::Damaged));
    };
    match kind {
        RecordKind::Account => {
            let stored = AccountView::read(reader, pairs).and_then(|view| view.stored());
            // What stands in the list can be opened, and nothing else.
            assert_eq!(taken.is_ok(), stored.is_some());
            assert_eq!(contents.index.item(ID).is_some(), stored.is_some());
            let Some(stored) = stored else { return };
            let written = stored.encode();
            let read = accounts::stored(&written).ok().flatten();
            assert!(read.is_some_and(|read| read.encode() == written));
            seal_and_open(&aead, &written);
        }
        RecordKind::Settings => {
            let Some(settings) = Settings::read(reader, pairs) else { return };
            let written = settings.encode();
            let read = RecordKind::read(&written);
            let read = read.and_then(|(_, reader, pairs)| Settings::read(reader, pairs));
            assert_eq!(read, Some(settings));
        }
        RecordKind::Usage => {
            let Some(usage) = UsageBook::read(reader, pairs) else { return };
            assert!(item.starts_with(&usage.encode()));
        }
        RecordKind::Undo => {
            let Some(before) = undo::decode(item) else { return };
            // What it would bring back may be no record; that is seen when it is read.
            let Ok(written) = undo::encode(&before) else { return };
            let read = undo::decode(&written);
            assert!(read.and_then(|read| undo::encode(&read).ok()) == Some(written));
        }
        RecordKind::Tombstone => {}
        _ => {
            let record = ApprovalRecord::read(kind, reader, pairs);
            assert_eq!(taken.is_ok(), record.is_some());
            let Some(record) = record else { return };
            let written = record.encode();
            let read = RecordKind::read(&written);
            let read =
                read.and_then(|(kind, reader, pairs)| ApprovalRecord::read(kind, reader, pairs));
            assert!(read.is_some_and(|read| read.encode() == written));
        }
    }
}

fn seal_and_open(aead: &Aead, item: &[u8]) {
    let place = Place { id: ID, key_generation: 1, version: 1 };
    let Ok(row) = seal(aead, &VAULT, place, item) else { return };
    let sealed = Sealed::parse(&row);
    assert!(sealed.as_ref().is_some_and(|sealed| sealed.place == place && sealed.is_plausible()));
    let opened = sealed.and_then(|sealed| sealed.open(aead, &VAULT));
    assert_eq!(opened.as_deref().and_then(|opened| unpadded(opened).ok()), Some(item));
}

/// A slot, a header, a guard's state and a recovery key that are read are written as the
/// same bytes.
///
/// # Panics
///
/// The promise is broken.
pub fn slot(input: &[u8]) {
    if let Ok(slot) = Slot::parse(input) {
        assert_eq!(slot.encode(), input);
        let fits = slot.kdf.is_some() == slot.kind.has_pin();
        assert_eq!(Slot::decode(&slot.id, &slot.vault, input).is_ok(), fits);
        // Nobody knows what it was sealed with.
        assert!(slot.open(&[3; 32]).is_ok_and(|master| master.is_none()));
        // As it stands in the bare bytes of a file, with something behind it.
        let row = [&slot.id[..], &*sha256(&[input]), input, b"behind"].concat();
        assert!(SlotRow::is_plausible(&row));
        assert!(SlotRow::find(&row).is_some_and(|row| row.body.as_deref() == Some(input)));
    }
    if let Some(found) = SlotRow::find(input) {
        assert!(SlotRow::is_plausible(input));
        let body = found.body.as_deref().unwrap_or_default();
        assert!(input.get(48..).is_some_and(|bytes| bytes.starts_with(body)));
    }
    if let Some(header) = Header::decode(input) {
        assert_eq!(header.encode(), input);
    }
    // With the sum that it should have, too: nobody finds that by trying.
    let sum = sha256(&[input]);
    let summed = [input, sum.first_chunk::<4>().map_or(&[], |sum| &sum[..])].concat();
    for blob in [input, &summed] {
        if let Some(state) = GuardState::decode(blob) {
            // The format before is read, and this one written.
            let written = state.encode();
            assert!(written.as_slice() == blob || blob.first() == Some(&1));
            assert!(GuardState::decode(&written).is_some_and(|again| again.encode() == written));
        }
    }
    let typed = SecretString::new(String::from_utf8_lossy(input).into_owned());
    if let Ok(key) = RecoveryKey::parse(&typed) {
        let again = RecoveryKey::parse(&key.text());
        assert!(again.is_ok_and(|again| again.text().expose() == key.text().expose()));
    }
}

/// A PIN that is spelled keeps its spelling, but for white space that came of it at its
/// ends.
///
/// # Panics
///
/// The promise is broken.
pub fn pin(input: &[u8]) {
    let typed = Zeroizing::new(String::from_utf8_lossy(input).into_owned());
    let Ok(spelled) = spell(&typed) else { return };
    assert!(!spelled.is_empty() && spelled.len() <= 128);
    let again = spell(&spelled);
    assert!(again.is_ok_and(|again| *again == spelled.trim()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::replay;

    #[test]
    fn whatever_stands_in_a_row_is_read_and_written_or_refused() {
        replay("sealed_record", sealed_record);
    }

    #[test]
    fn whatever_is_taken_for_a_slot_is_written_as_it_was_or_refused() {
        replay("slot", slot);
    }

    #[test]
    fn whatever_is_typed_for_a_pin_has_one_spelling() {
        replay("pin", pin);
    }
}
