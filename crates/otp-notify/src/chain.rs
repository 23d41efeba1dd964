//! Senders in order, each behind a breaker: what one cannot send now, the next one does.

mod breaker;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;

use otp_core::ports::{NotifyError, Receipt};
use otp_core::{Channel, Event, EventSink, Happening};
use tokio::sync::Mutex;
use tokio::time::Instant;

use breaker::{Breaker, Change, Pass};

/// No sender begins later than this after the first: whatever it takes then ends before the dispatcher gives up.
const BEGIN_WITHIN: Duration = Duration::from_secs(10);

/// One way to hand a message over.
pub(crate) trait Sender<M>: Send + Sync {
    /// Hands `message` over.
    fn send(&self, message: M) -> impl Future<Output = Result<Receipt, Refused>> + Send;
}

/// A message, to the chain that sends it.
pub(crate) trait Named {
    /// Returns what it is called, the same each time it is tried.
    fn id(&self) -> &str;
}

/// Why a sender did not hand a message over, by what that says of the sender.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It judged this message; it is well.
    Message(NotifyError),
    /// It would have done the same to any message: it cannot be reached, is busy, or does not know us.
    Sender(NotifyError),
}

impl From<NotifyError> for Refused {
    /// Blames the message for what is refused for good, and the sender for everything else.
    fn from(error: NotifyError) -> Self {
        match error {
            NotifyError::Permanent { .. } => Self::Message(error),
            NotifyError::Temporary { .. } | NotifyError::Unknown { .. } => Self::Sender(error),
        }
    }
}

impl Refused {
    /// Returns the failure, whoever is to blame.
    pub(crate) fn into_error(self) -> NotifyError {
        match self {
            Self::Message(error) | Self::Sender(error) => error,
        }
    }
}

/// Senders of one channel, the first one preferred.
///
/// A temporary failure goes to the next sender at once. A message that was refused for good, and one that a sender may
/// have taken, goes to no other.
pub(crate) struct Chain<S> {
    channel: Channel,
    links: Vec<Arc<Link<S>>>,
    /// Held by the one message that is tried although every breaker is open.
    last_resort: Mutex<()>,
}

/// A sender with its name and its breaker; chains may share it.
pub(crate) struct Link<S> {
    pub(crate) name: String,
    pub(crate) sender: S,
    breaker: Lock<Breaker>,
}

impl<S> Link<S> {
    /// `name` is for logs and metrics: it holds no secret.
    pub(crate) fn new(name: impl Into<String>, sender: S) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            sender,
            breaker: Lock::default(),
        })
    }

    fn with_breaker<T>(&self, act: impl FnOnce(&mut Breaker, Instant) -> T) -> T {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut breaker, Instant::now())
    }
}

impl<S: Send + Sync> Chain<S> {
    pub(crate) fn new(channel: Channel, links: Vec<Arc<Link<S>>>) -> Self {
        Self {
            channel,
            links,
            last_resort: Mutex::default(),
        }
    }

    /// Returns its senders in order.
    pub(crate) fn links(&self) -> impl Iterator<Item = &Link<S>> {
        self.links.iter().map(Arc::as_ref)
    }

    /// Hands `message` over by the first sender that takes it.
    pub(crate) async fn send<M: Named + Copy + Send + Sync>(
        &self,
        message: M,
        events: &dyn EventSink,
    ) -> Result<Receipt, NotifyError>
    where
        S: Sender<M>,
    {
        let admitted = self.links().filter_map(|link| {
            let pass = link.with_breaker(Breaker::admit)?;
            Some((link, pass))
        });
        match self.first_taker(admitted, message, events).await {
            Some(outcome) => outcome,
            None => self.against_all_odds(message, events).await,
        }
    }

    /// Tries all senders though each failed lately: one message at a time, so that they cost no more than one place.
    async fn against_all_odds<M: Named + Copy + Send + Sync>(
        &self,
        message: M,
        events: &dyn EventSink,
    ) -> Result<Receipt, NotifyError>
    where
        S: Sender<M>,
    {
        let Ok(_alone) = self.last_resort.try_lock() else {
            return Err(NotifyError::Temporary {
                reason: "every sender failed lately",
                source: None,
            });
        };
        let all = self.links().map(|link| (link, Pass::Plain));
        let outcome = self.first_taker(all, message, events).await;
        outcome.unwrap_or(Err(NotifyError::Permanent {
            reason: "there is no sender",
            source: None,
        }))
    }

    /// Tries one sender after the other until one decides; `None` when there is none.
    async fn first_taker<'a, M: Named + Copy + Send + Sync>(
        &self,
        links: impl Iterator<Item = (&'a Link<S>, Pass)> + Send,
        message: M,
        events: &dyn EventSink,
    ) -> Option<Result<Receipt, NotifyError>>
    where
        S: Sender<M> + 'a,
    {
        let begun = Instant::now();
        let mut outcome = None;
        for (link, pass) in links {
            let sent = link.sender.send(message).await;
            self.note(link, pass, message.id(), &sent, events);
            let sent = sent.map_err(Refused::into_error);
            let goes_on = matches!(sent, Err(NotifyError::Temporary { .. }));
            outcome = Some(sent);
            if !goes_on || begun.elapsed() > BEGIN_WITHIN {
                break;
            }
        }
        outcome
    }

    /// Tells the breaker how it went, and everybody else when that changed something.
    fn note(
        &self,
        link: &Link<S>,
        pass: Pass,
        id: &str,
        sent: &Result<Receipt, Refused>,
        events: &dyn EventSink,
    ) {
        let change = match sent {
            Ok(_) | Err(Refused::Message(_)) => link.with_breaker(|breaker, _| breaker.succeed()),
            Err(Refused::Sender(_)) => {
                link.with_breaker(|breaker, now| breaker.fail(pass, id, now))
            }
        };
        let (channel, sender) = (self.channel.as_str(), link.name.as_str());
        let what = match change {
            None => return,
            Some(Change::Opened) => {
                tracing::warn!(
                    channel,
                    sender,
                    "a sender is out: it failed again and again"
                );
                Happening::SenderDown {
                    sender: sender.to_owned(),
                }
            }
            Some(Change::Closed) => {
                tracing::info!(channel, sender, "a sender is back");
                Happening::SenderUp {
                    sender: sender.to_owned(),
                }
            }
        };
        events.record(&Event {
            purpose: None,
            channel: Some(self.channel),
            what,
        });
    }
}

impl<S> fmt::Debug for Chain<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.links.iter().map(|link| &link.name);
        f.debug_list().entries(names).finish()
    }
}
