//! Who asks: the address, which a proxy says where one is known.

use std::net::IpAddr;

/// The address that limits are counted for: the nearest one that no known proxy has. What a stranger
/// writes into `X-Forwarded-For` stands before what proxies add, and is never reached.
pub(super) fn address(peer: IpAddr, forwarded: &[&str], proxies: &[IpAddr]) -> String {
    let mut nearest = peer.to_canonical();
    let said = forwarded.iter().flat_map(|header| header.split(','));
    for text in said.collect::<Vec<_>>().into_iter().rev() {
        if !proxies.contains(&nearest) {
            break;
        }
        let Ok(address) = text.trim().parse::<IpAddr>() else { break };
        nearest = address.to_canonical();
    }
    match nearest {
        IpAddr::V4(address) => address.to_string(),
        // Whoever has one address has all of its network.
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &[&str]) -> String {
        let proxies = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        address(peer.parse().unwrap(), forwarded, &proxies)
    }

    #[test]
    fn only_a_known_proxy_says_who_asks() {
        assert_eq!(of("192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
        assert_eq!(of("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(of("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        // What a stranger wrote stands before what the proxy added.
        assert_eq!(of("10.0.0.1", &["1.1.1.1, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(of("10.0.0.1", &["1.1.1.1", "198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(of("10.0.0.1", &["nonsense"]), "10.0.0.1");
    }

    #[test]
    fn of_a_network_of_ipv6_all_addresses_are_one() {
        assert_eq!(of("2001:db8:1:2:3:4:5:6", &[]), "2001:db8:1:2::/64");
        assert_eq!(of("2001:db8:1:2::9", &[]), "2001:db8:1:2::/64");
    }
}
