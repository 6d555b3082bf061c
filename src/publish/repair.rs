//! A list of rows to be written again as a table: the join keys in their types, and what is wrong.
//!
//! With its join keys and `event_timestamp` a table is an entity data frame of Feast: what should be served is what a
//! point-in-time join of it gives.

use polars::prelude::{DataFrame, ParquetWriter, PolarsError};

use super::key_column::{instants, of_keys, texts};
use crate::model::repair::{RepairList, Wrong};

/// The list as the bytes of a Parquet file.
///
/// # Errors
/// When it cannot be encoded, as when a join key has the name of another column.
pub fn parquet(list: &RepairList) -> Result<Vec<u8>, PolarsError> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut table(list)?)?;
    Ok(bytes)
}

fn table(list: &RepairList) -> Result<DataFrame, PolarsError> {
    let rows = &list.rows;
    let mut columns = of_keys(&list.join_keys, || rows.iter().map(|row| &row.key))?;
    let wrong = |wrong: &[Wrong]| wrong.iter().copied().map(Wrong::name).collect::<Vec<_>>().join(",");
    columns.push(texts("wrong", rows.iter().map(|row| wrong(&row.wrong))));
    columns.push(texts("features", rows.iter().map(|row| row.features.join(","))));
    columns.push(instants("online_event_timestamp", rows.iter().map(|row| row.online_event_timestamp)));
    columns.push(instants("first_event_timestamp", rows.iter().map(|row| Some(row.first_event_timestamp))));
    columns.push(instants("event_timestamp", rows.iter().map(|row| Some(row.event_timestamp))));
    DataFrame::new(rows.len(), columns)
}
