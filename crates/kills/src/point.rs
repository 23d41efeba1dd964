//! Where a worker dies, and how.

use std::io;

use rustix::process::{Pid, Signal, kill_process};

/// A point on a message's way. At two of them the other side kills: only it sees how far the dialogue has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Before the worker asks for messages.
    BeforeClaim,
    /// A message is claimed, and nothing is begun.
    AfterClaim,
    /// It is about to be rendered.
    Render,
    /// The connection stands, and nothing is said yet. The other side kills.
    Connect,
    /// The other side has the whole message, and has not accepted it. The other side kills.
    Accept,
    /// It is accepted, and not yet marked.
    Accepted,
    /// It is being marked: the statement is on its way.
    Mark,
    /// The mark is committed.
    Commit,
}

impl Point {
    /// Every point, in their order.
    pub const ALL: [Self; 8] = [
        Self::BeforeClaim,
        Self::AfterClaim,
        Self::Render,
        Self::Connect,
        Self::Accept,
        Self::Accepted,
        Self::Mark,
        Self::Commit,
    ];

    /// Returns its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeClaim => "before claim",
            Self::AfterClaim => "after claim",
            Self::Render => "render",
            Self::Connect => "connect",
            Self::Accept => "accept",
            Self::Accepted => "accepted",
            Self::Mark => "mark",
            Self::Commit => "commit",
        }
    }

    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|point| point.as_str() == name)
    }
}

/// Kills a process as `kill -9` does; `None` kills this one.
///
/// # Errors
/// There is no such process.
pub fn kill(process: Option<u32>) -> io::Result<()> {
    let given = process.and_then(|id| Pid::from_raw(id.cast_signed()));
    let target = given.unwrap_or_else(rustix::process::getpid);
    Ok(kill_process(target, Signal::KILL)?)
}
