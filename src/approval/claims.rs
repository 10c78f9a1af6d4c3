//! What messages are made of: each type reads its one spelling, and refuses the rest.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::jose::{decode, encode, to_json};
use crate::UnixTime;
use crate::crypto::curve::PublicKey;
use crate::crypto::digest::sha256;
use crate::crypto::key::equal;
use crate::crypto::random::{self, NoRandomness};
use crate::text::clean;

/// An optional member, where it is there: `null` is none of its values.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A SHA-256, in messages as base64url. Compared in a time that says nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hash([u8; 32]);

impl Hash {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(*sha256(&[bytes]))
    }

    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl PartialEq for Hash {
    fn eq(&self, other: &Self) -> bool {
        equal(&self.0, &other.0)
    }
}

impl Eq for Hash {}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode(&self.0))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("a hash"))
    }
}

/// A public key on P-256 as a JWK of exactly `kty`, `crv`, `x`, `y`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Jwk(pub(crate) PublicKey);

impl Jwk {
    /// The key that `bytes` are, a point uncompressed.
    pub(crate) fn from_sec1(bytes: &[u8]) -> Option<Self> {
        PublicKey::from_sec1(bytes).map(Self)
    }

    /// RFC 7638, with SHA-256.
    pub(crate) fn thumbprint(&self) -> Hash {
        // In the order of the names, without white space, as it is written anyhow.
        Hash::of(&to_json(self))
    }
}

/// Members in the order that RFC 7638 hashes them in.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Members {
    crv: String,
    kty: String,
    x: Hash,
    y: Hash,
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (x, y) = self.0.coordinates();
        let (crv, kty) = ("P-256".to_owned(), "EC".to_owned());
        Members { crv, kty, x: Hash(*x), y: Hash(*y) }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Members::deserialize(deserializer)?;
        let known = members.kty == "EC" && members.crv == "P-256";
        // Coordinates have 32 bytes each, as hashes have.
        let key = PublicKey::from_coordinates(&members.x.0, &members.y.0).filter(|_| known);
        key.map(Self).ok_or_else(|| D::Error::custom("a key on P-256"))
    }
}

/// A text that `valid` holds for, in a type of its own.
macro_rules! checked_text {
    ($(#[$about:meta])* $name:ident, $what:literal, $read:expr) => {
        $(#[$about])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        pub(crate) struct $name(String);

        impl $name {
            pub(crate) fn parse(text: &str) -> Option<Self> {
                let read: fn(&str) -> Option<String> = $read;
                read(text).map(Self)
            }

            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| D::Error::custom($what))
            }
        }
    };
}

checked_text!(
    /// A text for people: 1 to 256 characters, of which those that mislead are left out.
    /// What is kept is what is shown.
    Text,
    "a text",
    |text| {
        let fits = (1..=256).contains(&text.chars().count());
        fits.then(|| clean(text).0.into_owned()).filter(|shown| !shown.is_empty())
    }
);

checked_text!(
    /// An identifier or a nonce: 22 to 86 characters of the alphabet of base64url.
    Identifier,
    "an identifier",
    |text| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        ((22..=86).contains(&text.len()) && text.bytes().all(known)).then(|| text.to_owned())
    }
);

checked_text!(
    /// A service: `https` and a host in lower case, with a port that is not 443; `http` for
    /// loopback alone.
    Origin,
    "an origin",
    |text| (text.len() <= 256 && is_origin(text)).then(|| text.to_owned())
);

checked_text!(
    /// Where a request goes: an origin with a path.
    Endpoint,
    "an address",
    |text| {
        let after_scheme = text.find("://")? + 3;
        let (_, rest) = text.split_at_checked(after_scheme)?;
        let path = after_scheme + rest.find('/')?;
        let (origin, path) = text.split_at_checked(path)?;
        let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'?'));
        (text.len() <= 256 && is_origin(origin) && plain).then(|| text.to_owned())
    }
);

impl Identifier {
    /// 128 random bits.
    pub(crate) fn make() -> Result<Self, NoRandomness> {
        Ok(Self(encode(&random::make::<16>()?)))
    }
}

fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let default_port = if scheme == "https" { "443" } else { "80" };
    let port_fits = port.is_none_or(|port| {
        let number = port.parse::<u16>().is_ok_and(|port| port > 0);
        number && !port.starts_with(['0', '+']) && port != default_port
    });
    (scheme == "https" || scheme == "http" && loopback) && port_fits && (loopback || is_host(host))
}

/// A name as DNS has it (RFC 1123, section 2.1), in lower case, or an address of version 4.
fn is_host(host: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let label = |label: &str| {
        let fits = (1..=63).contains(&label.len()) && label.bytes().all(known);
        fits && !label.starts_with('-') && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(label)
}

/// Seconds since 1970, or another whole number up to 2⁵³ − 1.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct Whole(u64);

impl Whole {
    const MOST: u64 = (1 << 53) - 1;
    pub(crate) const ZERO: Self = Self(0);
    pub(crate) const ONE: Self = Self(1);

    pub(crate) const fn new(number: u64) -> Option<Self> {
        if number <= Self::MOST { Some(Self(number)) } else { None }
    }

    pub(crate) const fn as_u64(self) -> u64 {
        self.0
    }

    pub(crate) const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }

    pub(crate) fn later(self, seconds: u64) -> Option<Self> {
        self.0.checked_add(seconds).and_then(Self::new)
    }

    pub(crate) const fn time(self) -> UnixTime {
        UnixTime::from_secs(self.0)
    }
}

/// A time beyond what a message can say is the last that it can.
impl From<UnixTime> for Whole {
    fn from(time: UnixTime) -> Self {
        Self(time.as_secs().min(Self::MOST))
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u64::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("a number"))
    }
}

/// Whether no element is there twice.
pub(super) fn are_distinct<T: PartialEq>(list: &[T]) -> bool {
    list.iter().enumerate().all(|(place, one)| !list.iter().take(place).any(|before| before == one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn a_number_is_whole_and_written_in_one_way() {
        assert_eq!(read::<Whole>("9007199254740991").map(Whole::as_u64), Some(Whole::MOST));
        for wrong in ["9007199254740992", "-1", "-0", "1.0", "1e3", "01", "\"1\"", "null", "true"] {
            assert_eq!(read::<Whole>(wrong), None, "{wrong}");
        }
        assert_eq!(Whole::new(Whole::MOST).and_then(Whole::next), None);
        assert_eq!(Whole::from(UnixTime::from_secs(u64::MAX)).as_u64(), Whole::MOST);
    }

    #[test]
    fn a_text_is_kept_as_it_is_shown() {
        let text = |text: &str| Text::parse(text).map(|text| text.as_str().to_owned());
        assert_eq!(text(" Ex\u{202e}ample\n").as_deref(), Some("Example"));
        assert_eq!(text(&"ä".repeat(256)).map(|text| text.chars().count()), Some(256));
        for wrong in ["", " ", "\u{202e}", &"ä".repeat(257)] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_identifier_has_128_bits_at_least() {
        assert!(Identifier::parse(&"a".repeat(22)).is_some());
        assert!(Identifier::parse(&"-_".repeat(43)).is_some());
        for wrong in ["a".repeat(21), "a".repeat(87), "a".repeat(21) + "=", "ä".repeat(22)] {
            assert_eq!(Identifier::parse(&wrong), None, "{wrong}");
        }
        assert_eq!(Identifier::make().unwrap().as_str().len(), 22);
    }

    #[test]
    fn an_origin_has_one_spelling() {
        for right in [
            "https://id.example",
            "https://id.example:8443",
            "https://xn--bcher-kva.example",
            "https://192.0.2.1",
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://[::1]:80000".replace("80000", "8000").as_str(),
            "https://localhost",
        ] {
            assert!(Origin::parse(right).is_some(), "{right}");
        }
        for wrong in [
            "http://id.example",
            "https://id.example/",
            "https://id.example:443",
            "http://localhost:80",
            "https://id.example:0",
            "https://id.example:+1",
            "https://id.example:08",
            "https://id.example:65536",
            "https://id.example:",
            "https://Id.example",
            "https://id.example.",
            "https://-id.example",
            "https://user@id.example",
            "https://[::2]",
            "https://",
            "id.example",
            "ftp://id.example",
            "https://b\u{fc}cher.example",
        ] {
            assert_eq!(Origin::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_endpoint_is_an_origin_with_a_path() {
        for right in ["https://id.example/", "https://id.example/a/b%20c", "http://localhost:1/a"] {
            assert!(Endpoint::parse(right).is_some(), "{right}");
        }
        for wrong in [
            "https://id.example",
            "https://id.example/a?b",
            "https://id.example/a#b",
            "https://id.example/a b",
            "http://id.example/a",
            "https://id.example\\/a",
            &format!("https://id.example/{}", "x".repeat(256)),
        ] {
            assert_eq!(Endpoint::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_has_its_four_members_and_is_on_the_curve() {
        // RFC 7517, appendix A.1, and its thumbprint by RFC 7638.
        let (x, y) = (
            "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        );
        let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#);
        let key: Jwk = read(&jwk).unwrap();
        assert_eq!(key.thumbprint().to_string(), "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
        assert_eq!(read::<Jwk>(&serde_json::to_string(&key).unwrap()), Some(key));
        for (from, to) in [
            ("\"EC\"", "\"OKP\""),
            ("P-256", "P-384"),
            (x, y),
            (x, &x[1..]),
            ("{", "{\"kid\":\"a\","),
            ("{", "{\"d\":\"a\","),
            ("\"EC\",", "\"EC\",\"kty\":\"EC\","),
        ] {
            assert_eq!(read::<Jwk>(&jwk.replacen(from, to, 1)), None, "{to}");
        }
    }
}
