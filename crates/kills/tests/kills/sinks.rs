//! A mail server and a gateway that keep what they accept, and may kill who talks to them.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use otp_kills::{Point, kill};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A message that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) to: String,
    /// The Message-ID of a mail; the delivery of a short message.
    pub(crate) name: String,
    /// All that was sent.
    pub(crate) text: String,
}

/// Everything that was accepted, whoever brought it.
pub(crate) type Post = Arc<Mutex<Vec<Taken>>>;

/// Whom the servers kill, and where.
#[derive(Debug, Default)]
pub(crate) struct Killer {
    /// Nowhere, unless it is a point that only a server sees.
    pub(crate) point: Option<Point>,
    /// Known before it is told to go.
    pub(crate) victim: OnceLock<u32>,
}

impl Killer {
    /// Kills at this point, if it is the one; returns when the victim's end of the connection is gone.
    async fn at(&self, here: Point, stream: &mut BufReader<TcpStream>) -> io::Result<()> {
        if self.point != Some(here) {
            return Ok(());
        }
        kill(self.victim.get().copied())?;
        let _ = stream.read_to_end(&mut Vec::new()).await;
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}

/// Both servers on free ports; they end when they are dropped.
pub(crate) struct Sinks {
    pub(crate) mail: u16,
    pub(crate) gateway: u16,
    _serving: JoinSet<()>,
}

impl Sinks {
    pub(crate) async fn open(post: &Post, killer: &Arc<Killer>) -> Self {
        let mut serving = JoinSet::new();
        let (mail, mails) = listen().await;
        let (gateway, lines) = listen().await;
        let (own_post, own_killer) = (post.clone(), killer.clone());
        serving.spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((stream, _)) = mails.accept().await {
                talks.spawn(take_mail(stream, own_post.clone(), own_killer.clone()));
            }
        });
        let (own_post, own_killer) = (post.clone(), killer.clone());
        serving.spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((stream, _)) = lines.accept().await {
                talks.spawn(take_line(stream, own_post.clone(), own_killer.clone()));
            }
        });
        Self {
            mail,
            gateway,
            _serving: serving,
        }
    }
}

async fn listen() -> (u16, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (listener.local_addr().unwrap().port(), listener)
}

async fn take_mail(stream: TcpStream, post: Post, killer: Arc<Killer>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    killer.at(Point::Connect, &mut stream).await?;
    stream.write_all(b"220 ready\r\n").await?;
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = if let Some(recipient) = line.strip_prefix("RCPT TO:<") {
            to = recipient.trim_end().trim_end_matches('>').to_owned();
            "250 go on\r\n"
        } else if line.starts_with("DATA") {
            stream.write_all(b"354 go on\r\n").await?;
            let text = read_message(&mut stream).await?;
            killer.at(Point::Accept, &mut stream).await?;
            let name = text
                .lines()
                .find_map(|line| line.strip_prefix("Message-ID: "));
            let name = name.unwrap_or_default().to_owned();
            let to = std::mem::take(&mut to);
            post.lock().unwrap().push(Taken { to, name, text });
            "250 taken\r\n"
        } else {
            "250 go on\r\n"
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}

async fn read_message(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut text = String::new();
    while !text.ends_with("\r\n.\r\n") {
        if stream.read_line(&mut text).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(text)
}

async fn take_line(stream: TcpStream, post: Post, killer: Arc<Killer>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    killer.at(Point::Connect, &mut stream).await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    killer.at(Point::Accept, &mut stream).await?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut word = || words.next().unwrap_or_default();
    let (name, to, text) = (word(), word(), word());
    post.lock().unwrap().push(Taken { to, name, text });
    stream.write_all(b"taken\n").await
}
