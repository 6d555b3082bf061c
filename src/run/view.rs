//! One view in a round: both sides of a sample of its keys, settled and added up.

use std::time::Duration;

use super::origin::Origin;
use super::round::{Terms, chain};
use crate::config::{LogSettings, PathSettings};
use crate::measure::{
    DriftRules, Reference, Setting, SettledRow, Standstill, ViewRules, measure, settled_row, settled_rows, suspicious,
};
use crate::model::check::{Failure, Stage};
use crate::model::entity::EntityKey;
use crate::model::measurement::ViewMeasurement;
use crate::model::online::Unread;
use crate::model::sample::{MOST_READINGS, Sample};
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use crate::sample::SampleSettings;

/// A view with what the plan says of it.
pub(super) struct Watch<'a> {
    /// The view.
    pub(super) view: &'a FeatureView,
    /// The choice of keys.
    pub(super) settings: &'a SampleSettings,
    /// Age that a row may have.
    freshness_objective: Option<Duration>,
    /// Limits of drift, per feature in the order of the view.
    pub(super) drift: Vec<DriftRules<'a>>,
    /// The instant that stands for the read time; `None` takes each row's own.
    pub(super) now: Option<Timestamp>,
    /// The serving path, where the view is read through one.
    pub(super) path: Option<&'a PathSettings>,
    /// The log of its requests, where there is one.
    pub(super) log: Option<&'a LogSettings>,
}

impl<'a> Watch<'a> {
    /// What the terms of a round say of one of its views.
    pub(super) fn new(terms: Terms<'a>, view: &'a FeatureView, now: Option<Timestamp>) -> Self {
        let rules = |feature| terms.checks.rules(&view.name, feature);
        Self {
            view,
            settings: terms.sample,
            freshness_objective: rules(None).freshness_objective.or(view.ttl),
            drift: view.features.iter().map(|feature| &rules(Some(&feature.name)).drift[..]).collect(),
            now,
            path: terms.served.and_then(|served| served.path(&view.name)),
            log: terms.served.and_then(|served| served.log(&view.name)),
        }
    }

    /// A failure of this view.
    pub(super) fn failure(&self, stage: Stage, reason: &'static str, message: String) -> Failure {
        Failure { feature_view: self.view.name.clone(), stage, reason: reason.into(), message }
    }
}

/// Draws a sample, reads what looks wrong again, and adds it up; `None` where the view could not be read.
///
/// The sample is given beside its figures, as it was read last and settled; `standstill` is moved on by the round.
pub(super) async fn sample_and_measure(
    watch: &Watch<'_>,
    (origin, reference, standstill): (&mut Origin<'_>, Reference<'_>, &mut Option<Standstill>),
    failures: &mut Vec<Failure>,
) -> Option<(Sample, Vec<SettledRow>, ViewMeasurement)> {
    let Watch { view, now, .. } = *watch;
    let drawn = match origin.draw(watch).await {
        Ok(drawn) => drawn,
        Err(error) => {
            failures.push(watch.failure(Stage::Sample, error.reason(), chain(&error)));
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
        origin.read_again(&mut sample, &again, view).await;
        for row in again {
            rows[row] = settled_row(view, &sample, (row, now));
        }
    }
    let freshness_objective = watch.freshness_objective;
    let nodes = origin.nodes(view);
    let node = |key: &EntityKey, feature| nodes.of(key, feature);
    *standstill = Standstill::after(*standstill, &sample);
    let setting = Setting { unmoved_rounds: standstill.map_or(0, Standstill::rounds), node: Some(&node) };
    let rules = ViewRules { freshness_objective, drift: watch.drift.clone(), reference, now, setting };
    let measured = ViewMeasurement { scan, ..measure(view, &sample, &rows, &rules) };
    Some((sample, rows, measured))
}

/// The failures of keys that were not read.
pub(super) fn unread_failures(watch: &Watch<'_>, sample: &Sample) -> Vec<Failure> {
    let failure = |unread: &Unread| watch.failure(Stage::Sample, unread.reason.name(), unread.message.to_string());
    unread(sample).map(failure).collect()
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
