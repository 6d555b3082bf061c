//! Rounds and hours for people: few of them, or without their features, which are most of what there is to read.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::params;

use super::error::HistoryError;
use super::figures::{HistoryRound, Period};
use super::file::HistoryReader;
use super::hour::ViewHour;
use super::hour_blob::unpack_view_hour;
use super::names::Names;
use super::read::{Loaded, load, load_headers, rolled_up};
use super::roll_up::{HOUR, hour};
use crate::model::time::Timestamp;

/// Hours of views by their starts, by view.
pub type HoursByView = BTreeMap<String, BTreeMap<Timestamp, ViewHour>>;

impl HistoryReader {
    /// The hours of every view that begin in the period, up to the round recorded last, without features and findings.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn hours(&self, period: Period) -> Result<HoursByView, HistoryError> {
        self.read(|connection| {
            let names = Names::load(connection)?;
            let (first, end) = (first_hour(period.start), first_hour(period.end));
            let mut hours = HoursByView::new();
            let mut statement = connection
                .prepare("SELECT hour, figures FROM view_hours WHERE view_id = ?1 AND hour >= ?2 AND hour < ?3")?;
            for (name, view) in names.views() {
                let mut rows = statement.query(params![view, first, end])?;
                while let Some(row) = rows.next()? {
                    let figures = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                    let of_view = hours.entry(name.to_owned()).or_default();
                    of_view.insert(start(row.get(0)?), unpack_view_hour(figures, &names)?);
                }
            }
            for Loaded { round, .. } in load_headers(&names, "r.id > ?1 ORDER BY r.id", [rolled_up(connection)?])? {
                let hour = hour(round.finished_at);
                if (first..end).contains(&hour) {
                    let sum = hours.entry(round.view.clone()).or_default().entry(start(hour)).or_default();
                    *sum = std::mem::take(sum).merge(ViewHour::of(&round));
                }
            }
            Ok(hours)
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
