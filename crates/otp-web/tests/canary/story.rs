//! One day of the real binary with everything written down: pages, API, administrator, typing errors, a lost database.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::collector::Collector;
use crate::needle::Needle;
use crate::person::Person;
use crate::process::Manager;

const API_KEY: &str = "canary-api-key-xwqzjk";
const CONTACTS: [&str; 3] = [
    "canary.person@canary.example",
    "canary.program@canary.example",
    "canary.waiting@canary.example",
];

/// Where a secret might have got to.
pub(crate) struct Evidence {
    /// What is seen of the service from outside and by its operator: log, output, metrics, traces.
    watched: Vec<(&'static str, Vec<u8>)>,
    answers: Vec<u8>,
    /// The database as files and as a dump.
    stored: Vec<(String, Vec<u8>)>,
    codes: Vec<Needle>,
    /// Cookies, API keys, key material.
    others: Vec<Needle>,
    contacts: Vec<Needle>,
}

impl Evidence {
    /// Secrets are nowhere, and contacts only where they are stored and answered.
    pub(crate) fn tells_no_secret(&self) {
        let mut found = Vec::new();
        let mut search = |needles: &[&[Needle]], name: &str, place: &[u8]| {
            assert!(!place.is_empty(), "{name} is empty");
            let hits = needles
                .iter()
                .flat_map(|needles| needles.iter())
                .filter_map(|needle| needle.find(place));
            found.extend(hits.map(|hit| format!("{hit} in {name}")));
        };
        for (name, place) in &self.watched {
            search(&[&self.codes, &self.others, &self.contacts], name, place);
        }
        for (name, place) in &self.stored {
            search(&[&self.codes, &self.others], name, place);
        }
        search(&[&self.codes, &self.others], "an answer", &self.answers);
        assert!(found.is_empty(), "{}", found.join("\n"));
        // The search does find what is there.
        let stored: Vec<u8> = self
            .stored
            .iter()
            .flat_map(|(_, place)| place.iter().copied())
            .collect();
        for contact in &self.contacts {
            assert!(contact.find(&stored).is_some(), "the dump holds no contact");
        }
    }
}

/// What one run works with.
struct Place {
    manager: Manager,
    settings: Vec<(&'static str, String)>,
}

impl Place {
    fn new(database: &str, collector: &str) -> Self {
        let manager = Manager::new();
        let database = database.replace("FOLDER", &manager.path("").display().to_string());
        let settings = vec![
            ("OTP_DATABASE__URL", database),
            ("OTP_KEYS", format!("canary:{}", key())),
            ("OTP_API__KEYS", API_KEY.to_owned()),
            (
                "OTP_MAIL__URL",
                format!("file:{}", manager.path("mail").display()),
            ),
            ("OTP_LOG__LEVEL", "trace".to_owned()),
            ("OTP_TRACES__ENDPOINT", collector.to_owned()),
            // Long, so that no other number happens to be the same.
            ("OTP_POLICY__LOGIN__LENGTH", "13".to_owned()),
        ];
        Self { manager, settings }
    }

    /// Makes an API key that is stored, and returns it in full.
    fn stored_key(&self) -> String {
        let made = self.otp(&["api-key", "create", "--name", "canary", "--scope", "admin"]);
        let printed = String::from_utf8(made.stdout).unwrap();
        let key = printed
            .split_whitespace()
            .find(|word| word.starts_with("otpk_"));
        key.expect("a key").to_owned()
    }

    /// Reads the files of the database, where it has some: with SQLite, also what is not yet in the main one.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.manager.path("")).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if name.starts_with("canary.sqlite3") {
                files.push((name, fs::read(entry.path()).unwrap()));
            }
        }
        files
    }

    fn otp(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otp"));
        command
            .args(arguments)
            .current_dir(self.manager.path(""))
            .env_clear();
        // The servers' own programs make the dumps.
        command
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("OTP_PROFILE", "development");
        let output = command
            .envs(self.settings.iter().cloned())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?} {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }

    /// Waits for the mail to this contact, and returns its code: thirteen digits alone on a line,
    /// in groups.
    async fn code(&self, contact: &str) -> String {
        let is_code =
            |line: &String| line.len() == 13 && line.bytes().all(|byte| byte.is_ascii_digit());
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(20) {
            for entry in fs::read_dir(self.manager.path("mail"))
                .into_iter()
                .flatten()
                .flatten()
            {
                let text = fs::read_to_string(entry.path()).unwrap_or_default();
                if text.contains(&format!("To: {contact}\r\n")) {
                    let mut lines = text.lines().map(|line| line.replace(' ', ""));
                    return lines.find(is_code).expect("a code");
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no mail to {contact}");
    }
}

/// Lives through the day on this database, whose dump is read by `read_dump`.
pub(crate) async fn told_on(url: &str, read_dump: impl Fn(&Path) -> Vec<u8>) -> Evidence {
    let collector = Collector::listen();
    let place = Place::new(url, &format!("http://{}", collector.address));
    let pairs: Vec<(&str, &str)> = place
        .settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let service = tokio::task::block_in_place(|| place.manager.start(&pairs));
    let stored_key = place.stored_key();
    let mut person = Person::at(place.manager.url(""));

    let mut codes = vec![sign_in(&place, &mut person).await];
    look_around(&mut person, &stored_key).await;
    codes.extend(call_the_api(&place, &mut person).await);
    let (status, metrics) = person.look(API_KEY, "/metrics").await;
    assert_eq!(status, 200);
    let mut stored = place.files();
    place.otp(&["backup", "dump"]);
    stored.push((
        "the dump".to_owned(),
        read_dump(&place.manager.path("dump")),
    ));
    lose_the_database(&place, &mut person, &codes).await;

    let (printed, logged) = tokio::task::block_in_place(|| service.stop());
    assert!(logged.contains("ERROR"), "{logged}");
    let mut spans = Vec::new();
    while let Ok((_, body)) = collector.received.recv_timeout(Duration::from_millis(500)) {
        spans.extend(body);
    }
    let cookies = ["otp_browser", "otp_session", "otp_device", "otp_admin"]
        .map(|name| Needle::token(name, &person.cookies[name]));
    let (_, secret) = stored_key["otpk_".len()..].split_once('_').unwrap();
    let keys = [
        Needle::text("the API key", API_KEY),
        Needle::token("a stored API key", secret),
        Needle::token("the key", &key()),
    ];
    Evidence {
        watched: vec![
            ("the output", (printed + " ").into_bytes()),
            ("the log", logged.into_bytes()),
            ("the metrics", metrics.into_bytes()),
            ("a span", spans),
        ],
        answers: person.answers,
        stored,
        codes: codes
            .iter()
            .map(|code| Needle::text("a code", code))
            .collect(),
        others: cookies.into_iter().chain(keys).collect(),
        contacts: CONTACTS
            .map(|contact| Needle::text("a contact", contact))
            .into(),
    }
}

/// The key of the ring, as it is configured.
fn key() -> String {
    URL_SAFE_NO_PAD.encode(std::array::from_fn::<u8, 32, _>(|n| {
        u8::try_from(n * 37 % 251).unwrap()
    }))
}

/// A person asks for a code, mistypes it, asks again too soon, and signs in.
async fn sign_in(place: &Place, person: &mut Person) -> String {
    let [contact, ..] = CONTACTS;
    let fields = [("contact_type", "email"), ("contact_value", contact)];
    assert_eq!(person.fill("/otp/request/", &fields).await.0, 303);
    let code = place.code(contact).await;
    assert_eq!(
        person
            .fill("/otp/verify/", &[("otp_code", "1234567890123")])
            .await
            .0,
        422
    );
    assert_eq!(
        person
            .submit("/otp/verify/", &[("otp_code", &(code.clone() + "1"))])
            .await
            .0,
        422
    );
    assert_eq!(person.submit("/otp/resend/", &[]).await.0, 429);
    assert_eq!(
        person
            .submit("/otp/verify/", &[("otp_code", &code)])
            .await
            .0,
        303
    );
    assert_eq!(person.open("/otp/done/").await.0, 200);
    code
}

/// An administrator mistypes a key, and signs in.
async fn look_around(person: &mut Person, key: &str) {
    assert_eq!(
        person
            .fill("/otp/admin/login/", &[("api_key", "canary-wrong")])
            .await
            .0,
        422
    );
    assert_eq!(
        person
            .submit("/otp/admin/login/", &[("api_key", key)])
            .await
            .0,
        303
    );
    assert_eq!(person.open("/otp/admin/").await.0, 200);
}

/// A program has two codes sent, makes every mistake with both, and uses the first, twice.
async fn call_the_api(place: &Place, person: &mut Person) -> [String; 2] {
    let [_, used, waiting] = CONTACTS;
    let mut codes = [used.to_owned(), waiting.to_owned()];
    for slot in &mut codes {
        let body = json!({ "contact_type": "email", "contact_value": slot });
        let (status, issued) = person.call(API_KEY, "/api/v1/otps", &body).await;
        assert_eq!(status, 201, "{issued}");
        let code = place.code(slot).await;
        let path = format!("/api/v1/otps/{}/verify", issued["id"].as_str().unwrap());
        let right = json!({ "otp_code": code });
        assert_eq!(person.call("canary-wrong-key", &path, &right).await.0, 401);
        let surplus = json!({ "otp_code": code, "x": code });
        assert_eq!(person.call(API_KEY, &path, &surplus).await.0, 400);
        if slot == used {
            assert_eq!(person.call(API_KEY, &path, &right).await.0, 200);
            assert_eq!(person.call(API_KEY, &path, &right).await.0, 410);
        }
        *slot = code;
    }
    codes
}

/// The tables go while people are at it: each way fails in the middle.
async fn lose_the_database(place: &Place, person: &mut Person, codes: &[String]) {
    place.otp(&["migrate", "down", "--to", "zero"]);
    let [on_page, _, waiting] = CONTACTS;
    let fields = [("contact_type", "email"), ("contact_value", on_page)];
    let body = json!({ "contact_type": "email", "contact_value": waiting, "otp_code": codes[2] });
    for status in [
        person
            .submit("/otp/verify/", &[("otp_code", &codes[0])])
            .await
            .0,
        person.submit("/otp/request/", &fields).await.0,
        person.open("/otp/done/").await.0,
        person.call(API_KEY, "/api/v1/verify", &body).await.0,
    ] {
        assert!(status >= 500, "{status}");
    }
}
