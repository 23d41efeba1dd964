//! What an API key may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One thing that an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Send codes, send them again, call them back, look at them.
    Issue,
    /// Check codes, look at them.
    Verify,
    /// Read the statistics and the metrics.
    Stats,
    /// Everything, the admin pages included.
    Admin,
}

/// What an API key may do: one scope or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

/// A text that is no list of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one or more of issue, verify, stats and admin, separated by commas")]
pub struct UnknownScope;

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Issue, Self::Verify, Self::Stats, Self::Admin];

    /// Returns its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Verify => "verify",
            Self::Stats => "stats",
            Self::Admin => "admin",
        }
    }
}

impl Scopes {
    /// Returns all scopes.
    pub fn all() -> Self {
        Self(Scope::ALL.into())
    }

    /// Says whether these allow what takes any one of `wanted`; `admin` allows everything.
    pub fn allow(&self, wanted: &[Scope]) -> bool {
        self.0.contains(&Scope::Admin) || wanted.iter().any(|scope| self.0.contains(scope))
    }

    /// Lists them.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let parse = |name: &str| {
            let known = |scope: &Scope| scope.as_str() == name.trim();
            Scope::ALL.into_iter().find(known).ok_or(UnknownScope)
        };
        text.split(',')
            .map(parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Scope::as_str).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_names_no_scope_twice() {
        for (text, written) in [
            ("issue", "issue"),
            ("admin, stats,issue,stats", "issue,stats,admin"),
        ] {
            let scopes: Scopes = text.parse().unwrap();
            assert_eq!(scopes.to_string(), written);
            assert_eq!(written.parse(), Ok(scopes));
        }
        for wrong in ["", ",", "issue,", "Issue", "issue verify", "all"] {
            assert_eq!(wrong.parse::<Scopes>(), Err(UnknownScope), "{wrong:?}");
        }
    }

    #[test]
    fn a_scope_allows_itself_and_admin_allows_everything() {
        let of = |text: &str| text.parse::<Scopes>().unwrap();
        for wanted in Scope::ALL {
            assert!(of(wanted.as_str()).allow(&[wanted]));
            assert!(of("admin").allow(&[wanted]));
            assert!(Scopes::all().allow(&[wanted]));
            let others = Scope::ALL.into_iter().filter(|scope| *scope != wanted);
            for other in others.filter(|scope| *scope != Scope::Admin) {
                assert!(!of(other.as_str()).allow(&[wanted]), "{other:?} {wanted:?}");
            }
        }
        assert!(of("verify").allow(&[Scope::Issue, Scope::Verify]));
        assert!(!of("issue").allow(&[]));
    }
}
