//! Rounds into the file: all that a round found in one transaction.

use rusqlite::params;

use super::bars;
use super::error::{Fault, HistoryError};
use super::figures::{RoundRecord, RoundResult};
use super::file::History;
use super::finding;
use super::names::Names;
use super::round_blob::{pack_feature, pack_view};

impl History {
    /// Adds rounds, each of one view, with their findings, in one transaction. When this returns, they are on the disk;
    /// findings that a round resolves end before its own are seen.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing of any of the rounds is kept.
    pub fn record(&mut self, records: &[RoundRecord]) -> Result<(), HistoryError> {
        self.write("record rounds in", |transaction| {
            let mut names = Names::load(transaction)?;
            records.iter().try_for_each(|record| add(record, &mut names))
        })
    }
}

fn add(record: &RoundRecord, names: &mut Names<'_>) -> Result<(), Fault> {
    let round = &record.round;
    let connection = names.connection();
    let view = names.view(&round.view)?;
    let figures = round.measured.as_ref().map(|measured| pack_view(measured, names)).transpose()?;
    let result = match round.result {
        RoundResult::Complete => 0,
        RoundResult::Partial => 1,
        RoundResult::Failed => 2,
    };
    connection.execute(
        "INSERT INTO rounds (view_id, started_at, finished_at, as_of, seed, result, figures)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            view,
            round.started_at.nanos(),
            round.finished_at.nanos(),
            round.as_of.nanos(),
            round.seed.cast_signed(),
            result,
            figures
        ],
    )?;
    let id = connection.last_insert_rowid();
    let mut statement =
        connection.prepare("INSERT INTO round_features (round_id, feature_id, figures) VALUES (?1, ?2, ?3)")?;
    for (name, feature) in round.measured.iter().flat_map(|measured| &measured.features) {
        let number = names.feature(view, name)?;
        statement.execute(params![id, number, pack_feature(feature, names)?])?;
    }
    for (position, failure) in (0_i64..).zip(&round.failures) {
        connection.execute(
            "INSERT INTO failures (round_id, position, stage, reason, message) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, position, failure.stage.name(), failure.reason, failure.message],
        )?;
    }
    let mut statement = connection.prepare(
        "INSERT INTO newest_drift (feature_id, subject, measured_at, checks) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET measured_at = excluded.measured_at, checks = excluded.checks",
    )?;
    for ((name, subject), checks) in &record.drift {
        let number = names.feature(view, name)?;
        let text =
            serde_json::to_string(checks).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        statement.execute(params![number, subject.name(), round.finished_at.nanos(), text])?;
    }
    bars::keep(record, view, names)?;
    if let Some(memory) = &record.memory {
        connection.execute(
            "INSERT INTO memories (view_id, text) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET text = excluded.text",
            params![view, memory],
        )?;
    }
    finding::resolve(&record.resolved, round.finished_at, names)?;
    finding::see(record, names)
}
