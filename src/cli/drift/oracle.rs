//! Every statistic under the names of the reference results in `tests/fixtures/oracle`: `{"columns": {NAME: {…}}}`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::drift::Comparison;
use crate::stats::complete::Complete;

#[derive(Serialize)]
struct Document<'a> {
    columns: BTreeMap<&'a str, &'a Complete>,
}

/// Writes every column of which all statistics are known, indented, with a final line break.
///
/// # Errors
/// When `out` does not take it.
pub fn write(comparison: &Comparison, out: &mut impl Write) -> io::Result<()> {
    let columns = comparison.columns().iter();
    let columns = columns.filter_map(|(name, column)| Some((name.as_str(), column.complete.as_ref()?)));
    let document = Document { columns: columns.collect() };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}
