//! Encrypted messages (RFC 7516) by AWS-LC.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use serde::{Deserialize, Serialize};

use crate::{Fault, Jwk, decode, encode, json, random};

/// A key that the service opens with.
#[derive(Clone)]
pub struct EncryptionKey {
    key: Arc<PrivateKey>,
    /// What the configuration names.
    pub public: Jwk,
}

impl EncryptionKey {
    /// A random one.
    ///
    /// # Panics
    ///
    /// The system gives no randomness.
    pub fn make() -> Self {
        Self::of(PrivateKey::generate(&ECDH_P256).unwrap())
    }

    /// What [`EncryptionKey::secret`] gave.
    ///
    /// # Errors
    ///
    /// [`Fault::Malformed`]: it is no such key.
    pub fn read(secret: &[u8]) -> Result<Self, Fault> {
        let key = PrivateKey::from_private_key(&ECDH_P256, secret);
        Ok(Self::of(key.map_err(|_| Fault::Malformed)?))
    }

    fn of(key: PrivateKey) -> Self {
        let public = Jwk::of(key.compute_public_key().unwrap().as_ref());
        Self { key: Arc::new(key), public }
    }

    /// The private key's 32 bytes, to be kept sealed.
    ///
    /// # Panics
    ///
    /// Never: it was made with them.
    pub fn secret(&self) -> Vec<u8> {
        let secret: EcPrivateKeyBin<'_> = self.key.as_be_bytes().unwrap();
        secret.as_ref().to_vec()
    }

    /// Opens a message that was encrypted to this key, which says nothing of who sent it.
    ///
    /// # Errors
    ///
    /// [`Fault::Malformed`]: it was not, or was altered.
    pub fn open(&self, text: &str) -> Result<String, Fault> {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, "", nonce, sealed, tag] = parts[..] else { return Err(Fault::Malformed) };
        let head: Envelope = json(&decode(header)?)?;
        let fits = (&*head.alg, &*head.enc, &*head.cty) == ("ECDH-ES", "A256GCM", "JWT");
        if !fits || head.kid != self.public.thumbprint() {
            return Err(Fault::Malformed);
        }
        let key = content_key(&self.key, &head.epk)?;
        let nonce: [u8; 12] = decode(nonce)?.try_into().map_err(|_| Fault::Malformed)?;
        let tag: [u8; 16] = decode(tag)?.try_into().map_err(|_| Fault::Malformed)?;
        let mut bytes = [decode(sealed)?, tag.to_vec()].concat();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = key.open_in_place(nonce, Aad::from(header.as_bytes()), &mut bytes);
        let opened = opened.map_err(|_| Fault::Malformed)?.to_vec();
        String::from_utf8(opened).map_err(|_| Fault::Malformed)
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionKey({})", self.public.thumbprint())
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    alg: String,
    enc: String,
    cty: String,
    kid: String,
    epk: Jwk,
}

/// Encrypts a message to a phone's envelope key.
///
/// # Errors
///
/// [`Fault::Malformed`]: that is no point of the curve.
///
/// # Panics
///
/// The system gives no randomness.
pub fn seal(to: &Jwk, text: &str) -> Result<String, Fault> {
    let ephemeral = EncryptionKey::make();
    let envelope = Envelope {
        alg: "ECDH-ES".to_owned(),
        enc: "A256GCM".to_owned(),
        cty: "JWT".to_owned(),
        kid: to.thumbprint(),
        epk: ephemeral.public.clone(),
    };
    let header = encode(&serde_json::to_vec(&envelope).unwrap());
    let key = content_key(&ephemeral.key, to)?;
    let nonce: [u8; 12] = random();
    let mut bytes = text.as_bytes().to_vec();
    let aad = Aad::from(header.as_bytes());
    let place = Nonce::assume_unique_for_key(nonce);
    let tag = key.seal_in_place_separate_tag(place, aad, &mut bytes).unwrap();
    Ok(format!("{header}..{}.{}.{}", encode(&nonce), encode(&bytes), encode(tag.as_ref())))
}

/// RFC 7518, section 4.6.2: one block, which is the key.
fn content_key(own: &PrivateKey, other: &Jwk) -> Result<LessSafeKey, Fault> {
    let other = UnparsedPublicKey::new(&ECDH_P256, other.point()?);
    agree(own, other, Fault::Malformed, |shared| {
        let mut input = 1_u32.to_be_bytes().to_vec();
        input.extend(shared);
        input.extend(7_u32.to_be_bytes());
        input.extend(b"A256GCM");
        // Without `apu` and `apv`.
        input.extend([0; 8]);
        input.extend(256_u32.to_be_bytes());
        let key = UnboundKey::new(&AES_256_GCM, digest(&SHA256, &input).as_ref());
        Ok(LessSafeKey::new(key.unwrap()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_key_that_was_kept_and_with_no_other() {
        let key = EncryptionKey::make();
        let sealed = seal(&key.public, "text").unwrap();
        let kept = EncryptionKey::read(&key.secret()).unwrap();
        assert_eq!(kept.open(&sealed).as_deref(), Ok("text"));
        assert_eq!(EncryptionKey::make().open(&sealed), Err(Fault::Malformed));
        for place in 0..sealed.len() {
            let mut altered = sealed.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(kept.open(&altered), Err(Fault::Malformed), "{place}");
        }
    }
}
