//! What holds of every profile.

use proptest::prelude::*;
use skewwatch::stats::categories::Categories;
use skewwatch::stats::drift::Exactness;
use skewwatch::stats::profile::{
    ColumnProfile, KeyProfile, MergeError, NumberProfile, NumberSide, Ruler, TableProfile,
};
use skewwatch::stats::psi;
use skewwatch::stats::sample::Cleaned;

use super::{column, numbers, uniform};

fn cells() -> impl Strategy<Value = Vec<Option<f64>>> {
    let cell = prop_oneof![
        6 => (-40..40_i32).prop_map(|number| Some(f64::from(number) / 4.0)),
        4 => (-1e3..1e3_f64).prop_map(Some),
        1 => Just(None),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-0.0), Just(f64::MAX), Just(f64::MIN)].prop_map(Some),
    ];
    prop::collection::vec(cell, 0..60)
}

fn keys() -> impl Strategy<Value = Vec<Option<String>>> {
    prop::collection::vec(prop::option::weighted(0.9, "[a-e]{0,2}"), 0..60)
}

fn categories(cells: &[Option<String>]) -> Categories {
    Categories::new(cells.iter().map(Option::as_deref))
}

fn whole(parts: &[Vec<Option<f64>>]) -> Cleaned {
    Cleaned::new(parts.iter().flatten().copied())
}

/// All that is counted, which must be the same bit by bit.
fn counted(profile: &NumberProfile) -> impl PartialEq + std::fmt::Debug + use<> {
    let extremes = profile.summary().map(|summary| (summary.min.to_bits(), summary.max.to_bits(), summary.zeros));
    (profile.counts(), profile.bins().to_vec(), profile.levels().map(<[_]>::to_vec), profile.distinct(), extremes)
}

proptest! {
    #[test]
    fn counts_merge_to_those_of_the_whole_in_any_order_and_split(
        reference in cells(),
        parts in prop::collection::vec(cells(), 1..5),
        turn in 0..5_usize,
    ) {
        let ruler = Ruler::of(&Cleaned::new(reference));
        let of_whole = NumberProfile::over(&ruler, &whole(&parts));
        let mut profiles: Vec<NumberProfile> =
            parts.iter().map(|part| NumberProfile::over(&ruler, &Cleaned::new(part.iter().copied()))).collect();
        let forwards = profiles.iter().skip(1).try_fold(profiles[0].clone(), |sum, part| sum.merge(part)).unwrap();
        let turn = turn % profiles.len();
        profiles.rotate_left(turn);
        let last = profiles.pop().unwrap();
        let backwards = profiles.iter().rev().try_fold(last, |sum, part| part.merge(&sum)).unwrap();
        prop_assert_eq!(counted(&forwards), counted(&of_whole));
        prop_assert_eq!(counted(&backwards), counted(&of_whole));
    }

    #[test]
    fn moments_merge_to_those_of_the_whole(a in prop::collection::vec(-1e6..1e6_f64, 1..50), b in prop::collection::vec(-1e6..1e6_f64, 1..50)) {
        let (a, b) = (column(a), column(b));
        let ruler = Ruler::of(&a);
        let merged = NumberProfile::over(&ruler, &a).merge(&NumberProfile::over(&ruler, &b)).unwrap().summary().unwrap();
        let whole = NumberProfile::over(&ruler, &a.merge(&b)).summary().unwrap();
        prop_assert!((merged.mean - whole.mean).abs() <= 1e-12 * 1e6, "{} is not {}", merged.mean, whole.mean);
        prop_assert!((merged.std_pop - whole.std_pop).abs() <= 1e-12 * 1e6, "{} is not {}", merged.std_pop, whole.std_pop);
        // Few different values: all of them are known.
        prop_assert_eq!(merged.quantiles, whole.quantiles);
    }

    #[test]
    fn keys_merge_to_those_of_the_whole(parts in prop::collection::vec(keys(), 1..5)) {
        let whole = KeyProfile::of(&categories(&parts.concat()));
        let profiles: Vec<KeyProfile> = parts.iter().map(|part| KeyProfile::of(&categories(part))).collect();
        let forwards = profiles.iter().skip(1).try_fold(profiles[0].clone(), |sum, part| sum.merge(part)).unwrap();
        let last = profiles.last().unwrap().clone();
        let backwards = profiles.iter().rev().skip(1).try_fold(last, |sum, part| sum.merge(part)).unwrap();
        prop_assert_eq!(&forwards, &whole);
        prop_assert_eq!(&backwards, &whole);
    }

    #[test]
    fn a_profile_has_no_distance_to_itself(cells in cells()) {
        let profile = NumberProfile::of(&Cleaned::new(cells));
        let pair = numbers(NumberSide::Profile(&profile), NumberSide::Profile(&profile));
        prop_assert_eq!(pair.distances.is_none(), profile.summary().is_none());
        if let Some(distances) = pair.distances {
            let gaps = distances.gaps.unwrap();
            prop_assert_eq!(psi::floored(&distances.bins, 1e-4), 0.0);
            prop_assert_eq!((gaps.ks.statistic, gaps.ks_slack, gaps.wasserstein, gaps.squared), (0.0, 0.0, 0.0, Some(0.0)));
            prop_assert_eq!((distances.novelty.current, distances.exactness), (0, Exactness::Exact));
        }
    }

    #[test]
    fn every_profile_is_read_back_as_it_was_written(numbers in cells(), keys in keys(), more in cells()) {
        let column = Cleaned::new(numbers);
        let over = NumberProfile::over(&Ruler::of(&column), &Cleaned::new(more));
        let merged = NumberProfile::of(&column).merge(&over).unwrap();
        for profile in [
            ColumnProfile::Numeric(NumberProfile::of(&column)),
            ColumnProfile::Numeric(over),
            ColumnProfile::Numeric(merged),
            ColumnProfile::Categorical(KeyProfile::of(&categories(&keys))),
        ] {
            let table = super::document::of_one_column(profile);
            let text = table.to_json().unwrap();
            prop_assert_eq!(TableProfile::from_json(text.as_bytes()).unwrap(), table, "{}", text);
        }
    }

    #[test]
    fn figures_of_profiles_are_finite(a in cells(), b in cells()) {
        let (a, b) = (Cleaned::new(a), Cleaned::new(b));
        for pair in super::number_pairs(&a, &b) {
            let Some(distances) = pair.distances else {
                prop_assert!(a.values().is_empty() || b.values().is_empty());
                continue;
            };
            let gaps = distances.gaps.unwrap();
            prop_assert!((0.0..=1.0).contains(&gaps.ks.statistic) && (0.0..=1.0).contains(&gaps.ks_slack));
            prop_assert!(gaps.wasserstein >= 0.0 && gaps.wasserstein.is_finite());
            prop_assert!(gaps.squared.is_none_or(|squared| squared >= 0.0 && squared.is_finite()));
            prop_assert!(psi::floored(&distances.bins, 1e-4).is_finite());
        }
    }
}

#[test]
fn a_profile_of_many_values_has_no_distance_to_itself_and_knows_how_little_it_knows() {
    let profile = NumberProfile::of(&column(uniform(1, 20_000)));
    let distances = numbers(NumberSide::Profile(&profile), NumberSide::Profile(&profile)).distances.unwrap();
    let gaps = distances.gaps.unwrap();
    assert_eq!(psi::floored(&distances.bins, 1e-4), 0.0);
    assert_eq!((gaps.ks.statistic, gaps.wasserstein, gaps.squared), (0.0, 0.0, None));
    // The values of one bin, of which there are a thousand, may lie in any order.
    assert!((0.000_9..=0.001_1).contains(&gaps.ks_slack), "{}", gaps.ks_slack);
    assert_eq!(distances.exactness, Exactness::Approximate);
}

#[test]
fn different_values_are_counted_and_after_merging_estimated() {
    let (a, b) = (column(uniform(1, 20_000)), column(uniform(2, 30_000)));
    let ruler = Ruler::of(&a);
    let parts = [NumberProfile::over(&ruler, &a), NumberProfile::over(&ruler, &b)];
    assert_eq!(parts.each_ref().map(NumberProfile::distinct), [20_000, 30_000]);
    let merged = [parts[0].merge(&parts[1]).unwrap(), parts[1].merge(&parts[0]).unwrap()];
    assert_eq!(merged[0].distinct(), merged[1].distinct());
    assert!(merged[0].distinct().abs_diff(50_000) < 2_500, "{}", merged[0].distinct());
}

#[test]
fn profiles_over_different_bins_or_kinds_are_not_merged() {
    let (a, b) = (column([1.0, 2.0]), column([1.0, 3.0]));
    let numeric = |values| ColumnProfile::Numeric(NumberProfile::of(values));
    let ages = ColumnProfile::Age(NumberProfile::of(&a));
    assert_eq!(numeric(&a).merge(&numeric(&b)), Err(MergeError::Edges));
    assert_eq!(numeric(&a).merge(&ages), Err(MergeError::Kind));
}
