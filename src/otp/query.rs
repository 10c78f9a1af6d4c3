//! The query of an `otpauth` URI, before anything in it is believed.

use std::borrow::Cow;

use memchr::{memchr, memchr2};
use zeroize::Zeroizing;

use super::{AccountError, Parameter, Warning};

/// The parameters that this crate reads, as they stand in the text, and what was
/// noticed on the way.
#[derive(Default)]
pub(super) struct Query<'a> {
    pub(super) algorithm: Option<&'a str>,
    pub(super) counter: Option<&'a str>,
    pub(super) digits: Option<&'a str>,
    pub(super) encoder: Option<&'a str>,
    pub(super) image: Option<&'a str>,
    pub(super) issuer: Option<&'a str>,
    pub(super) period: Option<&'a str>,
    pub(super) secret: Option<&'a str>,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Query<'a> {
    /// Takes `text` apart. Names are read in either case, escaped or not.
    ///
    /// # Errors
    ///
    /// [`AccountError::ConflictingParameter`]: a known parameter twice with different
    /// values.
    pub(super) fn parse(text: &'a str) -> Result<Self, AccountError> {
        let mut query = Self::default();
        let mut rest = Some(text);
        while let Some(text) = rest {
            let mut pair;
            (pair, rest) = split_at_byte(text, b'&');
            while let Some(rest) = after_html_escape(pair) {
                query.warn(Warning::HtmlEscapedQuery);
                pair = rest;
            }
            // A name is too short for `memchr` to pay.
            let (name, value) = split_at(pair, pair.bytes().position(|byte| byte == b'='));
            let Some(value) = value else {
                if !name.is_empty() {
                    // Text without a name may be anything, also a secret.
                    query.warn(Warning::IgnoredParameter(UNNAMED.to_owned()));
                }
                continue;
            };
            let parameter = Parameter::named(name)
                .or_else(|| Parameter::named(unescape_text(name, b' ').0.trim()));
            let Some(parameter) = parameter else {
                query.warn(Warning::IgnoredParameter(shown(name)));
                continue;
            };
            match query.slot(parameter) {
                Some(before) if plain(before) != plain(value) => {
                    return Err(AccountError::ConflictingParameter(parameter));
                }
                slot => *slot = Some(value),
            }
        }
        Ok(query)
    }

    fn slot(&mut self, parameter: Parameter) -> &mut Option<&'a str> {
        match parameter {
            Parameter::Algorithm => &mut self.algorithm,
            Parameter::Counter => &mut self.counter,
            Parameter::Digits => &mut self.digits,
            Parameter::Encoder => &mut self.encoder,
            Parameter::Image => &mut self.image,
            Parameter::Issuer => &mut self.issuer,
            Parameter::Period => &mut self.period,
            Parameter::Secret => &mut self.secret,
        }
    }

    /// Notes `warning`, once.
    pub(super) fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// A value as text: escapes resolved, `+` read as a space.
    pub(super) fn text(&mut self, value: &'a str) -> Cow<'a, str> {
        let (text, decodable) = unescape_text(value, b' ');
        if !decodable {
            self.warn(Warning::UndecodableText);
        }
        text
    }
}

/// What stands before the first `separator`, a byte of ASCII, and, if there is one,
/// what stands after it.
pub(super) fn split_at_byte(text: &str, separator: u8) -> (&str, Option<&str>) {
    split_at(text, memchr(separator, text.as_bytes()))
}

fn split_at(text: &str, position: Option<usize>) -> (&str, Option<&str>) {
    match position.and_then(|position| text.split_at_checked(position)) {
        Some((before, rest)) => (before, rest.get(1..)),
        None => (text, None),
    }
}

/// `text` with its percent escapes resolved ([RFC 3986, section 2.1]) and `plus` for
/// each `+`. A `%` that begins no escape is itself.
///
/// [RFC 3986, section 2.1]: https://www.rfc-editor.org/rfc/rfc3986#section-2.1
pub(crate) fn unescape(text: &str, plus: u8) -> Cow<'_, [u8]> {
    let text = text.as_bytes();
    let Some(plain) = next_escape(text) else {
        return Cow::Borrowed(text);
    };
    // Never grown: the text may be a secret, which its reader wipes.
    let mut unescaped = Vec::with_capacity(text.len());
    let (mut plain, mut rest) = text.split_at_checked(plain).unwrap_or((text, &[]));
    loop {
        unescaped.extend_from_slice(plain);
        let byte;
        (byte, rest) = match rest {
            [] => break,
            [b'+', rest @ ..] => (plus, rest),
            [b'%', high, low, rest @ ..]
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                ((high << 4) | low, rest)
            }
            [byte, rest @ ..] => (*byte, rest),
        };
        unescaped.push(byte);
        let next = next_escape(rest).unwrap_or(rest.len());
        (plain, rest) = rest.split_at_checked(next).unwrap_or((rest, &[]));
    }
    Cow::Owned(unescaped)
}

fn next_escape(text: &[u8]) -> Option<usize> {
    // Most values are too short for `memchr` to pay.
    if text.len() < 16 {
        return text.iter().position(|byte| matches!(byte, b'%' | b'+'));
    }
    memchr2(b'%', b'+', text)
}

/// [`unescape`] as text, and whether it was UTF-8; what was not is U+FFFD.
pub(super) fn unescape_text(text: &str, plus: u8) -> (Cow<'_, str>, bool) {
    let bytes = match unescape(text, plus) {
        Cow::Borrowed(_) => return (Cow::Borrowed(text), true),
        Cow::Owned(bytes) => bytes,
    };
    match String::from_utf8(bytes) {
        Ok(text) => (Cow::Owned(text), true),
        Err(error) => (Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()), false),
    }
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// What follows if an HTML page escaped the `&` before `pair`: by its name, or by its
/// number as WordPress and others do.
fn after_html_escape(pair: &str) -> Option<&str> {
    pair.strip_prefix("amp;").or_else(|| {
        let number = pair.strip_prefix('#')?;
        ["38;", "038;", "x26;"].into_iter().find_map(|ampersand| number.strip_prefix(ampersand))
    })
}

/// `value` with its escapes resolved, wiped after the comparison: it may be a secret.
fn plain(value: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(unescape(value, b' ').into_owned())
}

/// What a warning says in place of a name that may be a secret.
const UNNAMED: &str = "?";

/// A parameter's name as a warning may show it: a short word.
///
/// A secret, or a piece of one behind a stray `&`, has digits, is all upper case or
/// has 16 characters and more; grouped by hyphens it is longer still.
fn shown(name: &str) -> String {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.');
    let word = name.len() < 16
        && name.bytes().all(letter)
        && name.bytes().any(|byte| byte.is_ascii_lowercase());
    if word { name.to_owned() } else { UNNAMED.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_if_it_is_a_short_word() {
        for name in ["lock", "Door-number_a.b", "fifteen_letters"] {
            assert_eq!(shown(name), name);
        }
        for name in ["", "sixteen_letters_", "GEZDGNBVGY", "a1", "ä"] {
            assert_eq!(shown(name), UNNAMED, "{name}");
        }
    }
}
