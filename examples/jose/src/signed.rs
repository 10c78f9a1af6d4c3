//! Signed messages (RFC 7515) by `jsonwebtoken`.

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Fault, Jwk, MAX_BODY, decode, json};

/// A key that the service signs with.
#[derive(Clone)]
pub struct SigningKey {
    key: EncodingKey,
    /// What the configuration names.
    pub public: Jwk,
}

impl SigningKey {
    /// A random one, and it as PKCS #8 (RFC 5208), to be kept sealed.
    ///
    /// # Panics
    ///
    /// The system gives no randomness.
    pub fn make() -> (Self, Vec<u8>) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap().as_ref().to_vec();
        (Self::of(&pair, &pkcs8), pkcs8)
    }

    /// What [`SigningKey::make`] gave to be kept.
    ///
    /// # Errors
    ///
    /// [`Fault::Malformed`]: it is no such key.
    pub fn read(pkcs8: &[u8]) -> Result<Self, Fault> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
        Ok(Self::of(&pair.map_err(|_| Fault::Malformed)?, pkcs8))
    }

    fn of(pair: &EcdsaKeyPair, pkcs8: &[u8]) -> Self {
        let public = Jwk::of(pair.public_key().as_ref());
        Self { key: EncodingKey::from_ec_der(pkcs8), public }
    }

    /// A message of the kind `typ`.
    ///
    /// # Panics
    ///
    /// The system gives no randomness.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.public.thumbprint());
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.thumbprint())
    }
}

/// The header of a signed message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    alg: String,
    typ: String,
    /// The thumbprint of the key that signed.
    pub kid: String,
}

/// The header of a message of the kind `typ`.
///
/// # Errors
///
/// [`Fault::Malformed`]: it is another kind, is too long, or has another member.
pub fn head(text: &str, typ: &str) -> Result<Head, Fault> {
    if text.len() > MAX_BODY {
        return Err(Fault::Malformed);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let [header, _, _] = parts[..] else { return Err(Fault::Malformed) };
    let head: Head = json(&decode(header)?)?;
    if head.alg == "ES256" && head.typ == typ { Ok(head) } else { Err(Fault::Malformed) }
}

/// What `key` signed. The header was looked at before: [`head`].
///
/// # Errors
///
/// - [`Fault::BadSignature`]: another key did.
/// - [`Fault::Malformed`]: it does not say what a `T` says.
pub fn verified<T: DeserializeOwned>(text: &str, key: &Jwk) -> Result<T, Fault> {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let _ = key.point()?;
    let decoding = DecodingKey::from_ec_components(&key.x, &key.y);
    let decoding = decoding.map_err(|_| Fault::Malformed)?;
    let decoded = jsonwebtoken::decode(text, &decoding, &validation);
    let decoded = decoded.map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => Fault::BadSignature,
        _ => Fault::Malformed,
    })?;
    // Its JSON may have white space around the object.
    let payload = decode(text.split('.').nth(1).ok_or(Fault::Malformed)?)?;
    let alone = payload.first() == Some(&b'{') && payload.last() == Some(&b'}');
    if alone { Ok(decoded.claims) } else { Err(Fault::Malformed) }
}

/// A message of the kind `typ` that `key` signed, by its thumbprint.
///
/// # Errors
///
/// As of [`head`] and [`verified`].
pub fn message<T: DeserializeOwned>(text: &str, typ: &str, key: &Jwk) -> Result<T, Fault> {
    if head(text, typ)?.kid != key.thumbprint() {
        return Err(Fault::BadSignature);
    }
    verified(text, key)
}

/// What a message says, before anybody knows by whom.
///
/// # Errors
///
/// [`Fault::Malformed`]: it does not say what a `T` says.
pub fn unverified<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    jsonwebtoken::dangerous::insecure_decode_claims(text).map_err(|_| Fault::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Said {
        iss: String,
    }

    fn said() -> Said {
        Said { iss: "a".to_owned() }
    }

    #[test]
    fn a_message_is_of_one_kind_and_by_one_key() {
        let (key, kept) = SigningKey::make();
        let text = SigningKey::read(&kept).unwrap().sign("a+jwt", &said());
        assert_eq!(message(&text, "a+jwt", &key.public), Ok(said()));
        assert_eq!(message::<Said>(&text, "b+jwt", &key.public), Err(Fault::Malformed));
        let other = SigningKey::make().0.public;
        assert_eq!(message::<Said>(&text, "a+jwt", &other), Err(Fault::BadSignature));
        assert_eq!(verified::<Said>(&text, &other), Err(Fault::BadSignature));
        assert_eq!(
            message::<Said>(&format!("{text}="), "a+jwt", &key.public),
            Err(Fault::Malformed)
        );
    }

    #[test]
    fn keys_do_not_print_themselves() {
        let (key, _) = SigningKey::make();
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.public.thumbprint()));
    }
}
