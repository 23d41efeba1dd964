//! Who is on the other side: the TCP peer or, through proxies that are trusted, the one they name.

mod forwarded;
mod proxies;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use otp_core::unfolded;
use poem::http::{HeaderMap, HeaderName, header};
use poem::{Addr, FromRequest, Request, RequestBody};

pub use self::proxies::{NotAProxy, TrustedProxies};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of whoever sent a request; `None` where nobody can tell, as behind a Unix socket.
///
/// Handlers take it as an argument. It is for counting, never for letting somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    /// Tells who sent `request`: its peer or, through trusted proxies, the nearest hop that is none of them.
    pub(crate) fn of(request: &Request, trusted: &TrustedProxies) -> Self {
        let peer = match &request.remote_addr().0 {
            Addr::SocketAddr(address) => Some(address.ip()),
            Addr::Unix(_) | Addr::Custom(..) => None,
        };
        Self(peer.map(|peer| trusted.client(peer, request.headers())))
    }
}

impl<'a> FromRequest<'a> for ClientAddress {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(request.data().copied().unwrap_or(Self(None)))
    }
}

impl TrustedProxies {
    /// Walks from `peer` towards the client, through trusted proxies only.
    ///
    /// Proxies write `X-Forwarded-For` or `Forwarded` (RFC 7239), and pass on the other as the client sent it.
    /// Nobody can see which is which, so two that disagree are both disbelieved, and the proxy itself is the client.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = unfolded(peer);
        let walked = |hops| walk(peer, self, hops);
        let by_list = joined(headers, &X_FORWARDED_FOR).map(|list| walked(listed(&list)));
        let by_standard =
            joined(headers, &header::FORWARDED).map(|text| walked(forwarded::hops(&text)));
        match (by_list, by_standard) {
            (Some(client), None) | (None, Some(client)) => client,
            (Some(one), Some(other)) if one == other => one,
            (None, None) | (Some(_), Some(_)) => peer,
        }
    }
}

/// Walks `hops` from the nearest, which is the last, and stops at the first that is not trusted.
///
/// What cannot be read stops it as well: whatever stands left of that was written by somebody unknown.
fn walk(peer: IpAddr, trusted: &TrustedProxies, hops: Vec<Option<IpAddr>>) -> IpAddr {
    let mut nearest = peer;
    for hop in hops.into_iter().rev() {
        if !trusted.contains(nearest) {
            break;
        }
        match hop {
            Some(hop) => nearest = hop,
            None => break,
        }
    }
    nearest
}

/// Joins the lines of a header, as RFC 9110 section 5.3 says; bytes that are no text stay junk.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines = headers.get_all(name).iter();
    let lines: Vec<_> = lines
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

fn listed(list: &str) -> Vec<Option<IpAddr>> {
    list.split(',').map(|hop| node(hop.trim())).collect()
}

/// Reads `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:443`.
fn node(text: &str) -> Option<IpAddr> {
    let is_port = |port: &str| {
        let digits = port.strip_prefix(':').unwrap_or_default();
        (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let address = if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        (port.is_empty() || is_port(port)).then_some(address.into())
    } else if let Ok(address) = text.parse() {
        Some(address)
    } else {
        let at = text.find(':')?;
        let (address, port) = text.split_at_checked(at)?;
        let address: Ipv4Addr = address.parse().ok()?;
        is_port(port).then_some(address.into())
    };
    address.map(unfolded)
}

#[cfg(test)]
mod tests;
