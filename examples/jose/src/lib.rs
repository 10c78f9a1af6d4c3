//! What a service needs of JOSE for approvals (`docs/approval-protocol.md`, "Encodings"): signed and
//! encrypted messages by `jsonwebtoken` and AWS-LC, and none of the phone's code.
//!
//! Every function that reads takes what strangers send.

mod encrypted;
mod jwk;
mod signed;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

pub use encrypted::{EncryptionKey, seal};
pub use jwk::Jwk;
pub use signed::{Head, SigningKey, head, message, unverified, verified};

/// The longest message, and the longest body of a request, in bytes.
pub const MAX_BODY: usize = 16_384;

/// Why a message is not believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// It is not what the specification calls such a message.
    Malformed,
    /// Another key has signed it, or something was altered.
    BadSignature,
}

/// An object of JSON, with nothing before or behind it.
///
/// # Errors
///
/// [`Fault::Malformed`]: it is none, or not one that a `T` is made of.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    if bytes.first() != Some(&b'{') || bytes.last() != Some(&b'}') {
        return Err(Fault::Malformed);
    }
    serde_json::from_slice(bytes).map_err(|_| Fault::Malformed)
}

/// A member that is left out where there is none: `null` is refused.
///
/// # Errors
///
/// It is no `T`.
pub fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Bytes as base64url (RFC 4648, section 5) without padding.
pub fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Bytes out of base64url.
///
/// # Errors
///
/// [`Fault::Malformed`]: it is not the one spelling that some bytes have.
pub fn decode(text: &str) -> Result<Vec<u8>, Fault> {
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Fault::Malformed)
}

/// The hash of bytes, as messages have it.
pub fn hash(bytes: &[u8]) -> String {
    encode(digest(&SHA256, bytes).as_ref())
}

/// The hash of a message: without its signature.
pub fn message_hash(text: &str) -> String {
    hash(text.rsplit_once('.').map_or(text, |(input, _)| input).as_bytes())
}

/// Random bytes.
///
/// # Panics
///
/// The system gives none.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).unwrap();
    bytes
}

/// An identifier, a nonce or a code: 128 random bits.
///
/// # Panics
///
/// The system gives no randomness.
pub fn identifier() -> String {
    encode(&random::<16>())
}

/// As many random digits. Of 2^64 numbers, none is more likely than another by a part that
/// matters.
///
/// # Panics
///
/// The system gives no randomness.
pub fn digits(count: u32) -> String {
    let number = u64::from_be_bytes(random()) % 10_u64.pow(count);
    format!("{number:0width$}", width = count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Said {
        iss: String,
        #[serde(default, deserialize_with = "there")]
        reason: Option<String>,
    }

    #[test]
    fn a_member_is_there_once_known_and_not_null() {
        let read = |text: &str| json::<Said>(text.as_bytes());
        assert_eq!(read(r#"{"iss":"a"}"#), Ok(Said { iss: "a".to_owned(), reason: None }));
        for text in [
            r#"{"iss":"a","reason":null}"#,
            r#"{"iss":"a","iss":"a"}"#,
            r#"{"iss":"a","more":1}"#,
            r#"{"iss":"a"} "#,
            r#" {"iss":"a"}"#,
            r#"["a"]"#,
            "",
        ] {
            assert_eq!(read(text), Err(Fault::Malformed), "{text}");
        }
    }
}
