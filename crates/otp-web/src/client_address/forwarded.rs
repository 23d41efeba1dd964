//! The hops that the header `Forwarded` names (RFC 7239).

use std::net::IpAddr;

use super::node;

/// Lists the `for` of each element, leftmost first; `None` for what is hidden, unknown or wrong.
///
/// A quote that is never closed makes all of it junk: a client that opens one must not turn a proxy's words inside out.
pub(super) fn hops(text: &str) -> Vec<Option<IpAddr>> {
    match split(text, ',') {
        Some(elements) => elements.into_iter().map(hop).collect(),
        None => vec![None],
    }
}

fn hop(element: &str) -> Option<IpAddr> {
    let mut named = None;
    for pair in split(element, ';')? {
        let (name, value) = pair.trim().split_once('=')?;
        let value = value_of(value)?;
        if !is_token(name) {
            return None;
        }
        if name.eq_ignore_ascii_case("for") && named.replace(value).is_some() {
            return None;
        }
    }
    node(named?)
}

/// Reads a token or one whole quoted text. An address needs no escapes, so a text with one is not read.
fn value_of(value: &str) -> Option<&str> {
    match value.strip_prefix('"') {
        Some(quoted) => quoted
            .strip_suffix('"')
            .filter(|text| !text.contains(['"', '\\'])),
        None => is_token(value).then_some(value),
    }
}

/// Splits at separators outside of quotes; `None` when a quote is not closed.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if is_quoted && c == '\\' {
            is_escaped = true;
        } else if c == '"' {
            is_quoted = !is_quoted;
        } else if c == separator && !is_quoted {
            parts.push(text.get(start..at)?);
            start = at + c.len_utf8();
        }
    }
    parts.push(text.get(start..)?);
    (!is_quoted).then_some(parts)
}

/// RFC 9110 section 5.6.2; with the colon, which many proxies leave unquoted in `for=192.0.2.1:443`.
fn is_token(text: &str) -> bool {
    let is_of_token =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:".contains(&byte);
    !text.is_empty() && text.bytes().all(is_of_token)
}
