//! PINs and passwords as they are typed, spelled in one way.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::SecretString;
use crate::pin_blocklist::is_common;

/// Characters that a new PIN has at least.
const LEAST_CHARACTERS: usize = 6;

/// Bytes of UTF-8 that a PIN has at most, once it is spelled.
const MOST_BYTES: usize = 128;

/// Bytes that are looked at, at most. Spelling shortens no text to less than a quarter
/// (four bytes of a mathematical digit to one), so this cuts off nothing that would fit.
const MOST_TYPED_BYTES: usize = 8 * MOST_BYTES;

/// A PIN or password in its one spelling (`docs/vault-format.md`, "Slots"), which the
/// vault's PIN and the approval PIN share.
pub(crate) struct PinText(Zeroizing<String>);

/// Why a text is no PIN. No variant holds what was typed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// Nothing was typed but white space.
    #[error("nothing was typed")]
    Empty,
    /// A new PIN has fewer than 6 characters.
    #[error("a PIN has at least 6 characters")]
    TooShort,
    /// A new PIN or password is one of those that are tried first: a run, a repetition, a
    /// date, a figure on the keypad, a word like `password`.
    #[error("a PIN or password that is easily guessed")]
    TooCommon,
    /// The text has more than 128 bytes, an approval PIN more than 64.
    #[error("a PIN or password that is too long")]
    TooLong,
}

impl PinText {
    /// What was typed, if it is not empty and not too long.
    pub(crate) fn read(typed: &SecretString) -> Result<Self, PinError> {
        spell(typed.expose()).map(Self)
    }

    /// What was typed to be a new one.
    pub(crate) fn choose(typed: &SecretString) -> Result<Self, PinError> {
        let text = Self::read(typed)?;
        if text.0.chars().count() < LEAST_CHARACTERS {
            return Err(PinError::TooShort);
        }
        if is_common(&text.0) {
            return Err(PinError::TooCommon);
        }
        Ok(text)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

pub(crate) fn spell(typed: &str) -> Result<Zeroizing<String>, PinError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(PinError::Empty);
    }
    if typed.len() > MOST_TYPED_BYTES {
        return Err(PinError::TooLong);
    }
    // A string that grows leaves its old memory behind, with the PIN in it and wiped by
    // nobody. So this one has all the room that a PIN can need, and never more is put in.
    let mut spelled = Zeroizing::new(String::with_capacity(MOST_BYTES));
    // ASCII and decimal digits are NFKC as they stand. They go round the normaliser,
    // whose window of some characters is not wiped: no PIN of digits passes through it.
    if typed.chars().all(|character| ascii_digit(character).is_ascii()) {
        push(&mut spelled, typed.chars())?;
    } else {
        push(&mut spelled, typed.nfkc())?;
    }
    Ok(spelled)
}

fn push(to: &mut String, characters: impl Iterator<Item = char>) -> Result<(), PinError> {
    for character in characters.map(ascii_digit) {
        if to.len() + character.len_utf8() > MOST_BYTES {
            return Err(PinError::TooLong);
        }
        to.push(character);
    }
    Ok(())
}

/// The ASCII digit of the value of `character`, if it is a decimal digit that NFKC
/// leaves as it is; otherwise itself.
fn ascii_digit(character: char) -> char {
    let code = u32::from(character);
    let not_above = ZEROS.partition_point(|zero| *zero <= code);
    let zero = not_above.checked_sub(1).and_then(|last| ZEROS.get(last));
    let value = zero.and_then(|zero| code.checked_sub(*zero));
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(character)
}

/// The zeros of the decimal digits (general category Nd) of Unicode 18 beyond ASCII;
/// the digits from one to nine follow each. Left out are those that NFKC makes ASCII:
/// fullwidth, outlined, mathematical and segmented ones.
const ZEROS: [u32; 68] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0,
    0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0,
    0x11de0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1e140, 0x1e2f0, 0x1e4f0,
    0x1e5f1, 0x1e950,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelled(typed: &str) -> Result<String, PinError> {
        PinText::read(&SecretString::new(typed.to_owned())).map(|pin| pin.0.to_string())
    }

    fn chosen(typed: &str) -> Result<(), PinError> {
        PinText::choose(&SecretString::new(typed.to_owned())).map(drop)
    }

    /// The zeros that NFKC itself makes ASCII.
    const COMPATIBLE_ZEROS: [u32; 8] =
        [0xff10, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1fbf0];

    #[test]
    fn a_pin_is_the_same_in_the_digits_of_every_script() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS.iter().chain(&COMPATIBLE_ZEROS) {
            let typed: String =
                (0..10).map(|value| char::from_u32(zero + value).unwrap()).collect();

            assert!(typed.chars().all(char::is_numeric), "{zero:#x}");
            assert_eq!(spelled(&typed).as_deref(), Ok("0123456789"), "{zero:#x}");
        }
    }

    #[test]
    fn the_digits_are_those_that_the_normaliser_knows() {
        assert_eq!(unicode_normalization::UNICODE_VERSION, (18, 0, 0), "are there new digits?");
    }

    #[test]
    fn white_space_goes_at_both_ends_alone() {
        assert_eq!(spelled("\u{3000} 12 34\u{a0}\n").as_deref(), Ok("12 34"));
        // The format trims before NFKC: a space that NFKC makes stays.
        assert_eq!(spelled("\u{b4}a").as_deref(), Ok(" \u{301}a"));
    }

    #[test]
    fn letters_are_one_however_they_are_typed() {
        assert_eq!(spelled("pa\u{df}wo\u{308}rt ①").as_deref(), Ok("paßwört 1"));
        assert_eq!(spelled("ﬁ\u{212b}").as_deref(), Ok("fiÅ"));
        assert_eq!(spelled("Case").as_deref(), Ok("Case"));
    }

    #[test]
    fn a_try_may_be_short_and_a_new_pin_may_not() {
        assert_eq!(spelled("1").as_deref(), Ok("1"));
        assert_eq!(chosen("12345"), Err(PinError::TooShort));
        assert_eq!(chosen(" 12345 "), Err(PinError::TooShort));
        assert_eq!(chosen("٤٨٢٩١٣"), Ok(()));
        assert_eq!(chosen("äöüüöö"), Ok(()));
        for empty in ["", " ", "\u{2003}\t"] {
            assert_eq!(spelled(empty), Err(PinError::Empty));
            assert_eq!(chosen(empty), Err(PinError::Empty));
        }
    }

    #[test]
    fn a_new_pin_is_none_that_is_tried_first_in_whatever_digits() {
        assert_eq!(chosen("123456"), Err(PinError::TooCommon));
        assert_eq!(chosen("١٢٣٤٥٦"), Err(PinError::TooCommon));
        assert_eq!(chosen(" ＰＡＳＳＷＯＲＤ "), Err(PinError::TooCommon));
        // A vault may have been locked with it by an older version.
        assert_eq!(spelled("123456").as_deref(), Ok("123456"));
    }

    #[test]
    fn the_length_is_that_of_the_spelling() {
        assert!(spelled(&"1".repeat(128)).is_ok());
        assert_eq!(spelled(&"1".repeat(129)), Err(PinError::TooLong));
        assert_eq!(spelled(&"\u{1d7ce}".repeat(128)), Ok("0".repeat(128)));
        assert_eq!(spelled(&"\u{1d7ce}".repeat(129)), Err(PinError::TooLong));
        assert_eq!(spelled(&"ä".repeat(64)), Ok("ä".repeat(64)));
        assert_eq!(spelled(&"ä".repeat(65)), Err(PinError::TooLong));
        // One character that becomes eighteen.
        assert_eq!(spelled(&"\u{fdfa}".repeat(4)), Err(PinError::TooLong));
        assert_eq!(spelled(&"1".repeat(1 << 20)), Err(PinError::TooLong));
    }

    proptest! {
        /// By the tables of another library, which is behind by two versions of Unicode.
        #[test]
        fn decimal_digits_become_ascii_and_no_other_number_does(
            digits in "\\p{Nd}{20}",
            others in "[\\p{Nl}\\p{No}]{20}",
        ) {
            let digits = spelled(&digits).unwrap();

            prop_assert!(digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit()));
            prop_assert!(others.chars().all(|other| ascii_digit(other) == other));
        }

        #[test]
        fn the_way_round_the_normaliser_leads_to_the_same_text(
            typed in "([ -~]|[٠-٩]|[०-९]|[０-９]|[𞥐-𞥙]|é|e\u{301}|ﬃ){1,20}",
        ) {
            let all: String = typed.trim().nfkc().map(ascii_digit).collect();

            prop_assert_eq!(spelled(&typed).ok(), (!all.is_empty()).then_some(all));
        }

        #[test]
        fn no_spelling_outgrows_its_memory(typed in "\\PC{1,300}") {
            if let Ok(pin) = PinText::read(&SecretString::new(typed)) {
                prop_assert_eq!(pin.0.capacity(), MOST_BYTES);
            }
        }

        /// What the bound on what is looked at rests on.
        #[test]
        fn spelling_shortens_to_a_quarter_at_most(typed in "\\PC{1,30}") {
            let spelled: String = typed.nfkc().map(ascii_digit).collect();

            prop_assert!(4 * spelled.len() >= typed.len());
        }
    }
}
