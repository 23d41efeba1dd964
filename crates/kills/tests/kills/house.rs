//! An installation with three workers, one of which dies.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use otp_core::testing::fixed_keyring;
use otp_core::{
    Budgets, Channel, Contact, DeliveryState, Keyring, OtpId, OtpRepository, OtpService,
};
use otp_kills::{Point, ShiftedClock, SystemSecrets};
use otp_storage::{Database, DatabaseUrl};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use crate::sinks::{Killer, Post, Sinks, Taken};

/// Messages that the dying worker does not get.
const BYSTANDERS: u32 = 5;
/// Longer than a lease, and than the wait before a resend.
const LATER: i64 = 61;
/// Whoever waits longer waits for nothing.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct House {
    url: String,
    otps: Arc<dyn OtpRepository>,
    service: OtpService,
    keys: Arc<Keyring>,
    clock: Arc<ShiftedClock>,
    post: Post,
    /// Of the workers that live.
    sinks: Sinks,
    issued: u32,
}

/// What became of the message whose worker died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fate {
    pub(crate) state: &'static str,
    /// How often it was accepted.
    pub(crate) accepted: usize,
}

struct Issued {
    id: OtpId,
    contact: String,
    code: String,
}

impl House {
    pub(crate) async fn open(url: String) -> Self {
        let database = DatabaseUrl::parse(&url).unwrap();
        let database = Database::connect(&database).await.unwrap();
        database.migrations().up(None).await.unwrap();
        let otps = Arc::new(database.otps());
        let keys = Arc::new(fixed_keyring());
        let clock = Arc::<ShiftedClock>::default();
        let secrets = Arc::new(SystemSecrets);
        let service = OtpService::new(otps.clone(), keys.clone(), clock.clone(), secrets);
        let post = Post::default();
        let sinks = Sinks::open(&post, &Arc::default()).await;
        Self {
            url,
            otps,
            service: service.with_budgets(Budgets::off()),
            keys,
            clock,
            post,
            sinks,
            issued: 0,
        }
    }

    /// Lets one of three workers die at `point` with a message of `channel` in its hands, and the others go on.
    pub(crate) async fn play(&mut self, channel: Channel, point: Point, polls: u32) -> Fate {
        let mut killer = Killer::default();
        if matches!(point, Point::Connect | Point::Accept) {
            killer.point = Some(point);
        }
        let killer = Arc::new(killer);
        let deadly = Sinks::open(&self.post, &killer).await;
        let dies = [point.as_str().to_owned(), polls.to_string()];
        let mut victim = Worker::start(&self.arguments(&deadly), &dies);
        let mut others = [(); 2].map(|()| Worker::start(&self.arguments(&self.sinks), &[]));
        killer.victim.set(victim.child.id().unwrap()).unwrap();

        let first = self.issue(channel).await;
        let mut bystanders = Vec::new();
        for _ in 0..BYSTANDERS {
            bystanders.push(self.issue(channel).await);
        }
        for worker in others.iter_mut().chain([&mut victim]) {
            worker.says("ready").await;
        }
        victim.hears("go").await;
        if point != Point::BeforeClaim {
            victim.says("claimed").await;
        }
        for other in &mut others {
            other.hears("go").await;
        }
        assert!(was_killed(victim.ended().await), "at {point:?}");
        for one in &bystanders {
            self.until_settled(one).await;
            let fate = Fate {
                state: "sent",
                accepted: 1,
            };
            assert_eq!(self.fate(one).await, fate, "a bystander at {point:?}");
        }
        if point != Point::BeforeClaim {
            self.pass_time(&mut others).await;
        }
        self.until_settled(&first).await;
        let fate = self.fate(&first).await;
        if fate.state == "unknown" {
            self.the_person_asks_again(&first, fate, &mut others).await;
        }
        for mut other in others {
            drop(other.input.take());
            assert!(other.ended().await.success());
        }
        fate
    }

    fn arguments(&self, sinks: &Sinks) -> Vec<String> {
        let numbers = [sinks.mail.to_string(), sinks.gateway.to_string()];
        let shifted = self.clock.shifted().to_string();
        [self.url.clone()]
            .into_iter()
            .chain(numbers)
            .chain([shifted])
            .collect()
    }

    async fn issue(&mut self, channel: Channel) -> Issued {
        self.issued += 1;
        let number = self.issued;
        let contact = match channel {
            Channel::Email => Contact::email(&format!("ada{number}@example.com")),
            Channel::Phone => Contact::phone(&format!("+9198{number:08}")),
        };
        let contact = contact.unwrap();
        let issued = self.service.issue(contact.clone()).await.unwrap();
        let id = issued.granted().unwrap().id;
        let otp = self.otps.find(id).await.unwrap().unwrap();
        Issued {
            id,
            contact: contact.as_str().to_owned(),
            code: otp.code(&self.keys).unwrap().expose().to_owned(),
        }
    }

    async fn state(&self, one: &Issued) -> DeliveryState {
        self.otps.delivery_state(one.id).await.unwrap().unwrap()
    }

    async fn until_settled(&self, one: &Issued) {
        let settled = async {
            while self.state(one).await == DeliveryState::Queued {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = timeout(PATIENCE, settled).await;
        waited.expect("a message that ends somewhere");
    }

    /// Reads what arrived: the same code each time, and the same message to the letter.
    async fn fate(&self, one: &Issued) -> Fate {
        let taken = self.taken(one);
        for each in &taken {
            assert!(each.text.contains(&one.code), "another code");
            assert_eq!(each, &taken[0], "another message");
        }
        Fate {
            state: self.state(one).await.as_str(),
            accepted: taken.len(),
        }
    }

    fn taken(&self, one: &Issued) -> Vec<Taken> {
        let post = self.post.lock().unwrap();
        let own = post.iter().filter(|taken| taken.to == one.contact);
        own.cloned().collect()
    }

    async fn pass_time(&self, workers: &mut [Worker]) {
        self.clock.shift(LATER);
        for worker in workers {
            worker.hears(&LATER.to_string()).await;
        }
    }

    /// A resend is another delivery with the same code, and it arrives.
    async fn the_person_asks_again(&self, one: &Issued, before: Fate, workers: &mut [Worker]) {
        let resent = self.service.resend(one.id).await.unwrap();
        assert!(resent.granted().is_some());
        for worker in workers {
            worker.hears("0").await;
        }
        self.until_settled(one).await;
        assert_eq!(self.state(one).await, DeliveryState::Sent);
        let taken = self.taken(one);
        assert_eq!(taken.len(), before.accepted + 1);
        let last = taken.last().unwrap();
        assert!(last.text.contains(&one.code), "another code");
        let earlier = &taken[..before.accepted];
        assert!(earlier.iter().all(|each| each.name != last.name));
    }
}

/// A process of its own, which ends with this one.
struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    fn start(arguments: &[String], dies: &[String]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otp-kills"));
        command.args(arguments).args(dies).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            input: child.stdin.take(),
            child,
            output,
        }
    }

    async fn hears(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input
            .write_all(format!("{line}\n").as_bytes())
            .await
            .unwrap();
    }

    async fn says(&mut self, expected: &str) {
        let line = timeout(PATIENCE, self.output.next_line()).await;
        let line = line.expect("a worker that speaks").unwrap();
        assert_eq!(line.as_deref(), Some(expected));
    }

    async fn ended(&mut self) -> ExitStatus {
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.expect("a worker that ends").unwrap()
    }
}

fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;

    const KILL: i32 = 9;
    status.signal() == Some(KILL)
}
