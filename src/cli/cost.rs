//! What a round will cost, as `validate --connect` prints it.

use serde::Serialize;

use crate::config::quantity::duration_text;
use crate::model::figure;
use crate::run::Estimate;
use crate::store::online::OnlineTraffic;
use crate::store::snapshot::Traffic;

/// What a round of one view will cost, about.
#[derive(Debug, Serialize)]
pub(super) struct RoundCost {
    feature_view: String,
    online_keys: Option<u64>,
    offline_rows: Option<u64>,
    sampled_keys: u64,
    online: Option<OnlineCost>,
    first_round: Option<SnapshotCost>,
    unchanged_round: Option<SnapshotCost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serving_path: Option<ServingCost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_log: Option<SnapshotCost>,
    seconds: f64,
    interval_seconds: Option<f64>,
    takes_longer_than_its_interval: bool,
    /// What was refused or did not answer.
    pub(super) errors: Vec<String>,
    #[serde(skip)]
    time: String,
}

#[derive(Debug, Serialize)]
struct OnlineCost {
    commands: u64,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct ServingCost {
    requests: u64,
    keys: u64,
}

#[derive(Debug, Serialize)]
struct SnapshotCost {
    requests: u64,
    bytes: u64,
}

impl RoundCost {
    /// The figures of an estimate.
    pub(super) fn of(estimate: Estimate) -> Self {
        let is_too_slow = estimate.is_too_slow();
        let seconds = estimate.duration.as_secs_f64();
        let of_snapshot = |Traffic { requests, bytes }| SnapshotCost { requests, bytes };
        let callers = estimate.callers;
        let taken = figure::span(Some(seconds));
        let time = match estimate.interval {
            Some(interval) => format!("{taken} of {}", duration_text(interval)),
            None => taken,
        };
        Self {
            feature_view: estimate.feature_view,
            online_keys: estimate.online_keys,
            offline_rows: estimate.offline_rows,
            sampled_keys: estimate.sampled_keys,
            online: estimate.online.map(|OnlineTraffic { commands, bytes }| OnlineCost { commands, bytes }),
            first_round: estimate.first_round.map(of_snapshot),
            unchanged_round: estimate.unchanged_round.map(of_snapshot),
            serving_path: callers.requests.map(|requests| ServingCost { requests, keys: callers.keys }),
            request_log: callers.log.map(of_snapshot),
            seconds,
            interval_seconds: estimate.interval.map(|interval| interval.as_secs_f64()),
            takes_longer_than_its_interval: is_too_slow,
            errors: estimate.failures,
            time,
        }
    }

    /// What the columns of [`row`](Self::row) are.
    pub(super) fn head() -> Vec<String> {
        let head = [
            "  feature view",
            "online keys",
            "offline rows",
            "asked",
            "of the online store",
            "of the snapshot at first",
            "while it stays the same",
            "time online",
        ];
        head.map(str::to_owned).to_vec()
    }

    /// Whether either side could be looked at.
    pub(super) const fn is_known(&self) -> bool {
        self.online.is_some() || self.first_round.is_some()
    }

    /// The figures in words.
    pub(super) fn row(&self) -> Vec<String> {
        let count = |number: Option<u64>| number.map_or_else(|| figure::NOTHING.to_owned(), figure::count);
        let snapshot = |cost: &Option<SnapshotCost>| match cost {
            Some(SnapshotCost { requests, bytes }) => {
                format!("{}, {}", counted(*requests, "request"), figure::bytes(*bytes))
            }
            None => figure::NOTHING.to_owned(),
        };
        let online = match &self.online {
            Some(OnlineCost { commands, bytes }) => {
                format!("{}, {}", counted(*commands, "command"), figure::bytes(*bytes))
            }
            None => figure::NOTHING.to_owned(),
        };
        vec![
            format!("  {}", self.feature_view),
            count(self.online_keys),
            count(self.offline_rows),
            figure::count(self.sampled_keys),
            online,
            snapshot(&self.first_round),
            snapshot(&self.unchanged_round),
            self.time.clone(),
        ]
    }

    /// What it costs to learn what callers get, as sentences.
    pub(super) fn callers(&self) -> impl Iterator<Item = String> {
        let view = &self.feature_view;
        let path = self.serving_path.as_ref().map(|ServingCost { requests, keys }| {
            let (requests, keys) = (counted(*requests, "request"), figure::count(*keys));
            format!(
                "  {view}: {requests} of the serving path for {keys} keys, and those again whose rows move meanwhile\n"
            )
        });
        let log = self.request_log.as_ref().map(|SnapshotCost { requests, bytes }| {
            let (requests, bytes) = (counted(*requests, "request"), figure::bytes(*bytes));
            format!("  {view}: {requests}, {bytes} of the log of requests, at first and when it has changed\n")
        });
        path.into_iter().chain(log)
    }

    /// What to be warned of, as sentences.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        let view = &self.feature_view;
        let slow = self.takes_longer_than_its_interval.then(|| {
            format!(
                "warning: a round of `{view}` takes longer than the time between two of them\n  hint: raise \
                 `budget.keys_per_second`, lower `sample.keys` or `budget.scan_keys`, or schedule it less often\n"
            )
        });
        slow.into_iter().chain(self.errors.iter().map(|error| format!("error: {error}\n")))
    }
}

fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", figure::count(number))
}
