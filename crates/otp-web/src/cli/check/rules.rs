//! What the policies promise: how often somebody guesses right who sees no code.

use otp_core::{Policy, Purpose};

use super::Line;
use crate::config::Config;

/// One lucky guess a year is too many for a single contact.
const MOST_A_YEAR: f64 = 1.0;

pub(super) fn lines(config: &Config) -> Vec<Line> {
    let policies = config.policies.iter();
    policies
        .map(|(purpose, policy)| line(&purpose, policy))
        .collect()
}

fn line(purpose: &Purpose, policy: &Policy) -> Line {
    let (attempts, length) = (policy.max_attempts(), policy.format().length());
    let says = format!(
        "{}: {attempts} guesses at {length} digits in {}; whoever guesses at one contact all year, a code after the \
         other, is right {:.2} times",
        purpose.as_str(),
        shown(policy.lifetime().num_seconds()),
        a_year(policy),
    );
    if a_year(policy) <= MOST_A_YEAR {
        return Line::ok("policy", says);
    }
    let key = format!("policy.{}", purpose.as_str());
    Line::warning(
        "policy",
        says,
        format!("raise {key}.length, or lower {key}.max_attempts"),
    )
}

/// The expected number of right guesses in a year on one contact: one code per lifetime, all its attempts used.
#[expect(
    clippy::cast_precision_loss,
    reason = "an estimate with two digits, of numbers below 2^53"
)]
fn a_year(policy: &Policy) -> f64 {
    const YEAR: f64 = 365.0 * 86_400.0;
    let codes = YEAR / policy.lifetime().num_seconds().max(1) as f64;
    codes * f64::from(policy.max_attempts()) / policy.format().space() as f64
}

fn shown(seconds: i64) -> String {
    match seconds {
        _ if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        _ if seconds % 60 == 0 => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use otp_core::CodeFormat;

    use super::super::Grade;
    use super::*;

    #[test]
    fn the_default_policy_keeps_below_one_lucky_guess_a_year() {
        let line = line(&Purpose::default(), &Policy::default());
        assert_eq!(line.grade, Grade::Ok);
        // 105,120 codes of five minutes, five guesses each, a million codes.
        assert!(line.says.ends_with("is right 0.53 times"), "{}", line.says);
    }

    #[test]
    fn short_lives_and_many_attempts_are_warned_of() {
        let format = CodeFormat::digits(6).expect("a format");
        let minute = TimeDelta::minutes(1);
        let policy =
            Policy::new(&Purpose::default(), format, minute, 10, minute).expect("a policy");
        let line = line(&Purpose::default(), &policy);
        assert_eq!(line.grade, Grade::Warning);
        assert!(
            line.says.contains("10 guesses at 6 digits in 1 min"),
            "{}",
            line.says
        );
    }
}
