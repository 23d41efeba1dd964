//! At most so many in any period.

use std::fmt;

use chrono::TimeDelta;

/// At most `count` in any period of this length, wherever the period begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    count: u32,
    period: TimeDelta,
}

impl Limit {
    /// The largest count.
    pub const MOST: u32 = 1_000_000;
    /// The longest period.
    pub const LONGEST: TimeDelta = TimeDelta::days(31);

    /// Allows `count` in any `period`.
    ///
    /// # Errors
    /// [`LimitError`] outside 1 to [`Self::MOST`] and 1 second to [`Self::LONGEST`].
    pub fn new(count: u32, period: TimeDelta) -> Result<Self, LimitError> {
        let is_bounded = (1..=Self::MOST).contains(&count)
            && period >= TimeDelta::seconds(1)
            && period <= Self::LONGEST;
        is_bounded
            .then_some(Self { count, period })
            .ok_or(LimitError)
    }

    /// Returns how many are allowed.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Returns in which time.
    pub const fn period(&self) -> TimeDelta {
        self.period
    }
}

/// Limits that hold at the same time, such as five an hour and ten a day; none at all when they are off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits(Vec<Limit>);

impl Limits {
    /// No limit.
    pub const fn off() -> Self {
        Self(Vec::new())
    }

    /// All of these.
    pub fn all_of(limits: impl IntoIterator<Item = Limit>) -> Self {
        Self(limits.into_iter().collect())
    }

    /// Says whether anything goes.
    pub fn is_off(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns each limit.
    pub fn iter(&self) -> impl Iterator<Item = &Limit> {
        self.0.iter()
    }

    /// The same periods with `factor` times the counts.
    pub(crate) fn times(&self, factor: u32) -> Self {
        Self(
            self.iter()
                .map(|limit| Limit {
                    count: limit.count.saturating_mul(factor),
                    ..*limit
                })
                .collect(),
        )
    }

    /// The same periods with half the counts, rounded up.
    pub(crate) fn half(&self) -> Self {
        Self(
            self.iter()
                .map(|limit| Limit {
                    count: limit.count.div_ceil(2),
                    ..*limit
                })
                .collect(),
        )
    }

    /// The longest period: what is older counts no more.
    pub(crate) fn memory(&self) -> TimeDelta {
        self.iter().map(Limit::period).max().unwrap_or_default()
    }

    /// The largest count.
    pub(crate) fn most(&self) -> u32 {
        self.iter().map(Limit::count).max().unwrap_or_default()
    }
}

impl fmt::Display for Limits {
    /// Writes the form that configuration takes: `5/1h, 10/24h`, or `off`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_off() {
            return f.write_str("off");
        }
        for (place, Limit { count, period }) in self.0.iter().enumerate() {
            let between = if place == 0 { "" } else { ", " };
            let seconds = period.num_seconds();
            match (seconds % 3600, seconds % 60) {
                (0, _) => write!(f, "{between}{count}/{}h", seconds / 3600)?,
                (_, 0) => write!(f, "{between}{count}/{}m", seconds / 60)?,
                _ => write!(f, "{between}{count}/{seconds}s")?,
            }
        }
        Ok(())
    }
}

/// A limit out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a limit is 1 to {} in 1 second to {} days", Limit::MOST, Limit::LONGEST.num_days())]
pub struct LimitError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_to_its_bounds() {
        let second = TimeDelta::seconds(1);
        assert!(Limit::new(1, second).is_ok());
        assert!(Limit::new(Limit::MOST, Limit::LONGEST).is_ok());
        assert_eq!(Limit::new(0, second), Err(LimitError));
        assert_eq!(Limit::new(Limit::MOST + 1, second), Err(LimitError));
        assert_eq!(Limit::new(1, TimeDelta::zero()), Err(LimitError));
        assert_eq!(Limit::new(1, Limit::LONGEST + second), Err(LimitError));
    }

    #[test]
    fn is_written_as_it_is_configured() -> Result<(), LimitError> {
        let hour = Limit::new(5, TimeDelta::hours(1))?;
        let day = Limit::new(10, TimeDelta::hours(24))?;
        let odd = Limit::new(1, TimeDelta::seconds(90))?;
        let minutes = Limit::new(2, TimeDelta::minutes(5))?;
        assert_eq!(Limits::off().to_string(), "off");
        assert_eq!(
            Limits::all_of([hour, day, odd, minutes]).to_string(),
            "5/1h, 10/24h, 1/90s, 2/5m"
        );
        assert_eq!(
            Limits::all_of([hour, day]).half().to_string(),
            "3/1h, 5/24h"
        );
        assert_eq!(
            Limits::all_of([hour, day]).times(4).to_string(),
            "20/1h, 40/24h"
        );
        Ok(())
    }
}
