//! Who is asked for.

use std::time::Duration;

use super::mail;

/// What is planted: well below what the medians may differ by, so that it is `t` that finds it.
pub(super) const PLANTED: Duration = Duration::from_micros(300);

/// Contacts that are asked for in the same way; each class has its own, of the same number.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) name: &'static str,
    /// Begins its addresses.
    mailbox: &'static str,
    pub(super) mail_server: MailServer,
    pub(super) is_customer: bool,
    /// Its messages are used up before anything is measured.
    pub(super) is_limited: bool,
    /// Its requests take longer, on our own side of the wire: a run that finds no difference there finds none at all.
    pub(super) is_planted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailServer {
    Slow,
    Away,
}

/// Those of one service are compared with each other.
pub(super) const CLASSES: [Class; 8] = [
    Class::stranger("unknown", "unknown"),
    Class::customer("known", "known"),
    // The mail server refuses its addresses.
    Class::customer("undeliverable", mail::REFUSED),
    Class::customer("limited", "limited").limited(),
    Class::stranger("unknown, limited", "limited-unknown").limited(),
    Class {
        is_planted: true,
        ..Class::customer("known, planted", "planted")
    },
    Class::customer("known, mail away", "known").without_mail(),
    Class::stranger("unknown, mail away", "unknown").without_mail(),
];

impl Class {
    const fn stranger(name: &'static str, mailbox: &'static str) -> Self {
        Self {
            name,
            mailbox,
            mail_server: MailServer::Slow,
            is_customer: false,
            is_limited: false,
            is_planted: false,
        }
    }

    const fn customer(name: &'static str, mailbox: &'static str) -> Self {
        Self {
            is_customer: true,
            ..Self::stranger(name, mailbox)
        }
    }

    const fn limited(self) -> Self {
        Self {
            is_limited: true,
            ..self
        }
    }

    const fn without_mail(self) -> Self {
        Self {
            mail_server: MailServer::Away,
            ..self
        }
    }

    pub(super) fn address(&self, number: u32) -> String {
        format!("{}-{number}@example.com", self.mailbox)
    }

    /// How much longer a request takes than the service makes it.
    pub(super) const fn delay(&self) -> Duration {
        if self.is_planted {
            PLANTED
        } else {
            Duration::ZERO
        }
    }

    /// Says whether both should take the same time; `None` when they are of different services.
    pub(super) fn should_be_like(&self, other: &Self) -> Option<bool> {
        (self.mail_server == other.mail_server).then_some(self.is_planted == other.is_planted)
    }
}
