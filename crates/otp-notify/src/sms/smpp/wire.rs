//! The connection to the SMSC, PDU by PDU, in clear or by TLS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use super::pdu::Pdu;
use super::url::{Encryption, SmppUrl};

/// Longest PDU in octets; those that are read here are a few hundred.
const LONGEST: usize = 16_384;
/// An SMSC that takes nothing for so long is gone.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub(super) struct Wire(Framed<Box<dyn Stream>, LengthDelimitedCodec>);

impl Wire {
    pub(super) async fn connect(smsc: &SmppUrl) -> io::Result<Self> {
        let stream = TcpStream::connect((smsc.host.as_str(), smsc.port)).await?;
        stream.set_nodelay(true)?;
        match smsc.encryption {
            Encryption::None => Ok(Self::over(stream)),
            Encryption::Tls => {
                let name = ServerName::try_from(smsc.host.clone()).map_err(invalid)?;
                Ok(Self::over(connector().await?.connect(name, stream).await?))
            }
        }
    }

    pub(super) fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        let codec = LengthDelimitedCodec::builder()
            .length_field_length(4)
            // The length counts itself.
            .length_adjustment(-4)
            .max_frame_length(LONGEST)
            .new_codec();
        Self(Framed::new(Box::new(stream), codec))
    }

    /// Writes a PDU. What is cut off here may have been read as a whole or not at all: the wire is of no use then.
    pub(super) async fn send(&mut self, pdu: &Pdu) -> io::Result<()> {
        timeout(WRITE_WITHIN, self.0.send(pdu.write())).await?
    }

    /// Reads the next PDU, and may be dropped while it waits for one.
    pub(super) async fn next(&mut self) -> io::Result<Pdu> {
        let frame = self.0.next().await.ok_or(io::ErrorKind::UnexpectedEof)??;
        Pdu::read(frame).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// Trusts the roots of the system, or of the file that the environment names instead, as mail does. They are read for
/// each connection, of which there are few.
async fn connector() -> io::Result<TlsConnector> {
    let found = spawn_blocking(rustls_native_certs::load_native_certs).await?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(invalid)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
