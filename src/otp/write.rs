//! Accounts written as canonical URIs.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Account, Algorithm, Digits, Kind, Period};
use crate::SecretString;

/// All but the unreserved characters of [RFC 3986, section 2.3] and `@`, which
/// reads better bare and is allowed in a path and in a query.
///
/// [RFC 3986, section 2.3]: https://www.rfc-editor.org/rfc/rfc3986#section-2.3
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

impl Account {
    /// The account as the URI that goes into a QR code: what
    /// [`from_uri`](Self::from_uri) reads back to the same account.
    ///
    /// The issuer stands before the name and as a parameter; `algorithm`, `digits`
    /// and `period` stand only where they differ from SHA1, 6 and 30; a space is
    /// `%20`, never `+`. The text holds the secret. A PIN is never part of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use authenticator_core::Secret;
    /// use authenticator_core::otp::{Account, Kind};
    ///
    /// let secret = Secret::new(b"12345678901234567890".to_vec());
    /// let account = Account::from_parts("Big Co", "al@big.co", Kind::totp(), secret)?.account;
    ///
    /// assert_eq!(
    ///     account.to_uri().expose(),
    ///     "otpauth://totp/Big%20Co:al@big.co?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Big%20Co",
    /// );
    /// # Ok::<(), authenticator_core::otp::AccountError>(())
    /// ```
    pub fn to_uri(&self) -> SecretString {
        let secret = self.secret_text();
        let issuer = self.issuer().unwrap_or_default();
        let image = self.image().unwrap_or_default();
        // Grown, the text would leave copies of the secret behind.
        let longest = 3 * (2 * issuer.len() + self.name().len() + image.len());
        let mut uri = String::with_capacity(longest + secret.expose().len() + 200);

        uri.push_str(match self.kind() {
            Kind::Hotp { .. } => "otpauth://hotp/",
            Kind::Motp => "motp://",
            Kind::Steam => "otpauth://steam/",
            Kind::Totp { .. } => "otpauth://totp/",
            Kind::Yandex => "otpauth://yaotp/",
        });
        // An empty issuer keeps a name with a colon from being split.
        if !issuer.is_empty() || self.name().contains(':') {
            push(&mut uri, "", issuer);
            uri.push(':');
        }
        push(&mut uri, "", self.name());
        uri.push_str("?secret=");
        uri.push_str(secret.expose());
        // Readers of `motp://` know no parameter but the secret.
        if !issuer.is_empty() && (self.kind() != Kind::Motp || issuer.contains(':')) {
            push(&mut uri, "&issuer=", issuer);
        }
        push_parameters(&mut uri, self.kind(), issuer);
        if !image.is_empty() {
            push(&mut uri, "&image=", image);
        }
        SecretString::new(uri)
    }
}

fn push_parameters(uri: &mut String, kind: Kind, issuer: &str) {
    let (Kind::Hotp { algorithm, digits, .. } | Kind::Totp { algorithm, digits, .. }) = kind else {
        return;
    };
    if algorithm != Algorithm::default() {
        push(uri, "&algorithm=", algorithm.name());
    }
    if digits != Digits::default() {
        push_number(uri, "&digits=", digits.count().into());
    }
    match kind {
        Kind::Hotp { counter, .. } => push_number(uri, "&counter=", counter),
        Kind::Totp { period, .. } => {
            if period != Period::default() {
                push_number(uri, "&period=", period.as_secs().into());
            }
            // Without it, the issuer's name alone would make these Steam's codes.
            if issuer.eq_ignore_ascii_case("steam") {
                uri.push_str("&encoder=totp");
            }
        }
        Kind::Motp | Kind::Steam | Kind::Yandex => {}
    }
}

fn push(uri: &mut String, before: &str, text: &str) {
    uri.push_str(before);
    uri.extend(utf8_percent_encode(text, ESCAPED));
}

fn push_number(uri: &mut String, before: &str, number: u64) {
    // Writing to a String cannot fail.
    let _ = write!(uri, "{before}{number}");
}
