//! The report as figures and sentences: what every form of it is written from, and what the JSON form shows.
//!
//! Shares lie from 0 to 1, spans are seconds, a figure that does not exist is `None` (`null`).

use serde::Serialize;

use super::examples::BarsOfPeriod;
use super::found::FindingOfPeriod;
use crate::history::DecisiveEffect;
use crate::model::check::{CheckKind, DriftStatistic};
use crate::model::counts::{Share, VerdictCounts};
use crate::model::exhibit::Disclosure;
use crate::model::time::Timestamp;
use crate::model::view::{FreshnessBasis, NotWatched, Pairing};

/// The report of a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The period's name: `2026-W47`.
    pub period: String,
    /// What readers call it: `week`, or so many days.
    pub noun: String,
    /// Its days with their zone, in words.
    pub days: String,
    /// The first instant.
    pub from: Timestamp,
    /// The instant after the last.
    pub until: Timestamp,
    /// When the report was made.
    pub made_at: Timestamp,
    /// The version that made it.
    pub version: String,
    /// The team that it is for; `None` is for all.
    pub team: Option<String>,
    /// What it may tell of single cells.
    pub disclosure: Disclosure,
    /// The points of all plots.
    pub timeline: Timeline,
    /// The views, worst first.
    pub views: Vec<ViewOfPeriod>,
    /// What is otherwise than in the period before.
    pub changes: Vec<Change>,
    /// What fired, by harm.
    pub findings: Vec<FindingOfPeriod>,
    /// Breaches that were seen and went away before they fired.
    pub passing: u64,
    /// What could not be judged, and why.
    pub not_judged: Vec<NotJudged>,
    /// Views that are known and not watched.
    pub not_watched: Vec<NotWatched>,
    /// Error budgets, the most spent first.
    pub budgets: Vec<Budget>,
}

/// Points of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// When the first begins.
    pub from: Timestamp,
    /// Length of each, in seconds.
    pub step_seconds: u64,
    /// How many there are.
    pub points: usize,
}

/// What a period says of a view, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewVerdict {
    /// Judged, and nothing fired.
    Sound,
    /// Nothing could be judged.
    NotJudged,
    /// The worst that fired was a warning.
    Warning,
    /// Something critical fired.
    Critical,
}

/// A view over the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ViewOfPeriod {
    /// Its name.
    pub name: String,
    /// Feast project.
    pub project: Option<String>,
    /// The team that gets its report.
    pub team: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Importance tier.
    pub tier: Option<String>,
    /// The verdict of the period.
    pub verdict: ViewVerdict,
    /// Why, as a sentence without its full stop.
    pub why: String,
    /// Its rounds.
    pub rounds: RoundsOfPeriod,
    /// Age of the rows read.
    pub freshness: FreshnessOfPeriod,
    /// Keys for which every feature was usable.
    pub coverage: ShareOfPeriod,
    /// Cells whose values could be compared.
    pub comparable: ShareOfPeriod,
    /// Cells of all features per verdict.
    pub verdicts: VerdictCounts,
    /// The same per point; `None` is a time without figures.
    pub verdicts_over_time: Vec<Option<VerdictCounts>>,
    /// Its features, worst first.
    pub features: Vec<FeatureOfPeriod>,
    /// How the newest round of the period was measured; `None` where it is no longer kept.
    pub sampled: Option<Sampled>,
}

/// How many rounds there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RoundsOfPeriod {
    /// Measured without a failure.
    pub complete: u64,
    /// Measured with failures.
    pub partial: u64,
    /// Not measured.
    pub failed: u64,
    /// Hours for which a measured round stands: those with one, and where rounds are usually further apart those up to the
    /// next.
    pub hours_measured: u64,
    /// Hours of the period that had begun when the report was made.
    pub hours: u64,
    /// When the first hour with a measured round began.
    pub first_hour: Option<Timestamp>,
    /// When the last one began.
    pub last_hour: Option<Timestamp>,
}

impl RoundsOfPeriod {
    /// Rounds with figures.
    #[must_use]
    pub const fn measured(&self) -> u64 {
        self.complete + self.partial
    }
}

/// Age of the rows read over the period; quantiles are read off hourly counts in buckets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FreshnessOfPeriod {
    /// What counts against the objective.
    pub basis: FreshnessBasis,
    /// The objective of now; `None` where there is none.
    pub objective_seconds: Option<f64>,
    /// Rows (for basis `view`: rounds) beyond the objective.
    pub beyond: Share,
    /// Lags counted.
    pub n: u64,
    /// Median, 95th and 99th percentile.
    pub quantiles_seconds: Option<[f64; 3]>,
    /// The same per point.
    pub over_time: Vec<Option<[f64; 3]>>,
}

/// A share over the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareOfPeriod {
    /// Over all rounds.
    pub share: Share,
    /// The least that passes; `None` where nothing is judged.
    pub objective: Option<f64>,
    /// The lowest share of a round; `None` without one.
    pub least: Option<f64>,
    /// The share per point.
    pub over_time: Vec<Option<f64>>,
}

/// A feature over the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureOfPeriod {
    /// Its name.
    pub name: String,
    /// What fired on it.
    pub verdict: ViewVerdict,
    /// Rounds in which it was measured.
    pub rounds: u64,
    /// Cells per verdict.
    pub verdicts: VerdictCounts,
    /// Usable cells of those that could have been.
    pub coverage: Share,
    /// Skewed cells of the comparable ones.
    pub skew: Share,
    /// 95 % interval of it; see [`crate::stats::interval::Share::wilson`], with the cells of one round as n.
    pub skew_interval: Option<[f64; 2]>,
    /// The limit of it.
    pub skew_limit: Option<f64>,
    /// The share of skewed cells per point.
    pub skew_over_time: Vec<Option<f64>>,
    /// How cells that differ from the newest offline value divide into lag and skew.
    pub split: Option<LagSplit>,
    /// Drift; `None` where nothing is measured.
    pub drift: Option<DriftOfPeriod>,
    /// What served values were held against, beside them, at last; `None` where nothing was.
    pub bars: Option<BarsOfPeriod>,
    /// First and last hour in which it was measured.
    pub hours: Option<[Timestamp; 2]>,
}

/// Of cells that do not hold the newest offline value: those that hold an older one lag, the others are skewed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LagSplit {
    /// Cells that lag.
    pub stale: u64,
    /// Cells that are skewed.
    pub skewed: u64,
    /// Lagging ones of both.
    pub lag_share: f64,
    /// 95 % interval of it, with the cells of one round as n.
    pub interval: [f64; 2],
}

/// Drift of a feature: over the period by rounds, and by its newest measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftOfPeriod {
    /// The statistic that decides.
    pub statistic: DriftStatistic,
    /// Rounds with drift.
    pub drifted: u64,
    /// Rounds without.
    pub stable: u64,
    /// Rounds that could not tell.
    pub unknown: u64,
    /// Least and greatest effect of a round.
    pub effects: Option<[f64; 2]>,
    /// The newest measurement; `None` where it is neither of this period nor of the day after.
    pub newest: Option<NewestEffect>,
}

/// A measurement of drift.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewestEffect {
    /// When it was made.
    pub at: Timestamp,
    /// What it says, but for the statistic, which stands above.
    #[serde(flatten)]
    pub said: DecisiveEffect,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It fires, and did not before.
    NewFinding,
    /// It fired before, and goes on with at least twice the harm.
    Worse,
    /// It fired before, and goes on with at most half the harm.
    Better,
    /// It fired before, and no more.
    Gone,
    /// A view with rounds that had none before.
    ViewAdded,
    /// A view without rounds that had some before.
    ViewSilent,
    /// A feature that was not measured before.
    FeatureAdded,
    /// A feature that is no longer measured.
    FeatureRemoved,
    /// One feature came where another went.
    FeatureRenamed,
    /// Nothing is known of the period before.
    NothingBefore,
}

/// Something that is otherwise than in the period before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What it is.
    pub kind: ChangeKind,
    /// The view; `None` for all.
    pub view: Option<String>,
    /// The sentence, without its full stop.
    pub text: String,
}

/// What could not be judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NotJudged {
    /// The view.
    pub view: String,
    /// What: a check, or `rounds`.
    pub what: String,
    /// Why, as a clause.
    pub why: String,
    /// Features that it befell; none where it befell the view as a whole.
    pub features: Vec<String>,
}

/// How much of an objective's budget is spent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Budget {
    /// The view.
    pub view: String,
    /// The objective's check.
    pub check: CheckKind,
    /// Share that may be bad.
    pub allowed: f64,
    /// Bad ones, and of how many.
    pub spent: Share,
    /// Of what: rows, rounds, keys, cells.
    pub unit: &'static str,
    /// Spent ÷ allowed: 1 is the whole budget; `None` where nothing is allowed or nothing was counted.
    pub burn: Option<f64>,
    /// The greatest burn of a point, and when that began.
    pub worst: Option<(f64, Timestamp)>,
}

/// How a round was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sampled {
    /// End of the round.
    pub at: Timestamp,
    /// Seed of the choice of keys.
    pub seed: u64,
    /// Keys asked.
    pub keys: u64,
    /// How online rows are paired with offline versions.
    pub pairing: Pairing,
    /// Digest of the snapshot's files.
    pub snapshot: String,
    /// Up to which event time the snapshot was complete.
    pub watermark: Option<Timestamp>,
    /// What served values were held against for drift; `None`: the newest offline values of the same entities.
    pub reference: Option<String>,
}
