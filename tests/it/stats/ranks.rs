//! Rank tests and gaps of distribution functions, against SciPy's results and against their laws.

use proptest::prelude::*;
use serde_json::Value as Json;
use skewwatch::stats::ecdf::{self, RunSummary, Sweep};
use skewwatch::stats::sample::{Cleaned, LEADING};
use skewwatch::stats::sum::Sum;
use skewwatch::stats::{anderson, cvm, ks, mann_whitney, ordered};

use super::oracle::{Column, cases, read};

/// Cases whose values are so large or so far apart that SciPy itself loses digits.
const WIDE: [&str; 4] = ["huge_magnitude", "outlier_1e12", "int64_big_ids", "cauchy"];

fn close(found: f64, expected: &Json, relative: f64, what: &str) {
    let expected = expected.as_f64().unwrap_or_else(|| panic!("{what}: the oracle says {expected}, not {found:e}"));
    let allowed = (relative * expected.abs()).max(1e-12);
    assert!((found - expected).abs() <= allowed, "{what}: {found:e} is not {expected:e}");
}

/// By ratio above 10⁻¹², by order of magnitude below.
fn p_value(found: Option<f64>, expected: &Json, what: &str) {
    let (found, wanted) = match (found, expected.as_f64()) {
        (Some(found), Some(wanted)) => (found, wanted),
        (None, None) => return,
        (found, _) => panic!("{what}: {found:?} is not {expected}"),
    };
    if wanted > 1e-12 {
        assert!((found - wanted).abs() <= 1e-6 * wanted, "{what}: {found:e} is not {wanted:e}");
    } else if wanted >= 1e-300 {
        assert!((found.log10() - wanted.log10()).abs() < 1e-3, "{what}: {found:e} is not {wanted:e}");
    } else {
        assert!(found < 1e-300, "{what}: {found:e} is not {wanted:e}");
    }
}

fn every_case(check: impl Fn(&str, &Json, &Cleaned, &Cleaned)) {
    let mut seen = 0;
    for (name, case) in cases() {
        let kind = case["kind"].as_str().unwrap();
        if let (Column::Numbers(reference), Column::Numbers(current)) =
            (read(&name, "ref", kind), read(&name, "cur", kind))
        {
            check(&name, &case, &reference, &current);
            seen += 1;
        }
    }
    assert_eq!(seen, cases().filter(|(_, case)| case["kind"] != "categorical").count());
}

#[test]
fn every_gap_equals_what_scipy_computes() {
    every_case(|name, case, reference, current| {
        let Some(gaps) = ecdf::gaps(reference, current) else {
            assert!(case.get("undefined").is_some(), "{name}");
            return;
        };
        let relative = if WIDE.contains(&name) { 1e-7 } else { 1e-9 };
        close(gaps.wasserstein, &case["wasserstein"]["raw"], relative, &format!("{name}: wasserstein"));
        let energy = gaps.energy_squared().unwrap();
        close(energy, &case["energy"]["squared"], relative, &format!("{name}: squared energy distance"));
        let distance = gaps.energy_distance().unwrap();
        close(distance, &case["energy"]["distance"], relative, &format!("{name}: energy distance"));
        close(gaps.ks.statistic, &case["ks"]["statistic"], 0.0, &format!("{name}: D"));
        close(gaps.ks.d_plus, &case["ks"]["d_plus"], 0.0, &format!("{name}: D+"));
        close(gaps.ks.d_minus, &case["ks"]["d_minus"], 0.0, &format!("{name}: D-"));
    });
}

#[test]
fn every_p_value_of_the_largest_gap_equals_what_scipy_computes() {
    every_case(|name, case, reference, current| {
        let Some(gap) = ks::distance(reference, current) else { return };
        let (n, m) = (reference.values().len() as u64, current.values().len() as u64);
        let check = |found, key: &str| p_value(found, &case["ks"][key], &format!("{name}: {key}"));
        check(Some(gap.p_kolmogorov()), "p_kolmogorov");
        check(Some(gap.p_stephens()), "p_stephens");
        check(gap.p_scipy_asymptotic(), "p_scipy_asymp");
        check(gap.p_scipy_exact(n, m), "p_scipy_exact");
        check(gap.p_scipy_auto(n, m), "p_scipy_auto");
    });
}

#[test]
fn every_rank_test_equals_what_scipy_computes() {
    every_case(|name, case, reference, current| {
        let check =
            |found, block: &str, key: &str| p_value(found, &case[block][key], &format!("{name}: {block}.{key}"));
        let statistic = |found: Option<f64>, block: &str, key: &str, relative: f64| match found {
            Some(found) => close(found, &case[block][key], relative, &format!("{name}: {block}.{key}")),
            None => assert!(case[block][key].is_null(), "{name}: {block}.{key}"),
        };
        let cvm = cvm::test(reference, current);
        statistic(cvm.map(|test| test.statistic), "cvm", "statistic", 1e-9);
        check(cvm.map(|test| test.p_asymptotic), "cvm", "p_asymptotic");
        check(cvm.and_then(|test| test.p_exact), "cvm", "p_exact");
        let anderson = anderson::test(reference, current);
        statistic(anderson.map(|test| test.a2akn), "anderson", "a2akn", 1e-9);
        statistic(anderson.and_then(|test| test.t), "anderson", "t", 1e-9);
        check(anderson.and_then(|test| test.p), "anderson", "p_scipy");
        let ranks = mann_whitney::test(reference, current);
        statistic(ranks.map(|test| test.u_ref), "mann_whitney", "u_ref", 0.0);
        statistic(ranks.map(|test| test.auc), "mann_whitney", "auc", 1e-15);
        check(ranks.map(|test| test.p_two_sided), "mann_whitney", "p_two_sided");
        check(ranks.map(|test| test.p_less), "mann_whitney", "p_less");
        check(ranks.and_then(|test| test.p_exact_two_sided), "mann_whitney", "p_exact_two_sided");
        check(ranks.and_then(|test| test.p_exact_less), "mann_whitney", "p_exact_less");
    });
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![(-3..3_i8).prop_map(f64::from), -10.0..10.0_f64];
    prop::collection::vec(value, 1..80)
}

/// Numbers as far apart as doubles can be.
fn extremes() -> impl Strategy<Value = Vec<f64>> {
    let any = any::<f64>().prop_filter("finite", |value| value.is_finite());
    prop::collection::vec(prop_oneof![4 => any, 1 => prop::sample::select(vec![f64::MAX, -f64::MAX])], 1..40)
}

fn sample(values: &[f64]) -> Cleaned {
    Cleaned::new(values.iter().copied().map(Some))
}

/// Runs of both samples between ascending cuts; equal values are in one run.
fn runs<'a>(sides: [&'a Cleaned; 2], cuts: &[f64]) -> Vec<[&'a [f64]; 2]> {
    let mut cuts = cuts.to_vec();
    cuts.sort_by(f64::total_cmp);
    cuts.push(f64::INFINITY);
    let mut rest = sides.map(Cleaned::values);
    cuts.iter()
        .map(|cut| {
            let heads = rest.map(|values| values.split_at(values.partition_point(|value| value <= cut)));
            rest = heads.map(|(_, tail)| tail);
            heads.map(|(head, _)| head)
        })
        .collect()
}

fn summary([reference, current]: [&[f64]; 2]) -> RunSummary {
    let mut run = RunSummary::default();
    reference.iter().rev().for_each(|value| run.reference.observe(*value));
    current.iter().rev().for_each(|value| run.current.observe(*value));
    run
}

/// All ways to deal ranks 1 … n + m to two sides, as the two samples.
fn every_order(n: usize, m: usize) -> Vec<(Cleaned, Cleaned)> {
    (0..1_u32 << (n + m))
        .filter(|choice| choice.count_ones() as usize == n)
        .map(|choice| {
            let (ours, theirs): (Vec<u32>, Vec<u32>) = (0..(n + m) as u32).partition(|rank| choice >> rank & 1 == 1);
            let side = |ranks: Vec<u32>| Cleaned::new(ranks.into_iter().map(|rank| Some(f64::from(rank))));
            (side(ours), side(theirs))
        })
        .collect()
}

/// Share of all orders whose figure is at least that of this one, which is what an exact p-value means.
fn share_at_least(figures: &[f64], figure: f64) -> f64 {
    figures.iter().filter(|other| **other >= figure - 1e-9).count() as f64 / figures.len() as f64
}

#[test]
fn exact_p_values_are_shares_of_all_orders() {
    for (n, m) in [(3, 3), (2, 6), (4, 6), (5, 5), (5, 4)] {
        let orders = every_order(n, m);
        let figures = |of: &dyn Fn(&Cleaned, &Cleaned) -> f64| -> Vec<f64> {
            orders.iter().map(|(reference, current)| of(reference, current)).collect()
        };
        let gaps = figures(&|a, b| ks::distance(a, b).unwrap().statistic);
        let squares = figures(&|a, b| cvm::test(a, b).unwrap().statistic);
        let smaller = figures(&|a, b| -mann_whitney::test(a, b).unwrap().u_ref);
        for (reference, current) in &orders {
            let gap = ks::distance(reference, current).unwrap();
            let ranks = mann_whitney::test(reference, current).unwrap();
            let squared = cvm::test(reference, current).unwrap();
            let (exact, share) = (gap.p_exact(n as u64, m as u64).unwrap(), share_at_least(&gaps, gap.statistic));
            assert!((exact - share).abs() < 1e-12, "{n}, {m}, D = {}: {exact} is not {share}", gap.statistic);
            let (exact, share) = (squared.p_exact.unwrap(), share_at_least(&squares, squared.statistic));
            assert!((exact - share).abs() < 1e-12, "{n}, {m}, T = {}: {exact} is not {share}", squared.statistic);
            let (exact, share) = (ranks.p_exact_less.unwrap(), share_at_least(&smaller, -ranks.u_ref));
            assert!((exact - share).abs() < 1e-12, "{n}, {m}, U = {}: {exact} is not {share}", ranks.u_ref);
        }
    }
}

#[test]
fn a_merged_column_is_led_by_its_first_values() {
    let column = |from: u32, count: u32| sample(&(from..from + count).rev().map(f64::from).collect::<Vec<_>>());
    let merged = column(1000, 200).merge(&column(0, 200));
    let wanted: Vec<f64> = (1000..1200).rev().chain((100..200).rev()).map(f64::from).collect();
    assert_eq!(merged.leading(), wanted);
    assert_eq!(merged.leading().len(), LEADING);
}

#[test]
fn only_runs_around_the_largest_gap_are_read_of_shifted_samples() {
    let column = |from: f64| sample(&(0..1000).map(|i| from + f64::from(i).sqrt()).collect::<Vec<_>>());
    let (reference, current) = (column(0.0), column(5.0));
    let cuts: Vec<f64> = (1..160).map(|cut| f64::from(cut) / 4.0).collect();
    let runs = runs([&reference, &current], &cuts);
    let mut sweep = Sweep::new(1000, 1000);
    let mut passed = [0; 2];
    for [ours, theirs] in &runs {
        passed = [passed[0] + ours.len() as u64, passed[1] + theirs.len() as u64];
        sweep.foresee(passed[0], passed[1]);
    }
    let mut read = 0;
    for [ours, theirs] in runs {
        let run = summary([ours, theirs]);
        if sweep.can_skip(&run) {
            sweep.skip(&run);
        } else {
            sweep.feed(ours, theirs);
            read += ours.len() + theirs.len();
        }
    }
    let (apart, whole) = (sweep.finish().unwrap(), ecdf::gaps(&reference, &current).unwrap());
    assert_eq!((apart.ks, apart.squared), (whole.ks, None));
    assert!((apart.wasserstein - 5.0).abs() < 1e-13 && (whole.wasserstein - 5.0).abs() < 1e-13);
    assert!((1..400).contains(&read), "{read} of 2000 values were read");
}

#[test]
fn a_sweep_that_was_not_fed_every_value_has_no_result() {
    let mut sweep = Sweep::new(2, 1);
    sweep.feed(&[1.0], &[2.0]);
    assert_eq!(sweep.finish(), None);
    assert_eq!(Sweep::new(0, 1).finish(), None);
}

#[test]
fn the_kolmogorov_tail_is_right_to_its_last_order_of_magnitude() {
    // Where 2·exp(−2λ²) is the whole sum to the last digit of a double; λ = √en here.
    for root in 4..19_u32 {
        let en = f64::from(root * root);
        let gap = ks::Ks { d_plus: 1.0, d_minus: 0.0, statistic: 1.0, location: 0.0, effective_n: en };
        let wanted = 2.0_f64.log10() - 2.0 * en * std::f64::consts::LOG10_E;
        assert!((gap.p_kolmogorov().log10() - wanted).abs() < 1e-9, "λ = {root}");
    }
}

#[test]
fn a_distance_beyond_the_largest_double_is_held_there() {
    let gaps = ecdf::gaps(&sample(&[-f64::MAX]), &sample(&[0.0, f64::MAX])).unwrap();
    assert_eq!((gaps.wasserstein, gaps.squared), (f64::MAX, Some(f64::MAX)));
}

#[test]
fn a_run_is_looked_at_if_its_largest_gap_only_equals_the_one_known() {
    // F − G is 2/3 − 0 at −1 and 1 − 1/3 at 0: one gap, of which the second share rounds to the larger double.
    let sides = [sample(&[-1.0, -1.0, 0.0]), sample(&[-0.5, 1.0, 2.0])];
    let [first, second, third] = runs([&sides[0], &sides[1]], &[-0.25, 1.5])[..] else { panic!("three runs") };
    let mut sweep = Sweep::new(3, 3);
    sweep.feed(first[0], first[1]);
    assert!(!sweep.can_skip(&summary(second)));
    sweep.feed(second[0], second[1]);
    sweep.feed(third[0], third[1]);
    assert_eq!(sweep.finish().unwrap().ks, ecdf::gaps(&sides[0], &sides[1]).unwrap().ks);
}

proptest! {
    #[test]
    fn ordered_keys_come_back_and_keep_the_order(a in any::<f64>(), b in any::<f64>()) {
        prop_assert_eq!(ordered::value(ordered::key(a)).to_bits(), (a + 0.0).to_bits());
        if let Some(order) = a.partial_cmp(&b) {
            prop_assert_eq!(ordered::key(a).cmp(&ordered::key(b)), order);
        }
    }

    #[test]
    fn sorted_values_are_those_of_a_plain_sort(values in extremes()) {
        let mut slow: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
        slow.sort_by(f64::total_cmp);
        prop_assert_eq!(ordered::sorted(values), slow);
    }

    #[test]
    fn a_sweep_in_runs_is_a_sweep_in_one(a in values(), b in values(), cuts in prop::collection::vec(-11.0..11.0_f64, 0..8)) {
        let (reference, current) = (sample(&a), sample(&b));
        let whole = ecdf::gaps(&reference, &current).unwrap();
        let mut sweep = Sweep::new(a.len() as u64, b.len() as u64);
        for [ours, theirs] in runs([&reference, &current], &cuts) {
            sweep.feed(ours, theirs);
        }
        let apart = sweep.finish().unwrap();
        prop_assert_eq!((apart.ks, apart.ks_slack), (whole.ks, whole.ks_slack));
        prop_assert!((apart.wasserstein - whole.wasserstein).abs() <= 1e-12 * whole.wasserstein);
        prop_assert!((apart.squared.unwrap() - whole.squared.unwrap()).abs() <= 1e-12 * whole.squared.unwrap());
    }

    #[test]
    fn skipping_what_can_be_skipped_changes_nothing(
        a in values(),
        b in values(),
        shift in -5.0..5.0_f64,
        cuts in prop::collection::vec(-15.0..15.0_f64, 0..30),
    ) {
        let b: Vec<f64> = b.into_iter().map(|value| value + shift).collect();
        let (reference, current) = (sample(&a), sample(&b));
        let whole = ecdf::gaps(&reference, &current).unwrap();
        let mut sweep = Sweep::new(a.len() as u64, b.len() as u64);
        let runs = runs([&reference, &current], &cuts);
        let mut passed = [0; 2];
        for [ours, theirs] in &runs {
            passed = [passed[0] + ours.len(), passed[1] + theirs.len()];
            sweep.foresee(passed[0] as u64, passed[1] as u64);
        }
        let mut skipped = false;
        for [ours, theirs] in runs {
            let run = summary([ours, theirs]);
            if sweep.can_skip(&run) {
                sweep.skip(&run);
                skipped = true;
            } else {
                sweep.feed(ours, theirs);
            }
        }
        let apart = sweep.finish().unwrap();
        prop_assert_eq!(apart.ks, whole.ks);
        prop_assert!((apart.wasserstein - whole.wasserstein).abs() <= 1e-12 * whole.wasserstein.max(1.0));
        prop_assert_eq!(apart.squared.is_none(), skipped);
    }

    #[test]
    fn gaps_are_finite_and_symmetric_and_0_between_equals(a in extremes(), b in extremes()) {
        let (a, b) = (sample(&a), sample(&b));
        let (there, back) = (ecdf::gaps(&a, &b).unwrap(), ecdf::gaps(&b, &a).unwrap());
        for figure in [there.wasserstein, there.energy_squared().unwrap(), there.energy_distance().unwrap()] {
            prop_assert!(figure.is_finite() && figure >= 0.0, "{figure}");
        }
        prop_assert_eq!(there.wasserstein, back.wasserstein);
        prop_assert_eq!(there.squared, back.squared);
        prop_assert_eq!(there.ks.statistic, back.ks.statistic);
        let none = ecdf::gaps(&a, &a).unwrap();
        prop_assert_eq!((none.ks.statistic, none.wasserstein, none.energy_distance()), (0.0, 0.0, Some(0.0)));
    }

    #[test]
    fn gaps_are_what_a_slow_integral_finds(a in values(), b in values()) {
        let (reference, current) = (sample(&a), sample(&b));
        let mut pooled = [a.clone(), b.clone()].concat();
        pooled.sort_by(f64::total_cmp);
        let below = |values: &[f64], at: f64| values.iter().filter(|value| **value <= at).count() as f64 / values.len() as f64;
        let (mut absolute, mut squared) = (0.0, 0.0);
        for pair in pooled.windows(2) {
            let gap = below(&a, pair[0]) - below(&b, pair[0]);
            absolute += gap.abs() * (pair[1] - pair[0]);
            squared += gap * gap * (pair[1] - pair[0]);
        }
        let gaps = ecdf::gaps(&reference, &current).unwrap();
        prop_assert!((gaps.wasserstein - absolute).abs() <= 1e-12 * absolute.max(1.0));
        prop_assert!((gaps.squared.unwrap() - squared).abs() <= 1e-12 * squared.max(1.0));
    }

    #[test]
    fn rank_tests_see_no_order_of_the_sides(a in values(), b in values()) {
        let (a, b) = (sample(&a), sample(&b));
        let (there, back) = (mann_whitney::test(&a, &b).unwrap(), mann_whitney::test(&b, &a).unwrap());
        prop_assert_eq!(there.u_ref + back.u_ref, (a.values().len() * b.values().len()) as f64);
        let slow: f64 = a.values().iter().flat_map(|x| b.values().iter().map(move |y| {
            if x > y { 1.0 } else if x == y { 0.5 } else { 0.0 }
        })).sum();
        prop_assert_eq!(there.u_ref, slow);
        prop_assert_eq!(there.p_two_sided, back.p_two_sided);
        prop_assert_eq!(there.p_exact_two_sided, back.p_exact_two_sided);
        prop_assert_eq!(cvm::test(&a, &b), cvm::test(&b, &a));
        match (anderson::test(&a, &b), anderson::test(&b, &a)) {
            (Some(there), Some(back)) => {
                prop_assert!((there.a2akn - back.a2akn).abs() <= 1e-9 * there.a2akn);
                prop_assert_eq!(there.t.is_some(), back.t.is_some());
            }
            (there, back) => prop_assert_eq!(there, back),
        }
    }

    #[test]
    fn a_larger_gap_is_never_more_probable(n in 1..300_u64, m in 1..300_u64, one in 0.0..=1.0_f64, other in 0.0..=1.0_f64) {
        let effective_n = n as f64 * m as f64 / (n + m) as f64;
        let gap = |statistic: f64| ks::Ks { d_plus: statistic, d_minus: 0.0, statistic, location: 0.0, effective_n };
        let (small, large) = (gap(one.min(other)), gap(one.max(other)));
        for (p_small, p_large) in [
            (Some(small.p_kolmogorov()), Some(large.p_kolmogorov())),
            (Some(small.p_stephens()), Some(large.p_stephens())),
            (small.p_scipy_asymptotic(), large.p_scipy_asymptotic()),
            (small.p_exact(n, m), large.p_exact(n, m)),
        ] {
            prop_assert_eq!(p_small.is_some(), p_large.is_some());
            for p in p_small.into_iter().chain(p_large) {
                prop_assert!((0.0..=1.0).contains(&p), "{p}");
            }
            prop_assert!(p_small >= p_large.map(|p| p - 1e-9 * p - 1e-13));
        }
    }

    #[test]
    fn a_sum_keeps_what_plain_addition_loses(values in prop::collection::vec(-1e9..1e9_f64, 0..50), large in 1e20..1e25_f64) {
        let exact = |values: &[f64]| {
            let mut sum = Sum::default();
            values.iter().for_each(|value| sum.add(*value));
            sum
        };
        let mut around = vec![large];
        around.extend(&values);
        around.push(-large);
        let (whole, around) = (exact(&values).value(), exact(&around).value());
        prop_assert!((whole - around).abs() <= 1e-5, "{whole} is not {around}");
    }
}
