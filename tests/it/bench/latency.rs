//! Percentiles and their limits.

use std::time::Duration;

use proptest::prelude::*;
use skewwatch::bench::latency::Latencies;
use skewwatch::bench::limit::{FEWEST_BLOCKS, upper_limits};

fn of(times: &[u64], never: usize) -> Latencies {
    let mut latencies = Latencies::new();
    times.iter().for_each(|time| latencies.record(*time));
    (0..never).for_each(|_| latencies.record_never());
    latencies
}

proptest! {
    #[test]
    fn a_quantile_is_that_of_the_sorted_times_to_three_digits(
        mut times in prop::collection::vec(1_u64..50_000_000_000, 1..200),
        never in 0_usize..20,
        quantile in 0.0..=1.0,
    ) {
        let found = of(&times, never).quantile(quantile);
        times.sort_unstable();
        let count = times.len() + never;
        let rank = ((quantile * count as f64).ceil() as usize).clamp(1, count);
        match times.get(rank - 1) {
            None => prop_assert_eq!(found, None),
            Some(exact) => {
                let found = found.unwrap().as_nanos() as f64;
                let exact = *exact as f64;
                prop_assert!(found >= exact && found <= exact * 1.001 + 1.0, "{found} {exact}");
            }
        }
    }

    #[test]
    fn merged_parts_are_the_whole(times in prop::collection::vec(1_u64..5_000_000_000, 0..100), cut in 0_usize..100) {
        let (left, right) = times.split_at(cut.min(times.len()));
        let mut merged = of(left, 1);
        merged.merge(&of(right, 2));
        let whole = of(&times, 3);
        prop_assert_eq!(&merged, &whole);
        prop_assert_eq!(merged.count(), whole.count());
    }
}

#[test]
fn requests_without_an_answer_took_longer_than_all_others() {
    let latencies = of(&[1_000; 99], 1);
    assert_eq!(latencies.quantile(0.99), Some(Duration::from_nanos(1_000)));
    assert_eq!(latencies.quantile(0.995), None);
    assert_eq!(latencies.largest(), None);
}

#[test]
fn an_even_run_is_certain_of_its_percentiles() {
    let blocks = vec![of(&[1_000, 1_000, 2_000, 2_000], 0); FEWEST_BLOCKS];
    let limits = upper_limits(&blocks, &[0.5, 0.9], 1);
    assert_eq!(limits, [Some(Duration::from_nanos(1_000)), Some(Duration::from_nanos(2_000))]);
}

#[test]
fn one_bad_second_in_thirty_widens_the_limit_but_not_the_percentile() {
    let mut blocks = vec![of(&[1_000; 100], 0); FEWEST_BLOCKS];
    blocks[7] = of(&[9_000; 100], 0);
    let mut whole = Latencies::new();
    blocks.iter().for_each(|block| whole.merge(block));
    assert_eq!(whole.quantile(0.96), Some(Duration::from_nanos(1_000)));
    // The block is drawn twice or more in far more than a twentieth of the draws: 6.7 % of the requests then.
    let limit = upper_limits(&blocks, &[0.96], 1)[0].unwrap();
    assert!((9_000..=9_010).contains(&limit.as_nanos()), "{limit:?}");
}

#[test]
fn a_short_run_is_certain_of_nothing() {
    assert_eq!(upper_limits(&vec![of(&[1], 0); FEWEST_BLOCKS - 1], &[0.5], 1), [None]);
}

#[test]
fn a_limit_that_takes_in_requests_without_an_answer_does_not_exist() {
    let mut blocks = vec![of(&[1_000; 100], 0); FEWEST_BLOCKS];
    blocks[3] = of(&[1_000; 50], 50);
    assert_eq!(upper_limits(&blocks, &[0.99, 0.5], 1), [None, Some(Duration::from_nanos(1_000))]);
}
