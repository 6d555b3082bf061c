//! Captured rows in the file, from the cut to the snapshot of that cut.
//!
//! A capture waits until it is settled or expires, and its rows go in the transaction that says so: each row is counted
//! once, whenever the process ends. Of a view only the newest few captures wait.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::captured_blob::{pack_row, unpack_row};
use super::error::{Fault, HistoryError};
use super::file::{History, HistoryReader};
use super::names::Names;
use crate::model::captured::{Capture, CaptureCounts, CaptureLayout, CapturedMeasurement, CapturedRow};
use crate::model::entity::EntityKey;
use crate::model::time::Timestamp;

/// Most captures of a view that wait for their snapshots; before another one is kept, the oldest of them expires.
pub const MOST_WAITING: usize = 3;

/// A capture whose snapshot has not come yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingCapture {
    /// Its number in the file.
    pub id: i64,
    /// The cut.
    pub cut: Timestamp,
    /// What its rows hold.
    pub layout: CaptureLayout,
}

/// The end of a capture.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptureEnd {
    /// Its number in the file.
    pub id: i64,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How.
    pub outcome: CaptureOutcome,
}

/// How a capture ended.
#[derive(Clone, Debug, PartialEq)]
pub enum CaptureOutcome {
    /// Its rows were held against the snapshot of their cut.
    Settled(CapturedMeasurement),
    /// They were given up.
    Expired,
}

impl History {
    /// Keeps the rows of a view at a cut, unless there are rows of this cut already. Gives what became of rows: those
    /// captured, and those of older captures that expired in their favour.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing is changed.
    pub fn capture(&mut self, capture: &Capture) -> Result<CaptureCounts, HistoryError> {
        self.write("keep captured rows in", |transaction| {
            let mut names = Names::load(transaction)?;
            add(capture, names.view(&capture.feature_view)?, transaction)
        })
    }

    /// Ends captures: those of them that have not ended yet. Gives what became of their rows.
    ///
    /// # Errors
    /// When the file cannot be written; then all of them still wait.
    pub fn end_captures(&mut self, ends: &[CaptureEnd]) -> Result<CaptureCounts, HistoryError> {
        self.write("settle captured rows in", |transaction| {
            let mut counts = CaptureCounts::default();
            for capture in ends {
                end(capture, (transaction, &mut counts))?;
            }
            Ok(counts)
        })
    }
}

impl History {
    /// Gives up the captures that wait of all views but these: nobody judges them any more, and their rows go. Gives how
    /// many rows that were.
    ///
    /// # Errors
    /// When the file cannot be written; then all of them still wait.
    pub fn abandon_captures(&mut self, kept: &[&str], now: Timestamp) -> Result<u64, HistoryError> {
        self.write("give up captured rows in", |transaction| {
            let mut statement = transaction
                .prepare("SELECT c.id, v.name FROM captures c JOIN views v ON v.id = c.view_id WHERE c.state = 0")?;
            let waiting = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let waiting: Vec<(i64, String)> = waiting.collect::<Result<_, _>>()?;
            let mut counts = CaptureCounts::default();
            for (id, _) in waiting.into_iter().filter(|(_, view)| !kept.contains(&view.as_str())) {
                let expired = CaptureEnd { id, ended_at: now, outcome: CaptureOutcome::Expired };
                end(&expired, (transaction, &mut counts))?;
            }
            Ok(counts.expired)
        })
    }
}

impl HistoryReader {
    /// The captures of a view that wait, oldest cut first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn waiting_captures(&self, view: &str) -> Result<Vec<WaitingCapture>, HistoryError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT c.id, c.cut, c.layout FROM captures c JOIN views v ON v.id = c.view_id
                 WHERE v.name = ?1 AND c.state = 0 ORDER BY c.cut",
            )?;
            let mut rows = statement.query([view])?;
            let mut waiting = Vec::new();
            while let Some(row) = rows.next()? {
                let layout = parsed(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
                waiting.push(WaitingCapture { id: row.get(0)?, cut: Timestamp::from_nanos(row.get(1)?), layout });
            }
            Ok(waiting)
        })
    }

    /// The rows of a capture that waits, by their keys; none if it has ended.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn captured_rows(&self, id: i64) -> Result<Vec<CapturedRow>, HistoryError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare("SELECT entity, read_at, content FROM captured_rows WHERE capture_id = ?1")?;
            let mut rows = statement.query([id])?;
            let mut captured = Vec::new();
            while let Some(row) = rows.next()? {
                let key = EntityKey::read(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
                captured.push(CapturedRow {
                    key: key.ok_or_else(|| Fault::damaged("captured_rows"))?,
                    read_at: Timestamp::from_nanos(row.get(1)?),
                    row: unpack_row(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?)?,
                });
            }
            captured.sort_by(|left, right| left.key.cmp(&right.key));
            Ok(captured)
        })
    }

    /// What the rows of the newest cut say that was settled; `None` where none was.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_captured(&self, view: &str) -> Result<Option<CapturedMeasurement>, HistoryError> {
        self.read(|connection| {
            let text: Option<String> = connection
                .query_row(
                    "SELECT c.figures FROM captures c JOIN views v ON v.id = c.view_id
                     WHERE v.name = ?1 AND c.figures IS NOT NULL ORDER BY c.cut DESC LIMIT 1",
                    [view],
                    |row| row.get(0),
                )
                .optional()?;
            text.map(|text| parsed(&text)).transpose()
        })
    }

    /// What became of the rows captured of a view.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn capture_counts(&self, view: &str) -> Result<CaptureCounts, HistoryError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT c.state, c.captured, c.superseded FROM captures c JOIN views v ON v.id = c.view_id
                 WHERE v.name = ?1",
            )?;
            let mut rows = statement.query([view])?;
            let mut counts = CaptureCounts::default();
            while let Some(row) = rows.next()? {
                let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
                let (captured, superseded) = (number(1)?, number(2)?);
                counts.captured += captured;
                match row.get(0)? {
                    WAITING => counts.waiting += captured,
                    SETTLED => {
                        counts.settled += captured.saturating_sub(superseded);
                        counts.superseded += superseded;
                    }
                    EXPIRED => counts.expired += captured,
                    _ => return Err(Fault::damaged("captures")),
                }
            }
            Ok(counts)
        })
    }
}

const WAITING: i64 = 0;
const SETTLED: i64 = 1;
const EXPIRED: i64 = 2;

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::damaged("captures"))
}

fn written<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    Ok(serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?)
}

fn add(capture: &Capture, view: i64, transaction: &Transaction<'_>) -> Result<CaptureCounts, Fault> {
    let mut counts = CaptureCounts::default();
    let added = transaction.execute(
        "INSERT INTO captures (view_id, cut, layout, state, captured, superseded) VALUES (?1, ?2, ?3, ?4, ?5, 0)
         ON CONFLICT DO NOTHING",
        params![view, capture.cut.nanos(), written(&capture.layout)?, WAITING, length(&capture.rows)],
    )?;
    if added == 0 {
        return Ok(counts);
    }
    let id = transaction.last_insert_rowid();
    let mut statement = transaction
        .prepare("INSERT INTO captured_rows (capture_id, entity, read_at, content) VALUES (?1, ?2, ?3, ?4)")?;
    let mut entity = Vec::new();
    for captured in &capture.rows {
        entity.clear();
        captured.key.write(&mut entity);
        statement.execute(params![id, entity, captured.read_at.nanos(), pack_row(&captured.row)])?;
    }
    counts.captured = capture.rows.len() as u64;
    for id in surplus(view, transaction)? {
        let expired = CaptureEnd { id, ended_at: capture.cut, outcome: CaptureOutcome::Expired };
        end(&expired, (transaction, &mut counts))?;
    }
    Ok(counts)
}

fn length(rows: &[CapturedRow]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

/// The captures of a view that wait beyond the number allowed: those with the oldest cuts.
fn surplus(view: i64, connection: &Connection) -> Result<Vec<i64>, Fault> {
    let most = i64::try_from(MOST_WAITING).unwrap_or(i64::MAX);
    let mut statement = connection
        .prepare("SELECT id FROM captures WHERE view_id = ?1 AND state = 0 ORDER BY cut DESC LIMIT -1 OFFSET ?2")?;
    let surplus = statement.query_map([view, most], |row| row.get(0))?;
    Ok(surplus.collect::<Result<_, _>>()?)
}

/// Ends a capture if it still waits.
fn end(capture: &CaptureEnd, (transaction, counts): (&Transaction<'_>, &mut CaptureCounts)) -> Result<(), Fault> {
    let (state, superseded, figures) = match &capture.outcome {
        CaptureOutcome::Settled(measured) => (SETTLED, measured.superseded, Some(written(measured)?)),
        CaptureOutcome::Expired => (EXPIRED, 0, None),
    };
    let captured: Option<i64> = transaction
        .query_row(
            "UPDATE captures SET state = ?2, superseded = ?3, ended_at = ?4, figures = ?5 WHERE id = ?1 AND state = 0
             RETURNING captured",
            params![capture.id, state, superseded.cast_signed(), capture.ended_at.nanos(), figures],
            |row| row.get(0),
        )
        .optional()?;
    let Some(captured) = captured.map(i64::cast_unsigned) else { return Ok(()) };
    transaction.execute("DELETE FROM captured_rows WHERE capture_id = ?1", [capture.id])?;
    match capture.outcome {
        CaptureOutcome::Settled(_) => {
            counts.settled += captured.saturating_sub(superseded);
            counts.superseded += superseded;
        }
        CaptureOutcome::Expired => counts.expired += captured,
    }
    Ok(())
}
