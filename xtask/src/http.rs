//! As much of an HTTP/1.1 client as one connection that is kept needs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// Longest body that is read; ours are a few hundred bytes.
const LONGEST: u64 = 1 << 20;

/// One connection to a server on the loopback interface, for one request after the other.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    port: u16,
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(15)))?;
        Ok(Self {
            stream: BufReader::new(stream),
            port,
        })
    }

    /// Asks for a page.
    pub(crate) fn get(&mut self, path: &str) -> Result<Answer> {
        self.send("GET", path, "")
    }

    /// Posts JSON.
    pub(crate) fn post(&mut self, path: &str, json: &str) -> Result<Answer> {
        self.send("POST", path, json)
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Answer> {
        let (port, length) = (self.port, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        // One write: two would wait for each other (Nagle against delayed acknowledgement).
        self.stream.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        let status = status
            .split(' ')
            .nth(1)
            .context("no status line")?
            .parse()?;
        let mut length = None;
        loop {
            let header = self.line()?.to_ascii_lowercase();
            match header.split_once(':') {
                Some(("content-length", value)) => length = Some(value.trim().parse::<u64>()?),
                Some(_) => {}
                None => break,
            }
        }
        let length = length.filter(|length| *length <= LONGEST);
        let mut body = vec![0; usize::try_from(length.context("no length of the body")?)?];
        self.stream.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status, body })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stream.by_ref().take(16 << 10).read_line(&mut line)?;
        if !line.ends_with("\r\n") {
            bail!("the server hung up");
        }
        line.truncate(line.len() - 2);
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn asks_twice_on_one_connection() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            for answer in [
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
                "HTTP/1.1 410 Gone\r\nA: b\r\nContent-Length: 0\r\n\r\n",
            ] {
                let mut request = [0; 512];
                let read = stream.read(&mut request).unwrap();
                asked.push(String::from_utf8_lossy(&request[..read]).into_owned());
                stream.write_all(answer.as_bytes()).unwrap();
            }
            asked
        });
        let mut connection = Connection::open(port).unwrap();
        let answer = connection.post("/a", "{}").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
        assert_eq!(connection.get("/b").unwrap().status, 410);
        assert!(connection.get("/c").is_err(), "the server has hung up");
        let asked = server.join().unwrap();
        assert!(asked[0].starts_with("POST /a HTTP/1.1\r\n") && asked[0].ends_with("\r\n\r\n{}"));
        assert!(asked[1].starts_with("GET /b HTTP/1.1\r\n"));
    }
}
