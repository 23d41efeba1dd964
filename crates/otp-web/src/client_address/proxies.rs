//! The proxies whose word about the client counts.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use otp_core::unfolded;

/// The proxies that are believed when they name the client; none, unless they are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses and networks, separated by commas: `127.0.0.1, 10.0.0.0/8, 2001:db8::/32`.
    ///
    /// # Errors
    /// [`NotAProxy`] names the first part that is neither, or a network that is everybody.
    pub fn parse(text: &str) -> Result<Self, NotAProxy> {
        let parts = text.split(',').map(str::trim);
        let networks = parts.filter(|part| !part.is_empty()).map(network);
        networks.collect::<Result<_, _>>().map(Self)
    }

    /// Says whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let address = unfolded(address);
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(text: &str) -> Result<IpNet, NotAProxy> {
    /// What a mapped IPv6 network has before its IPv4 part.
    const MAPPED: u8 = 96;
    let bad = || NotAProxy(text.to_owned());
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(unfolded(address).into());
    }
    let network: IpNet = text.parse().map_err(|_| bad())?;
    let network = match (unfolded(network.addr()), network) {
        // Addresses are unfolded before they are looked for here, so networks are as well.
        (IpAddr::V4(start), IpNet::V6(folded)) => {
            let length = folded.prefix_len().checked_sub(MAPPED).ok_or_else(bad)?;
            Ipv4Net::new(start, length).map_err(|_| bad())?.into()
        }
        (_, network) => network,
    };
    // Everybody would name the client then, and the client itself stands leftmost.
    if network.prefix_len() == 0 {
        return Err(bad());
    }
    Ok(network)
}

/// What is neither an address nor a network of proxies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address and no network of some proxies")]
pub struct NotAProxy(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_read_and_everybody_is_refused() {
        for (text, inside, outside) in [
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            (" 10.0.0.0/8 , ::1 ", "10.255.0.1", "11.0.0.0"),
            ("10.9.8.7/8", "10.1.1.1", "9.9.9.9"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("::ffff:10.0.0.0/104", "10.2.3.4", "11.0.0.0"),
            ("10.0.0.0/8", "::ffff:10.2.3.4", "64:ff9b::b00:0"),
        ] {
            let trusted = TrustedProxies::parse(text).expect(text);
            assert!(trusted.contains(inside.parse().expect(inside)), "{text}");
            assert!(!trusted.contains(outside.parse().expect(outside)), "{text}");
        }
        assert!(TrustedProxies::parse("").expect("none").is_empty());
        for wrong in [
            "localhost",
            "10.0.0.0/33",
            "10.0.0",
            "010.0.0.1",
            "10.0.0.1:80",
            "[::1]",
            "0.0.0.0/0",
            "::/0",
            "::ffff:0.0.0.0/96",
            "::ffff:0.0.0.0/8",
            "127.0.0.1 ::1",
        ] {
            let error = TrustedProxies::parse(wrong).expect_err(wrong);
            assert!(error.to_string().contains(wrong), "{error}");
        }
    }
}
