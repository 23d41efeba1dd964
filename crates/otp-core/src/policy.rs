//! What a code is good for, and how long, how often and how soon.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::CodeFormat;

/// What a code is good for. A code never opens another purpose.
///
/// 1 to 32 of `a`-`z`, `0`-`9` and `-`, beginning with a letter; `login` by default.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(String);

impl Purpose {
    /// Parses a purpose.
    ///
    /// # Errors
    /// [`PolicyError::Purpose`] when it has another form.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let starts_well = text.starts_with(|c: char| c.is_ascii_lowercase());
        if starts_well && text.len() <= 32 && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PolicyError::Purpose)
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Purpose {
    fn default() -> Self {
        Self("login".to_owned())
    }
}

/// The rules for the codes of one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    format: CodeFormat,
    lifetime: TimeDelta,
    max_attempts: u8,
    resend_after: TimeDelta,
}

impl Policy {
    /// Most attempts on one code: PCI DSS 8.3.4 allows ten before a lock.
    pub const MAX_ATTEMPTS: u8 = 10;
    /// Longest life of a code that signs somebody in (NIST SP 800-63B-4 section 3.1.3.2).
    pub const LONGEST_LIFETIME: TimeDelta = TimeDelta::minutes(10);
    /// Longest life of a code that only confirms a contact (NIST SP 800-63A-4 section 3.8).
    pub const LONGEST_CONFIRMATION: TimeDelta = TimeDelta::hours(24);
    /// The purpose that [`Self::LONGEST_CONFIRMATION`] is meant for.
    pub const CONFIRMATION: &'static str = "confirm-contact";

    /// Makes the policy of one purpose.
    ///
    /// `lifetime` is counted from the first issue and never extended by a resend.
    ///
    /// # Errors
    /// The [`PolicyError`] of the first value out of bounds.
    pub fn new(
        purpose: &Purpose,
        format: CodeFormat,
        lifetime: TimeDelta,
        max_attempts: u8,
        resend_after: TimeDelta,
    ) -> Result<Self, PolicyError> {
        let longest = if purpose.as_str() == Self::CONFIRMATION {
            Self::LONGEST_CONFIRMATION
        } else {
            Self::LONGEST_LIFETIME
        };
        if lifetime < TimeDelta::seconds(1) || lifetime > longest {
            return Err(PolicyError::Lifetime { longest });
        }
        if !(1..=Self::MAX_ATTEMPTS).contains(&max_attempts) {
            return Err(PolicyError::MaxAttempts);
        }
        if resend_after < TimeDelta::zero() || resend_after > lifetime {
            return Err(PolicyError::ResendAfter);
        }
        Ok(Self {
            format,
            lifetime,
            max_attempts,
            resend_after,
        })
    }

    /// Returns the alphabet and length of its codes.
    pub const fn format(&self) -> CodeFormat {
        self.format
    }

    /// Returns how long a code lives, from its first issue.
    pub const fn lifetime(&self) -> TimeDelta {
        self.lifetime
    }

    /// Returns how many comparisons a code allows.
    pub const fn max_attempts(&self) -> u8 {
        self.max_attempts
    }

    /// Returns the least time between two messages with the same code.
    pub const fn resend_after(&self) -> TimeDelta {
        self.resend_after
    }
}

impl Default for Policy {
    /// Six digits, five minutes, five attempts, a resend after sixty seconds.
    fn default() -> Self {
        Self {
            format: CodeFormat::DEFAULT,
            lifetime: TimeDelta::minutes(5),
            max_attempts: 5,
            resend_after: TimeDelta::seconds(60),
        }
    }
}

/// The policies of an installation: one for `login`, and others for the purposes that have their own.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    login: Policy,
    others: BTreeMap<Purpose, Policy>,
}

impl Policies {
    /// Takes `login`'s policy; every purpose follows it until it is given its own.
    pub fn new(login: Policy) -> Self {
        Self {
            login,
            others: BTreeMap::new(),
        }
    }

    /// Gives `purpose` its own policy.
    #[must_use]
    pub fn with(mut self, purpose: Purpose, policy: Policy) -> Self {
        if purpose == Purpose::default() {
            self.login = policy;
        } else {
            self.others.insert(purpose, policy);
        }
        self
    }

    /// Lists the policies: `login`'s, and those of the purposes that have their own.
    pub fn iter(&self) -> impl Iterator<Item = (Purpose, &Policy)> {
        let others = self.others.iter();
        std::iter::once((Purpose::default(), &self.login))
            .chain(others.map(|(purpose, policy)| (purpose.clone(), policy)))
    }

    /// Returns the policy in force for `purpose`.
    pub fn of(&self, purpose: &Purpose) -> &Policy {
        self.others.get(purpose).unwrap_or(&self.login)
    }
}

/// Why a policy was refused; `Display` states the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not the name of a purpose.
    #[error("a purpose is 1 to 32 of a-z 0-9 - and begins with a letter")]
    Purpose,
    /// The lifetime is below a second or above what the purpose allows.
    #[error("the lifetime must be between 1 second and {} minutes", longest.num_minutes())]
    Lifetime {
        /// The longest lifetime that this purpose allows.
        longest: TimeDelta,
    },
    /// No attempt, or more than ten.
    #[error("between 1 and {} attempts are allowed", Policy::MAX_ATTEMPTS)]
    MaxAttempts,
    /// Negative, or longer than the code lives.
    #[error("a resend must be possible before the code expires")]
    ResendAfter,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(
        purpose: &str,
        lifetime: i64,
        attempts: u8,
        resend_after: i64,
    ) -> Result<Policy, PolicyError> {
        let [lifetime, resend_after] = [lifetime, resend_after].map(TimeDelta::seconds);
        Policy::new(
            &Purpose::parse(purpose)?,
            CodeFormat::DEFAULT,
            lifetime,
            attempts,
            resend_after,
        )
    }

    #[test]
    fn keeps_to_its_bounds() {
        let longest = Policy::LONGEST_LIFETIME;
        assert!(policy("login", 600, 10, 600).is_ok());
        assert!(policy("login", 1, 1, 0).is_ok());
        assert_eq!(
            policy("login", 601, 5, 60),
            Err(PolicyError::Lifetime { longest })
        );
        assert_eq!(
            policy("login", 0, 5, 0),
            Err(PolicyError::Lifetime { longest })
        );
        assert!(policy("confirm-contact", 86_400, 5, 60).is_ok());
        assert!(policy("confirm-contact", 86_401, 5, 60).is_err());
        assert_eq!(policy("login", 300, 0, 60), Err(PolicyError::MaxAttempts));
        assert_eq!(policy("login", 300, 11, 60), Err(PolicyError::MaxAttempts));
        assert_eq!(policy("login", 300, 5, 301), Err(PolicyError::ResendAfter));
        assert_eq!(policy("login", 300, 5, -1), Err(PolicyError::ResendAfter));
    }

    #[test]
    fn a_purpose_without_its_own_policy_follows_login() -> Result<(), PolicyError> {
        let short = policy("login", 60, 3, 10)?;
        let payment = policy("payment", 120, 2, 10)?;
        let policies = Policies::new(short).with(Purpose::parse("payment")?, payment);
        assert_eq!(policies.of(&Purpose::default()), &short);
        assert_eq!(policies.of(&Purpose::parse("payment")?), &payment);
        assert_eq!(policies.of(&Purpose::parse("other")?), &short);
        let named = [Purpose::default(), Purpose::parse("payment")?];
        assert!(policies.iter().map(|(purpose, _)| purpose).eq(named));
        Ok(())
    }

    #[test]
    fn purposes_have_one_form() {
        for good in ["login", "confirm-contact", "p2", &"a".repeat(32)] {
            assert!(Purpose::parse(good).is_ok(), "{good:?}");
        }
        for wrong in [
            "",
            "Login",
            "2fa",
            "-a",
            "a b",
            "a_b",
            "é",
            "a\0",
            &"a".repeat(33),
        ] {
            assert_eq!(
                Purpose::parse(wrong),
                Err(PolicyError::Purpose),
                "{wrong:?}"
            );
        }
    }
}
