//! The top of the tree: what has its place there, and nothing that was left lying about.

/// What stands at the top beside dotfiles: the layers, and what tools and people look for there.
const TOP: [&str; 14] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "crates",
    "deny.toml",
    "docs",
    "rust-toolchain.toml",
    "xtask",
];

pub(super) fn check(paths: &[String]) -> Vec<String> {
    let top = |path: &String| path.split('/').next().unwrap_or_default().to_owned();
    let mut strange: Vec<String> = paths
        .iter()
        .map(top)
        .filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()))
        .collect();
    strange.dedup();
    strange
        .iter()
        .map(|name| format!("{name}: nothing else stands at the top; move it below crates, xtask or docs, or remove it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_at_the_top_is_found_whatever_it_holds() {
        let paths = |paths: &[&str]| {
            paths
                .iter()
                .map(|&path| path.to_owned())
                .collect::<Vec<_>>()
        };
        let usual = [
            "Cargo.toml",
            ".github/workflows/ci.yml",
            "crates/a/src/lib.rs",
        ];
        assert!(check(&paths(&usual)).is_empty());
        let found = check(&paths(&["h2-4.4.1.whl", "notes/a.md", "notes/b.md"]));
        let names: Vec<&str> = found
            .iter()
            .filter_map(|line| line.split(':').next())
            .collect();
        assert_eq!(names, ["h2-4.4.1.whl", "notes"]);
    }
}
