//! The listening socket: our own, or one that outlives this process.

use std::future::pending;
use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{manager, until};
use crate::cli::Failure;

/// A socket that requests come in by.
pub(super) struct Socket {
    listener: TcpListener,
    /// Whether somebody else holds it too, so that it stays open when we stop.
    pub(super) is_shared: bool,
}

impl Socket {
    /// Takes the socket of the service manager, or else listens on `address`.
    pub(super) async fn open(address: SocketAddr) -> Result<Self, Failure> {
        if let Some(socket) = manager::socket()? {
            let listener = TcpListener::from_std(socket);
            let listener = listener.map_err(|error| cannot_listen(address, &error))?;
            return Ok(Self {
                listener,
                is_shared: true,
            });
        }
        Self::bind(address).await
    }

    /// Listens on `address`.
    pub(super) async fn bind(address: SocketAddr) -> Result<Self, Failure> {
        let listener = TcpListener::bind(address).await;
        Ok(Self {
            listener: listener.map_err(|error| cannot_listen(address, &error))?,
            is_shared: false,
        })
    }

    /// Returns where it listens.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts connections until `stopped` says so; what comes then waits for the next process.
    pub(super) fn door(self, stopped: watch::Receiver<bool>) -> Door {
        Door {
            listener: self.listener,
            stopped,
        }
    }
}

/// Lets connections in, until it is closed; the socket behind it stays open.
pub(super) struct Door {
    listener: TcpListener,
    stopped: watch::Receiver<bool>,
}

impl Door {
    /// Lets the next one in.
    pub(super) async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        tokio::select! {
            biased;
            () = until(&mut self.stopped) => pending().await,
            accepted = self.listener.accept() => accepted,
        }
    }
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Failure {
    let advice = "stop the program that uses it, or choose another with --listen or OTP_LISTEN";
    Failure::because(&format!("cannot listen on {address}"), error, advice)
}
