//! The header: which vault this is and how often it was changed.

use super::VaultId;
use super::bytes::Bytes;

const FORMAT: u8 = 1;

/// What a device's changes are marked with.
pub(super) type DeviceId = [u8; 16];

/// The vault's header, `docs/vault-format.md`, "Header".
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) vault: VaultId,
    pub(super) device: DeviceId,
    pub(super) key_generation: u32,
    pub(super) generation: u64,
    pub(super) mode: Mode,
}

/// Which secrets open a vault.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Mode {
    /// Any slot does: the platform's key, the PIN or the recovery key. The weakest of
    /// them is how strong the vault is.
    AnySlot,
    /// The platform's key and the PIN together, or the recovery key.
    PlatformAndPin,
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mode = match self.mode {
            Mode::AnySlot => 1,
            Mode::PlatformAndPin => 2,
        };
        [
            &[FORMAT][..],
            self.vault.as_bytes(),
            &self.device,
            &self.key_generation.to_be_bytes(),
            &self.generation.to_be_bytes(),
            &[mode],
        ]
        .concat()
    }

    /// The header that `body` holds; `None` if it is damaged.
    pub(super) fn decode(body: &[u8]) -> Option<Self> {
        let mut bytes = Bytes::new(body);
        (bytes.u8()? == FORMAT).then_some(())?;
        let header = Self {
            vault: VaultId::from_bytes(bytes.array()?),
            device: bytes.array()?,
            key_generation: bytes.u32()?,
            generation: bytes.u64()?,
            mode: match bytes.u8()? {
                1 => Mode::AnySlot,
                2 => Mode::PlatformAndPin,
                _ => return None,
            },
        };
        bytes.end()?;
        Some(header)
    }
}
