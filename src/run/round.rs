//! One round: sample, measure, judge. Who reads this file has read the service.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use super::captures::Captures;
use super::comparison::Comparison;
use super::logged::KeptLog;
use super::profiles::Kept;
use super::snapshots::Snapshots;
use super::view::{Before, Watch, sample_and_measure};
use crate::config::Plan;
use crate::history::CaptureEnd;
use crate::judge::{Judgement, judge};
use crate::measure::Standstill;
use crate::model::check::{Failure, Stage};
use crate::model::measurement::{RoundReport, ViewMeasurement};
use crate::model::sample::Sample;
use crate::model::time::{Clock, Timestamp};
use crate::model::view::FeatureView;
use crate::sample::Sides;
use crate::stats::drift::settle;
use crate::store::online::{OnlineStore, StoreError};
use crate::store::snapshot::SnapshotStore;

/// What may differ from round to round of one plan.
#[derive(Clone, Copy)]
pub struct RoundOptions<'a> {
    /// The instant that stands for "now"; `None` takes the machine's clock.
    pub as_of: Option<Timestamp>,
    /// Called with the name of each view before it is sampled.
    pub progress: &'a (dyn Fn(&str) + Sync),
}

/// Both sides, opened.
#[derive(Clone, Copy, Debug)]
pub struct Stores<'a> {
    /// The online store, or why it could not be reached.
    pub online: Result<&'a OnlineStore, &'a StoreError>,
    /// Access to snapshots.
    pub snapshots: &'a SnapshotStore,
}

/// What a service brings to a round of one view, and what the round leaves for the next.
#[derive(Default)]
pub(crate) struct Beside<'a> {
    /// The comparison of snapshots that stands; `None` has the round make one.
    pub(crate) compared: Option<Arc<Comparison>>,
    /// The comparison that the round made.
    pub(crate) made: Option<Arc<Comparison>>,
    /// Rows captured before; `None` where none are.
    pub(crate) captures: Option<Captures>,
    /// Captures that ended in the round.
    pub(crate) ended: Vec<CaptureEnd>,
    /// Whether anything is written, as the round before left it; `None` before the first.
    pub(crate) standstill: Option<Standstill>,
    /// The same as the round leaves it; `None` where it read nothing.
    pub(crate) left: Option<Standstill>,
    /// What the log of requests said when it was read last, as the round before left it and as the round leaves it.
    pub(crate) log: Option<KeptLog>,
    /// Shown the sample as it was read last.
    pub(crate) observe: Option<&'a (dyn Fn(&Sample) + Sync)>,
}

/// Runs one round over every view of the plan. It always ends and always gives a report: what could not be read is in
/// [`RoundReport::failures`] and stops no other view.
pub async fn round(plan: &Plan, options: RoundOptions<'_>) -> RoundReport {
    let store = SnapshotStore::new(plan.snapshots.clone());
    round_on(plan, &store, options).await
}

/// As [`round`], with access to snapshots that counts what it costs.
pub async fn round_on(plan: &Plan, store: &SnapshotStore, options: RoundOptions<'_>) -> RoundReport {
    let started_at = options.as_of.map_or(Clock::System, Clock::Fixed).now();
    let online = OnlineStore::connect(&plan.online).await;
    let stores = Stores { online: online.as_ref(), snapshots: store };
    RoundReport { started_at, ..round_over(plan, &plan.views, (stores, options), &mut Beside::default()).await }
}

/// One round of one view of the plan over stores that others use too. Its checks of drift are settled among themselves.
pub async fn view_round(
    plan: &Plan,
    view: &FeatureView,
    (stores, options): (Stores<'_>, RoundOptions<'_>),
) -> RoundReport {
    round_over(plan, std::slice::from_ref(view), (stores, options), &mut Beside::default()).await
}

/// As [`view_round`], with what a service knows from before.
pub(crate) async fn service_round(
    plan: &Plan,
    view: &FeatureView,
    (stores, options): (Stores<'_>, RoundOptions<'_>),
    beside: &mut Beside<'_>,
) -> RoundReport {
    round_over(plan, std::slice::from_ref(view), (stores, options), beside).await
}

/// Compares the snapshots of a view, and reads its reference.
pub(crate) async fn compare(plan: &Plan, view: &FeatureView, store: &SnapshotStore) -> Comparison {
    let kept = plan.profiles.as_deref().map(Kept::new);
    let snapshots = Snapshots { store, kept, now: Clock::System.now() };
    Comparison::make(&Watch::new(plan, view, None), &snapshots, &mut Vec::new()).await
}

async fn round_over(
    plan: &Plan,
    views: &[FeatureView],
    (stores, options): (Stores<'_>, RoundOptions<'_>),
    beside: &mut Beside<'_>,
) -> RoundReport {
    let clock = options.as_of.map_or(Clock::System, Clock::Fixed);
    let mut report = empty_report(plan, clock.now());
    match stores.online {
        Ok(online) => {
            let sides = Sides { online, fidelity: plan.online.fidelity(), snapshots: stores.snapshots, clock };
            let kept = plan.profiles.as_deref().map(Kept::new);
            let snapshots = Snapshots { store: stores.snapshots, kept, now: report.started_at };
            for view in views {
                (options.progress)(&view.name);
                let watch = Watch::new(plan, view, options.as_of);
                let measured = measure_view(&watch, (&sides, &snapshots), beside, &mut report.failures).await;
                report.views.extend(measured.map(|measured| measured.shown(plan.publish.disclosure.values)));
            }
        }
        Err(error) => report.failures.extend(views.iter().map(|view| Failure {
            feature_view: view.name.clone(),
            stage: Stage::Sample,
            reason: error.reason.name(),
            message: chain(error),
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

/// A round that has found nothing yet.
pub(super) fn empty_report(plan: &Plan, at: Timestamp) -> RoundReport {
    RoundReport {
        as_of: at,
        started_at: at,
        finished_at: at,
        seed: plan.sample.seed,
        views: Vec::new(),
        not_watched: plan.not_watched.clone(),
        failures: Vec::new(),
        findings: Vec::new(),
        unknown: Vec::new(),
        judged: 0,
        passed: Vec::new(),
    }
}

/// A sample of the view against its snapshot and its reference, captured rows against the snapshot of their cut, and the
/// newest snapshot against the one before.
async fn measure_view(
    watch: &Watch<'_>,
    (sides, snapshots): (&Sides<'_>, &Snapshots<'_>),
    beside: &mut Beside<'_>,
    failures: &mut Vec<Failure>,
) -> Option<ViewMeasurement> {
    let compared = match beside.compared.take() {
        Some(standing) => {
            failures.extend_from_slice(standing.failures());
            standing
        }
        None => Arc::clone(beside.made.insert(Arc::new(Comparison::make(watch, snapshots, failures).await))),
    };
    let mut standstill = beside.standstill.take();
    let before = Before { standstill: &mut standstill, log: &mut beside.log };
    let beside_sample = (sides, compared.reference(), before);
    let (sample, mut measured) = sample_and_measure(watch, beside_sample, failures).await?;
    beside.left = standstill;
    if let Some(observe) = beside.observe {
        observe(&sample);
    }
    if let Some(captures) = &beside.captures {
        beside.ended = captures.settle(watch, (sides, &mut measured), failures).await;
    }
    compared.show(&mut measured, snapshots.now);
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
