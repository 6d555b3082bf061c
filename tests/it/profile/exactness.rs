//! Profiles against the data that they are of, for every pair of columns of the oracle.

use std::fs::File;
use std::path::PathBuf;

use polars::prelude::{AnyValue, ParquetReader, SerReader as _, TimeUnit};
use skewwatch::stats::categories::Categories;
use skewwatch::stats::drift::{Exactness, Labels, PairDigest};
use skewwatch::stats::ks;
use skewwatch::stats::profile::{NumberProfile, NumberSide};
use skewwatch::stats::psi;
use skewwatch::stats::sample::Cleaned;

use super::{column, key_pairs, number_pairs, numbers, uniform};

enum Column {
    Numbers(Cleaned),
    Keys(Categories),
}

/// The columns of one side by the name of the case, without what Polars reads only with its categorical types built in.
fn side(side: &str) -> Vec<(String, Column)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/oracle");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".ref.parquet").map(str::to_owned))
        .filter(|name| name != "cat_dictionary_encoded")
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), read(&folder.join(format!("{name}.{side}.parquet"))))).collect()
}

fn read(path: &std::path::Path) -> Column {
    let frame = ParquetReader::new(File::open(path).unwrap()).finish().unwrap();
    let series = frame.column("x").unwrap().as_materialized_series().rechunk();
    if series.dtype().is_string() || series.dtype().is_bool() {
        let mut keys = Categories::default();
        series.iter().for_each(|cell| match cell {
            AnyValue::Boolean(flag) => keys.observe(Some(&flag.to_string())),
            AnyValue::String(text) => keys.observe(Some(text)),
            _ => keys.observe(None),
        });
        return Column::Keys(keys);
    }
    Column::Numbers(Cleaned::new(series.iter().map(|cell| match cell {
        AnyValue::Null => None,
        AnyValue::Datetime(units, TimeUnit::Nanoseconds, _) => Some(units as f64 / 1e9),
        AnyValue::Datetime(units, TimeUnit::Microseconds, _) => Some(units as f64 / 1e6),
        AnyValue::Datetime(units, TimeUnit::Milliseconds, _) => Some(units as f64 / 1e3),
        other => Some(other.try_extract::<f64>().unwrap()),
    })))
}

#[test]
fn counts_of_a_profile_are_those_of_the_data_and_the_gap_lies_within_its_bounds() {
    let mut seen = 0;
    for ((name, reference), (_, current)) in side("ref").into_iter().zip(side("cur")) {
        seen += 1;
        match (reference, current) {
            (Column::Keys(reference), Column::Keys(current)) => {
                let exact = skewwatch::stats::drift::categorical(&reference, &current);
                assert_eq!(key_pairs(&reference, &current), [exact.clone(), exact.clone(), exact], "{name}");
            }
            (Column::Numbers(reference), Column::Numbers(current)) => {
                let exact = numbers(NumberSide::Data(&reference), NumberSide::Data(&current));
                for pair in number_pairs(&reference, &current) {
                    same(&name, &pair, &exact, ks::distance(&reference, &current).map(|ks| ks.statistic));
                }
            }
            _ => panic!("{name}: both sides have the same type"),
        }
    }
    assert_eq!(seen, 51);
}

fn same(name: &str, pair: &PairDigest, exact: &PairDigest, gap: Option<f64>) {
    assert_eq!((&pair.reference, &pair.current), (&exact.reference, &exact.current), "{name}");
    let (Some(found), Some(wanted), Some(gap)) = (&pair.distances, &exact.distances, gap) else {
        assert_eq!((&pair.distances, gap), (&exact.distances, None), "{name}");
        return;
    };
    assert_eq!((found.binning, &found.labels, &found.bins), (wanted.binning, &wanted.labels, &wanted.bins), "{name}");
    assert_eq!(found.novelty, wanted.novelty, "{name}");
    let gaps = found.gaps.unwrap();
    let (low, high) = (gaps.ks.statistic, gaps.ks.statistic + gaps.ks_slack);
    assert!(low <= gap && gap <= high + 1e-15, "{name}: {gap} is not within {low} and {high}");
    assert!(gaps.ks_slack < 0.002, "{name}: {}", gaps.ks_slack);
    if found.exactness == Exactness::Exact {
        let exact = wanted.gaps.unwrap();
        assert_eq!((gaps.ks, gaps.ks_slack), (exact.ks, 0.0), "{name}");
        for (found, wanted) in [(Some(gaps.wasserstein), Some(exact.wasserstein)), (gaps.squared, exact.squared)] {
            let (found, wanted) = (found.unwrap(), wanted.unwrap());
            assert!((found - wanted).abs() <= (1e-9 * wanted).max(1e-12), "{name}: {found} is not {wanted}");
        }
    }
}

#[test]
fn a_value_that_is_half_of_a_column_has_a_bin_to_itself() {
    // Half of the values are 0; the rest is spread over 0 to 1.
    let inflated = |seed| column(uniform(seed, 5_000).chain((0..5_000).map(|_| 0.0)));
    let (reference, current) = (inflated(1), column(inflated(2).values().iter().copied().chain([0.0; 500])));
    for pair in number_pairs(&reference, &current) {
        let gaps = pair.distances.unwrap().gaps.unwrap();
        let exact = ks::distance(&reference, &current).unwrap().statistic;
        assert!(gaps.ks.statistic <= exact && exact <= gaps.ks.statistic + gaps.ks_slack, "{gaps:?}, {exact}");
        assert!(gaps.ks_slack < 0.002, "{}", gaps.ks_slack);
    }
}

#[test]
fn profiles_made_apart_are_compared_within_one_of_their_bins() {
    let reference = column(uniform(1, 40_000).map(|value| value * 10.0));
    let current = column(uniform(2, 30_000).map(|value| 1.0 + value * 10.0));
    let apart = [NumberProfile::of(&reference), NumberProfile::of(&current)];
    let found = numbers(NumberSide::Profile(&apart[0]), NumberSide::Profile(&apart[1])).distances.unwrap();
    let exact = numbers(NumberSide::Data(&reference), NumberSide::Data(&current)).distances.unwrap();
    assert_eq!((found.exactness, &found.labels), (Exactness::Approximate, &exact.labels));
    for (found, exact) in found.bins.bins().iter().zip(exact.bins.bins()) {
        assert_eq!(found.0, exact.0);
        // One of a thousand bins at either edge.
        assert!(found.1.abs_diff(exact.1) <= 2 * 31, "{found:?} is not {exact:?}");
    }
    let (index, wanted) = (psi::floored(&found.bins, 1e-4), psi::floored(&exact.bins, 1e-4));
    assert!((index - wanted).abs() < 0.01 * wanted, "{index} is not {wanted}");
    let gap = ks::distance(&reference, &current).unwrap().statistic;
    let gaps = found.gaps.unwrap();
    assert!(gaps.ks.statistic <= gap && gap <= gaps.ks.statistic + gaps.ks_slack, "{gaps:?}, {gap}");
    assert!(gaps.ks_slack < 0.004, "{}", gaps.ks_slack);
    // The two ranges lie 1 apart.
    assert!((gaps.wasserstein - 1.0).abs() < 0.05, "{}", gaps.wasserstein);
}

#[test]
fn the_estimated_distance_of_earth_movers_is_close_to_the_true_one() {
    let reference = column(uniform(1, 20_000));
    let current = column(uniform(2, 20_000).map(|value| value * value));
    // ∫ |t − √t| dt over 0 to 1.
    for pair in number_pairs(&reference, &current) {
        let gaps = pair.distances.unwrap().gaps.unwrap();
        assert!((gaps.wasserstein - 1.0 / 6.0).abs() < 0.01, "{}", gaps.wasserstein);
        assert_eq!(gaps.squared, None);
    }
}

#[test]
fn the_edges_are_those_of_the_reference_also_when_its_profile_is_current() {
    let (reference, current) = (column(uniform(1, 5_000)), column(uniform(2, 5_000)));
    let [_, _, pair] = number_pairs(&reference, &current);
    let deciles = numbers(NumberSide::Data(&reference), NumberSide::Data(&current)).distances.unwrap().labels;
    assert!(matches!(&deciles, Labels::Edges(edges) if edges.len() == 9));
    assert_eq!(pair.distances.unwrap().labels, deciles);
}
