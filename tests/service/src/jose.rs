//! Signed and encrypted messages by `jsonwebtoken` and AWS-LC.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::rand;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Why a message is answered with an HTTP status, and not with a receipt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    Malformed,
    BadSignature,
    UnknownCredential,
    UseNonce,
    Void,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    crv: String,
    kty: String,
    x: String,
    y: String,
}

impl Jwk {
    fn of(point: &[u8]) -> Self {
        let (x, y) = point[1..].split_at(32);
        let (x, y) = (encode(x), encode(y));
        Self { crv: "P-256".to_owned(), kty: "EC".to_owned(), x, y }
    }

    fn point(&self) -> Result<Vec<u8>, Fault> {
        let (x, y) = (decode(&self.x)?, decode(&self.y)?);
        if (&*self.kty, &*self.crv, x.len(), y.len()) != ("EC", "P-256", 32, 32) {
            return Err(Fault::Malformed);
        }
        Ok([&[4], &x[..], &y].concat())
    }

    /// RFC 7638: the members stand in the order of their names already.
    pub fn thumbprint(&self) -> String {
        hash(&serde_json::to_vec(self).unwrap())
    }
}

/// A key that the service signs with.
#[derive(Clone)]
pub struct SigningKey {
    key: EncodingKey,
    pub public: Jwk,
}

impl SigningKey {
    pub fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let der = pair.to_pkcs8v1().unwrap();
        let key = EncodingKey::from_ec_der(der.as_ref());
        Self { key, public: Jwk::of(pair.public_key().as_ref()) }
    }

    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.public.thumbprint());
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

/// A key that the service opens with.
#[derive(Clone)]
pub struct EncryptionKey {
    key: Arc<PrivateKey>,
    pub public: Jwk,
}

impl EncryptionKey {
    pub fn new() -> Self {
        let key = PrivateKey::generate(&ECDH_P256).unwrap();
        let public = Jwk::of(key.compute_public_key().unwrap().as_ref());
        Self { key: Arc::new(key), public }
    }

    /// The private key as a JWK.
    pub fn whole(&self) -> serde_json::Value {
        let secret: EcPrivateKeyBin<'_> = self.key.as_be_bytes().unwrap();
        let mut jwk = serde_json::to_value(&self.public).unwrap();
        jwk["d"] = encode(secret.as_ref()).into();
        jwk
    }

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

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    alg: String,
    enc: String,
    cty: String,
    kid: String,
    epk: Jwk,
}

pub fn seal(to: &Jwk, text: &str) -> String {
    let ephemeral = EncryptionKey::new();
    let envelope = Envelope {
        alg: "ECDH-ES".to_owned(),
        enc: "A256GCM".to_owned(),
        cty: "JWT".to_owned(),
        kid: to.thumbprint(),
        epk: ephemeral.public.clone(),
    };
    let header = encode(&serde_json::to_vec(&envelope).unwrap());
    let key = content_key(&ephemeral.key, to).unwrap();
    let nonce: [u8; 12] = random();
    let mut bytes = text.as_bytes().to_vec();
    let aad = Aad::from(header.as_bytes());
    let place = Nonce::assume_unique_for_key(nonce);
    let tag = key.seal_in_place_separate_tag(place, aad, &mut bytes).unwrap();
    format!("{header}..{}.{}.{}", encode(&nonce), encode(&bytes), encode(tag.as_ref()))
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    alg: String,
    typ: String,
    pub kid: String,
}

/// The header of a message of the kind `typ`.
pub fn head(text: &str, typ: &str) -> Result<Head, Fault> {
    if text.len() > 16_384 {
        return Err(Fault::Malformed);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let [header, _, _] = parts[..] else { return Err(Fault::Malformed) };
    let head: Head = json(&decode(header)?)?;
    if head.alg == "ES256" && head.typ == typ { Ok(head) } else { Err(Fault::Malformed) }
}

/// What `key` signed.
pub fn verified<T: DeserializeOwned>(text: &str, key: &Jwk) -> Result<T, Fault> {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let _ = key.point()?;
    let decoding = DecodingKey::from_ec_components(&key.x, &key.y).unwrap();
    let decoded = jsonwebtoken::decode(text, &decoding, &validation);
    let decoded = decoded.map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => Fault::BadSignature,
        _ => Fault::Malformed,
    })?;
    // Its JSON may have white space around the object.
    let payload = decode(text.split('.').nth(1).unwrap())?;
    let alone = payload.first() == Some(&b'{') && payload.last() == Some(&b'}');
    if alone { Ok(decoded.claims) } else { Err(Fault::Malformed) }
}

/// A message of the kind `typ` that `key` signed, by its thumbprint.
pub fn message<T: DeserializeOwned>(text: &str, typ: &str, key: &Jwk) -> Result<T, Fault> {
    if head(text, typ)?.kid != key.thumbprint() {
        return Err(Fault::BadSignature);
    }
    verified(text, key)
}

/// What a message says, before anybody knows by whom.
pub fn unverified<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    jsonwebtoken::dangerous::insecure_decode_claims(text).map_err(|_| Fault::Malformed)
}

pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    if bytes.first() != Some(&b'{') || bytes.last() != Some(&b'}') {
        return Err(Fault::Malformed);
    }
    serde_json::from_slice(bytes).map_err(|_| Fault::Malformed)
}

pub fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

pub fn decode(text: &str) -> Result<Vec<u8>, Fault> {
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Fault::Malformed)
}

pub fn hash(bytes: &[u8]) -> String {
    encode(digest(&SHA256, bytes).as_ref())
}

/// The hash of a message: without its signature.
pub fn message_hash(text: &str) -> String {
    hash(text.rsplit_once('.').map_or(text, |(input, _)| input).as_bytes())
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).unwrap();
    bytes
}

/// An identifier, a nonce or a code: 128 random bits.
pub fn identifier() -> String {
    encode(&random::<16>())
}

pub fn digits(count: u32) -> String {
    let number = u64::from_be_bytes(random()) % 10_u64.pow(count);
    format!("{number:0width$}", width = count as usize)
}
