//! Records as CBOR ([RFC 8949]): a map with integer keys, of which key 0 is the type.
//!
//! [RFC 8949]: https://www.rfc-editor.org/rfc/rfc8949

use minicbor::Encoder;
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
    Enrolment,
    Credential,
    Request,
    History,
    Ended,
}

impl RecordKind {
    /// The type of the record that `item` begins, and what reads the rest with the
    /// number of pairs that follow.
    pub(super) fn read(item: &[u8]) -> Option<(Self, Reader<'_>, u64)> {
        let mut reader = Reader::new(item);
        let pairs = reader.map()?.checked_sub(1)?;
        (reader.number()? == 0).then_some(())?;
        let kind = match reader.number()? {
            1 => Self::Account,
            2 => Self::Settings,
            3 => Self::Usage,
            4 => Self::Undo,
            5 => Self::Tombstone,
            6 => Self::Enrolment,
            7 => Self::Credential,
            8 => Self::Request,
            9 => Self::History,
            10 => Self::Ended,
            _ => return None,
        };
        Some((kind, reader, pairs))
    }
}

/// A record on its way to CBOR: pairs in ascending order of their keys.
pub(super) struct Map {
    pairs: u8,
    body: Zeroizing<Vec<u8>>,
    /// How much there is room for at once.
    capacity: usize,
}

impl Map {
    pub(super) fn new(kind: RecordKind, capacity: usize) -> Self {
        let number = match kind {
            RecordKind::Account => 1,
            RecordKind::Settings => 2,
            RecordKind::Usage => 3,
            RecordKind::Undo => 4,
            RecordKind::Tombstone => 5,
            RecordKind::Enrolment => 6,
            RecordKind::Credential => 7,
            RecordKind::Request => 8,
            RecordKind::History => 9,
            RecordKind::Ended => 10,
        };
        let body = Zeroizing::new(Vec::with_capacity(capacity));
        let mut map = Self { pairs: 0, body, capacity };
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
        debug_assert!(self.body.len() <= self.capacity, "it grew, and left copies behind");
        let mut item = Zeroizing::new(Vec::with_capacity(self.body.len() + 2));
        let begun = Encoder::new(&mut *item).map(self.pairs.into()).is_ok();
        debug_assert!(begun);
        item.extend_from_slice(&self.body);
        item
    }
}

/// Reads what records are made of, and that only in deterministic encoding (section 4.2.1):
/// lengths known and every number in its shortest form. `None` is for everything else.
///
/// Of our own, since an unlock reads thousands of records: a decoder for all of CBOR with
/// errors that name places takes three times as long.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(item: &'a [u8]) -> Self {
        Self(item)
    }

    /// The next item's major type and its argument (section 3). Of major type 7 there are
    /// no more than the truth values and null.
    fn head(&mut self) -> Option<(u8, u64)> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        let argument = match first & 0x1f {
            small @ 0..=23 => small.into(),
            24 => u64::from(u8::from_be_bytes(self.take()?)),
            25 => u64::from(u16::from_be_bytes(self.take()?)),
            26 => u64::from(u32::from_be_bytes(self.take()?)),
            27 => u64::from_be_bytes(self.take()?),
            _ => return None,
        };
        let shortest = match first & 0x1f {
            0..=23 => 0,
            24 => 24,
            25 => 1 << 8,
            26 => 1 << 16,
            _ => 1 << 32,
        };
        let known = match first >> 5 {
            1 | 6 => false,
            7 => matches!(argument, 20..=22),
            _ => true,
        };
        (known && argument >= shortest).then_some((first >> 5, argument))
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    /// The argument of an item that has to be of this major type.
    fn argument(&mut self, major: u8) -> Option<u64> {
        let (found, argument) = self.head()?;
        (found == major).then_some(argument)
    }

    fn slice(&mut self, length: u64) -> Option<&'a [u8]> {
        let (slice, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(slice)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        self.argument(0)
    }

    /// A number that fits the type.
    pub(super) fn small<T: TryFrom<u64>>(&mut self) -> Option<T> {
        self.number()?.try_into().ok()
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.argument(2)?;
        self.slice(length)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.argument(3)?;
        std::str::from_utf8(self.slice(length)?).ok()
    }

    /// How many items follow.
    pub(super) fn array(&mut self) -> Option<u64> {
        self.argument(4)
    }

    /// How many pairs follow.
    pub(super) fn map(&mut self) -> Option<u64> {
        self.argument(5)
    }

    pub(super) fn bool(&mut self) -> Option<bool> {
        match self.take()? {
            [0xf4] => Some(false),
            [0xf5] => Some(true),
            _ => None,
        }
    }

    /// Passes over an item and everything in it.
    fn skip(&mut self) -> Option<()> {
        let mut left: u64 = 1;
        while left > 0 {
            let (major, argument) = self.head()?;
            let items = match major {
                2 => self.slice(argument).map(|_| 0)?,
                3 => std::str::from_utf8(self.slice(argument)?).map(|_| 0).ok()?,
                4 => argument,
                5 => argument.checked_mul(2)?,
                _ => 0,
            };
            left = (left - 1).checked_add(items)?;
        }
        Some(())
    }

    /// Whether the next item is null, which is read then.
    pub(super) fn null(&mut self) -> bool {
        let rest = self.0.strip_prefix(&[0xf6]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

/// The record's CBOR without the zeros behind it.
///
/// # Errors
///
/// [`VaultError::Damaged`]: it is no whole item, or what follows is not zeros.
pub(super) fn unpadded(item: &[u8]) -> Result<&[u8], VaultError> {
    let mut reader = Reader::new(item);
    reader.skip().ok_or(VaultError::Damaged)?;
    let padding = reader.0;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(VaultError::Damaged);
    }
    item.get(..item.len() - padding.len()).ok_or(VaultError::Damaged)
}

#[cfg(test)]
mod tests {
    use minicbor::Decoder;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_rfc_8949_prints() {
        // Appendix A.
        let number = |bytes: &[u8]| Reader::new(bytes).number();
        assert_eq!(number(&[0x17]), Some(23));
        assert_eq!(number(&[0x18, 0x18]), Some(24));
        assert_eq!(number(&[0x19, 0x03, 0xe8]), Some(1_000));
        assert_eq!(number(&[0x1a, 0, 0x0f, 0x42, 0x40]), Some(1_000_000));
        assert_eq!(number(&[0x1b, 0, 0, 0, 0xe8, 0xd4, 0xa5, 0x10, 0]), Some(1_000_000_000_000));
        assert_eq!(Reader::new(&[0x44, 1, 2, 3, 4]).bytes(), Some(&[1, 2, 3, 4][..]));
        assert_eq!(Reader::new(&[0x62, 0xc3, 0x28]).text(), None);
        assert_eq!(Reader::new(&[0x62, 0xc3, 0xbc]).text(), Some("ü"));
        assert_eq!(Reader::new(&[0xf4]).bool(), Some(false));
        assert_eq!(Reader::new(&[0xf5]).bool(), Some(true));
        assert!(Reader::new(&[0xf6]).null());
    }

    #[test]
    fn refuses_what_is_not_deterministic_or_not_what_was_asked_for() {
        let longer: [&[u8]; 4] = [
            &[0x18, 23],
            &[0x19, 0, 255],
            &[0x1a, 0, 0, 255, 255],
            &[0x1b, 0, 0, 0, 0, 1, 0, 0, 0],
        ];
        for bytes in longer {
            assert_eq!(Reader::new(bytes).number(), None, "{bytes:?}");
        }
        // Of unknown length, negative, tagged, cut off.
        for bytes in [&[0x5f, 0x41, 1, 0xff][..], &[0x20], &[0xc0], &[0x42, 1], &[0x19, 1], &[]] {
            assert_eq!(Reader::new(bytes).bytes(), None, "{bytes:?}");
            assert_eq!(Reader::new(bytes).number(), None, "{bytes:?}");
        }
        assert_eq!(Reader::new(&[0x9f]).array(), None);
        // Negative, tagged, a simple value and a float, where anything may stand.
        for bytes in [&[0x20][..], &[0xc0, 0], &[0xe0], &[0xf8, 0x20], &[0xf9, 0x3c, 0]] {
            assert_eq!(unpadded(bytes), Err(VaultError::Damaged), "{bytes:?}");
        }
        assert!(!Reader::new(&[]).null());
    }

    #[test]
    fn padding_is_zeros_and_nothing_else() {
        let map = [0xa2, 0, 1, 1, 0x82, 0x41, 7, 0xa1, 0x61, 0x61, 0xf6];
        let padded = |padding: &[u8]| [&map, padding].concat();

        assert_eq!(unpadded(&padded(&[])).unwrap(), map);
        assert_eq!(unpadded(&padded(&[0; 9])).unwrap(), map);
        assert_eq!(unpadded(&padded(&[0, 0, 1])), Err(VaultError::Damaged));
        for end in 0..map.len() {
            assert_eq!(unpadded(&map[..end]), Err(VaultError::Damaged));
        }
        // More items than there can be.
        assert_eq!(
            unpadded(&[0xbb, 255, 255, 255, 255, 255, 255, 255, 255]),
            Err(VaultError::Damaged)
        );
    }

    proptest! {
        /// minicbor reads more of CBOR; where both read, they read the same.
        #[test]
        fn it_reads_what_another_decoder_reads(item in proptest::collection::vec(any::<u8>(), 0..24)) {
            let mut reader = Reader::new(&item);
            let rest = |decoder: &Decoder<'_>| item[decoder.position()..].to_vec();
            let mut decoder = Decoder::new(&item);
            if let Some(number) = reader.clone().number() {
                prop_assert_eq!(decoder.u64().ok(), Some(number));
            } else if let Some(bytes) = reader.clone().bytes() {
                prop_assert_eq!(decoder.bytes().ok(), Some(bytes));
            } else if let Some(text) = reader.clone().text() {
                prop_assert_eq!(decoder.str().ok(), Some(text));
            } else if let Some(length) = reader.clone().array() {
                prop_assert_eq!(decoder.array().ok(), Some(Some(length)));
            } else if let Some(length) = reader.clone().map() {
                prop_assert_eq!(decoder.map().ok(), Some(Some(length)));
            } else if let Some(bool) = reader.clone().bool() {
                prop_assert_eq!(decoder.bool().ok(), Some(bool));
            }
            let mut whole = Decoder::new(&item);
            if reader.skip().is_some() {
                whole.skip().unwrap();
                prop_assert_eq!(reader.0, rest(&whole));
            }
        }

        #[test]
        fn it_reads_what_the_encoder_writes(
            number in any::<u64>(), text in ".{0,300}", bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut map = Map::new(RecordKind::Settings, 2_000);
            map.number(1, Some(number));
            map.text(2, Some(&text));
            map.bytes(3, Some(&bytes));
            map.array(4, 1);
            map.item(|encoder| encoder.null().is_ok());
            let item = map.finish();

            let (kind, mut reader, pairs) = RecordKind::read(&item).unwrap();
            prop_assert_eq!((kind, pairs), (RecordKind::Settings, 4));
            prop_assert_eq!((reader.small(), reader.number()), (Some(1_u8), Some(number)));
            prop_assert_eq!((reader.small(), reader.text()), (Some(2_u8), Some(&*text)));
            prop_assert_eq!((reader.small(), reader.bytes()), (Some(3_u8), Some(&*bytes)));
            prop_assert_eq!((reader.small(), reader.array()), (Some(4_u8), Some(1)));
            prop_assert!(reader.null());
            prop_assert_eq!(reader.number(), None);
        }
    }
}
