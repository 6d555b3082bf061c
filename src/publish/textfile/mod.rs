//! Prometheus text of one round, for node_exporter's textfile collector.
//!
//! Names and labels are those of the service's own metrics. Counters begin with the process, and the process is one
//! round: they hold what that round counted. What a round does not know (histograms, the history of findings) has no
//! series, and a figure that does not exist has none either.

mod family;
mod rows;

use std::io;
use std::path::{Path, PathBuf};

use prometheus::{CounterVec, GaugeVec, Opts, Registry, TextEncoder};

use super::file;
use crate::model::check::CheckRules;
use crate::model::measurement::RoundReport;
use crate::model::view::FeatureView;

use family::{Family, Kind};

/// What belongs to the metrics and is not in the report: who owns a view, and which limits it was held against.
#[derive(Clone, Debug, Default)]
pub struct Surroundings<'a> {
    /// Name of the online store, such as `redis`; the label `store`.
    pub store: &'a str,
    /// The watched views, measured or not.
    pub views: Vec<WatchedView<'a>>,
}

/// A view with its limits.
#[derive(Clone, Debug)]
pub struct WatchedView<'a> {
    /// The view.
    pub view: &'a FeatureView,
    /// Limits of the view as a whole.
    pub rules: &'a CheckRules,
    /// Limits per feature, by the feature's name.
    pub feature_rules: Vec<(&'a str, &'a CheckRules)>,
}

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
    let registry = Registry::new();
    for (family, rows) in rows::collect(report, surroundings) {
        register(&registry, family, &rows)?;
    }
    Ok(TextEncoder::new().encode_to_string(&registry.gather())?)
}

fn register(registry: &Registry, family: &Family, rows: &[rows::Row<'_>]) -> prometheus::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let options = Opts::new(family.name, family.help).namespace("skewwatch");
    match family.kind {
        Kind::Gauge => {
            let gauges = GaugeVec::new(options, family.labels)?;
            for row in rows {
                gauges.get_metric_with_label_values(&row.labels)?.set(row.value);
            }
            registry.register(Box::new(gauges))
        }
        Kind::Counter => {
            let counters = CounterVec::new(options, family.labels)?;
            for row in rows {
                counters.get_metric_with_label_values(&row.labels)?.inc_by(row.value);
            }
            registry.register(Box::new(counters))
        }
    }
}

/// Writes the metrics of the round to `path`, readable by all, in one step: a reader sees the old file or the new one.
///
/// # Errors
/// When the file, or the temporary file beside it, cannot be written; the old file is then still in place.
pub fn write(report: &RoundReport, surroundings: &Surroundings<'_>, path: &Path) -> Result<(), TextfileError> {
    let text = render(report, surroundings)?;
    file::replace(path, text.as_bytes()).map_err(|source| TextfileError::Write { path: path.to_owned(), source })
}
