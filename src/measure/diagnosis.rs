//! From a settled sample to the cells that causes are found from.
//!
//! A mismatch is a cell that does not show what it should: a skewed one against its paired version, an outdated one
//! against the newest. Of many, an even spread is looked at.

use crate::model::cause::Diagnosis;
use crate::model::history::Versions;
use crate::model::sample::Sample;
use crate::model::value::Value;
use crate::model::verdict::{ExpiredOutcome, Remark, Settled, Verdict};
use crate::model::view::FeatureView;

use super::cause::{FeatureCells, LEAST_MISMATCHES, OlderVersion, PairedCell, Standing, Written, diagnose, spread};
use super::difference::{is_comparable, online_value};
use super::equal::Comparison;
use super::freshness;
use super::rows::SettledRow;
use super::view::Setting;

/// Most mismatches, and most consistent cells, that are looked at per feature.
const MOST_CELLS: usize = 2000;
/// Most versions before and after that are looked at.
const MOST_VERSIONS: usize = 8;

/// What a cell says of its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Consistent,
    Skewed,
    Stale,
}

/// A settled sample with what the diagnoses of all its features share.
pub(super) struct Patient<'a> {
    view: &'a FeatureView,
    sample: &'a Sample,
    rows: &'a [SettledRow],
    versions: Vec<Versions<'a>>,
    setting: Setting<'a>,
}

impl<'a> Patient<'a> {
    /// Looks the versions of every key up once.
    pub(super) fn new(
        view: &'a FeatureView,
        (sample, rows): (&'a Sample, &'a [SettledRow]),
        setting: Setting<'a>,
    ) -> Self {
        let versions = sample.keys.iter().map(|key| sample.history.versions(&key.key)).collect();
        Self { view, sample, rows, versions, setting }
    }

    /// The likely causes of the mismatches of the feature at `feature`; `None` where there are none.
    pub(super) fn diagnose(&self, feature: usize) -> Option<Diagnosis> {
        let (mut mismatches, mut consistent) = (Vec::new(), Vec::new());
        for (row, settled) in self.rows.iter().enumerate() {
            let Some(cell) = settled.cells.get(feature).filter(|cell| is_comparable(cell, self.view.expired)) else {
                continue;
            };
            match self.role((row, cell), feature) {
                Some(Role::Consistent) => consistent.push((row, Role::Consistent)),
                Some(role) => mismatches.push((row, role)),
                None => {}
            }
        }
        if mismatches.is_empty() {
            return None;
        }
        let taken = |cells: &[(usize, Role)]| -> Vec<PairedCell> {
            let chosen = spread(cells.len(), MOST_CELLS).filter_map(|place| cells.get(place));
            chosen.filter_map(|(row, role)| self.paired((*row, *role), feature)).collect()
        };
        let newest = |versions: &Versions<'_>| {
            versions
                .len()
                .checked_sub(1)
                .and_then(|last| versions.version(last))
                .map_or(Value::Null, |version| version.value(feature))
        };
        let cells = FeatureCells {
            comparison: self.comparison(feature)?,
            mismatches: taken(&mismatches),
            mismatching: mismatches.len() as u64,
            consistent: taken(&consistent),
            agreeing: consistent.len() as u64,
            population: if mismatches.len() < LEAST_MISMATCHES {
                Vec::new()
            } else {
                self.versions.iter().map(newest).collect()
            },
            unmoved_rounds: self.setting.unmoved_rounds,
        };
        Some(diagnose(&cells))
    }

    fn comparison(&self, feature: usize) -> Option<Comparison> {
        Some(Comparison {
            kind: self.view.features.get(feature)?.kind,
            tolerance: self.view.tolerance,
            fidelity: self.sample.fidelity,
        })
    }

    /// `None` for an outdated cell that shows the newest value all the same.
    fn role(&self, (row, cell): (usize, &Settled), feature: usize) -> Option<Role> {
        match (cell.verdict, cell.expired) {
            (Verdict::Consistent, _) | (_, Some(ExpiredOutcome::Consistent)) => Some(Role::Consistent),
            (Verdict::Skewed, _) | (_, Some(ExpiredOutcome::Skewed)) => Some(Role::Skewed),
            (Verdict::Stale, _) | (_, Some(ExpiredOutcome::Stale)) => {
                // A version that is not held tells nothing.
                let versions = self.versions.get(row)?;
                cell.version?;
                let newest = versions.version(versions.len().checked_sub(1)?)?.value(feature);
                let online = online_value(self.sample.readings.get(row)?, feature)?;
                self.comparison(feature)?.layer(online, &newest).is_none().then_some(Role::Stale)
            }
            _ => None,
        }
    }

    fn paired(&self, (row, role): (usize, Role), feature: usize) -> Option<PairedCell> {
        let (versions, readings) = (self.versions.get(row)?, self.sample.readings.get(row)?);
        let cell = self.rows.get(row)?.cells.get(feature)?;
        let at = match role {
            Role::Stale => versions.len().checked_sub(1)?,
            Role::Consistent | Role::Skewed => cell.version?,
        };
        let version = versions.version(at)?;
        let online = online_value(readings, feature)?.clone();
        let standing = match role {
            Role::Consistent => Standing::Consistent,
            Role::Skewed | Role::Stale => Standing::Mismatch,
        };
        let mut paired = PairedCell::new(row, standing, (version.value(feature), online));
        paired.shard =
            (self.setting.node).and_then(|node| node(&self.sample.keys.get(row)?.key, feature)).map(u32::from);
        paired.stamp = freshness::stamp(readings).map(|(stamp, _)| stamp);
        paired.written = match (paired.stamp, role) {
            (None, _) => Written::Unknown,
            (Some(_), Role::Stale) => Written::Old,
            (Some(_), Role::Consistent | Role::Skewed) => Written::Current,
        };
        let time = version.event_timestamp();
        let superseded = cell.remark == Remark::SupersededByCorrection;
        let mut before = time;
        for earlier in (0..at).rev().filter_map(|place| versions.version(place)) {
            let stamp = earlier.event_timestamp();
            if stamp == time {
                if superseded || standing == Standing::Consistent {
                    paired.superseded.push(earlier.value(feature));
                }
            } else if stamp < before {
                before = stamp;
                let seconds = time.since(stamp).unwrap_or_default().as_secs_f64();
                paired.older.push(OlderVersion { value: earlier.value(feature), seconds });
                if paired.older.len() >= MOST_VERSIONS {
                    break;
                }
            }
        }
        let later = (at + 1..versions.len()).filter_map(|place| versions.version(place));
        paired.newer = later
            .filter(|later| later.event_timestamp() > time)
            .take(MOST_VERSIONS)
            .map(|later| later.value(feature))
            .collect();
        // The feature itself is not one that it could be mistaken for.
        let sibling = |other| if other == feature { Value::Null } else { version.value(other) };
        paired.siblings = (0..self.view.features.len()).map(sibling).collect();
        Some(paired)
    }
}
