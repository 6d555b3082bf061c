//! Reading tables for drift: what comes out does not depend on how little memory there is.

mod memory;
mod rows;

use std::fs::File;
use std::path::Path;

use polars::prelude::{Column, DataFrame, ParquetWriter};
use skewwatch::drift::{Comparison, Request, Source, Statistics, compare};
use skewwatch::model::check::DriftStatistic;
use skewwatch::stats::drift::DriftLimits;
use skewwatch::store::snapshot::{SnapshotSettings, SnapshotStore};

/// Writes columns of equal length, in row groups of so many rows.
fn write(path: &Path, columns: Vec<Column>, rows_per_group: usize) {
    let mut frame = DataFrame::new(columns.first().map_or(0, Column::len), columns).unwrap();
    let writer = ParquetWriter::new(File::create(path).unwrap());
    writer.with_row_group_size(Some(rows_per_group)).finish(&mut frame).unwrap();
}

fn request(memory: u64) -> Request {
    Request {
        columns: Vec::new(),
        by: Vec::new(),
        segment_rows: 50,
        entity: Vec::new(),
        limits: DriftLimits::new([
            (DriftStatistic::Psi, 0.2),
            (DriftStatistic::Ks, 0.1),
            (DriftStatistic::Missing, 0.02),
        ]),
        statistics: Statistics::Default,
        memory,
        workers: 2,
        reference_time: None,
        current_time: None,
    }
}

/// Compares `a.parquet` and `b.parquet` of a folder.
async fn compared(folder: &Path, request: &Request) -> Comparison {
    let store = SnapshotStore::new(SnapshotSettings::default());
    let paths = ["a.parquet", "b.parquet"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    let reference = Source::Table(store.table(&paths[0]).await.unwrap());
    let current = Source::Table(store.table(&paths[1]).await.unwrap());
    compare((("a", &reference), ("b", &current)), request, &|_, _| ()).await
}
