//! The figures of one feature, from its settled cells.

use crate::model::measurement::{
    CoverageMeasurement, DifferenceMeasurement, ExpiredServed, FeatureMeasurement, LagMeasurement, LayerCounts,
    SkewMeasurement, VerdictCounts,
};
use crate::model::ratio::Ratio;
use crate::model::verdict::{ExpiredOutcome, Remark, Settled, Verdict};
use crate::model::view::{ExpiredRules, Inclusion};
use crate::stats::interval::wilson;

/// Whether absence on both sides counts: only for keys that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// The key comes from one of the sides.
    Observed,
    /// The key comes from a file of keys.
    Requested,
}

/// What a cell does for coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usability {
    /// A value to work with, perhaps null.
    Usable,
    /// None.
    Unusable,
    /// It says nothing about coverage.
    Uncounted,
}

/// What the cell does for coverage under the view's rules.
pub(super) fn usability(cell: &Settled, demand: Demand, rules: ExpiredRules) -> Usability {
    match cell.verdict {
        Verdict::Unread | Verdict::Pending | Verdict::InFlight => Usability::Uncounted,
        Verdict::Absent => match demand {
            Demand::Requested => Usability::Unusable,
            Demand::Observed => Usability::Uncounted,
        },
        Verdict::Expired => match (cell.expired, rules.in_coverage) {
            (Some(ExpiredOutcome::Absent) | None, _) => Usability::Uncounted,
            (Some(_), Inclusion::Included) => Usability::Usable,
            (Some(_), Inclusion::Excluded) => Usability::Unusable,
        },
        Verdict::MissingOnline | Verdict::Undecodable => Usability::Unusable,
        Verdict::Ahead
        | Verdict::MissingOffline
        | Verdict::Phantom
        | Verdict::Skewed
        | Verdict::Stale
        | Verdict::Consistent => Usability::Usable,
    }
}

/// Adds up the cells of one feature.
#[derive(Clone, Debug, Default)]
pub(super) struct FeatureTally {
    pub(super) verdicts: VerdictCounts,
    pub(super) expired_served: ExpiredServed,
    pub(super) expired_absent: u64,
    layers: LayerCounts,
    versions_behind: Vec<u64>,
    usable: u64,
    counted: u64,
    nulls: u64,
}

impl FeatureTally {
    /// Counts one cell; `is_null` tells whether the online value is a null.
    pub(super) fn add(&mut self, cell: &Settled, usability: Usability, is_null: bool) {
        self.verdicts.add(cell.verdict);
        match cell.expired {
            Some(ExpiredOutcome::Consistent) => self.expired_served.consistent += 1,
            Some(ExpiredOutcome::Stale) => self.expired_served.stale += 1,
            Some(ExpiredOutcome::Skewed) => self.expired_served.skewed += 1,
            Some(ExpiredOutcome::Unverified) => self.expired_served.unverified += 1,
            Some(ExpiredOutcome::Absent) => self.expired_absent += 1,
            None => {}
        }
        if let Some(layer) = cell.layer {
            self.layers.add(layer);
        }
        if let (Some(behind), Remark::Plain) = (cell.behind, cell.remark) {
            self.versions_behind.push(u64::from(behind.versions));
        }
        match usability {
            Usability::Usable => {
                self.usable += 1;
                self.counted += 1;
                self.nulls += u64::from(is_null);
            }
            Usability::Unusable => self.counted += 1,
            Usability::Uncounted => {}
        }
    }

    /// Cells whose values were compared: consistent, stale and skewed, and those served expired.
    pub(super) fn comparable(&self) -> u64 {
        let expired = &self.expired_served;
        [Verdict::Consistent, Verdict::Stale, Verdict::Skewed]
            .map(|verdict| self.verdicts.count(verdict))
            .iter()
            .sum::<u64>()
            + expired.consistent
            + expired.stale
            + expired.skewed
    }

    /// Cells that could have been compared: all but those absent on both sides or rightly gone.
    pub(super) fn expected(&self) -> u64 {
        self.verdicts.total() - self.verdicts.count(Verdict::Absent) - self.expired_absent
    }

    /// Skewed ÷ comparable cells under the view's rules.
    fn skew(&self, rules: ExpiredRules) -> (u64, u64) {
        let skewed = self.verdicts.count(Verdict::Skewed);
        match rules.in_skew {
            Inclusion::Included => (skewed + self.expired_served.skewed, self.comparable()),
            Inclusion::Excluded => {
                let expired = &self.expired_served;
                (skewed, self.comparable() - expired.consistent - expired.stale - expired.skewed)
            }
        }
    }

    /// The figures.
    pub(super) fn figures(
        mut self,
        rules: ExpiredRules,
        difference: (DifferenceMeasurement, Option<f64>),
    ) -> FeatureMeasurement {
        let (skewed, comparable) = self.skew(rules);
        let interval = wilson(skewed, comparable);
        self.versions_behind.sort_unstable();
        let (difference, smape) = difference;
        FeatureMeasurement {
            verdicts: self.verdicts,
            expired_served: self.expired_served,
            expired_absent: self.expired_absent,
            layers: self.layers,
            lag: LagMeasurement {
                versions_p50: self.versions_behind.get(self.versions_behind.len().saturating_sub(1) / 2).copied(),
                versions_max: self.versions_behind.last().copied(),
            },
            coverage: CoverageMeasurement {
                ratio: Ratio::of(self.usable, self.counted),
                n: self.counted,
                null_ratio: Ratio::of(self.nulls, self.usable),
            },
            skew: SkewMeasurement {
                ratio: Ratio::of(skewed, comparable),
                n: comparable,
                lower: interval.map(|interval| interval.lower),
                upper: interval.map(|interval| interval.upper),
                smape,
            },
            difference,
            diagnosis: None,
            lag_profile: None,
            drift: std::collections::BTreeMap::new(),
            snapshot_drift: None,
            distributions: None,
        }
    }
}
