//! Rules for the manifests of the members: one place for lints, versions and dependencies.

use toml::Table;
use toml::Value;

use super::File;

const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

pub(super) fn check(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
        .flat_map(|file| match file.text.parse::<Table>() {
            // A workspace of its own inherits nothing.
            Ok(manifest) if manifest.contains_key("workspace") => Vec::new(),
            Ok(manifest) => member(&file.path, &manifest),
            Err(why) => vec![format!("{}: {why}", file.path)],
        })
        .collect()
}

/// Returns the dependencies that are named in the workspace's manifest.
pub(super) fn shared(manifest: &Table) -> impl Iterator<Item = (&str, &Value)> {
    let workspace = manifest.get("workspace").and_then(Value::as_table);
    let shared = workspace.and_then(|workspace| workspace.get("dependencies"));
    let shared = shared.and_then(Value::as_table).into_iter().flatten();
    shared.map(|(name, value)| (name.as_str(), value))
}

fn member(path: &str, manifest: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    if !inherits(manifest.get("lints")) {
        findings.push(format!("{path}: needs `[lints] workspace = true`"));
    }
    for key in INHERITED {
        let package = manifest.get("package").and_then(Value::as_table);
        if !inherits(package.and_then(|package| package.get(key))) {
            findings.push(format!("{path}: needs `{key}.workspace = true`"));
        }
    }
    for (name, dependency) in dependencies(manifest) {
        let is_itself = dependency.get("path").and_then(Value::as_str) == Some(".");
        if !inherits(Some(dependency)) && !is_itself {
            findings.push(format!(
                "{path}: `{name}` belongs into [workspace.dependencies]"
            ));
        }
    }
    findings
}

fn dependencies(manifest: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flatten();
    std::iter::once(manifest)
        .chain(targets.filter_map(|(_, target)| target.as_table()))
        .flat_map(|table| {
            ["dependencies", "dev-dependencies", "build-dependencies"]
                .into_iter()
                .filter_map(|kind| table.get(kind)?.as_table())
                .flatten()
        })
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")) == Some(&Value::Boolean(true))
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    const GOOD: &str = r#"
        [package]
        name = "a"
        version.workspace = true
        edition.workspace = true
        rust-version.workspace = true
        license.workspace = true
        publish.workspace = true
        [dependencies]
        chrono = { workspace = true, features = ["clock"] }
        [dev-dependencies]
        a = { path = ".", features = ["testing"] }
        [lints]
        workspace = true
    "#;

    fn findings(text: &str) -> Vec<String> {
        check(&[file("crates/a/Cargo.toml", text)])
    }

    #[test]
    fn a_member_that_inherits_is_left_alone() {
        assert_eq!(findings(GOOD), [""; 0]);
    }

    #[test]
    fn a_workspace_of_its_own_inherits_nothing() {
        assert_eq!(findings("[workspace]\n[package]\nname = \"a\""), [""; 0]);
    }

    #[test]
    fn a_member_with_lints_of_its_own_is_found() {
        let text = GOOD.replace("[lints]\n        workspace = true", "[lints.rust]");
        assert_eq!(
            findings(&text),
            ["crates/a/Cargo.toml: needs `[lints] workspace = true`"]
        );
    }

    #[test]
    fn a_member_with_a_version_of_its_own_is_found() {
        let text = GOOD.replace(
            "version.workspace = true\n        edition",
            "version = \"1\"\n        edition",
        );
        assert_eq!(
            findings(&text),
            ["crates/a/Cargo.toml: needs `version.workspace = true`"]
        );
    }

    #[test]
    fn a_dependency_of_one_member_is_found_wherever_it_stands() {
        for section in [
            "[dependencies]",
            "[build-dependencies]",
            "[target.'cfg(unix)'.dependencies]",
        ] {
            let text = GOOD.replace("[dependencies]", "[dependencies.b]\nworkspace = true");
            let text = format!("{text}\n{section}\nregex = \"1\"").replace(
                "[dependencies.b]\nworkspace = true\n        chrono = { workspace = true, features = [\"clock\"] }",
                "",
            );
            assert_eq!(
                findings(&text),
                ["crates/a/Cargo.toml: `regex` belongs into [workspace.dependencies]"],
                "{section}"
            );
        }
    }

    #[test]
    fn shared_dependencies_are_read() {
        let manifest: Table = "[workspace.dependencies]\na = \"1\"\nb = { path = \"b\" }"
            .parse()
            .unwrap();
        let names: Vec<&str> = shared(&manifest).map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
