//! One round: sample, measure, judge. Who reads this file has read the service.

use std::collections::BTreeMap;
use std::error::Error;

use super::kept::Kept;
use super::snapshots::{Snapshots, Trained};
use super::view::{Watch, sample_and_measure};
use crate::config::Plan;
use crate::judge::{Judgement, judge};
use crate::measure::{Reference, measure_snapshots};
use crate::model::check::{Failure, Stage};
use crate::model::measurement::{RoundReport, ViewMeasurement};
use crate::model::time::{Clock, Timestamp};
use crate::model::view::FeatureView;
use crate::sample::Sides;
use crate::stats::drift::settle;
use crate::store::online::OnlineStore;
use crate::store::snapshot::SnapshotStore;

/// What may differ from round to round of one plan.
#[derive(Clone, Copy)]
pub struct RoundOptions<'a> {
    /// The instant that stands for "now"; `None` takes the machine's clock.
    pub as_of: Option<Timestamp>,
    /// Called with the name of each view before it is sampled.
    pub progress: &'a (dyn Fn(&str) + Sync),
}

/// Runs one round over every view of the plan. It always ends and always gives a report: what could not be read is in
/// [`RoundReport::failures`] and stops no other view.
pub async fn round(plan: &Plan, options: RoundOptions<'_>) -> RoundReport {
    let store = SnapshotStore::new(plan.snapshots.clone());
    round_on(plan, &store, options).await
}

/// As [`round`], with access to snapshots that counts what it costs.
pub async fn round_on(plan: &Plan, store: &SnapshotStore, options: RoundOptions<'_>) -> RoundReport {
    let clock = options.as_of.map_or(Clock::System, Clock::Fixed);
    let started_at = clock.now();
    let mut report = RoundReport {
        as_of: started_at,
        started_at,
        finished_at: started_at,
        seed: plan.sample.seed,
        views: Vec::new(),
        not_watched: plan.not_watched.clone(),
        failures: Vec::new(),
        findings: Vec::new(),
        unknown: Vec::new(),
        judged: 0,
        passed: Vec::new(),
    };
    match OnlineStore::connect(&plan.online).await {
        Ok(online) => {
            let sides = Sides { online: &online, fidelity: plan.online.fidelity(), snapshots: store, clock };
            let kept = plan.profiles.as_deref().map(Kept::new);
            let snapshots = Snapshots { store, kept, now: started_at };
            for view in &plan.views {
                (options.progress)(&view.name);
                let watch = Watch::new(plan, view, options.as_of);
                report.views.extend(measure_view(&watch, (&sides, &snapshots), &mut report.failures).await);
            }
        }
        Err(error) => report.failures.extend(plan.views.iter().map(|view| Failure {
            feature_view: view.name.clone(),
            stage: Stage::Sample,
            reason: error.reason.name(),
            message: chain(&error),
        })),
    }
    settle_drift(&mut report.views);
    let mut judgement = judge_views(plan, &report.views);
    judgement.sort();
    report.finished_at = clock.now();
    report.judged = judgement.judged();
    report.findings = judgement.findings;
    report.unknown = judgement.unknown;
    report.passed = judgement.passed;
    report
}

/// A sample of the view against its snapshot and its reference, and the newest snapshot against the one before.
async fn measure_view(
    watch: &Watch<'_>,
    (sides, snapshots): (&Sides<'_>, &Snapshots<'_>),
    failures: &mut Vec<Failure>,
) -> Option<ViewMeasurement> {
    let trained = snapshots.trained(watch, failures).await;
    let reference = match &trained {
        Trained::NewestVersions => Reference::NewestVersions,
        Trained::Profile(profile) => Reference::Profile(profile),
        Trained::Unreadable => Reference::Unreadable,
    };
    let mut measured = sample_and_measure(watch, (sides, reference), failures).await?;
    if let Some(successive) = snapshots.successive(watch, failures).await {
        let drift = measure_snapshots(watch.view, (&successive.before, &successive.newest), &watch.drift);
        for (name, checks) in drift {
            if let Some(feature) = measured.features.get_mut(&name) {
                feature.snapshot_drift = Some(checks);
            }
        }
        measured.snapshot.compared = Some(successive.names);
    }
    Some(measured)
}

/// Gives every check of drift its verdict: how sure one can be of each depends on how many there are in the round.
fn settle_drift(views: &mut [ViewMeasurement]) {
    let features = views.iter_mut().flat_map(|view| view.features.values_mut());
    settle(features.flat_map(|feature| {
        let of_snapshots = feature.snapshot_drift.iter_mut().flat_map(BTreeMap::values_mut);
        feature.drift.values_mut().chain(of_snapshots)
    }));
}

fn judge_views(plan: &Plan, measured: &[ViewMeasurement]) -> Judgement {
    let mut judgement = Judgement::default();
    for measured in measured {
        let named = |view: &&FeatureView| view.name == measured.feature_view;
        if let Some(view) = plan.views.iter().find(named) {
            judgement.extend(judge(view, measured, &plan.checks));
        }
    }
    judgement
}

/// The error with its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
