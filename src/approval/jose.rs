//! JOSE, as much of it as the approval protocol has: JWS ([RFC 7515]) with `ES256`, and JWE
//! ([RFC 7516]) with `ECDH-ES` and `A256GCM`, both in compact form.
//!
//! `docs/approval-protocol.md`, "Encodings". Everything else is refused.
//!
//! [RFC 7515]: https://www.rfc-editor.org/rfc/rfc7515
//! [RFC 7516]: https://www.rfc-editor.org/rfc/rfc7516

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::claims::{Hash, Jwk};
use super::refusal::Refusal;
use crate::crypto::aead::{Aead, NONCE_LEN, TAG_LEN};
use crate::crypto::curve::{PrivateKey, PublicKey, Signature};
use crate::crypto::digest::sha256;
use crate::crypto::key::Key;
use crate::crypto::random::NoRandomness;

/// Bytes that a message has at most.
pub(super) const MAX_LEN: usize = 16_384;

/// What a signed message is for: the `typ` of its header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Configuration,
    Enrolment,
    Offer,
    Reveal,
    Challenge,
    Answer,
    Verification,
    Pin,
    Receipt,
    Rotation,
    PinChange,
    Status,
    Devices,
    Revocation,
}

impl Kind {
    pub(super) const fn typ(self) -> &'static str {
        match self {
            Self::Configuration => "approval-configuration+jwt",
            Self::Enrolment => "approval-enrolment+jwt",
            Self::Offer => "approval-offer+jwt",
            Self::Reveal => "approval-reveal+jwt",
            Self::Challenge => "approval-challenge+jwt",
            Self::Answer => "approval-answer+jwt",
            Self::Verification => "approval-verification+jwt",
            Self::Pin => "approval-pin+jwt",
            Self::Receipt => "approval-receipt+jwt",
            Self::Rotation => "approval-rotation+jwt",
            Self::PinChange => "approval-pin-change+jwt",
            Self::Status => "approval-status+jwt",
            Self::Devices => "approval-devices+jwt",
            Self::Revocation => "approval-revocation+jwt",
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct JwsHeader<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    typ: Cow<'a, str>,
    kid: Hash,
}

/// A signed message, taken apart. Nothing in it is believed before [`Jws::claims`].
pub(super) struct Jws<'a> {
    /// `header.payload`, which is signed and hashed.
    input: &'a str,
    /// The thumbprint of the key that is said to have signed.
    pub(super) kid: Hash,
    payload: Vec<u8>,
    signature: Signature,
}

impl<'a> Jws<'a> {
    /// # Errors
    ///
    /// - [`Refusal::Malformed`]: it is no JWS of this protocol.
    /// - [`Refusal::WrongType`]: it is one of another kind.
    pub(super) fn parse(text: &'a str, kind: Kind) -> Result<Self, Refusal> {
        let [header, payload, signature] = parts(text)?;
        let input = text.rsplit_once('.').ok_or(Refusal::Malformed)?.0;
        let header_bytes = decode(header)?;
        let header: JwsHeader<'_> = json(&header_bytes)?;
        let payload = decode(payload)?;
        let signature = decode(signature)?.try_into().map_err(|_| Refusal::Malformed)?;
        if header.alg != "ES256" {
            return Err(Refusal::Malformed);
        }
        if header.typ != kind.typ() {
            return Err(Refusal::WrongType);
        }
        Ok(Self { input, kid: header.kid, payload, signature })
    }

    /// The hash of the message: of what is signed, so that another signature of the same
    /// makes no other message.
    pub(super) fn hash(&self) -> Hash {
        Hash::of(self.input.as_bytes())
    }

    /// What the message says, if `key` signed it.
    ///
    /// # Errors
    ///
    /// - [`Refusal::BadSignature`].
    /// - [`Refusal::Malformed`]: it is not what a message of its kind says.
    pub(super) fn claims<T: DeserializeOwned>(&self, key: &PublicKey) -> Result<T, Refusal> {
        if !key.verifies(self.input.as_bytes(), &self.signature) {
            return Err(Refusal::BadSignature);
        }
        json(&self.payload)
    }

    /// What a message says that was verified before, and kept where nobody changes it.
    pub(super) fn kept_claims<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        json(&self.payload)
    }

    /// What the message says, signed by a key that it carries: `key` finds it.
    pub(super) fn claims_by_own_key<T: DeserializeOwned>(
        &self,
        key: impl FnOnce(&T) -> Option<Jwk>,
    ) -> Result<T, Refusal> {
        let claims: T = json(&self.payload)?;
        let key = key(&claims).filter(|key| key.thumbprint() == self.kid);
        let key = key.ok_or(Refusal::UnknownKey)?;
        if !key.0.verifies(self.input.as_bytes(), &self.signature) {
            return Err(Refusal::BadSignature);
        }
        Ok(claims)
    }
}

/// A message on its way to be signed.
#[derive(Clone, Debug)]
pub(super) struct Unsigned(String);

impl Unsigned {
    /// The message of `kind` that the key with the thumbprint `kid` is to sign.
    pub(super) fn new(kind: Kind, kid: Hash, claims: &impl Serialize) -> Self {
        Self::with_header(&JwsHeader { alg: "ES256".into(), typ: kind.typ().into(), kid }, claims)
    }

    /// As [`Unsigned::new`], with another header.
    pub(super) fn with_header(header: &impl Serialize, claims: &impl Serialize) -> Self {
        Self(format!("{}.{}", encode(&to_json(header)), encode(&to_json(claims))))
    }

    /// What `signed` says, which the key with the thumbprint `kid` is to sign anew.
    pub(super) fn again(kind: Kind, kid: Hash, signed: &str) -> Result<Self, Refusal> {
        let [_, payload, _] = parts(signed)?;
        let header = JwsHeader { alg: "ES256".into(), typ: kind.typ().into(), kid };
        Ok(Self(format!("{}.{payload}", encode(&to_json(&header)))))
    }

    /// What is to be signed.
    pub(super) fn input(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(super) fn hash(&self) -> Hash {
        Hash::of(self.input())
    }

    pub(super) fn finish(self, signature: &Signature) -> String {
        format!("{}.{}", self.0, encode(signature))
    }

    pub(super) fn sign(self, key: &PrivateKey) -> String {
        let signature = key.sign(self.input());
        self.finish(&signature)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct JweHeader<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    enc: Cow<'a, str>,
    #[serde(borrow)]
    cty: Cow<'a, str>,
    kid: Hash,
    epk: Jwk,
}

/// Whether `text` has the form of a JWE.
pub(super) fn is_encrypted(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'.').count() == 4
}

/// Encrypts a signed message to `recipient`, with a key that is made for it and wiped.
pub(super) fn seal(recipient: &Jwk, message: &str) -> Result<String, NoRandomness> {
    let ephemeral = PrivateKey::make()?;
    let header = JweHeader {
        alg: "ECDH-ES".into(),
        enc: "A256GCM".into(),
        cty: "JWT".into(),
        kid: recipient.thumbprint(),
        epk: Jwk(ephemeral.public()),
    };
    let header = encode(&to_json(&header));
    let shared = ephemeral.agree(&recipient.0).ok_or(NoRandomness)?;
    let mut text = Vec::with_capacity(message.len() + TAG_LEN);
    text.extend_from_slice(message.as_bytes());
    let nonce = Aead::new(&content_key(&shared)).seal(header.as_bytes(), &mut text)?;
    let (ciphertext, tag) = text.split_at(text.len().saturating_sub(TAG_LEN));
    Ok(format!("{header}..{}.{}.{}", encode(&nonce), encode(ciphertext), encode(tag)))
}

/// Opens what was encrypted to `key`, whose thumbprint is `kid`.
///
/// # Errors
///
/// - [`Refusal::Malformed`]: it is no JWE of this protocol, or not what was sealed.
/// - [`Refusal::NotForUs`]: it was encrypted to another key.
pub(super) fn open(text: &str, key: &PrivateKey, kid: Hash) -> Result<Zeroizing<String>, Refusal> {
    let [header, agreed, nonce, ciphertext, tag] = parts(text)?;
    let header_bytes = decode(header)?;
    let read: JweHeader<'_> = json(&header_bytes)?;
    let nonce: [u8; NONCE_LEN] = decode(nonce)?.try_into().map_err(|_| Refusal::Malformed)?;
    let mut sealed = decode(ciphertext)?;
    let tag: [u8; TAG_LEN] = decode(tag)?.try_into().map_err(|_| Refusal::Malformed)?;
    sealed.extend_from_slice(&tag);
    if (&*read.alg, &*read.enc, &*read.cty, agreed) != ("ECDH-ES", "A256GCM", "JWT", "") {
        return Err(Refusal::Malformed);
    }
    if read.kid != kid {
        return Err(Refusal::NotForUs);
    }
    let shared = key.agree(&read.epk.0).ok_or(Refusal::Malformed)?;
    let opened = Aead::new(&content_key(&shared)).open(nonce, header.as_bytes(), &sealed);
    let opened = opened.ok_or(Refusal::Malformed)?;
    let message = std::str::from_utf8(&opened).map_err(|_| Refusal::Malformed)?;
    Ok(Zeroizing::new(message.to_owned()))
}

/// The key that both sides come to (RFC 7518, section 4.6.2): one round of the KDF, for
/// `A256GCM`, with empty `apu` and `apv`, and 256 bits.
fn content_key(shared: &Key) -> Key {
    let (round, bits) = (1_u32.to_be_bytes(), 256_u32.to_be_bytes());
    let (name, nothing) = (7_u32.to_be_bytes(), 0_u32.to_be_bytes());
    let info = [&name[..], b"A256GCM", &nothing, &nothing, &bits].concat();
    Key::from_hash(&sha256(&[&round, shared.expose(), &info]))
}

/// The `N` parts of a compact form.
fn parts<const N: usize>(text: &str) -> Result<[&str; N], Refusal> {
    if text.len() > MAX_LEN {
        return Err(Refusal::Malformed);
    }
    let parts: Vec<&str> = text.splitn(N + 1, '.').collect();
    parts.try_into().map_err(|_| Refusal::Malformed)
}

pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Base64url, in the one spelling that there is.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Refusal::Malformed)
}

/// A JSON object of exactly the members that `T` has.
pub(super) fn json<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Refusal> {
    // White space around it, which the grammar allows, is refused like everything else there.
    if text.first() != Some(&b'{') || text.last() != Some(&b'}') {
        return Err(Refusal::Malformed);
    }
    serde_json::from_slice(text).map_err(|_| Refusal::Malformed)
}

pub(super) fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Nothing that is written has keys that are no texts.
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
#[path = "jose_tests.rs"]
mod tests;
