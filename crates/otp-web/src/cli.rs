//! The command line: what `manage.py` was for.

mod api_key;
mod backup;
mod check;
mod cleanup;
mod config_show;
mod customer;
mod deliveries;
mod import;
mod interrupt;
mod keys;
mod man;
mod migrate;
mod otps;
mod output;
mod phases;
mod policy;
mod send_test;
mod serve;
mod stats;
mod template;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};
use otp_notify::Language;

pub use crate::failure::Failure;

use crate::config::{Config, ConfigError, Origin, Settings, Value};

/// Issues one-time passcodes by e-mail or phone and verifies them.
///
/// Without a command, `otp` serves. Without any configuration it runs in the development profile:
/// a SQLite file and a key under var/, and messages printed in the terminal.
#[derive(Debug, Parser)]
#[command(name = "otp", version, max_term_width = 100, after_long_help = phases::HELP)]
pub struct Cli {
    /// Read this file instead of otp.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Set one key, over file and environment; may be repeated
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    sets: Vec<(String, String)>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and API, and send what is queued (the default)
    Serve(serve::Serve),
    /// Create, show or remove the tables
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Print a random code; nothing is stored
    Generate(otps::Generate),
    /// Issue a code and send it
    Create(otps::Create),
    /// Check a code, as the pages and the API do
    Verify(otps::Verify),
    /// Keep the list of customers
    #[command(subcommand)]
    Customer(customer::CustomerCommand),
    /// See what became of the messages, and have one tried again
    #[command(subcommand)]
    Deliveries(deliveries::DeliveriesCommand),
    /// Send a test message, to see that mail or SMS works
    SendTest(send_test::SendTest),
    /// Show what messages say
    #[command(subcommand)]
    Template(template::TemplateCommand),
    /// See whether everything is as it should be; `--deploy` judges by what production needs
    Check(check::Check),
    /// Copy the whole database into one file, while the service runs
    Backup(backup::Backup),
    /// Take over the customers of another service
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Remove what is over: used and expired codes, dead sessions
    Cleanup(cleanup::Cleanup),
    /// Make a key or list the ids of those in use
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Show what the limits are, and what they leave to luck
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Tell how far the codes get: issued, sent, delivered, verified, and how the others ended
    Stats(stats::Stats),
    /// Make, list and revoke the keys of the API and the admin pages
    #[command(subcommand)]
    ApiKey(api_key::ApiKeyCommand),
    /// Show the settings
    #[command(subcommand)]
    Config(config_show::ConfigCommand),
    /// Print the manual page, or write one for each command
    Man(man::Man),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Prints JSON instead of text.
#[derive(Debug, Clone, Copy, Args)]
struct Json {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Where a command writes.
pub type Out<'a> = &'a mut (dyn Write + Send);

impl Cli {
    /// Says whether one of `arguments` that sets a key was lost: the parser keeps those before the command, or those
    /// after it.
    pub fn lacks_sets(&self, arguments: impl IntoIterator<Item = OsString>) -> bool {
        let arguments = arguments
            .into_iter()
            .take_while(|argument| argument != "--");
        let sets = arguments.filter(|argument| {
            argument
                .to_str()
                .is_some_and(|text| text == "--set" || text.starts_with("--set="))
        });
        sets.count() > self.sets.len()
    }

    /// Runs the command; what it prints goes to `out`.
    ///
    /// # Errors
    /// [`Failure`], one line that says what, why and what to do.
    pub async fn run(
        self,
        environment: Vec<(String, String)>,
        out: Out<'_>,
    ) -> Result<(), Failure> {
        let command = self
            .command
            .unwrap_or(Command::Serve(serve::Serve::default()));
        let mut flags: Vec<(String, Value)> = Vec::new();
        if let Command::Serve(serve::Serve {
            listen: Some(listen),
        }) = &command
        {
            let value = Value {
                text: listen.clone(),
                origin: Origin::Flag("--listen"),
            };
            flags.push(("listen".to_owned(), value));
        }
        flags.extend(self.sets.into_iter().map(|(key, text)| {
            (
                key,
                Value {
                    text,
                    origin: Origin::Flag("--set"),
                },
            )
        }));
        let settings =
            || Settings::gather(self.config.as_deref(), environment.clone(), flags.clone());
        let config = || -> Result<Config, ConfigError> { Config::read(&settings()?) };
        match command {
            Command::Serve(_) => serve::run(config()?, out).await,
            Command::Migrate(command) => command.run(&config()?, out).await,
            Command::Generate(command) => command.run(out),
            Command::Create(command) => command.run(config()?, out).await,
            Command::Verify(command) => command.run(config()?, out).await,
            Command::Customer(command) => command.run(&config()?, out).await,
            Command::Deliveries(command) => command.run(&config()?, out).await,
            Command::SendTest(command) => command.run(&config()?, out).await,
            Command::Template(command) => command.run(&config()?, out),
            Command::Check(command) => command.run(config(), out).await,
            Command::Backup(command) => command.run(&config()?, out).await,
            Command::Import(command) => command.run(&config()?, out).await,
            Command::Cleanup(command) => command.run(&config()?, out).await,
            Command::Keys(command) => command.run(config, out),
            Command::ApiKey(command) => command.run(&config()?, out).await,
            Command::Policy(command) => command.run(&config()?, out),
            Command::Stats(command) => command.run(&config()?, out).await,
            Command::Config(command) => command.run(&settings()?, out),
            Command::Man(command) => command.run(Self::command(), out),
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "otp", &mut script);
                Ok(out.write_all(&script)?)
            }
        }
    }
}

/// Takes from an environment what is a setting.
///
/// # Errors
/// [`Failure`] for a setting that is not UTF-8: to leave it out would run with another one than was meant.
pub fn settings_in(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, Failure> {
    let mut settings = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with("OTP_")) else {
            continue;
        };
        let value = value.into_string().map_err(|_| {
            Failure::refused(format!(
                "the environment variable {name} is not UTF-8; set it again"
            ))
        })?;
        settings.push((name.to_owned(), value));
    }
    Ok(settings)
}

/// Reads a tag like `de` or `pt-BR`.
fn language(tag: &str) -> Result<Language, String> {
    Language::of(tag).ok_or_else(|| {
        let tags = Language::ALL.map(Language::tag).join(", ");
        format!("the languages are {tags}")
    })
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("expected KEY=VALUE, like listen=127.0.0.1:9000")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}
