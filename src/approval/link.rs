//! Links: what an enrolment begins with, and what a person scans to match.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::claims::{Hash, Identifier, Origin, Text, Whole};
use super::refusal::Refusal;
use crate::UnixTime;

/// Bytes that a link has at most.
const MAX_LEN: usize = 2_048;

/// What a QR code or a link of a service asks for: to enrol this phone for an account.
///
/// Nothing in it is proved. Show origin and account, and enrol only when the person says
/// so; the account that the service signs comes with the offer.
///
/// # Examples
///
/// ```
/// use authenticator_core::approval::EnrolmentLink;
///
/// let link = EnrolmentLink::parse(
///     "approval://enrol?v=1&iss=https%3A%2F%2Fid.example&code=xxxxxxxxxxxxxxxxxxxxxx\
///      &key=NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs&exp=1741011892&account=al",
/// )?;
///
/// assert_eq!(link.origin(), "https://id.example");
/// assert_eq!(link.account(), "al");
/// # Ok::<(), authenticator_core::approval::Refusal>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct EnrolmentLink {
    pub(super) iss: Origin,
    pub(super) code: Identifier,
    /// The thumbprint of the key that signs the configuration.
    pub(super) key: Hash,
    pub(super) exp: Whole,
    account: Text,
    /// What goes into the pairing code.
    pub(super) hash: Hash,
}

/// The code is good for whoever has it.
impl fmt::Debug for EnrolmentLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { iss, account, .. } = self;
        f.debug_struct("EnrolmentLink")
            .field("iss", iss)
            .field("account", account)
            .finish_non_exhaustive()
    }
}

impl EnrolmentLink {
    /// Reads a link, `approval://enrol` or one of the app's own (`https`, with the path
    /// `/approval/enrol`).
    ///
    /// # Errors
    ///
    /// - [`Refusal::WrongType`]: this is no such link.
    /// - [`Refusal::Unsupported`]: it is of a newer version of the protocol.
    /// - [`Refusal::Malformed`]: a parameter is missing, unknown, or no such value.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let query = query(text, "enrol")?;
        let [iss, code, key, exp, account] =
            parameters(query, ["iss", "code", "key", "exp", "account"])?;
        let parts = [iss.as_str(), &code, &key, &exp, &account].join("\n");
        let digits = exp.bytes().all(|byte| byte.is_ascii_digit()) && !exp.starts_with('0');
        let exp = exp.parse().ok().filter(|_| digits).and_then(Whole::new);
        Ok(Self {
            iss: Origin::parse(&iss).ok_or(Refusal::Malformed)?,
            code: Identifier::parse(&code).ok_or(Refusal::Malformed)?,
            key: Hash::parse(&key).ok_or(Refusal::Malformed)?,
            exp: exp.ok_or(Refusal::Malformed)?,
            account: Text::parse(&account).ok_or(Refusal::Malformed)?,
            hash: Hash::of(parts.as_bytes()),
        })
    }

    /// The service, as its origin: what a person should recognise.
    pub fn origin(&self) -> &str {
        self.iss.as_str()
    }

    /// The account, as the link calls it.
    pub fn account(&self) -> &str {
        self.account.as_str()
    }

    /// When the link is over.
    pub fn expires(&self) -> UnixTime {
        self.exp.time()
    }
}

/// What a person scans on the page in order to match.
#[derive(Clone, Debug)]
pub(super) struct MatchLink {
    pub(super) jti: Identifier,
    pub(super) value: Identifier,
}

impl MatchLink {
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let [jti, value] = parameters(query(text, "match")?, ["jti", "m"])?;
        Ok(Self {
            jti: Identifier::parse(&jti).ok_or(Refusal::Malformed)?,
            value: Identifier::parse(&value)
                .filter(|value| value.as_str().len() == 22)
                .ok_or(Refusal::Malformed)?,
        })
    }
}

/// The query of a link for `what`.
fn query<'a>(text: &'a str, what: &str) -> Result<&'a str, Refusal> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let (address, query) = text.split_once('?').ok_or(Refusal::WrongType)?;
    let path = match address.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("approval") => Some(rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => {
            rest.split_once('/').and_then(|(_, path)| path.strip_prefix("approval/"))
        }
        _ => None,
    };
    if path != Some(what) {
        return Err(Refusal::WrongType);
    }
    if text.len() > MAX_LEN { Err(Refusal::Malformed) } else { Ok(query) }
}

/// The values of `names` in a query that has them, and `v`, once each, and nothing else.
fn parameters<const N: usize>(query: &str, names: [&str; N]) -> Result<[String; N], Refusal> {
    let mut pairs = Vec::new();
    for pair in query.split('&') {
        pairs.push(pair.split_once('=').ok_or(Refusal::Malformed)?);
    }
    let value = |name: &str| {
        let mut values = pairs.iter().filter(|(known, _)| *known == name).map(|(_, value)| *value);
        match (values.next(), values.next()) {
            (Some(value), None) => decoded(value),
            _ => Err(Refusal::Malformed),
        }
    };
    // First: what else a newer version has is not to be called malformed.
    if value("v")? != "1" {
        return Err(Refusal::Unsupported);
    }
    if pairs.len() != N + 1 {
        return Err(Refusal::Malformed);
    }
    let mut found = [const { String::new() }; N];
    for (slot, name) in found.iter_mut().zip(names) {
        *slot = value(name)?;
    }
    Ok(found)
}

/// Percent-encoded text (RFC 3986): a `%` stands before two hexadecimal digits, and a `+`
/// for itself.
fn decoded(value: &str) -> Result<String, Refusal> {
    let escapes = value.split('%').skip(1);
    let hex = |escape: &str| escape.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !escapes.into_iter().all(hex) {
        return Err(Refusal::Malformed);
    }
    let text = percent_decode_str(value).decode_utf8().map_err(|_| Refusal::Malformed)?;
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

    fn link() -> String {
        format!(
            "approval://enrol?v=1&iss=https%3A%2F%2Fid.example&code=xxxxxxxxxxxxxxxxxxxxxx&key={KEY}\
             &exp=1741011892&account=al%40id.example"
        )
    }

    #[test]
    fn a_link_is_read_by_either_scheme_and_in_any_order() {
        let read = EnrolmentLink::parse(&link()).unwrap();
        assert_eq!((read.origin(), read.account()), ("https://id.example", "al@id.example"));
        assert_eq!(read.expires(), UnixTime::from_secs(1_741_011_892));
        for same in [
            link().replace("approval://enrol", "APPROVAL://enrol"),
            link().replace("approval://enrol", "https://app.example/approval/enrol"),
            format!(" {}\n", link()),
            link().replace("v=1&", "") + "&v=1",
        ] {
            assert_eq!(EnrolmentLink::parse(&same).as_ref(), Ok(&read), "{same}");
        }
        // The pairing code covers every value.
        let other = EnrolmentLink::parse(&link().replace("al%40", "bo%40")).unwrap();
        assert_ne!(other.hash, read.hash);
    }

    #[test]
    fn what_is_no_link_of_this_version_says_so() {
        for (text, refusal) in [
            ("otpauth://totp/al?secret=AAAA".to_owned(), Refusal::WrongType),
            (link().replace("enrol?", "match?"), Refusal::WrongType),
            (
                link().replace("approval://enrol", "http://app.example/approval/enrol"),
                Refusal::WrongType,
            ),
            (link().replace("v=1", "v=2") + "&more=1", Refusal::Unsupported),
            (link().replace("v=1&", ""), Refusal::Malformed),
            (link() + "&v=1", Refusal::Malformed),
            (link() + "&account=al", Refusal::Malformed),
            (link() + "&more=1", Refusal::Malformed),
            (link() + "&", Refusal::Malformed),
            (link().replace("https%3A", "http%3A"), Refusal::Malformed),
            (link().replace("id.example&", "id.example%2F&"), Refusal::Malformed),
            (link().replace("id.example&", "ID.example&"), Refusal::Malformed),
            (link().replace("id.example&", "id.example:443&"), Refusal::Malformed),
            (link().replace("exp=1", "exp=01"), Refusal::Malformed),
            (link().replace("exp=1", "exp=%2B1"), Refusal::Malformed),
            (link().replace("xxxxxx", ""), Refusal::Malformed),
            (link().replace(KEY, &KEY[1..]), Refusal::Malformed),
            (link().replace("al%40", "al%4"), Refusal::Malformed),
            (link().replace("al%40", "al%ff"), Refusal::Malformed),
            (link().replace("al%40id.example", "%E2%80%AE"), Refusal::Malformed),
            (link().replace("al%40", &"x".repeat(3_000)), Refusal::Malformed),
        ] {
            assert_eq!(EnrolmentLink::parse(&text).err(), Some(refusal), "{text}");
        }
    }

    #[test]
    fn a_match_link_has_128_bits() {
        let link = |m: &str| format!("approval://match?v=1&jti=yyyyyyyyyyyyyyyyyyyyyy&m={m}");
        let read = MatchLink::parse(&link("zzzzzzzzzzzzzzzzzzzzzz")).unwrap();
        assert_eq!(read.jti.as_str(), "yyyyyyyyyyyyyyyyyyyyyy");
        assert_eq!(read.value.as_str(), "zzzzzzzzzzzzzzzzzzzzzz");
        for wrong in ["", "zz", "zzzzzzzzzzzzzzzzzzzzzzz", "zzzzzzzzzzzzzzzzzzzzz%20"] {
            assert_eq!(MatchLink::parse(&link(wrong)).err(), Some(Refusal::Malformed), "{wrong}");
        }
    }
}
