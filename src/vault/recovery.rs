//! The recovery key: what opens a vault when the phone and the PIN are gone.

use std::fmt;

use zeroize::Zeroizing;

use crate::SecretString;
use crate::crypto::digest::sha256;
use crate::crypto::key::{Key, equal};
use crate::crypto::random::NoRandomness;
use crate::crypto::stack::cleared;

/// Crockford's base32: no letter in it is taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS: usize = 56;
const KEY_LEN: usize = 32;
const CHECK_LEN: usize = 3;

/// 32 random bytes that a person keeps on paper, and that open one slot of a vault.
///
/// The text is 56 characters in groups of four. It ends with a checksum of 24 bits: a
/// text with mistakes passes for a key once in 16 million, and then opens nothing.
/// Wiped when it is dropped; `Debug` shows nothing.
///
/// # Examples
///
/// ```
/// use authenticator_core::SecretString;
/// use authenticator_core::vault::{RecoveryKey, RecoveryKeyError};
///
/// let text = "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFG-6SQZ";
/// // As people type: lower case, spaces, the letter O for a zero.
/// let typed = text.to_lowercase().replace('-', " ").replace('0', "o");
///
/// let key = RecoveryKey::parse(&SecretString::new(typed))?;
/// assert_eq!(key.text().expose(), text);
///
/// let mistyped = SecretString::new(text.replace("40R4", "40R5"));
/// assert_eq!(RecoveryKey::parse(&mistyped).unwrap_err(), RecoveryKeyError::Mistyped);
/// # Ok::<(), RecoveryKeyError>(())
/// ```
pub struct RecoveryKey(Key);

/// Why a text is no recovery key. No variant holds what was typed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryKeyError {
    /// Characters are missing, or there are too many.
    #[error("a recovery key has {expected} characters; these are {given}")]
    WrongLength {
        /// How many were typed, spaces and hyphens not counted.
        given: usize,
        /// How many a recovery key has.
        expected: usize,
    },
    /// A character that no recovery key has.
    #[error("character {} is none that a recovery key has", position.saturating_add(1))]
    UnknownCharacter {
        /// How many characters stand before it, spaces and hyphens counted.
        position: usize,
    },
    /// The checksum fails: characters were mistaken or exchanged.
    #[error("the recovery key is mistyped")]
    Mistyped,
}

impl RecoveryKey {
    /// A new key.
    pub(crate) fn make() -> Result<Self, NoRandomness> {
        Key::make().map(Self)
    }

    /// The key itself, the `ikm` of its slot.
    pub(crate) const fn as_key(&self) -> &Key {
        &self.0
    }

    /// The text to be written down: 14 groups of four characters, joined by `-`.
    pub fn text(&self) -> SecretString {
        cleared(|| self.write())
    }

    fn write(&self) -> SecretString {
        let mut bytes = Zeroizing::new([0; KEY_LEN + CHECK_LEN]);
        let check = checksum(self.0.expose());
        let both = self.0.expose().iter().chain(check.iter());
        bytes.iter_mut().zip(both).for_each(|(to, from)| *to = *from);

        // Grown, the string would leave copies behind: it has its full size at once.
        let mut text = Zeroizing::new(String::with_capacity(SYMBOLS + SYMBOLS / 4));
        for [a, b, c, d, e] in bytes.as_chunks().0 {
            let bits = u64::from_be_bytes([0, 0, 0, *a, *b, *c, *d, *e]);
            for shift in [35, 30, 25, 20, 15, 10, 5, 0] {
                if text.len() % 5 == 4 {
                    text.push('-');
                }
                let value = usize::try_from((bits >> shift) & 31).unwrap_or_default();
                text.extend(ALPHABET.get(value).map(|symbol| char::from(*symbol)));
            }
        }
        SecretString::new(std::mem::take(&mut *text))
    }

    /// Reads what a person typed: in either case, with any spaces and hyphens, `O` for
    /// `0`, and `I` or `L` for `1`.
    ///
    /// # Errors
    ///
    /// - [`RecoveryKeyError::UnknownCharacter`]: a character outside the alphabet. It
    ///   is told before the length.
    /// - [`RecoveryKeyError::WrongLength`]: not 56 characters.
    /// - [`RecoveryKeyError::Mistyped`]: the checksum fails.
    pub fn parse(typed: &SecretString) -> Result<Self, RecoveryKeyError> {
        cleared(|| Self::read(typed.expose()))
    }

    fn read(typed: &str) -> Result<Self, RecoveryKeyError> {
        let mut values = Zeroizing::new([0; SYMBOLS]);
        let mut places = values.iter_mut();
        let mut given = 0;
        for (position, character) in typed.chars().enumerate() {
            if is_separator(character) {
                continue;
            }
            let value = value_of(character);
            let value = value.ok_or(RecoveryKeyError::UnknownCharacter { position })?;
            if let Some(place) = places.next() {
                *place = value;
            }
            given += 1;
        }
        if given != SYMBOLS {
            return Err(RecoveryKeyError::WrongLength { given, expected: SYMBOLS });
        }

        let mut bytes = Zeroizing::new([0; KEY_LEN + CHECK_LEN]);
        for (five, eight) in bytes.as_chunks_mut().0.iter_mut().zip(values.as_chunks::<8>().0) {
            let bits = eight.iter().fold(0, |bits, value| bits << 5 | u64::from(*value));
            let [_, _, _, bytes @ ..] = bits.to_be_bytes();
            *five = bytes;
        }
        let (key, check) = bytes.split_at(KEY_LEN);
        let key = Key::from_slice(key).ok_or(RecoveryKeyError::Mistyped)?;
        if !equal(check, &*checksum(key.expose())) {
            return Err(RecoveryKeyError::Mistyped);
        }
        Ok(Self(key))
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryKey(..)")
    }
}

/// Says something about the key, so it is wiped like it.
fn checksum(key: &[u8; KEY_LEN]) -> Zeroizing<[u8; CHECK_LEN]> {
    let hash = sha256(&[b"authcore/1/recovery", key]);
    Zeroizing::new(*hash.first_chunk().unwrap_or(&[0; CHECK_LEN]))
}

/// What a keyboard makes of a space or a hyphen.
const fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn value_of(character: char) -> Option<u8> {
    let symbol = match u8::try_from(character).ok()?.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        symbol => symbol,
    };
    let value = ALPHABET.iter().position(|known| *known == symbol)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Of the bytes 0 to 31, as another program wrote it from the format's page.
    const TEXT: &str = "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFG-6SQZ";

    fn parse(typed: &str) -> Result<[u8; 32], RecoveryKeyError> {
        let key = RecoveryKey::parse(&SecretString::new(typed.to_owned()));
        key.map(|key| *key.as_key().expose())
    }

    #[test]
    fn the_text_is_what_the_format_says() {
        let bytes: Vec<u8> = (0..32).collect();
        let key = RecoveryKey(Key::from_slice(&bytes).unwrap());

        assert_eq!(key.text().expose(), TEXT);
        assert_eq!(parse(TEXT).unwrap()[..], bytes);
    }

    #[test]
    fn every_wrong_character_of_a_key_is_noticed() {
        let symbols: Vec<u8> = TEXT.bytes().filter(|byte| *byte != b'-').collect();
        for place in 0..SYMBOLS {
            for other in ALPHABET.iter().filter(|other| **other != symbols[place]) {
                let mut typed = symbols.clone();
                typed[place] = *other;

                let typed = String::from_utf8(typed).unwrap();
                assert_eq!(parse(&typed), Err(RecoveryKeyError::Mistyped), "{typed}");
            }
        }
    }

    #[test]
    fn letters_that_look_like_digits_are_read_as_those() {
        let key = parse(TEXT);
        for typed in [
            TEXT.replace('0', "O").replace('1', "I"),
            TEXT.replace('0', "o").replace('1', "l"),
            TEXT.replace('1', "i").to_lowercase(),
            TEXT.replace('1', "L"),
            TEXT.replace('-', "\u{2013}"),
            TEXT.replace('-', " \n\u{a0}"),
            TEXT.replace('-', ""),
            format!("--{TEXT} "),
        ] {
            assert_eq!(parse(&typed), key, "{typed}");
        }
    }

    #[test]
    fn a_character_that_no_key_has_is_told_by_its_place() {
        for unknown in ["U", "u", "!", "Ö", "٤", "\u{212a}", "="] {
            let typed = TEXT.replacen("40R4", &format!("40{unknown}4"), 1);

            assert_eq!(parse(&typed), Err(RecoveryKeyError::UnknownCharacter { position: 7 }));
        }
        let told = parse("?").unwrap_err().to_string();
        assert_eq!(told, "character 1 is none that a recovery key has");
    }

    #[test]
    fn a_key_with_a_character_too_few_or_too_many_is_told_by_its_length() {
        let wrong = |given| Err(RecoveryKeyError::WrongLength { given, expected: 56 });

        assert_eq!(parse(""), wrong(0));
        assert_eq!(parse(&TEXT[1..]), wrong(55));
        assert_eq!(parse(&format!("{TEXT}0")), wrong(57));
        assert_eq!(parse(&TEXT.repeat(1_000)), wrong(56_000));
    }

    #[test]
    fn a_key_does_not_print() {
        let key = RecoveryKey::make().unwrap();

        assert_eq!(format!("{key:?}"), "RecoveryKey(..)");
        assert_ne!(key.text().expose(), RecoveryKey::make().unwrap().text().expose());
    }

    proptest! {
        #[test]
        fn every_key_is_read_back_from_its_text(bytes: [u8; 32]) {
            let key = RecoveryKey(Key::from_slice(&bytes).unwrap());

            prop_assert_eq!(key.text().expose().len(), 69);
            prop_assert_eq!(parse(key.text().expose()), Ok(bytes));
        }

        /// What is read has one text; anything else that is read differs in spelling only.
        #[test]
        fn what_is_read_is_what_was_typed(typed in "[0-9A-HJKMNP-TV-Z]{56}") {
            if let Ok(bytes) = parse(&typed) {
                let text = RecoveryKey(Key::from_slice(&bytes).unwrap()).text();
                prop_assert_eq!(text.expose().replace('-', ""), typed);
            }
        }
    }
}
