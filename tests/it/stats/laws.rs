//! Laws that hold for every sample: merging is observing together, a distance to oneself is 0, empty bins stay finite.

use proptest::prelude::*;
use skewwatch::model::value::Value;
use skewwatch::stats::bins::{BinEdges, PairedCounts};
use skewwatch::stats::categories::Categories;
use skewwatch::stats::drift::{Observed, observed};
use skewwatch::stats::interval::wilson;
use skewwatch::stats::sample::Cleaned;
use skewwatch::stats::smape::Smape;
use skewwatch::stats::{ks, psi, quantile};

fn cell() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(f64::NAN)),
        1 => Just(Some(f64::INFINITY)),
        1 => Just(Some(f64::NEG_INFINITY)),
        6 => (-3..3_i8).prop_map(|level| Some(f64::from(level))),
        6 => any::<f64>().prop_map(Some),
        1 => prop::sample::select(vec![f64::MAX, -f64::MAX]).prop_map(Some),
    ]
}

fn cells() -> impl Strategy<Value = Vec<Option<f64>>> {
    prop::collection::vec(cell(), 0..60)
}

fn keys() -> impl Strategy<Value = Vec<Option<String>>> {
    prop::collection::vec(prop::option::weighted(0.9, "[a-c]{0,2}"), 0..60)
}

fn categories(cells: &[Option<String>]) -> Categories {
    Categories::new(cells.iter().map(Option::as_deref))
}

proptest! {
    #[test]
    fn cleaning_two_columns_apart_or_together_is_the_same(a in cells(), b in cells()) {
        let apart = Cleaned::new(a.clone()).merge(&Cleaned::new(b.clone()));
        prop_assert_eq!(&apart, &Cleaned::new(a.iter().chain(&b).copied()));
        // The other way round the same values are merged; only which of them lead differs.
        let swapped = Cleaned::new(b).merge(&Cleaned::new(a));
        prop_assert_eq!((apart.values(), apart.counts()), (swapped.values(), swapped.counts()));
    }

    #[test]
    fn categories_merge_like_one_column(a in keys(), b in keys()) {
        let together: Vec<_> = a.iter().chain(&b).cloned().collect();
        let apart = categories(&a).merge(&categories(&b));
        prop_assert_eq!(&apart, &categories(&together));
        prop_assert_eq!(apart, categories(&b).merge(&categories(&a)));
    }

    #[test]
    fn bin_counts_over_one_reference_add_up(reference in cells(), a in cells(), b in cells()) {
        if let Some(edges) = BinEdges::deciles(&Cleaned::new(reference)) {
            let together = edges.count(&Cleaned::new(a.iter().chain(&b).copied()));
            let apart = edges.count(&Cleaned::new(a)).merge(&edges.count(&Cleaned::new(b)));
            prop_assert_eq!(apart, Some(together));
        }
    }

    #[test]
    fn a_value_lies_in_the_bin_of_the_first_edge_not_below_it(reference in cells(), a in cells()) {
        if let Some(edges) = BinEdges::deciles(&Cleaned::new(reference)) {
            let sample = Cleaned::new(a);
            let mut slow = vec![0; edges.edges().len() + 1];
            for value in sample.values() {
                slow[edges.edges().iter().filter(|edge| *edge < value).count()] += 1;
            }
            let counts = edges.count(&sample);
            prop_assert_eq!(counts.counts(), &slow[..]);
        }
    }

    #[test]
    fn smape_merges_and_stays_between_0_and_2(pairs in prop::collection::vec((any::<f64>(), any::<f64>()), 0..40), cut in 0..40_usize) {
        let of = |pairs: &[(f64, f64)]| pairs.iter().fold(Smape::new(), |mut state, (a, b)| { state.observe(*a, *b); state });
        let (left, right) = pairs.split_at(cut.min(pairs.len()));
        let (apart, together) = (of(left).merge(of(right)), of(&pairs));
        prop_assert_eq!(apart.n(), together.n());
        match (apart.value(), together.value()) {
            (Some(a), Some(b)) => {
                prop_assert!((a - b).abs() <= 1e-12);
                prop_assert!((0.0..=2.0).contains(&b));
            }
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    #[test]
    fn a_distance_to_oneself_is_0(a in cells(), b in keys()) {
        let sample = Cleaned::new(a);
        if let Some(gap) = ks::distance(&sample, &sample) {
            prop_assert_eq!(gap.statistic, 0.0);
            prop_assert_eq!(gap.p_kolmogorov(), 1.0);
            let index = psi::numeric(&sample, &sample).unwrap();
            prop_assert_eq!((index.floored, index.jeffreys), (0.0, 0.0));
        }
        let sample = categories(&b);
        if let Some(index) = psi::categorical(&sample, &sample) {
            prop_assert_eq!((index.floored, index.jeffreys), (0.0, 0.0));
        }
    }

    #[test]
    fn distances_are_finite_and_never_negative(a in cells(), b in cells()) {
        let (a, b) = (Cleaned::new(a), Cleaned::new(b));
        for counts in [PairedCounts::deciles(&a, &b), PairedCounts::levels(&a, &b)].into_iter().flatten() {
            for figure in [psi::floored(&counts, 1e-4), psi::jeffreys(&counts), psi::noise_floor(&counts)] {
                prop_assert!(figure.is_finite() && figure >= 0.0, "{figure}");
            }
        }
        if let Some(gap) = ks::distance(&a, &b) {
            prop_assert!((0.0..=1.0).contains(&gap.statistic));
            prop_assert!((0.0..=1.0).contains(&gap.p_kolmogorov()));
        } else {
            prop_assert!(a.values().is_empty() || b.values().is_empty());
        }
    }

    #[test]
    fn the_largest_gap_is_the_one_a_slow_search_finds(a in cells(), b in cells()) {
        let (a, b) = (Cleaned::new(a), Cleaned::new(b));
        if let Some(gap) = ks::distance(&a, &b) {
            let below = |sample: &Cleaned, at: f64| {
                sample.values().iter().filter(|value| **value <= at).count() as f64 / sample.values().len() as f64
            };
            let gaps = || a.values().iter().chain(b.values()).map(|at| below(&a, *at) - below(&b, *at));
            prop_assert_eq!(gap.d_plus, gaps().fold(0.0, f64::max));
            prop_assert_eq!(gap.d_minus, gaps().map(|gap| -gap).fold(0.0, f64::max));
            prop_assert_eq!((below(&a, gap.location) - below(&b, gap.location)).abs(), gap.statistic);
        }
    }

    #[test]
    fn swapping_the_sides_swaps_the_gaps(a in cells(), b in cells()) {
        let (a, b) = (Cleaned::new(a), Cleaned::new(b));
        let (there, back) = (ks::distance(&a, &b), ks::distance(&b, &a));
        prop_assert_eq!(there.map(|gap| (gap.d_plus, gap.d_minus)), back.map(|gap| (gap.d_minus, gap.d_plus)));
    }

    #[test]
    fn quantiles_rise_from_the_least_to_the_greatest_value(a in cells(), shares in prop::collection::vec(0.0..=1.0_f64, 2..6)) {
        let sample = Cleaned::new(a);
        let mut shares = shares;
        shares.sort_by(f64::total_cmp);
        let found: Vec<_> = shares.iter().map(|share| quantile::of_sorted(sample.values(), *share)).collect();
        prop_assert!(found.windows(2).all(|pair| pair[0] <= pair[1]));
        prop_assert_eq!(quantile::of_sorted(sample.values(), 0.0), sample.values().first().copied());
        prop_assert_eq!(quantile::of_sorted(sample.values(), 1.0), sample.values().last().copied());
        prop_assert_eq!(quantile::of_sorted(sample.values(), 1.1), None);
    }

    #[test]
    fn a_score_interval_holds_its_share(whole in 0..2000_u64, part in 0..2000_u64) {
        match wilson(part, whole) {
            Some(interval) => {
                let share = part as f64 / whole as f64;
                prop_assert!(0.0 <= interval.lower && interval.lower <= share);
                prop_assert!(share <= interval.upper && interval.upper <= 1.0);
                // The ends are the shares p for which (share − p)² = z²·p(1 − p)/n: the definition of the interval.
                for end in [interval.lower, interval.upper] {
                    let z = 1.959_963_984_540_054_f64;
                    let error = (share - end).powi(2) - z * z * end * (1.0 - end) / whole as f64;
                    prop_assert!(error.abs() < 1e-12 || (part == 0 && end == 0.0) || (part == whole && end == 1.0));
                }
            }
            None => prop_assert!(whole == 0 || part > whole),
        }
    }

    #[test]
    fn observing_two_halves_is_observing_the_whole(a in cells(), b in cells(), reference in cells()) {
        let value = |cell: &Option<f64>| cell.map_or(Value::Null, Value::Float64);
        let observe = |cells: &mut dyn Iterator<Item = &Option<f64>>| {
            let mut side = Observed::new();
            cells.for_each(|cell| side.push(&value(cell)));
            side
        };
        let halves = observe(&mut a.iter()).merge(&observe(&mut b.iter()));
        let whole = observe(&mut a.iter().chain(&b));
        let reference = observe(&mut reference.iter());
        prop_assert_eq!(halves.counts(), whole.counts());
        prop_assert_eq!(observed(&reference, &halves), observed(&reference, &whole));
    }
}
