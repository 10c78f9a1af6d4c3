//! Secrets as people and services write them.

use data_encoding::{BASE32_NOPAD, BASE32_NOPAD_NOCASE, HEXLOWER, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

use super::AccountError;
use crate::{Secret, SecretString};

/// The bytes of a secret and whether its text was canonical.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) secret: Secret,
    pub(super) canonical: bool,
}

/// Reads base32 ([RFC 4648, section 6]) in any common spelling: either case, with
/// separators, with or without padding.
///
/// Bits after the last whole byte are dropped, as every reader does, and make the
/// text non-canonical. A character that carries nothing but such bits is accepted
/// only where they are zero; otherwise nobody can say which bytes were meant.
///
/// # Errors
///
/// - [`AccountError::MissingSecret`]: nothing but separators.
/// - [`AccountError::InvalidSecret`]: any other character, padding before the end,
///   or a last character as described above.
///
/// [RFC 4648, section 6]: https://www.rfc-editor.org/rfc/rfc4648#section-6
pub(super) fn decode(text: &[u8]) -> Result<Decoded, AccountError> {
    match decode_unbroken(text) {
        Some(secret) => Ok(Decoded { secret, canonical: true }),
        None => decode_grouped(text),
    }
}

/// Reads what most secrets are: characters of the alphabet and nothing else.
fn decode_unbroken(text: &[u8]) -> Option<Secret> {
    let length = BASE32_NOPAD_NOCASE.decode_len(text.len()).ok().filter(|length| *length > 0)?;
    // What was decoded before a character that is none of the alphabet is wiped.
    let mut bytes = Zeroizing::new(vec![0; length]);
    BASE32_NOPAD_NOCASE.decode_mut(text, &mut bytes).ok()?;
    Some(Secret::new(std::mem::take(&mut *bytes)))
}

fn decode_grouped(text: &[u8]) -> Result<Decoded, AccountError> {
    // Grown, the vector would leave copies behind: it has its full size at once.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8 + 1));
    let (mut group, mut count) = (0_u64, 0_u32);
    let mut empty = true;
    let mut symbols = text.iter();
    while let Some(&symbol) = symbols.next() {
        let Some(value) = value_of(symbol) else {
            match symbol {
                b'=' if symbols.all(|byte| *byte == b'=' || is_separator(*byte)) => break,
                _ if is_separator(symbol) => continue,
                _ => return Err(AccountError::InvalidSecret),
            }
        };
        empty = false;
        group = (group << 5) | u64::from(value);
        count += 1;
        if count == 8 {
            let [_, _, _, five @ ..] = group.to_be_bytes();
            bytes.extend_from_slice(&five);
            (group, count) = (0, 0);
        }
    }
    if empty {
        return Err(AccountError::MissingSecret);
    }
    let surplus_bits = count * 5 % 8;
    let surplus = group & ((1 << surplus_bits) - 1);
    let last_bytes = (group >> surplus_bits).to_be_bytes();
    bytes.extend(last_bytes.iter().skip(8 - usize::try_from(count * 5 / 8).unwrap_or(0)));

    let surplus_character = surplus_bits >= 5;
    if bytes.is_empty() || (surplus_character && surplus != 0) {
        return Err(AccountError::InvalidSecret);
    }
    let secret = Secret::new(std::mem::take(&mut *bytes));
    Ok(Decoded { secret, canonical: !surplus_character && surplus == 0 })
}

/// Reads the hexadecimal digits that an mOTP secret is written in.
///
/// # Errors
///
/// As [`decode`]; an odd number of digits is [`AccountError::InvalidSecret`].
pub(super) fn decode_hex(text: &[u8]) -> Result<Decoded, AccountError> {
    let mut digits = Zeroizing::new(Vec::with_capacity(text.len()));
    digits.extend(text.iter().filter(|byte| !is_separator(**byte)));
    if digits.is_empty() {
        return Err(AccountError::MissingSecret);
    }
    // What was decoded before a wrong digit is wiped too.
    let mut bytes = Zeroizing::new(vec![0; digits.len() / 2]);
    let length = HEXLOWER_PERMISSIVE.decode_len(digits.len());
    length.map_err(|_| AccountError::InvalidSecret)?;
    let decoded = HEXLOWER_PERMISSIVE.decode_mut(&digits, &mut bytes);
    decoded.map_err(|_| AccountError::InvalidSecret)?;
    Ok(Decoded { secret: Secret::new(std::mem::take(&mut *bytes)), canonical: true })
}

/// The canonical text of `secret`: upper case, no padding.
pub(super) fn encode(secret: &Secret) -> SecretString {
    SecretString::new(BASE32_NOPAD.encode(secret.expose()))
}

/// `secret` in lower-case hexadecimal, as mOTP writes it.
pub(super) fn encode_hex(secret: &Secret) -> SecretString {
    SecretString::new(HEXLOWER.encode(secret.expose()))
}

/// `typed` with what a keyboard or a web page makes of a space or a hyphen taken out.
pub(super) fn without_typographic_marks(typed: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(typed.len()));
    plain.extend(typed.chars().filter(|character| {
        let dash = matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}');
        // Copied from a web page: spaces and marks of no width, the soft hyphen.
        let invisible =
            matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
        !(dash || invisible || character.is_whitespace() || *character == '_')
    }));
    plain
}

/// What people and services put between the groups of a secret.
const fn is_separator(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'-'
}

const fn value_of(symbol: u8) -> Option<u8> {
    match symbol {
        b'A'..=b'Z' => Some(symbol - b'A'),
        b'a'..=b'z' => Some(symbol - b'a'),
        b'2'..=b'7' => Some(symbol - b'2' + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<(Vec<u8>, bool), AccountError> {
        decode(text.as_bytes()).map(|decoded| (decoded.secret.expose().to_vec(), decoded.canonical))
    }

    #[test]
    fn a_surplus_character_is_accepted_only_where_the_bytes_are_certain() {
        // 1, 3 and 6 characters beyond a multiple of eight: no encoder writes that.
        assert_eq!(read("GEZDGNBVA"), Ok((b"12345".to_vec(), false)));
        assert_eq!(read("GEZDGNBVB"), Err(AccountError::InvalidSecret));
        assert_eq!(read("GEA"), Ok((b"1".to_vec(), false)));
        assert_eq!(read("GEZ"), Err(AccountError::InvalidSecret));
        assert_eq!(read("GEZDGA"), Ok((b"123".to_vec(), false)));
        assert_eq!(read("GEZDGN"), Err(AccountError::InvalidSecret));
    }

    #[test]
    fn bits_that_belong_to_no_byte_are_dropped_and_said() {
        assert_eq!(read("GE"), Ok((b"1".to_vec(), true)));
        assert_eq!(read("GF"), Ok((b"1".to_vec(), false)));
    }

    #[test]
    fn nothing_but_separators_is_a_missing_secret() {
        for text in ["", "  ", "- -", "====", " ="] {
            assert_eq!(read(text), Err(AccountError::MissingSecret), "{text}");
        }
        assert_eq!(read("A"), Err(AccountError::InvalidSecret));
    }

    #[test]
    fn padding_ends_the_text() {
        assert_eq!(read("GE======"), Ok((b"1".to_vec(), true)));
        assert_eq!(read("GE= = ="), Ok((b"1".to_vec(), true)));
        assert_eq!(read("GE=GE"), Err(AccountError::InvalidSecret));
    }

    proptest! {
        #[test]
        fn canonical_text_is_read_as_the_strict_decoder_reads_it(text in "[A-Z2-7]{1,80}") {
            let strict = BASE32_NOPAD.decode(text.as_bytes());

            match (read(&text), strict) {
                (Ok((bytes, true)), strict) => prop_assert_eq!(Ok(bytes), strict),
                (Ok((_, false)) | Err(_), strict) => prop_assert!(strict.is_err()),
            }
        }

        #[test]
        fn case_separators_and_padding_change_nothing(
            bytes in proptest::collection::vec(any::<u8>(), 1..64),
            group in 1..9_usize,
            separator in "[ \t-]{0,2}",
            padding in "={0,6}",
            upper: bool,
        ) {
            let secret = Secret::new(bytes.clone());
            let text = encode(&secret);
            let mut spelled: String = text
                .expose()
                .as_bytes()
                .chunks(group)
                .flat_map(|chunk| [str::from_utf8(chunk).unwrap(), &separator])
                .collect();
            spelled.push_str(&padding);
            if !upper {
                spelled.make_ascii_lowercase();
            }

            prop_assert_eq!(read(&spelled), Ok((bytes, true)));
        }

        #[test]
        fn hex_is_read_in_either_case(bytes in proptest::collection::vec(any::<u8>(), 1..64)) {
            let text = encode_hex(&Secret::new(bytes.clone()));

            for text in [text.expose().to_owned(), text.expose().to_uppercase()] {
                let decoded = decode_hex(text.as_bytes()).unwrap();
                prop_assert_eq!(decoded.secret.expose(), &bytes);
            }
        }
    }
}
