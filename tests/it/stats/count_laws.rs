//! Laws of moments, of distances between counts, and of adjusted p-values.

use proptest::prelude::*;
use skewwatch::stats::bins::{BinCounts, PairedCounts};
use skewwatch::stats::categories::Categories;
use skewwatch::stats::moments::Moments;
use skewwatch::stats::rates::{RowCounts, missing_test, null_test};
use skewwatch::stats::sample::Cleaned;
use skewwatch::stats::{
    benjamini_hochberg, cardinality, contingency, divergence, epps_singleton, evidently, mmd, psi, t_test,
};

fn counts() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let count = || prop_oneof![2 => Just(0), 3 => 1..5_u64, 2 => 0..1_000_000_u64];
    prop::collection::vec((count(), count()), 1..40)
}

fn paired(bins: &[(u64, u64)]) -> Option<PairedCounts> {
    let side = |of: fn(&(u64, u64)) -> u64| BinCounts::from(bins.iter().map(of).collect::<Vec<_>>());
    PairedCounts::new(&side(|bin| bin.0), &side(|bin| bin.1))
}

/// Numbers of all sizes that data have, around a mean that may be far from 0.
fn numbers() -> impl Strategy<Value = Vec<f64>> {
    let around = prop_oneof![Just(0.0), Just(1.7e9), Just(-4e15), Just(1e-9)];
    let spread = prop_oneof![Just(0.0), Just(1.0), Just(1e6), Just(1e-9)];
    (around, spread, prop::collection::vec(-1.0..1.0_f64, 0..3000))
        .prop_map(|(around, spread, numbers)| numbers.into_iter().map(|number| around + spread * number).collect())
}

/// Mean and sum of squares in integers of 2⁻⁴⁰, which hold such numbers without loss.
fn slow(numbers: &[i64]) -> (f64, f64) {
    let n = numbers.len() as i128;
    let sum: i128 = numbers.iter().map(|number| i128::from(*number)).sum();
    let squares: i128 = numbers.iter().map(|number| (n * i128::from(*number) - sum).pow(2)).sum();
    (sum as f64 / n as f64, squares as f64 / (n * n) as f64)
}

fn near(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-12 * scale
}

/// Every distance, in both directions where they differ.
fn distances(counts: &PairedCounts) -> Vec<f64> {
    let own = evidently::of(counts);
    let [there, back] = divergence::kullback_leibler(counts);
    vec![
        psi::floored(counts, 1e-4),
        psi::floored(counts, 1e-6),
        psi::jeffreys(counts),
        divergence::jensen_shannon(counts),
        divergence::jensen_shannon_distance(counts),
        there,
        back,
        divergence::hellinger(counts),
        divergence::total_variation(counts),
        divergence::largest_difference(counts).value,
        own.psi,
        own.js_distance,
        own.kl,
    ]
}

/// Those that do not change when the sides are swapped.
fn symmetric(counts: &PairedCounts) -> Vec<f64> {
    let table = contingency::of(counts);
    vec![
        psi::floored(counts, 1e-4),
        psi::jeffreys(counts),
        divergence::jensen_shannon(counts),
        divergence::hellinger(counts),
        divergence::total_variation(counts),
        divergence::largest_difference(counts).value,
        table.chi2,
        table.g,
        table.cramers_v,
        evidently::of(counts).psi,
        evidently::of(counts).js_distance,
    ]
}

proptest! {
    #[test]
    fn moments_of_parts_merge_to_those_of_the_whole(whole in numbers(), cut in 0..3000_usize, other_cut in 0..3000_usize) {
        let together = Moments::of(&whole);
        let (left, right) = whole.split_at(cut.min(whole.len()));
        let (middle, last) = right.split_at(other_cut.min(right.len()));
        let parts = [left, middle, last].map(Moments::of);
        let [a, b, c] = &parts;
        for merged in [a.merge(b).merge(c), a.merge(&b.merge(c)), c.merge(a).merge(b)] {
            prop_assert_eq!(merged.n(), together.n());
            match (merged.mean(), together.mean(), merged.std_pop(), together.std_pop()) {
                (Some(mean), Some(whole_mean), Some(std), Some(whole_std)) => {
                    prop_assert!(near(mean, whole_mean, whole_mean.abs().max(whole_std)), "{mean} {whole_mean}");
                    prop_assert!(near(std, whole_std, whole_std), "{std} {whole_std}");
                }
                nothing => prop_assert_eq!(nothing, (None, None, None, None)),
            }
        }
    }

    #[test]
    fn moments_are_those_of_whole_numbers(
        numbers in prop::collection::vec(-1_000_000..1_000_000_i64, 1..2500),
        around in prop_oneof![Just(0), Just(1_700_000_000_000_i64)],
    ) {
        let numbers: Vec<i64> = numbers.into_iter().map(|number| around + number).collect();
        let moments = Moments::of(&numbers.iter().map(|number| *number as f64).collect::<Vec<_>>());
        let (mean, squares) = slow(&numbers);
        let variance = squares / numbers.len() as f64;
        // Numbers that cancel leave a mean with the last digits of their spread, not of the mean itself.
        prop_assert!(near(moments.mean().unwrap(), mean, mean.abs().max(variance.sqrt())), "{:?} {mean}", moments.mean());
        prop_assert!(near(moments.squares() / numbers.len() as f64, variance, variance));
    }

    #[test]
    fn a_constant_has_its_own_value_as_mean_and_no_spread(value in -1e150..1e150_f64, n in 1..5000_usize, cut in 0..5000_usize) {
        let whole = vec![value; n];
        let (left, right) = whole.split_at(cut.min(n));
        for moments in [Moments::of(&whole), Moments::of(left).merge(&Moments::of(right))] {
            prop_assert_eq!((moments.mean(), moments.std_pop()), (Some(value), Some(0.0)));
        }
    }

    #[test]
    fn moments_of_any_finite_numbers_are_finite(numbers in prop::collection::vec(any::<f64>(), 1..40)) {
        let numbers: Vec<f64> = numbers.into_iter().filter(|number| number.is_finite()).collect();
        let mut one_by_one = Moments::new();
        numbers.iter().for_each(|number| one_by_one.observe(*number));
        for moments in [Moments::of(&numbers), one_by_one] {
            prop_assert!(moments.mean().is_none_or(f64::is_finite), "{moments:?}");
            prop_assert!(moments.std_pop().is_none_or(f64::is_finite), "{moments:?}");
            prop_assert_eq!(moments.n(), numbers.len() as u64);
        }
    }

    #[test]
    fn every_distance_to_oneself_is_0(bins in counts()) {
        let same: Vec<_> = bins.iter().map(|(count, _)| (*count, *count)).collect();
        if let Some(counts) = paired(&same) {
            prop_assert_eq!(distances(&counts), vec![0.0; 13]);
            let table = contingency::of(&counts);
            prop_assert_eq!((table.chi2, table.chi2_p, table.g_p), (0.0, 1.0, 1.0));
        }
    }

    #[test]
    fn every_distance_is_finite_whatever_bins_are_empty(bins in counts()) {
        if let Some(counts) = paired(&bins) {
            for distance in distances(&counts) {
                prop_assert!(distance.is_finite() && distance >= 0.0, "{distance}");
            }
            let table = contingency::of(&counts);
            let shares = [
                divergence::jensen_shannon(&counts),
                divergence::hellinger(&counts),
                divergence::total_variation(&counts),
                divergence::largest_difference(&counts).value,
                table.chi2_p,
                table.g_p,
            ];
            prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
            prop_assert!((0.0..=1.0 + 1e-12).contains(&table.cramers_v));
            prop_assert!(table.cramers_v_corrected.is_none_or(|v| v.is_finite() && v >= 0.0));
        }
    }

    #[test]
    fn swapping_the_sides_changes_no_symmetric_distance(bins in counts()) {
        let swapped: Vec<_> = bins.iter().map(|(reference, current)| (*current, *reference)).collect();
        if let (Some(there), Some(back)) = (paired(&bins), paired(&swapped)) {
            for (a, b) in symmetric(&there).into_iter().zip(symmetric(&back)) {
                prop_assert!((a - b).abs() <= 1e-9 * a.abs().max(1e-3), "{a} {b}");
            }
            let [there, back] = [divergence::kullback_leibler(&there), divergence::kullback_leibler(&back)];
            prop_assert!((there[0] - back[1]).abs() <= 1e-12 && (there[1] - back[0]).abs() <= 1e-12);
        }
    }

    #[test]
    fn adjusted_p_values_rise_with_the_p_values_and_are_never_below_them(
        p_values in prop::collection::vec(prop_oneof![0.0..=1.0_f64, Just(0.0), Just(1.0), 0.0..1e-6_f64], 0..60),
    ) {
        let adjusted = benjamini_hochberg::adjusted(&p_values);
        prop_assert_eq!(adjusted.len(), p_values.len());
        for (p, q) in p_values.iter().zip(&adjusted) {
            prop_assert!(p <= q && *q <= 1.0);
            // The definition, over all tests at least as large.
            let at_most = |other: f64| p_values.iter().filter(|p| **p <= other).count() as f64;
            let least = p_values.iter().filter(|other| *other >= p).map(|p| p * p_values.len() as f64 / at_most(*p));
            prop_assert!((least.fold(1.0, f64::min) - q).abs() <= 1e-12);
        }
        let mut pairs: Vec<_> = p_values.iter().zip(&adjusted).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(b.0));
        prop_assert!(pairs.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    }

    #[test]
    fn keys_that_came_and_went_add_up(a in prop::collection::vec("[a-e]", 0..20), b in prop::collection::vec("[c-h]", 0..20)) {
        let side = |keys: &[String]| Categories::new(keys.iter().map(|key| Some(key.as_str())));
        let found = cardinality::of(&side(&a), &side(&b));
        prop_assert_eq!(found.reference + found.new, found.current + found.gone);
        prop_assert_eq!(found.unseen_rows, b.iter().filter(|key| !a.contains(key)).count() as u64);
        prop_assert_eq!(found.new_keys.len() as u64, found.new.min(cardinality::NAMED as u64));
        prop_assert_eq!(found.unseen_share.is_none(), b.is_empty());
    }

    #[test]
    fn tests_of_rates_and_means_stay_in_range(
        a in prop::collection::vec(prop::option::weighted(0.8, -3..3_i8), 1..40),
        b in prop::collection::vec(prop::option::weighted(0.8, -3..3_i8), 1..40),
    ) {
        let side = |cells: &[Option<i8>]| Cleaned::new(cells.iter().map(|cell| cell.map(f64::from)));
        let (a, b) = (side(&a), side(&b));
        for test in [null_test(a.counts(), b.counts()), missing_test(a.counts(), b.counts())] {
            let test = test.unwrap();
            prop_assert!((0.0..=1.0).contains(&test.p_equal) && test.z.is_finite());
            prop_assert!(test.difference.lower <= test.difference.value && test.difference.value <= test.difference.upper);
        }
        prop_assert_eq!(null_test(RowCounts::default(), a.counts()), None);
        if let Some(test) = t_test::of(&Moments::of(a.values()), &Moments::of(b.values())) {
            for p in [test.student.p, test.welch.p].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&p));
            }
            prop_assert_eq!(test.student.t.is_none(), test.student.p.is_none());
        }
        if let Some(test) = epps_singleton::of(&a, &b) {
            prop_assert!(test.statistic >= 0.0 && (0.0..=1.0).contains(&test.p));
        }
        if let Some(found) = mmd::of(&a, &b) {
            prop_assert!(found.biased >= 0.0 && found.sigma > 0.0 && found.unbiased.is_finite());
        }
    }
}
