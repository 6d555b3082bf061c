//! Drift of a snapshot from the one before, from the profiles of both.

use std::collections::BTreeMap;

use crate::model::drift::DriftChecks;
use crate::model::measurement::DriftReason;
use crate::model::view::FeatureView;
use crate::stats::drift::{PairDigest, checks};
use crate::stats::profile::{
    ColumnProfile, ColumnType, KeySide, NumberSide, ProfiledColumn, TableProfile, categorical_pair, numeric_pair,
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
            let (reference, current) = (before.columns.get(column)?, newest.columns.get(column)?);
            let limits = drift_limits(rules);
            let measured = match pair(reference, current) {
                Some(pair) => checks(&pair, &limits),
                None => unmeasured(DriftReason::DifferentKinds, &limits),
            };
            Some((feature.name.clone(), measured))
        })
        .collect()
}

/// The two columns held against each other; `None` when they hold different kinds of values.
fn pair(reference: &ProfiledColumn, current: &ProfiledColumn) -> Option<PairDigest> {
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
