//! Requests that no browser sends, byte by byte.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::process::Manager;

#[test]
fn odd_requests_are_refused_by_their_own_status() {
    let manager = Manager::new();
    let service = manager.start(&[]);
    let long = |length| {
        format!(
            "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: {}",
            "a".repeat(length)
        )
    };
    for (head, status) in [
        (
            "GET http://localhost/otp/request/ HTTP/1.1\r\nhost: localhost",
            "200",
        ),
        (
            "GET http://evil.example/otp/request/ HTTP/1.1\r\nhost: localhost",
            "421",
        ),
        (
            "GET http://localhost/otp/request/ HTTP/1.1\r\nhost: evil.example",
            "421",
        ),
        (
            "GET /otp/request/ HTTP/1.1\r\nhost: localhost\r\nhost: localhost",
            "421",
        ),
        ("GET /otp/request/ HTTP/1.1\r\nhost: evil.example", "421"),
        ("GET /otp/request/ HTTP/1.0", "421"),
        ("GET /healthz HTTP/1.0", "200"),
        ("CONNECT localhost:22 HTTP/1.1\r\nhost: localhost:22", "404"),
        (
            "CONNECT evil.example:22 HTTP/1.1\r\nhost: evil.example:22",
            "421",
        ),
        ("OPTIONS * HTTP/1.1\r\nhost: localhost", "404"),
        (
            "GET /otp/request/ HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2",
            "400",
        ),
        ("GET / HTTP/1.1\r\nhost : localhost", "400"),
        (&long(15_000), "200"),
        (&long(17_000), "431"),
    ] {
        let mut stream = TcpStream::connect(manager.address()).unwrap();
        let request = format!("{head}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let shown = &head[..head.len().min(100)];
        assert_eq!(answer.split(' ').nth(1), Some(status), "{shown}\n{answer}");
    }
    service.stop();
}
