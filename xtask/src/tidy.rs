//! The rules of the house that no compiler knows, over the files that git tracks or would.

mod docs;
mod limits;
mod manifests;
mod proofs;
mod sources;

use std::fs;
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
    let files = files()?;
    let members = members()?;
    let mut findings = sources::check(&files);
    findings.extend(manifests::check(&files));
    findings.extend(docs::check(&files, &members));
    findings.extend(proofs::check(&files));
    findings.extend(limits::check(&files)?);
    Ok(findings)
}

/// Reads all files that are text.
fn files() -> Result<Vec<File>> {
    // In a container the checkout may belong to another user. Listing its files runs nothing of it.
    let mut list = Command::new("git");
    list.args(["-c", "safe.directory=*", "ls-files", "-z"]);
    list.args(["--cached", "--others", "--exclude-standard"]);
    let list = output(&mut list)?;
    let paths = list.split_terminator('\0');
    // A file that was deleted but not yet committed is still listed; a picture is not text.
    let files = paths.filter_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        let path = path.to_owned();
        Some(File { path, text })
    });
    Ok(files.collect())
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
