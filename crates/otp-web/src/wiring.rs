//! Puts the parts together, as the configuration says.

mod development;

use std::sync::Arc;

use otp_core::{
    Channel, Clock, Event, EventSink as _, Happening, Keyring, OtpService, SecretSource,
};
use otp_notify::{Branding, Console, Dispatcher, Mailer, Messages, Messenger, SmsSender};
use otp_storage::{Database, MigrateError};

use crate::config::{Config, Profile, Unknown};
use crate::failure::Failure;
use crate::keys;
use crate::metrics::Metrics;
use crate::site::{Loopback, MetricsAt, Site};
use crate::system::{SystemClock, SystemSecrets};

/// The parts that every command and the service work with.
pub(crate) struct Parts {
    pub(crate) database: Database,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) otps: OtpService,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) secrets: Arc<dyn SecretSource>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) metrics: Arc<Metrics>,
}

impl Parts {
    /// Connects, and makes what `config` asks for. Messages for the terminal go to `console`.
    ///
    /// In development the tables and a key are made; elsewhere missing ones are a failure that says what to do.
    pub(crate) async fn assemble(config: &Config, console: &Console) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let secrets: Arc<dyn SecretSource> = Arc::new(SystemSecrets);
        let keys = Arc::new(keys::in_force(config, secrets.as_ref())?);
        let database = migrated(config).await?;
        let metrics = Arc::new(Metrics::new(&config.policies, clock.now()));
        let messenger = messenger(config, console)?.with_events(metrics.clone());
        for (channel, sender) in messenger.senders() {
            metrics.record(&up(channel, sender));
        }
        let dispatcher = Dispatcher::new(
            Arc::new(database.deliveries()),
            Arc::new(messenger),
            keys.clone(),
            clock.clone(),
            secrets.clone(),
        )
        .with_events(metrics.clone());
        let mut otps = OtpService::new(
            Arc::new(database.otps()),
            keys.clone(),
            clock.clone(),
            secrets.clone(),
        )
        .with_policies(config.policies.clone())
        .with_budgets(config.budgets.clone())
        .with_devices(Arc::new(database.devices()))
        .with_channels(channels(config))
        .with_events(metrics.clone())
        .on_queued(dispatcher.waker());
        if config.unknown == Unknown::Decoy {
            otps = otps.with_customers(Arc::new(database.customers()));
        }
        Ok(Self {
            database,
            keys,
            otps,
            clock,
            secrets,
            dispatcher,
            metrics,
        })
    }

    /// Returns what the routes need.
    pub(crate) fn site(&self, config: &Config) -> Site {
        Site {
            otps: self.otps.clone(),
            queue: Arc::new(self.database.deliveries()),
            database: self.database.clone(),
            customers: self.database.customers(),
            sessions: self.database.sessions(),
            keys: self.keys.clone(),
            clock: self.clock.clone(),
            secrets: self.secrets.clone(),
            public_url: config.public_url.clone(),
            hosts: config.hosts.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            default_region: config.default_region,
            api_access: config.api_access.clone(),
            app_name: config.app_name.clone(),
            loopback: match config.profile {
                Profile::Development => Loopback::Ours,
                Profile::Production => Loopback::Anybody,
            },
            metrics: self.metrics.clone(),
            metrics_at: match config.metrics_listen {
                Some(_) => MetricsAt::Elsewhere,
                None => MetricsAt::Routes,
            },
        }
    }

    /// Stores the demo customer of the development profile and an administrator's API key, once; returns the file
    /// that holds the key.
    pub(crate) async fn add_demo(&self) -> Result<&'static str, Failure> {
        let now = self.clock.now();
        development::add_demo_customer(&self.database, now).await?;
        development::add_admin_key(&self.database, self.secrets.as_ref(), now).await?;
        Ok(development::ADMIN_KEY_FILE)
    }
}

/// Connects to the database without asking about its tables.
pub(crate) async fn connect(config: &Config) -> Result<Database, Failure> {
    Database::connect(&config.database).await.map_err(|error| {
        Failure::because(
            "cannot open the database",
            &error,
            "see database.url (OTP_DATABASE__URL)",
        )
    })
}

/// Applies every migration that is pending.
pub(crate) async fn make_tables(database: &Database) -> Result<(), Failure> {
    let made = database.migrations().up(None).await;
    made.map(|_| ())
        .map_err(|error| Failure::because("cannot make the tables", &error, ""))
}

/// Connects, and sees that the tables are those of this version.
///
/// In development a new database gets them at once; one that was migrated before is left as somebody made it.
pub(crate) async fn migrated(config: &Config) -> Result<Database, Failure> {
    let database = connect(config).await?;
    let migrations = database.migrations();
    let failed = |error: MigrateError| {
        Failure::because("cannot read the state of the migrations", &error, "")
    };
    if config.profile == Profile::Development && migrations.is_new().await.map_err(failed)? {
        make_tables(&database).await?;
        return Ok(database);
    }
    let pending = migrations.pending().await.map_err(failed)?;
    match pending.len() {
        0 => Ok(database),
        count => Err(Failure::refused(format!(
            "the database lacks {count} of this version's migrations; run `otp migrate up`"
        ))),
    }
}

/// The channels that have a sender.
fn channels(config: &Config) -> &'static [Channel] {
    if config.sms.is_some() {
        &Channel::ALL
    } else {
        &[Channel::Email]
    }
}

/// Says that a sender takes messages, as each does that has not failed yet.
fn up(channel: Channel, sender: &str) -> Event {
    Event {
        purpose: None,
        channel: Some(channel),
        what: Happening::SenderUp {
            sender: sender.to_owned(),
        },
    }
}

/// The words and layouts of messages.
pub(crate) fn messages(config: &Config) -> Result<Messages, Failure> {
    let failed = |error: &(dyn std::error::Error + 'static), advice| {
        Failure::because("cannot set up the messages", error, advice)
    };
    let host = config.public_url.host_str().unwrap_or_default();
    let branding = Branding::new(&config.app_name, host).map_err(|error| failed(&error, ""))?;
    let mut messages = Messages::new(branding);
    if let Some(hash) = &config.app_hash {
        messages = messages.with_app_hash(hash.clone());
    }
    match &config.messages_dir {
        None => Ok(messages),
        Some(folder) => messages
            .with_folder(folder)
            .map_err(|error| failed(&error, "see messages.dir (OTP_MESSAGES__DIR)")),
    }
}

/// The senders that are switched on.
pub(crate) fn messenger(config: &Config, console: &Console) -> Result<Messenger, Failure> {
    let mailer = Mailer::new(&config.mail, config.mail_from.clone(), console)
        .map_err(|error| Failure::because("cannot set up mail", &error, ""))?;
    let messenger = Messenger::new(messages(config)?).with_mail(mailer);
    let Some(plan) = &config.sms else {
        return Ok(messenger);
    };
    let sender = SmsSender::new(plan, console)
        .map_err(|error| Failure::because("cannot set up SMS", &error, ""))?;
    Ok(messenger.with_sms(sender))
}
