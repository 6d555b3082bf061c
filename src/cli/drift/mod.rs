//! `skewwatch drift`: how far two Parquet files, folders or profiles lie apart, column by column, and whether it is real.
//!
//! A column that cannot be read is told of and the others go on; columns that only one side has, or that hold different
//! things, are listed with the reason. A [`Report`] is what every form prints; no form judges.

mod arguments;
pub mod figures;
pub mod html;
pub mod json;
pub mod markdown;
pub mod oracle;
pub mod report;
pub mod segments;
pub mod sentence;
pub mod table;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

pub use arguments::Arguments;
use arguments::Format;
use report::Report;
use table::{Canvas, Charset};

use super::fail_on::FailOn;
use super::screen::Screen;
use crate::drift::{Comparison, Source, compare};
use crate::kept::file;
use crate::model::check::Severity;
use crate::publish::terminal;
use crate::store::snapshot::{SnapshotSettings, SnapshotStore};

/// Runs the command: exit code 2 if something could not be read or nothing was judged, 1 if a column drifted (as
/// `--fail-on` says), else 0.
///
/// # Errors
/// When one of the two sides could not be opened, or the output not written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let request = arguments.request();
    let store = SnapshotStore::new(SnapshotSettings::default());
    let reference = Source::open(&store, &arguments.reference).await?;
    let current = Source::open(&store, &arguments.current).await?;
    arguments.check([&reference, &current])?;
    let progress = bar();
    let sides = ((arguments.reference.as_str(), &reference), (arguments.current.as_str(), &current));
    let comparison = compare(sides, &request, &|column, total| {
        progress.set_length(total as u64);
        progress.set_message(column.to_owned());
        progress.inc(1);
    })
    .await;
    progress.finish_and_clear();
    let report = Report { comparison: &comparison, by: &request.by };
    let format = arguments.output.format;
    match &arguments.output.output {
        Some(path) => save(&report, format, path)?,
        None => show(&report, format).context("could not write the result")?,
    }
    Ok(exit_code(&comparison, arguments.output.fail_on))
}

fn bar() -> ProgressBar {
    let progress = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} columns  {wide_msg}") {
        progress.set_style(style);
    }
    progress
}

/// Prints the report to standard output.
fn show(report: &Report<'_>, format: Format) -> io::Result<()> {
    let mut out = Screen::open();
    let charset = Charset::of_environment(|name| std::env::var(name).ok());
    write(report, (format, Canvas { width: terminal::width(), charset }), &mut out)?;
    out.flush()
}

/// Writes the report to a file, without styles, and its last line to standard output.
fn save(report: &Report<'_>, format: Format, path: &Path) -> anyhow::Result<()> {
    let mut content = Vec::new();
    let mut plain = anstream::StripStream::new(&mut content);
    let canvas = Canvas { width: None, charset: Charset::Unicode };
    write(report, (format, canvas), &mut plain)
        .and_then(|()| file::replace(path, &content))
        .with_context(|| format!("could not write `{}`", path.display()))?;
    let mut out = Screen::open();
    writeln!(out, "{}; written to {}", report.tally(), path.display())
        .and_then(|()| out.flush())
        .context("could not write the result")
}

/// Writes the report in one form.
fn write(report: &Report<'_>, (format, canvas): (Format, Canvas), out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Table => table::write(report, canvas, out),
        Format::Json => json::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Html => html::write(report, out),
        Format::Oracle => oracle::write(report.comparison, out),
    }
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
