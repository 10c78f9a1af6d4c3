//! Rows, sealed: each by itself says which row it is, of which vault and version.

use zeroize::Zeroizing;

use super::bytes::Bytes;
use super::{EntryId, VaultError, VaultId};
use crate::crypto::aead::{Aead, NONCE_LEN, TAG_LEN};

const MAGIC: [u8; 2] = *b"AR";
const FORMAT: u8 = 1;
const AES_256_GCM: u8 = 1;
const DOMAIN: &[u8] = b"authcore/1/record";
/// The bytes before the nonce.
const HEAD_LEN: usize = 36;
/// Plaintexts are padded to a multiple of this, so that their lengths say little.
const PADDING: usize = 64;
/// The longest plaintext, padded.
pub(super) const MAX_LEN: usize = 1 << 20;
/// The longest row.
pub(super) const MAX_ROW: usize = HEAD_LEN + NONCE_LEN + MAX_LEN + TAG_LEN;

/// Which row a sealed text belongs to, and its place in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) id: EntryId,
    pub(super) key_generation: u32,
    pub(super) version: u64,
}

/// A sealed row taken apart; not yet believed.
pub(super) struct Sealed<'a> {
    pub(super) place: Place,
    head: [u8; HEAD_LEN],
    nonce: [u8; NONCE_LEN],
    text: &'a [u8],
}

pub(super) type Tag = [u8; TAG_LEN];

/// Pads and seals `item` for its place.
///
/// # Errors
///
/// [`VaultError::TooLarge`]: the item is longer than 1 MiB.
pub(super) fn seal(
    aead: &Aead,
    vault: &VaultId,
    place: Place,
    item: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let padded = item.len().next_multiple_of(PADDING);
    if padded > MAX_LEN {
        return Err(VaultError::TooLarge);
    }
    // The full size at once: grown, the vector would leave plaintext behind.
    let mut text = Zeroizing::new(Vec::with_capacity(padded + TAG_LEN));
    text.extend_from_slice(item);
    text.resize(padded, 0);

    let length = u32::try_from(padded + TAG_LEN).map_err(|_| VaultError::TooLarge)?;
    let mut sealed = Vec::with_capacity(HEAD_LEN + NONCE_LEN + padded + TAG_LEN);
    sealed.extend_from_slice(&MAGIC);
    sealed.extend_from_slice(&[FORMAT, AES_256_GCM]);
    sealed.extend_from_slice(&place.key_generation.to_be_bytes());
    sealed.extend_from_slice(&place.version.to_be_bytes());
    sealed.extend_from_slice(place.id.as_bytes());
    sealed.extend_from_slice(&length.to_be_bytes());
    let head = sealed.first_chunk().ok_or(VaultError::TooLarge)?;
    let nonce = aead.seal(&associated(vault, head), &mut text)?;
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&text);
    Ok(sealed)
}

impl<'a> Sealed<'a> {
    /// What the rows of a generation of keys begin with.
    pub(super) fn mark(key_generation: u32) -> [u8; 8] {
        let ([a, b], [c, d, e, f]) = (MAGIC, key_generation.to_be_bytes());
        [a, b, FORMAT, AES_256_GCM, c, d, e, f]
    }

    /// Takes apart what `bytes` begin with; `None` if that is no sealed row. What
    /// follows it is not looked at.
    pub(super) fn find(bytes: &'a [u8]) -> Option<Self> {
        let head = *bytes.first_chunk::<HEAD_LEN>()?;
        let mut bytes = Bytes::new(bytes);
        (bytes.array::<2>()? == MAGIC).then_some(())?;
        (bytes.array::<2>()? == [FORMAT, AES_256_GCM]).then_some(())?;
        let key_generation = bytes.u32()?;
        let version = bytes.u64()?;
        let id = EntryId::from_bytes(bytes.array()?);
        let length = usize::try_from(bytes.u32()?).ok()?;
        (length <= MAX_LEN + TAG_LEN).then_some(())?;
        let nonce = bytes.array()?;
        let text = bytes.slice(length)?;
        Some(Self { place: Place { id, key_generation, version }, head, nonce, text })
    }

    /// Takes apart the whole of `bytes`.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let sealed = Self::find(bytes)?;
        (bytes.len() == sealed.len()).then_some(sealed)
    }

    /// The length of the row as it stands in the file.
    pub(super) fn len(&self) -> usize {
        HEAD_LEN + NONCE_LEN + self.text.len()
    }

    /// Whether a row can be like this: what follows the head is of a length that padding
    /// leaves, and not nothing.
    pub(super) fn is_plausible(&self) -> bool {
        let padded = self.text.len().saturating_sub(TAG_LEN);
        padded > 0 && padded.is_multiple_of(PADDING) && self.place.version > 0
    }

    /// The last 16 bytes, by which the root MAC knows the row.
    pub(super) fn tag(&self) -> Option<Tag> {
        self.text.last_chunk().copied()
    }

    /// The item with its padding; `None` if anything is not as it was sealed.
    pub(super) fn open(&self, aead: &Aead, vault: &VaultId) -> Option<Zeroizing<Vec<u8>>> {
        aead.open(self.nonce, &associated(vault, &self.head), self.text)
    }

    /// As [`Sealed::open`], in place of what is in `item`, whose memory is used again.
    pub(super) fn open_into(
        &self,
        aead: &Aead,
        vault: &VaultId,
        item: &mut Zeroizing<Vec<u8>>,
    ) -> Option<()> {
        aead.open_into(self.nonce, &associated(vault, &self.head), self.text, item)
    }
}

/// The associated data of a row with this head.
fn associated(vault: &VaultId, head: &[u8; HEAD_LEN]) -> [u8; DOMAIN.len() + 16 + HEAD_LEN] {
    let mut data = [0; DOMAIN.len() + 16 + HEAD_LEN];
    // Whole parts, not byte by byte: this runs once for every row.
    let (domain, rest) = data.split_at_mut(DOMAIN.len());
    let (id, tail) = rest.split_at_mut(16);
    domain.copy_from_slice(DOMAIN);
    id.copy_from_slice(vault.as_bytes());
    tail.copy_from_slice(head);
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::key::Key;

    fn place() -> Place {
        Place { id: EntryId::from_bytes([7; 16]), key_generation: 1, version: 1 }
    }

    fn sealed(length: usize) -> Result<Vec<u8>, VaultError> {
        let aead = Aead::new(&Key::make().unwrap());
        seal(&aead, &VaultId::from_bytes([1; 16]), place(), &vec![7; length])
    }

    #[test]
    fn a_row_of_a_mebibyte_is_the_longest() {
        let longest = sealed(MAX_LEN).unwrap();
        assert_eq!(Sealed::parse(&longest).map(|row| row.len()), Some(longest.len()));
        assert_eq!(sealed(MAX_LEN + 1), Err(VaultError::TooLarge));

        // One that says that it is longer is none, though all of it is there.
        let mut longer = [longest, vec![0; 64]].concat();
        let length = u32::try_from(MAX_LEN + TAG_LEN + 1).unwrap();
        longer[HEAD_LEN - 4..HEAD_LEN].copy_from_slice(&length.to_be_bytes());
        assert!(Sealed::find(&longer).is_none());
    }

    #[test]
    fn a_row_that_was_never_written_is_not_plausible() {
        let is_plausible = |version, length: usize| {
            let text = vec![0; length];
            let place = Place { version, ..place() };
            Sealed { place, head: [0; HEAD_LEN], nonce: [0; NONCE_LEN], text: &text }.is_plausible()
        };
        assert!(is_plausible(1, PADDING + TAG_LEN));
        assert!(!is_plausible(0, PADDING + TAG_LEN));
        for length in [0, TAG_LEN, PADDING, PADDING + TAG_LEN - 1] {
            assert!(!is_plausible(1, length), "{length}");
        }
    }
}
