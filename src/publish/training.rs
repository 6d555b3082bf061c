//! What training rows are worth: as text for people, and the rows that no honest join gives as a table.

use std::io::{self, Write};

use anstyle::Style;
use polars::prelude::{DataFrame, ParquetWriter, PolarsError};

use super::key_column::{instants, of_keys, texts};
use crate::model::figure::count;
use crate::model::training::{DishonestRows, TrainingCounts, TrainingMeasurement, TrainingVerdict};

const HEADING: Style = Style::new().bold();

/// The rows as the bytes of a Parquet file.
///
/// # Errors
/// When they cannot be encoded, as when a join key has the name of another column.
pub fn parquet(dishonest: &DishonestRows) -> Result<Vec<u8>, PolarsError> {
    let rows = &dishonest.rows;
    let mut columns = of_keys(&dishonest.join_keys, || rows.iter().map(|row| &row.key))?;
    columns.push(instants("event_timestamp", rows.iter().map(|row| Some(row.timestamp))));
    columns.push(texts("verdict", rows.iter().map(|row| row.verdict.name().to_owned())));
    columns.push(texts("features", rows.iter().map(|row| row.features.join(","))));
    columns.push(instants("source_event_timestamp", rows.iter().map(|row| row.source_event_timestamp)));
    columns.push(instants("honest_event_timestamp", rows.iter().map(|row| row.honest_event_timestamp)));
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut DataFrame::new(rows.len(), columns)?)?;
    Ok(bytes)
}

/// Writes what was found, view by view; the last line sums up.
///
/// # Errors
/// When `out` does not take it.
pub fn write(measured: &[TrainingMeasurement], out: &mut impl Write) -> io::Result<()> {
    for view in measured {
        let (rows, stored) = (count(view.rows), count(view.rows_stored));
        writeln!(
            out,
            "{HEADING}{}{HEADING:#}: {rows} of {stored} rows, those of {} entities",
            view.feature_view,
            count(view.entities)
        )?;
        if view.rows_skipped > 0 {
            writeln!(out, "  {} rows without an entity key or a time are of nobody", count(view.rows_skipped))?;
        }
        if view.rows == 0 {
            writeln!(out, "  there is nothing to judge")?;
            continue;
        }
        writeln!(out, "  rows: {}", counts(&view.row_verdicts))?;
        for (feature, verdicts) in &view.features {
            writeln!(out, "  {feature}: {}", counts(verdicts))?;
        }
        if !view.not_in_set.is_empty() {
            writeln!(out, "  not in the training set: {}", view.not_in_set.join(", "))?;
        }
    }
    let all = |wanted: fn(TrainingVerdict) -> bool| -> u64 {
        let verdicts = measured.iter().flat_map(|view| &view.row_verdicts);
        verdicts.filter(|(verdict, _)| wanted(**verdict)).map(|(_, rows)| rows).sum()
    };
    let (dishonest, unverified) =
        (all(TrainingVerdict::is_dishonest), all(|verdict| verdict == TrainingVerdict::Unverified));
    let total = all(|_| true);
    writeln!(
        out,
        "{HEADING}{} of {} rows are of no honest join, {} could not be verified{HEADING:#}",
        count(dishonest),
        count(total),
        count(unverified)
    )
}

fn counts(counts: &TrainingCounts) -> String {
    let told: Vec<String> =
        counts.iter().rev().map(|(verdict, cells)| format!("{} {}", count(*cells), verdict.name())).collect();
    told.join(", ")
}
