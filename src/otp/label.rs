//! The label of an `otpauth` URI: `issuer:name`, or just a name.

use std::borrow::Cow;

use super::query::unescape_text;

/// A label with its escapes resolved.
pub(super) struct Label<'a> {
    text: Cow<'a, str>,
    /// Whether every byte of it was text.
    pub(super) decodable: bool,
}

impl<'a> Label<'a> {
    /// Resolves the escapes of `text`. A `+` stays one: only a query has it for a space.
    pub(super) fn parse(text: &'a str) -> Self {
        let (text, decodable) = unescape_text(text, b'+');
        Self { text, decodable }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }

    /// The label [`split`].
    pub(super) fn split(&self, issuer: &str) -> (Option<&str>, &str) {
        split(&self.text, Some(issuer))
    }

    /// The last `len` bytes: the name, which is no copy where the label is none.
    pub(super) fn into_name(self, len: usize) -> Cow<'a, str> {
        let start = self.text.len().saturating_sub(len);
        match self.text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(start..).unwrap_or_default()),
            Cow::Owned(mut text) => {
                text.replace_range(..start, "");
                Cow::Owned(text)
            }
        }
    }
}

/// The issuer's part of `text`, if there is one, and the name's.
///
/// If the label begins with the issuer that is known from elsewhere, that is where
/// it is split, so that an issuer may have a colon in it; otherwise at the first
/// colon, so that a name may (`Matrix:@ed:matrix.org`).
pub(crate) fn split<'a>(text: &'a str, issuer: Option<&str>) -> (Option<&'a str>, &'a str) {
    let named = issuer.filter(|issuer| !issuer.is_empty()).and_then(|issuer| {
        let name = text.strip_prefix(issuer)?.strip_prefix(':')?;
        text.get(..issuer.len()).zip(Some(name))
    });
    match named.or_else(|| text.split_once(':')) {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    }
}
