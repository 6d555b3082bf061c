//! Rounds and hours for people: few of them, or only how they ended, because figures are most of what there is to read.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::params;

use super::error::{Fault, HistoryError};
use super::figures::{HistoryRound, Period};
use super::file::HistoryReader;
use super::hour_blob::unpack_outcomes;
use super::names::Names;
use super::read::{load, rolled_up};
use super::roll_up::{HOUR, hour};
use crate::model::time::Timestamp;

/// How the rounds of an hour ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourOutcomes {
    /// Rounds measured without a failure.
    pub complete: u64,
    /// Rounds measured with failures.
    pub partial: u64,
    /// Rounds not measured.
    pub failed: u64,
}

/// How the rounds of hours ended, by their starts, by view.
pub type OutcomesByView = BTreeMap<String, BTreeMap<Timestamp, HourOutcomes>>;

impl HistoryReader {
    /// How rounds of every view ended in the hours that begin in the period, up to the round recorded last.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn outcomes(&self, period: Period) -> Result<OutcomesByView, HistoryError> {
        self.read(|connection| {
            let names = Names::load(connection)?;
            let (first, end) = (first_hour(period.start), first_hour(period.end));
            let mut outcomes = OutcomesByView::new();
            let mut kept = connection
                .prepare("SELECT hour, figures FROM view_hours WHERE view_id = ?1 AND hour >= ?2 AND hour < ?3")?;
            let mut waiting =
                connection.prepare("SELECT finished_at, result FROM rounds WHERE id > ?1 AND view_id = ?2")?;
            let rolled_up = rolled_up(connection)?;
            for (name, view) in names.views() {
                let of_view = outcomes.entry(name.to_owned()).or_default();
                let mut rows = kept.query(params![view, first, end])?;
                while let Some(row) = rows.next()? {
                    let figures = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                    let [complete, partial, failed] = unpack_outcomes(figures)?;
                    of_view.insert(start(row.get(0)?), HourOutcomes { complete, partial, failed });
                }
                let mut rows = waiting.query([rolled_up, view])?;
                while let Some(row) = rows.next()? {
                    let hour = hour(Timestamp::from_nanos(row.get(0)?));
                    if !(first..end).contains(&hour) {
                        continue;
                    }
                    let sum = of_view.entry(start(hour)).or_default();
                    match row.get(1)? {
                        0 => sum.complete += 1,
                        1 => sum.partial += 1,
                        2 => sum.failed += 1,
                        _ => return Err(Fault::damaged("rounds")),
                    }
                }
            }
            Ok(outcomes)
        })
    }

    /// Of each span of `every` the round of a view that ended last, in the order of time: few rounds, however many there are.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_of_each(
        &self,
        view: &str,
        (period, every): (Period, Duration),
    ) -> Result<Vec<HistoryRound>, HistoryError> {
        let every = i64::try_from(every.as_nanos()).unwrap_or(i64::MAX).max(1);
        self.read(|connection| {
            let names = Names::load(connection)?;
            let Some(number) = names.known_view(view) else { return Ok(Vec::new()) };
            let tail = "r.id IN (
                SELECT id FROM (
                  SELECT id, MAX(finished_at) FROM rounds WHERE view_id = ?1 AND finished_at >= ?2 AND finished_at < ?3
                  GROUP BY (finished_at - ?2) / ?4
                )
              ) ORDER BY r.finished_at, r.id";
            let loaded = load(&names, tail, params![number, period.start.nanos(), period.end.nanos(), every])?;
            Ok(loaded.into_iter().map(|loaded| loaded.round).collect())
        })
    }
}

/// The first hour that begins at or after an instant, counted from 1970.
fn first_hour(instant: Timestamp) -> i64 {
    instant.nanos().div_euclid(HOUR) + i64::from(instant.nanos().rem_euclid(HOUR) > 0)
}

fn start(hour: i64) -> Timestamp {
    Timestamp::from_nanos(hour.saturating_mul(HOUR))
}
