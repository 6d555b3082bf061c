//! `--training-set`: a training set instead of the online store is held against the snapshots.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::check::Format;
use super::fail_on::FailOn;
use super::place::can_hold;
use super::screen::Screen;
use crate::config::Plan;
use crate::kept::file::{Readers, replace_for};
use crate::model::check::Severity;
use crate::model::time::Timestamp;
use crate::model::training::{TrainingMeasurement, TrainingVerdict};
use crate::publish::training as told;
use crate::run::{HeldSet, TrainingSet, training};

/// What stands for the name of a view in a path.
const VIEW: &str = "{view}";

/// Whether a training set is checked, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct TrainingArguments {
    /// Instead of the online store, hold a training set (Parquet: entity keys, a time per row, features) against the
    /// snapshots: which rows does no honest point-in-time join give?
    #[arg(long, value_name = "LOCATION", conflicts_with_all = ["evidence", "repair_keys", "textfile"])]
    training_set: Option<String>,
    /// The column of the training set with the time of each row.
    #[arg(long, value_name = "COLUMN", requires = "training_set", default_value = "event_timestamp")]
    training_timestamp: String,
    /// Also write the rows that no honest join gives as Parquet; `{view}` in the path stands for the name of the view, which
    /// there must be for more than one.
    #[arg(long, value_name = "FILE", requires = "training_set")]
    dishonest_rows: Option<String>,
}

impl TrainingArguments {
    /// Checks the training set where one is given, and prints what was found.
    ///
    /// # Errors
    /// When it or the snapshots cannot be read, or the result cannot be written.
    pub(super) async fn run(
        &self,
        plan: &Plan,
        (as_of, format): (Option<Timestamp>, Format),
        fail_on: FailOn,
    ) -> anyhow::Result<Option<ExitCode>> {
        let Some(location) = &self.training_set else { return Ok(None) };
        if matches!(format, Format::Junit | Format::Github) {
            anyhow::bail!("a training set is told with `--format table` or `--format json`");
        }
        if let Some(path) = &self.dishonest_rows {
            can_hold(Path::new(path)).with_context(|| unwritten(Path::new(path)))?;
        }
        let set = TrainingSet { location, timestamp: &self.training_timestamp };
        let HeldSet { measured, failures } = training(plan, set, as_of).await?;
        let paths = self.paths(&measured)?;
        let mut screen = Screen::open();
        let printed = match format {
            Format::Table | Format::Junit | Format::Github => told::write(&measured, &mut screen),
            Format::Json => serde_json::to_writer_pretty(&mut screen, &measured)
                .map_err(std::io::Error::from)
                .and_then(|()| writeln!(screen)),
        };
        printed.context("could not print the result")?;
        for (path, view) in paths.iter().zip(&measured) {
            write_file(path, view).with_context(|| unwritten(path))?;
        }
        let told: Vec<String> =
            failures.into_iter().map(|failure| format!("{:#}", anyhow::Error::from(failure))).collect();
        if !told.is_empty() {
            anyhow::bail!(told.join("\n"));
        }
        Ok(Some(exit_code(&measured, fail_on)))
    }

    /// Where the rows of each view go; empty where they are not asked for.
    fn paths(&self, measured: &[TrainingMeasurement]) -> anyhow::Result<Vec<PathBuf>> {
        let Some(path) = &self.dishonest_rows else { return Ok(Vec::new()) };
        if measured.len() > 1 && !path.contains(VIEW) {
            anyhow::bail!(
                "`--dishonest-rows {path}` is one file for {} views; write `{VIEW}` where their names belong, or choose one \
                 with `--view`",
                measured.len()
            );
        }
        let of_view = |view: &TrainingMeasurement| path.replace(VIEW, &view.feature_view.replace(['/', '\\'], "_"));
        let paths: Vec<PathBuf> = measured.iter().map(|view| PathBuf::from(of_view(view))).collect();
        if paths.iter().collect::<BTreeSet<_>>().len() < paths.len() {
            anyhow::bail!("`--dishonest-rows {path}` is the same file for several views; choose one with `--view`");
        }
        Ok(paths)
    }
}

fn unwritten(path: &Path) -> String {
    format!("could not write the rows of no honest join to `{}`", path.display())
}

fn write_file(path: &Path, view: &TrainingMeasurement) -> anyhow::Result<()> {
    Ok(replace_for(Readers::Owner, path, &told::parquet(&view.dishonest)?)?)
}

/// 2 when nothing could be judged, else 1 when a row is of no honest join, which is as grave as a critical breach.
fn exit_code(measured: &[TrainingMeasurement], fail_on: FailOn) -> ExitCode {
    let verdicts = || measured.iter().flat_map(|view| view.row_verdicts.keys().copied());
    let is_unverified = |verdict| verdict == TrainingVerdict::Unverified;
    if verdicts().all(is_unverified) {
        return ExitCode::from(2);
    }
    let fails = (fail_on.unjudged() && verdicts().any(is_unverified))
        || (fail_on.breach(Severity::Critical) && verdicts().any(TrainingVerdict::is_dishonest));
    if fails { ExitCode::from(1) } else { ExitCode::SUCCESS }
}
