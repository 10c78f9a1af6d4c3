//! Where requests may go.
//!
//! A phone gives the endpoint of a Web Push subscription, so that whoever enrols chooses where
//! this service connects to. It must not be a way into the network that the service stands in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::Uri;

use super::http::{Reach, Unreached};

/// Whether `uri` may be gone to, as far as it says itself; names are looked at again once they
/// are resolved.
pub(super) fn check(uri: &Uri, reach: Reach) -> Result<(), Unreached> {
    let host = uri.host().filter(|host| !host.is_empty()).ok_or(Unreached::Refused)?;
    let has_userinfo = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let is_allowed = match (reach, uri.scheme_str()) {
        (_, Some("https")) if has_userinfo => false,
        (Reach::Chosen, Some("https")) => true,
        (Reach::Chosen, Some("http")) => !has_userinfo && is_loopback(host),
        (Reach::Public, Some("https")) => is_name(host),
        _ => false,
    };
    if is_allowed { Ok(()) } else { Err(Unreached::Refused) }
}

/// A name of DNS, and no address in any of its spellings: `getaddrinfo` reads `0x7f.1` and
/// `2130706433` as one, and every one of them ends in a label that begins with a digit. No
/// top-level domain does (RFC 3696, section 2).
fn is_name(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.') && last.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// The spellings of loopback that the protocol allows for development.
fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}

/// Whether `address` is somewhere in the public internet, by IANA's registries of addresses
/// for special purposes.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127, ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [192, 168, ..]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            // Multicast, reserved, and the broadcast.
            | [224..=255, ..]
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // What stands for an IPv4 address is as public as that: mapped, and translated (NAT64).
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    if let [0x64, 0xff9b, 0, 0, 0, 0, ..] = address.segments() {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    match address.segments() {
        // Assigned to protocols, Teredo among them; documentation; 6to4, which has an IPv4
        // address in it.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // The only block that global addresses are given out from.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(url: &str, reach: Reach) -> bool {
        check(&url.parse().unwrap(), reach).is_ok()
    }

    #[test]
    fn a_stranger_may_name_public_hosts_alone() {
        for url in [
            "https://push.example.com/s",
            "https://push.example.com./s",
            "https://push.example.com:8443/s?a=b",
        ] {
            assert!(verdict(url, Reach::Public), "{url}");
        }
        for url in [
            "http://push.example.com/s",
            "ftp://push.example.com/s",
            "https://user@push.example.com/s",
            "https://user:pass@push.example.com/s",
            "https://127.0.0.1/s",
            "https://127.1/s",
            "https://0x7f.1/s",
            "https://1.2.3.0x7f/s",
            "https://2130706433/s",
            "https://0177.0.0.1/s",
            "https://8.8.8.8/s",
            "https://8.8.8.8./s",
            "https://[::1]/s",
            "https://[2606:4700::1111]/s",
            "https://[::ffff:10.0.0.1]/s",
            "https://localhost/s",
            "https://localhost./s",
            "https://intranet/s",
            "http://localhost/s",
            "/s",
        ] {
            assert!(!verdict(url, Reach::Public), "{url}");
        }
    }

    #[test]
    fn the_operator_may_name_anything_but_plain_http_beyond_loopback() {
        for url in [
            "https://10.0.0.1/s",
            "https://gateway/s",
            "http://127.0.0.1:8080/s",
            "http://[::1]:8080/s",
            "http://localhost/s",
        ] {
            assert!(verdict(url, Reach::Chosen), "{url}");
        }
        for url in ["http://10.0.0.1/s", "http://localhost.example/s", "http://a@localhost/s", "/s"]
        {
            assert!(!verdict(url, Reach::Chosen), "{url}");
        }
    }

    #[test]
    fn addresses_for_special_purposes_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:192.168.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2001:200::1",
            "2606:4700::1111",
            "2a00:1450::1",
            "3ffe::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }
}
