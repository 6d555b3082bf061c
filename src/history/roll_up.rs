//! Rounds added to their hours, each exactly once.
//!
//! A round is told by its number, which only grows: a clock that jumps and a round that ends late change which hour it is
//! added to, never whether. The number of the last round added is written with the sums, in one transaction.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::{OptionalExtension as _, params};

use super::error::{Fault, HistoryError};
use super::file::History;
use super::hour::{FeatureHour, ViewHour};
use super::hour_blob::{FeatureHours, pack_feature_hours, pack_view_hour, unpack_feature_hours, unpack_view_hour};
use super::names::Names;
use super::read::{Loaded, load, rolled_up};
use crate::model::time::{NANOS_PER_SECOND, Timestamp};

/// Rounds of one transaction.
const BATCH: usize = 200;
/// Features of one row.
const PART: i64 = 8;
/// Nanoseconds of an hour.
pub(super) const HOUR: i64 = 3600 * NANOS_PER_SECOND;

impl History {
    /// Adds the rounds that are not yet part of their hours; gives their number. What is read is the same before and
    /// after: [`super::HistoryReader::rollups`] adds waiting rounds itself.
    ///
    /// # Errors
    /// When the file cannot be read or written; rounds added before that stay added.
    pub fn roll_up(&mut self) -> Result<u64, HistoryError> {
        let mut added = 0;
        loop {
            let batch = self.write("roll up rounds of", |transaction| {
                let mut names = Names::load(transaction)?;
                let tail = format!("r.id > ?1 ORDER BY r.id LIMIT {BATCH}");
                let rounds = load(&names, &tail, [rolled_up(transaction)?])?;
                add(&rounds, &mut names)?;
                Ok(rounds.len())
            })?;
            added += batch as u64;
            if batch < BATCH {
                return Ok(added);
            }
        }
    }
}

/// The hour in which an instant lies, counted from 1970.
pub(super) const fn hour(instant: Timestamp) -> i64 {
    instant.nanos().div_euclid(HOUR)
}

fn add(rounds: &[Loaded], names: &mut Names<'_>) -> Result<(), Fault> {
    let Some(last) = rounds.last() else { return Ok(()) };
    let mut views: BTreeMap<(i64, i64), ViewHour> = BTreeMap::new();
    let mut features: BTreeMap<(i64, i64, i64), FeatureHours> = BTreeMap::new();
    for Loaded { view, round, .. } in rounds {
        let place = (*view, hour(round.finished_at));
        let sum = match views.entry(place) {
            Entry::Occupied(sum) => sum.into_mut(),
            Entry::Vacant(free) => free.insert(view_hour(place, names)?),
        };
        *sum = std::mem::take(sum).merge(ViewHour::of(round));
        for (name, figures) in round.measured.iter().flat_map(|measured| &measured.features) {
            let feature = names.feature(*view, name)?;
            let part = (place.1, place.0, feature / PART);
            let sums = match features.entry(part) {
                Entry::Occupied(sums) => sums.into_mut(),
                Entry::Vacant(free) => free.insert(feature_hours(part, names)?),
            };
            let sum = sums.entry(feature).or_default();
            *sum = std::mem::take(sum).merge(FeatureHour::of(figures));
        }
    }
    let connection = names.connection();
    let mut statement = connection.prepare("REPLACE INTO view_hours (view_id, hour, figures) VALUES (?1, ?2, ?3)")?;
    for ((view, hour), sum) in &views {
        statement.execute(params![view, hour, pack_view_hour(sum, names)?])?;
    }
    let mut statement =
        connection.prepare("REPLACE INTO feature_hours (hour, view_id, part, figures) VALUES (?1, ?2, ?3, ?4)")?;
    for ((hour, view, part), sums) in &features {
        statement.execute(params![hour, view, part, pack_feature_hours(sums, names)?])?;
    }
    connection.execute("UPDATE rolled_up SET round_id = ?1", [last.id])?;
    Ok(())
}

/// What the hour holds already.
fn view_hour((view, hour): (i64, i64), names: &Names<'_>) -> Result<ViewHour, Fault> {
    let sql = "SELECT figures FROM view_hours WHERE view_id = ?1 AND hour = ?2";
    let held: Option<Vec<u8>> = names.connection().query_row(sql, [view, hour], |row| row.get(0)).optional()?;
    held.map_or_else(|| Ok(ViewHour::default()), |held| unpack_view_hour(&held, names))
}

fn feature_hours((hour, view, part): (i64, i64, i64), names: &Names<'_>) -> Result<FeatureHours, Fault> {
    let sql = "SELECT figures FROM feature_hours WHERE hour = ?1 AND view_id = ?2 AND part = ?3";
    let held: Option<Vec<u8>> = names.connection().query_row(sql, [hour, view, part], |row| row.get(0)).optional()?;
    held.map_or_else(|| Ok(FeatureHours::default()), |held| unpack_feature_hours(&held, names))
}
