//! One view in a round: both sides of a sample of its keys, settled and added up.

use std::time::Duration;

use super::logged::{KeptLog, LogRound, by_requests};
use super::round::chain;
use super::served::third_view;
use crate::config::{LogSettings, PathSettings, Plan};
use crate::measure::{
    DriftRules, Reference, Setting, Standstill, ViewRules, measure, settled_row, settled_rows, suspicious,
};
use crate::model::check::{Failure, Stage};
use crate::model::entity::EntityKey;
use crate::model::measurement::ViewMeasurement;
use crate::model::online::Unread;
use crate::model::sample::{MOST_READINGS, Sample};
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use crate::sample::{SampleSettings, Sides, draw, read_again};

/// A view with what the plan says of it.
pub(super) struct Watch<'a> {
    /// The view.
    pub(super) view: &'a FeatureView,
    /// The choice of keys.
    settings: &'a SampleSettings,
    /// Age that a row may have.
    freshness_objective: Option<Duration>,
    /// Limits of drift, per feature in the order of the view.
    pub(super) drift: Vec<DriftRules<'a>>,
    /// The instant that stands for the read time; `None` takes each row's own.
    now: Option<Timestamp>,
    /// The serving path, where the view is read through one.
    path: Option<&'a PathSettings>,
    /// The log of its requests, where there is one.
    log: Option<&'a LogSettings>,
}

impl<'a> Watch<'a> {
    /// What the plan says of one of its views.
    pub(super) fn new(plan: &'a Plan, view: &'a FeatureView, now: Option<Timestamp>) -> Self {
        let rules = |feature| plan.checks.rules(&view.name, feature);
        Self {
            view,
            settings: &plan.sample,
            freshness_objective: rules(None).freshness_objective.or(view.ttl),
            drift: view.features.iter().map(|feature| &rules(Some(&feature.name)).drift[..]).collect(),
            now,
            path: plan.served.path(&view.name),
            log: plan.served.log(&view.name),
        }
    }

    /// A failure of this view.
    pub(super) fn failure(&self, stage: Stage, reason: &'static str, message: String) -> Failure {
        Failure { feature_view: self.view.name.clone(), stage, reason, message }
    }
}

/// What the round before left; moved on by the round.
pub(super) struct Before<'a> {
    /// Whether anything is written.
    pub(super) standstill: &'a mut Option<Standstill>,
    /// What the log of requests said.
    pub(super) log: &'a mut Option<KeptLog>,
}

/// Draws a sample, reads what looks wrong again, and adds it up; `None` where the view could not be read.
///
/// The sample is given beside its figures, as it was read last; what the round before left is moved on.
pub(super) async fn sample_and_measure(
    watch: &Watch<'_>,
    (sides, reference, Before { standstill, log: kept }): (&Sides<'_>, Reference<'_>, Before<'_>),
    failures: &mut Vec<Failure>,
) -> Option<(Sample, ViewMeasurement)> {
    let Watch { view, now, .. } = *watch;
    let failed = |reason, message| watch.failure(Stage::Sample, reason, message);
    let drawn = match draw(view, watch.settings, sides).await {
        Ok(drawn) => drawn,
        Err(error) => {
            failures.push(failed(error.reason(), chain(&error)));
            return None;
        }
    };
    failures.extend(drawn.failures.iter().map(|error| watch.failure(error.stage(), error.reason(), chain(error))));
    let (mut sample, scan) = (drawn.sample, drawn.scan);
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
    let freshness_objective = watch.freshness_objective;
    let prepared = sides.online.prepare(view);
    let node = |key: &EntityKey, feature| sides.online.node(&prepared, key, feature);
    *standstill = Standstill::after(*standstill, &sample);
    let setting = Setting { unmoved_rounds: standstill.map_or(0, Standstill::rounds), node: Some(&node) };
    let rules = ViewRules { freshness_objective, drift: watch.drift.clone(), reference, now, setting };
    let mut measured = ViewMeasurement { scan, ..measure(view, &sample, &rows, &rules) };
    if let Some(settings) = watch.path {
        measured.served = third_view(watch, (settings, sides), (&sample, &rows), failures).await;
    }
    if let Some(settings) = watch.log {
        let asked = LogRound { settings, seed: watch.settings.seed, snapshot: &measured.snapshot.identity };
        measured.logged = by_requests(watch, (&asked, sides, kept), failures).await;
    }
    Some((sample, measured))
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
