//! `otpauth` URIs and their relatives, read.
//!
//! There is no standard for them, only [a page] that every service reads in its
//! own way. What is read here, and to what outcome, is the table in
//! `tests/otpauth.rs`.
//!
//! [a page]: https://github.com/google/google-authenticator/wiki/Key-Uri-Format

use std::borrow::Cow;

use memchr::memchr2;
use zeroize::Zeroizing;

use super::base32::{self, Decoded};
use super::label::Label;
use super::query::{Query, split_at_byte, unescape, unescape_text};
use super::{
    Account, AccountError, Algorithm, App, Digits, Kind, Parameter, Parsed, Period, Warning,
};
use crate::text;

/// The longest text that is read at all, in bytes.
pub(super) const MAX_LEN: usize = 8 * 1024;

impl Account {
    /// Reads a URI as a QR code holds it: `otpauth://`, `apple-otpauth://`,
    /// `steam://` or `motp://`, in the spellings that services really print.
    ///
    /// The answer is never silently wrong: an account, an account with warnings
    /// about what was doubtful, or an error.
    ///
    /// # Errors
    ///
    /// - [`AccountError::NotOtpauth`], [`AccountError::OtherApp`],
    ///   [`AccountError::UnsupportedKind`]: it is something else.
    /// - [`AccountError::MissingSecret`], [`AccountError::InvalidSecret`],
    ///   [`AccountError::UnsupportedAlgorithm`], [`AccountError::UnsupportedDigits`],
    ///   [`AccountError::UnsupportedPeriod`], [`AccountError::UnsupportedEncoder`],
    ///   [`AccountError::InvalidCounter`]: that value is missing or wrong.
    /// - [`AccountError::ConflictingParameter`]: it says two different things.
    /// - [`AccountError::TooLong`]: it is longer than 8 KiB, or a name in it is longer
    ///   than an account can hold.
    ///
    /// # Examples
    ///
    /// ```
    /// use authenticator_core::otp::{Account, AccountError, Warning};
    ///
    /// let parsed = Account::from_uri(
    ///     "otpauth://totp/Ex:al?secret=gezd%20gnbv%20gy3t%20qojq%20gezd%20gnbv%20gy&issuer=Other",
    /// )?;
    /// assert_eq!(parsed.account.issuer(), Some("Other"));
    /// assert_eq!(parsed.warnings, [Warning::IssuerMismatch]);
    ///
    /// let wrong = Account::from_uri("otpauth://totp/Ex:al?secret=0189");
    /// assert_eq!(wrong.unwrap_err(), AccountError::InvalidSecret);
    /// # Ok::<(), AccountError>(())
    /// ```
    pub fn from_uri(text: &str) -> Result<Parsed, AccountError> {
        if text.len() > MAX_LEN {
            return Err(AccountError::TooLong);
        }
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let (scheme, rest) = split_at_byte(text, b':');
        let rest = rest.ok_or(AccountError::NotOtpauth)?;
        let is = |name: &str| scheme.eq_ignore_ascii_case(name);
        if let Some((_, app)) = OTHER_APPS.iter().find(|(name, _)| is(name)) {
            return Err(AccountError::OtherApp { app: *app });
        }
        if is("motp") {
            // Aegis writes it as a URI without an authority: `motp:/label`.
            return read(UriKind::Motp, rest.trim_start_matches('/'));
        }
        let rest = rest.strip_prefix("//").ok_or(AccountError::NotOtpauth)?;
        if is("otpauth") || is("apple-otpauth") {
            let end = memchr2(b'/', b'?', rest.as_bytes()).unwrap_or(rest.len());
            let (kind, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let kind = UriKind::parse(kind)?;
            read(kind, rest.strip_prefix('/').unwrap_or(rest))
        } else if is("steam") {
            let decoded = decode_escaped(rest, base32::decode)?;
            let mut parsed = Self::from_parts("", "", Kind::Steam, decoded.secret)?;
            parsed.warnings.push(Warning::MissingLabel);
            if !decoded.canonical {
                parsed.warnings.push(Warning::NonCanonicalSecret);
            }
            Ok(parsed)
        } else {
            Err(AccountError::NotOtpauth)
        }
    }
}

/// Schemes of URIs that people scan here and that are not ours to read.
const OTHER_APPS: [(&str, App); 4] = [
    ("duo", App::Duo),
    ("oktaverify", App::OktaVerify),
    ("otpauth-migration", App::GoogleMigration),
    ("phonefactor", App::MicrosoftAuthenticator),
];

/// The kind of code that a URI asks for by its scheme and type.
#[derive(Clone, Copy, PartialEq)]
enum UriKind {
    Hotp,
    Motp,
    Steam,
    Totp,
    Yandex,
}

impl UriKind {
    fn parse(text: &str) -> Result<Self, AccountError> {
        let kinds = [
            ("totp", Self::Totp),
            ("hotp", Self::Hotp),
            ("steam", Self::Steam),
            ("yaotp", Self::Yandex),
        ];
        let found = kinds.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
        found.map(|(_, kind)| kind).ok_or(AccountError::UnsupportedKind)
    }
}

/// Reads `label?query`.
fn read(uri_kind: UriKind, rest: &str) -> Result<Parsed, AccountError> {
    let (label, text) = split_at_byte(rest, b'?');
    let text = text.unwrap_or_default();
    let mut query = Query::parse(text)?;
    let marked = |text: &str| memchr2(b'#', b'?', text.as_bytes()).is_some();
    if marked(label) || marked(text) {
        if rest.contains('#') {
            query.warn(Warning::UnescapedHash);
        }
        // In place of `&`, it would hide the parameter behind it; an image's address
        // has one by right.
        let marks = |text: &str| text.bytes().filter(|byte| *byte == b'?').count();
        if marks(text) > query.image.map_or(0, marks) {
            query.warn(Warning::UnescapedQuestionMark);
        }
    }
    let label = Label::parse(label);

    let secret = query.secret.ok_or(AccountError::MissingSecret)?;
    let decoded = match uri_kind {
        UriKind::Motp => decode_escaped(secret, base32::decode_hex)?,
        _ => decode_escaped(secret, base32::decode)?,
    };
    if !decoded.canonical {
        query.warn(Warning::NonCanonicalSecret);
    }

    if label.is_empty() {
        query.warn(Warning::MissingLabel);
    }
    if !label.decodable {
        query.warn(Warning::UndecodableText);
    }
    let parameter = query.issuer.map(|issuer| query.text(issuer)).unwrap_or_default();
    let (prefix, name) = label.split(&parameter);
    let prefix = prefix.unwrap_or_default().trim();
    let parameter = text::trim(parameter);
    if !parameter.is_empty() && !prefix.is_empty() && parameter != prefix {
        query.warn(Warning::IssuerMismatch);
    }
    let issuer = if parameter.is_empty() { prefix.to_owned().into() } else { parameter };
    let name = name.len();
    let (issuer, name) = (text::clean(issuer), text::clean(label.into_name(name)));

    // As it will be shown: what hides in the name does not make it another issuer.
    let kind = kind(uri_kind, &issuer.0, &mut query)?;
    let mut parsed = Account::assemble(issuer, name, kind, decoded.secret)?;
    if let Some(image) = query.image {
        let image = query.text(image);
        if !parsed.account.set_image(&image) {
            query.warn(Warning::IgnoredParameter(Parameter::Image.name().to_owned()));
        }
    }
    parsed.warnings.append(&mut query.warnings);
    Ok(parsed)
}

/// Decodes a secret whose text may have escapes in it, and wipes what they stood for.
fn decode_escaped(
    text: &str,
    decode: impl FnOnce(&[u8]) -> Result<Decoded, AccountError>,
) -> Result<Decoded, AccountError> {
    match unescape(text, b' ') {
        Cow::Borrowed(bytes) => decode(bytes),
        Cow::Owned(bytes) => decode(&Zeroizing::new(bytes)),
    }
}

/// The kind of code with its parameters.
fn kind(uri_kind: UriKind, issuer: &str, query: &mut Query<'_>) -> Result<Kind, AccountError> {
    let encoder = query.encoder.map(|encoder| query.text(encoder));
    let encoder = match encoder.as_deref().map(str::trim) {
        None => None,
        Some("") => {
            query.warn(Warning::DefaultedParameter(Parameter::Encoder));
            None
        }
        Some(name) if name.eq_ignore_ascii_case("steam") => Some(UriKind::Steam),
        Some(name) if name.eq_ignore_ascii_case("totp") => Some(UriKind::Totp),
        Some(_) => return Err(AccountError::UnsupportedEncoder),
    };
    let uri_kind = match (uri_kind, encoder) {
        (UriKind::Totp, Some(encoder)) => encoder,
        (UriKind::Totp, None) => totp_or_steam(issuer, query),
        (kind, None) => kind,
        (kind, Some(encoder)) if kind == encoder => kind,
        (_, Some(_)) => return Err(AccountError::UnsupportedEncoder),
    };
    match uri_kind {
        UriKind::Totp => {
            query.ignore(query.counter, Parameter::Counter);
            Ok(Kind::Totp {
                algorithm: query.algorithm()?,
                digits: query.digits()?,
                period: query.period()?,
            })
        }
        UriKind::Hotp => {
            query.ignore(query.period, Parameter::Period);
            Ok(Kind::Hotp {
                algorithm: query.algorithm()?,
                digits: query.digits()?,
                counter: query.counter()?,
            })
        }
        UriKind::Motp => Ok(query.fixed(Kind::Motp, "MD5")),
        UriKind::Steam => Ok(query.fixed(Kind::Steam, "SHA1")),
        UriKind::Yandex => Ok(query.fixed(Kind::Yandex, "SHA256")),
    }
}

/// Whether a URI that says TOTP means Steam's codes: it says so by `digits=s`, or
/// the issuer is Steam and no parameter speaks against it.
fn totp_or_steam(issuer: &str, query: &mut Query<'_>) -> UriKind {
    let number = |digits: &str| digits.starts_with(|first: char| first.is_ascii_digit());
    if query.digits.is_some_and(|digits| !number(digits) && is(digits, &["s"])) {
        return UriKind::Steam;
    }
    if !issuer.eq_ignore_ascii_case("steam") {
        return UriKind::Totp;
    }
    if says(query.digits, &["5", ""])
        && says(query.period, &["30", ""])
        && says_algorithm(query.algorithm, "SHA1")
    {
        query.warn(Warning::InferredSteam);
        UriKind::Steam
    } else {
        query.warn(Warning::AmbiguousSteam);
        UriKind::Totp
    }
}

/// Whether a parameter, if it is there, has one of the `expected` values.
fn says(value: Option<&str>, expected: &[&str]) -> bool {
    value.is_none_or(|value| is(value, expected))
}

/// Whether an algorithm, if it is there and not empty, is the `expected` one in any
/// spelling.
fn says_algorithm(value: Option<&str>, expected: &str) -> bool {
    let parsed = |value| Algorithm::parse(&unescape_text(value, b' ').0);
    says(value, &[expected, "null", ""])
        || value.is_some_and(|value| parsed(value).is_ok_and(|found| found.name() == expected))
}

/// Whether a value, its escapes resolved, is one of the `expected`.
fn is(value: &str, expected: &[&str]) -> bool {
    let (value, _) = unescape_text(value, b' ');
    expected.iter().any(|one| value.trim().eq_ignore_ascii_case(one))
}

/// The parameters, each read to a checked value.
impl<'a> Query<'a> {
    fn algorithm(&mut self) -> Result<Algorithm, AccountError> {
        match self.value(self.algorithm, Parameter::Algorithm) {
            Some(name) if name.eq_ignore_ascii_case("null") => {
                self.warn(Warning::DefaultedParameter(Parameter::Algorithm));
                Ok(Algorithm::default())
            }
            Some(name) => Algorithm::parse(&name),
            None => Ok(Algorithm::default()),
        }
    }

    fn digits(&mut self) -> Result<Digits, AccountError> {
        match self.value(self.digits, Parameter::Digits) {
            Some(text) => {
                let count = self.number(&text, Parameter::Digits);
                let count = count.and_then(|count| u8::try_from(count).ok());
                Digits::new(count.ok_or(AccountError::UnsupportedDigits)?)
            }
            None => Ok(Digits::default()),
        }
    }

    fn period(&mut self) -> Result<Period, AccountError> {
        match self.value(self.period, Parameter::Period) {
            Some(text) => {
                let secs = self.number(&text, Parameter::Period);
                let secs = secs.and_then(|secs| u32::try_from(secs).ok());
                Period::from_secs(secs.ok_or(AccountError::UnsupportedPeriod)?)
            }
            None => Ok(Period::default()),
        }
    }

    fn counter(&mut self) -> Result<u64, AccountError> {
        if self.counter.is_none() {
            self.warn(Warning::DefaultedParameter(Parameter::Counter));
        }
        match self.value(self.counter, Parameter::Counter) {
            Some(text) => {
                self.number(&text, Parameter::Counter).ok_or(AccountError::InvalidCounter)
            }
            None => Ok(0),
        }
    }

    /// A parameter's text without white space around it; `None`, with a warning,
    /// where it is there and empty.
    fn value(&mut self, value: Option<&'a str>, parameter: Parameter) -> Option<Cow<'a, str>> {
        let text = text::trim(self.text(value?));
        if text.is_empty() {
            self.warn(Warning::DefaultedParameter(parameter));
            return None;
        }
        Some(text)
    }

    /// A whole number; `6.0` and `06` are numbers too, with a warning.
    fn number(&mut self, text: &str, parameter: Parameter) -> Option<u64> {
        let (whole, fraction) = split_at_byte(text, b'.');
        let fraction = fraction.unwrap_or("0");
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        // `u64`'s own reader would take a sign.
        if !digits(whole) || fraction.bytes().any(|byte| byte != b'0') {
            return None;
        }
        let number = whole.parse().ok()?;
        if whole.len() < text.len() || (whole.starts_with('0') && whole.len() > 1) {
            self.warn(Warning::UnusualNumber(parameter));
        }
        Some(number)
    }

    /// Notes that a parameter which is there has no meaning for the kind of code.
    fn ignore(&mut self, value: Option<&str>, parameter: Parameter) {
        if value.is_some() {
            self.warn(Warning::IgnoredParameter(parameter.name().to_owned()));
        }
    }

    /// `kind`, whose parameters nobody can choose: notes those that say otherwise.
    fn fixed(&mut self, kind: Kind, algorithm: &str) -> Kind {
        let number = |number: u64| number.to_string();
        let digits = number(u64::try_from(kind.code_length()).unwrap_or_default());
        let period = number(kind.period().map_or(0, |period| period.as_secs().into()));
        if !says_algorithm(self.algorithm, algorithm) {
            self.ignore(self.algorithm, Parameter::Algorithm);
        }
        if !says(self.digits, &[&digits, "s", ""]) {
            self.ignore(self.digits, Parameter::Digits);
        }
        if !says(self.period, &[&period, ""]) {
            self.ignore(self.period, Parameter::Period);
        }
        self.ignore(self.counter, Parameter::Counter);
        kind
    }
}
