//! `skewwatch drift`: the distance between two Parquet files or folders, column by column.
//!
//! Both sides are read one column at a time. A column that cannot be read is told of and the others go on; columns that
//! only one side has, or that hold different things, are listed with the reason.

mod json;
mod table;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::fail_on::FailOn;
use super::screen::Screen;
use crate::drift::{Comparison, Request, Source, Statistics, compare};
use crate::model::check::{DriftStatistic, Severity};
use crate::stats::drift::DriftLimits;
use crate::store::snapshot::{SnapshotSettings, SnapshotStore};

/// Arguments of `skewwatch drift`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The fixed side: a Parquet file, a folder, a glob or an `s3://` address.
    reference: String,
    /// The observed side.
    current: String,
    /// Compare these columns only, separated by commas.
    #[arg(long, value_delimiter = ',')]
    columns: Vec<String>,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// From which outcome on the exit code is 1; drift counts as a warning.
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOn,
    /// Largest population stability index that passes.
    #[arg(long, value_name = "DISTANCE", default_value_t = 0.2, value_parser = distance)]
    psi: f64,
    /// Largest Kolmogorov–Smirnov distance that passes.
    #[arg(long, value_name = "DISTANCE", default_value_t = 0.1, value_parser = distance)]
    ks: f64,
    /// Largest move of the share of rows without a value (null, NaN, infinite) that passes.
    #[arg(long, value_name = "SHARE", default_value_t = 0.02, value_parser = distance)]
    missing: f64,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
}

fn distance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        Ok(_) | Err(_) => Err("a distance is a number from 0 up, such as 0.2".to_owned()),
    }
}

/// Runs the command: exit code 2 if something could not be read or nothing was judged, 1 if a column drifted (as
/// `--fail-on` says), else 0.
///
/// # Errors
/// When one of the two sides could not be opened, or the output not written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let store = SnapshotStore::new(SnapshotSettings::default());
    let reference = Source::Table(store.table(&arguments.reference).await?);
    let current = Source::Table(store.table(&arguments.current).await?);
    let limits = DriftLimits::new([
        (DriftStatistic::Psi, arguments.psi),
        (DriftStatistic::Ks, arguments.ks),
        (DriftStatistic::Missing, arguments.missing),
    ]);
    let request = Request {
        columns: arguments.columns.clone(),
        by: Vec::new(),
        segment_rows: 500,
        entity: Vec::new(),
        limits,
        statistics: Statistics::Default,
        memory: 512 << 20,
        workers: 2,
        reference_time: None,
        current_time: None,
    };
    let progress = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} columns  {wide_msg}") {
        progress.set_style(style);
    }
    let sides = ((arguments.reference.as_str(), &reference), (arguments.current.as_str(), &current));
    let comparison = compare(sides, &request, &|column, total| {
        progress.set_length(total as u64);
        progress.set_message(column.to_owned());
        progress.inc(1);
    })
    .await;
    progress.finish_and_clear();
    let mut out = Screen::open();
    match arguments.format {
        Format::Table => table::write(&comparison, &mut out),
        Format::Json => json::write(&comparison, &mut out),
    }
    .and_then(|()| out.flush())
    .context("could not write the result")?;
    Ok(exit_code(&comparison, arguments.fail_on))
}

fn exit_code(comparison: &Comparison, fail_on: FailOn) -> ExitCode {
    let judged = comparison.drifted() + comparison.stable();
    if !comparison.unreadable().is_empty() || judged == 0 {
        return ExitCode::from(2);
    }
    let drifted = comparison.drifted() > 0 && fail_on.breach(Severity::Warning);
    let unjudged = comparison.not_judged() > 0 && fail_on.unjudged();
    ExitCode::from(u8::from(drifted || unjudged))
}
