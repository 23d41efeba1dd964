//! The page of limits says what the program says.

use std::process::Command;

use anyhow::Result;

use super::File;
use crate::host::cargo;
use crate::process::output;
use crate::workspace::target_directory;

const PAGE: &str = "docs/limits.md";

/// Asks the program, in a folder without `otp.toml` and without any environment, so that it tells its defaults.
pub(super) fn check(files: &[File]) -> Result<Vec<String>> {
    output(&mut cargo(&[
        "build",
        "--quiet",
        "--locked",
        "--package=otp-web",
    ]))?;
    let empty = tempfile::tempdir()?;
    let mut explain = Command::new(target_directory()?.join("debug/otp"));
    explain.args(["policy", "explain", "--markdown"]);
    explain.env_clear().current_dir(empty.path());
    Ok(drift(files, &output(&mut explain)?))
}

fn drift(files: &[File], told: &str) -> Vec<String> {
    let page = files.iter().find(|file| file.path == PAGE);
    if page.is_some_and(|page| page.text == told) {
        return Vec::new();
    }
    vec![format!(
        "{PAGE} is not what the program tells; without `otp.toml` and `OTP_…`, write it anew: \
         cargo run --quiet -- policy explain --markdown > {PAGE}"
    )]
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::super::file;
    use super::*;

    #[test]
    fn a_page_that_drifted_or_is_gone_is_found() {
        let page = file(PAGE, "five an hour\n");
        assert_eq!(drift(slice::from_ref(&page), "five an hour\n"), [""; 0]);
        assert_eq!(drift(&[page], "six an hour\n").len(), 1);
        assert_eq!(drift(&[], "five an hour\n").len(), 1);
    }
}
