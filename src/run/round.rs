//! One round: sample, measure, judge. Who reads this file has read the service.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use super::captures::Captures;
use super::comparison::Comparison;
use super::logged::KeptLog;
use super::origin::{Notes, Origin, Replayed};
use super::profiles::Kept;
use super::snapshots::Snapshots;
use super::view::{Watch, sample_and_measure, unread_failures};
use crate::config::{Plan, ServedPlan};
use crate::evidence::{Compared, Evidence, SampleEvidence, ViewEvidence};
use crate::history::CaptureEnd;
use crate::judge::{CheckBook, Judgement, judge};
use crate::measure::{Standstill, repairs};
use crate::model::check::{Failure, Stage};
use crate::model::exhibit::Values;
use crate::model::measurement::{RoundReport, ViewMeasurement};
use crate::model::repair::RepairList;
use crate::model::sample::Sample;
use crate::model::time::{Clock, Timestamp};
use crate::model::view::{FeatureView, NotWatched};
use crate::sample::{Bytes, SampleSettings, Sides};
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

/// By what a round judges.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    /// Every view that is watched.
    pub(super) views: &'a [FeatureView],
    /// Views that are known and not watched.
    pub(super) not_watched: &'a [NotWatched],
    /// Limits.
    pub(super) checks: &'a CheckBook,
    /// The choice of keys.
    pub(super) sample: &'a SampleSettings,
    /// The serving path and its log; `None` where they are not read.
    pub(super) served: Option<&'a ServedPlan>,
    /// Whether values of features are shown.
    pub(super) values: Values,
}

impl<'a> Terms<'a> {
    pub(super) const fn of(plan: &'a Plan) -> Self {
        let Plan { views, not_watched, checks, sample, served, .. } = plan;
        let (views, not_watched) = (views.as_slice(), not_watched.as_slice());
        let values = plan.publish.disclosure.values;
        Self { views, not_watched, checks, sample, served: Some(served), values }
    }
}

/// What a round reads.
enum World<'a> {
    /// Both stores.
    Stores(Box<(Sides<'a>, Snapshots<'a>)>),
    /// The online store could not be reached.
    Unreachable(&'a StoreError),
    /// What was written down of an earlier round.
    Evidence(&'a Evidence),
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
    /// What was read is noted here, view by view; `None` notes nothing.
    pub(crate) noted: Option<Vec<ViewEvidence>>,
    /// Where it is noted what was read: the rows to be written again, view by view.
    pub(crate) repairs: Vec<RepairList>,
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
    whole_round(plan, store, options, &mut Beside::default()).await
}

/// A round with what it rests on, and what follows from it.
#[derive(Debug)]
pub struct NotedRound {
    /// What it found.
    pub report: RoundReport,
    /// What it rests on.
    pub evidence: Evidence,
    /// The rows to be written again, of each view that could be measured.
    pub repairs: Vec<RepairList>,
}

/// As [`round`], with notes.
pub async fn noted_round(plan: &Plan, options: RoundOptions<'_>) -> NotedRound {
    let store = SnapshotStore::new(plan.snapshots.clone());
    let mut beside = Beside { noted: Some(Vec::new()), ..Beside::default() };
    let report = whole_round(plan, &store, options, &mut beside).await;
    let evidence = Evidence {
        now: options.as_of,
        as_of: report.as_of,
        started_at: report.started_at,
        finished_at: report.finished_at,
        seed: report.seed,
        not_watched: report.not_watched.clone(),
        checks: plan.checks.clone(),
        values: plan.publish.disclosure.values,
        views: beside.noted.unwrap_or_default(),
    };
    NotedRound { report, evidence, repairs: beside.repairs }
}

/// The round that the evidence was written down of, judged again: by the same code, and without any store.
pub async fn replay(evidence: &Evidence) -> RoundReport {
    let views: Vec<FeatureView> = evidence.views.iter().map(|view| view.view.clone()).collect();
    let sample = SampleSettings { seed: evidence.seed, ..SampleSettings::none() };
    let Evidence { not_watched, checks, values, .. } = evidence;
    let terms = Terms { views: &views, not_watched, checks, sample: &sample, served: None, values: *values };
    let options = RoundOptions { as_of: evidence.now, progress: &|_| {} };
    let world = World::Evidence(evidence);
    let report = round_over(terms, &views, (world, options), &mut Beside::default()).await;
    let Evidence { as_of, started_at, finished_at, .. } = *evidence;
    RoundReport { as_of, started_at, finished_at, ..report }
}

async fn whole_round(
    plan: &Plan,
    store: &SnapshotStore,
    options: RoundOptions<'_>,
    beside: &mut Beside<'_>,
) -> RoundReport {
    let started_at = options.as_of.map_or(Clock::System, Clock::Fixed).now();
    let online = OnlineStore::connect(&plan.online).await;
    let stores = Stores { online: online.as_ref(), snapshots: store };
    RoundReport { started_at, ..round_of(plan, &plan.views, (stores, options), beside).await }
}

/// One round of one view of the plan over stores that others use too. Its checks of drift are settled among themselves.
pub async fn view_round(
    plan: &Plan,
    view: &FeatureView,
    (stores, options): (Stores<'_>, RoundOptions<'_>),
) -> RoundReport {
    round_of(plan, std::slice::from_ref(view), (stores, options), &mut Beside::default()).await
}

/// As [`view_round`], with what a service knows from before.
pub(crate) async fn service_round(
    plan: &Plan,
    view: &FeatureView,
    (stores, options): (Stores<'_>, RoundOptions<'_>),
    beside: &mut Beside<'_>,
) -> RoundReport {
    round_of(plan, std::slice::from_ref(view), (stores, options), beside).await
}

/// Compares the snapshots of a view, and reads its reference.
pub(crate) async fn compare(plan: &Plan, view: &FeatureView, store: &SnapshotStore) -> Comparison {
    let kept = plan.profiles.as_deref().map(Kept::new);
    let snapshots = Snapshots { store, kept, now: Clock::System.now() };
    Comparison::make(&Watch::new(Terms::of(plan), view, None), &snapshots, &mut Vec::new()).await
}

async fn round_of(
    plan: &Plan,
    views: &[FeatureView],
    (stores, options): (Stores<'_>, RoundOptions<'_>),
    beside: &mut Beside<'_>,
) -> RoundReport {
    let clock = options.as_of.map_or(Clock::System, Clock::Fixed);
    let world = match stores.online {
        Ok(online) => {
            let bytes = if beside.noted.is_some() { Bytes::Kept } else { Bytes::Dropped };
            let (fidelity, snapshots) = (plan.online.fidelity(), stores.snapshots);
            let sides = Sides { online, fidelity, snapshots, clock, bytes };
            let kept = plan.profiles.as_deref().map(Kept::new);
            World::Stores(Box::new((sides, Snapshots { store: snapshots, kept, now: clock.now() })))
        }
        Err(error) => World::Unreachable(error),
    };
    round_over(Terms::of(plan), views, (world, options), beside).await
}

async fn round_over(
    terms: Terms<'_>,
    views: &[FeatureView],
    (mut world, options): (World<'_>, RoundOptions<'_>),
    beside: &mut Beside<'_>,
) -> RoundReport {
    let clock = options.as_of.map_or(Clock::System, Clock::Fixed);
    let mut report = empty_report(terms, clock.now());
    if let World::Stores(stores) = &mut world {
        stores.1.now = report.started_at;
    }
    for (place, view) in views.iter().enumerate() {
        (options.progress)(&view.name);
        let watch = Watch::new(terms, view, options.as_of);
        let told = report.failures.len();
        let measured = measure_view(&watch, (&world, place), beside, &mut report.failures).await;
        if let (None, Some(noted)) = (&measured, &mut beside.noted) {
            let failures = report.failures.get(told..).unwrap_or_default().to_vec();
            let compared = Compared::default();
            noted.push(ViewEvidence { view: view.clone(), failures, later: Vec::new(), compared, sample: None });
        }
        report.views.extend(measured.map(|measured| measured.shown(terms.values)));
    }
    settle_drift(&mut report.views);
    let mut judgement = judge_views(terms, &report.views);
    judgement.sort();
    report.finished_at = clock.now();
    report.judged = judgement.judged();
    report.findings = judgement.findings;
    report.unknown = judgement.unknown;
    report.passed = judgement.passed;
    report
}

/// A round that has found nothing yet.
pub(super) fn empty_report(terms: Terms<'_>, at: Timestamp) -> RoundReport {
    RoundReport {
        as_of: at,
        started_at: at,
        finished_at: at,
        seed: terms.sample.seed,
        views: Vec::new(),
        not_watched: terms.not_watched.to_vec(),
        failures: Vec::new(),
        findings: Vec::new(),
        unknown: Vec::new(),
        judged: 0,
        passed: Vec::new(),
    }
}

/// A sample of the view at `place` against its snapshot and its reference, captured rows against the snapshot of their cut,
/// and the newest snapshot against the one before.
async fn measure_view(
    watch: &Watch<'_>,
    (world, place): (&World<'_>, usize),
    beside: &mut Beside<'_>,
    failures: &mut Vec<Failure>,
) -> Option<ViewMeasurement> {
    match world {
        World::Stores(stores) => measure_stores(watch, (&stores.0, &stores.1), beside, failures).await,
        World::Unreachable(error) => {
            failures.push(watch.failure(Stage::Sample, error.reason.name(), chain(*error)));
            None
        }
        World::Evidence(evidence) => {
            let view = evidence.views.get(place)?;
            failures.extend_from_slice(&view.failures);
            let compared = Comparison::of(watch, view.compared.clone(), evidence.as_of);
            let mut origin = Origin::Evidence(Replayed::new(view.sample.as_ref()?));
            let (sample, rows, mut measured) =
                sample_and_measure(watch, (&mut origin, compared.reference(), &mut None), failures).await?;
            failures.extend(unread_failures(watch, &sample));
            failures.extend_from_slice(&view.later);
            origin.read_served(watch, (&sample, &rows), (&mut measured, failures)).await;
            compared.show(&mut measured, evidence.as_of);
            Some(measured)
        }
    }
}

async fn measure_stores(
    watch: &Watch<'_>,
    (sides, snapshots): (&Sides<'_>, &Snapshots<'_>),
    beside: &mut Beside<'_>,
    failures: &mut Vec<Failure>,
) -> Option<ViewMeasurement> {
    let told = failures.len();
    let mut noted = None;
    let compared = match beside.compared.take() {
        Some(standing) => {
            failures.extend_from_slice(standing.failures());
            standing
        }
        None if beside.noted.is_some() => {
            let read = Comparison::read(watch, snapshots, failures).await;
            let compared = Comparison::of(watch, read.clone(), snapshots.now);
            noted = Some((read, Box::<Notes>::default()));
            Arc::new(compared)
        }
        None => Arc::clone(beside.made.insert(Arc::new(Comparison::make(watch, snapshots, failures).await))),
    };
    let (read, notes) = noted.unzip();
    let mut origin = Origin::Stores(sides, &mut beside.log, notes);
    let mut standstill = beside.standstill.take();
    let beside_sample = (&mut origin, compared.reference(), &mut standstill);
    let (sample, rows, mut measured) = sample_and_measure(watch, beside_sample, failures).await?;
    beside.left = standstill;
    let before = failures.get(told..).unwrap_or_default().to_vec();
    failures.extend(unread_failures(watch, &sample));
    let told = failures.len();
    origin.read_served(watch, (&sample, &rows), (&mut measured, failures)).await;
    if let (Some(all), Some(compared), Origin::Stores(_, _, Some(notes))) = (&mut beside.noted, read, origin) {
        let later = failures.get(told..).unwrap_or_default().to_vec();
        let written = notes
            .evidence(watch.view, &sample, sides.online)
            .map(|evidence| SampleEvidence { scan: measured.scan, ..evidence });
        all.push(ViewEvidence { view: watch.view.clone(), failures: before, later, compared, sample: written });
        beside.repairs.push(repairs(watch.view, &sample, &rows, watch.now));
    }
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

fn judge_views(terms: Terms<'_>, measured: &[ViewMeasurement]) -> Judgement {
    let mut judgement = Judgement::default();
    for measured in measured {
        let named = |view: &&FeatureView| view.name == measured.feature_view;
        if let Some(view) = terms.views.iter().find(named) {
            judgement.extend(judge(view, measured, terms.checks));
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
