//! One round: sample, measure, judge. Who reads this file has read the service.

use std::collections::BTreeMap;
use std::error::Error;

use crate::config::Plan;
use crate::judge::{Judgement, judge};
use crate::measure::{Reference, ViewRules, measure, settled_row, settled_rows, suspicious};
use crate::model::check::{Failure, Stage};
use crate::model::measurement::{RoundReport, ViewMeasurement};
use crate::model::online::Unread;
use crate::model::sample::{MOST_READINGS, Sample};
use crate::model::time::{Clock, Timestamp};
use crate::model::view::FeatureView;
use crate::sample::{Sides, draw, read_again};
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
    let clock = options.as_of.map_or(Clock::System, Clock::Fixed);
    let started_at = clock.now();
    let snapshots = SnapshotStore::new(plan.snapshots.clone());
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
            let sides = Sides { online: &online, fidelity: plan.online.fidelity(), snapshots: &snapshots, clock };
            for view in &plan.views {
                (options.progress)(&view.name);
                let (measured, failures) = sample_and_measure(view, plan, (&sides, options.as_of)).await;
                report.failures.extend(failures);
                report.views.extend(measured);
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
    let mut judgement = Judgement::default();
    for measured in &report.views {
        let view = plan.views.iter().find(|view| view.name == measured.feature_view);
        judgement.extend(view.map_or_else(Judgement::default, |view| judge(view, measured, &plan.checks)));
    }
    judgement.sort();
    report.finished_at = clock.now();
    report.judged = judgement.judged();
    report.findings = judgement.findings;
    report.unknown = judgement.unknown;
    report.passed = judgement.passed;
    report
}

/// Gives every check of drift its verdict: how sure one can be of each depends on how many there are in the round.
fn settle_drift(views: &mut [ViewMeasurement]) {
    let features = views.iter_mut().flat_map(|view| view.features.values_mut());
    settle(features.flat_map(|feature| {
        let of_snapshots = feature.snapshot_drift.iter_mut().flat_map(BTreeMap::values_mut);
        feature.drift.values_mut().chain(of_snapshots)
    }));
}

async fn sample_and_measure(
    view: &FeatureView,
    plan: &Plan,
    (sides, now): (&Sides<'_>, Option<Timestamp>),
) -> (Option<ViewMeasurement>, Vec<Failure>) {
    let failed = |reason, message| Failure { feature_view: view.name.clone(), stage: Stage::Sample, reason, message };
    let drawn = match draw(view, &plan.sample, sides).await {
        Ok(drawn) => drawn,
        Err(error) => return (None, vec![failed(error.reason(), chain(&error))]),
    };
    let mut failures: Vec<Failure> = drawn.failures.iter().map(|error| failed(error.reason(), chain(error))).collect();
    let mut sample = drawn.sample;
    let mut rows = settled_rows(view, &sample, now);
    for _ in 1..MOST_READINGS {
        let again = suspicious(&sample, &rows);
        if again.is_empty() {
            break;
        }
        read_again(&mut sample, &again, view, sides).await;
        for row in again {
            rows[row] = settled_row(view, &sample, (row, now));
        }
    }
    failures.extend(unread(&sample).map(|unread| failed(unread.reason.name(), unread.message.to_string())));
    let book = &plan.checks;
    let rules = ViewRules {
        freshness_objective: book.rules(&view.name, None).freshness_objective.or(view.ttl),
        drift: view.features.iter().map(|feature| &book.rules(&view.name, Some(&feature.name)).drift[..]).collect(),
        reference: Reference::NewestVersions,
        now,
    };
    (Some(measure(view, &sample, &rows, &rules)), failures)
}

/// One failure per distinct message: keys of one request share it.
fn unread(sample: &Sample) -> impl Iterator<Item = &Unread> {
    let mut told: Vec<&str> = Vec::new();
    sample.readings.iter().filter_map(|readings| readings.last.row.as_ref().err()).filter(move |unread| {
        let is_new = !told.contains(&&*unread.message);
        if is_new {
            told.push(&unread.message);
        }
        is_new
    })
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
