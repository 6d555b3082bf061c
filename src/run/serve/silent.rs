//! Checks without a verdict, and since when.
//!
//! Kept with the findings of a view, so that a restart does not make three rounds of silence begin anew.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::history::{CheckStatus, HistoryRound, ViewFigures};
use crate::model::time::Timestamp;
use crate::publish::metrics::Spot;

/// The checks of one view that were not judged when they were due last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(Spot, Timestamp)>", into = "Vec<(Spot, Timestamp)>")]
pub(super) struct SilentChecks {
    since: BTreeMap<Spot, Timestamp>,
}

impl From<Vec<(Spot, Timestamp)>> for SilentChecks {
    fn from(since: Vec<(Spot, Timestamp)>) -> Self {
        Self { since: since.into_iter().collect() }
    }
}

impl From<SilentChecks> for Vec<(Spot, Timestamp)> {
    fn from(silent: SilentChecks) -> Self {
        silent.since.into_iter().collect()
    }
}

impl SilentChecks {
    /// Takes in a round of the view, which has these checks. Of a round that measured nothing none has a verdict.
    pub(super) fn observe(&mut self, round: &HistoryRound, checks: BTreeSet<Spot>) {
        let before = std::mem::take(&mut self.since);
        let silent = match &round.measured {
            Some(measured) => unjudged(measured),
            None => checks.into_iter().chain(before.keys().cloned()).collect(),
        };
        let since = |spot: Spot| {
            let since = before.get(&spot).copied().unwrap_or(round.finished_at);
            (spot, since)
        };
        self.since = silent.into_iter().map(since).collect();
    }

    /// Keeps the checks that are still watched.
    pub(super) fn retain(&mut self, is_watched: impl Fn(&Spot) -> bool) {
        self.since.retain(|spot, _| is_watched(spot));
    }

    /// Each check with the end of the first round in a row that gave it no verdict.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Spot, Timestamp)> {
        self.since.iter().map(|(spot, since)| (spot, *since))
    }
}

fn unjudged(measured: &ViewFigures) -> BTreeSet<Spot> {
    let of_view = measured.statuses.iter().map(|(check, status)| ((None, *check), *status));
    let of_features = measured.features.iter().flat_map(|(name, feature)| {
        feature.statuses.iter().map(|(check, status)| ((Some(name.clone()), *check), *status))
    });
    let all = of_view.chain(of_features);
    all.filter(|(_, status)| *status == CheckStatus::Unknown).map(|(spot, _)| spot).collect()
}
