//! A gateway of a few lines: it hears one request a connection, and answers as told.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// What it does once it has heard a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answers<'a> {
    With(u16, &'a str),
    /// These bytes, and then the end.
    Raw(&'a str),
    /// These bytes, and then others as long as somebody reads.
    Endlessly(&'a str),
    HangsUp,
    Nothing,
}

pub(super) struct Server {
    port: u16,
    heard: Arc<Heard>,
    listening: AbortHandle,
}

#[derive(Default)]
struct Heard {
    requests: Mutex<Vec<String>>,
    one: Notify,
}

impl Server {
    pub(super) async fn start(answers: Answers<'_>) -> Self {
        let answer = match answers {
            Answers::With(status, body) => {
                let length = body.len();
                Some(format!(
                    "HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\n\r\n{body}"
                ))
            }
            Answers::Raw(bytes) | Answers::Endlessly(bytes) => Some(bytes.to_owned()),
            Answers::HangsUp => Some(String::new()),
            Answers::Nothing => None,
        };
        let is_endless = matches!(answers, Answers::Endlessly(_));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::<Heard>::default();
        let noted = heard.clone();
        let listening = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(talk(stream, answer.clone(), is_endless, noted.clone()));
            }
        });
        Self {
            port,
            heard,
            listening: listening.abort_handle(),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The one request that came.
    pub(super) fn request(&self) -> String {
        let requests = self.heard.requests.lock().expect("no panic");
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }

    pub(super) fn count(&self) -> usize {
        self.heard.requests.lock().expect("no panic").len()
    }

    /// Waits for a request.
    pub(super) async fn asked(&self) {
        self.heard.one.notified().await;
    }
}

impl Drop for Server {
    /// Returns when nobody listens any more.
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn talk(mut stream: TcpStream, answer: Option<String>, is_endless: bool, heard: Arc<Heard>) {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.expect("a request");
        assert_ne!(count, 0, "a whole request");
        request.extend_from_slice(&bytes[..count]);
    }
    let request = String::from_utf8(request).expect("text");
    heard.requests.lock().expect("no panic").push(request);
    heard.one.notify_one();
    let Some(answer) = answer else {
        return std::future::pending().await;
    };
    let mut written = stream.write_all(answer.as_bytes()).await;
    // Whoever has read enough hangs up.
    while is_endless && written.is_ok() {
        written = stream.write_all(&[b'x'; 4096]).await;
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().expect("a number"))
}
