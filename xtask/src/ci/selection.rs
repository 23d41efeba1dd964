//! Which tests run when a server is left out: those that do not ask for its address.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::services::Service;
use crate::workspace::Member;

/// The integration tests that run, and those that do not.
#[derive(Debug)]
pub(super) struct Selection {
    run: Vec<String>,
    /// Name, and why.
    left_out: Vec<(String, String)>,
}

impl Selection {
    /// Reads the sources of all integration tests. One that names the variable of a server needs that server.
    pub(super) fn of(members: &[Member], without: &[Service]) -> Result<Self> {
        let mut targets = Vec::new();
        for target in members.iter().flat_map(|member| &member.tests) {
            let needs = needs(&source(&target.source)?);
            targets.push((target.name.clone(), needs));
        }
        Ok(Self::from_needs(&targets, without))
    }

    /// Cargo takes names only: two tests of one name run or stay out together.
    fn from_needs(targets: &[(String, Vec<Service>)], without: &[Service]) -> Self {
        let mut selection = Self {
            run: Vec::new(),
            left_out: Vec::new(),
        };
        let names: BTreeSet<&String> = targets.iter().map(|(name, _)| name).collect();
        for name in names {
            let of_that_name = targets.iter().filter(|(other, _)| other == name);
            let missing: BTreeSet<Service> = of_that_name
                .flat_map(|(_, needs)| needs.iter().copied())
                .filter(|service| without.contains(service))
                .collect();
            if missing.is_empty() {
                selection.run.push(name.clone());
            } else {
                let missing: Vec<&str> = missing.into_iter().map(Service::name).collect();
                let why = format!("left out by --without: needs {}", missing.join(", "));
                selection.left_out.push((format!("{name}.rs"), why));
            }
        }
        selection
    }

    /// Says whether no test stays out.
    pub(super) fn is_everything(&self) -> bool {
        self.left_out.is_empty()
    }

    /// Returns the arguments for `cargo test`; none when all tests run.
    pub(super) fn arguments(&self) -> Vec<String> {
        if self.is_everything() {
            return Vec::new();
        }
        let kinds = ["--lib", "--bins", "--examples"].map(str::to_owned);
        let named = self
            .run
            .iter()
            .flat_map(|name| ["--test".to_owned(), name.clone()]);
        kinds.into_iter().chain(named).collect()
    }

    /// Returns what stays out, and why.
    pub(super) fn left_out(&self) -> impl Iterator<Item = (String, String)> {
        self.left_out.iter().cloned()
    }
}

/// Returns the servers whose addresses a source asks for.
fn needs(source: &str) -> Vec<Service> {
    let is_asked_for = |service: &Service| {
        let mut own = service.variables().iter();
        own.any(|variable| variable.starts_with("OTP_TEST_") && source.contains(variable))
    };
    Service::ALL.into_iter().filter(is_asked_for).collect()
}

/// Reads an integration test with its modules: of `a.rs` those in `a/`, of `a/main.rs` its neighbours.
fn source(file: &Path) -> Result<String> {
    let folder = if file.ends_with("main.rs") {
        file.parent().unwrap_or(file).to_owned()
    } else {
        file.with_extension("")
    };
    let read = |file: &Path| {
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
    };
    let mut text = read(file)?;
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&read(&path)?);
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets() -> Vec<(String, Vec<Service>)> {
        vec![
            ("conformance".into(), vec![]),
            ("postgres".into(), vec![Service::Postgres]),
            (
                "end_to_end".into(),
                vec![Service::Postgres, Service::Mail, Service::Browser],
            ),
        ]
    }

    #[test]
    fn without_nothing_cargo_is_told_nothing() {
        let selection = Selection::from_needs(&targets(), &[]);
        assert_eq!(selection.arguments(), [""; 0]);
        assert_eq!(selection.left_out().count(), 0);
    }

    #[test]
    fn a_test_that_needs_what_is_left_out_stays_out_and_is_named() {
        let selection = Selection::from_needs(&targets(), &[Service::Mail, Service::Browser]);
        assert_eq!(
            selection.arguments().join(" "),
            "--lib --bins --examples --test conformance --test postgres"
        );
        let left_out: Vec<_> = selection.left_out().collect();
        let why = "left out by --without: needs mail, browser".to_owned();
        assert_eq!(left_out, [("end_to_end.rs".to_owned(), why)]);
    }

    #[test]
    fn two_tests_of_one_name_stay_out_together() {
        let mut targets = targets();
        targets.push(("conformance".into(), vec![Service::Mariadb]));
        let selection = Selection::from_needs(&targets, &[Service::Mariadb]);
        assert_eq!(selection.run, ["end_to_end", "postgres"]);
    }

    #[test]
    fn needs_are_read_from_the_source_and_its_modules() {
        for main in ["end_to_end.rs", "end_to_end/main.rs"] {
            let folder = tempfile::tempdir().unwrap();
            let module = folder.path().join("end_to_end/inbox/mailbox.rs");
            fs::create_dir_all(module.parent().unwrap()).unwrap();
            fs::write(module, "variable(\"OTP_TEST_MAILDIR\")").unwrap();
            let file = folder.path().join(main);
            fs::write(&file, "mod inbox; // OTP_TEST_POSTGRES_URL").unwrap();
            let needs = needs(&source(&file).unwrap());
            assert_eq!(needs, [Service::Postgres, Service::Mail], "{main}");
        }
    }
}
