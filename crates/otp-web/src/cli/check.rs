//! `otp check`: the guide's checklist as code.

mod database;
mod mail;
mod rules;
mod settings;

use clap::Args;
use serde::Serialize;

use super::{Failure, Json, Out, output};
use crate::config::{Config, ConfigError, Profile};
use crate::wiring;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Judge by what production needs: development settings are faults
    #[arg(long)]
    deploy: bool,
    #[command(flatten)]
    json: Json,
}

/// How a line was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Grade {
    Ok,
    Warning,
    Fault,
}

/// One line of the checklist.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    check: &'static str,
    grade: Grade,
    /// What was found, and what it means.
    says: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Line {
    fn ok(check: &'static str, says: impl Into<String>) -> Self {
        Self {
            check,
            grade: Grade::Ok,
            says: says.into(),
            remedy: None,
        }
    }

    fn warning(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            grade: Grade::Warning,
            remedy: Some(remedy.into()),
            ..Self::ok(check, says)
        }
    }

    fn fault(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            grade: Grade::Fault,
            ..Self::warning(check, says, remedy)
        }
    }
}

/// By what the lines are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// Only what is wrong everywhere is a fault.
    AnyProfile,
    /// Settings for development are faults.
    Deploy,
}

impl Measure {
    /// Judges what is right in development only.
    fn for_development_only(
        self,
        check: &'static str,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Line {
        match self {
            Self::AnyProfile => Line::warning(check, says, remedy),
            Self::Deploy => Line::fault(check, says, remedy),
        }
    }
}

impl Check {
    pub(super) async fn run(
        self,
        config: Result<Config, ConfigError>,
        out: Out<'_>,
    ) -> Result<(), Failure> {
        let measure = if self.deploy {
            Measure::Deploy
        } else {
            Measure::AnyProfile
        };
        let lines = match config {
            Ok(config) => lines(&config, measure).await,
            Err(error) => {
                let says = Failure::from(error).to_string();
                vec![Line::fault(
                    "configuration",
                    says,
                    "mend it, and check again",
                )]
            }
        };
        if self.json.json {
            output::json(out, &lines)?;
        } else {
            print(&lines, out)?;
        }
        let count = |grade| lines.iter().filter(|line| line.grade == grade).count();
        match count(Grade::Fault) {
            0 => Ok(()),
            1 => Err(Failure::refused("1 fault; mend it, and check again")),
            faults => Err(Failure::refused(format!(
                "{faults} faults; mend them, and check again"
            ))),
        }
    }
}

async fn lines(config: &Config, measure: Measure) -> Vec<Line> {
    let profile = match config.profile {
        Profile::Production => Line::ok("profile", "production"),
        Profile::Development => measure.for_development_only(
            "profile",
            "development: the API is open and codes are printed",
            "set OTP_PROFILE=production",
        ),
    };
    let mut lines = vec![
        Line::ok("configuration", "every setting can be used"),
        profile,
    ];
    lines.extend(settings::lines(config, measure));
    lines.extend(rules::lines(config));
    lines.extend(database::lines(config, measure).await);
    lines.push(messages(config));
    lines.extend(mail::lines(config, measure).await);
    lines
}

/// The words and layouts of messages: tried out in every language.
fn messages(config: &Config) -> Line {
    match wiring::messages(config) {
        Ok(_) => Line::ok("messages", "can be written in every language"),
        Err(failure) => Line::fault(
            "messages",
            failure.to_string(),
            "`otp template preview` shows them",
        ),
    }
}

fn print(lines: &[Line], out: Out<'_>) -> Result<(), Failure> {
    for line in lines {
        let grade = match line.grade {
            Grade::Ok => "ok",
            Grade::Warning => "warning",
            Grade::Fault => "fault",
        };
        write!(out, "{grade:7}  {:13}  {}", line.check, line.says)?;
        match &line.remedy {
            Some(remedy) => writeln!(out, "; {remedy}")?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}
