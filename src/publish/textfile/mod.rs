//! Prometheus text of one round, for node_exporter's textfile collector.
//!
//! Names and labels are those of the service's own metrics. Counters begin with the process, and the process is one
//! round: they hold what that round counted. What a round does not know (histograms, the history of findings) has no
//! series, and a figure that does not exist has none either.

mod rows;

use std::io;
use std::path::{Path, PathBuf};

use super::metrics::exposition::{Exposed, Sheet, bind};
pub use super::metrics::{Surroundings, WatchedView};
use crate::history::RoundRecord;
use crate::kept::file;
use crate::model::measurement::RoundReport;

/// The metrics of a round could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TextfileError {
    /// The figures do not make valid metrics.
    #[error("could not encode the metrics of the round")]
    Encode(#[from] prometheus::Error),
    /// The file could not be put in place.
    #[error("could not write the metrics to `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The metrics of the round in Prometheus' text format, families by name.
///
/// # Errors
/// When a name or label is not valid: a fault of this module, not of the report.
pub fn render(report: &RoundReport, surroundings: &Surroundings<'_>) -> Result<String, TextfileError> {
    let records: Vec<RoundRecord> =
        report.views.iter().map(|view| RoundRecord::of(report, &view.feature_view)).collect();
    let mut families: Vec<Exposed> = Vec::new();
    for (family, rows) in rows::collect(report, &records, surroundings) {
        let place = families.iter().position(|known| std::ptr::eq(known.family(), family));
        let place = place.unwrap_or_else(|| {
            families.push(Exposed::new(family));
            families.len() - 1
        });
        if let Some(exposed) = families.get_mut(place) {
            rows.iter().for_each(|row| exposed.push(&row.labels, row.value));
        }
    }
    Ok(bind(&[Sheet::write(families)?], &[]))
}

/// Writes the metrics of the round to `path`, readable by all, in one step: a reader sees the old file or the new one.
///
/// # Errors
/// When the file, or the temporary file beside it, cannot be written; the old file is then still in place.
pub fn write(report: &RoundReport, surroundings: &Surroundings<'_>, path: &Path) -> Result<(), TextfileError> {
    let text = render(report, surroundings)?;
    file::replace(path, text.as_bytes()).map_err(|source| TextfileError::Write { path: path.to_owned(), source })
}
