//! A stand-in for what collects traces.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// What speaks OTLP over HTTP and keeps what it is sent.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    /// The first line and the body of each request.
    pub(crate) received: Receiver<(String, Vec<u8>)>,
}

impl Collector {
    pub(crate) fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (send, received) = channel();
        // Ends with the program of the test.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let send = send.clone();
                std::thread::spawn(move || {
                    let mut stream = BufReader::new(stream.unwrap());
                    while let Some(request) = request(&mut stream) {
                        let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                        stream.get_mut().write_all(ok).unwrap();
                        let _ = send.send(request);
                    }
                });
            }
        });
        Self { address, received }
    }
}

/// Reads a request: its first line and its body.
fn request(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    let mut first = String::new();
    let mut headers = BTreeMap::new();
    while stream.read_line(&mut line).ok()? > 0 {
        let text = line.trim_end().to_owned();
        line.clear();
        if text.is_empty() {
            let length = headers
                .get("content-length")
                .map(|length: &String| length.parse());
            let mut body = vec![0; length?.ok()?];
            stream.read_exact(&mut body).ok()?;
            return Some((first, body));
        }
        match text.split_once(": ") {
            Some((name, value)) => {
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            None => first = text,
        }
    }
    None
}
