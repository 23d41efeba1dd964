//! The rules of the house that no compiler knows, over the files that git tracks or would.

mod docs;
mod limits;
mod manifests;
mod proofs;
mod root;
mod sources;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::output;
use crate::workspace::members;

/// A text file of the project.
#[derive(Debug, Clone)]
struct File {
    /// From the root of the workspace, with `/`.
    path: String,
    text: String,
}

/// Checks everything; returns what is wrong.
pub(crate) fn check() -> Result<Vec<String>> {
    let paths = paths()?;
    let files = files(&paths);
    let members = members()?;
    let mut findings = root::check(&paths);
    findings.extend(sources::check(&files));
    findings.extend(manifests::check(&files));
    findings.extend(docs::check(&files, &members));
    findings.extend(proofs::check(&files));
    findings.extend(limits::check(&files)?);
    Ok(findings)
}

/// Lists the files that git tracks or would.
fn paths() -> Result<Vec<String>> {
    // In a container the checkout may belong to another user. Listing its files runs nothing of it.
    let mut list = Command::new("git");
    list.args(["-c", "safe.directory=*", "ls-files", "-z"]);
    list.args(["--cached", "--others", "--exclude-standard"]);
    let list = output(&mut list)?;
    // A file that was deleted but not yet committed is still listed.
    let there = list
        .split_terminator('\0')
        .filter(|path| Path::new(path).exists());
    Ok(there.map(str::to_owned).collect())
}

/// Reads those that are text.
fn files(paths: &[String]) -> Vec<File> {
    let read = |path: &String| {
        let text = fs::read_to_string(path).ok()?;
        let path = path.clone();
        Some(File { path, text })
    };
    paths.iter().filter_map(read).collect()
}

/// Numbers the lines of a text, from one.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().zip(1..).map(|(line, number)| (number, line))
}

#[cfg(test)]
fn file(path: &str, text: &str) -> File {
    File {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}
