//! Steps, one after the other: a failure never hides what comes after it, and the last lines tell all.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::process::{Interrupted, go_on};

/// One step of a run.
pub(super) struct Step {
    name: String,
    /// How a person does the same by hand.
    pub(super) typed: Option<String>,
    action: Box<dyn FnOnce() -> Result<Outcome>>,
}

impl Step {
    pub(super) fn new(
        name: impl Into<String>,
        typed: Option<String>,
        action: impl FnOnce() -> Result<Outcome> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            typed,
            action: Box::new(action),
        }
    }
}

/// What became of a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It ran and found nothing; perhaps with a word on what it did.
    Passed(Option<String>),
    /// It ran and found something, or could not run to its end: this is why.
    Failed(String),
    /// It was left out: this is why.
    DidNotRun(String),
}

/// What became of all steps. Its `Display` is the table at the end of a run.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Row>);

#[derive(Debug)]
struct Row {
    name: String,
    outcome: Outcome,
    took: Duration,
}

/// Carries out all steps; once we are told to stop, the rest is left out.
pub(super) fn carry_out(steps: Vec<Step>) -> Report {
    let mut report = Report::default();
    for step in steps {
        if let Some(typed) = &step.typed {
            println!("\n==> {}\n$ {typed}", step.name);
        }
        let start = Instant::now();
        let outcome = match go_on().and_then(|()| (step.action)()) {
            Ok(outcome) => outcome,
            Err(why) if why.is::<Interrupted>() => Outcome::Failed("interrupted".to_owned()),
            Err(why) => {
                println!("{why:#}");
                Outcome::Failed(why.to_string())
            }
        };
        report.0.push(Row {
            name: step.name,
            outcome,
            took: start.elapsed(),
        });
    }
    report
}

impl Report {
    /// Says whether nothing failed.
    pub(super) fn is_good(&self) -> bool {
        self.failed().is_empty()
    }

    fn failed(&self) -> Vec<&str> {
        let failed = |row: &&Row| matches!(row.outcome, Outcome::Failed(_));
        let names = self.0.iter().filter(failed);
        names.map(|row| row.name.as_str()).collect()
    }

    fn left_out(&self) -> usize {
        let left_out = |row: &&Row| matches!(row.outcome, Outcome::DidNotRun(_));
        self.0.iter().filter(left_out).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n==> summary")?;
        let width = self.0.iter().map(|row| row.name.len()).max().unwrap_or(0);
        for row in &self.0 {
            let (word, note) = match &row.outcome {
                Outcome::Passed(note) => ("passed", note.as_deref().unwrap_or_default()),
                Outcome::Failed(why) => ("FAILED", why.as_str()),
                Outcome::DidNotRun(why) => ("did not run", why.as_str()),
            };
            let seconds = match row.outcome {
                Outcome::DidNotRun(_) => String::new(),
                _ => format!("{:.1} s", row.took.as_secs_f32()),
            };
            let line = format!("{:width$}  {word:11}  {seconds:>8}  {note}", row.name);
            writeln!(f, "{}", line.trim_end())?;
        }
        let (ran, left_out) = (self.0.len() - self.left_out(), self.left_out());
        let failed = self.failed();
        if failed.is_empty() {
            write!(f, "ci passed: {ran} steps ran, {left_out} did not")
        } else {
            write!(f, "ci FAILED: {}", failed.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use anyhow::{anyhow, bail};

    use super::*;

    fn passes(name: &str) -> Step {
        Step::new(name, Some(format!("run {name}")), || {
            Ok(Outcome::Passed(None))
        })
    }

    #[test]
    fn a_failure_does_not_hide_what_comes_after_it() {
        let ran = Rc::new(Cell::new(false));
        let saw = ran.clone();
        let report = carry_out(vec![
            Step::new("fmt", None, || Ok(Outcome::Failed("exit status: 1".into()))),
            Step::new("tests", None, move || {
                saw.set(true);
                Ok(Outcome::Passed(Some("3 passed".into())))
            }),
        ]);
        assert!(ran.get() && !report.is_good());
        let text = report.to_string();
        assert!(text.contains("3 passed"), "{text}");
        assert!(text.ends_with("ci FAILED: fmt"), "{text}");
    }

    #[test]
    fn a_step_that_cannot_run_has_failed() {
        let broken = Step::new("tests", None, || {
            Err(anyhow!("no port").context("cannot start postgres"))
        });
        let report = carry_out(vec![broken, passes("docs")]);
        let text = report.to_string();
        assert!(!report.is_good());
        assert!(text.contains("cannot start postgres"), "{text}");
        assert!(text.ends_with("ci FAILED: tests"), "{text}");
    }

    #[test]
    fn an_interrupted_step_has_failed() {
        let interrupted = Step::new("tests", None, || bail!(Interrupted));
        let report = carry_out(vec![interrupted]);
        assert!(!report.is_good());
        assert!(report.to_string().contains("interrupted"));
    }

    #[test]
    fn what_did_not_run_is_told_and_is_no_failure() {
        let left_out = Step::new("deny", None, || {
            Ok(Outcome::DidNotRun("cargo-deny is not there".into()))
        });
        let report = carry_out(vec![passes("fmt"), left_out]);
        assert!(report.is_good());
        let text = report.to_string();
        let lines: Vec<&str> = text.trim_start().lines().collect();
        assert_eq!(
            lines,
            [
                "==> summary",
                "fmt   passed          0.0 s",
                "deny  did not run            cargo-deny is not there",
                "ci passed: 1 steps ran, 1 did not",
            ]
        );
    }
}
