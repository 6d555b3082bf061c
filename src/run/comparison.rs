//! What is known of a view's snapshots as a whole, as rounds use it: the reference, and the drift of the newest snapshot
//! from the one before.
//!
//! A round makes its own, unless it is given one that stands: where `schedule.drift` says how often snapshots are
//! compared, the rounds in between show what the last comparison found, with its time.

use std::collections::BTreeMap;

use super::snapshots::Snapshots;
use super::view::Watch;
use crate::evidence::{Compared, Trained};
use crate::measure::{Reference, measure_snapshots};
use crate::model::check::Failure;
use crate::model::drift::DriftChecks;
use crate::model::measurement::{ComparedSnapshots, ViewMeasurement};
use crate::model::time::Timestamp;

/// What one comparison found.
#[derive(Debug)]
pub(crate) struct Comparison {
    at: Timestamp,
    trained: Trained,
    successive: Option<(ComparedSnapshots, BTreeMap<String, DriftChecks>)>,
    failures: Vec<Failure>,
}

impl Comparison {
    /// Reads what is not known yet of the view's snapshots, and adds what could not be read to `failures`.
    pub(super) async fn make(watch: &Watch<'_>, snapshots: &Snapshots<'_>, failures: &mut Vec<Failure>) -> Self {
        let told = failures.len();
        let compared = Self::read(watch, snapshots, failures).await;
        let failures = failures.get(told..).unwrap_or_default().to_vec();
        Self { failures, ..Self::of(watch, compared, snapshots.now) }
    }

    /// What is known of the view's snapshots; adds what could not be read to `failures`.
    pub(super) async fn read(watch: &Watch<'_>, snapshots: &Snapshots<'_>, failures: &mut Vec<Failure>) -> Compared {
        let trained = snapshots.trained(watch, failures).await;
        Compared { trained, successive: snapshots.successive(watch, failures).await }
    }

    /// What follows from what is known of the snapshots.
    pub(super) fn of(watch: &Watch<'_>, compared: Compared, at: Timestamp) -> Self {
        let successive = compared.successive.map(|successive| {
            let drift = measure_snapshots(watch.view, (&successive.before, &successive.newest), &watch.drift);
            (successive.names, drift)
        });
        Self { at, trained: compared.trained, successive, failures: Vec::new() }
    }

    /// When it was made.
    pub(super) const fn at(&self) -> Timestamp {
        self.at
    }

    /// What served values are held against.
    pub(super) fn reference(&self) -> Reference<'_> {
        match &self.trained {
            Trained::NewestVersions => Reference::NewestVersions,
            Trained::Profile(profile) => Reference::Profile(profile),
            Trained::Unreadable => Reference::Unreadable,
        }
    }

    /// What could not be read: rounds that use the comparison are short of it too.
    pub(super) fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Puts the drift of snapshots, not yet settled, beside the figures of a round that began at `started_at`.
    pub(super) fn show(&self, measured: &mut ViewMeasurement, started_at: Timestamp) {
        let has_any = self.successive.is_some() || !matches!(self.trained, Trained::NewestVersions);
        measured.compared_at = Some(self.at).filter(|at| has_any && *at != started_at);
        let Some((names, drift)) = &self.successive else { return };
        for (name, checks) in drift {
            if let Some(feature) = measured.features.get_mut(name) {
                feature.snapshot_drift = Some(checks.clone());
            }
        }
        measured.snapshot.compared = Some(names.clone());
    }
}
