//! The mutants of a statement: each term, assignment and order left out, each comparison moved by one.

/// A source with one thing broken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mutant {
    /// The line, counted from one, and what was done there.
    pub(super) name: String,
    pub(super) source: String,
}

/// Calls of a statement that are left out with their argument.
const LEFT_OUT: [&str; 9] = [
    ".filter(",
    ".and(",
    ".or(",
    ".and_where(",
    ".add(",
    ".sub(",
    ".col_expr(",
    ".order_by_desc(",
    ".order_by_asc(",
];

/// Comparisons, and what they become.
const MOVED: [(&str, &str); 7] = [
    (".eq(", ".ne("),
    (".gt(", ".gte("),
    (".gte(", ".gt("),
    (".lt(", ".lte("),
    (".lte(", ".lt("),
    (".is_null()", ".is_not_null()"),
    (".is_not_null()", ".is_null()"),
];

/// Lists the mutants of a source file; what stands behind `#[cfg(test)]` is left alone.
pub(super) fn mutants(source: &str) -> Vec<Mutant> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut mutants = Vec::new();
    let mut add = |at: usize, what: String, changed: String| {
        let line = code
            .get(..at)
            .map_or(0, |before| before.matches('\n').count())
            + 1;
        mutants.push(Mutant {
            name: format!(
                "{line}: {}",
                what.split_whitespace().collect::<Vec<_>>().join(" ")
            ),
            source: changed,
        });
    };
    for call in LEFT_OUT {
        for (at, _) in code.match_indices(call) {
            let Some(end) = closing(code, at + call.len()) else {
                continue;
            };
            let (Some(before), Some(text), Some(after)) =
                (source.get(..at), code.get(at..end), source.get(end..))
            else {
                continue;
            };
            add(at, format!("without {text}"), format!("{before}{after}"));
            if matches!(call, ".and(" | ".or(") {
                let argument = code.get(at + call.len()..end - 1).unwrap_or_default();
                let head = beginning(code, at);
                let (Some(before), Some(text)) = (source.get(..head), code.get(head..at)) else {
                    continue;
                };
                let changed = format!("{before} {argument}{after}");
                add(at, format!("without {}", text.trim()), changed);
            }
        }
    }
    for (call, other) in MOVED {
        for (at, _) in code.match_indices(call) {
            let (before, after) = (source.get(..at), source.get(at + call.len()..));
            if let (Some(before), Some(after)) = (before, after) {
                let changed = format!("{before}{other}{after}");
                let of = before.lines().last().unwrap_or_default().trim();
                add(at, format!("{of}{call} becomes {other}"), changed);
            }
        }
    }
    mutants
}

/// Returns the end of the call whose argument begins at `start`: behind the bracket that closes it.
fn closing(code: &str, start: usize) -> Option<usize> {
    let mut depth = 1_u32;
    let mut in_text = false;
    for (at, letter) in code.get(start..)?.char_indices() {
        match letter {
            '"' => in_text = !in_text,
            '(' | '[' | '{' if !in_text => depth += 1,
            ')' | ']' | '}' if !in_text => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(start + at + 1);
        }
    }
    None
}

/// Returns where the expression begins that ends at `end`.
fn beginning(code: &str, end: usize) -> usize {
    let mut depth = 0_u32;
    let before = code.get(..end).unwrap_or_default();
    for (at, letter) in before.char_indices().rev() {
        match letter {
            ')' | ']' => depth += 1,
            '(' | '[' if depth > 0 => depth -= 1,
            '(' | '[' | '{' | '}' | ';' | ',' | '=' if depth == 0 => {
                return at + letter.len_utf8();
            }
            _ => {}
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(source: &str) -> Vec<String> {
        mutants(source)
            .into_iter()
            .map(|mutant| mutant.source)
            .collect()
    }

    #[test]
    fn a_term_is_left_out_and_a_comparison_moves() {
        let source = "find().filter(A.gt(f(1))).one()";
        assert_eq!(
            changed(source),
            ["find().one()", "find().filter(A.gte(f(1))).one()"]
        );
    }

    #[test]
    fn each_side_of_a_conjunction_is_left_out() {
        let source = "{ A.is_null().and(B).and(C).into() }";
        let changed = changed(source);
        for expected in [
            "{ A.is_null().and(C).into() }",
            "{ A.is_null().and(B).into() }",
            "{ B.and(C).into() }",
            "{ C.into() }",
            "{ A.is_not_null().and(B).and(C).into() }",
        ] {
            assert!(changed.iter().any(|one| one == expected), "{changed:?}");
        }
    }

    #[test]
    fn a_mutant_is_named_by_its_line_and_tests_are_left_alone() {
        let source = "a\n  .order_by_desc(\n    X,\n  )\n#[cfg(test)]\nb.filter(c)";
        let mutants = mutants(source);
        assert_eq!(mutants.len(), 1, "{mutants:?}");
        assert_eq!(mutants[0].name, "2: without .order_by_desc( X, )");
        assert_eq!(mutants[0].source, "a\n  \n#[cfg(test)]\nb.filter(c)");
    }

    #[test]
    fn brackets_in_a_text_are_no_brackets() {
        assert_eq!(changed("a.filter(\")\")"), ["a"]);
    }
}
