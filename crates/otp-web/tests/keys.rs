//! Keys and the epoch as an operator changes them: the real binary in an empty folder.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// An empty folder, and the settings that each run there has.
struct Folder {
    directory: TempDir,
    settings: Vec<(&'static str, String)>,
}

impl Folder {
    fn new(settings: Vec<(&'static str, String)>) -> Self {
        let directory = TempDir::new().expect("a folder");
        Self {
            directory,
            settings,
        }
    }

    fn development() -> Self {
        Self::new(vec![("OTP_PROFILE", "development".to_owned())])
    }

    /// A folder in the production profile, with a fresh key.
    fn production() -> Self {
        let mut folder = Self::new(Vec::new());
        let key = folder.done(&["keys", "generate"]).trim().to_owned();
        folder.settings = vec![
            ("OTP_PUBLIC_URL", "https://a.example".to_owned()),
            ("OTP_KEYS", key),
        ];
        folder.done(&["migrate", "up"]);
        folder
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// Runs a command and returns whether it ended well, what it printed, and what it said on stderr.
    fn run(&self, arguments: &[&str]) -> (bool, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_otp"))
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .expect("the binary");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (
            output.status.success(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    fn done(&self, arguments: &[&str]) -> String {
        let (done, printed, said) = self.run(arguments);
        assert!(done, "{arguments:?}: {said}");
        printed
    }

    /// Issues a code and returns its id and itself.
    fn create(&self) -> (String, String) {
        let created = self.done(&[
            "create",
            "--email",
            "test@example.com",
            "--show-code",
            "--json",
        ]);
        let created: Value = serde_json::from_str(&created).expect("JSON");
        let text = |name: &str| created[name].as_str().expect("a text").to_owned();
        (text("id"), text("code"))
    }

    /// Lists the keys as `id state`.
    fn keys(&self) -> Vec<String> {
        let listed = self.done(&["keys", "list", "--json"]);
        let listed: Value = serde_json::from_str(&listed).expect("JSON");
        let keys = listed.as_array().expect("a list").iter();
        keys.map(|key| {
            let text = |name: &str| key[name].as_str().expect("a text").to_owned();
            format!("{} {}", text("id"), text("state"))
        })
        .collect()
    }

    fn opens(&self, (id, code): &(String, String)) -> bool {
        self.run(&["verify", "--id", id, "--code", code]).0
    }

    /// Puts the backup in the place of the database, as `otp backup` says.
    fn restore(&self, backup: &str) {
        for file in ["var/otp.sqlite3-wal", "var/otp.sqlite3-shm"] {
            let _ = std::fs::remove_file(self.path(file));
        }
        std::fs::copy(self.path(backup), self.path("var/otp.sqlite3")).expect("a copy");
    }
}

fn is_private(file: &Path) -> bool {
    let mode = std::fs::metadata(file)
        .expect("a file")
        .permissions()
        .mode();
    mode & 0o777 == 0o600
}

#[test]
fn a_code_that_a_restored_backup_revives_is_dead_in_the_next_epoch() {
    let folder = Folder::development();
    let code = folder.create();
    folder.done(&["backup", "yesterday"]);
    assert!(folder.opens(&code) && !folder.opens(&code));
    folder.restore("yesterday");
    assert!(folder.opens(&code), "a backup alone brings it back");
    folder.restore("yesterday");
    assert_eq!(folder.done(&["keys", "bump-epoch"]), "OTP_EPOCH=1\n");
    assert!(!folder.opens(&code));
    assert!(folder.opens(&folder.create()), "new codes open");
    assert_eq!(folder.done(&["keys", "bump-epoch"]), "OTP_EPOCH=2\n");
    assert!(is_private(&folder.path("var/otp.epoch")));
}

/// A9: two services with the same keys, each asked eight times at once: what they draw has nothing in common.
#[test]
fn processes_with_the_same_keys_draw_nothing_alike() {
    let (first, mut second) = (Folder::production(), Folder::production());
    second.settings.clone_from(&first.settings);
    let created: Vec<(String, String)> = std::thread::scope(|scope| {
        let runs: Vec<_> = [&first, &second]
            .repeat(8)
            .into_iter()
            .map(|folder| scope.spawn(|| folder.create()))
            .collect();
        let created = runs.into_iter().map(|run| run.join().expect("a code"));
        created.collect()
    });
    let ids = created
        .iter()
        .map(|(id, _)| id.parse::<uuid::Uuid>().expect("an id").as_u128());
    let ids: Vec<u128> = ids.collect();
    for (place, one) in ids.iter().enumerate() {
        for other in &ids[..place] {
            // Of 122 random bits fewer differ once in a thousand million runs.
            assert!((one ^ other).count_ones() > 24, "{one:x} {other:x}");
        }
    }
    let mut codes: Vec<&String> = created.iter().map(|(_, code)| code).collect();
    codes.sort_unstable();
    codes.dedup();
    // Of a million codes two of sixteen are the same once in eight thousand runs, and three hardly ever.
    assert!(codes.len() >= created.len() - 1, "{codes:?}");
}

#[test]
fn an_epoch_in_the_settings_is_told_and_not_kept() {
    let mut folder = Folder::production();
    let code = folder.create();
    for said in ["OTP_EPOCH=1\n", "OTP_EPOCH=1\n"] {
        assert_eq!(folder.done(&["keys", "bump-epoch"]), said);
    }
    assert!(!folder.path("var/otp.epoch").exists());
    folder.settings.push(("OTP_EPOCH", "1".to_owned()));
    assert!(!folder.opens(&code));
    assert_eq!(folder.done(&["keys", "bump-epoch"]), "OTP_EPOCH=2\n");
    folder.settings.push(("OTP_EPOCH", u64::MAX.to_string()));
    let (done, printed, said) = folder.run(&["keys", "bump-epoch"]);
    assert!(!done && printed.is_empty(), "{printed}");
    assert!(said.contains("rotate the keys"), "{said}");
}

#[test]
fn an_epoch_that_cannot_be_read_is_named() {
    let folder = Folder::development();
    folder.create();
    std::fs::write(folder.path("var/otp.epoch"), "two").expect("a file");
    let (done, _, said) = folder.run(&["create", "--email", "test@example.com"]);
    assert!(!done && said.contains("var/otp.epoch"), "{said}");
}

#[test]
fn a_rotation_in_development_is_kept_and_old_codes_open() {
    let folder = Folder::development();
    let code = folder.create();
    let first = folder.keys();
    assert_eq!(first.len(), 1);
    assert_eq!(folder.done(&["keys", "rotate"]), "");
    let keys = folder.keys();
    let old = first[0].replace("current", "older");
    assert!(keys.len() == 2 && keys[1] == old, "{keys:?}");
    assert!(folder.opens(&code) && folder.opens(&folder.create()));
    assert!(is_private(&folder.path("var/otp.keys")));
    for _ in 3..=8 {
        folder.done(&["keys", "rotate"]);
    }
    let full = folder.keys();
    let (done, _, said) = folder.run(&["keys", "rotate"]);
    assert!(!done && said.contains("more than 8 keys"), "{said}");
    assert_eq!(folder.keys(), full, "a refused rotation changes nothing");
}

#[test]
fn a_rotation_in_two_steps_prints_the_ring_to_set() {
    let mut folder = Folder::production();
    let code = folder.create();
    let set = |folder: &mut Folder, arguments: &[&str]| {
        let ring = folder.done(arguments);
        assert_eq!(ring.lines().count(), 1, "only what OTP_KEYS takes");
        folder.settings.push(("OTP_KEYS", ring.trim().to_owned()));
        folder.keys()
    };
    let announced = set(&mut folder, &["keys", "rotate", "--announce"]);
    let states = |keys: &[String]| -> Vec<String> {
        let states = keys.iter().filter_map(|key| key.split(' ').nth(1));
        states.map(str::to_owned).collect()
    };
    assert_eq!(states(&announced), ["current", "next"]);
    let rotated = set(&mut folder, &["keys", "rotate"]);
    assert_eq!(states(&rotated), ["current", "older"]);
    let id = |key: &String| key.split(' ').next().map(str::to_owned);
    assert_eq!(id(&rotated[0]), id(&announced[1]), "the announced key");
    assert!(folder.opens(&code));
    assert!(!folder.path("var/otp.keys").exists());
}

#[test]
fn a_key_that_has_ended_is_listed_and_named_by_the_checklist() {
    let mut folder = Folder::production();
    let now = folder.settings[1].1.clone();
    let [(id, old), (oldest_id, oldest)] = ["a", "b"].map(|suffix| {
        let key = folder.done(&["keys", "generate"]);
        let (id, secret) = key.trim().split_once(':').expect("a key");
        let id = format!("{id}{suffix}");
        (id.clone(), format!("{id}@2026-01-01:{secret}"))
    });
    let ring = format!("{now},{old},{oldest}");
    folder.settings.push(("OTP_KEYS", ring));
    let listed = [format!("{id} ended"), format!("{oldest_id} names")];
    assert_eq!(folder.keys()[1..], listed);
    let (_, said, _) = folder.run(&["check"]);
    let line = said
        .lines()
        .find(|line| line.contains(" keys "))
        .expect("a line");
    assert!(line.contains(&format!("{id} has ended")), "{line}");
    assert!(!line.contains(&oldest_id), "{line}");
}
