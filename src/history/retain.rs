//! What is old enough goes, in small transactions, so that a round never waits long for the file.
//!
//! The file does not shrink; its free pages are used again.

use std::time::Duration;

use rusqlite::{Transaction, params};

use super::bars;
use super::error::{Fault, HistoryError};
use super::file::History;
use super::read::rolled_up;
use super::roll_up::hour;
use crate::model::time::Timestamp;

/// Rounds of one transaction.
const ROUNDS: i64 = 100;
/// Hours, findings, profiles, captures or bars of one transaction.
const ROWS: i64 = 5000;

/// How long a report is kept that did not arrive everywhere: longer than anybody tries to send it.
const KEPT_EDITION: Duration = Duration::from_secs(35 * 24 * 3600);

/// How much went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Rounds.
    pub rounds: u64,
    /// Hours of views and of features.
    pub hours: u64,
    /// Findings.
    pub findings: u64,
    /// Profiles.
    pub profiles: u64,
    /// Captures that have ended.
    pub captures: u64,
    /// Bars of features and days.
    pub bars: u64,
    /// Reports that were sent or given up.
    pub reports: u64,
}

impl History {
    /// Removes what is older than its time in [`super::Retention`], seen from `now`. A round goes only when it is part of
    /// its hour, an open finding never.
    ///
    /// # Errors
    /// When the file cannot be written; what went before that stays gone.
    pub fn retain(&mut self, now: Timestamp) -> Result<Retained, HistoryError> {
        let (rounds, hours) = (now.minus(self.retention.rounds), now.minus(self.retention.hours));
        let remove = |history: &mut Self, (batch, remove): (i64, Removal)| {
            let mut removed = 0_u64;
            loop {
                let more = history.write("remove what is old from", remove.as_ref())?;
                removed += more as u64;
                if i64::try_from(more).unwrap_or(i64::MAX) < batch {
                    return Ok::<u64, HistoryError>(removed);
                }
            }
        };
        let rows = |sql: &'static str, before: i64| -> (i64, Removal) {
            (ROWS, Box::new(move |transaction| Ok(transaction.execute(sql, params![before, ROWS])?)))
        };
        let by_hour = hour(hours);
        Ok(Retained {
            rounds: remove(self, (ROUNDS, Box::new(move |transaction| old_rounds(transaction, rounds))))?,
            hours: remove(self, rows(OLD_FEATURE_HOURS, by_hour))? + remove(self, rows(OLD_VIEW_HOURS, by_hour))?,
            findings: remove(self, rows(OLD_FINDINGS, hours.nanos()))?,
            profiles: remove(self, rows(OLD_PROFILES, rounds.nanos()))?,
            captures: remove(self, rows(OLD_CAPTURES, hours.nanos()))?,
            bars: remove(self, rows(OLD_BARS, bars::day(hours)))?,
            reports: remove(self, rows(OLD_EDITIONS, now.minus(KEPT_EDITION).nanos()))?
                + remove(self, rows(OLD_DELIVERIES, hours.nanos()))?,
        })
    }
}

/// Removes one batch; gives how many went.
type Removal = Box<dyn Fn(&Transaction<'_>) -> Result<usize, Fault>>;

const OLD_FEATURE_HOURS: &str = "DELETE FROM feature_hours WHERE (hour, view_id, part) IN (
  SELECT hour, view_id, part FROM feature_hours WHERE hour < ?1 LIMIT ?2)";
const OLD_VIEW_HOURS: &str = "DELETE FROM view_hours WHERE (view_id, hour) IN (
  SELECT h.view_id, h.hour FROM views v JOIN view_hours h ON h.view_id = v.id AND h.hour < ?1 LIMIT ?2)";
const OLD_FINDINGS: &str = "DELETE FROM findings WHERE id IN (SELECT id FROM findings WHERE resolved_at < ?1 LIMIT ?2)";
const OLD_PROFILES: &str = "DELETE FROM profiles WHERE id IN (SELECT id FROM profiles WHERE used_at < ?1 LIMIT ?2)";
const OLD_CAPTURES: &str =
    "DELETE FROM captures WHERE id IN (SELECT id FROM captures WHERE state <> 0 AND ended_at < ?1 LIMIT ?2)";
const OLD_EDITIONS: &str =
    "DELETE FROM report_editions WHERE rowid IN (SELECT rowid FROM report_editions WHERE made_at < ?1 LIMIT ?2)";
const OLD_DELIVERIES: &str =
    "DELETE FROM report_deliveries WHERE id IN (SELECT id FROM report_deliveries WHERE ended_at < ?1 LIMIT ?2)";

const OLD_BARS: &str = "DELETE FROM drift_bars WHERE (day, view_id, feature_id) IN (
  SELECT day, view_id, feature_id FROM drift_bars WHERE day < ?1 LIMIT ?2)";

fn old_rounds(transaction: &Transaction<'_>, before: Timestamp) -> Result<usize, Fault> {
    let mut statement = transaction.prepare(
        "SELECT r.id FROM views v JOIN rounds r ON r.view_id = v.id AND r.finished_at < ?1 WHERE r.id <= ?2 LIMIT ?3",
    )?;
    let old = statement.query_map(params![before.nanos(), rolled_up(transaction)?, ROUNDS], |row| row.get(0))?;
    let old: Vec<i64> = old.collect::<Result<_, _>>()?;
    for sql in [
        "DELETE FROM round_features WHERE round_id = ?1",
        "DELETE FROM failures WHERE round_id = ?1",
        "DELETE FROM rounds WHERE id = ?1",
    ] {
        let mut statement = transaction.prepare(sql)?;
        for id in &old {
            statement.execute([id])?;
        }
    }
    Ok(old.len())
}
