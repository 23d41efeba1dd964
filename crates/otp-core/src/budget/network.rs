//! Client addresses as budgets count them: by the network that one customer of a provider has to himself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The prefix length of what a provider hands to one line.
const LINE: u8 = 64;

/// A network, and how many times the limits of one client it is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    /// Its first address.
    pub(crate) address: IpAddr,
    /// Its prefix length in bits.
    pub(crate) prefix: u8,
    /// How many times the limits it is granted.
    pub(crate) share: u32,
}

/// The networks that an address counts for: an IPv4 address alone; of IPv6 the /64, and the /48 at four times.
///
/// A provider hands out whole /64s and often /48s, so single IPv6 addresses say nothing.
/// IPv4 addresses in IPv6 clothes count as what they are.
pub(crate) fn networks(address: IpAddr) -> Vec<Network> {
    const WIDER_SHARE: u32 = 4;
    match unfolded(address) {
        IpAddr::V4(_) => vec![Network {
            address: unfolded(address),
            prefix: 32,
            share: 1,
        }],
        IpAddr::V6(v6) => [(LINE, 1), (48, WIDER_SHARE)]
            .map(|(prefix, share)| Network {
                address: masked(v6, prefix).into(),
                prefix,
                share,
            })
            .into(),
    }
}

/// Returns what one client can be told apart by: its IPv4 address, or the /64 that every line of IPv6 has to itself.
pub fn client_network(address: IpAddr) -> IpAddr {
    match unfolded(address) {
        IpAddr::V6(v6) => masked(v6, LINE).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Takes out the IPv4 address that stands in a mapped one (`::ffff:0:0/96`, RFC 4291 section 2.5.5.2) or in one of NAT64
/// (`64:ff9b::/96`, RFC 6052 section 2.1): else one client would be two, and a whole IPv4 Internet one /64.
pub fn unfolded(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => match v6.segments() {
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
                Ipv4Addr::new(a, b, c, d).into()
            }
            _ => v6.into(),
        },
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn masked(address: Ipv6Addr, prefix: u8) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
    Ipv6Addr::from(u128::from(address) & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(address: &str) -> Vec<String> {
        let networks = networks(address.parse().expect("an address"));
        let written = networks.into_iter().map(
            |Network {
                 address,
                 prefix,
                 share,
             }| format!("{address}/{prefix} x{share}"),
        );
        written.collect()
    }

    #[test]
    fn counts_by_network_and_sees_ipv4_in_ipv6_clothes() {
        for (address, counts_for) in [
            ("192.0.2.7", &["192.0.2.7/32 x1"][..]),
            ("::ffff:192.0.2.7", &["192.0.2.7/32 x1"]),
            ("64:ff9b::192.0.2.7", &["192.0.2.7/32 x1"]),
            (
                "2001:db8:1:2:3:4:5:6",
                &["2001:db8:1:2::/64 x1", "2001:db8:1::/48 x4"],
            ),
            (
                "2001:db8:1:2:ffff::",
                &["2001:db8:1:2::/64 x1", "2001:db8:1::/48 x4"],
            ),
            ("64:ff9b:1::1", &["64:ff9b:1::/64 x1", "64:ff9b:1::/48 x4"]),
        ] {
            assert_eq!(written(address), counts_for, "{address}");
        }
    }
}
