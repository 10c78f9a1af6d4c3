//! What is kept sealed at rest: the service's private keys, the keys that check PINs, the secrets of
//! codes and phone numbers. Whoever has the database alone has none of them.

use std::fmt;

use approval_jose::random;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// Why something does not open: it is of another purpose or key, or was altered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotOpened;

/// The key that everything else is sealed with. It is not in the database.
pub struct Sealer(LessSafeKey);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// By 32 random bytes.
    ///
    /// # Panics
    ///
    /// Never: that is the length of such a key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("it has 32 bytes")))
    }

    /// Seals `text` for one purpose: what it is, and whose.
    ///
    /// # Panics
    ///
    /// The system gives no randomness.
    pub fn seal(&self, purpose: &str, text: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random();
        let mut sealed = text.to_vec();
        let aad = Aad::from(purpose.as_bytes());
        let place = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(place, aad, &mut sealed).expect("it is far below 64 GiB");
        [&nonce[..], &sealed].concat()
    }

    /// Opens what was sealed for the same purpose.
    ///
    /// # Errors
    ///
    /// [`NotOpened`].
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let (nonce, text) = sealed.split_first_chunk().ok_or(NotOpened)?;
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut text);
        opened.map(|text| text.to_vec()).map_err(|_| NotOpened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_and_unaltered() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal("code of ann", b"secret");
        assert_eq!(sealer.open("code of ann", &sealed).as_deref(), Ok(&b"secret"[..]));
        assert_eq!(sealer.open("code of bob", &sealed), Err(NotOpened));
        assert_eq!(Sealer::new(&[8; 32]).open("code of ann", &sealed), Err(NotOpened));
        assert_ne!(sealer.seal("code of ann", b"secret"), sealed);
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert_eq!(sealer.open("code of ann", &altered), Err(NotOpened), "{place}");
            assert_eq!(sealer.open("code of ann", &sealed[..place]), Err(NotOpened), "{place}");
        }
    }
}
