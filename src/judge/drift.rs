//! Drift of a feature: several checks, one sentence.
//!
//! What drifted beyond doubt is a breach, and a critical one where the whole interval of the effect lies beyond the
//! critical limit. Of all checks of a feature, of served values and of snapshots, the worst is told.

use super::{Subject, Verdicts, has_limit};
use crate::model::check::{Breach, CheckKind, CheckRules, DriftStatistic, Limits, Outcome, Severity};
use crate::model::drift::{DriftChecks, amount, interval, limit, probability};
use crate::model::figure::count;
use crate::model::measurement::{
    ComparedSnapshots, DriftMeasurement, DriftReason, DriftVerdict, FeatureMeasurement, SnapshotMeasurement,
};

/// Files the worst outcome of a feature's checks of drift. A feature whose type has no statistic is not left unjudged:
/// there is nothing to judge.
pub(super) fn drift(
    verdicts: &mut Verdicts<'_>,
    (name, figures): (&str, &FeatureMeasurement),
    (snapshot, rules): (&SnapshotMeasurement, &CheckRules),
) {
    let served = if snapshot.reference.is_some() { Sides::Reference } else { Sides::NewestVersions };
    let mut told = readings(&figures.drift, rules, &served);
    if let (Some(checks), Some(compared)) = (&figures.snapshot_drift, &snapshot.compared) {
        told.extend(readings(checks, rules, &Sides::Snapshots(compared)));
    }
    let worst = told.into_iter().rev().max_by(|one, other| {
        rank(&one.outcome).cmp(&rank(&other.outcome)).then_with(|| one.weight.total_cmp(&other.weight))
    });
    if let Some(Reading { outcome, message, .. }) = worst {
        verdicts.file(Subject { check: CheckKind::Drift, feature: Some(name) }, Some(outcome), || message);
    }
}

/// What was held against what.
enum Sides<'a> {
    /// Served values against the newest offline ones.
    NewestVersions,
    /// Served values against the reference that the view names.
    Reference,
    /// The newest snapshot against the one before.
    Snapshots(&'a ComparedSnapshots),
}

/// One check with what would be said of it.
struct Reading {
    outcome: Outcome,
    weight: f64,
    message: String,
}

fn readings(checks: &DriftChecks, rules: &CheckRules, sides: &Sides<'_>) -> Vec<Reading> {
    let wanted = rules.drift.iter().filter(|(_, limits)| has_limit(limits));
    wanted
        .filter_map(|(statistic, limits)| {
            let measured = checks.get(statistic)?;
            let check = Check { statistic: *statistic, limits, measured, sides };
            Some(Reading { outcome: check.outcome(), weight: measured.weight(), message: check.message() })
        })
        .collect()
}

/// Which of several outcomes is told: the gravest breach, then what could not be judged.
const fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Pass => 0,
        Outcome::Unknown(_) => 1,
        Outcome::Breach(Breach { severity: Severity::Warning, .. }) => 2,
        Outcome::Breach(Breach { severity: Severity::Critical, .. }) => 3,
    }
}

struct Check<'a> {
    statistic: DriftStatistic,
    limits: &'a Limits,
    measured: &'a DriftMeasurement,
    sides: &'a Sides<'a>,
}

impl Check<'_> {
    fn outcome(&self) -> Outcome {
        let measured = self.measured;
        let n = measured.reference_n.min(measured.current_n);
        match measured.verdict {
            // A reason that no number of values would mend goes before their number.
            DriftVerdict::Drifted | DriftVerdict::Stable if n < self.limits.minimum_n => Outcome::Unknown(format!(
                "{}{} values, the check needs {}",
                self.sides.lead(),
                count(n),
                count(self.limits.minimum_n)
            )),
            DriftVerdict::Stable => Outcome::Pass,
            DriftVerdict::Unknown => Outcome::Unknown(format!("{}{}", self.sides.lead(), self.doubt())),
            DriftVerdict::Drifted => {
                let (severity, threshold) = self.broken();
                Outcome::Breach(Breach { severity, observed: measured.effect.unwrap_or(threshold), threshold, n })
            }
        }
    }

    /// The gravest limit that the whole interval lies beyond.
    fn broken(&self) -> (Severity, f64) {
        let beyond = |limit: &f64| self.measured.lower.is_some_and(|lower| lower > *limit);
        match (self.limits.critical.filter(beyond), self.limits.warning, self.limits.critical) {
            (Some(critical), _, _) | (None, None, Some(critical)) => (Severity::Critical, critical),
            (None, Some(warning), _) => (Severity::Warning, warning),
            (None, None, None) => (Severity::Warning, 0.0),
        }
    }

    /// The sentence of a breach.
    fn message(&self) -> String {
        let (_, broken) = self.broken();
        let chance = self.measured.q_value.map_or_else(String::new, |q| format!("q {}, ", probability(Some(q))));
        format!(
            "{}: {}, the limit is {} ({chance}{} against {})",
            self.sides.breach(),
            self.effect(),
            limit(self.statistic, broken),
            self.sides.current(&self.rows(self.measured.current_n)),
            self.sides.reference(&self.rows(self.measured.reference_n))
        )
    }

    /// The effect with its interval, as a clause.
    fn effect(&self) -> String {
        let measured = self.measured;
        let Some(effect) = measured.effect else { return "no distance".to_owned() };
        let interval = interval(self.statistic, measured)
            .map_or_else(String::new, |interval| format!(" (95 % interval {interval})"));
        let effect = amount(self.statistic, effect);
        match self.statistic {
            DriftStatistic::Psi => format!("PSI {effect}{interval}"),
            DriftStatistic::Ks => format!("KS distance {effect}{interval}"),
            DriftStatistic::Js => format!("Jensen–Shannon distance {effect}{interval}"),
            DriftStatistic::Tvd => format!("total variation distance {effect}{interval}"),
            DriftStatistic::CramersV => format!("Cramér's V {effect}{interval}"),
            DriftStatistic::Missing => format!("the share of rows without a value moved by {effect}{interval}"),
            DriftStatistic::Unseen => {
                format!("the share of keys not seen before is {effect}{interval} more than chance explains")
            }
            DriftStatistic::OutOfRange => {
                format!("the share of values outside the known range is {effect}{interval} more than chance explains")
            }
        }
    }

    /// What a check counts: rows, or values where it is about the rows that have one.
    fn rows(&self, n: u64) -> String {
        let noun = match (self.statistic == DriftStatistic::Missing, n) {
            (true, 1) => "row",
            (true, _) => "rows",
            (false, 1) => "value",
            (false, _) => "values",
        };
        format!("{} {noun}", count(n))
    }

    /// Why the data does not tell.
    fn doubt(&self) -> String {
        let measured = self.measured;
        let threshold = measured.threshold.or(self.limits.least());
        let limit = threshold.map_or_else(String::new, |threshold| limit(self.statistic, threshold));
        let name = self.statistic.name().replace('_', " ");
        match measured.reason {
            Some(DriftReason::Underpowered) => {
                let reference = self.sides.reference(&self.rows(measured.reference_n));
                let current = self.sides.current(&self.rows(measured.current_n));
                let verdict = format!("a verdict on {name} at {limit} needs");
                match (measured.needed_reference_n, measured.needed_current_n) {
                    (None, None) => format!("too few values for a verdict on {name} at {limit}"),
                    (None, Some(needed)) => format!("{current}, {verdict} {}", count(needed)),
                    (Some(needed), None) => format!("{reference}, {verdict} {}", count(needed)),
                    (Some(one), Some(other)) if one == other => {
                        format!("{current} and {reference}, {verdict} {} on each side", count(one))
                    }
                    (Some(one), Some(other)) => {
                        format!("{current} and {reference}, {verdict} {} and {}", count(other), count(one))
                    }
                }
            }
            Some(DriftReason::AtThreshold) => {
                format!("{}: too close to the limit {limit} for a verdict", self.effect())
            }
            Some(DriftReason::Empty) => match (measured.reference_n, measured.current_n) {
                (0, 0) => "neither side has a value".to_owned(),
                (0, _) => self.sides.without_reference(),
                (_, _) => self.sides.without_current(),
            },
            Some(DriftReason::NoSnapshotTime) => {
                format!("points in time move on by themselves, and {}", self.sides.without_time())
            }
            Some(DriftReason::DifferentKinds) => "the two sides hold different kinds of values".to_owned(),
            Some(DriftReason::NoReference) => "the reference could not be read".to_owned(),
            Some(DriftReason::NotInReference) => "the reference does not have the feature".to_owned(),
            None => "nothing to judge by".to_owned(),
        }
    }
}

impl Sides<'_> {
    /// What a breach says first.
    fn breach(&self) -> String {
        match self {
            Self::NewestVersions => "the served values drifted from the snapshot".to_owned(),
            Self::Reference => "the served values drifted from the reference".to_owned(),
            Self::Snapshots(compared) => {
                format!("the newest snapshot ({}) drifted from the one before ({})", compared.newest, compared.before)
            }
        }
    }

    /// What stands before the reason of a check that could not be judged.
    fn lead(&self) -> String {
        match self {
            Self::NewestVersions | Self::Reference => String::new(),
            Self::Snapshots(compared) => {
                format!("of the newest snapshot ({}) against the one before: ", compared.newest)
            }
        }
    }

    fn current(&self, rows: &str) -> String {
        match self {
            Self::NewestVersions | Self::Reference => format!("{rows} served"),
            Self::Snapshots(compared) => format!("{rows} in {}", compared.newest),
        }
    }

    fn reference(&self, rows: &str) -> String {
        match self {
            Self::NewestVersions => format!("{rows} in the snapshot"),
            Self::Reference => format!("{rows} in the reference"),
            Self::Snapshots(compared) => format!("{rows} in {}", compared.before),
        }
    }

    fn without_current(&self) -> String {
        match self {
            Self::NewestVersions | Self::Reference => "no value is served".to_owned(),
            Self::Snapshots(compared) => format!("{} has no value", compared.newest),
        }
    }

    fn without_reference(&self) -> String {
        match self {
            Self::NewestVersions => "the snapshot has no value".to_owned(),
            Self::Reference => "the reference has no value".to_owned(),
            Self::Snapshots(compared) => format!("{} has no value", compared.before),
        }
    }

    const fn without_time(&self) -> &'static str {
        match self {
            Self::NewestVersions => "served rows do not tell when they were written",
            Self::Reference => {
                "it is not known when the reference was taken: name its folder after that (`dt=2026-06-14`), or make its \
                 profile with `--snapshot-time`"
            }
            Self::Snapshots(_) => "the time of a snapshot is not known",
        }
    }
}
