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
