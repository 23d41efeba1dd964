//! What became of the rows.

use serde::Serialize;

use super::super::{Failure, Json, Out, output};

/// Most remarks that are kept: whoever has more has another problem.
const MOST_REMARKS: usize = 10_000;

/// What became of the rows.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    dry_run: bool,
    pub(super) read: u64,
    pub(super) added: u64,
    /// Rows with a contact that was there already.
    pub(super) present: u64,
    pub(super) left_out: u64,
    missing_columns: Vec<&'static str>,
    remarks: Vec<Remark>,
    more_remarks: u64,
}

#[derive(Debug, Serialize)]
struct Remark {
    row: i64,
    says: String,
}

impl Report {
    pub(super) fn new(dry_run: bool, missing_columns: impl Iterator<Item = &'static str>) -> Self {
        Self {
            dry_run,
            read: 0,
            added: 0,
            present: 0,
            left_out: 0,
            missing_columns: missing_columns.collect(),
            remarks: Vec::new(),
            more_remarks: 0,
        }
    }

    pub(super) fn remark(&mut self, row: i64, says: String) {
        if self.remarks.len() < MOST_REMARKS {
            self.remarks.push(Remark { row, says });
        } else {
            self.more_remarks += 1;
        }
    }

    pub(super) fn print(&self, Json { json }: Json, out: Out<'_>) -> Result<(), Failure> {
        if json {
            return output::json(out, self);
        }
        for column in &self.missing_columns {
            writeln!(
                out,
                "the table has no column {column}: it is taken as empty"
            )?;
        }
        for Remark { row, says } in &self.remarks {
            writeln!(out, "row {row}: {says}")?;
        }
        if self.more_remarks > 0 {
            writeln!(out, "and {} more remarks", self.more_remarks)?;
        }
        let done = if self.dry_run { "would add" } else { "added" };
        let Self {
            read,
            added,
            present,
            left_out,
            ..
        } = self;
        Ok(writeln!(
            out,
            "read {read}, {done} {added}, already there {present}, left out {left_out}"
        )?)
    }
}
