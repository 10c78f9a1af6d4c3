//! Members of messages that are more than texts.

use approval_jose::{self as jose, Fault, Jwk};
use serde::{Deserialize, Serialize};

use crate::courier::PushTarget;

/// Texts for people have at most so many characters.
const MAX_TEXT: usize = 256;
/// A push target has at most so many.
const MAX_TARGET: usize = 1_024;
/// What a platform says of a key has at most so many bytes.
const MAX_ATTESTATION: usize = 8_192;
/// The largest number that JSON's readers agree on.
pub(super) const MAX_NUMBER: u64 = (1 << 53) - 1;

/// A text for people, without what would mislead them: `None` where nothing is left, or too much.
pub(super) fn text(said: &str) -> Option<String> {
    let misleads = |character: &char| {
        character.is_control()
            || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(character, '\u{2066}'..='\u{2069}')
    };
    let shown: String = said.chars().filter(|character| !misleads(character)).collect();
    let shown = shown.trim();
    (1..=MAX_TEXT).contains(&shown.chars().count()).then(|| shown.to_owned())
}

/// Whether it is an identifier or a nonce.
pub(super) fn is_identifier(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (22..=86).contains(&text.len()) && text.bytes().all(known)
}

/// Whether it is a hash.
pub(super) fn is_hash(text: &str) -> bool {
    jose::decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// Whether a push target is as long as one may be.
pub(super) fn check_target(target: &PushTarget) -> Result<(), Fault> {
    let fits = (1..=MAX_TARGET).contains(&target.target.chars().count());
    if fits { Ok(()) } else { Err(Fault::Malformed) }
}

/// What a platform says of a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attestation {
    format: String,
    data: String,
}

impl Attestation {
    pub(super) fn check(&self) -> Result<(), Fault> {
        let fits = jose::decode(&self.data)?.len() <= MAX_ATTESTATION;
        if fits && text(&self.format).is_some() { Ok(()) } else { Err(Fault::Malformed) }
    }
}

/// A key as it is kept.
pub(super) fn kept(key: &Jwk) -> String {
    serde_json::json!(key).to_string()
}

/// A key that was kept.
pub(super) fn read(kept: &str) -> Result<Jwk, Fault> {
    jose::json(kept.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_nothing_that_misleads() {
        assert_eq!(text(" Ann's \u{202e}phone\n ").as_deref(), Some("Ann's phone"));
        assert_eq!(text("\u{200f}\t "), None);
        assert_eq!(text(&"é".repeat(256)).map(|text| text.len()), Some(512));
        assert_eq!(text(&"é".repeat(257)), None);
    }

    #[test]
    fn identifiers_and_hashes_have_their_lengths() {
        assert!(is_identifier(&jose::identifier()) && is_hash(&jose::hash(b"")));
        assert!(
            !is_identifier("short")
                && !is_identifier(&"é".repeat(11))
                && !is_identifier(&"a".repeat(87))
        );
        assert!(!is_hash(&jose::identifier()) && !is_hash(&format!("{}=", jose::hash(b""))));
    }
}
