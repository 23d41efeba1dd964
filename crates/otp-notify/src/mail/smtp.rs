//! Mail to a mail server, over a few connections that are kept for the next message.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use otp_core::ports::NotifyError;
use tokio::time::{Instant, timeout};

use super::Probed;
use super::refusal::{self, Stage};
use super::url::{Encryption, Server};
use crate::chain::Refused;

/// Time for one message, from the first packet to the server's answer.
const DEADLINE: Duration = Duration::from_secs(20);
/// Time for each address of the server, so that one which answers nothing leaves time for the next.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Servers hang up on idle clients, by RFC 5321 section 4.5.3.2.7 after five minutes; many are less patient.
const KEEP_IDLE: Duration = Duration::from_secs(30);
/// Most connections kept: as many as the dispatcher sends at once.
const MAX_IDLE: usize = 8;

/// Hands messages to one mail server.
///
/// It keeps its own connections because lettre's pool takes a connection back even when the send on it was cancelled
/// by a deadline; the next message would then read the answers meant for the last one. Here a connection is kept only
/// after the server has accepted a whole message on it.
pub(super) struct SmtpMailer {
    server: Server,
    tls: Tls,
    hello: ClientId,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl SmtpMailer {
    /// Loads the machine's trusted roots; connects to nothing yet.
    pub(super) fn new(server: Server) -> Result<Self, Error> {
        let parameters = || TlsParameters::new_rustls(server.host.clone());
        let tls = match server.encryption {
            Encryption::Implicit => Tls::Wrapper(parameters()?),
            Encryption::Required => Tls::Required(parameters()?),
            Encryption::Opportunistic => Tls::Opportunistic(parameters()?),
            Encryption::None => Tls::None,
        };
        Ok(Self {
            server,
            tls,
            hello: ClientId::default(),
            idle: Mutex::default(),
        })
    }

    /// Returns once the server has taken responsibility for the message.
    pub(super) async fn send(&self, envelope: &Envelope, message: &[u8]) -> Result<(), Refused> {
        timeout(DEADLINE, self.send_patiently(envelope, message))
            .await
            .unwrap_or_else(|_| Err(refusal::too_slow()))
    }

    /// Connects as for a message, and leaves again.
    pub(super) async fn probe(&self) -> Result<Probed, NotifyError> {
        let asked = async {
            let mut connection = self.connect().await?;
            let probed = Probed::Server {
                has_tls: connection.is_encrypted(),
                has_login: self.server.login.is_some(),
            };
            // It has said all that was asked; how it says goodbye changes nothing.
            let _ = connection.quit().await;
            Ok(probed)
        };
        let answered = timeout(DEADLINE, asked).await;
        answered
            .unwrap_or_else(|_| Err(refusal::too_slow()))
            .map_err(Refused::into_error)
    }

    async fn send_patiently(&self, envelope: &Envelope, message: &[u8]) -> Result<(), Refused> {
        if let Some(mut kept) = self.take_idle() {
            match kept.send(envelope, message).await {
                Ok(_) => {
                    self.keep(kept);
                    return Ok(());
                }
                // The server hung up meanwhile, and has judged nothing: a fresh connection tells.
                Err(error) if refusal::is_hang_up(&error) => {}
                Err(error) => return Err(refusal::of(Stage::Message, error)),
            }
        }
        let mut fresh = self.connect().await?;
        let sent = fresh.send(envelope, message).await;
        sent.map_err(|error| refusal::of(Stage::Message, error))?;
        self.keep(fresh);
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Refused> {
        let address = (self.server.host.as_str(), self.server.port);
        let wrapper = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let connected = AsyncSmtpConnection::connect_tokio1(
            address,
            Some(CONNECT_WITHIN),
            &self.hello,
            wrapper,
            None,
        );
        let mut connection = connected
            .await
            .map_err(|error| refusal::of(Stage::Connect, error))?;
        let starttls = match &self.tls {
            Tls::Required(parameters) => Some(parameters),
            Tls::Opportunistic(parameters) if connection.can_starttls() => Some(parameters),
            _ => None,
        };
        if let Some(parameters) = starttls {
            let secured = connection.starttls(parameters.clone(), &self.hello).await;
            secured.map_err(|error| refusal::of(Stage::StartTls, error))?;
        }
        if let Some(login) = &self.server.login {
            let credentials = Credentials::new(login.user.clone(), login.password.clone());
            let welcomed = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
            welcomed.map_err(|error| refusal::of(Stage::Login, error))?;
        }
        Ok(connection)
    }

    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|kept| kept.since.elapsed() < KEEP_IDLE);
        idle.pop().map(|kept| kept.connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            let since = Instant::now();
            idle.push(Idle { connection, since });
        }
    }
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer")
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
