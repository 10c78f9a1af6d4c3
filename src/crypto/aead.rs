//! Authenticated encryption: AES-256-GCM ([NIST SP 800-38D]), and AES-128-GCM for what comes
//! from others in it.
//!
//! [NIST SP 800-38D]: https://csrc.nist.gov/pubs/sp/800/38/d/final

use std::hint::black_box;

use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::{Zeroize, Zeroizing};

use super::key::Key;
use super::random::{self, NoRandomness};

pub(crate) const NONCE_LEN: usize = 12;
pub(crate) const TAG_LEN: usize = 16;

/// A key made ready to seal and open.
///
/// ring does not wipe it: make one for an operation, and let it go.
pub(crate) struct Aead(Option<LessSafeKey>);

impl Aead {
    pub(crate) fn new(key: &Key) -> Self {
        // `None` only for a key of a wrong length, which `Key` cannot have.
        Self(UnboundKey::new(&AES_256_GCM, key.expose()).ok().map(LessSafeKey::new))
    }

    /// For AES-128-GCM, in which Web Push is encrypted.
    pub(crate) fn new_128(key: &[u8; 16]) -> Self {
        Self(UnboundKey::new(&AES_128_GCM, key).ok().map(LessSafeKey::new))
    }

    /// Encrypts `text` in place, appends the tag, and gives the nonce, drawn at random:
    /// 2^32 messages under one key are allowed.
    pub(crate) fn seal(
        &self,
        aad: &[u8],
        text: &mut Vec<u8>,
    ) -> Result<[u8; NONCE_LEN], NoRandomness> {
        let nonce = random::make()?;
        self.seal_with(nonce, aad, text)?;
        Ok(nonce)
    }

    /// Under a nonce that was never used with this key.
    pub(crate) fn seal_with(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        text: &mut Vec<u8>,
    ) -> Result<(), NoRandomness> {
        let key = self.0.as_ref().ok_or(NoRandomness)?;
        let unique = Nonce::assume_unique_for_key(nonce);
        let sealed = key.seal_in_place_append_tag(unique, Aad::from(aad), text);
        // Only 64 GiB and more would fail; plaintext must never be taken for ciphertext.
        if sealed.is_err() {
            text.zeroize();
            return Err(NoRandomness);
        }
        Ok(())
    }

    /// Decrypts `sealed` (ciphertext and tag) in a buffer of its own; `None` if it or
    /// anything in `aad` is not what was sealed.
    pub(crate) fn open(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut text = Zeroizing::new(Vec::new());
        self.open_into(nonce, aad, sealed, &mut text)?;
        Some(text)
    }

    /// Decrypts `sealed` in place of what is in `text`, whose memory is used again.
    pub(crate) fn open_into(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        sealed: &[u8],
        text: &mut Zeroizing<Vec<u8>>,
    ) -> Option<()> {
        if text.capacity() < sealed.len() {
            // Not grown: that would leave plaintext behind. The old one is wiped.
            *text = Zeroizing::new(Vec::with_capacity(sealed.len()));
        }
        text.clear();
        text.extend_from_slice(sealed);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let key = self.0.as_ref()?;
        let length = key.open_in_place(nonce, Aad::from(aad), text).ok()?.len();
        text.truncate(length);
        Some(())
    }
}

/// Seals zeros under a key of zeros.
///
/// The blocks that were opened last stay in vector registers, some of which hardly anything else
/// uses, and whoever saves all registers writes them to memory: seen on x86-64, where the end of a
/// seed outlived the lock. Eight blocks at once are the most that the cipher works on.
pub(super) fn overwrite_registers() {
    let Ok(key) = UnboundKey::new(&AES_256_GCM, black_box(&[0; 32])) else { return };
    let mut zeros = [0; 256];
    let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let tag = LessSafeKey::new(key).seal_in_place_separate_tag(nonce, Aad::empty(), &mut zeros);
    let _ = black_box((tag, zeros));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_where_it_suffices_and_never_grown() {
        let aead = Aead::new(&Key::make().unwrap());
        let mut sealed = b"something of twenty".to_vec();
        let nonce = aead.seal(b"", &mut sealed).unwrap();
        for (capacity, is_kept) in [(sealed.len() - 1, false), (sealed.len(), true), (99, true)] {
            let mut text = Zeroizing::new(Vec::with_capacity(capacity));
            let before = text.as_ptr();

            aead.open_into(nonce, b"", &sealed, &mut text).unwrap();
            assert_eq!(text.as_slice(), b"something of twenty");
            assert_eq!(text.as_ptr() == before, is_kept, "{capacity}");
            // Exactly: what grows doubles, and leaves what it had behind.
            assert_eq!(text.capacity(), capacity.max(sealed.len()));
        }
    }
}
