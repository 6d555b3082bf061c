//! The whole report as one JSON document, for programs.

use std::io::{self, Write};

use crate::model::measurement::RoundReport;

/// Writes the report, indented, with a final line break; a figure that does not exist is `null`.
///
/// # Errors
/// When `out` does not take it.
pub fn write(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}
