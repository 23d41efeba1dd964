//! What the page on security calls a proof is there: a test, a file of tests, or a chore.

use super::{File, docs, sources};

const PAGE: &str = "docs/security.md";

/// The heading of the last column of the tables that are read.
const COLUMN: &str = "tests";

pub(super) fn check(files: &[File]) -> Vec<String> {
    let page = files.iter().find(|file| file.path == PAGE);
    let rows = page.map(|page| rows(&page.text)).unwrap_or_default();
    if rows.is_empty() {
        return vec![format!("{PAGE} must have a table with a column `{COLUMN}`")];
    }
    let chores = docs::chores(files);
    rows.iter()
        .flat_map(|row| missing(row, files, &chores))
        .collect()
}

fn missing(row: &Row<'_>, files: &[File], chores: &[String]) -> Vec<String> {
    let mut names = row.proofs.split('`').skip(1).step_by(2).peekable();
    if names.peek().is_none() && !row.proofs.starts_with("none") {
        return vec![format!(
            "{PAGE}: `{}` needs a test, or `none` and why",
            row.name
        )];
    }
    names
        .filter(|name| !is_there(name, files, chores))
        .map(|name| format!("{PAGE} names `{name}`, which is gone"))
        .collect()
}

/// What is defended against, and what proves it.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    name: &'a str,
    proofs: &'a str,
}

fn rows(markdown: &str) -> Vec<Row<'_>> {
    let mut is_wanted = None;
    let mut rows = Vec::new();
    for line in markdown.lines() {
        let Some(cells) = line.strip_prefix('|').and_then(|row| row.strip_suffix('|')) else {
            is_wanted = None;
            continue;
        };
        let name = cells.split('|').next().unwrap_or_default().trim();
        let proofs = cells.rsplit('|').next().unwrap_or_default().trim();
        match is_wanted {
            None => is_wanted = Some(proofs == COLUMN),
            Some(true) if !name.starts_with("--") => rows.push(Row { name, proofs }),
            Some(_) => {}
        }
    }
    rows
}

fn is_there(name: &str, files: &[File], chores: &[String]) -> bool {
    if let Some(chore) = name.strip_prefix("cargo xtask ") {
        return chores.iter().any(|each| each == chore);
    }
    if name.contains('/') {
        return files.iter().any(|file| file.path == name);
    }
    files
        .iter()
        .filter(|file| sources::is_rust(file))
        .flat_map(|file| test_names(&file.text))
        .any(|each| each == name)
}

/// What the clauses take that every store is tested by.
const CLAUSES: [&str; 3] = ["(subject: Subject)", "(archive: Archive)", "(fresh: Fresh)"];

/// Returns the functions whose attributes say that they are tests, and the clauses.
fn test_names(source: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        let name = line
            .split_once("fn ")
            .and_then(|(_, rest)| rest.split('(').next());
        let is_clause = CLAUSES.iter().any(|clause| line.contains(clause));
        names.extend(name.filter(|_| is_test || is_clause));
        let is_test_line = line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        is_test = is_test_line || is_test && line.starts_with("#[");
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    const HEAD: &str = "| attack | tests |\n|---|---|\n";

    fn findings(row: &str) -> Vec<String> {
        check(&[
            file(PAGE, &format!("{HEAD}{row}\n")),
            file(
                "crates/a/tests/b.rs",
                "#[tokio::test]\n#[cfg(unix)]\nasync fn is_refused() {}\n\nfn helper() {}\n",
            ),
            file(
                "crates/a/src/clauses.rs",
                "pub async fn opens_once(subject: Subject) {\n",
            ),
            file(
                "xtask/src/main.rs",
                "enum Chore {\n    /// Tries it\n    Timing {\n    },\n}\n",
            ),
        ])
    }

    #[test]
    fn what_is_there_is_left_alone() {
        for proofs in [
            "`is_refused`",
            "`opens_once`, here",
            "`crates/a/tests/b.rs`",
            "`cargo xtask timing`",
            "none: it cannot be tried",
        ] {
            assert_eq!(findings(&format!("| A1 | {proofs} |")), [""; 0], "{proofs}");
        }
    }

    #[test]
    fn what_is_gone_or_never_was_a_test_is_found() {
        for name in [
            "is_accepted",
            "helper",
            "crates/a/tests/c.rs",
            "cargo xtask bench",
        ] {
            assert_eq!(
                findings(&format!("| A1 | `is_refused`, `{name}` |")),
                [format!("docs/security.md names `{name}`, which is gone")]
            );
        }
    }

    #[test]
    fn a_row_without_a_proof_is_found() {
        assert_eq!(
            findings("| A1 | later |"),
            ["docs/security.md: `A1` needs a test, or `none` and why"]
        );
    }

    #[test]
    fn other_tables_are_left_alone_and_the_page_needs_one() {
        let other = file(PAGE, "| metric | do |\n|---|---|\n| `a` | look |\n");
        assert_eq!(
            check(&[other]),
            ["docs/security.md must have a table with a column `tests`"]
        );
    }
}
