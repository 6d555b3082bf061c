//! The captured rows of one view, as a round finds them in the history.
//!
//! A round that sees a snapshot complete up to the cut of a capture holds its rows against that snapshot; the history
//! then ends the capture. What the newest of them said stands until the next one is settled, or is too old.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::round::chain;
use super::view::Watch;
use crate::history::{CaptureEnd, CaptureOutcome, HistoryError, HistoryReader, WaitingCapture};
use crate::measure::measure_captured;
use crate::model::captured::{Capture, CapturedMeasurement};
use crate::model::check::{Failure, Stage};
use crate::model::entity::EntityKey;
use crate::model::measurement::ViewMeasurement;
use crate::model::time::Timestamp;
use crate::sample::Sides;

/// What captured rows say stands for so many distances between two captures.
const STANDS_FOR: u32 = 3;

/// The captures of one view.
#[derive(Debug)]
pub(crate) struct Captures {
    history: PathBuf,
    waiting: Vec<WaitingCapture>,
    newest: Option<CapturedMeasurement>,
    interval: Duration,
}

impl Captures {
    /// As the history has them; captures of the view are usually `interval` apart.
    pub(crate) async fn load(history: &Path, view: &str, interval: Duration) -> Result<Self, HistoryError> {
        let view = view.to_owned();
        let (waiting, newest) =
            read(history, move |reader| Ok((reader.waiting_captures(&view)?, reader.newest_captured(&view)?))).await?;
        Ok(Self { history: history.to_owned(), waiting, newest, interval })
    }

    /// Settles the captures whose snapshot is there by the watermark measured, and shows what the newest one says.
    pub(super) async fn settle(
        &self,
        watch: &Watch<'_>,
        (sides, measured): (&Sides<'_>, &mut ViewMeasurement),
        failures: &mut Vec<Failure>,
    ) -> Vec<CaptureEnd> {
        let now = sides.clock.now();
        let mut ends = Vec::new();
        let mut newest = self.newest.clone();
        for waiting in &self.waiting {
            if measured.snapshot.watermark.is_none_or(|watermark| watermark < waiting.cut) {
                continue;
            }
            let outcome = match self.judged(watch, (sides, waiting), now).await {
                Ok(Some(figures)) => {
                    if newest.as_ref().is_none_or(|newest| newest.cut < figures.cut) {
                        newest = Some(figures.clone());
                    }
                    CaptureOutcome::Settled(figures)
                }
                Ok(None) => CaptureOutcome::Expired,
                Err((reason, message)) => {
                    let message = format!("captured rows were not judged: {message}");
                    failures.push(watch.failure(Stage::Measure, reason, message));
                    continue;
                }
            };
            ends.push(CaptureEnd { id: waiting.id, ended_at: now, outcome });
        }
        let longest = self.interval.saturating_mul(STANDS_FOR);
        measured.captured = newest.filter(|newest| now.since(newest.cut).is_none_or(|age| age <= longest));
        ends
    }

    /// What the rows of a capture say; `None` where the view is no longer the one that they were captured of.
    async fn judged(
        &self,
        watch: &Watch<'_>,
        (sides, waiting): (&Sides<'_>, &WaitingCapture),
        now: Timestamp,
    ) -> Result<Option<CapturedMeasurement>, (&'static str, String)> {
        let id = waiting.id;
        let rows = read(&self.history, move |reader| reader.captured_rows(id)).await;
        let rows = rows.map_err(|error| (error.reason(), chain(&error)))?;
        let keys: Vec<EntityKey> = rows.iter().map(|captured| captured.key.clone()).collect();
        let unread = |error| (crate::store::snapshot::SnapshotError::reason(&error), chain(&error));
        let snapshot = sides.snapshots.open(watch.view, now).await.map_err(unread)?;
        let history = snapshot.history(&keys).await.map_err(unread)?;
        let layout = waiting.layout.clone();
        let capture = Capture { feature_view: watch.view.name.clone(), cut: waiting.cut, layout, rows };
        Ok(measure_captured(watch.view, &capture, (history, sides.fidelity), now))
    }
}

/// Reads the history on a thread that may wait for the disk.
async fn read<T: Send + 'static>(
    history: &Path,
    read: impl FnOnce(&HistoryReader) -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, HistoryError> {
    let path = history.to_owned();
    let reading = tokio::task::spawn_blocking(move || read(&HistoryReader::open(&path)?));
    match reading.await {
        Ok(outcome) => outcome,
        Err(error) => {
            let source = std::io::Error::other(error);
            Err(HistoryError::File { attempt: "read", path: history.to_owned(), source })
        }
    }
}
