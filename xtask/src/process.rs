//! Commands and servers: each in a process group of its own, stopped by its id, also when we are told to stop.

use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How long a process may take to end by itself.
const GRACE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);
/// Short, because cold starts are measured with it.
const READY_POLL: Duration = Duration::from_millis(1);

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// We were told to stop. Whoever waits returns this, so that everything is stopped on the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Turns Ctrl-C, SIGTERM and SIGHUP into [`Interrupted`].
pub(crate) fn watch_signals() -> Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, INTERRUPTED.clone())?;
    }
    Ok(())
}

/// Fails with [`Interrupted`] once we were told to stop.
pub(crate) fn go_on() -> Result<()> {
    if INTERRUPTED.load(Ordering::Relaxed) {
        bail!(Interrupted);
    }
    Ok(())
}

/// A command or server under way; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Running {
    name: String,
    child: Child,
    in_own_group: bool,
    stop_by: Signal,
    ended: Option<ExitStatus>,
}

impl Running {
    /// Starts a command in a process group of its own, so that it and all that it starts can be stopped together,
    /// and so that Ctrl-C reaches it through us only.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        command.process_group(0).stdin(Stdio::null());
        let mut running = Self::spawn(command)?;
        running.in_own_group = true;
        Ok(running)
    }

    /// Starts a command that keeps our terminal, if there is one: then Ctrl-C reaches it from there.
    pub(crate) fn start_in_terminal(command: &mut Command) -> Result<Self> {
        if std::io::stdin().is_terminal() {
            Self::spawn(command)
        } else {
            Self::start(command)
        }
    }

    fn spawn(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            name,
            child,
            in_own_group: false,
            stop_by: Signal::TERM,
            ended: None,
        })
    }

    /// Has it stopped by another signal than SIGTERM.
    pub(crate) fn stopped_by(mut self, signal: Signal) -> Self {
        self.stop_by = signal;
        self
    }

    /// Returns its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.poll()? {
                return Ok(status);
            }
            go_on()?;
            thread::sleep(POLL);
        }
    }

    /// Waits until it ends by itself; `None` when that takes longer.
    pub(crate) fn wait_at_most(&mut self, longest: Duration) -> Result<Option<ExitStatus>> {
        let end = Instant::now() + longest;
        while Instant::now() < end {
            if let Some(status) = self.poll()? {
                return Ok(Some(status));
            }
            go_on()?;
            thread::sleep(POLL);
        }
        Ok(None)
    }

    /// Returns how it ended, if it has; what it leaves behind in its group ends with it.
    fn poll(&mut self) -> Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait()?;
            if self.ended.is_some() && self.in_own_group {
                self.send(Signal::KILL);
            }
        }
        Ok(self.ended)
    }

    /// Waits until `ready` says so; fails when it ends before, or after 30 seconds.
    pub(crate) fn wait_until(&mut self, mut ready: impl FnMut() -> bool) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(30);
        while !ready() {
            if let Some(status) = self.poll()? {
                bail!("{} ended at once: {status}", self.name);
            }
            if end < Instant::now() {
                bail!("{} was not ready after 30 seconds", self.name);
            }
            go_on()?;
            thread::sleep(READY_POLL);
        }
        Ok(())
    }

    /// Hands each line of its output to `see` while it runs; the command must have been given a pipe.
    pub(crate) fn wait_and_read(&mut self, mut see: impl FnMut(&str) + Send) -> Result<ExitStatus> {
        let output = self.child.stdout.take().context("its output is no pipe")?;
        thread::scope(|scope| {
            let reader = scope.spawn(move || {
                for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                    see(&String::from_utf8_lossy(&line));
                }
            });
            let status = self.wait();
            if status.is_err() {
                // The reader ends only when the last one that holds the pipe has ended.
                self.stop();
            }
            reader
                .join()
                .ok()
                .context("the reader of its output broke")?;
            status
        })
    }

    fn stop(&mut self) {
        if self.ends_after(self.stop_by) {
            return;
        }
        eprintln!("xtask: {} does not stop, killing it", self.name);
        self.ends_after(Signal::KILL);
    }

    fn ends_after(&mut self, signal: Signal) -> bool {
        let end = Instant::now() + GRACE;
        if let Ok(None) = self.poll() {
            self.send(signal);
        }
        while let Ok(None) = self.poll() {
            if end < Instant::now() {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }

    /// Sends a signal to it, or to its group; called only while the child holds its id, or at the moment of its end.
    fn send(&self, signal: Signal) {
        let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else {
            return;
        };
        // It may have ended just now: then there is nobody to tell.
        let _ = if self.in_own_group {
            kill_process_group(pid, signal)
        } else {
            kill_process(pid, signal)
        };
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a command to its end and returns its output; fails with what it wrote to stderr.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{name} failed ({}): {}", output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Writes a command as it is typed in a shell.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| quoted(&word.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Quotes a word for a shell, where it needs that.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=./:,@+".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_command_is_shown_as_it_is_typed() {
        let mut command = Command::new("cargo");
        command.args(["test", "--", "it's", "a b", ""]);
        assert_eq!(shown(&command), r"cargo test -- 'it'\''s' 'a b' ''");
    }

    #[test]
    fn dropping_a_server_ends_what_it_started_too() {
        let mut command = shell("sleep 600 & echo $!; wait");
        let mut server = Running::start(command.stdout(Stdio::piped())).unwrap();
        let mut first_line = String::new();
        BufReader::new(server.child.stdout.take().unwrap())
            .read_line(&mut first_line)
            .unwrap();
        let proc = format!("/proc/{}/stat", first_line.trim());
        drop(server);
        // An orphan waits for its reaper as a zombie: it is over, but still listed.
        let is_over = |stat: std::io::Result<String>| {
            stat.map_or(true, |stat| {
                stat.rsplit(") ")
                    .next()
                    .is_some_and(|rest| rest.starts_with('Z'))
            })
        };
        let end = Instant::now() + GRACE;
        while !is_over(std::fs::read_to_string(&proc)) {
            assert!(Instant::now() < end, "{proc} is still there");
            thread::yield_now();
        }
    }

    #[test]
    fn a_server_that_ends_at_once_is_not_waited_for() {
        let mut server = Running::start(&mut shell("exit 3")).unwrap();
        let why = server.wait_until(|| false).unwrap_err().to_string();
        assert_eq!(why, "sh ended at once: exit status: 3");
    }

    #[test]
    fn each_line_is_seen_and_the_status_told() {
        let mut command = shell("echo one; printf two; exit 4");
        let mut running = Running::start(command.stdout(Stdio::piped())).unwrap();
        let mut seen = Vec::new();
        let status = running.wait_and_read(|line| seen.push(line.to_owned()));
        assert_eq!(status.unwrap().code(), Some(4));
        assert_eq!(seen, ["one", "two"]);
    }

    #[test]
    fn what_a_command_leaves_behind_ends_with_it() {
        // The sleeper holds the pipe: nobody would read its end before the sleeper's.
        let mut command = shell("sleep 5 & echo done");
        let mut running = Running::start(command.stdout(Stdio::piped())).unwrap();
        let start = Instant::now();
        assert!(running.wait_and_read(|_| {}).unwrap().success());
        assert!(start.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn a_failed_command_tells_what_it_said() {
        let why = output(&mut shell("echo out; echo because >&2; exit 1")).unwrap_err();
        assert_eq!(why.to_string(), "sh failed (exit status: 1): because");
    }
}
