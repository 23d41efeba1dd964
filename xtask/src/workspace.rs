//! What cargo says about the members of the workspace.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::host::cargo;
use crate::process::output;

/// A crate of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) manifest: PathBuf,
    /// The names of the packages that it uses itself, for whatever purpose.
    pub(crate) dependencies: Vec<String>,
    /// Its integration tests.
    pub(crate) tests: Vec<TestTarget>,
}

/// A file under `tests/` that is a program of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestTarget {
    pub(crate) name: String,
    pub(crate) source: PathBuf,
}

/// Asks cargo for the members.
pub(crate) fn members() -> Result<Vec<Member>> {
    list(&metadata()?, "packages").map(member).collect()
}

/// Asks cargo where it builds.
pub(crate) fn target_directory() -> Result<PathBuf> {
    Ok(text(&metadata()?, "target_directory")?.into())
}

fn metadata() -> Result<Value> {
    let metadata = output(&mut cargo(&["metadata", "--no-deps", "--format-version=1"]))?;
    Ok(serde_json::from_str(&metadata)?)
}

fn member(package: &Value) -> Result<Member> {
    let dependencies = list(package, "dependencies").map(|dependency| text(dependency, "name"));
    let is_test = |target: &&Value| list(target, "kind").any(|kind| kind == "test");
    let tests = list(package, "targets").filter(is_test).map(|target| {
        Ok(TestTarget {
            name: text(target, "name")?,
            source: text(target, "src_path")?.into(),
        })
    });
    Ok(Member {
        name: text(package, "name")?,
        manifest: text(package, "manifest_path")?.into(),
        dependencies: dependencies.collect::<Result<_>>()?,
        tests: tests.collect::<Result<_>>()?,
    })
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text(value: &Value, key: &str) -> Result<String> {
    let text = value.get(key).and_then(Value::as_str);
    Ok(text
        .with_context(|| format!("cargo metadata has no {key}"))?
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cargo_says() {
        let package = r#"{
            "name": "otp-storage", "manifest_path": "/x/Cargo.toml",
            "dependencies": [{"name": "otp-core", "kind": null}, {"name": "tempfile", "kind": "dev"}],
            "targets": [
                {"name": "otp_storage", "kind": ["lib"], "src_path": "/x/src/lib.rs"},
                {"name": "postgres", "kind": ["test"], "src_path": "/x/tests/postgres.rs"}
            ]
        }"#;
        let expected = Member {
            name: "otp-storage".into(),
            manifest: "/x/Cargo.toml".into(),
            dependencies: vec!["otp-core".into(), "tempfile".into()],
            tests: vec![TestTarget {
                name: "postgres".into(),
                source: "/x/tests/postgres.rs".into(),
            }],
        };
        let package = serde_json::from_str(package).unwrap();
        assert_eq!(member(&package).unwrap(), expected);
        assert!(member(&Value::Null).is_err());
    }
}
