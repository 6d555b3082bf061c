//! `skewwatch history export`: rounds and findings as Parquet; also while a service writes the history.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use chrono::NaiveDate;

use crate::cli::screen::Screen;
use crate::cli::source::ConfigArguments;
use crate::history::{HistoryReader, Retention};
use crate::model::figure::{bytes, count};
use crate::model::time::{Clock, Timestamp};
use crate::publish::archive::Archive;
use crate::publish::archive::history::{DaySpan, day_of, first_whole_day, write};

/// Arguments of `skewwatch history export`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// A folder, or an address such as `s3://bucket/prefix`, which is reached as snapshots are.
    #[arg(long, value_name = "PLACE")]
    to: String,
    /// The first day, in UTC; without it the first one of which all rounds are kept.
    #[arg(long, value_name = "DATE", value_parser = day)]
    since: Option<NaiveDate>,
    /// The last day, in UTC; without it today, as far as it has gone.
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<NaiveDate>,
}

fn day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "it is no day such as `2026-06-14`".to_owned())
}

/// Writes the days and says in a line what there was.
///
/// # Errors
/// When the configuration is no good or names no history, the days are not kept, or something cannot be read or written.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let plan = arguments.config.load().await?;
    let path = plan.publish.history.as_ref().context(
        "the configuration names no history, and there is nothing to export\n  hint: name a file in `publish.history`",
    )?;
    let span = span(&arguments, Clock::System.now())?;
    let archive = Archive::open(&arguments.to, &plan.snapshots.s3)?;
    let history = HistoryReader::open(path)?;
    let exported = write(&history, &archive, span).await?;
    let mut screen = Screen::open();
    writeln!(
        screen,
        "{} to {}: {} measurements and {} findings in {} files ({}) below {}",
        span.first,
        span.last,
        count(exported.measurements),
        count(exported.findings),
        count(exported.files),
        bytes(exported.bytes),
        archive.address()
    )?;
    screen.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The days that are asked for, all of which must be kept whole.
fn span(arguments: &Arguments, now: Timestamp) -> anyhow::Result<DaySpan> {
    let whole = first_whole_day(now, Retention::default().rounds).zip(day_of(now));
    let (whole, today) = whole.context("the clock is outside the calendar")?;
    let first = arguments.since.unwrap_or(whole);
    let last = arguments.until.unwrap_or(today);
    if first < whole {
        anyhow::bail!("rounds of {first} are no longer kept in full\n  hint: the first whole day is {whole}");
    }
    if first > last {
        anyhow::bail!("{first} comes after {last}, and there is no day between them");
    }
    Ok(DaySpan { first, last })
}
