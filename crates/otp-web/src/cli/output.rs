//! What commands print: tables and JSON.

use serde::Serialize;

use super::Out;
use crate::failure::Failure;

/// Writes a value as indented JSON.
pub(super) fn json(out: Out<'_>, value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::because("cannot write JSON", &error, ""))?;
    Ok(writeln!(out, "{text}")?)
}

/// Writes rows under headings, in columns as wide as their widest cell.
pub(super) fn table<const N: usize>(
    out: Out<'_>,
    headings: [&str; N],
    rows: &[[String; N]],
) -> Result<(), Failure> {
    let mut widths = headings.map(|heading| heading.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut line = |cells: [&str; N]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        writeln!(out, "{}", padded.join("  ").trim_end())
    };
    line(headings)?;
    for row in rows {
        line(row.each_ref().map(String::as_str))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_its_columns_up() {
        let mut out = Vec::new();
        let rows = [
            ["a".to_owned(), "long cell".to_owned()],
            ["longer".to_owned(), String::new()],
        ];
        table(&mut out, ["id", "name"], &rows).expect("a table");
        assert_eq!(
            String::from_utf8_lossy(&out),
            "id      name\na       long cell\nlonger\n"
        );
    }
}
