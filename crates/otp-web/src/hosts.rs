//! The names that this service is reached by. What a request says of others is never believed.

use poem::Request;
use poem::http::header;
use poem::http::uri::Authority;
use url::{Host, Url};

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Further names of the service, beside that of its public address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Name>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    host: String,
    port: Option<u16>,
}

impl Hosts {
    /// Reads names and addresses, each perhaps with a port, separated by commas: `login.example.net, 192.0.2.1:8443`.
    ///
    /// # Errors
    /// [`NotAHost`] names the first part that is none.
    pub fn parse(text: &str) -> Result<Self, NotAHost> {
        let parts = text.split(',').map(str::trim);
        let names = parts.filter(|part| !part.is_empty()).map(Name::parse);
        names.collect::<Result<_, _>>().map(Self)
    }
}

impl Name {
    fn parse(text: &str) -> Result<Self, NotAHost> {
        let bad = || NotAHost(text.to_owned());
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, Some(port.parse().map_err(|_| bad())?))
            }
            _ => (text, None),
        };
        let host = Host::parse(host).map_err(|_| bad())?.to_string();
        // A pattern would look as if it were one.
        if host.contains('*') {
            return Err(bad());
        }
        Ok(Self { host, port })
    }

    /// Writes it as browsers do: without the port that goes without saying.
    fn written(&self, usual_port: Option<u16>) -> String {
        match self.port {
            Some(port) if Some(port) != usual_port => format!("{}:{port}", self.host),
            _ => self.host.clone(),
        }
    }
}

/// What is no name of a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no host")]
pub struct NotAHost(String);

/// Every name of the service.
pub(crate) struct OwnHosts {
    scheme: String,
    /// The end of an authority that says nothing: `:443` for https.
    usual_port: String,
    names: Vec<String>,
    is_local: bool,
}

impl OwnHosts {
    /// Takes the host of the public address, and the further ones.
    ///
    /// Where the public address is plain http on this machine, as in development, its other names count too: people
    /// open both.
    pub(crate) fn of(public_url: &Url, further: &Hosts) -> Self {
        let usual = match public_url.scheme() {
            "https" => 443,
            _ => 80,
        };
        let public = Name {
            host: public_url.host_str().unwrap_or_default().to_owned(),
            port: public_url.port(),
        };
        let is_loopback = match public_url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let is_local = is_loopback && public_url.scheme() == "http";
        let on_this_machine = LOOPBACK.iter().filter(|_| is_local).map(|name| Name {
            host: (*name).to_owned(),
            port: public.port,
        });
        let names = on_this_machine
            .chain([public.clone()])
            .chain(further.0.iter().cloned());
        Self {
            scheme: public_url.scheme().to_owned(),
            usual_port: format!(":{usual}"),
            names: names.map(|name| name.written(Some(usual))).collect(),
            is_local,
        }
    }

    /// Lists the origins of our own pages.
    pub(crate) fn origins(&self) -> Vec<String> {
        let origin = |name| format!("{}://{name}", self.scheme);
        self.names.iter().map(origin).collect()
    }

    /// Says whether a request is for us: it names a host, in `Host` or in its target, and only such as are ours.
    pub(crate) fn are_meant_by(&self, request: &Request) -> bool {
        let headers = request.headers().get_all(header::HOST).iter();
        let by_header: Vec<_> = headers
            .map(|host| host.to_str().unwrap_or_default())
            .collect();
        let by_target = request.uri().authority().map(Authority::as_str);
        let is_named = by_target.is_some() || !by_header.is_empty();
        let mut all = by_header.iter().copied().chain(by_target);
        is_named && by_header.len() <= 1 && all.all(|named| self.include(named))
    }

    fn include(&self, named: &str) -> bool {
        let named = named.to_ascii_lowercase();
        let named = named.strip_suffix(&self.usual_port).unwrap_or(&named);
        self.names.iter().any(|own| own == named) || (self.is_local && is_on_loopback(named))
    }
}

/// A service that is tried out may stand on any port, and a page elsewhere cannot take these names for its own.
fn is_on_loopback(named: &str) -> bool {
    LOOPBACK.iter().any(|own| match named.strip_prefix(own) {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok()),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_meant(hosts: &OwnHosts, target: &str, headers: &[&str]) -> bool {
        let mut request = Request::builder().uri(target.parse().expect(target));
        for host in headers {
            request = request.header(header::HOST, *host);
        }
        hosts.are_meant_by(&request.finish())
    }

    fn own(public_url: &str, further: &str) -> OwnHosts {
        let further = Hosts::parse(further).expect(further);
        OwnHosts::of(&public_url.parse().expect(public_url), &further)
    }

    #[test]
    fn only_the_names_of_the_service_are_meant() {
        let hosts = own(
            "https://login.example.com/auth/",
            "b\u{fc}cher.example, 192.0.2.1:8443, [2001:db8::1], plain.example:443",
        );
        for (host, is_meant) in [
            ("login.example.com", true),
            ("LOGIN.Example.COM", true),
            ("login.example.com:443", true),
            ("xn--bcher-kva.example", true),
            ("192.0.2.1:8443", true),
            ("[2001:db8::1]", true),
            ("plain.example", true),
            ("192.0.2.1", false),
            ("login.example.com:80", false),
            ("login.example.com:8443", false),
            ("login.example.com.", false),
            ("login.example.com.evil.example", false),
            ("evil.example", false),
            ("x.login.example.com", false),
            ("evil.example@login.example.com", false),
            ("login.example.com@evil.example", false),
            ("login.example.com:443:443", false),
            ("login.example.com/x", false),
            ("login.example.com, evil.example", false),
            ("localhost", false),
            ("127.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(are_meant(&hosts, "/", &[host]), is_meant, "{host:?}");
        }
    }

    #[test]
    fn a_request_names_one_host_and_its_target_no_other() {
        let hosts = own("https://login.example.com", "");
        let (ours, theirs) = ("login.example.com", "evil.example");
        for (target, headers, is_meant) in [
            ("/", &[][..], false),
            ("/", &[ours, ours], false),
            ("/", &[ours, theirs], false),
            ("/", &[theirs, ours], false),
            ("https://login.example.com/", &[ours], true),
            ("https://login.example.com/", &[], true),
            ("https://login.example.com/", &[theirs], false),
            ("https://evil.example/", &[ours], false),
            ("https://evil.example/", &[], false),
        ] {
            assert_eq!(
                are_meant(&hosts, target, headers),
                is_meant,
                "{target} {headers:?}"
            );
        }
    }

    #[test]
    fn the_names_of_this_machine_count_where_the_service_is_tried_out() {
        for (url, host, is_meant) in [
            ("http://localhost:8000", "localhost:8000", true),
            ("http://localhost:8000", "127.0.0.1:40123", true),
            ("http://127.0.0.1", "[::1]", true),
            ("http://localhost:8000", "localhost:8000x", false),
            (
                "http://localhost:8000",
                "localhost.evil.example:8000",
                false,
            ),
            ("http://localhost:8000", "127.0.0.1.evil.example", false),
            ("http://localhost:8000", "rebound.example:8000", false),
            ("https://localhost:8000", "127.0.0.1:8000", false),
            ("http://login.example.com", "localhost", false),
        ] {
            assert_eq!(
                are_meant(&own(url, ""), "/", &[host]),
                is_meant,
                "{url} {host}"
            );
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for wrong in [
            "https://a.example",
            "a.example/x",
            "user@a.example",
            "a.example:99999",
            "a.example:",
            "a b",
            "*.a.example",
            "*",
            "[::1",
        ] {
            let error = Hosts::parse(wrong).expect_err(wrong);
            assert!(error.to_string().contains(wrong), "{error}");
        }
    }
}
