//! Whether a sender is tried: a machine of two states that knows no clock.

use std::time::Duration;

use tokio::time::Instant;

/// Messages in a row that fail and open it.
const OPENS_AFTER: usize = 5;
/// From its opening to the first message that tries whether the sender is back.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The wait doubles with each of those that fails, up to this.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// Closed, it lets everything through. Open, it lets one message through after each wait.
#[derive(Debug, Clone)]
pub(super) enum Breaker {
    /// The messages that failed since one went through: a message that is tried again and again is one, so that no
    /// single recipient takes the sender from all others.
    Closed {
        failed: Vec<String>,
    },
    Open {
        until: Instant,
        wait: Duration,
    },
}

/// The leave to try a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// As any message.
    Plain,
    /// To see whether it is back.
    Probe,
}

/// What a message did to a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Opened,
    Closed,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failed: Vec::new() }
    }
}

impl Breaker {
    /// Says whether a message may try the sender now.
    pub(super) fn admit(&mut self, now: Instant) -> Option<Pass> {
        match self {
            Self::Closed { .. } => Some(Pass::Plain),
            Self::Open { until, .. } if now < *until => None,
            // The next one waits as long: a message that never returns leaves the way open for it.
            Self::Open { until, wait } => {
                *until = now + *wait;
                Some(Pass::Probe)
            }
        }
    }

    /// Notes that the sender did its work.
    pub(super) fn succeed(&mut self) -> Option<Change> {
        let was_open = matches!(self, Self::Open { .. });
        *self = Self::default();
        was_open.then_some(Change::Closed)
    }

    /// Notes that it did not, for the message with this id.
    pub(super) fn fail(&mut self, pass: Pass, id: &str, now: Instant) -> Option<Change> {
        match self {
            Self::Closed { failed } if failed.iter().any(|known| known == id) => {}
            Self::Closed { failed } if failed.len() + 1 < OPENS_AFTER => failed.push(id.to_owned()),
            Self::Closed { .. } => {
                *self = Self::Open {
                    until: now + FIRST_WAIT,
                    wait: FIRST_WAIT,
                };
                return Some(Change::Opened);
            }
            Self::Open { until, wait } if pass == Pass::Probe => {
                *wait = (*wait * 2).min(LONGEST_WAIT);
                *until = now + *wait;
            }
            // It had begun before the breaker opened, and says nothing new.
            Self::Open { .. } => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn open(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for number in 1..OPENS_AFTER {
            assert_eq!(breaker.fail(Pass::Plain, &number.to_string(), now), None);
            assert_eq!(breaker.admit(now), Some(Pass::Plain));
        }
        assert_eq!(breaker.fail(Pass::Plain, "last", now), Some(Change::Opened));
        breaker
    }

    #[test]
    fn opens_at_the_fifth_failure_in_a_row() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            for number in 1..OPENS_AFTER {
                assert_eq!(breaker.fail(Pass::Plain, &number.to_string(), now), None);
            }
            assert_eq!(breaker.succeed(), None);
        }
        assert_eq!(open(now).admit(now), None);
    }

    #[test]
    fn one_message_that_fails_for_ever_opens_nothing() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..100 {
            for id in ["one", "two"] {
                assert_eq!(breaker.fail(Pass::Plain, id, now), None);
            }
        }
        assert_eq!(breaker.admit(now), Some(Pass::Plain));
    }

    #[test]
    fn one_message_tries_after_each_wait_and_the_waits_double() {
        let mut now = Instant::now();
        let mut breaker = open(now);
        for wait in [30, 60, 120, 240, 300, 300] {
            now += SECOND * wait;
            assert_eq!(breaker.admit(now - SECOND / 1000), None, "{wait}");
            assert_eq!(breaker.admit(now), Some(Pass::Probe), "{wait}");
            assert_eq!(breaker.admit(now), None, "only one");
            assert_eq!(breaker.fail(Pass::Probe, "another", now), None);
        }
    }

    #[test]
    fn a_success_closes_it_and_forgets() {
        let now = Instant::now();
        let mut breaker = open(now);
        assert_eq!(breaker.admit(now + FIRST_WAIT), Some(Pass::Probe));
        assert_eq!(breaker.succeed(), Some(Change::Closed));
        for _ in 1..OPENS_AFTER {
            assert_eq!(breaker.fail(Pass::Plain, "another", now), None);
        }
        assert_eq!(breaker.admit(now), Some(Pass::Plain));
    }

    #[test]
    fn a_late_failure_does_not_lengthen_the_wait() {
        let now = Instant::now();
        let mut breaker = open(now);
        assert_eq!(
            breaker.fail(Pass::Plain, "another", now + SECOND * 29),
            None
        );
        assert_eq!(breaker.admit(now + FIRST_WAIT), Some(Pass::Probe));
    }

    #[test]
    fn a_probe_that_never_returns_is_followed_by_another() {
        let now = Instant::now();
        let mut breaker = open(now);
        assert_eq!(breaker.admit(now + FIRST_WAIT), Some(Pass::Probe));
        assert_eq!(breaker.admit(now + FIRST_WAIT * 2), Some(Pass::Probe));
    }
}
