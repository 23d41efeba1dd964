//! Whom requests are counted for, whatever their headers say.

use poem::http::HeaderValue;
use proptest::prelude::*;

use super::*;

const PROXIES: &str = "10.0.0.0/8, 2001:db8:ffff::/48";

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name: HeaderName = name.parse().expect("a name");
        headers.append(name, value.parse().expect("a value"));
    }
    headers
}

fn seen(peer: &str, trusted: &str, lines: &[(&str, &str)]) -> String {
    let trusted = TrustedProxies::parse(trusted).expect(trusted);
    trusted
        .client(peer.parse().expect(peer), &headers(lines))
        .to_string()
}

#[test]
fn without_trusted_proxies_the_peer_alone_counts() {
    for lines in [
        &[][..],
        &[("x-forwarded-for", "198.51.100.1")],
        &[("forwarded", "for=198.51.100.1")],
        &[
            ("x-real-ip", "198.51.100.1"),
            ("cf-connecting-ip", "1.1.1.1"),
        ],
        &[("x-forwarded-for", "junk"), ("x-forwarded-for", "::1")],
    ] {
        assert_eq!(seen("203.0.113.9", "", lines), "203.0.113.9", "{lines:?}");
        assert_eq!(
            seen("203.0.113.9", PROXIES, lines),
            "203.0.113.9",
            "{lines:?}"
        );
    }
}

#[test]
fn through_trusted_proxies_the_nearest_other_hop_is_the_client() {
    for (list, client) in [
        ("198.51.100.1", "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1, 10.1.1.1", "198.51.100.1"),
        (
            "6.6.6.6,198.51.100.1 ,10.1.1.1,2001:db8:ffff::2",
            "198.51.100.1",
        ),
        ("198.51.100.1:5123", "198.51.100.1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("64:ff9b::c633:6401", "198.51.100.1"),
        (
            "6.6.6.6, ::ffff:10.1.1.1, ::ffff:198.51.100.1, ::ffff:10.1.1.1",
            "198.51.100.1",
        ),
        ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
    ] {
        let lines = [("x-forwarded-for", list)];
        assert_eq!(seen("10.0.0.1", PROXIES, &lines), client, "{list}");
        assert_eq!(seen("::ffff:10.0.0.1", PROXIES, &lines), client, "{list}");
    }
    let lines = [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-for", "198.51.100.1, 10.1.1.1"),
    ];
    assert_eq!(
        seen("10.0.0.1", PROXIES, &lines),
        "198.51.100.1",
        "two lines are one list"
    );
}

#[test]
fn junk_ends_the_walk_at_the_last_hop_that_was_good() {
    for (list, client) in [
        ("", "10.0.0.1"),
        ("unknown", "10.0.0.1"),
        ("198.51.100.1,", "10.0.0.1"),
        ("198.51.100.1, junk", "10.0.0.1"),
        ("198.51.100.1, junk, 10.1.1.1", "10.1.1.1"),
        ("198.51.100.1, , 10.1.1.1", "10.1.1.1"),
        ("198.51.100.1:", "10.0.0.1"),
        ("198.51.100.1:99999999", "10.0.0.1"),
        ("198.51.100.1:x", "10.0.0.1"),
        ("198.51.100.01", "10.0.0.1"),
        ("198.51.100", "10.0.0.1"),
        ("3325256705", "10.0.0.1"),
        ("[2001:db8::1", "10.0.0.1"),
        ("[198.51.100.1]", "10.0.0.1"),
        ("2001:db8::1%eth0", "10.0.0.1"),
        ("198.51.100.1 198.51.100.2", "10.0.0.1"),
        ("\"198.51.100.1\"", "10.0.0.1"),
        ("_hidden", "10.0.0.1"),
    ] {
        let lines = [("x-forwarded-for", list)];
        assert_eq!(seen("10.0.0.1", PROXIES, &lines), client, "{list}");
    }
}

#[test]
fn the_standard_header_is_read_as_rfc_7239_says() {
    for (text, client) in [
        ("for=198.51.100.1", "198.51.100.1"),
        ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
        ("for=198.51.100.1:80", "198.51.100.1"),
        (
            "proto=https;for=198.51.100.1;by=203.0.113.43",
            "198.51.100.1",
        ),
        (
            "for=6.6.6.6, for=198.51.100.1;host=\"a,b;for=6.6.6.6\", for=10.1.1.1",
            "198.51.100.1",
        ),
        ("for=6.6.6.6, for=unknown", "10.0.0.1"),
        ("for=6.6.6.6, for=\"_gazonk\", for=10.1.1.1", "10.1.1.1"),
        ("for=6.6.6.6, proto=https", "10.0.0.1"),
        ("for=6.6.6.6;for=7.7.7.7", "10.0.0.1"),
        ("for=6.6.6.6, for=\"198.51.100.1", "10.0.0.1"),
        ("for=6.6.6.6, for=\"198.51.100.1\"x", "10.0.0.1"),
        ("for=6.6.6.6, 198.51.100.1", "10.0.0.1"),
        ("for = 198.51.100.1", "10.0.0.1"),
        ("", "10.0.0.1"),
    ] {
        let lines = [("forwarded", text)];
        assert_eq!(seen("10.0.0.1", PROXIES, &lines), client, "{text}");
    }
}

#[test]
fn a_client_cannot_turn_the_words_of_its_proxy_inside_out() {
    for opened in ["x=\"", "for=\"", "for=6.6.6.6;x=\"\\", "\"", "x=\"\\\""] {
        for own in [
            "for=198.51.100.1",
            "for=\"[2001:db8::1]:1\"",
            "for=198.51.100.1;host=\"a,for=6.6.6.6;x=\"",
            "for=198.51.100.1;host=\"a,for=6.6.6.6;x=\\\"\"",
        ] {
            let lines = [("forwarded", opened), ("forwarded", own)];
            let client = seen("10.0.0.1", PROXIES, &lines);
            assert_ne!(client, "6.6.6.6", "{opened} {own}");
        }
    }
}

#[test]
fn two_headers_that_disagree_are_both_disbelieved() {
    let both = |list, standard| [("x-forwarded-for", list), ("forwarded", standard)];
    for (lines, client) in [
        (both("198.51.100.1", "for=198.51.100.1"), "198.51.100.1"),
        (
            both("6.6.6.6, 198.51.100.1", "for=198.51.100.1"),
            "198.51.100.1",
        ),
        (both("198.51.100.1", "for=6.6.6.6"), "10.0.0.1"),
        (both("198.51.100.1", ""), "10.0.0.1"),
        (both("", "for=198.51.100.1"), "10.0.0.1"),
    ] {
        assert_eq!(seen("10.0.0.1", PROXIES, &lines), client, "{lines:?}");
    }
}

#[test]
fn bytes_that_are_no_text_are_junk() {
    let mut headers = headers(&[("x-forwarded-for", "6.6.6.6")]);
    let bytes = HeaderValue::from_bytes(b"198.51.100.1\xff").expect("a value");
    headers.append(X_FORWARDED_FOR, bytes);
    let trusted = TrustedProxies::parse(PROXIES).expect("proxies");
    let peer = "10.0.0.1".parse().expect("an address");
    assert_eq!(trusted.client(peer, &headers), peer);
}

proptest! {
    #[test]
    fn forged_headers_of_one_peer_are_one_client(list in ".{0,80}", standard in ".{0,80}", peer: Ipv4Addr) {
        let trusted = TrustedProxies::parse(PROXIES).expect("proxies");
        prop_assume!(!trusted.contains(peer.into()));
        let mut headers = HeaderMap::new();
        for (name, text) in [(X_FORWARDED_FOR, list), (header::FORWARDED, standard)] {
            if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
                headers.append(name, value);
            }
        }
        prop_assert_eq!(trusted.client(peer.into(), &headers), IpAddr::from(peer));
    }

    #[test]
    fn nothing_left_of_the_proxys_own_word_counts(forged in "[ -~]{0,80}", own: Ipv4Addr) {
        let trusted = TrustedProxies::parse(PROXIES).expect("proxies");
        prop_assume!(!trusted.contains(own.into()));
        let peer: IpAddr = "10.0.0.1".parse().expect("an address");
        let list = format!("{forged}, {own}");
        let lines = headers(&[("x-forwarded-for", &list)]);
        prop_assert_eq!(trusted.client(peer, &lines), IpAddr::from(own));
        let standard = format!("{forged}, for={own}");
        let seen = trusted.client(peer, &headers(&[("forwarded", &standard)]));
        prop_assert!(seen == IpAddr::from(own) || seen == peer, "an open quote makes all of it junk");
    }

    #[test]
    fn unfolding_gives_back_the_ipv4_address_and_is_done_once(address: Ipv4Addr) {
        let [a, b, c, d] = address.octets();
        let nat64 = format!("64:ff9b::{:x}:{:x}", u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        prop_assert_eq!(unfolded(address.to_ipv6_mapped().into()), IpAddr::from(address));
        prop_assert_eq!(unfolded(nat64.parse().expect("an address")), IpAddr::from(address));
        prop_assert_eq!(unfolded(address.into()), IpAddr::from(address));
    }
}
