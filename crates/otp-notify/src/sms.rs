//! Short messages: the ways they go.

mod gateway;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use otp_core::ports::{NotifyError, Receipt, Repeat};
use otp_core::{Channel, EventSink, PhoneNumber};

pub use self::gateway::GatewayError;

use self::gateway::Gateway;
use crate::Console;
use crate::chain::{Chain, Link, Refused, Sender};
use crate::message::ShortMessage;

/// Which way short messages go, parsed from `sms.url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsUrl(Way);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    Console,
    Gateway(PathBuf),
}

impl SmsUrl {
    /// Parses `console:` or `gateway:FILE`; the file, which describes a gateway, is not read yet.
    ///
    /// # Errors
    /// [`SmsUrlError`] says what is allowed.
    pub fn parse(text: &str) -> Result<Self, SmsUrlError> {
        match text.split_once(':') {
            Some(("console", "")) => Ok(Self(Way::Console)),
            Some(("gateway", file)) if Path::new(file).file_stem().is_some() => {
                Ok(Self(Way::Gateway(file.into())))
            }
            _ => Err(SmsUrlError),
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
        }
    }

    /// Returns what logs and metrics call this way.
    fn name(&self) -> String {
        match &self.0 {
            Way::Console => "console".to_owned(),
            Way::Gateway(file) => gateway::name(file),
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
        let digits = text.to.as_str().trim_start_matches('+');
        let routes = self
            .routes
            .iter()
            .filter(|(begins, _)| digits.starts_with(begins.as_str()));
        match routes.max_by_key(|(begins, _)| begins.len()) {
            Some((_, chain)) => chain.send(text, events).await,
            None => Err(NotifyError::Permanent {
                reason: "no way leads to this country",
                source: None,
            }),
        }
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

/// An `sms.url` that is none of the known forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("use console: or gateway:FILE, or leave it empty to switch short messages off")]
pub struct SmsUrlError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_console_gateways_and_nothing_else() {
        for (text, name) in [
            ("console:", "console"),
            ("gateway:/etc/otp/msg91.toml", "msg91"),
        ] {
            let url = SmsUrl::parse(text).expect(text);
            assert_eq!(
                (url.masked(), url.name()),
                (text.to_owned(), name.to_owned())
            );
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
            assert_eq!(SmsUrl::parse(text), Err(SmsUrlError), "{text:?}");
        }
    }
}
