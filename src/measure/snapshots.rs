//! Drift of a snapshot from the one before, from the profiles of both.

use std::collections::BTreeMap;

use crate::model::drift::DriftChecks;
use crate::model::measurement::DriftReason;
use crate::model::view::FeatureView;
use crate::stats::drift::{Observed, PairDigest, checks};
use crate::stats::profile::{
    ColumnProfile, ColumnType, KeySide, Known, NumberSide, ProfiledColumn, TableProfile, categorical_pair, numeric_pair,
};

use super::drift::{drift_limits, unmeasured};
use super::view::DriftRules;

/// The checks of each feature that both snapshots have, not yet settled, by the feature's name.
#[must_use]
pub fn measure_snapshots(
    view: &FeatureView,
    (before, newest): (&TableProfile, &TableProfile),
    rules: &[DriftRules<'_>],
) -> BTreeMap<String, DriftChecks> {
    let features = view.features.iter().zip(rules);
    features
        .filter_map(|(feature, rules)| {
            let column = view.source.column_of(&feature.name);
            let sides = (before.known(column)?, newest.known(column)?);
            let limits = drift_limits(rules);
            let measured = match pair(sides, (before.rows, newest.rows)) {
                Ok(pair) => checks(&pair?, &limits),
                Err(reason) => unmeasured(reason, &limits),
            };
            Some((feature.name.clone(), measured))
        })
        .collect()
}

/// The two columns held against each other; `None` where neither has a statistic.
fn pair((reference, current): (Known<'_>, Known<'_>), (n, m): (u64, u64)) -> Result<Option<PairDigest>, DriftReason> {
    match (reference, current) {
        (Known::Profiled(reference), Known::Profiled(current)) => {
            profiled(reference, current).map(Some).ok_or(DriftReason::DifferentKinds)
        }
        (Known::Profiled(reference), Known::Nulls) => Ok(Some(against_nulls(&reference.profile, m, Nulls::Current))),
        (Known::Nulls, Known::Profiled(current)) => Ok(Some(against_nulls(&current.profile, n, Nulls::Reference))),
        (Known::Profiled(_), Known::Unprofiled) | (Known::Unprofiled, Known::Profiled(_)) => {
            Err(DriftReason::DifferentKinds)
        }
        (Known::Nulls | Known::Unprofiled, Known::Nulls | Known::Unprofiled) => Ok(None),
    }
}

/// Which of two sides has nothing but nulls.
#[derive(Clone, Copy)]
enum Nulls {
    Reference,
    Current,
}

fn against_nulls(profile: &ColumnProfile, rows: u64, nulls: Nulls) -> PairDigest {
    let empty = Observed::nulls(profile.kind(), rows);
    match profile {
        ColumnProfile::Categorical(keys) => {
            let (known, empty) = (KeySide::Profile(keys), KeySide::Data(empty.keys()));
            match nulls {
                Nulls::Reference => categorical_pair(empty, known),
                Nulls::Current => categorical_pair(known, empty),
            }
        }
        ColumnProfile::Numeric(numbers) | ColumnProfile::Timestamp(numbers) | ColumnProfile::Age(numbers) => {
            let empty = empty.cleaned();
            let (known, empty) = (NumberSide::Profile(numbers), NumberSide::Data(&empty));
            match nulls {
                Nulls::Reference => numeric_pair(profile.kind(), empty, known),
                Nulls::Current => numeric_pair(profile.kind(), known, empty),
            }
        }
    }
}

/// The two columns held against each other; `None` when they hold different kinds of values.
fn profiled(reference: &ProfiledColumn, current: &ProfiledColumn) -> Option<PairDigest> {
    let kind = reference.profile.kind();
    if kind != current.profile.kind() || is_boolean(reference) != is_boolean(current) {
        return None;
    }
    match (&reference.profile, &current.profile) {
        (ColumnProfile::Categorical(ours), ColumnProfile::Categorical(theirs)) => {
            Some(categorical_pair(KeySide::Profile(ours), KeySide::Profile(theirs)))
        }
        (ours, theirs) => {
            let (ours, theirs) = (ours.numbers()?, theirs.numbers()?);
            Some(numeric_pair(kind, NumberSide::Profile(ours), NumberSide::Profile(theirs)))
        }
    }
}

fn is_boolean(column: &ProfiledColumn) -> bool {
    column.column_type == ColumnType::Boolean
}
