//! Rules for single files.

use std::path::Path;

use super::{File, lines};
use crate::services::Service;

/// This file names what it forbids.
const RULE_BOOK: &str = "xtask/src/tidy/sources.rs";

const UNFINISHED: [&str; 3] = ["#[ignore", "todo!(", "unimplemented!("];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 4] = ["/home/", "/root/", "/Users/", r"C:\Users"];

/// Where packages come from is a setting of each machine, not of the project.
const REGISTRIES: [&str; 6] = [
    "crates.io",
    "pypi.org",
    "pythonhosted.org",
    "npmjs.org",
    "npmjs.com",
    "debian.org/debian",
];

pub(super) fn check(files: &[File]) -> Vec<String> {
    let files = files.iter().filter(|file| file.path != RULE_BOOK);
    files
        .flat_map(|file| {
            [
                module_doc(file),
                module_name(file),
                unfinished(file),
                servers_in_tests(file),
                machine_paths(file),
                registries(file),
            ]
        })
        .flatten()
        .collect()
}

/// Each source file begins with one line that says what it is for.
fn module_doc(file: &File) -> Vec<String> {
    if is_rust(file) && file.path.contains("/src/") && !file.text.starts_with("//! ") {
        return vec![format!("{} must begin with a line `//! …`", file.path)];
    }
    Vec::new()
}

/// A module is `foo.rs` with `foo/bar.rs`.
fn module_name(file: &File) -> Vec<String> {
    if file.path.ends_with("/mod.rs") {
        let folder = file.path.trim_end_matches("/mod.rs");
        return vec![format!("{} must be {folder}.rs", file.path)];
    }
    Vec::new()
}

/// A test that does not run, or a function that is not there yet, is a promise in the wrong place.
fn unfinished(file: &File) -> Vec<String> {
    if is_rust(file) {
        found(file, &UNFINISHED, |_| true)
    } else {
        Vec::new()
    }
}

/// A test that needs a server is an integration test: so `cargo xtask ci --without` can leave it out by name.
fn servers_in_tests(file: &File) -> Vec<String> {
    if is_rust(file) && file.path.contains("/src/") && !file.path.starts_with("xtask/") {
        let variables = Service::ALL.map(Service::variables).concat();
        found(file, &variables, |_| true)
    } else {
        Vec::new()
    }
}

fn machine_paths(file: &File) -> Vec<String> {
    // `target/home/x` and `https://a.example/home/x` are no paths from the root.
    let is_inside = |before: char| before.is_ascii_alphanumeric() || "_-./~$}*".contains(before);
    found(file, &MACHINE_PATHS, |before| !before.ends_with(is_inside))
}

fn registries(file: &File) -> Vec<String> {
    if file.path.ends_with("Cargo.lock") {
        return Vec::new();
    }
    found(file, &REGISTRIES, |_| true)
}

pub(super) fn is_rust(file: &File) -> bool {
    Path::new(&file.path)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

/// Finds lines with one of `words`, where what stands before the word allows it to count.
fn found(file: &File, words: &[&str], counts: impl Fn(&str) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in lines(&file.text) {
        for word in words {
            let mut places = line.match_indices(word);
            if places.any(|(at, _)| counts(line.get(..at).unwrap_or_default())) {
                findings.push(format!(
                    "{}:{number}: `{word}` has no place here",
                    file.path
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        check(&[file(path, text)])
    }

    #[test]
    fn a_good_file_is_left_alone() {
        let text = "//! What it is for.\nconst A: &str = \"target/root/x, ~/home/ and a.example/home/\";\n";
        assert_eq!(findings("crates/otp-web/src/a.rs", text), [""; 0]);
        assert_eq!(
            findings("crates/otp-web/tests/a.rs", "// OTP_TEST_SMTP_URL\n"),
            [""; 0]
        );
    }

    #[test]
    fn a_file_without_a_word_about_itself_is_found() {
        assert_eq!(
            findings("crates/otp-web/src/a.rs", "use std::fs;\n"),
            ["crates/otp-web/src/a.rs must begin with a line `//! …`"]
        );
    }

    #[test]
    fn the_old_style_of_modules_is_found() {
        assert_eq!(
            findings("crates/otp-web/tests/support/mod.rs", ""),
            ["crates/otp-web/tests/support/mod.rs must be crates/otp-web/tests/support.rs"]
        );
    }

    #[test]
    fn what_is_not_finished_is_found() {
        let text =
            "#[ignore = \"later\"]\nfn a() {\n    todo!()\n}\nfn b() { unimplemented!(); }\n";
        assert_eq!(
            findings("crates/otp-web/tests/a.rs", text),
            [
                "crates/otp-web/tests/a.rs:1: `#[ignore` has no place here",
                "crates/otp-web/tests/a.rs:3: `todo!(` has no place here",
                "crates/otp-web/tests/a.rs:5: `unimplemented!(` has no place here",
            ]
        );
        assert_eq!(findings("docs/a.md", text), [""; 0]);
    }

    #[test]
    fn a_server_in_a_unit_test_is_found() {
        assert_eq!(
            findings("crates/a/src/b.rs", "//! B.\n// OTP_TEST_SMTP_URL\n"),
            ["crates/a/src/b.rs:2: `OTP_TEST_SMTP_URL` has no place here"]
        );
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for text in [
            "see /home/ada/x",
            "\"/root/x\"",
            "(/root/x)",
            "file:/Users/x",
        ] {
            assert_eq!(findings("docs/a.md", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn hosts_of_registries_are_found_but_in_the_lock_file() {
        let text = "source = \"registry+https://index.crates.io/\"\n";
        assert_eq!(findings("Cargo.lock", text), [""; 0]);
        assert_eq!(
            findings("deny.toml", text),
            ["deny.toml:1: `crates.io` has no place here"]
        );
    }
}
