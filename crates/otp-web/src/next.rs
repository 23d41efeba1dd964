//! Where somebody wanted to go before the sign-in: a path of our own origin, and nothing else.

use std::fmt;

use url::{Url, form_urlencoded};

/// Longest path, with its query.
const LONGEST: usize = 1024;

/// Stands for our own origin, whichever it is.
const HERE: &str = "https://here.invalid";

/// A path on our own origin, with a query and a fragment if it has them: safe in a `Location`.
///
/// It begins with one slash and holds visible ASCII only, as a URL writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Reads a path; `None` for whatever could lead elsewhere, in a browser or in a proxy on the way.
    ///
    /// It is resolved as browsers do (the WHATWG URL standard), and what was resolved is kept. Refused beforehand is
    /// what they read in their own ways: backslashes, blanks and controls anywhere, and all of these, and slashes,
    /// when they are percent-encoded in the path.
    pub fn parse(text: &str) -> Option<Self> {
        let begins_well = text.starts_with('/') && !text.starts_with("//");
        let is_odd = |c: char| c == '\\' || c.is_whitespace() || c.is_control();
        if !begins_well || text.len() > LONGEST || text.contains(is_odd) {
            return None;
        }
        let here = Url::parse(HERE).ok()?;
        let there = here.join(text).ok()?;
        let is_here = there.origin() == here.origin()
            && there.username().is_empty()
            && there.password().is_none();
        if !is_here || there.path().starts_with("//") || hides_something(there.path()) {
            return None;
        }
        let path = there.as_str().strip_prefix(HERE)?;
        (path.len() <= LONGEST).then(|| Self(path.to_owned()))
    }

    /// Returns it as it stands in a `Location`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the query of a page says of the way back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing.
    Nothing,
    /// A place that is none of ours, or more than one: whoever checked one may have followed the other.
    Elsewhere,
    /// A path of ours.
    Here(LocalPath),
}

impl Wanted {
    /// Reads the `next` of a query.
    pub(crate) fn of(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let mut named = pairs.filter(|(name, _)| name == "next");
        match (named.next(), named.next()) {
            (None, _) => Self::Nothing,
            (Some((_, path)), None) => LocalPath::parse(&path).map_or(Self::Elsewhere, Self::Here),
            (Some(_), Some(_)) => Self::Elsewhere,
        }
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says whether a path has an encoded slash, backslash, blank or control: a proxy that decodes it sees another path.
fn hides_something(path: &str) -> bool {
    let mut parts = path.split('%');
    parts.next();
    parts.any(|part| {
        let code = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        code.is_none_or(|byte| matches!(byte, 0..=b' ' | b'/' | b'\\' | 0x7f))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What leads away, or may: each is no path of ours.
    const ELSEWHERE: [&str; 73] = [
        "",
        " ",
        "evil.example",
        "otp/done/",
        "./otp/done/",
        "../otp/done/",
        "?x=1",
        "#x",
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "//evil.example/otp/done/",
        "//user@evil.example",
        "//otp.example.com@evil.example",
        "//evil.example:443",
        "//[::1]/",
        "//here.invalid/otp/done/",
        "//2130706433/",
        "//\u{2100}.example",
        "/\\evil.example",
        "/\\/evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "\\evil.example",
        "/a\\..\\..\\evil.example",
        "/a\\@evil.example",
        "\t//evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "/\r\n/evil.example",
        "/\u{0}/evil.example",
        "/\u{b}/evil.example",
        "/\u{c}/evil.example",
        "/\u{85}/evil.example",
        "/\u{a0}/evil.example",
        "/\u{2028}/evil.example",
        "/\u{3000}/evil.example",
        "/ /evil.example",
        " //evil.example",
        " /otp/done/",
        "/otp/done/ ",
        "/otp/done/\r\nSet-Cookie: a=b",
        "/otp/done/\r\n\r\n<script>",
        "/a\u{7f}b",
        "/%2f%2fevil.example",
        "/%2F/evil.example",
        "/%2fevil.example",
        "/%5cevil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "/%0d%0aSet-Cookie:a=b",
        "/%0aLocation:x",
        "/%00",
        "/%20//evil.example",
        "/%7f",
        "/%",
        "/%zz",
        "/%2",
        "/.//evil.example",
        "/..//evil.example",
        "/a/..//evil.example",
        "/%2e//evil.example",
        "/%2e%2e//evil.example",
        "/a/%2e%2e//evil.example",
        "http://evil.example",
        "https://evil.example/otp/done/",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "JaVaScRiPt://%0aalert(1)",
    ];

    /// What looks odd and stays with us, and how it is written.
    const HERE_AFTER_ALL: [(&str, &str); 18] = [
        ("/", "/"),
        ("/otp/done/", "/otp/done/"),
        (
            "/shop/cart?item=1&back=/x#top",
            "/shop/cart?item=1&back=/x#top",
        ),
        ("/@evil.example", "/@evil.example"),
        ("/a@b", "/a@b"),
        ("/evil.example//", "/evil.example//"),
        ("/a//b", "/a//b"),
        ("/a/../b", "/b"),
        ("/../../etc/passwd", "/etc/passwd"),
        ("/a/%2e%2e/b", "/b"),
        ("/:80/", "/:80/"),
        ("/javascript:alert(1)", "/javascript:alert(1)"),
        ("/?next=//evil.example", "/?next=//evil.example"),
        (
            "/?u=https%3A%2F%2Fevil.example%0d",
            "/?u=https%3A%2F%2Fevil.example%0d",
        ),
        ("/caf\u{e9}", "/caf%C3%A9"),
        ("/\u{ff0f}evil.example", "/%EF%BC%8Fevil.example"),
        (
            "/\u{2215}\u{2215}evil.example",
            "/%E2%88%95%E2%88%95evil.example",
        ),
        ("/\"><script>", "/%22%3E%3Cscript%3E"),
    ];

    #[test]
    fn nothing_that_leads_elsewhere_is_a_path_of_ours() {
        for text in ELSEWHERE {
            assert_eq!(LocalPath::parse(text), None, "{text:?}");
        }
        let long = format!("/{}", "a".repeat(LONGEST));
        assert_eq!(LocalPath::parse(&long), None);
        // Written as a URL it is three times as long.
        let grows = format!("/{}", "\u{e9}".repeat(LONGEST / 4));
        assert_eq!(LocalPath::parse(&grows), None);
    }

    #[test]
    fn a_path_of_ours_is_kept_as_a_url_writes_it() {
        for (text, written) in HERE_AFTER_ALL {
            let path = LocalPath::parse(text);
            assert_eq!(
                path.as_ref().map(LocalPath::as_str),
                Some(written),
                "{text:?}"
            );
        }
        assert!(LocalPath::parse(&format!("/{}", "a".repeat(LONGEST - 1))).is_some());
    }

    /// Texts of the pieces that attacks are made of; random text alone would seldom begin like one.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("/"),
            Just("\\"),
            Just("//"),
            Just("."),
            Just(".."),
            Just("%2f"),
            Just("%5c"),
            Just("%2e"),
            Just("\t"),
            Just("\n"),
            Just("@"),
            Just(":"),
            Just("evil.example"),
            Just("https:"),
            Just("?"),
            Just("#"),
            Just("%"),
            Just(" "),
            Just("\u{ff0f}"),
            Just("a"),
            Just("[::1]"),
            Just("\u{0}"),
        ];
        let pieces = proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
        prop_oneof![pieces, ".{0,40}", "/.{0,40}"]
    }

    proptest! {
        #[test]
        fn whatever_is_taken_stays_on_the_origin_it_is_resolved_on(text in hostile()) {
            if let Some(path) = LocalPath::parse(&text) {
                let path = path.as_str();
                let is_single = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\");
                prop_assert!(is_single, "{path}");
                prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{path}");
                for page in ["https://otp.example.com/otp/verify/", "http://localhost:8000/auth/otp/verify/"] {
                    let page = Url::parse(page).expect("a page");
                    let there = page.join(path).expect("a place");
                    prop_assert_eq!(there.origin(), page.origin());
                    prop_assert_eq!(there.as_str().strip_prefix(&page.origin().ascii_serialization()), Some(path));
                }
                let again = LocalPath::parse(path);
                prop_assert_eq!(again.as_ref().map(LocalPath::as_str), Some(path), "read twice it is the same");
            }
        }
    }
}
