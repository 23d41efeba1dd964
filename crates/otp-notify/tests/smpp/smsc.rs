//! An SMSC of a test's own: the program that `cargo xtask services` lays ready.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

pub(crate) struct Smsc {
    child: Child,
    orders: ChildStdin,
    events: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Smsc {
    /// Starts one, with a port, a key and a certificate where wanted; without, in clear on a free port.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new("node")
            .arg(script())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node");
        let printed = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut smsc = Self {
            orders: child.stdin.take().expect("a pipe"),
            events: printed.lines(),
            child,
            port: 0,
        };
        let port = smsc.event("listening").await["port"].as_u64();
        smsc.port = u16::try_from(port.expect("a port")).expect("a port");
        smsc
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Waits for an event; others before it are passed over.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        let looking = async {
            loop {
                let line = self.events.next_line().await.expect("a pipe");
                let line = line.unwrap_or_else(|| panic!("the SMSC ended before {name:?}"));
                let event: Value = serde_json::from_str(&line).expect("JSON");
                if event["event"] == name {
                    return event;
                }
            }
        };
        let found = timeout(Duration::from_secs(30), looking).await;
        found.unwrap_or_else(|_| panic!("no {name:?} within 30 s"))
    }

    /// Stops it, and returns what it said that nobody waited for.
    pub(crate) async fn stop(self) -> Vec<Value> {
        let Self {
            mut child,
            orders,
            mut events,
            ..
        } = self;
        drop(orders);
        let mut rest = Vec::new();
        while let Some(line) = events.next_line().await.expect("a pipe") {
            rest.push(serde_json::from_str(&line).expect("JSON"));
        }
        child.wait().await.expect("an end");
        rest
    }

    /// Gives an order, and returns once it is understood.
    pub(crate) async fn order(&mut self, order: &str) {
        let line = format!("{order}\n");
        let given = self.orders.write_all(line.as_bytes()).await;
        given.expect("a pipe");
        self.event("understood").await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the program is comes from the environment"
)]
fn script() -> String {
    let script = std::env::var("OTP_TEST_SMSC");
    script.expect("OTP_TEST_SMSC, which `cargo xtask services` sets")
}
