//! The one command that says whether the project is whole: each step printed as it is typed, and a table at the end.

mod contract;
mod selection;
mod steps;

use std::process::{Command, ExitCode, Stdio};

use anyhow::Result;

use self::selection::Selection;
use self::steps::{Outcome, Step, carry_out};
use crate::host::{cargo, find_program};
use crate::process::{Running, shown};
use crate::services::{Service, Services, provide};
use crate::workspace::members;
use crate::{fuzz, layers, tidy};

/// Runs all steps. The same features and one target directory throughout, so that nothing is built twice.
pub(crate) fn run(without: &[Service]) -> Result<ExitCode> {
    let with: Vec<Service> = Service::ALL
        .into_iter()
        .filter(|service| !without.contains(service))
        .collect();
    provide(&with)?;
    let selection = Selection::of(&members()?, without)?;
    let mut steps = vec![
        command("fmt", cargo(&["fmt", "--all", "--check"])),
        check("layers", layers::check),
        check("tidy", tidy::check),
        command("clippy", clippy()),
        command("docs", docs()),
        licences(),
    ];
    steps.extend(alerts(without));
    steps.push(tests(with, &selection));
    steps.extend(doc_tests(&selection));
    steps.push(fuzzing());
    steps.push(contract::step(without));
    steps.extend(selection.left_out().map(|(what, why)| {
        let name = format!("tests in {what}");
        Step::new(name, None, move || Ok(Outcome::DidNotRun(why)))
    }));
    let report = carry_out(steps);
    println!("{report}");
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn clippy() -> Command {
    let mut command = cargo(&["clippy", "--workspace", "--all-targets", "--all-features"]);
    command.args(["--locked", "--", "-D", "warnings"]);
    command
}

fn docs() -> Command {
    let mut command = cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    command.arg("--locked").env("RUSTDOCFLAGS", "-D warnings");
    command
}

/// Licences, bans and sources need no network; advisories do, and have a job of their own.
fn licences() -> Step {
    if find_program("cargo-deny").is_none() {
        return Step::new("deny", None, || {
            let why =
                "cargo-deny is not on the PATH; `cargo install --locked cargo-deny` brings it";
            Ok(Outcome::DidNotRun(why.to_owned()))
        });
    }
    let mut command_ = cargo(&["deny", "--all-features", "check"]);
    command_.args(["licenses", "bans", "sources"]);
    command("deny", command_)
}

/// The alerts are well-formed, and each fires when it should and is silent when it should be.
fn alerts(without: &[Service]) -> [Step; 2] {
    const FOLDER: &str = "crates/otp-web/deploy/prometheus";
    let of = [
        ("alert rules", "check", "alerts.yml"),
        ("alert tests", "test", "alerts_test.yml"),
    ];
    of.map(|(name, verb, file)| {
        if without.contains(&Service::Promtool) {
            let why = "left out by --without: needs promtool";
            return Step::new(name, None, || Ok(Outcome::DidNotRun(why.to_owned())));
        }
        let mut promtool = Command::new("promtool");
        promtool.args([verb, "rules", &format!("{FOLDER}/{file}")]);
        command(name, promtool)
    })
}

/// The tests beside the servers they need; their closing lines are counted.
fn tests(with: Vec<Service>, selection: &Selection) -> Step {
    let mut cargo_test = cargo(&["test", "--workspace", "--all-features", "--locked"]);
    cargo_test.arg("--no-fail-fast").args(selection.arguments());
    let typed = format!(
        "cargo xtask services{} -- {}",
        only(&with),
        shown(&cargo_test)
    );
    Step::new("tests", Some(typed), move || {
        let services = Services::start(&with)?;
        cargo_test.envs(services.exports());
        counted(&mut cargo_test)
    })
}

/// `cargo test` runs the examples in the docs too, unless it is told which tests to run.
fn doc_tests(selection: &Selection) -> Option<Step> {
    if selection.is_everything() {
        return None;
    }
    let arguments = ["test", "--workspace", "--all-features", "--locked", "--doc"];
    let mut command = cargo(&arguments);
    Some(Step::new("doc tests", Some(shown(&command)), move || {
        counted(&mut command)
    }))
}

/// A short run over what is kept and a little beyond; `cargo xtask fuzz` alone takes an hour.
fn fuzzing() -> Step {
    const SECONDS: u32 = 50;
    let typed = format!("cargo xtask fuzz --seconds {SECONDS}");
    Step::new("fuzz", Some(typed), || {
        fuzz::run(SECONDS).map(|()| Outcome::Passed(None))
    })
}

fn only(with: &[Service]) -> String {
    if with.len() == Service::ALL.len() {
        return String::new();
    }
    let names: Vec<&str> = with.iter().map(|service| service.name()).collect();
    format!(" --only {}", names.join(","))
}

fn command(name: &'static str, mut command: Command) -> Step {
    let settings = command.get_envs().filter_map(|(name, value)| {
        let (name, value) = (name.to_str()?, value?.to_str()?);
        Some(format!("{name}='{value}' "))
    });
    let typed = settings.collect::<String>() + &shown(&command);
    Step::new(name, Some(typed), move || {
        let status = Running::start(&mut command)?.wait()?;
        Ok(if status.success() {
            Outcome::Passed(None)
        } else {
            Outcome::Failed(status.to_string())
        })
    })
}

fn check(name: &'static str, check: fn() -> Result<Vec<String>>) -> Step {
    Step::new(name, Some(format!("cargo xtask {name}")), move || {
        let findings = check()?;
        for finding in &findings {
            println!("{name}: {finding}");
        }
        Ok(match findings.len() {
            0 => Outcome::Passed(None),
            1 => Outcome::Failed("1 finding".to_owned()),
            many => Outcome::Failed(format!("{many} findings")),
        })
    })
}

/// Runs `cargo test`, shows its output line by line, and adds up its closing lines.
fn counted(command: &mut Command) -> Result<Outcome> {
    let mut running = Running::start(command.stdout(Stdio::piped()))?;
    let mut tally = Tally::default();
    let status = running.wait_and_read(|line| {
        println!("{line}");
        tally.read(line);
    })?;
    let told = format!(
        "{} passed, {} failed, {} ignored",
        tally.passed, tally.failed, tally.ignored
    );
    Ok(match status.success() {
        true if tally.passed == 0 => Outcome::Failed("no test ran".to_owned()),
        true => Outcome::Passed(Some(told)),
        false => Outcome::Failed(format!("{told}; {status}")),
    })
}

/// The sum of the closing lines of `cargo test`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u32,
    failed: u32,
    ignored: u32,
}

impl Tally {
    /// Reads a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
    fn read(&mut self, line: &str) {
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split(';') {
            let Some((number, of_what)) = count.trim().split_once(' ') else {
                continue;
            };
            let number: u32 = number.parse().unwrap_or(0);
            match of_what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_added_up() {
        let mut tally = Tally::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s",
            "test contact::tests::a_result: ok. 9 passed ... ok",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        ] {
            tally.read(line);
        }
        let expected = Tally {
            passed: 16,
            failed: 2,
            ignored: 1,
        };
        assert_eq!(tally, expected);
    }

    #[test]
    fn failing_tests_fail_the_step_and_are_counted() {
        let script = "echo 'test result: FAILED. 4 passed; 2 failed; 0 ignored;'; exit 101";
        let mut command = Command::new("sh");
        let outcome = counted(command.args(["-c", script])).unwrap();
        let told = "4 passed, 2 failed, 0 ignored; exit status: 101";
        assert_eq!(outcome, Outcome::Failed(told.to_owned()));
    }

    #[test]
    fn a_run_without_a_test_is_a_failure() {
        let outcome = counted(&mut Command::new("true")).unwrap();
        assert_eq!(outcome, Outcome::Failed("no test ran".to_owned()));
    }

    #[test]
    fn phase_10_one_command_runs_the_tests_of_every_crate_beside_every_server() {
        let members = members().unwrap();
        let selection = Selection::of(&members, &[]).unwrap();
        let step = tests(Service::ALL.to_vec(), &selection);
        let typed = "cargo xtask services -- \
                     cargo test --workspace --all-features --locked --no-fail-fast";
        assert_eq!(step.typed.as_deref(), Some(typed));
        for name in ["otp-core", "otp-storage", "otp-notify", "otp-web", "xtask"] {
            assert!(members.iter().any(|member| member.name == name), "{name}");
        }
    }

    #[test]
    fn settings_are_part_of_what_is_typed() {
        let step = command("docs", docs());
        let typed = step.typed.unwrap();
        assert_eq!(
            typed,
            "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --all-features --locked"
        );
    }

    #[test]
    fn what_is_typed_by_hand_starts_the_same_servers() {
        assert_eq!(only(&Service::ALL), "");
        assert_eq!(
            only(&[Service::Postgres, Service::Mail]),
            " --only postgres,mail"
        );
    }
}
