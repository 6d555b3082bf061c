//! What befell whole rows stands in the findings of the view.

use std::collections::BTreeMap;

use skewwatch::judge::{CheckBook, judge};
use skewwatch::model::cause::{MissingRows, RowFaults, RowsBehind};
use skewwatch::model::check::{CheckKind, CheckRules};
use skewwatch::model::measurement::{FreshnessMeasurement, Share, ViewMeasurement};
use skewwatch::model::view::{FeatureView, FreshnessBasis, SnapshotSource};

use super::drift::{rules, view, warning};

const HOUR: f64 = 3600.0;

fn behind(rows: u64, (least, most): (u64, u64)) -> RowsBehind {
    let seconds = |versions: u64| HOUR * versions as f64;
    RowsBehind {
        rows,
        least_versions: least,
        most_versions: most,
        least_seconds: seconds(least),
        most_seconds: seconds(most),
    }
}

/// The sentences of the findings of freshness and coverage after the first clause, where there is another.
fn told(basis: FreshnessBasis, rows: RowFaults) -> BTreeMap<CheckKind, Option<String>> {
    let whole = view(BTreeMap::new(), None);
    let freshness = FreshnessMeasurement {
        basis,
        n: 1000,
        min_seconds: Some(5.0 * HOUR),
        beyond_objective: Some(if basis == FreshnessBasis::View { 1 } else { 100 }),
        objective_seconds: Some(HOUR),
        ..whole.freshness
    };
    let measured = ViewMeasurement { freshness, coverage: Share::of(900, 1000), rows, ..whole };
    let limits = CheckRules { freshness: warning(0.01), coverage: warning(0.99), ..rules(&[]) };
    let book = CheckBook { defaults: limits, overrides: Vec::new() };
    let judgement = judge(&FeatureView::new("users", SnapshotSource::new("", "at")), &measured, &book);
    let clause = |message: &str| message.split_once("; ").map(|(_, clause)| clause.to_owned());
    judgement.findings.iter().map(|finding| (finding.check, clause(&finding.message))).collect()
}

#[test]
fn rows_without_a_fault_of_their_own_add_nothing() {
    let nothing = BTreeMap::from([(CheckKind::Freshness, None), (CheckKind::Coverage, None)]);
    assert_eq!(told(FreshnessBasis::Version, RowFaults::default()), nothing);
    assert_eq!(told(FreshnessBasis::View, RowFaults { unmoved_rounds: 1, ..RowFaults::default() }), nothing);
}

#[test]
fn rows_that_expire_too_early_and_a_job_that_writes_nothing_are_named() {
    let missing = MissingRows { rows: 1234, from_age_seconds: Some(47.0 * HOUR) };
    let rows = RowFaults {
        missing: Some(missing),
        behind: vec![behind(1, (1, 1)), behind(2000, (2, 4)), behind(7, (5, 5))],
        unmoved_rounds: 3,
    };
    let still = "in 3 rounds the snapshot had moved on, and nothing was written online";
    let lagging = "1 row is 1 version behind (1h), 2,000 rows are 2 to 4 versions behind (2h to 4h), 7 rows are 5 versions \
                   behind (5h)";
    let told_of = told(FreshnessBasis::Version, rows.clone());
    assert_eq!(told_of[&CheckKind::Freshness], Some(format!("{lagging}; {still}")));
    let gone = "1,234 rows are missing from an age of 1d 23h on: they expire too early";
    assert_eq!(told_of[&CheckKind::Coverage].as_deref(), Some(gone));
    let of_view = told(FreshnessBasis::View, RowFaults { behind: Vec::new(), ..rows });
    assert_eq!(of_view[&CheckKind::Freshness].as_deref(), Some(still));
}
