//! One bound session: a task owns the wire; whoever sends holds a place in the window.

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::bytes::Bytes;

use super::OnReceipt;
use super::pdu::{self, Command, Pdu, Status};
use super::receipt::SmsReceipt;
use super::url::Login;
use super::wire::Wire;

/// Messages that the SMSC may owe an answer to at a time: what SMSCs allow where they say nothing else is ten.
const WINDOW: usize = 8;
/// Silence after which the SMSC is asked whether it is still there.
const ASK_AFTER: Duration = Duration::from_secs(30);
/// Silence after that question which means that it is not.
const GONE_AFTER: Duration = Duration::from_secs(15);

/// A session that is bound. Its task says goodbye when the last handle is dropped.
#[derive(Debug)]
pub(super) struct Session {
    requests: mpsc::Sender<Request>,
    window: Semaphore,
    is_doubtful: AtomicBool,
}

/// The SMSC's answer to a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: Status,
    pub(super) message_id: Option<String>,
}

/// Why a session could not be bound.
#[derive(Debug)]
pub(super) enum Unbound {
    Refused(Status),
    Broken(io::Error),
}

/// Why there is no answer to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// Nothing of it was written, since too many others wait for their answer.
    Full,
    /// Nothing of it was written, since the session is over.
    Over,
    /// It was written, or part of it: nobody knows whether it was taken.
    Unanswered,
}

struct Request {
    body: Bytes,
    /// `None` goes back when nothing of the message was written.
    answer: oneshot::Sender<Option<Answer>>,
}

impl Session {
    /// Logs in, and has a task of its own do the rest.
    pub(super) async fn bind(
        mut wire: Wire,
        login: &Login,
        on_receipt: Option<OnReceipt>,
    ) -> Result<Self, Unbound> {
        let bind = Pdu::request(Command::BIND_TRANSCEIVER, 1, pdu::bind(login));
        wire.send(&bind).await.map_err(Unbound::Broken)?;
        let answered = [bind.command.response(), Command::GENERIC_NACK];
        let answer = loop {
            let heard = wire.next().await.map_err(Unbound::Broken)?;
            if answered.contains(&heard.command) {
                break heard;
            }
        };
        if answer.status != Status::OK {
            return Err(Unbound::Refused(answer.status));
        }
        // There is room for all who have a place.
        let (requests, asked) = mpsc::channel(WINDOW);
        let task = Task {
            wire,
            on_receipt,
            sequence: bind.sequence,
            waiting: HashMap::new(),
        };
        tokio::spawn(task.run(asked));
        Ok(Self {
            requests,
            window: Semaphore::new(WINDOW),
            is_doubtful: AtomicBool::new(false),
        })
    }

    /// Says whether to begin another message here. Those under way stay until they have their answers.
    pub(super) fn is_open(&self) -> bool {
        !self.requests.is_closed() && !self.is_doubtful.load(Ordering::Relaxed)
    }

    /// Hands over the body of a `submit_sm` and waits for the answer.
    pub(super) async fn submit(&self, body: Bytes, until: Instant) -> Result<Answer, Silence> {
        let place = timeout_at(until, self.window.acquire()).await;
        let _place = place.map_err(|_| Silence::Full)?;
        let (answer, answered) = oneshot::channel();
        let request = Request { body, answer };
        self.requests.try_send(request).map_err(|_| Silence::Over)?;
        let answer = match timeout_at(until, answered).await {
            Ok(Ok(answer)) => answer.ok_or(Silence::Over),
            Ok(Err(_)) | Err(_) => Err(Silence::Unanswered),
        };
        let is_well = answer
            .as_ref()
            .is_ok_and(|answer| answer.status != Status::INVALID_BIND_STATUS);
        if !is_well {
            self.is_doubtful.store(true, Ordering::Relaxed);
        }
        answer
    }
}

struct Task {
    wire: Wire,
    on_receipt: Option<OnReceipt>,
    /// The number of our last request.
    sequence: u32,
    waiting: HashMap<u32, oneshot::Sender<Option<Answer>>>,
}

impl Task {
    async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        tracing::info!("the session with the SMSC is bound");
        match self.serve(&mut requests).await {
            Ok(()) => tracing::info!("the session with the SMSC has ended"),
            Err(error) => tracing::warn!(%error, "the session with the SMSC broke"),
        }
        requests.close();
        while let Ok(Request { answer, .. }) = requests.try_recv() {
            // Whoever gave up waiting knows less than this, and assumes the worse.
            let _ = answer.send(None);
        }
    }

    async fn serve(&mut self, requests: &mut mpsc::Receiver<Request>) -> io::Result<()> {
        let mut is_asked = false;
        let mut patience = Instant::now() + ASK_AFTER;
        loop {
            tokio::select! {
                // What ends the session is seen before another message is written.
                biased;
                heard = self.wire.next() => {
                    (is_asked, patience) = (false, Instant::now() + ASK_AFTER);
                    if self.hear(heard?).await?.is_break() {
                        return Ok(());
                    }
                }
                request = requests.recv() => match request {
                    Some(request) => self.submit(request).await?,
                    None => return self.part().await,
                },
                () = sleep_until(patience) => {
                    if is_asked {
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                    (is_asked, patience) = (true, Instant::now() + GONE_AFTER);
                    self.ask(Command::ENQUIRE_LINK, Bytes::new()).await?;
                }
            }
        }
    }

    /// Says goodbye, and leaves once that is heard: a connection closed earlier looks like a broken one.
    async fn part(&mut self) -> io::Result<()> {
        self.ask(Command::UNBIND, Bytes::new()).await?;
        let until = Instant::now() + GONE_AFTER;
        while let Ok(Ok(heard)) = timeout_at(until, self.wire.next()).await {
            if heard.command == Command::UNBIND.response() {
                break;
            }
            let _ = self.hear(heard).await?;
        }
        Ok(())
    }

    async fn submit(&mut self, Request { body, answer }: Request) -> io::Result<()> {
        // Those who gave up waiting.
        self.waiting.retain(|_, answer| !answer.is_closed());
        self.waiting.insert(self.next_sequence(), answer);
        self.ask(Command::SUBMIT_SM, body).await
    }

    async fn ask(&mut self, command: Command, body: Bytes) -> io::Result<()> {
        self.sequence = self.next_sequence();
        let request = Pdu::request(command, self.sequence, body);
        self.wire.send(&request).await
    }

    /// They are positive and start anew at the end (SMPP 3.4, section 3.2).
    const fn next_sequence(&self) -> u32 {
        self.sequence % 0x7fff_ffff + 1
    }

    async fn hear(&mut self, heard: Pdu) -> io::Result<ControlFlow<()>> {
        if heard.command.is_response() {
            // No other answer says what became of a message, whatever its number.
            if [Command::SUBMIT_SM.response(), Command::GENERIC_NACK].contains(&heard.command) {
                self.tell(heard);
            }
            return Ok(ControlFlow::Continue(()));
        }
        let answer = match heard.command {
            // The field message_id of the answer is empty.
            Command::DELIVER_SM => heard.answer(Bytes::from_static(b"\0")),
            Command::ENQUIRE_LINK | Command::UNBIND => heard.answer(Bytes::new()),
            _ => heard.refusal(),
        };
        self.wire.send(&answer).await?;
        Ok(match heard.command {
            Command::UNBIND => ControlFlow::Break(()),
            Command::DELIVER_SM => {
                let receipt = SmsReceipt::read(heard.body);
                if let Some((receipt, on_receipt)) = receipt.zip(self.on_receipt.as_ref()) {
                    on_receipt(receipt);
                }
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        })
    }

    /// Tells whoever waits for this answer, if anybody still does.
    fn tell(&mut self, mut heard: Pdu) {
        if let Some(answer) = self.waiting.remove(&heard.sequence) {
            let message_id = pdu::id(&pdu::take_text(&mut heard.body));
            let status = heard.status;
            let _ = answer.send(Some(Answer { status, message_id }));
        }
    }
}

#[cfg(test)]
mod tests;
