//! Two nodes on one database: two real processes, and attackers who play one against the other.

use std::net::SocketAddr;
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use otp_core::testing::{Bench, Subject, fixed_keyring};
use otp_core::{Clock as _, OtpId};
use otp_storage::{Database, DatabaseUrl};
use otp_web::SystemClock;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::person::Person;
use crate::process::{Manager, Service};

/// Requests at the same moment.
const AT_ONCE: u32 = 64;

/// Lives through all of it on this database; `FOLDER` in its URL is one of the test's own.
pub(crate) async fn are_attacked(url: &str) {
    let mut nodes = Nodes::on(url).await;
    nodes.tell_five_guesses(10).await;
    nodes.tell_five_guesses_of_one_connection(10).await;
    nodes.open_once(5).await;
    nodes.keep_used_codes_used().await;
    nodes.stop();
}

struct Nodes {
    managers: [Manager; 2],
    services: Vec<Service>,
    settings: [(&'static str, String); 3],
    http: reqwest::Client,
    /// Over the same database, to read codes as their owners do in the message.
    bench: Bench,
    database: Database,
}

impl Nodes {
    async fn on(url: &str) -> Self {
        let managers = [Manager::new(), Manager::new()];
        let folder = managers[0].path("");
        let url = url.replace("FOLDER", folder.to_str().unwrap());
        let settings = [
            ("OTP_DATABASE__URL", url.clone()),
            ("OTP_KEYS", fixed_keyring().expose().to_string()),
            ("OTP_LOG__LEVEL", "error".to_owned()),
        ];
        let services = managers.iter().map(|manager| start(manager, &settings));
        let services = tokio::task::block_in_place(|| services.collect());
        let url = DatabaseUrl::parse(&url).unwrap();
        let database = Database::connect(&url).await.unwrap();
        let bench = Bench::on(Subject {
            otps: Arc::new(database.otps()),
            queue: Arc::new(database.deliveries()),
        });
        Self {
            managers,
            services,
            settings,
            http: reqwest::Client::new(),
            bench,
            database,
        }
    }

    fn stop(self) {
        for service in self.services {
            tokio::task::block_in_place(|| service.stop());
        }
    }

    fn restart(&mut self, node: usize) {
        tokio::task::block_in_place(|| {
            self.services.remove(node).stop();
            let service = start(&self.managers[node], &self.settings);
            self.services.insert(node, service);
        });
    }

    async fn issue(&self) -> OtpId {
        let body = json!({ "contact_type": "email", "contact_value": somebody() });
        let url = self.managers[0].url("/api/v1/otps");
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let told: Value = answer.json().await.unwrap();
        OtpId::from_uuid(told["id"].as_str().unwrap().parse().unwrap())
    }

    async fn code(&self, id: OtpId) -> String {
        self.bench.read_code(id).await.expose().to_owned()
    }

    /// Returns the status of a code for a handle at a node.
    async fn verify(&self, node: usize, id: OtpId, code: &str) -> u16 {
        let url = self.managers[node].url(&format!("/api/v1/otps/{id}/verify"));
        let attempt = self.http.post(url).json(&json!({ "otp_code": code }));
        attempt.send().await.unwrap().status().as_u16()
    }

    /// Counts the rows of `core_session`.
    async fn sessions(&self) -> u64 {
        let end_of_all = SystemClock.now() + TimeDelta::days(365);
        let sessions = self.database.sessions();
        sessions.dead(end_of_all, TimeDelta::zero()).await.unwrap()
    }

    /// A1: the right code and 63 wrong ones at the same moment, half of them at either node.
    async fn tell_five_guesses(&self, rounds: u32) {
        for round in 0..rounds {
            let id = self.issue().await;
            let guesses = guesses(&self.code(id).await, round);
            let each = guesses.iter().enumerate();
            let told = join_all(each.map(|(at, guess)| self.verify(at % 2, id, guess))).await;
            five_at_most(&told);
        }
    }

    /// A1 over one connection of HTTP/2.
    async fn tell_five_guesses_of_one_connection(&self, rounds: u32) {
        let connection = Multiplexed::to(self.managers[0].address()).await;
        for round in 0..rounds {
            let id = self.issue().await;
            let guesses = guesses(&self.code(id).await, round);
            let told = guesses.iter().map(|guess| connection.verify(id, guess));
            five_at_most(&join_all(told).await);
        }
    }

    /// A2: the right code 64 times at the same moment, from one browser at both nodes, and by the API.
    async fn open_once(&self, rounds: u64) {
        for round in 1..=rounds {
            let mut here = Person::at(&self.managers[0], None).await;
            assert_eq!(here.ask(&somebody()).await.status, 303);
            assert_eq!(here.open("/otp/verify/").await.status, 200);
            let there = here.moved(&self.managers[1]);
            let flow = here.cookies["otp_flow"].parse().unwrap();
            let code = self.code(OtpId::from_uuid(flow)).await;
            let forms = (0..AT_ONCE).map(|at| {
                let person = if at % 2 == 0 { &here } else { &there };
                person.form("/otp/verify/", &[("otp_code", &code)]).send()
            });
            let told = join_all(forms).await.into_iter();
            let told: Vec<u16> = told.map(|answer| answer.unwrap().status().into()).collect();
            assert_eq!(count(&told, 303), 1, "{told:?}");
            assert_eq!(count(&told, 410), AT_ONCE - 1, "{told:?}");
            assert_eq!(self.sessions().await, round);

            let id = self.issue().await;
            let code = self.code(id).await;
            let calls = (0..AT_ONCE).map(|at| self.verify(at as usize % 2, id, &code));
            let told = join_all(calls).await;
            assert_eq!(count(&told, 200), 1, "{told:?}");
            assert_eq!(count(&told, 410), AT_ONCE - 1, "{told:?}");
        }
    }

    /// A6: a used code again at the node that opened, at the other one, and after a restart.
    async fn keep_used_codes_used(&mut self) {
        let id = self.issue().await;
        let code = self.code(id).await;
        let mut here = Person::at(&self.managers[0], None).await;
        assert_eq!(here.ask(&somebody()).await.status, 303);
        assert_eq!(here.open("/otp/verify/").await.status, 200);
        let flow = here.cookies["otp_flow"].parse().unwrap();
        let of_page = self.code(OtpId::from_uuid(flow)).await;
        let before = here.clone();
        let form = [("otp_code", of_page.as_str())];
        assert_eq!(here.submit("/otp/verify/", &form).await.status, 303);
        assert_eq!(self.verify(0, id, &code).await, 200);
        for _ in 0..2 {
            for node in 0..2 {
                assert_eq!(self.verify(node, id, &code).await, 410);
                let mut again = before.moved(&self.managers[node]);
                assert_eq!(again.submit("/otp/verify/", &form).await.status, 410);
            }
            self.restart(0);
        }
    }
}

/// A contact whose budgets nobody has used yet.
fn somebody() -> String {
    format!("{}@example.com", uuid::Uuid::new_v4().simple())
}

fn start(manager: &Manager, settings: &[(&str, String)]) -> Service {
    let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
    manager.start(&settings.collect::<Vec<_>>())
}

/// The right code at another place in each round, among wrong ones that are all different.
fn guesses(right: &str, round: u32) -> Vec<String> {
    let number: u32 = right.parse().unwrap();
    let place = round * 13 % AT_ONCE;
    let guess = |at| (number + AT_ONCE + at - place) % 1_000_000;
    let right_at = (0..AT_ONCE).map(|at| if at == place { number } else { guess(at) });
    right_at.map(|guess| format!("{guess:06}")).collect()
}

fn five_at_most(told: &[u16]) {
    let (wrong, opened) = (count(told, 422), count(told, 200));
    assert!((1..=5).contains(&(wrong + opened)), "{told:?}");
    assert!(opened == 1 || wrong == 5, "{told:?}");
    assert_eq!(count(told, 410), AT_ONCE - wrong - opened, "{told:?}");
}

fn count(told: &[u16], status: u16) -> u32 {
    told.iter().map(|each| u32::from(*each == status)).sum()
}

/// One connection of HTTP/2 and no other, whatever is asked.
struct Multiplexed {
    requests: http2::SendRequest<String>,
    host: String,
}

impl Multiplexed {
    async fn to(address: SocketAddr) -> Self {
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let opened = http2::handshake(TokioExecutor::new(), stream).await;
        let (requests, connection) = opened.unwrap();
        tokio::spawn(connection);
        Self {
            requests,
            host: address.to_string(),
        }
    }

    async fn verify(&self, id: OtpId, code: &str) -> u16 {
        let request = http::Request::post(format!("http://{}/api/v1/otps/{id}/verify", self.host))
            .header("content-type", "application/json")
            .body(json!({ "otp_code": code }).to_string());
        let mut requests = self.requests.clone();
        requests.ready().await.unwrap();
        let answer = requests.send_request(request.unwrap()).await.unwrap();
        answer.status().as_u16()
    }
}
