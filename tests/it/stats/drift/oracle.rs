//! Verdicts on the pairs of the oracle.

use skewwatch::model::check::DriftStatistic::{self, Ks, Missing, OutOfRange, Psi, Unseen};
use skewwatch::model::measurement::DriftReason::{AtThreshold, Empty, NoSnapshotTime};
use skewwatch::model::measurement::DriftVerdict::{Drifted, Stable, Unknown};
use skewwatch::model::measurement::{DriftReason, DriftVerdict};
use skewwatch::stats::drift::{ColumnKind, PairDigest, categorical, numeric};

use super::super::oracle::{Column, cases, read};
use super::verdicts;

fn pair(name: &str) -> PairDigest {
    let (_, case) = cases().find(|(case, _)| case == name).unwrap();
    let kind = case["kind"].as_str().unwrap();
    match (read(name, "ref", kind), read(name, "cur", kind)) {
        (Column::Numbers(reference), Column::Numbers(current)) => {
            let kind = if kind == "timestamp" { ColumnKind::Timestamp } else { ColumnKind::Numeric };
            numeric(kind, &reference, &current)
        }
        (Column::Keys(reference), Column::Keys(current)) => categorical(&reference, &current),
        _ => panic!("{name} holds two kinds"),
    }
}

fn assert_verdicts(name: &str, wanted: &[(DriftStatistic, DriftVerdict, Option<DriftReason>)]) {
    let found: Vec<_> =
        verdicts(&pair(name)).into_iter().map(|(statistic, (verdict, reason))| (statistic, verdict, reason)).collect();
    assert_eq!(found, wanted, "{name}");
}

#[test]
fn pairs_of_one_distribution_are_stable() {
    for name in ["gauss_same", "lognormal_same", "zero_infl_same", "const_same"] {
        let stable = [Psi, Ks, Missing, OutOfRange].map(|statistic| (statistic, Stable, None));
        assert_verdicts(name, &stable);
    }
    for name in ["cat10_same", "cat_const_same"] {
        assert_verdicts(name, &[Psi, Missing, Unseen].map(|statistic| (statistic, Stable, None)));
    }
}

#[test]
fn a_side_of_nulls_is_drifted_by_its_rate() {
    let empty = |statistic| (statistic, Unknown, Some(Empty));
    for name in ["all_null_cur", "all_nan_ref"] {
        assert_verdicts(name, &[empty(Psi), empty(Ks), (Missing, Drifted, None), empty(OutOfRange)]);
    }
    assert_verdicts("cat_all_null_ref", &[empty(Psi), (Missing, Drifted, None), empty(Unseen)]);
}

#[test]
fn a_rate_of_nulls_that_rises_is_found_where_the_values_stay() {
    let stable = |statistic| (statistic, Stable, None);
    assert_verdicts("null_rate_jump", &[stable(Psi), stable(Ks), (Missing, Drifted, None), stable(OutOfRange)]);
}

#[test]
fn values_beyond_the_range_are_found_as_such() {
    assert_verdicts(
        "out_of_range",
        &[(Psi, Drifted, None), (Ks, Drifted, None), (Missing, Stable, None), (OutOfRange, Drifted, None)],
    );
}

#[test]
fn a_cap_within_the_top_decile_is_seen_by_the_gap_alone() {
    assert_verdicts(
        "capped_at_max",
        &[(Psi, Stable, None), (Ks, Unknown, Some(AtThreshold)), (Missing, Stable, None), (OutOfRange, Stable, None)],
    );
}

#[test]
fn two_humps_with_the_moments_of_one_are_found_by_their_distribution() {
    let found = verdicts(&pair("bimodal_vs_normal_same_moments"));
    assert_eq!(found[&Psi], (Drifted, None));
    assert_eq!(found[&Missing], (Stable, None));
}

#[test]
fn keys_that_come_and_keys_that_go_are_told_apart() {
    assert_verdicts("cat10_unseen", &[(Psi, Drifted, None), (Missing, Stable, None), (Unseen, Drifted, None)]);
    assert_verdicts("cat10_level_gone", &[(Psi, Drifted, None), (Missing, Stable, None), (Unseen, Stable, None)]);
}

#[test]
fn points_in_time_are_measured_and_only_their_rates_judged() {
    let timeless = |statistic| (statistic, Unknown, Some(NoSnapshotTime));
    assert_verdicts("timestamps_same", &[timeless(Psi), timeless(Ks), (Missing, Stable, None)]);
    assert_verdicts("timestamps_next_week", &[timeless(Psi), timeless(Ks), (Missing, Drifted, None)]);
}

#[test]
fn few_values_are_unknown_however_far_apart() {
    for name in ["tiny_1_1", "tiny_1_5", "tiny_2_2", "tiny_5_5", "tiny_5_1000", "unequal_50_20000"] {
        assert!(verdicts(&pair(name)).values().all(|(verdict, _)| *verdict == Unknown), "{name}");
    }
}
