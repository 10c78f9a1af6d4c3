//! The query of an `otpauth` URI, before anything in it is believed.

use std::borrow::Cow;

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
    /// Takes `text` apart. Names are read in either case.
    ///
    /// # Errors
    ///
    /// [`AccountError::ConflictingParameter`]: a known parameter twice with different
    /// values.
    pub(super) fn parse(text: &'a str) -> Result<Self, AccountError> {
        let mut query = Self::default();
        for pair in text.split('&') {
            let unescaped = pair.trim_start_matches("amp;");
            if unescaped.len() < pair.len() {
                query.warn(Warning::HtmlEscapedQuery);
            }
            let (name, value) = match unescaped.split_once('=') {
                Some(pair) => pair,
                None if unescaped.is_empty() => continue,
                None => {
                    // Text without a name may be anything, also a secret.
                    query.warn(Warning::IgnoredParameter(UNNAMED.to_owned()));
                    continue;
                }
            };
            let Some((parameter, known)) = query.parameter(name) else {
                query.warn(Warning::IgnoredParameter(shown(name)));
                continue;
            };
            match known {
                Some(before) if unescape(before, b' ') != unescape(value, b' ') => {
                    return Err(AccountError::ConflictingParameter(parameter));
                }
                _ => *known = Some(value),
            }
        }
        Ok(query)
    }

    fn parameter(&mut self, name: &str) -> Option<(Parameter, &mut Option<&'a str>)> {
        let all = [
            (Parameter::Secret, &mut self.secret),
            (Parameter::Issuer, &mut self.issuer),
            (Parameter::Algorithm, &mut self.algorithm),
            (Parameter::Digits, &mut self.digits),
            (Parameter::Period, &mut self.period),
            (Parameter::Counter, &mut self.counter),
            (Parameter::Image, &mut self.image),
            (Parameter::Encoder, &mut self.encoder),
        ];
        all.into_iter().find(|(parameter, _)| parameter.name().eq_ignore_ascii_case(name))
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

/// `text` with its percent escapes resolved ([RFC 3986, section 2.1]) and `plus` for
/// each `+`. A `%` that begins no escape is itself.
///
/// [RFC 3986, section 2.1]: https://www.rfc-editor.org/rfc/rfc3986#section-2.1
pub(super) fn unescape(text: &str, plus: u8) -> Cow<'_, [u8]> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(text.as_bytes());
    }
    // Never grown: the text may be a secret, which its reader wipes.
    let mut unescaped = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let (byte, after) = match (byte, after) {
            (b'+', _) => (plus, after),
            (b'%', [high, low, behind @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => ((high << 4) | low, behind),
                _ => (b'%', after),
            },
            _ => (*byte, after),
        };
        unescaped.push(byte);
        rest = after;
    }
    Cow::Owned(unescaped)
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

/// What a warning says in place of a name that may be a secret.
const UNNAMED: &str = "?";

/// A parameter's name as a warning may show it.
fn shown(name: &str) -> String {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let short = (1..=32).contains(&name.len()) && name.bytes().all(word);
    // From 80 bits on, letters and digits without a break may be a secret.
    let secret = name.len() >= 16 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if short && !secret { name.to_owned() } else { UNNAMED.to_owned() }
}
