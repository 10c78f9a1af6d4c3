//! Records as CBOR ([RFC 8949]): a map with integer keys, of which key 0 is the type.
//!
//! [RFC 8949]: https://www.rfc-editor.org/rfc/rfc8949

use minicbor::{Decoder, Encoder};
use zeroize::Zeroizing;

use super::VaultError;

/// The type of a record, under key 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum RecordKind {
    Account,
    Settings,
    Usage,
    Undo,
    Tombstone,
}

impl RecordKind {
    /// The type of the record that `item` begins, and the decoder behind it with the
    /// number of pairs that follow.
    pub(super) fn read(item: &[u8]) -> Option<(Self, Decoder<'_>, u64)> {
        let mut decoder = Decoder::new(item);
        let pairs = decoder.map().ok()??.checked_sub(1)?;
        (decoder.u8().ok()? == 0).then_some(())?;
        let kind = match decoder.u8().ok()? {
            1 => Self::Account,
            2 => Self::Settings,
            3 => Self::Usage,
            4 => Self::Undo,
            5 => Self::Tombstone,
            _ => return None,
        };
        Some((kind, decoder, pairs))
    }
}

/// A record on its way to CBOR: pairs in ascending order of their keys.
pub(super) struct Map {
    pairs: u8,
    body: Zeroizing<Vec<u8>>,
}

impl Map {
    pub(super) fn new(kind: RecordKind, capacity: usize) -> Self {
        let number = match kind {
            RecordKind::Account => 1,
            RecordKind::Settings => 2,
            RecordKind::Usage => 3,
            RecordKind::Undo => 4,
            RecordKind::Tombstone => 5,
        };
        let mut map = Self { pairs: 0, body: Zeroizing::new(Vec::with_capacity(capacity)) };
        map.number(0, Some(number));
        map
    }

    /// Appends an item; writing to memory does not fail.
    pub(super) fn item(&mut self, write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> bool) {
        let written = write(&mut Encoder::new(&mut *self.body));
        debug_assert!(written);
    }

    pub(super) fn pair(&mut self, key: u8, write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> bool) {
        self.pairs += 1;
        self.item(|encoder| encoder.u8(key).is_ok() && write(encoder));
    }

    pub(super) fn number(&mut self, key: u8, value: Option<u64>) {
        if let Some(value) = value {
            self.pair(key, |encoder| encoder.u64(value).is_ok());
        }
    }

    pub(super) fn text(&mut self, key: u8, value: Option<&str>) {
        if let Some(value) = value {
            self.pair(key, |encoder| encoder.str(value).is_ok());
        }
    }

    pub(super) fn bytes(&mut self, key: u8, value: Option<&[u8]>) {
        if let Some(value) = value {
            self.pair(key, |encoder| encoder.bytes(value).is_ok());
        }
    }

    /// Begins an array, whose items follow.
    pub(super) fn array(&mut self, key: u8, length: usize) {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        self.pair(key, |encoder| encoder.array(length).is_ok());
    }

    pub(super) fn finish(self) -> Zeroizing<Vec<u8>> {
        let mut item = Zeroizing::new(Vec::with_capacity(self.body.len() + 2));
        let begun = Encoder::new(&mut *item).map(self.pairs.into()).is_ok();
        debug_assert!(begun);
        item.extend_from_slice(&self.body);
        item
    }
}

/// The record's CBOR without the zeros behind it.
///
/// # Errors
///
/// [`VaultError::Damaged`]: it is no whole item, or what follows is not zeros.
pub(super) fn unpadded(item: &[u8]) -> Result<&[u8], VaultError> {
    let mut decoder = Decoder::new(item);
    decoder.skip().map_err(|_| VaultError::Damaged)?;
    let (item, padding) = item.split_at_checked(decoder.position()).ok_or(VaultError::Damaged)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(VaultError::Damaged);
    }
    Ok(item)
}
