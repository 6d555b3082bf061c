//! Rounds that have ended.

use schemars::JsonSchema;
use serde::Serialize;

use crate::history::{HistoryRound, RoundResult};
use crate::model::check::Stage;
use crate::model::measurement::{KeyCounts, Share};
use crate::model::time::Timestamp;

use super::feature::Proportion;

/// How a round of a view ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundWord {
    /// Measured, and nothing failed.
    Complete,
    /// Measured, and something could not be read.
    Partial,
    /// Not measured.
    Failed,
}

/// Something that could not be done in a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RoundFailure {
    /// The stage that failed.
    pub stage: Stage,
    /// The reason in one word, as in the metrics.
    pub reason: String,
    /// The whole chain of causes.
    pub message: String,
}

/// One round of one view.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Round {
    /// The view.
    pub feature_view: String,
    /// How it ended.
    pub result: RoundWord,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// How long it took.
    pub duration_seconds: Option<f64>,
    /// Keys asked and found; `null` where nothing was measured, as all that follows.
    pub keys: Option<KeyCounts>,
    /// Keys for which every feature is usable.
    pub coverage: Option<Proportion>,
    /// Cells whose values could be compared.
    pub comparable: Option<Proportion>,
    /// Cells that the serving path is to blame for, of those that could be compared; `null` where it was not asked.
    pub served_wrong: Option<Proportion>,
    /// Requests that were given every feature that is logged; `null` where no log was read.
    pub request_coverage: Option<Proportion>,
    /// Skewed values of those that requests were given and that could be compared.
    pub request_skew: Option<Proportion>,
    /// Median age of the rows read.
    pub freshness_p50_seconds: Option<f64>,
    /// 99th percentile of it.
    pub freshness_p99_seconds: Option<f64>,
    /// What could not be read.
    pub failures: Vec<RoundFailure>,
}

impl Round {
    /// A round as it was kept.
    #[must_use]
    pub fn of(round: &HistoryRound) -> Self {
        let measured = round.measured.as_ref();
        let logged = measured.and_then(|measured| measured.logged);
        let share = |share: Share| Proportion::of(share.part(), share.n);
        let failures = round.failures.iter().map(|failure| RoundFailure {
            stage: failure.stage,
            reason: failure.reason.clone(),
            message: failure.message.clone(),
        });
        Self {
            feature_view: round.view.clone(),
            result: match round.result {
                RoundResult::Complete => RoundWord::Complete,
                RoundResult::Partial => RoundWord::Partial,
                RoundResult::Failed => RoundWord::Failed,
            },
            started_at: round.started_at,
            finished_at: round.finished_at,
            duration_seconds: round.finished_at.since(round.started_at).map(|span| span.as_secs_f64()),
            keys: measured.map(|measured| measured.keys),
            coverage: measured.map(|measured| share(measured.coverage)),
            comparable: measured.map(|measured| share(measured.comparable)),
            served_wrong: measured.and_then(|measured| measured.served).map(|served| share(served.wrong)),
            request_coverage: logged.map(|logged| share(logged.coverage)),
            request_skew: logged.map(|logged| share(logged.skew)),
            freshness_p50_seconds: measured.and_then(|measured| measured.freshness.p50_seconds),
            freshness_p99_seconds: measured.and_then(|measured| measured.freshness.p99_seconds),
            failures: failures.collect(),
        }
    }
}

/// Rounds that were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RoundPage {
    /// The one recorded last first.
    pub rounds: Vec<Round>,
    /// What `before` must be for the next page; `null` on the last one.
    pub next: Option<i64>,
}
