//! The subscription of an app with a push service of the web, as the Push API writes it.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hyper::Uri;
use serde::Deserialize;

use super::address::check;
use super::http::Reach;

/// A point, uncompressed.
const POINT_LEN: usize = 65;
const AUTH_LEN: usize = 16;

/// Where a push of the web goes, and what it is encrypted to.
pub struct Subscription {
    endpoint: String,
    uri: Uri,
    p256dh: [u8; POINT_LEN],
    auth: [u8; AUTH_LEN],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text<'a> {
    #[serde(borrow)]
    endpoint: std::borrow::Cow<'a, str>,
    // A browser's own JSON has it, always `null`; what the phone's library writes has it not.
    #[serde(rename = "expirationTime", default)]
    _expiration: Option<u64>,
    #[serde(borrow)]
    keys: Keys<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys<'a> {
    p256dh: &'a str,
    auth: &'a str,
}

impl Subscription {
    /// Reads a push target. `None` if it is none.
    pub fn parse(target: &str) -> Option<Self> {
        let text: Text<'_> = serde_json::from_str(target).ok()?;
        let decoded = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let uri: Uri = text.endpoint.parse().ok()?;
        uri.host()?;
        Some(Self {
            uri,
            endpoint: text.endpoint.into_owned(),
            p256dh: decoded(text.keys.p256dh)?.try_into().ok()?,
            auth: decoded(text.keys.auth)?.try_into().ok()?,
        })
    }

    /// Whether its endpoint may be gone to, as far as it says itself. Ask it before a phone's
    /// target is stored; names are looked at again when they are gone to.
    pub fn is_within(&self, reach: Reach) -> bool {
        check(&self.uri, reach).is_ok()
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What VAPID's `aud` is (RFC 6454, section 6.2): scheme, host, and port where it is not
    /// the scheme's own.
    pub(super) fn origin(&self) -> Option<String> {
        let (scheme, host) = (self.uri.scheme_str()?, self.uri.host()?.to_ascii_lowercase());
        Some(match (scheme, self.uri.port_u16()) {
            ("https", Some(443)) | ("http", Some(80)) | (_, None) => format!("{scheme}://{host}"),
            (_, Some(port)) => format!("{scheme}://{host}:{port}"),
        })
    }

    pub(super) fn p256dh(&self) -> &[u8] {
        &self.p256dh
    }

    pub(super) fn auth(&self) -> &[u8] {
        &self.auth
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("host", &self.uri.host()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P256DH: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn target(endpoint: &str) -> String {
        format!(r#"{{"endpoint":"{endpoint}","keys":{{"p256dh":"{P256DH}","auth":"{AUTH}"}}}}"#)
    }

    #[test]
    fn the_origin_is_scheme_host_and_a_port_that_is_not_the_schemes() {
        for (endpoint, origin) in [
            ("https://push.example.net/a/b?c=d", "https://push.example.net"),
            ("https://PUSH.example.net:443/a", "https://push.example.net"),
            ("https://push.example.net:8443/a", "https://push.example.net:8443"),
            ("http://localhost:9999/a", "http://localhost:9999"),
            ("http://127.0.0.1:80/a", "http://127.0.0.1"),
            ("https://[2001:db8::1]:1/a", "https://[2001:db8::1]:1"),
        ] {
            let subscription = Subscription::parse(&target(endpoint)).unwrap();
            assert_eq!(subscription.origin().as_deref(), Some(origin), "{endpoint}");
        }
    }

    #[test]
    fn what_is_no_subscription_is_refused() {
        let whole = target("https://push.example.net/s");
        assert!(Subscription::parse(&whole).is_some());
        for broken in [
            String::new(),
            "{}".to_owned(),
            whole.replace("BCVx", "BCV"),
            whole.replace("BTBZ", "BTBZAAAA"),
            whole.replace(AUTH, "BTBZMqHH6r4Tts7J/aSIgg"),
            whole.replace("\"keys\"", "\"more\":1,\"keys\""),
            whole.replace("\"auth\"", "\"more\":1,\"auth\""),
            target("/s"),
            target("https://"),
            target("https://push example.net"),
        ] {
            assert!(Subscription::parse(&broken).is_none(), "{broken}");
        }
        let browser = whole.replace("\"keys\"", "\"expirationTime\":null,\"keys\"");
        assert!(Subscription::parse(&browser).is_some());
    }
}
