//! Rounds out of the file.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};

use super::error::{Fault, HistoryError};
use super::figures::{DriftSubject, FeatureFigures, HistoryRound, Period, RoundFailure, RoundResult};
use super::file::HistoryReader;
use super::names::Names;
use super::round_blob::{unpack_feature, unpack_view};
use crate::model::check::Stage;
use crate::model::drift::DriftChecks;
use crate::model::time::Timestamp;

/// The state of a view when its last round ended: what gauges are restored from.
#[derive(Clone, Debug, PartialEq)]
pub struct LastRound {
    /// The round recorded last.
    pub newest: HistoryRound,
    /// The last one with figures, perhaps the same; `None` when none is held.
    pub measured: Option<HistoryRound>,
    /// When the last complete round ended; `None` when none is held.
    pub completed_at: Option<Timestamp>,
}

/// The whole result of drift of one feature and subject.
#[derive(Clone, Debug, PartialEq)]
pub struct NewestDrift {
    /// End of the round that measured it.
    pub measured_at: Timestamp,
    /// Result per statistic.
    pub checks: DriftChecks,
}

impl HistoryReader {
    /// Names of all views that a round was recorded of, also those whose rounds are gone.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn views(&self) -> Result<Vec<String>, HistoryError> {
        self.read(|connection| Ok(Names::load(connection)?.views().into_keys().map(str::to_owned).collect()))
    }

    /// The last rounds of each view, by view; a view without rounds is left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_rounds(&self) -> Result<Vec<LastRound>, HistoryError> {
        self.read(|connection| {
            let names = Names::load(connection)?;
            let last = |view: i64, condition: &str| {
                let tail = format!("r.view_id = ?1 {condition} ORDER BY r.id DESC LIMIT 1");
                Ok::<_, Fault>(load(&names, &tail, [view])?.pop().map(|loaded| loaded.round))
            };
            let mut rounds = Vec::new();
            for view in names.views().into_values() {
                let Some(newest) = last(view, "")? else { continue };
                let measured = match &newest.measured {
                    Some(_) => Some(newest.clone()),
                    None => last(view, "AND r.figures IS NOT NULL")?,
                };
                let completed_at: Option<i64> = connection.query_row(
                    "SELECT MAX(finished_at) FROM rounds WHERE view_id = ?1 AND result = 0",
                    [view],
                    |row| row.get(0),
                )?;
                rounds.push(LastRound { newest, measured, completed_at: completed_at.map(Timestamp::from_nanos) });
            }
            Ok(rounds)
        })
    }

    /// What judging remembers of each view that it remembers anything of, as [`super::RoundRecord::memory`] said last.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn memories(&self) -> Result<BTreeMap<String, String>, HistoryError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare("SELECT v.name, m.text FROM memories m JOIN views v ON v.id = m.view_id")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Rounds of a view that ended in the period, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rounds(&self, view: &str, period: Period) -> Result<Vec<HistoryRound>, HistoryError> {
        self.read(|connection| {
            let names = Names::load(connection)?;
            let Some(number) = names.known_view(view) else { return Ok(Vec::new()) };
            let tail = "r.view_id = ?1 AND r.finished_at >= ?2 AND r.finished_at < ?3 ORDER BY r.id";
            let loaded = load(&names, tail, params![number, period.start.nanos(), period.end.nanos()])?;
            Ok(loaded.into_iter().map(|loaded| loaded.round).collect())
        })
    }

    /// Figures of one feature per round that ended in the period, with the end of the round.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn feature_rounds(
        &self,
        (view, feature): (&str, &str),
        period: Period,
    ) -> Result<Vec<(Timestamp, FeatureFigures)>, HistoryError> {
        self.read(|connection| {
            let names = Names::load(connection)?;
            let mut statement = connection.prepare(
                "SELECT r.finished_at, f.figures
                 FROM rounds r JOIN views v ON v.id = r.view_id
                   JOIN features p ON p.view_id = v.id AND p.name = ?2
                   JOIN round_features f ON f.round_id = r.id AND f.feature_id = p.id
                 WHERE v.name = ?1 AND r.finished_at >= ?3 AND r.finished_at < ?4 ORDER BY r.id",
            )?;
            let mut rows = statement.query(params![view, feature, period.start.nanos(), period.end.nanos()])?;
            let mut rounds = Vec::new();
            while let Some(row) = rows.next()? {
                let figures = unpack_feature(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?, &names)?;
                rounds.push((Timestamp::from_nanos(row.get(0)?), figures));
            }
            Ok(rounds)
        })
    }

    /// The newest results of drift of a view, per feature and subject that has any.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_drift(&self, view: &str) -> Result<BTreeMap<(String, DriftSubject), NewestDrift>, HistoryError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT p.name, d.measured_at, d.checks, d.subject FROM newest_drift d
                 JOIN features p ON p.id = d.feature_id JOIN views v ON v.id = p.view_id WHERE v.name = ?1",
            )?;
            let mut rows = statement.query([view])?;
            let mut newest = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let text = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
                let checks = serde_json::from_str(text).map_err(|_| Fault::damaged("newest_drift"))?;
                let subject = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
                let subject = DriftSubject::ALL.into_iter().find(|known| known.name() == subject);
                let subject = subject.ok_or_else(|| Fault::damaged("newest_drift"))?;
                let measured_at = Timestamp::from_nanos(row.get(1)?);
                newest.insert((row.get(0)?, subject), NewestDrift { measured_at, checks });
            }
            Ok(newest)
        })
    }
}

/// A round with its numbers.
pub(super) struct Loaded {
    pub(super) id: i64,
    pub(super) view: i64,
    pub(super) round: HistoryRound,
}

/// Whole rounds, under a condition on `r` that an order may follow.
pub(super) fn load(names: &Names<'_>, tail: &str, parameters: impl rusqlite::Params) -> Result<Vec<Loaded>, Fault> {
    let connection = names.connection();
    let mut rounds = load_headers(names, tail, parameters)?;
    let mut features = connection.prepare("SELECT feature_id, figures FROM round_features WHERE round_id = ?1")?;
    for Loaded { id, view, round } in &mut rounds {
        let Some(measured) = &mut round.measured else { continue };
        let known = names.features(*view);
        let mut rows = features.query([*id])?;
        while let Some(row) = rows.next()? {
            let name = known.get(&row.get(0)?).ok_or_else(|| Fault::damaged("features"))?;
            let figures = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            measured.features.insert((*name).to_owned(), unpack_feature(figures, names)?);
        }
    }
    Ok(rounds)
}

/// Rounds without their features, under a condition on `r` that an order may follow.
pub(super) fn load_headers(
    names: &Names<'_>,
    tail: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Loaded>, Fault> {
    let connection = names.connection();
    let sql = format!(
        "SELECT r.id, r.view_id, v.name, r.started_at, r.finished_at, r.as_of, r.seed, r.result, r.figures
         FROM rounds r JOIN views v ON v.id = r.view_id WHERE {tail}"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(parameters)?;
    let mut rounds = Vec::new();
    while let Some(row) = rows.next()? {
        rounds.push(header(row, names)?);
    }
    let mut failures =
        connection.prepare("SELECT stage, reason, message FROM failures WHERE round_id = ?1 ORDER BY position")?;
    for Loaded { id, round, .. } in &mut rounds {
        let mut rows = failures.query([*id])?;
        while let Some(row) = rows.next()? {
            round.failures.push(failure(row)?);
        }
    }
    Ok(rounds)
}

fn header(row: &Row<'_>, names: &Names<'_>) -> Result<Loaded, Fault> {
    let figures: Option<Vec<u8>> = row.get(8)?;
    let result = match row.get(7)? {
        0 => RoundResult::Complete,
        1 => RoundResult::Partial,
        2 => RoundResult::Failed,
        _ => return Err(Fault::damaged("rounds")),
    };
    let round = HistoryRound {
        view: row.get(2)?,
        started_at: Timestamp::from_nanos(row.get(3)?),
        finished_at: Timestamp::from_nanos(row.get(4)?),
        as_of: Timestamp::from_nanos(row.get(5)?),
        seed: row.get::<_, i64>(6)?.cast_unsigned(),
        result,
        failures: Vec::new(),
        measured: figures.map(|figures| unpack_view(&figures, names)).transpose()?,
    };
    Ok(Loaded { id: row.get(0)?, view: row.get(1)?, round })
}

fn failure(row: &Row<'_>) -> Result<RoundFailure, Fault> {
    let stage: String = row.get(0)?;
    let stage = Stage::ALL.into_iter().find(|known| known.name() == stage).ok_or_else(|| Fault::damaged("failures"))?;
    Ok(RoundFailure { stage, reason: row.get(1)?, message: row.get(2)? })
}

/// The round up to which all rounds are part of the hours.
pub(super) fn rolled_up(connection: &Connection) -> Result<i64, Fault> {
    Ok(connection.query_row("SELECT round_id FROM rolled_up", [], |row| row.get(0))?)
}
