//! Short messages: the ways they go.

mod gateway;
mod smpp;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use otp_core::ports::{NotifyError, Receipt, Repeat};
use otp_core::{Channel, EventSink, PhoneNumber};

pub use self::gateway::GatewayError;

use self::gateway::Gateway;
use crate::Console;
use crate::chain::{Chain, Link, Named, Refused, Sender};
use crate::message::ShortMessage;
pub use smpp::{SmppSender, SmppUrl, SmppUrlError, SmsReceipt, SmsState};

/// Which way short messages go, parsed from `sms.url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsUrl(Way);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    Console,
    Gateway(PathBuf),
    Smpp(SmppUrl),
}

impl SmsUrl {
    /// Parses `console:`, `gateway:FILE` or what [`SmppUrl`] takes; the file, which describes a gateway, is not read yet.
    ///
    /// # Errors
    /// [`SmsUrlError`] says what is allowed and never repeats the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, SmsUrlError> {
        match text.split_once(':') {
            Some(("console", "")) => Ok(Self(Way::Console)),
            Some(("gateway", file)) if Path::new(file).file_stem().is_some() => {
                Ok(Self(Way::Gateway(file.into())))
            }
            _ => match SmppUrl::parse(text) {
                Ok(smsc) => Ok(Self(Way::Smpp(smsc))),
                Err(SmppUrlError::Form) => Err(SmsUrlError::Form),
                Err(error) => Err(SmsUrlError::Smpp(error)),
            },
        }
    }

    /// Says whether messages are printed instead of sent.
    pub fn is_console(&self) -> bool {
        matches!(self.0, Way::Console)
    }

    /// Returns the URL without secrets: fit for a log and for `otp config show`.
    pub fn masked(&self) -> String {
        match &self.0 {
            Way::Console => "console:".to_owned(),
            Way::Gateway(file) => format!("gateway:{}", file.display()),
            Way::Smpp(smsc) => smsc.masked(),
        }
    }

    /// Returns what logs and metrics call this way.
    fn name(&self) -> String {
        match &self.0 {
            Way::Console => "console".to_owned(),
            Way::Gateway(file) => gateway::name(file),
            Way::Smpp(smsc) => smsc.name().to_owned(),
        }
    }
}

/// Which ways short messages go, by the country they go to.
#[derive(Clone, Default)]
pub struct SmsPlan {
    /// The ways to numbers without a route of their own, the first one preferred.
    pub urls: Vec<SmsUrl>,
    /// The ways to numbers that begin with these digits, such as `91`; the longest beginning counts.
    pub routes: BTreeMap<String, Vec<SmsUrl>>,
    /// What the files of gateways call `values`: accounts, tokens, senders.
    pub values: BTreeMap<String, String>,
}

impl fmt::Debug for SmsPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsPlan")
            .field("urls", &self.urls)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}

impl From<SmsUrl> for SmsPlan {
    /// Plans one way for all numbers.
    fn from(url: SmsUrl) -> Self {
        Self {
            urls: vec![url],
            ..Self::default()
        }
    }
}

/// Sends short messages, each by the first way to its country that works.
#[derive(Debug)]
pub struct SmsSender {
    /// By the digits that numbers begin with; all numbers begin with none.
    routes: BTreeMap<String, Chain<Transport>>,
}

#[derive(Debug)]
enum Transport {
    Console(Console),
    Gateway(Box<Gateway>),
    Smpp(SmppSender),
}

impl SmsSender {
    /// A short message has no name by which a phone would know it again.
    pub(crate) const REPEAT: Repeat = Repeat::Never;

    /// Prepares the ways that `plan` names. A way that is named twice is one, with one breaker.
    ///
    /// # Errors
    /// [`GatewayError`] for the file of a gateway that cannot be used.
    pub fn new(plan: &SmsPlan, console: &Console) -> Result<Self, GatewayError> {
        let mut opened = Vec::<(&SmsUrl, Arc<Link<Transport>>)>::new();
        let mut routes = BTreeMap::new();
        for (digits, urls) in [(&String::new(), &plan.urls)]
            .into_iter()
            .chain(&plan.routes)
        {
            let mut links = Vec::new();
            for url in urls {
                if !opened.iter().any(|(known, _)| *known == url) {
                    let transport = Transport::open(url, &plan.values, console)?;
                    opened.push((url, Link::new(url.name(), transport)));
                }
                let known = opened.iter().find(|(known, _)| *known == url);
                links.extend(known.map(|(_, link)| link.clone()));
            }
            routes.insert(digits.clone(), Chain::new(Channel::Phone, links));
        }
        Ok(Self { routes })
    }

    /// Returns the names of its ways, for metrics.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let links = self.routes.values().flat_map(Chain::links);
        links.map(|link| link.name.as_str())
    }

    pub(crate) async fn send(
        &self,
        text: Text<'_>,
        events: &dyn EventSink,
    ) -> Result<Receipt, NotifyError> {
        match self.chain_to(text.to) {
            Some(chain) => chain.send(text, events).await,
            None => Err(NotifyError::Permanent {
                reason: "no way leads to this country",
                source: None,
            }),
        }
    }

    /// Returns the chain of the place with the most digits that the number begins with.
    fn chain_to(&self, to: &PhoneNumber) -> Option<&Chain<Transport>> {
        let digits = to.as_str().trim_start_matches('+');
        let routes = self
            .routes
            .iter()
            .filter(|(begins, _)| digits.starts_with(begins.as_str()));
        let nearest = routes.max_by_key(|(begins, _)| begins.len());
        nearest.map(|(_, chain)| chain)
    }
}

impl Transport {
    fn open(
        url: &SmsUrl,
        values: &BTreeMap<String, String>,
        console: &Console,
    ) -> Result<Self, GatewayError> {
        Ok(match &url.0 {
            Way::Console => Self::Console(console.clone()),
            Way::Gateway(file) => Self::Gateway(Box::new(Gateway::open(file, values)?)),
            Way::Smpp(smsc) => Self::Smpp(SmppSender::new(smsc.clone())),
        })
    }
}

impl Sender<Text<'_>> for Transport {
    async fn send(&self, text: Text<'_>) -> Result<Receipt, Refused> {
        match self {
            Self::Console(console) => {
                let title = format!("SMS to {}", text.to.as_str());
                console.print(&title, text.message.as_str())?;
                Ok(Receipt {
                    provider: "console".to_owned(),
                    message_id: None,
                })
            }
            Self::Gateway(gateway) => gateway.send(text).await,
            Self::Smpp(smsc) => Ok(smsc.send(text.message, text.to).await?),
        }
    }
}

/// A short message on its way: what it says, to whom, and under which name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) message: &'a ShortMessage,
    pub(crate) to: &'a PhoneNumber,
    /// The same each time it is sent.
    pub(crate) id: &'a str,
}

/// An [`SmppSender`] of one's own, such as one that listens to receipts.
impl From<SmppSender> for SmsSender {
    fn from(smsc: SmppSender) -> Self {
        let name = smsc.name().to_owned();
        let link = Link::new(name, Transport::Smpp(smsc));
        let chain = Chain::new(Channel::Phone, vec![link]);
        Self {
            routes: [(String::new(), chain)].into(),
        }
    }
}

impl Named for Text<'_> {
    fn id(&self) -> &str {
        self.id
    }
}

/// Why an `sms.url` was refused. `Display` says what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmsUrlError {
    /// It is none of the known forms.
    #[error(
        "use console:, gateway:FILE or smpps://SYSTEM_ID:PASSWORD@HOST?from=SENDER, or leave it empty to switch short messages off"
    )]
    Form,
    /// It is SMPP, but not as it should be.
    #[error(transparent)]
    Smpp(#[from] SmppUrlError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_ways_it_knows_and_nothing_else() {
        for (text, masked, name) in [
            ("console:", "console:", "console"),
            (
                "gateway:/etc/otp/msg91.toml",
                "gateway:/etc/otp/msg91.toml",
                "msg91",
            ),
            (
                "smpps://otp:hush@smsc.example?from=Example",
                "smpps://***:***@smsc.example:3550?from=Example",
                "smsc.example",
            ),
        ] {
            let url = SmsUrl::parse(text).expect(text);
            assert_eq!((url.masked().as_str(), url.name().as_str()), (masked, name));
        }
        for text in [
            "",
            "gateway:",
            "gateway:/",
            "console:x",
            "console",
            "Console:",
            "https://user:hush@gateway.example",
        ] {
            assert_eq!(SmsUrl::parse(text), Err(SmsUrlError::Form), "{text:?}");
        }
        assert_eq!(
            SmsUrl::parse("smpp://otp:hush@smsc.example?from=Example"),
            Err(SmsUrlError::Smpp(SmppUrlError::Tls))
        );
    }

    #[test]
    fn a_number_goes_the_ways_of_its_place_and_a_way_has_one_breaker() {
        let folder = tempfile::tempdir().expect("a folder");
        let gateway = |name: &str| {
            let path = folder.path().join(name);
            let file = "method = 'GET'\nurl = 'http://gateway.example/{{ to }}'\nquery = { text = '{{ text }}' }\n";
            std::fs::write(&path, file).expect("a file");
            SmsUrl::parse(&format!("gateway:{}", path.display())).expect("a URL")
        };
        let [everywhere, america, samoa] = ["everywhere", "america", "samoa"].map(gateway);
        let plan = SmsPlan {
            urls: vec![everywhere.clone()],
            routes: [
                ("1".to_owned(), vec![america, everywhere.clone()]),
                ("1684".to_owned(), vec![samoa, everywhere]),
            ]
            .into(),
            values: BTreeMap::new(),
        };
        let sender = SmsSender::new(&plan, &Console::new(std::io::sink())).expect("a sender");
        let links = |number: &str| {
            let to = PhoneNumber::parse(number).expect("a number");
            let chain = sender.chain_to(&to).expect("a chain");
            chain.links().collect::<Vec<_>>()
        };
        for (number, names) in [
            ("+919876543210", &["everywhere"][..]),
            ("+14155550132", &["america", "everywhere"]),
            ("+16845550132", &["samoa", "everywhere"]),
        ] {
            let found: Vec<&str> = links(number)
                .iter()
                .map(|link| link.name.as_str())
                .collect();
            assert_eq!(found, names, "{number}");
        }
        assert!(std::ptr::eq(
            links("+919876543210")[0],
            links("+14155550132")[1]
        ));
    }
}
