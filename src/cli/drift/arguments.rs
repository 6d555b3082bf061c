//! The arguments of `skewwatch drift`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::bail;

use crate::cli::fail_on::FailOn;
use crate::config::quantity;
use crate::drift::{Request, Source, Statistics};
use crate::model::check::DriftStatistic;
use crate::model::ratio::Ratio;
use crate::model::time::Timestamp;
use crate::stats::drift::DriftLimits;

/// What a newcomer reads below the options.
pub(super) const EXAMPLES: &str = "\
Examples:
  skewwatch drift train.parquet today.parquet
  skewwatch drift s3://ml/train/ 's3://ml/live/dt=2026-06-*/*.parquet' --columns amount,country
  skewwatch drift train.parquet today.parquet --by country,platform --entity user_id
  skewwatch drift train.parquet today.parquet --format html -o drift.html
  skewwatch profile train.parquet -o train.profile.json
  skewwatch drift train.profile.json today.parquet --fail-on warning

A column has drifted when the whole 95 % interval of an effect lies beyond its limit (and the q-value, over all checks of
the run, is below 0.05); it is stable when the whole interval lies within. In between, or with too few values, it is not
judged, and the output says how many values would do.

Exit code: 2 if something could not be read or nothing was judged, 1 if a column drifted (see --fail-on), else 0.";

/// Arguments of `skewwatch drift`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The fixed side: a Parquet file, a folder, a glob, an `s3://` address, or a file made by `skewwatch profile`.
    pub(super) reference: String,
    /// The observed side, in any of the same forms.
    pub(super) current: String,
    /// Compare these columns only, separated by commas; else all that both sides have.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) columns: Vec<String>,
    #[command(flatten)]
    pub(super) rows: RowArguments,
    #[command(flatten)]
    pub(super) limits: LimitArguments,
    #[command(flatten)]
    pub(super) output: OutputArguments,
    #[command(flatten)]
    pub(super) reading: ReadingArguments,
}

/// What the rows are.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Rows")]
pub(super) struct RowArguments {
    /// Also compare within the segments that the values of these columns make, such as `country,platform`.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) by: Vec<String>,
    /// Fewest rows on either side for a segment of its own; smaller ones become one.
    #[arg(long, value_name = "N", default_value_t = 500, requires = "by")]
    segment_rows: u64,
    /// Columns that name the entity, where it has several rows: its rows depend on each other, and count for less.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    entity: Vec<String>,
    /// When the reference was taken, as RFC 3339: points in time are then compared by their age. A profile brings its own.
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    reference_time: Option<Timestamp>,
    /// When the current side was taken.
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    current_time: Option<Timestamp>,
}

/// The largest effects that pass.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits (the largest effect that passes)")]
pub(super) struct LimitArguments {
    /// Population stability index: how far the distribution moved, over the reference's deciles or the values.
    #[arg(long, value_name = "DISTANCE", default_value_t = 0.2, value_parser = distance)]
    psi: f64,
    /// Kolmogorov–Smirnov distance: the largest gap between the distribution functions; sees tails that psi does not.
    #[arg(long, value_name = "DISTANCE", default_value_t = 0.1, value_parser = distance)]
    ks: f64,
    /// Move of the share of rows without a value (null, NaN, infinite).
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = share)]
    missing: f64,
    /// Share of current rows with keys that the reference does not have, beyond what its size explains.
    #[arg(long, value_name = "SHARE", default_value = "1%", value_parser = share)]
    unseen: f64,
    /// Share of current values outside the reference's range, beyond what its size explains.
    #[arg(long, value_name = "SHARE", default_value = "1%", value_parser = share)]
    out_of_range: f64,
    /// Jensen–Shannon distance to base 2; not checked unless given.
    #[arg(long, value_name = "DISTANCE", value_parser = distance)]
    js: Option<f64>,
    /// Total variation distance; not checked unless given.
    #[arg(long, value_name = "DISTANCE", value_parser = distance)]
    tvd: Option<f64>,
    /// Cramér's V; not checked unless given.
    #[arg(long, value_name = "DISTANCE", value_parser = distance)]
    cramers_v: Option<f64>,
}

/// What is printed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Which statistics are computed; `all` needs whole columns in memory and is printed by `--format json`.
    #[arg(long, value_enum, default_value_t)]
    statistics: Choice,
    /// Write the output to this file, in one step, and only the last line to the terminal.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// From which outcome on the exit code is 1; drift counts as a warning.
    #[arg(long, value_enum, default_value_t)]
    pub(super) fail_on: FailOn,
}

/// What reading may cost.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reading")]
pub(super) struct ReadingArguments {
    /// Memory that values of columns may take, whatever the size of the files.
    #[arg(long, value_name = "SIZE", default_value = "512MB", value_parser = bytes)]
    memory: u64,
    /// Columns read at the same time; as many as there are cores unless given.
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people at a terminal.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// A page of its own.
    Html,
    /// Every statistic, for programs, under the names that SciPy's results have in the tests.
    Oracle,
}

/// The value of `--statistics`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Choice {
    /// Those that verdicts rest on and people look at.
    #[default]
    Default,
    /// Every statistic there is.
    All,
}

impl Arguments {
    /// The first option that a profile cannot serve; `None` where there is none.
    const fn needs_rows(&self) -> Option<&'static str> {
        match (self.output.statistics, self.output.format) {
            _ if !self.rows.by.is_empty() => Some("--by"),
            _ if !self.rows.entity.is_empty() => Some("--entity"),
            (Choice::All, _) => Some("--statistics all"),
            (Choice::Default, Format::Oracle) => Some("--format oracle"),
            (Choice::Default, Format::Table | Format::Json | Format::Markdown | Format::Html) => None,
        }
    }

    /// Checks that the sides can serve the options: rows and columns where an option needs them, a time for both sides or
    /// none.
    ///
    /// # Errors
    /// A message that names the option and the side.
    pub(super) fn check(&self, sides: [&Source; 2]) -> anyhow::Result<()> {
        let addresses = [&self.reference, &self.current];
        if let Some(option) = self.needs_rows()
            && let Some((address, _)) = addresses.iter().zip(sides).find(|(_, side)| side.profile().is_some())
        {
            bail!("`{option}` needs the rows of both sides, and {address} is a profile");
        }
        for (option, names) in [("--by", &self.rows.by), ("--entity", &self.rows.entity)] {
            for (address, side) in addresses.iter().zip(sides) {
                let columns = side.columns();
                if let Some(name) = names.iter().find(|name| columns.iter().all(|column| column.name != **name)) {
                    let known: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                    bail!("`{option}` names `{name}`, which {address} does not have; it has {}", known.join(", "));
                }
            }
        }
        let given = [("--reference-time", self.rows.reference_time), ("--current-time", self.rows.current_time)];
        for (((option, time), address), side) in given.into_iter().zip(addresses).zip(sides) {
            if time.is_some() && side.profile().is_some() {
                bail!(
                    "`{option}` is for data, and {address} is a profile: its time is that of `profile --snapshot-time`"
                );
            }
        }
        let [(option, reference), (other, current)] = given;
        let has = |time: Option<Timestamp>, side: &Source| {
            time.is_some() || side.profile().is_some_and(|profile| profile.settings.snapshot_time.is_some())
        };
        let [ours, theirs] = sides;
        let asked = reference.is_some() || current.is_some();
        match (has(reference, ours), has(current, theirs)) {
            (true, false) if asked => bail!("`{option}` needs {}", missing(other, theirs)),
            (false, true) if asked => bail!("`{other}` needs {}", missing(option, ours)),
            (true | false, _) => Ok(()),
        }
    }

    /// What is to be compared, and how.
    pub(super) fn request(&self) -> Request {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Request {
            columns: self.columns.clone(),
            by: self.rows.by.clone(),
            segment_rows: self.rows.segment_rows,
            entity: self.rows.entity.clone(),
            limits: self.limits.limits(),
            statistics: match (self.output.statistics, self.output.format) {
                (Choice::All, _) | (Choice::Default, Format::Oracle) => Statistics::All,
                (Choice::Default, Format::Table | Format::Json | Format::Markdown | Format::Html) => {
                    Statistics::Default
                }
            },
            memory: self.reading.memory,
            workers: self.reading.workers.unwrap_or_else(cores).get(),
            reference_time: self.rows.reference_time,
            current_time: self.rows.current_time,
        }
    }
}

impl LimitArguments {
    fn limits(&self) -> DriftLimits {
        let always = [
            (DriftStatistic::Psi, self.psi),
            (DriftStatistic::Ks, self.ks),
            (DriftStatistic::Missing, self.missing),
            (DriftStatistic::Unseen, self.unseen),
            (DriftStatistic::OutOfRange, self.out_of_range),
        ];
        let asked = [
            (DriftStatistic::Js, self.js),
            (DriftStatistic::Tvd, self.tvd),
            (DriftStatistic::CramersV, self.cramers_v),
        ];
        let asked = asked.into_iter().filter_map(|(statistic, limit)| Some((statistic, limit?)));
        DriftLimits::new(always.into_iter().chain(asked))
    }
}

/// What would give a side its time.
fn missing(option: &str, side: &Source) -> String {
    match side {
        Source::Table(_) => format!("`{option}` beside it"),
        Source::Profile(_) => "the profile on the other side to be made with `profile --snapshot-time`".to_owned(),
    }
}

fn distance(text: &str) -> Result<f64, String> {
    quantity::amount(text).map_err(|_| "a distance is a number from 0 up, such as 0.2".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let share = quantity::share(text).map_err(|_| "a share is a number from 0 to 1, such as 0.02 or 2%".to_owned());
    share.map(Ratio::get)
}

fn bytes(text: &str) -> Result<u64, String> {
    quantity::bytes(text).map_err(|complaint| match complaint.hint {
        Some(hint) => format!("it {}: {hint}", complaint.clause),
        None => format!("it {}", complaint.clause),
    })
}
