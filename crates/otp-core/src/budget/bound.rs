//! How many blind guesses succeed at most: the arithmetic behind the limits of the whole service.

use super::{Budgets, Limits, Tier};
use crate::{CodeFormat, Policies};

/// Budgets that let more blind guesses succeed than an installation accepts.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "blind guesses would succeed {expected:.2} times a year, and at most {accepted} are accepted: \
     make codes longer or allow fewer wrong guesses"
)]
pub struct BoundExceeded {
    /// Expected blind successes a year.
    pub expected: f64,
    /// As many as are accepted.
    pub accepted: f64,
}

impl Budgets {
    /// How many blind guesses are expected to succeed in a year in the whole service, whatever the number of contacts,
    /// addresses and nodes; `None` when nothing bounds the guesses.
    ///
    /// Every wrong guess counts as one of an attacker, at the shortest code of its tier. Guesses that are being
    /// answered while the last one is counted come on top, and so do those of a contact's own devices.
    pub fn blind_successes_a_year(&self, policies: &Policies) -> Option<f64> {
        let formats: Vec<CodeFormat> = policies.iter().map(|(_, policy)| policy.format()).collect();
        let mut sum = 0.0;
        for tier in Tier::ALL {
            let fallback = (tier == Tier::Long).then_some(CodeFormat::LONG);
            let easiest = formats
                .iter()
                .copied()
                .chain(fallback)
                .filter(|format| Tier::of(*format) == Some(tier))
                .map(chance)
                .max_by(f64::total_cmp);
            if let Some(chance) = easiest {
                sum += a_year(self.tier(tier))? * chance;
            }
        }
        Some(sum)
    }

    /// How likely a stranger guesses a code of one contact and purpose within a year, one guess after the other;
    /// `None` when nothing bounds his guesses.
    pub fn lucky_guess_a_year(&self, format: CodeFormat) -> Option<f64> {
        let guesses = a_year(&self.failures)?;
        Some(-(-guesses * chance(format)).exp_m1())
    }

    /// Sees that at most `accepted` blind guesses a year are expected to succeed.
    ///
    /// # Errors
    /// [`BoundExceeded`] says how many are; nothing is bounded while the limits of the service are off.
    pub fn keep_below(&self, accepted: f64, policies: &Policies) -> Result<(), BoundExceeded> {
        let expected = self
            .blind_successes_a_year(policies)
            .unwrap_or(f64::INFINITY);
        if expected > accepted {
            return Err(BoundExceeded { expected, accepted });
        }
        Ok(())
    }
}

/// The chance of one guess.
#[expect(
    clippy::cast_precision_loss,
    reason = "a chance needs no more than a few digits"
)]
fn chance(format: CodeFormat) -> f64 {
    1.0 / format.space() as f64
}

/// Most guesses in a year; `None` when they are not limited.
#[expect(
    clippy::cast_precision_loss,
    reason = "a chance needs no more than a few digits"
)]
fn a_year(limits: &Limits) -> Option<f64> {
    const SECONDS: f64 = 365.0 * 24.0 * 3600.0;
    let most = limits
        .iter()
        .map(|limit| f64::from(limit.count()) * SECONDS / limit.period().num_seconds() as f64);
    most.min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limit, Policy, Purpose};
    use chrono::TimeDelta;

    fn policies(length: u8) -> Policies {
        let format = CodeFormat::digits(length).expect("a format");
        let policy = Policy::new(
            &Purpose::default(),
            format,
            TimeDelta::minutes(5),
            5,
            TimeDelta::seconds(60),
        );
        Policies::new(policy.expect("a policy"))
    }

    fn close(left: Option<f64>, right: f64) -> bool {
        left.is_some_and(|left| (left - right).abs() < 1e-9)
    }

    #[test]
    fn the_defaults_stay_below_one_success_a_year() {
        let budgets = Budgets::default();
        // 365 × (2,000 / 10⁶ + 60,000 / 10⁸)
        assert!(close(budgets.blind_successes_a_year(&policies(6)), 0.949));
        assert!(close(budgets.blind_successes_a_year(&policies(8)), 0.219));
        assert_eq!(budgets.keep_below(1.0, &policies(6)), Ok(()));
        assert!(budgets.keep_below(0.9, &policies(6)).is_err());
        let expected = budgets.blind_successes_a_year(&policies(6));
        let exactly = budgets.keep_below(expected.unwrap_or_default(), &policies(6));
        assert_eq!(exactly, Ok(()));
        // 1 − e^(−3,650 / 10⁶)
        assert!(close(
            budgets.lucky_guess_a_year(CodeFormat::DEFAULT),
            0.003_643_346_894_4
        ));
    }

    #[test]
    fn without_a_limit_nothing_is_bounded() {
        let mut budgets = Budgets {
            short_codes: Limits::off(),
            ..Budgets::default()
        };
        assert_eq!(budgets.blind_successes_a_year(&policies(6)), None);
        assert!(budgets.keep_below(1e9, &policies(6)).is_err());
        // No code is short, so that limit bounds nothing that is there.
        assert!(budgets.blind_successes_a_year(&policies(8)).is_some());
        budgets.failures = Limits::off();
        assert_eq!(budgets.lucky_guess_a_year(CodeFormat::DEFAULT), None);
    }

    #[test]
    fn the_strictest_of_several_limits_counts() -> Result<(), crate::LimitError> {
        let hourly = Limit::new(1_000, TimeDelta::hours(1))?;
        let daily = Limit::new(2_000, TimeDelta::hours(24))?;
        let budgets = Budgets {
            short_codes: Limits::all_of([hourly, daily]),
            ..Budgets::default()
        };
        assert!(close(budgets.blind_successes_a_year(&policies(6)), 0.949));
        Ok(())
    }
}
