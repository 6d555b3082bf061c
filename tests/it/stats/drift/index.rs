//! The index over merged bins, the gap, and the sizes needed.

use skewwatch::model::check::DriftStatistic::{Ks, Psi};
use skewwatch::model::measurement::{DriftReason, DriftVerdict};
use skewwatch::stats::drift::{ColumnKind, PairDigest, numeric};
use skewwatch::stats::noncentral::NoncentralChiSquared;

use super::{assert_close, cleaned, judged, keys, measured, moved};

/// The index of Jeffreys' shares over these bins.
fn jeffreys(bins: &[(f64, f64)]) -> f64 {
    let half = bins.len() as f64 / 2.0;
    let (n, m) = bins.iter().fold((half, half), |(n, m), (c, d)| (n + c, m + d));
    bins.iter().map(|(c, d)| ((c + 0.5) / n, (d + 0.5) / m)).map(|(p, q)| (q - p) * (q / p).ln()).sum()
}

#[test]
fn rare_and_unseen_keys_form_one_bin() {
    let pair = keys(&[(500, 450), (400, 400), (15, 10), (15, 20), (0, 60)]);
    let found = measured(&pair, Psi, 0.2);
    let merged = [(500.0, 450.0), (400.0, 400.0), (30.0, 90.0)];
    assert_close(found.effect, jeffreys(&merged) - 2.0 * (1.0 / 930.0 + 1.0 / 940.0));
}

#[test]
fn a_bin_is_kept_from_twenty_expected_values_on_the_smaller_side() {
    // Of 800 and 1,600 rows the third key has 60: 20 are expected of the reference.
    let kept = measured(&keys(&[(700, 1460), (80, 80), (20, 40), (0, 20)]), Psi, 0.2);
    assert_close(
        kept.effect,
        jeffreys(&[(700.0, 1460.0), (80.0, 80.0), (20.0, 40.0), (0.0, 20.0)]) - 3.0 * (1.0 / 800.0 + 1.0 / 1600.0),
    );
    let merged = measured(&keys(&[(700, 1460), (80, 80), (20, 39), (0, 21)]), Psi, 0.2);
    assert_close(
        merged.effect,
        jeffreys(&[(700.0, 1460.0), (80.0, 80.0), (20.0, 60.0)]) - 2.0 * (1.0 / 800.0 + 1.0 / 1600.0),
    );
}

#[test]
fn the_interval_is_where_the_noncentral_law_has_its_tails() {
    for bins in [&[(500, 450), (400, 460)][..], &[(5_000, 1_000), (4_000, 1_500), (2_000, 900), (3_000, 500)]] {
        let found = measured(&keys(bins), Psi, 0.05);
        let of = |side: fn(&(u64, u64)) -> u64| bins.iter().map(side).sum::<u64>() as f64;
        let c = 1.0 / of(|bin| bin.0) + 1.0 / of(|bin| bin.1);
        let freedom = bins.len() as f64 - 1.0;
        let x = jeffreys(&bins.iter().map(|bin| (bin.0 as f64, bin.1 as f64)).collect::<Vec<_>>()) / c;
        let law = |index: f64| NoncentralChiSquared::new(freedom, index / c);
        assert_close(Some(law(found.lower.unwrap()).cdf(x)), 0.975);
        assert_close(Some(law(found.upper.unwrap()).cdf(x)), 0.025);
        assert_close(found.p_value, law(0.05).sf(x));
    }
}

#[test]
fn no_more_than_chance_has_effect_and_lower_end_zero() {
    let found = measured(&keys(&[(500, 501), (500, 499)]), Psi, 0.2);
    assert_eq!((found.effect, found.lower), (Some(0.0), Some(0.0)));
}

#[test]
fn what_is_merged_widens_the_upper_end_by_its_share() {
    // 400 of 1,000 rows are of keys with ten rows each.
    let bins: Vec<(u64, u64)> = [(300, 300), (300, 300)].into_iter().chain([(10, 10); 40]).collect();
    let alone = measured(&keys(&[(300, 300), (300, 300), (400, 400)]), Psi, 0.2);
    assert_close(measured(&keys(&bins), Psi, 0.2).upper, alone.upper.unwrap() / 0.6);
}

/// A column whose last bin holds all keys that were not told apart.
fn with_rest(counts: &[(u64, u64)]) -> PairDigest {
    let mut pair = keys(counts);
    pair.distances.as_mut().unwrap().rest = Some(counts.len() - 1);
    pair
}

#[test]
fn keys_that_were_not_told_apart_widen_the_upper_end_by_their_share() {
    let alone = measured(&keys(&[(300, 300), (300, 300), (400, 400)]), Psi, 0.2);
    let rest = measured(&with_rest(&[(300, 300), (300, 300), (400, 400)]), Psi, 0.2);
    assert_close(rest.upper, alone.upper.unwrap() / 0.6);
    // So much more is needed, too.
    let needed = |pair: &PairDigest| measured(pair, Psi, 0.001).needed_current_n.unwrap() as f64;
    let (some, all) = (with_rest(&[(30, 30), (30, 30), (40, 40)]), keys(&[(30, 30), (30, 30), (40, 40)]));
    assert!((needed(&some) - needed(&all) / 0.6).abs() <= 2.0, "{} and {}", needed(&some), needed(&all));
    assert_eq!((rest.effect, rest.lower, rest.p_equal), (alone.effect, alone.lower, alone.p_equal));
    // None of them is the reference's: the unseen share tells.
    let alone = measured(&keys(&[(300, 300), (700, 600), (0, 100)]), Psi, 0.2);
    assert_eq!(measured(&with_rest(&[(300, 300), (700, 600), (0, 100)]), Psi, 0.2), alone);
}

#[test]
fn keys_of_which_none_was_told_apart_cannot_be_judged() {
    let found = judged(&with_rest(&[(5_000, 5_000)]), Psi, 0.2);
    assert_eq!((found.verdict, found.effect, found.upper, found.p_equal), (DriftVerdict::Unknown, None, None, None));
}

#[test]
fn keys_that_are_all_rare_cannot_be_judged() {
    let found = judged(&keys(&[(10, 10); 10]), Psi, 0.2);
    assert_eq!((found.verdict, found.reason), (DriftVerdict::Unknown, Some(DriftReason::Underpowered)));
    assert_eq!((found.effect, found.lower, found.upper, found.p_value), (None, None, None, None));
    assert_eq!(found.p_equal, None);
    // Tenths are kept from 200 rows on, and the ten bins then need λ* ÷ 0.2 each.
    assert_eq!((found.needed_reference_n, found.needed_current_n), (Some(237), Some(237)));
}

#[test]
fn a_constant_column_that_stays_constant_is_stable_however_few_rows() {
    let found = judged(&keys(&[(3, 2)]), Psi, 0.2);
    assert_eq!((found.verdict, found.effect, found.upper), (DriftVerdict::Stable, Some(0.0), Some(0.0)));
    assert_eq!(found.p_equal, Some(1.0));
}

#[test]
fn a_range_that_holds_everything_is_judged_by_the_gap_alone() {
    // 95 of 100 values are the largest: every decile is that, and one bin holds what lies up to it.
    let side =
        |scale: f64| cleaned((0..2_000).map(|row| if row < 1_900 { 200.0 } else { scale * f64::from(row % 100) }));
    let pair = numeric(ColumnKind::Numeric, &side(1.0), &side(0.5));
    let (index, gap) = (judged(&pair, Psi, 0.2), judged(&pair, Ks, 0.1));
    assert_eq!((index.verdict, index.upper), (DriftVerdict::Stable, Some(0.0)));
    assert_eq!((gap.verdict, gap.effect), (DriftVerdict::Stable, Some(0.025)));
    assert!(gap.upper > gap.effect, "{gap:?}");
}

#[test]
fn a_constant_column_with_another_constant_is_drifted() {
    assert_eq!(judged(&keys(&[(300, 0), (0, 300)]), Psi, 0.2).verdict, DriftVerdict::Drifted);
}

#[test]
fn the_size_needed_lets_nine_of_ten_intervals_end_below_the_limit() {
    // λ* by search: P(χ'²(λ*) ≤ 14.684, the 0.9 point of χ² with 9 degrees of freedom) = 0.025.
    let lambda = (0..100_000)
        .map(|step| f64::from(step) / 1000.0)
        .find(|lambda| NoncentralChiSquared::new(9.0, *lambda).cdf(14.683_656_573_259_837) <= 0.025)
        .unwrap();
    let both = measured(&moved(60, 60, 0.0), Psi, 0.01);
    assert_eq!(both.needed_reference_n.unwrap().abs_diff((2.0 * lambda / 0.01).ceil() as u64), 0);
    assert_eq!(both.needed_current_n, both.needed_reference_n);
}

#[test]
fn a_reference_that_is_large_enough_needs_a_larger_current_side_only() {
    let threshold = 0.05;
    let both = measured(&moved(60, 60, 0.0), Psi, threshold).needed_current_n.unwrap() as f64;
    let found = measured(&moved(2_000, 250, 0.0), Psi, threshold);
    let wanted = 1.0 / (2.0 / both - 1.0 / 2_000.0);
    assert_eq!(found.needed_reference_n, None);
    assert!((found.needed_current_n.unwrap() as f64 - wanted).abs() <= 2.0, "{found:?} is not {wanted}");
}

#[test]
fn a_reference_that_is_too_small_is_what_is_needed() {
    // 1 ÷ c* is about 472 rows: 300 of them are too few for any current side.
    let found = measured(&moved(300, 100_000, 0.0), Psi, 0.05);
    assert!((472..490).contains(&found.needed_reference_n.unwrap()), "{found:?}");
    assert_eq!(found.needed_current_n, None);
}

#[test]
fn no_size_tells_equal_from_a_limit_of_zero() {
    let found = judged(&moved(500, 500, 0.03), Psi, 0.0);
    assert_eq!((found.verdict, found.reason), (DriftVerdict::Unknown, Some(DriftReason::AtThreshold)));
    assert_eq!((found.needed_reference_n, found.needed_current_n), (None, None));
}

#[test]
fn the_gap_has_kolmogorovs_interval_and_p_value() {
    let found = judged(&moved(2_000, 2_000, 0.199_75), Ks, 0.1);
    let reach = 1.358_098_639_322_550_7 / 1_000_f64.sqrt();
    assert_close(found.effect, 0.2);
    assert_close(found.lower, 0.2 - reach);
    assert_close(found.upper, 0.2 + reach);
    // Q(√1000 · 0.1) = 2·exp(−20), all but its first term being nothing.
    assert!((found.p_value.unwrap() / (2.0 * (-20.0_f64).exp()) - 1.0).abs() < 1e-6);
    assert_eq!(found.verdict, DriftVerdict::Drifted);
}

#[test]
fn a_gap_needs_the_size_at_which_chance_and_reach_fit_under_the_limit() {
    let found = judged(&moved(100, 100, 0.0), Ks, 0.1);
    let wanted = 2.0 * ((1.358_098_639_322_550_7_f64 + 1.223_847_870_217_082_5) / 0.1).powi(2);
    assert_eq!(found.needed_current_n, Some(wanted.ceil() as u64));
    assert_eq!(found.reason, Some(DriftReason::Underpowered));
}

#[test]
fn the_interval_of_a_gap_of_few_values_ends_at_0_and_1() {
    let found = measured(&moved(30, 30, 0.9), Ks, 0.1);
    assert_eq!((found.lower.map(|lower| lower > 0.0), found.upper), (Some(true), Some(1.0)));
    assert_eq!(measured(&moved(30, 30, 0.0), Ks, 0.1).lower, Some(0.0));
}

#[test]
fn gaps_that_a_profile_does_not_see_raise_the_upper_end() {
    let mut pair = moved(2_000, 2_000, 0.03);
    let exact = measured(&pair, Ks, 0.1);
    pair.distances.as_mut().unwrap().gaps.as_mut().unwrap().ks_slack = 0.02;
    let bounded = measured(&pair, Ks, 0.1);
    assert_eq!(bounded.lower, exact.lower);
    assert_close(bounded.upper, exact.upper.unwrap() + 0.02);
}
