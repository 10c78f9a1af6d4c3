//! Symmetric keys.

use std::fmt;

use ring::hmac;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::random::{self, NoRandomness};

/// 32 secret bytes, on the heap so that moving them leaves no copy behind.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Key(Box<[u8; 32]>);

impl Key {
    /// 32 random bytes.
    pub(crate) fn make() -> Result<Self, NoRandomness> {
        let mut key = Self(Box::new([0; 32]));
        random::fill(&mut *key.0)?;
        Ok(key)
    }

    /// The key that is `bytes`, if there are 32.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = Self(Box::new([0; 32]));
        (bytes.len() == key.0.len()).then(|| key.0.copy_from_slice(bytes))?;
        Some(key)
    }

    /// The key that is `hash`.
    pub(crate) fn from_hash(hash: &[u8; 32]) -> Self {
        let mut key = Self(Box::new([0; 32]));
        *key.0 = *hash;
        key
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// HKDF with SHA-256 ([RFC 5869]): the first two keys of the output.
///
/// [RFC 5869]: https://www.rfc-editor.org/rfc/rfc5869
pub(crate) fn derive_two(salt: &[u8], material: &[u8], info: &[&[u8]]) -> (Key, Key) {
    let extracted = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), material);
    let mut pseudorandom = Key(Box::new([0; 32]));
    copy(&mut pseudorandom, &extracted);
    let expand = |before: &[u8], block: u8| {
        let mut mac = Mac::new(&pseudorandom);
        mac.update(before);
        info.iter().for_each(|part| mac.update(part));
        mac.update(&[block]);
        let mut key = Key(Box::new([0; 32]));
        copy(&mut key, &mac.0.sign());
        key
    };
    let first = expand(&[], 1);
    let second = expand(first.expose(), 2);
    (first, second)
}

/// HKDF with SHA-256: the first key of the output.
pub(crate) fn derive(salt: &[u8], material: &[u8], info: &[&[u8]]) -> Key {
    derive_two(salt, material, info).0
}

fn copy(key: &mut Key, tag: &hmac::Tag) {
    key.0.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
}

/// HMAC-SHA-256 over several parts ([RFC 2104]).
///
/// [RFC 2104]: https://www.rfc-editor.org/rfc/rfc2104
pub(crate) struct Mac(hmac::Context);

impl Mac {
    pub(crate) fn new(key: &Key) -> Self {
        Self(hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.expose())))
    }

    pub(crate) fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        let mut tag = [0; 32];
        tag.iter_mut().zip(self.0.sign().as_ref()).for_each(|(to, from)| *to = *from);
        tag
    }
}

/// Whether `a` and `b` are the same, in a time that says nothing about where they differ.
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_mac_is_what_rfc_4231_prints() {
        // Section 4.3; its key has 4 bytes, which HMAC fills up with zeros.
        let mut key = b"Jefe".to_vec();
        key.resize(32, 0);
        let mut mac = Mac::new(&Key::from_slice(&key).unwrap());
        mac.update(b"what do ya want ");
        mac.update(b"for nothing?");

        assert_eq!(
            mac.finish()[..],
            hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        );
    }

    #[test]
    fn a_key_has_32_bytes() {
        assert!(Key::from_slice(&[1; 31]).is_none());
        assert!(Key::from_slice(&[1; 33]).is_none());
        assert!(!equal(Key::make().unwrap().expose(), Key::make().unwrap().expose()));
        assert_eq!(format!("{:?}", Key::from_slice(&[1; 32]).unwrap()), "Key(..)");
    }
}
