//! Feeds every parser with bytes that libFuzzer makes up, guided by what they reach.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::host::cargo;
use crate::process::{Running, output};
use crate::workspace::target_directory;

/// The program, which is no member of the workspace; each folder in its corpus is a target.
const CRATE: &str = "crates/fuzz";
/// The instrumentation that `cargo fuzz` asks nightly for; the stable compiler has it under the names of LLVM.
/// No sanitizer: there is no unsafe code of ours for it to watch.
const INSTRUMENTED: &str = "--cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Up to so many seconds, a run is one of ci.
const SHORT: u32 = 60;

/// Builds once, and runs each target for its share of `seconds`.
pub(crate) fn run(seconds: u32) -> Result<()> {
    let place = target_directory()?.join("fuzz");
    let program = build(&place)?;
    let targets = targets()?;
    let share = share(seconds, targets.len());
    for target in &targets {
        println!("\n==> {target}, {share} s");
        let found = place.join("corpus").join(target);
        let artifacts = place.join("artifacts");
        fs::create_dir_all(&found).and_then(|()| fs::create_dir_all(&artifacts))?;
        let mut command = Command::new(&program);
        command
            .env("OTP_FUZZ_TARGET", target)
            // The first folder takes what is found; what is kept stays as it is.
            .args([
                found.as_path(),
                &Path::new(CRATE).join("corpus").join(target),
            ])
            .arg(format!("-max_total_time={share}"))
            .arg(format!(
                "-artifact_prefix={}/{target}-",
                artifacts.display()
            ))
            .args([
                "-timeout=10",
                "-rss_limit_mb=2048",
                "-max_len=4096",
                "-print_final_stats=1",
                "-verbosity=0",
            ]);
        if seconds <= SHORT {
            // The same bytes each time: what is red is then about the change, and chance is for the long run.
            command.args(["-seed=1", "-runs=1000"]);
        }
        let status = Running::start(&mut command)?.wait()?;
        ensure!(
            status.success(),
            "{target} broke; its bytes are in {}: mend it, and keep them in {CRATE}/corpus/{target}",
            artifacts.display()
        );
    }
    Ok(())
}

fn build(place: &Path) -> Result<std::path::PathBuf> {
    // Named, so that build scripts and macros, which run here and now, stay without instrumentation.
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc names no host")?;
    let mut command = cargo(&[
        "build",
        "--locked",
        "--manifest-path",
        &format!("{CRATE}/Cargo.toml"),
    ]);
    command
        .args(["--target", host, "--target-dir"])
        .arg(place)
        .env("RUSTFLAGS", INSTRUMENTED);
    let status = Running::start(&mut command)?.wait()?;
    ensure!(
        status.success(),
        "the fuzz targets do not build; when dependencies have changed, `cargo update --workspace --manifest-path {CRATE}/Cargo.toml` first"
    );
    Ok(place.join(host).join("debug/otp-fuzz"))
}

fn targets() -> Result<Vec<String>> {
    let folder = Path::new(CRATE).join("corpus");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut targets = names.collect::<Result<Vec<_>>>()?;
    targets.sort_unstable();
    ensure!(!targets.is_empty(), "{} holds no target", folder.display());
    Ok(targets)
}

/// Each target has a second at least: zero would mean for ever.
fn share(seconds: u32, targets: usize) -> u32 {
    (seconds / u32::try_from(targets).unwrap_or(u32::MAX).max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_target_runs_for_ever() {
        assert_eq!(share(60, 10), 6);
        assert_eq!(share(3, 10), 1);
        assert_eq!(share(0, 0), 1);
    }

    #[test]
    fn every_kept_corpus_is_a_target_and_the_other_way_round() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(CRATE);
        let source = fs::read_to_string(root.join("src/main.rs")).unwrap();
        let table = source.split("const TARGETS").nth(1).unwrap();
        let table = table.split("];").next().unwrap();
        let mut named: Vec<&str> = table
            .split("(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        named.sort_unstable();
        let mut kept: Vec<String> = fs::read_dir(root.join("corpus"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        kept.sort_unstable();
        assert_eq!(named, kept);
    }
}
