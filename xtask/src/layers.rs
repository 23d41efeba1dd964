//! The one direction of the crates, and what the core must not have.

use anyhow::Result;

use crate::host::cargo;
use crate::process::output;
use crate::workspace::{Member, members};

/// Each crate, and the crates of ours that it may use.
const ARROW: [(&str, &[&str]); 6] = [
    ("otp-core", &[]),
    ("otp-notify", &["otp-core"]),
    ("otp-storage", &["otp-core"]),
    ("otp-web", &["otp-core", "otp-notify", "otp-storage"]),
    ("otp-kills", &["otp-core", "otp-notify", "otp-storage"]),
    ("xtask", &[]),
];

/// Names, or beginnings of names, of packages that give a crate a runtime, a database, a mailer, a web framework, a
/// serialiser, a logger, the clock or the randomness of the operating system.
const NOT_IN_CORE: [&str; 22] = [
    "async-std",
    "axum",
    "fastrand", // with nanorand, oorandom, turborand and wyrand: draws numbers that can be foretold
    "getrandom",
    "hyper",
    "iana-time-zone", // comes with the feature `clock` of chrono
    "lettre",
    "log",
    "mio",
    "nanorand",
    "oorandom",
    "poem",
    "rand",
    "rustls",
    "sea-",
    "serde",
    "smol",
    "sqlx",
    "tokio",
    "tracing",
    "turborand",
    "wyrand",
];

/// Checks the crates; returns what is wrong.
pub(crate) fn check() -> Result<Vec<String>> {
    let mut findings = against_the_arrow(&members()?);
    let tree = output(&mut cargo(&[
        "tree",
        "--package=otp-core",
        "--edges=normal",
        "--target=all",
        "--prefix=none",
    ]))?;
    findings.extend(forbidden_in_core(&tree));
    Ok(findings)
}

fn against_the_arrow(members: &[Member]) -> Vec<String> {
    let is_ours = |name: &&String| members.iter().any(|member| member.name == **name);
    let mut findings = Vec::new();
    for Member {
        name, dependencies, ..
    } in members
    {
        let Some((_, may_use)) = ARROW.iter().find(|(of, _)| of == name) else {
            findings.push(format!("{name} has no place in the arrow"));
            continue;
        };
        for used in dependencies.iter().filter(is_ours) {
            if used != name && !may_use.contains(&used.as_str()) {
                findings.push(format!("{name} must not use {used}"));
            }
        }
    }
    findings
}

/// Reads the output of `cargo tree --prefix=none`: a package a line, its name first.
fn forbidden_in_core(tree: &str) -> Vec<String> {
    let mut names: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| is_forbidden(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| format!("otp-core must not bring in {name}"))
        .collect()
}

fn is_forbidden(name: &str) -> bool {
    NOT_IN_CORE.iter().any(|forbidden| {
        let rest = name.strip_prefix(forbidden);
        rest.is_some_and(|rest| {
            rest.is_empty() || forbidden.ends_with('-') || rest.starts_with(['-', '_'])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, dependencies: &[&str]) -> Member {
        Member {
            name: name.to_owned(),
            manifest: "Cargo.toml".into(),
            dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
            tests: Vec::new(),
        }
    }

    #[test]
    fn the_arrow_is_kept() {
        let members = [
            member("otp-core", &["otp-core", "chrono"]),
            member("otp-notify", &["otp-core", "lettre"]),
            member("otp-storage", &["otp-core", "sea-orm"]),
            member(
                "otp-web",
                &["otp-core", "otp-notify", "otp-storage", "poem"],
            ),
            member("xtask", &["clap"]),
        ];
        assert_eq!(against_the_arrow(&members), [""; 0]);
    }

    #[test]
    fn a_crate_that_reaches_against_the_arrow_is_found() {
        let members = [
            member("otp-core", &["otp-storage"]),
            member("otp-notify", &["otp-core", "otp-storage"]),
            member("otp-storage", &["otp-notify"]),
            member("otp-web", &["xtask"]),
            member("xtask", &["otp-core"]),
            member("otp-sms", &[]),
        ];
        assert_eq!(
            against_the_arrow(&members),
            [
                "otp-core must not use otp-storage",
                "otp-notify must not use otp-storage",
                "otp-storage must not use otp-notify",
                "otp-web must not use xtask",
                "xtask must not use otp-core",
                "otp-sms has no place in the arrow",
            ]
        );
    }

    #[test]
    fn what_the_core_must_not_have_is_found() {
        let tree = "otp-core v0.1.0 (/x)\nchrono v0.4.45\niana-time-zone v0.1.0\nserde v1.0.0\nserde v1.0.0 (*)\n\
                    sea-query v1.0.0\ntokio-util v0.7.0\nserde_json v1.0.0\n";
        assert_eq!(
            forbidden_in_core(tree),
            [
                "otp-core must not bring in iana-time-zone",
                "otp-core must not bring in sea-query",
                "otp-core must not bring in serde",
                "otp-core must not bring in serde_json",
                "otp-core must not bring in tokio-util",
            ]
        );
    }

    #[test]
    fn names_that_only_look_alike_are_allowed() {
        for allowed in [
            "random-art",
            "serdelicious",
            "logos",
            "poems",
            "seal",
            "chrono",
        ] {
            assert!(!is_forbidden(allowed), "{allowed}");
        }
        for forbidden in NOT_IN_CORE {
            assert!(is_forbidden(forbidden), "{forbidden}");
        }
    }
}
