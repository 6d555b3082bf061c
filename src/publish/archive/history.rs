//! The history, day by day, as Parquet: `measurements/dt=2026-06-14/measurements.parquet`, and `findings` likewise.
//!
//! Days are those of UTC, and a file is always that of a whole day, so that one that is written again is never poorer than
//! before: today's grows, and days of which rounds are gone are not exported.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveTime};

use super::{Archive, ArchiveError};
use crate::history::export::{self, ExportError};
use crate::history::{HistoryReader, Period};
use crate::model::time::Timestamp;

const HOUR: Duration = Duration::from_secs(3600);
const HOURS: u32 = 24;

/// Why the history could not be put into an archive.
#[derive(Debug, thiserror::Error)]
pub enum HistoryExportError {
    /// It could not be read, or not be made into tables.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// It could not be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// Days that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySpan {
    /// The first.
    pub first: NaiveDate,
    /// The last, which belongs to it.
    pub last: NaiveDate,
}

/// What was put into the archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Files.
    pub files: u64,
    /// Rows of measurements: one per round and feature.
    pub measurements: u64,
    /// Rows of findings: one per day and finding that was open on it.
    pub findings: u64,
    /// Bytes of all files.
    pub bytes: u64,
}

impl Exported {
    fn count(&mut self, content: &[u8]) {
        self.files += 1;
        self.bytes += counted(content.len());
    }
}

fn counted(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The day of an instant; `None` outside the calendar.
#[must_use]
pub fn day_of(instant: Timestamp) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp_nanos(instant.nanos()).date_naive())
}

/// The first day of which rounds kept for so long are all there; `None` outside the calendar.
#[must_use]
pub fn first_whole_day(now: Timestamp, kept: Duration) -> Option<NaiveDate> {
    let horizon = now.minus(kept);
    let day = day_of(horizon)?;
    if start(day)? == horizon { Some(day) } else { day.checked_add_days(Days::new(1)) }
}

/// When a day begins; `None` outside the years 1677 to 2262.
fn start(day: NaiveDate) -> Option<Timestamp> {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_nanos_opt().map(Timestamp::from_nanos)
}

/// Puts the days of `span` into the archive, a file of each kind per day; a day without rows gets none.
///
/// # Errors
/// When the history cannot be read or the archive cannot be written; days before stay.
pub async fn write(history: &HistoryReader, archive: &Archive, span: DaySpan) -> Result<Exported, HistoryExportError> {
    let mut exported = Exported::default();
    for day in span.first.iter_days().take_while(|day| *day <= span.last) {
        let Some(midnight) = start(day) else { continue };
        let hour =
            |number: u32| Period { start: midnight.plus(HOUR * number), end: midnight.plus(HOUR * (number + 1)) };
        let measurements = export::parquet_of((0..HOURS).map(|number| export::measurements(history, hour(number))))?;
        let whole = Period { start: midnight, end: midnight.plus(HOUR * HOURS) };
        let findings = export::parquet_of(std::iter::once(export::findings(history, whole)))?;
        if let Some((content, rows)) = measurements {
            exported.count(&content);
            exported.measurements += counted(rows);
            archive.put(&format!("measurements/dt={day}/measurements.parquet"), content).await?;
        }
        if let Some((content, rows)) = findings {
            exported.count(&content);
            exported.findings += counted(rows);
            archive.put(&format!("findings/dt={day}/findings.parquet"), content).await?;
        }
    }
    Ok(exported)
}
