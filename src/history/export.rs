//! The history as tables, for Parquet.
//!
//! Whole names, no codes: what is read with any tool later needs nothing of this program. A period is one table in
//! memory, so long ones are exported piece by piece; 2,000 features measured every 5 minutes give 24,000 rows an hour.

use polars::prelude::{
    Column, DataFrame, IntoColumn as _, NamedFrom as _, ParquetWriter, PolarsError, Series, TimeUnit, TimeZone,
};

use super::error::HistoryError;
use super::figures::{FeatureFigures, Period};
use super::file::HistoryReader;
use crate::model::check::DriftStatistic;
use crate::model::measurement::DriftVerdict;
use crate::model::time::Timestamp;
use crate::model::verdict::{Layer, Verdict};

/// Why a table could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The history could not be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The table could not be put together or encoded.
    #[error("could not make a table of the history")]
    Table(#[from] PolarsError),
}

/// One row per round and feature of the period, by view, round and feature: counts as they are, a figure that does not
/// exist as null, times in UTC. A round without figures has no row.
///
/// # Errors
/// When the history cannot be read.
pub fn measurements(history: &HistoryReader, period: Period) -> Result<DataFrame, ExportError> {
    let mut rows = Vec::new();
    for view in history.views()? {
        for round in history.rounds(&view, period)? {
            let times = [round.started_at, round.finished_at, round.as_of];
            let features = round.measured.into_iter().flat_map(|measured| measured.features);
            rows.extend(features.map(|(name, figures)| (times, view.clone(), name, figures)));
        }
    }
    let mut columns = Vec::new();
    for (place, name) in ["started_at", "finished_at", "as_of"].into_iter().enumerate() {
        columns.push(instants(name, rows.iter().map(|row| row.0.get(place).copied())));
    }
    columns.push(text("feature_view", rows.iter().map(|row| row.1.as_str())));
    columns.push(text("feature", rows.iter().map(|row| row.2.as_str())));
    let figures: Vec<&FeatureFigures> = rows.iter().map(|row| &row.3).collect();
    columns.extend(cells(&figures));
    columns.extend(sizes(&figures));
    columns.extend(drift(&figures));
    Ok(DataFrame::new(rows.len(), columns)?)
}

/// One row per finding that was open at some time of the period, by view, feature, check and time.
///
/// # Errors
/// When the history cannot be read.
pub fn findings(history: &HistoryReader, period: Period) -> Result<DataFrame, ExportError> {
    let rows = history.findings(period)?;
    let columns = vec![
        text("feature_view", rows.iter().map(|row| row.key.feature_view.as_str())),
        Column::new("feature".into(), rows.iter().map(|row| row.key.feature.as_deref()).collect::<Vec<_>>()),
        text("check", rows.iter().map(|row| row.key.check.name())),
        text("severity", rows.iter().map(|row| row.severity.name())),
        instants("first_seen", rows.iter().map(|row| Some(row.first_seen))),
        instants("fired_at", rows.iter().map(|row| row.fired_at)),
        instants("last_seen", rows.iter().map(|row| Some(row.last_seen))),
        instants("resolved_at", rows.iter().map(|row| row.resolved_at)),
        counts("rounds", rows.iter().map(|row| row.rounds)),
        reals("worst", rows.iter().map(|row| Some(row.worst))),
        reals("observed", rows.iter().map(|row| Some(row.observed))),
        reals("threshold", rows.iter().map(|row| Some(row.threshold))),
        counts("n", rows.iter().map(|row| row.n)),
        text("message", rows.iter().map(|row| row.message.as_str())),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
}

/// The table as the bytes of a Parquet file.
///
/// # Errors
/// When the table cannot be encoded.
pub fn parquet(table: &mut DataFrame) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(table)?;
    Ok(bytes)
}

/// Tables of the same columns, one after the other, as the bytes of one Parquet file: each becomes a group of rows, and
/// only one is in memory at a time. Gives the number of rows, too; `None` when there is none.
///
/// # Errors
/// When a table cannot be made or encoded.
pub fn parquet_of(
    tables: impl Iterator<Item = Result<DataFrame, ExportError>>,
) -> Result<Option<(Vec<u8>, usize)>, ExportError> {
    let is_empty = |table: &Result<DataFrame, ExportError>| table.as_ref().is_ok_and(|table| table.height() == 0);
    let mut filled = tables.filter(|table| !is_empty(table));
    let Some(first) = filled.next().transpose()? else { return Ok(None) };
    let mut bytes = Vec::new();
    let mut rows = 0;
    let mut writer = ParquetWriter::new(&mut bytes).batched(first.schema())?;
    for table in std::iter::once(Ok(first)).chain(filled) {
        let table = table?;
        rows += table.height();
        writer.write_batch(&table)?;
    }
    writer.finish()?;
    drop(writer);
    Ok(Some((bytes, rows)))
}

fn cells(rows: &[&FeatureFigures]) -> Vec<Column> {
    let count = |name: &str, figure: &dyn Fn(&FeatureFigures) -> u64| counts(name, rows.iter().map(|row| figure(row)));
    let mut columns: Vec<Column> = Vec::new();
    for verdict in Verdict::ALL {
        columns.push(count(verdict.name(), &|row| row.verdicts.count(verdict)));
    }
    columns.push(count("expired_consistent", &|row| row.expired_served.consistent));
    columns.push(count("expired_stale", &|row| row.expired_served.stale));
    columns.push(count("expired_skewed", &|row| row.expired_served.skewed));
    columns.push(count("expired_unverified", &|row| row.expired_served.unverified));
    columns.push(count("expired_absent", &|row| row.expired_absent));
    for layer in Layer::ALL {
        columns.push(count(&format!("equal_{}", layer.name()), &|row| row.layers.count(layer)));
    }
    columns.push(count("coverage_usable", &|row| row.coverage.part()));
    columns.push(count("coverage_n", &|row| row.coverage.n));
    columns.push(count("nulls", &|row| row.nulls));
    columns.push(count("skew_skewed", &|row| row.skew.part()));
    columns.push(count("skew_n", &|row| row.skew.n));
    columns
}

fn sizes(rows: &[&FeatureFigures]) -> Vec<Column> {
    let real =
        |name: &str, figure: &dyn Fn(&FeatureFigures) -> Option<f64>| reals(name, rows.iter().map(|row| figure(row)));
    let behind = |name: &str, figure: &dyn Fn(&FeatureFigures) -> Option<u64>| {
        Column::new(name.into(), rows.iter().map(|row| figure(row)).collect::<Vec<_>>())
    };
    vec![
        real("smape", &|row| row.smape),
        real("difference_abs_p50", &|row| row.difference.abs_p50),
        real("difference_abs_p99", &|row| row.difference.abs_p99),
        real("difference_rel_p50", &|row| row.difference.rel_p50),
        real("difference_rel_p99", &|row| row.difference.rel_p99),
        behind("behind_versions_p50", &|row| row.lag.versions_p50),
        behind("behind_versions_max", &|row| row.lag.versions_max),
    ]
}

/// Distance, effect and verdict per statistic; null where it was not measured.
fn drift(rows: &[&FeatureFigures]) -> Vec<Column> {
    let mut columns = Vec::new();
    for statistic in DriftStatistic::ALL {
        let name = statistic.name();
        let figures = || rows.iter().map(|row| row.drift.get(&statistic));
        let distances = figures().map(|figure| figure.and_then(|figure| figure.distance));
        let effects = figures().map(|figure| figure.and_then(|figure| figure.effect));
        let verdicts = figures().map(|figure| {
            figure.map(|figure| match figure.verdict {
                DriftVerdict::Drifted => "drifted",
                DriftVerdict::Stable => "stable",
                DriftVerdict::Unknown => "unknown",
            })
        });
        columns.push(Column::new(format!("{name}_distance").into(), distances.collect::<Vec<_>>()));
        columns.push(Column::new(format!("{name}_effect").into(), effects.collect::<Vec<_>>()));
        columns.push(Column::new(format!("{name}_verdict").into(), verdicts.collect::<Vec<_>>()));
    }
    columns
}

fn text<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> Column {
    Column::new(name.into(), values.collect::<Vec<_>>())
}

fn counts(name: &str, values: impl Iterator<Item = u64>) -> Column {
    Column::new(name.into(), values.collect::<Vec<_>>())
}

fn reals(name: &str, values: impl Iterator<Item = Option<f64>>) -> Column {
    Column::new(name.into(), values.collect::<Vec<_>>())
}

fn instants(name: &str, values: impl Iterator<Item = Option<Timestamp>>) -> Column {
    let nanos: Vec<Option<i64>> = values.map(|instant| instant.map(Timestamp::nanos)).collect();
    // A cast would lose the zone.
    Series::new(name.into(), nanos).into_datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)).into_column()
}
