//! Where a POST may come from.

use poem::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::hosts::OwnHosts;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins that the pages are served from.
pub(crate) struct OwnOrigins(Vec<String>);

impl OwnOrigins {
    pub(super) fn of(hosts: &OwnHosts) -> Self {
        Self(hosts.origins())
    }

    /// Says whether a POST with these headers comes from one of our own pages, as far as the browser tells.
    ///
    /// A browser that tells nothing passes: then the form's token decides alone. `Origin: null` is somebody else.
    pub(crate) fn sent(&self, headers: &HeaderMap) -> bool {
        let ours =
            |value: &HeaderValue| self.0.iter().any(|own| own.as_bytes() == value.as_bytes());
        let near = |value: &HeaderValue| value == "same-origin" || value == "none";
        headers.get_all(header::ORIGIN).iter().all(ours)
            && headers.get_all(SEC_FETCH_SITE).iter().all(near)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::Hosts;

    fn sent(public_url: &str, headers: &[(&str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a name");
            map.append(name, value.parse().expect("a value"));
        }
        let further = Hosts::parse("login.example.net").expect("a host");
        let hosts = OwnHosts::of(&public_url.parse().expect("a url"), &further);
        OwnOrigins::of(&hosts).sent(&map)
    }

    #[test]
    fn only_our_own_origin_passes() {
        let url = "https://otp.example.com/auth/";
        for (origin, passes) in [
            ("https://otp.example.com", true),
            ("https://login.example.net", true),
            ("http://login.example.net", false),
            ("https://otp.example.com:443", false),
            ("http://otp.example.com", false),
            ("https://otp.example.com.evil.example", false),
            ("https://evil.example", false),
            ("https://example.com", false),
            ("http://localhost", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(sent(url, &[("origin", origin)]), passes, "{origin:?}");
        }
        assert!(!sent(
            url,
            &[
                ("origin", "https://otp.example.com"),
                ("origin", "https://evil.example")
            ]
        ));
    }

    #[test]
    fn what_the_browser_says_of_the_site_counts_as_well() {
        let url = "https://otp.example.com";
        for (site, passes) in [
            ("same-origin", true),
            ("none", true),
            ("same-site", false),
            ("cross-site", false),
            ("", false),
        ] {
            assert_eq!(sent(url, &[("sec-fetch-site", site)]), passes, "{site:?}");
            let both = [
                ("origin", "https://otp.example.com"),
                ("sec-fetch-site", site),
            ];
            assert_eq!(sent(url, &both), passes, "{site:?} with our origin");
        }
        assert!(
            sent(url, &[]),
            "a client that says nothing is left to the token"
        );
    }

    #[test]
    fn the_names_of_this_machine_are_one_origin_on_plain_http_only() {
        for (url, origin, passes) in [
            ("http://localhost:8000", "http://127.0.0.1:8000", true),
            ("http://127.0.0.1:8000/", "http://localhost:8000", true),
            ("http://localhost", "http://[::1]", true),
            ("http://localhost:8000", "http://localhost:8001", false),
            ("http://localhost:8000", "https://localhost:8000", false),
            ("https://localhost:8000", "https://127.0.0.1:8000", false),
            ("http://otp.example.com", "http://localhost", false),
        ] {
            assert_eq!(sent(url, &[("origin", origin)]), passes, "{url} {origin}");
        }
    }
}
