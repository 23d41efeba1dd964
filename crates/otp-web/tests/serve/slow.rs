//! Clients that are slow on purpose: they lose their place, and nobody else notices.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use crate::process::{Manager, Service};

/// Slow connections, and the addresses they come from: none has more than one address may have.
const SLOW: usize = 500;
const ADDRESSES: usize = 10;

/// Who asks meanwhile, and how often.
const CLIENTS: usize = 50;
const REQUESTS: usize = 30;

/// What a loaded machine adds to single requests, whoever is attacked: the bound is about seconds, not about this.
const NOISE: Duration = Duration::from_millis(40);

async fn connect(from: IpAddr, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

/// Any address of 127.0.0.0/8 is this machine's own on Linux.
fn own_address(number: usize) -> IpAddr {
    Ipv4Addr::new(127, 0, 1, u8::try_from(number).unwrap() + 1).into()
}

fn start(manager: &Manager, settings: &[(&str, &str)]) -> Service {
    tokio::task::block_in_place(|| manager.start(settings))
}

/// Says nothing at all, or sends one byte a second of a head or of a body, until the service ends it; returns when.
async fn drip(mut stream: TcpStream, head: &'static str, begun: Instant) -> Duration {
    let (mut reader, mut writer) = stream.split();
    let drips = async {
        let mut seconds = interval(Duration::from_secs(1));
        if head.starts_with("POST") {
            writer.write_all(head.as_bytes()).await?;
        }
        for byte in head.bytes().chain(std::iter::repeat(b'a')) {
            seconds.tick().await;
            if !head.is_empty() {
                writer.write_all(&[byte]).await?;
            }
        }
        Ok::<_, std::io::Error>(())
    };
    let mut answer = Vec::new();
    tokio::select! {
        // What comes back is an end, or an answer before it.
        _ = reader.read_to_end(&mut answer) => {}
        // A write that fails is an end too; the drips themselves never end.
        _ = drips => {}
    }
    begun.elapsed()
}

/// One whole request by a connection of its own.
async fn ask(address: SocketAddr) -> Duration {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = "GET /otp/request/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    begun.elapsed()
}

/// Two services side by side, one of them under attack; each client asks them in turn, so that whatever else the
/// machine does slows both alike.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_slow_clients_are_closed_in_time_and_slow_nobody_down() {
    let (attacked, calm) = (Manager::new(), Manager::new());
    let services = [start(&attacked, &[]), start(&calm, &[])];
    let begun = Instant::now();
    let mut slow = JoinSet::new();
    for number in 0..SLOW {
        let head = match number % 3 {
            0 => "",
            1 => "GET /otp/request/ HTTP/1.1\r\nhost: localhost\r\nx-slow: ",
            _ => "POST /otp/request/ HTTP/1.1\r\nhost: localhost\r\ncontent-length: 8000\r\n\r\n",
        };
        let stream = connect(own_address(number % ADDRESSES), attacked.address()).await;
        slow.spawn(drip(stream, head, begun));
    }
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (attacked, calm) = (attacked.address(), calm.address());
        clients.spawn(async move {
            let mut took = Vec::new();
            for _ in 0..REQUESTS {
                took.push((ask(attacked).await, ask(calm).await));
            }
            took
        });
    }
    let (mut under_attack, mut undisturbed) = (Vec::new(), Vec::new());
    while let Some(took) = clients.join_next().await {
        let (one, other): (Vec<_>, Vec<_>) = took.unwrap().into_iter().unzip();
        under_attack.extend(one);
        undisturbed.extend(other);
    }
    let asked_for = begun.elapsed();
    let mut ends = Vec::new();
    while let Some(end) = slow.join_next().await {
        ends.push(end.unwrap());
    }
    let last = ends.iter().max().copied().unwrap();
    assert!(
        last <= Duration::from_secs(15),
        "the last was closed after {last:?}"
    );
    let early = ends
        .iter()
        .filter(|end| **end < asked_for.min(Duration::from_secs(8)));
    assert_eq!(early.count(), 0, "the attack lasted while the others asked");
    let (disturbed, baseline) = (percentile_99(under_attack), percentile_99(undisturbed));
    assert!(
        disturbed < baseline * 2 + NOISE,
        "{disturbed:?} under attack, {baseline:?} without, asked for {asked_for:?}"
    );
    for service in services {
        tokio::task::block_in_place(|| service.stop());
    }
}

fn percentile_99(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_cannot_take_the_places_of_others() {
    let manager = Manager::new();
    let settings = [("OTP_LIMITS__CONNECTIONS_PER_ADDRESS", "3")];
    let service = start(&manager, &settings);
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(connect(own_address(1), manager.address()).await);
    }
    let mut further = connect(own_address(1), manager.address()).await;
    // Closed at once, in whichever way the system tells it.
    let mut nothing = [0; 1];
    let read = timeout(Duration::from_secs(5), further.read(&mut nothing)).await;
    assert!(matches!(read.expect("an end"), Ok(0) | Err(_)));
    ask(manager.address()).await;
    drop(held);
    tokio::task::block_in_place(|| service.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_when_every_place_is_taken_waits_for_one() {
    let manager = Manager::new();
    let settings = [
        ("OTP_LIMITS__CONNECTIONS", "2"),
        ("OTP_LIMITS__CONNECTIONS_PER_ADDRESS", "1"),
        ("OTP_TRUSTED_PROXIES", "127.0.0.0/8"),
    ];
    let service = start(&manager, &settings);
    // A trusted proxy may have more than one.
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(own_address(1), manager.address()).await;
        let request = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        held.push(stream);
    }
    let mut waits = tokio::spawn(ask(manager.address()));
    let early = timeout(Duration::from_millis(300), &mut waits).await;
    assert!(early.is_err(), "answered beyond the limit");
    held.pop();
    let answered = timeout(Duration::from_secs(5), waits).await;
    answered.expect("an answer once a place is free").unwrap();
    tokio::task::block_in_place(|| service.stop());
}

/// Two networks take every place, in each way there is to hold one; whoever comes gets in at once, and stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_networks_cannot_keep_others_out() {
    const REQUEST: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    const WAYS: [&str; 4] = [
        "",
        "GET /otp/request/ HTTP/1.1\r\nhost: localhost\r\nx-slow: ",
        "POST /api/v1/otps HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: 8000\r\n\r\n{",
        REQUEST,
    ];
    let manager = Manager::new();
    let settings = [
        ("OTP_LIMITS__CONNECTIONS", "8"),
        ("OTP_LIMITS__CONNECTIONS_PER_ADDRESS", "4"),
    ];
    let service = start(&manager, &settings);
    let mut held = Vec::new();
    for way in WAYS {
        for network in [1, 2] {
            let mut stream = connect(own_address(network), manager.address()).await;
            stream.write_all(way.as_bytes()).await.unwrap();
            if way == REQUEST {
                assert_eq!(answered(&mut stream).await, "HTTP/1.1 200");
            }
            held.push(stream);
        }
    }
    let mut newcomers = Vec::new();
    for number in 0..8 {
        let mut stream = connect(own_address(10 + number), manager.address()).await;
        stream.write_all(REQUEST.as_bytes()).await.unwrap();
        // Long before the others would be closed for their silence.
        let answer = timeout(Duration::from_secs(5), answered(&mut stream)).await;
        assert_eq!(answer.expect("a place"), "HTTP/1.1 200");
        newcomers.push(stream);
    }
    let kept = held.iter_mut().chain(&mut newcomers).map(|stream| async {
        let end = timeout(Duration::from_millis(100), read_to_end(stream)).await;
        usize::from(end.is_err())
    });
    let kept: usize = join_all(kept).await.into_iter().sum();
    assert_eq!(kept, 8, "the newcomers");
    for stream in &mut newcomers {
        stream.write_all(REQUEST.as_bytes()).await.unwrap();
        assert_eq!(answered(stream).await, "HTTP/1.1 200");
    }
    tokio::task::block_in_place(|| service.stop());
}

/// The first words of an answer.
async fn answered(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.expect("an answer"));
    }
    let length = answer
        .windows(16)
        .position(|it| it.eq_ignore_ascii_case(b"content-length: "));
    let length = String::from_utf8_lossy(&answer[length.expect("a length") + 16..]);
    let length = length.split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.expect("a body");
    String::from_utf8_lossy(&answer[..12]).into_owned()
}

async fn read_to_end(stream: &mut TcpStream) {
    // Closed in whichever way the system tells it.
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// Returns how many bytes of memory a service holds.
fn memory(service: &Service) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.child.id())).unwrap();
    let resident = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = resident.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<usize>().unwrap() * 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_end_is_cut_off_and_costs_no_memory() {
    /// Of the ten gigabytes that the client would send; what the sockets' buffers hold is far less.
    const GIVEN_UP_BY: usize = 64 * 1024 * 1024;
    const CHUNK: usize = 64 * 1024;
    let manager = Manager::new();
    let service = start(&manager, &[]);
    ask(manager.address()).await;
    let before = memory(&service);
    for path in ["/otp/request/", "/api/v1/otps"] {
        let mut stream = TcpStream::connect(manager.address()).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             transfer-encoding: chunked\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let mut chunk = format!("{CHUNK:x}\r\n").into_bytes();
        chunk.extend(std::iter::repeat_n(b'x', CHUNK));
        chunk.extend(b"\r\n");
        let mut sent = 0;
        let pour = async {
            while sent < GIVEN_UP_BY && writer.write_all(&chunk).await.is_ok() {
                sent += CHUNK;
            }
            // What was answered is read to the end, whoever ends first.
            std::future::pending::<()>().await;
        };
        let mut answer = Vec::new();
        let read = async {
            let mut part = [0; 1024];
            while let Ok(length @ 1..) = reader.read(&mut part).await {
                answer.extend_from_slice(&part[..length]);
            }
        };
        let ended = timeout(Duration::from_secs(15), async {
            tokio::select! { () = pour => {}, () = read => {} }
        });
        ended.await.expect("an end");
        assert!(sent < GIVEN_UP_BY, "{path}: {sent} bytes were taken");
        let answer = String::from_utf8_lossy(&answer);
        // A client that is still sending may lose the answer with the connection.
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 413"),
            "{answer}"
        );
    }
    let grown = memory(&service).saturating_sub(before);
    assert!(grown < 5 * 1024 * 1024, "{grown} bytes more than before");
    tokio::task::block_in_place(|| service.stop());
}
