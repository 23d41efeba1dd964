//! The docs name everything that a person touches, and nothing that is gone.

use std::collections::BTreeSet;

use toml::Table;

use super::{File, manifests};
use crate::workspace::Member;

type Names = BTreeSet<String>;

pub(super) fn check(files: &[File], members: &[Member]) -> Vec<String> {
    let project = Project(files);
    [
        crates(&project, members),
        dependencies(&project),
        settings(&project),
        problems(&project),
        calls(&project),
        commands(&project),
    ]
    .concat()
}

fn crates(project: &Project<'_>, members: &[Member]) -> Vec<String> {
    let page = "docs/architecture.md";
    let names = members.iter().map(|member| format!("`{}`", member.name));
    lacks(page, project.page(page), names)
}

fn dependencies(project: &Project<'_>) -> Vec<String> {
    let page = "docs/dependencies.md";
    let manifest: Table = project.page("Cargo.toml").parse().unwrap_or_default();
    let others = manifests::shared(&manifest).filter(|(_, value)| value.get("path").is_none());
    let there = others.map(|(name, _)| name.to_owned()).collect();
    compare(
        page,
        &there,
        &first_column(project.page(page), "dependency"),
    )
}

fn settings(project: &Project<'_>) -> Vec<String> {
    let page = "docs/configuration.md";
    let there = fields(&project.module("crates/otp-web/src/config"), "key");
    compare(page, &there, &first_column(project.page(page), "key"))
}

fn problems(project: &Project<'_>) -> Vec<String> {
    let there = fields(&project.module("crates/otp-web/src/problems"), "name");
    compare("docs/problems/", &there, &project.pages("docs/problems/"))
}

fn calls(project: &Project<'_>) -> Vec<String> {
    let page = "docs/http-api.md";
    let there = routes(&project.module("crates/otp-web/src/api"));
    compare(page, &there, &first_column(project.page(page), "call"))
}

fn commands(project: &Project<'_>) -> Vec<String> {
    let manuals = [
        project.page("README.md"),
        project.page("docs/operations.md"),
    ]
    .join("\n");
    let commands = variants(&project.module("crates/otp-web/src/cli"), "enum Command");
    let commands = commands.iter().map(|name| format!("otp {name}"));
    lacks("README.md or docs/operations.md", &manuals, commands)
}

/// Returns the chores of the project, as they are typed.
pub(super) fn chores(files: &[File]) -> Vec<String> {
    variants(&Project(files).module("xtask/src/main"), "enum Chore")
}

/// The files, by what they are.
struct Project<'a>(&'a [File]);

impl Project<'_> {
    /// Returns the text of a page; empty when there is none, so that all it should name is missing.
    fn page(&self, path: &str) -> &str {
        let page = self.0.iter().find(|file| file.path == path);
        page.map_or("", |page| page.text.as_str())
    }

    /// Returns the stems of the pages in a folder.
    fn pages(&self, folder: &str) -> Names {
        let names = self
            .0
            .iter()
            .filter_map(|file| file.path.strip_prefix(folder));
        let stems = names.filter_map(|name| name.strip_suffix(".md"));
        stems
            .filter(|stem| *stem != "README")
            .map(str::to_owned)
            .collect()
    }

    /// Joins the texts of a module, `{path}.rs`, and of the modules in it.
    fn module(&self, path: &str) -> String {
        let (file, folder) = (format!("{path}.rs"), format!("{path}/"));
        let is_of_module = |it: &&File| it.path == file || it.path.starts_with(&folder);
        let texts = self.0.iter().filter(is_of_module);
        texts.map(|file| file.text.as_str()).collect()
    }
}

/// Compares what there is with what a page names.
fn compare(page: &str, there: &Names, named: &Names) -> Vec<String> {
    let missing = there.difference(named);
    let gone = named.difference(there);
    missing
        .map(|name| format!("{page} must name `{name}`"))
        .chain(gone.map(|name| format!("{page} names `{name}`, which is gone")))
        .collect()
}

/// Finds the names that a page lacks.
fn lacks(page: &str, text: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    names
        .filter(|name| !text.contains(name.as_str()))
        .map(|name| format!("{page} must name {name}"))
        .collect()
}

/// Returns the texts of a field in Rust source: of `key: "a"`, the `a`.
fn fields(source: &str, field: &str) -> Names {
    let start = format!("{field}: \"");
    let places = source.match_indices(&start);
    places
        .filter(|(at, _)| {
            let before = source.get(..*at).unwrap_or_default();
            !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        })
        .filter_map(|(at, _)| source.get(at + start.len()..)?.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// Returns the calls of the API as a page writes them: of `path = "/a/:id", method = "get"`, `GET /api/v1/a/{id}`.
fn routes(source: &str) -> Names {
    let calls = source.split("#[oai(").skip(1);
    calls
        .filter_map(|call| {
            let (attributes, _) = call.split_once(")]")?;
            let text = |key: &str| attributes.split_once(key)?.1.split('"').next();
            let (path, method) = (text("path = \"")?, text("method = \"")?);
            let parts = path.split('/').map(|part| {
                part.strip_prefix(':')
                    .map_or_else(|| part.to_owned(), |name| format!("{{{name}}}"))
            });
            let path = parts.collect::<Vec<_>>().join("/");
            Some(format!("{} /api/v1{path}", method.to_uppercase()))
        })
        .collect()
}

/// Returns the variants of an enum, in the form of a command: `SendTest` is `send-test`.
fn variants(source: &str, name: &str) -> Vec<String> {
    let Some((_, body)) = source.split_once(&format!("{name} {{\n")) else {
        return Vec::new();
    };
    let body = body.lines().take_while(|line| !line.starts_with('}'));
    let names = body.filter_map(|line| {
        let line = line.strip_prefix("    ")?;
        let end = line
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(line.len());
        line.get(..end)
            .filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
    });
    names.map(kebab).collect()
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

/// Returns what stands in backticks in the first column of the tables whose first column is headed `header`.
fn first_column(markdown: &str, header: &str) -> Names {
    let mut is_wanted = None;
    let mut names = Names::new();
    for line in markdown.lines() {
        let Some(row) = line.trim().strip_prefix('|') else {
            is_wanted = None;
            continue;
        };
        let cell = row.split('|').next().unwrap_or_default().trim();
        match is_wanted {
            None => is_wanted = Some(cell == header),
            Some(true) => names.extend(cell.split('`').skip(1).step_by(2).map(str::to_owned)),
            Some(false) => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn project() -> Vec<File> {
        vec![
            file(
                "Cargo.toml",
                "[workspace.dependencies]\nchrono = \"0.4\"\nours = { path = \"x\" }",
            ),
            file("README.md", "Run `otp serve`."),
            file(
                "crates/otp-web/src/config.rs",
                "Setting { key: \"listen\", },",
            ),
            file(
                "crates/otp-web/src/config/keys.rs",
                "Setting { key: \"mail.url\" }, no_key: \"x\"",
            ),
            file(
                "crates/otp-web/src/problems.rs",
                "Problem { name: \"wrong-code\" }",
            ),
            file(
                "crates/otp-web/src/cli.rs",
                "enum Command {\n    /// Serves\n    Serve,\n    #[command(a)]\n    SendTest(SendTest),\n    \
                 Create {\n        To: A,\n    },\n}\nenum Other {\n    Thing,\n}",
            ),
            file(
                "crates/otp-web/src/api.rs",
                "#[oai(\n    path = \"/otps/:id\",\n    method = \"get\",\n)]\n#[oai(skip)] path = \"x\"",
            ),
            file(
                "docs/http-api.md",
                "| call |\n|---|\n| `GET /api/v1/otps/{id}` |",
            ),
            file("docs/architecture.md", "| `otp-web` |"),
            file(
                "docs/configuration.md",
                "| key | default |\n|---|---|\n| `listen`, `mail.url` | `x` |\n\n| `a` |\n",
            ),
            file(
                "docs/dependencies.md",
                "| dependency |\n|---|\n| `chrono` |\n",
            ),
            file("docs/operations.md", "`otp send-test`, `otp create`"),
            file("docs/problems/wrong-code.md", "…"),
        ]
    }

    fn members() -> Vec<Member> {
        vec![Member {
            name: "otp-web".into(),
            manifest: "Cargo.toml".into(),
            dependencies: Vec::new(),
            tests: Vec::new(),
        }]
    }

    fn without(path: &str) -> Vec<String> {
        let mut files = project();
        files.retain(|file| file.path != path);
        check(&files, &members())
    }

    #[test]
    fn a_project_whose_docs_are_true_is_left_alone() {
        assert_eq!(check(&project(), &members()), [""; 0]);
    }

    #[test]
    fn what_no_page_names_is_found() {
        for (page, expected) in [
            (
                "docs/architecture.md",
                vec!["docs/architecture.md must name `otp-web`"],
            ),
            (
                "docs/configuration.md",
                vec![
                    "docs/configuration.md must name `listen`",
                    "docs/configuration.md must name `mail.url`",
                ],
            ),
            (
                "docs/dependencies.md",
                vec!["docs/dependencies.md must name `chrono`"],
            ),
            (
                "docs/problems/wrong-code.md",
                vec!["docs/problems/ must name `wrong-code`"],
            ),
            (
                "README.md",
                vec!["README.md or docs/operations.md must name otp serve"],
            ),
        ] {
            assert_eq!(without(page), expected);
        }
    }

    #[test]
    fn what_a_page_names_though_it_is_gone_is_found() {
        for (source, expected) in [
            (
                "crates/otp-web/src/config.rs",
                "docs/configuration.md names `listen`, which is gone",
            ),
            (
                "crates/otp-web/src/problems.rs",
                "docs/problems/ names `wrong-code`, which is gone",
            ),
            (
                "Cargo.toml",
                "docs/dependencies.md names `chrono`, which is gone",
            ),
        ] {
            assert_eq!(without(source), [expected]);
        }
    }

    #[test]
    fn only_tables_with_the_right_head_count() {
        let markdown = "| what | x |\n|---|---|\n| `a` | `b` |\n\ntext `c`\n\n| key | x |\n|---|---|\n| `d` `e` | `f` |\n";
        let names: Vec<String> = first_column(markdown, "key").into_iter().collect();
        assert_eq!(names, ["d", "e"]);
    }
}
