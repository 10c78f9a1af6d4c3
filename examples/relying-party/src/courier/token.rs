//! Signed tokens (JWT, RFC 7519) that push services know a sender by.
//!
//! They are signed by aws-lc-rs itself: it checks a key when it is read, and takes RSA keys as
//! Google gives them (PKCS#8).

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use data_encoding::BASE64URL_NOPAD;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Serialize;

use super::Failure;

/// A private key that is none, or one of another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongKey;

/// A private key on P-256: what Apple gives a sender of pushes, and what one of Web Push makes.
pub struct Es256Key(EcdsaKeyPair);

impl Es256Key {
    /// From PEM of PKCS#8, as Apple's `.p8` files have it.
    ///
    /// # Errors
    ///
    /// [`WrongKey`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, WrongKey> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| WrongKey)?;
        Self::from_pkcs8(der.secret_pkcs8_der())
    }

    /// From PKCS#8.
    ///
    /// # Errors
    ///
    /// [`WrongKey`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, WrongKey> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
        pair.map(Self).map_err(|_| WrongKey)
    }

    /// The public key: a point, uncompressed, in base64url. For Web Push, it is what a
    /// configuration has as `webpush`, and an app subscribes with.
    pub fn public(&self) -> String {
        BASE64URL_NOPAD.encode(self.0.public_key().as_ref())
    }

    pub(super) fn sign(&self, header: &Header<'_>, claims: &impl Serialize) -> Signed {
        compact(header, claims, |input| {
            let signature = self.0.sign(&SystemRandom::new(), input).ok()?;
            Some(signature.as_ref().to_vec())
        })
    }
}

/// A private key for RSA: a service account's.
pub(super) struct Rs256Key(RsaKeyPair);

impl Rs256Key {
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, WrongKey> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| WrongKey)?;
        RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map(Self).map_err(|_| WrongKey)
    }

    pub(super) fn sign(&self, header: &Header<'_>, claims: &impl Serialize) -> Signed {
        compact(header, claims, |input| {
            let mut signature = vec![0; self.0.public_modulus_len()];
            self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signature).ok()?;
            Some(signature)
        })
    }
}

type Signed = Result<String, Failure>;

#[derive(Serialize)]
pub(super) struct Header<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) typ: Option<&'static str>,
    pub(super) alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kid: Option<&'a str>,
}

fn compact(
    header: &Header<'_>,
    claims: &impl Serialize,
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Signed {
    let header = serde_json::to_vec(header).map_err(|_| Failure::Fault)?;
    let claims = serde_json::to_vec(claims).map_err(|_| Failure::Fault)?;
    let input = format!("{}.{}", BASE64URL_NOPAD.encode(&header), BASE64URL_NOPAD.encode(&claims));
    let signature = sign(input.as_bytes()).ok_or(Failure::Fault)?;
    Ok(format!("{input}.{}", BASE64URL_NOPAD.encode(&signature)))
}

impl fmt::Display for WrongKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is no private key of the kind that is needed")
    }
}

impl std::error::Error for WrongKey {}

impl fmt::Debug for Es256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Es256Key(..)")
    }
}
