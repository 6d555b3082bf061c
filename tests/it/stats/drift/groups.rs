//! Rows of one entity that resemble each other.

use skewwatch::model::check::DriftStatistic::{Ks, Missing, Psi};
use skewwatch::stats::drift::{EntityGroups, PairDigest};
use skewwatch::stats::law;
use skewwatch::stats::noncentral::NoncentralChiSquared;

use super::{assert_close, keys, measured, moved};

/// Two keys with half of the rows each: 32 groups of 100 rows a side, with this many of the first key.
fn grouped(first: impl Fn(usize) -> u64) -> PairDigest {
    let mut pair = keys(&[(1_600, 1_600), (1_600, 1_600)]);
    let side: Vec<Vec<u64>> = (0..32).map(|group| vec![first(group), 100 - first(group)]).collect();
    pair.distances.as_mut().unwrap().entity_groups = Some(EntityGroups { reference: side.clone(), current: side });
    pair
}

#[test]
fn groups_that_are_alike_change_nothing() {
    let without = keys(&[(1_600, 1_600), (1_600, 1_600)]);
    for statistic in [Psi, Missing] {
        assert_eq!(measured(&grouped(|_| 50), statistic, 0.02), measured(&without, statistic, 0.02));
    }
}

#[test]
fn entities_that_hold_one_key_each_count_once() {
    let found = measured(&grouped(|group| if group < 16 { 100 } else { 0 }), Psi, 0.2);
    // Without one group the share is 1,500 or 1,600 of 3,100: variance 31 · (50/3100)², of independent rows 0.25/3200.
    let effect = 31.0 * (50.0_f64 / 3_100.0).powi(2) / (0.25 / 3_200.0);
    let c = 2.0 * effect / 3_200.0;
    // Equal sides: the index is 0, and the upper end is 0 as well whatever c; the test at the limit still knows c.
    assert_close(found.p_value, NoncentralChiSquared::new(1.0, 0.2 / c).sf(0.0));
    assert_eq!((found.needed_reference_n, found.needed_current_n), {
        let law = |n: f64| NoncentralChiSquared::new(1.0, 0.2 * n / (2.0 * effect)).cdf(2.705_543_454_095_404);
        let least = (1..100_000_u64).find(|n| law(*n as f64) <= 0.025);
        // 3,200 rows of the reference are no help; both sides must grow, unless they have enough.
        assert!(least.is_some());
        if least <= Some(3_200) { (None, None) } else { (least, least) }
    });
}

#[test]
fn a_difference_of_few_entities_is_less_sure_to_be_one() {
    // Groups of 100 rows with 40 or 60 of the first key: the variance is four times that of independent rows.
    let mut pair = keys(&[(1_600, 1_500), (1_600, 1_700)]);
    let side: Vec<Vec<u64>> = (0..32).map(|group| if group % 2 == 0 { vec![40, 60] } else { vec![60, 40] }).collect();
    let groups = EntityGroups { reference: side.clone(), current: side };
    let alone = measured(&pair, Psi, 0.2).p_equal.unwrap();
    pair.distances.as_mut().unwrap().entity_groups = Some(groups);
    let found = measured(&pair, Psi, 0.2).p_equal.unwrap();
    // 31/32 · Σ (±10/3100)² over p(1 − p)/n.
    let effect = 31.0 * (10.0_f64 / 3_100.0).powi(2) / (0.25 / 3_200.0);
    let chi2 = 2.0 * 50.0_f64.powi(2) * (1.0 / 1_550.0 + 1.0 / 1_650.0);
    assert_close(Some(alone), law::chi_squared_tail(chi2, 1.0));
    assert_close(Some(found), law::chi_squared_tail(chi2 / effect, 1.0));
}

#[test]
fn the_gap_and_the_missing_rate_know_the_groups_too() {
    let mut pair = moved(3_200, 3_200, 0.05);
    let bins = pair.distances.as_ref().unwrap().bins.bins().to_vec();
    let alone = (measured(&pair, Ks, 0.1), measured(&pair, Missing, 0.02));
    // Each decile in groups of its own, three or four of them.
    let side = |of: fn(&(u64, u64)) -> u64| {
        let group = |group: usize| (0..10).map(|bin| if group % 10 == bin { of(&bins[bin]) / 3 } else { 0 }).collect();
        (0..30).map(group).collect()
    };
    pair.distances.as_mut().unwrap().entity_groups =
        Some(EntityGroups { reference: side(|bin| bin.0), current: side(|bin| bin.1) });
    let grouped = (measured(&pair, Ks, 0.1), measured(&pair, Missing, 0.02));
    assert_eq!((grouped.0.distance, grouped.1.distance), (alone.0.distance, alone.1.distance));
    assert!(grouped.0.upper > alone.0.upper && grouped.1.upper > alone.1.upper);
    assert!(grouped.0.p_equal > alone.0.p_equal);
}
