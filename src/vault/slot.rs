//! Slots: the ways to the master key, each of which holds it sealed.

use zeroize::Zeroizing;

use super::bytes::Bytes;
use super::{PinCost, VaultError, VaultId};
use crate::crypto::aead::{Aead, NONCE_LEN, TAG_LEN};
use crate::crypto::digest::sha256;
use crate::crypto::key::{Key, derive_two, equal};
use crate::crypto::random;
use crate::crypto::stack::cleared;

const FORMAT: u8 = 1;
const ARGON2ID: u8 = 1;
const INFO: &[u8] = b"authcore/1/slot";
const SEALED_LEN: usize = 32 + TAG_LEN;
/// More than any key store's wrapping of 32 bytes.
const MAX_WRAPPED_LEN: usize = 4096;

/// A slot's random identifier.
pub(crate) type SlotId = [u8; 16];

/// What opens a slot.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SlotKind {
    /// The platform's key store.
    Platform,
    /// A PIN or password.
    Pin,
    /// The recovery key that the person has written down.
    Recovery,
    /// The platform's key store and a PIN together.
    PlatformAndPin,
}

impl SlotKind {
    const fn number(self) -> u8 {
        match self {
            Self::Platform => 1,
            Self::Pin => 2,
            Self::Recovery => 3,
            Self::PlatformAndPin => 4,
        }
    }

    /// Whether the person's PIN is part of it, so that wrong tries are counted.
    pub(crate) const fn has_pin(self) -> bool {
        matches!(self, Self::Pin | Self::PlatformAndPin)
    }

    /// Whether the platform's key is part of it.
    pub(crate) const fn has_platform(self) -> bool {
        matches!(self, Self::Platform | Self::PlatformAndPin)
    }
}

/// A slot's body, `docs/vault-format.md`, "Slots".
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) kind: SlotKind,
    pub(crate) id: SlotId,
    pub(crate) vault: VaultId,
    pub(crate) key_generation: u32,
    /// Whether the platform's keyed function is part of the PIN's key.
    pub(crate) prf: bool,
    /// How the PIN is stretched, and the salt.
    pub(crate) kdf: Option<(PinCost, [u8; 16])>,
    /// The platform's secret, wrapped by its key store.
    pub(crate) wrapped: Vec<u8>,
    commitment: [u8; 32],
    nonce: [u8; NONCE_LEN],
    sealed: Vec<u8>,
}

impl Slot {
    /// A slot that holds nothing yet.
    pub(crate) fn new(
        kind: SlotKind,
        vault: VaultId,
        key_generation: u32,
    ) -> Result<Self, VaultError> {
        Ok(Self {
            kind,
            id: random::make()?,
            vault,
            key_generation,
            prf: false,
            kdf: None,
            wrapped: Vec::new(),
            commitment: [0; 32],
            nonce: [0; NONCE_LEN],
            sealed: Vec::new(),
        })
    }

    /// Seals `master` under a key made of `material`.
    pub(crate) fn seal(&mut self, material: &[u8], master: &Key) -> Result<(), VaultError> {
        cleared(|| {
            let (key, commitment) = self.keys(material);
            self.commitment = *commitment.expose();
            // Wiped where it is not sealed.
            let mut text = Zeroizing::new(Vec::with_capacity(SEALED_LEN));
            text.extend_from_slice(master.expose());
            self.nonce = Aead::new(&key).seal(&self.head(), &mut text)?;
            self.sealed = std::mem::take(&mut *text);
            Ok(())
        })
    }

    /// The master key, if `material` is what the slot was sealed with; `Ok(None)` if it
    /// is not.
    ///
    /// # Errors
    ///
    /// [`VaultError::Damaged`]: it is, and the master key is not what was sealed.
    pub(crate) fn open(&self, material: &[u8]) -> Result<Option<Key>, VaultError> {
        cleared(|| {
            let (key, commitment) = self.keys(material);
            if !equal(commitment.expose(), &self.commitment) {
                return Ok(None);
            }
            let master = Aead::new(&key).open(self.nonce, &self.head(), &self.sealed);
            let master = master.and_then(|master| Key::from_slice(&master));
            master.map(Some).ok_or(VaultError::Damaged)
        })
    }

    fn keys(&self, material: &[u8]) -> (Key, Key) {
        derive_two(&self.id, material, &[INFO, &[self.kind.number()]])
    }

    /// What stands before the nonce: the associated data.
    fn head(&self) -> Vec<u8> {
        let (cost, salt) = self.kdf.unzip();
        let kdf = if cost.is_some() { ARGON2ID } else { 0 };
        let parameters =
            cost.map_or([0; 3], |cost| [cost.memory_kib(), cost.passes(), cost.lanes()]);
        // `Slot::decode` and `wrap` hold it below 4 KiB.
        let wrapped_len = u16::try_from(self.wrapped.len()).unwrap_or(u16::MAX);
        [
            &[FORMAT, self.kind.number()][..],
            &self.id,
            self.vault.as_bytes(),
            &self.key_generation.to_be_bytes(),
            &[u8::from(self.prf), kdf],
            &parameters.map(u32::to_be_bytes).concat(),
            &salt.unwrap_or_default(),
            &wrapped_len.to_be_bytes(),
            &self.wrapped,
            &self.commitment,
        ]
        .concat()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        [&self.head()[..], &self.nonce, &self.sealed].concat()
    }

    /// The slot that `body` holds.
    ///
    /// # Errors
    ///
    /// - [`VaultError::UnsafeParameters`]: the PIN is to be stretched with less, or more,
    ///   than is allowed.
    /// - [`VaultError::Damaged`]: it is no slot's body, or another row's.
    pub(crate) fn decode(id: &SlotId, vault: &VaultId, body: &[u8]) -> Result<Self, VaultError> {
        let slot = Self::parse(body)?;
        if slot.id != *id || slot.vault != *vault || slot.kdf.is_some() != slot.kind.has_pin() {
            return Err(VaultError::Damaged);
        }
        Ok(slot)
    }

    /// The slot that `body` holds, whoseever it is.
    ///
    /// # Errors
    ///
    /// As [`Slot::decode`].
    pub(super) fn parse(body: &[u8]) -> Result<Self, VaultError> {
        let mut bytes = Bytes::new(body);
        let slot = parse_parts(&mut bytes).ok_or(VaultError::Damaged)??;
        bytes.end().ok_or(VaultError::Damaged)?;
        Ok(slot)
    }

    /// Sets what the platform's key store made of its secret; refused if it is longer
    /// than a slot can hold.
    pub(crate) fn set_wrapped(&mut self, wrapped: Vec<u8>) -> Result<(), VaultError> {
        Self::check_wrapped(&wrapped)?;
        self.wrapped = wrapped;
        Ok(())
    }

    /// Whether a slot can hold what the platform's key store made of a secret.
    pub(crate) fn check_wrapped(wrapped: &[u8]) -> Result<(), VaultError> {
        if wrapped.len() > MAX_WRAPPED_LEN { Err(VaultError::TooLarge) } else { Ok(()) }
    }
}

/// The parts in their order; `None` where they end too early or one is unknown.
fn parse_parts(bytes: &mut Bytes<'_>) -> Option<Result<Slot, VaultError>> {
    (bytes.u8()? == FORMAT).then_some(())?;
    let number = bytes.u8()?;
    let kinds = [SlotKind::Platform, SlotKind::Pin, SlotKind::Recovery, SlotKind::PlatformAndPin];
    let kind = kinds.into_iter().find(|kind| kind.number() == number)?;
    let id = bytes.array()?;
    let vault = VaultId::from_bytes(bytes.array()?);
    let key_generation = bytes.u32()?;
    let prf = match bytes.u8()? {
        0 => false,
        1 => true,
        _ => return None,
    };
    let kdf = bytes.u8()?;
    let parameters = [bytes.u32()?, bytes.u32()?, bytes.u32()?];
    let salt = bytes.array()?;
    let kdf = match (kdf, parameters) {
        // Anything else here would pass for the same slot.
        (0, [0, 0, 0]) if salt == [0; 16] => None,
        (ARGON2ID, [memory_kib, passes, lanes]) => {
            match PinCost::new(memory_kib, passes, lanes) {
                Some(cost) => Some((cost, salt)),
                // Never moved into the bounds: that would derive another key.
                None => return Some(Err(VaultError::UnsafeParameters)),
            }
        }
        _ => return None,
    };
    let length = usize::from(bytes.u16()?);
    (length <= MAX_WRAPPED_LEN).then_some(())?;
    let wrapped = bytes.slice(length)?.to_vec();
    let commitment = bytes.array()?;
    let nonce = bytes.array()?;
    let sealed = bytes.slice(SEALED_LEN)?.to_vec();
    Some(Ok(Slot { kind, id, vault, key_generation, prf, kdf, wrapped, commitment, nonce, sealed }))
}

/// A row of the table `slot`.
#[derive(Clone)]
pub(crate) struct SlotRow {
    pub(crate) id: SlotId,
    /// The SHA-256 of the body: also of one that was destroyed.
    pub(crate) digest: [u8; 32],
    /// `None` where the slot was destroyed.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) tries: u8,
    /// The moment of the last try that was counted.
    pub(crate) tried: Option<Vec<u8>>,
}

impl SlotRow {
    pub(crate) fn new(slot: &Slot) -> Self {
        let body = slot.encode();
        Self { id: slot.id, digest: *sha256(&[&body]), body: Some(body), tries: 0, tried: None }
    }

    /// Whether [`SlotRow::find`] may find one: the body's first byte and the id that is
    /// there twice are seen to at little cost.
    pub(super) fn is_plausible(bytes: &[u8]) -> bool {
        let id = bytes.get(..16);
        bytes.get(48) == Some(&FORMAT) && id.is_some() && bytes.get(50..66) == id
    }

    /// The slot that stands in `bytes` as SQLite lays out its row: id, digest, body.
    pub(super) fn find(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes::new(bytes);
        let (id, digest) = (bytes.array()?, bytes.array()?);
        let body = bytes.rest();
        let slot = parse_parts(&mut Bytes::new(body))?.ok()?;
        let body = slot.encode();
        (slot.id == id && *sha256(&[&body]) == digest).then_some(Self {
            id,
            digest,
            body: Some(body),
            tries: 0,
            tried: None,
        })
    }

    /// The slot in this row; `Ok(None)` where it was destroyed.
    ///
    /// # Errors
    ///
    /// As [`Slot::decode`]; a body that has not its digest is [`VaultError::Damaged`],
    /// whatever it seems to say.
    pub(crate) fn slot(&self, vault: &VaultId) -> Result<Option<Slot>, VaultError> {
        let Some(body) = &self.body else { return Ok(None) };
        if !equal(&*sha256(&[body]), &self.digest) {
            return Err(VaultError::Damaged);
        }
        Slot::decode(&self.id, vault, body).map(Some)
    }
}

/// The material of a slot that a PIN is part of, in the order of the format.
pub(crate) fn pin_material(
    platform: Option<&Key>,
    stretched: &Key,
    epoch: &[u8; 16],
    prf: Option<&Key>,
) -> Zeroizing<Vec<u8>> {
    let mut material = Zeroizing::new(Vec::with_capacity(3 * 32 + epoch.len()));
    material.extend(platform.into_iter().flat_map(Key::expose));
    material.extend_from_slice(stretched.expose());
    material.extend_from_slice(epoch);
    material.extend(prf.into_iter().flat_map(Key::expose));
    material
}

/// What the platform's keyed function is asked for.
pub(crate) fn prf_input(stretched: &Key, epoch: &[u8; 16]) -> Zeroizing<[u8; 32]> {
    sha256(&[b"authcore/1/prf", stretched.expose(), epoch])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> Slot {
        let mut slot = Slot::new(SlotKind::Platform, VaultId::from_bytes([1; 16]), 1).unwrap();
        slot.seal(&[7; 32], &Key::make().unwrap()).unwrap();
        slot
    }

    #[test]
    fn a_slot_is_its_own_vaults_and_its_own_rows() {
        let slot = slot();
        let body = slot.encode();
        assert!(Slot::decode(&slot.id, &slot.vault, &body).is_ok());
        let other = ([9; 16], VaultId::from_bytes([9; 16]));
        for (id, vault) in [(&other.0, &slot.vault), (&slot.id, &other.1)] {
            assert_eq!(Slot::decode(id, vault, &body).map(drop), Err(VaultError::Damaged));
        }
        // A PIN's slot without what it is stretched with.
        let mut pin = Slot::new(SlotKind::Pin, slot.vault, 1).unwrap();
        pin.seal(&[7; 32], &Key::make().unwrap()).unwrap();
        let decoded = Slot::decode(&pin.id, &pin.vault, &pin.encode());
        assert_eq!(decoded.map(drop), Err(VaultError::Damaged));
    }

    #[test]
    fn what_a_key_store_wraps_has_at_most_4096_bytes() {
        assert_eq!(Slot::check_wrapped(&[0; 4_096]), Ok(()));
        assert_eq!(Slot::check_wrapped(&[0; 4_097]), Err(VaultError::TooLarge));
    }

    #[test]
    fn in_bare_bytes_a_slot_is_found_by_its_digest_and_its_id() {
        let row = SlotRow::new(&slot());
        let body = row.body.as_ref().unwrap();
        let bytes = [&row.id[..], &row.digest, body, &[0; 9]].concat();
        assert!(SlotRow::is_plausible(&bytes) && SlotRow::find(&bytes).is_some());

        for place in [0, 16, 48 + 2] {
            let mut altered = bytes.clone();
            altered[place] ^= 1;
            assert!(SlotRow::find(&altered).is_none(), "{place}");
            assert_eq!(SlotRow::is_plausible(&altered), place == 16, "{place}");
        }
        // Another one's body, with its digest, under this one's id.
        let other = SlotRow::new(&slot());
        let mixed = [&row.id[..], &other.digest, other.body.as_ref().unwrap()].concat();
        assert!(SlotRow::find(&mixed).is_none());
        let mut format = bytes;
        format[48] ^= 1;
        assert!(!SlotRow::is_plausible(&format) && !SlotRow::is_plausible(&[]));
    }

    #[test]
    fn without_a_kdf_nothing_stands_where_its_salt_would() {
        let vault = VaultId::from_bytes([1; 16]);
        let mut slot = Slot::new(SlotKind::Platform, vault, 1).unwrap();
        slot.seal(&[7; 32], &Key::make().unwrap()).unwrap();
        let mut body = slot.encode();
        assert!(Slot::parse(&body).is_ok());

        for place in 39..68 {
            body[place] ^= 2;
            assert!(matches!(Slot::parse(&body), Err(VaultError::Damaged)), "{place}");
            body[place] ^= 2;
        }
    }
}
