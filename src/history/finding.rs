//! Findings over time: one episode per view, feature and check, from the first round that saw it to the one that ended it.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, params};

use super::error::{Fault, HistoryError};
use super::exhibit::{Namer, Written, read};
use super::figures::{Period, RoundRecord};
use super::file::{History, HistoryReader};
use super::names::Names;
use crate::model::cause::KnownCause;
use crate::model::check::{CheckKind, Finding, FindingKey, FindingState, Severity};
use crate::model::exhibit::ShownCell;
use crate::model::time::Timestamp;

/// A finding of a round.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenFinding {
    /// The breach.
    pub finding: Finding,
    /// Where it is in its life after the round: it waits or fires.
    pub state: FindingState,
}

/// A finding from its first round to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingEpisode {
    /// What it is told apart by.
    pub key: FindingKey,
    /// How bad it was last.
    pub severity: Severity,
    /// End of the first round that saw it.
    pub first_seen: Timestamp,
    /// Since when others are told of it; `None` while it waits.
    pub fired_at: Option<Timestamp>,
    /// End of the last round that saw it.
    pub last_seen: Timestamp,
    /// Rounds that saw it.
    pub rounds: u64,
    /// The figure furthest beyond its limit.
    pub worst: f64,
    /// The last figure.
    pub observed: f64,
    /// The limit that it broke.
    pub threshold: f64,
    /// Observations behind it.
    pub n: u64,
    /// The last sentence.
    pub message: String,
    /// When it ended; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
    /// Cells of the last round that saw any.
    pub cells: Vec<ShownCell>,
    /// Why it is there, as the last round that could tell said; `None` where none said anything.
    pub cause: Option<KnownCause>,
}

impl History {
    /// Ends findings that no round will end, such as those of a view that is no longer watched.
    ///
    /// # Errors
    /// When the file cannot be written; then none has ended.
    pub fn resolve(&mut self, keys: &[FindingKey], at: Timestamp) -> Result<(), HistoryError> {
        self.write("resolve findings in", |transaction| resolve(keys, at, &mut Names::load(transaction)?))
    }
}

impl HistoryReader {
    /// Findings that have not ended, by view, feature and check.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open_findings(&self) -> Result<Vec<FindingEpisode>, HistoryError> {
        self.read(|connection| episodes(connection, "f.resolved_at IS NULL", []))
    }

    /// Findings that were open at some time of the period, by view, feature, check and time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn findings(&self, period: Period) -> Result<Vec<FindingEpisode>, HistoryError> {
        let condition = "f.first_seen < ?2 AND (f.resolved_at IS NULL OR f.resolved_at >= ?1)";
        self.read(|connection| episodes(connection, condition, [period.start.nanos(), period.end.nanos()]))
    }
}

/// The number that stands for a feature, 0 for the view as a whole.
fn place(key: &FindingKey, names: &mut Names<'_>) -> Result<(i64, i64), Fault> {
    let view = names.view(&key.feature_view)?;
    let feature = key.feature.as_ref().map_or(Ok(0), |feature| names.feature(view, feature))?;
    Ok((view, feature))
}

pub(super) fn resolve(keys: &[FindingKey], at: Timestamp, names: &mut Names<'_>) -> Result<(), Fault> {
    for key in keys {
        let (view, feature) = place(key, names)?;
        names.connection().execute(
            "UPDATE findings SET resolved_at = ?4
             WHERE view_id = ?1 AND feature_id = ?2 AND check_name = ?3 AND resolved_at IS NULL",
            params![view, feature, key.check.name(), at.nanos()],
        )?;
    }
    Ok(())
}

/// Opens an episode per finding of a round, or prolongs the open one.
pub(super) fn see(record: &RoundRecord, names: &mut Names<'_>) -> Result<(), Fault> {
    let at = record.round.finished_at;
    let namer = Namer::of(names.connection())?;
    let mut known = BTreeSet::new();
    for one in &record.seen {
        let key = one.finding.key();
        let (view, feature) = place(&key, names)?;
        let exhibit = record.exhibits.get(&key).map(|exhibit| namer.write(exhibit, record.disclosure)).transpose()?;
        let Written { cells, cause, is_telling } = exhibit.unwrap_or_default();
        if !known.insert(key) {
            continue;
        }
        let Finding { check, severity, observed, threshold, n, message, .. } = &one.finding;
        let fired_at = matches!(one.state, FindingState::Firing(_)).then_some(at.nanos());
        names.connection().execute(
            "INSERT INTO findings (view_id, feature_id, check_name, severity, first_seen, fired_at, last_seen, rounds,
               worst, observed, threshold, n, message, cells, cause)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, 1, ?7, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (view_id, feature_id, check_name) WHERE resolved_at IS NULL DO UPDATE SET
               severity = excluded.severity, fired_at = COALESCE(fired_at, excluded.fired_at),
               last_seen = excluded.last_seen, rounds = rounds + 1,
               worst = CASE WHEN excluded.observed < excluded.threshold
                 THEN MIN(worst, excluded.observed) ELSE MAX(worst, excluded.observed) END,
               observed = excluded.observed, threshold = excluded.threshold, n = excluded.n, message = excluded.message,
               cells = COALESCE(excluded.cells, cells),
               cause = CASE WHEN ?13 THEN COALESCE(excluded.cause, cause) ELSE COALESCE(cause, excluded.cause) END",
            params![
                view,
                feature,
                check.name(),
                severity.name(),
                at.nanos(),
                fired_at,
                observed,
                threshold,
                n.cast_signed(),
                message,
                cells,
                cause,
                is_telling
            ],
        )?;
    }
    Ok(())
}

/// Episodes under a condition on `f`.
pub(super) fn episodes(
    connection: &Connection,
    condition: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<FindingEpisode>, Fault> {
    let sql = format!(
        "SELECT v.name, p.name, f.check_name, f.severity, f.first_seen, f.fired_at, f.last_seen, f.rounds, f.worst,
           f.observed, f.threshold, f.n, f.message, f.resolved_at, f.cells, f.cause
         FROM findings f JOIN views v ON v.id = f.view_id LEFT JOIN features p ON p.id = f.feature_id
         WHERE {condition} ORDER BY v.name, p.name, f.check_name, f.first_seen, f.id"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(parameters)?;
    let mut episodes = Vec::new();
    while let Some(row) = rows.next()? {
        episodes.push(episode(row)?);
    }
    Ok(episodes)
}

fn episode(row: &Row<'_>) -> Result<FindingEpisode, Fault> {
    let (check, severity): (String, String) = (row.get(2)?, row.get(3)?);
    let damaged = || Fault::damaged("findings");
    let check = CheckKind::ALL.into_iter().find(|known| known.name() == check).ok_or_else(damaged)?;
    let severity = Severity::ALL.into_iter().find(|known| known.name() == severity).ok_or_else(damaged)?;
    Ok(FindingEpisode {
        key: FindingKey { feature_view: row.get(0)?, feature: row.get(1)?, check },
        severity,
        first_seen: Timestamp::from_nanos(row.get(4)?),
        fired_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_nanos),
        last_seen: Timestamp::from_nanos(row.get(6)?),
        rounds: row.get::<_, i64>(7)?.cast_unsigned(),
        worst: row.get(8)?,
        observed: row.get(9)?,
        threshold: row.get(10)?,
        n: row.get::<_, i64>(11)?.cast_unsigned(),
        message: row.get(12)?,
        resolved_at: row.get::<_, Option<i64>>(13)?.map(Timestamp::from_nanos),
        cells: read(row.get(14)?)?.unwrap_or_default(),
        cause: read(row.get(15)?)?,
    })
}
