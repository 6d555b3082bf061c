//! Intended starts.

use proptest::prelude::*;
use skewwatch::bench::arrivals::{Arrivals, IntendedStarts, Share};

fn starts(arrivals: Arrivals, rate: u64, share: Share) -> IntendedStarts {
    IntendedStarts::new(arrivals, rate, share, 7)
}

proptest! {
    #[test]
    fn the_workers_of_constant_arrivals_are_one_even_row_together(rate in 1_u64..2_000_000, of in 1_u64..9) {
        let mut all: Vec<u64> = (0..of)
            .flat_map(|worker| starts(Arrivals::Constant, rate, Share { worker, of }).take(200))
            .collect();
        all.sort_unstable();
        let whole: Vec<u64> = starts(Arrivals::Constant, rate, Share { worker: 0, of: 1 }).take(all.len()).collect();
        prop_assert_eq!(all, whole);
    }

    #[test]
    fn starts_never_go_back(rate in 1_u64..2_000_000, poisson: bool) {
        let arrivals = if poisson { Arrivals::Poisson } else { Arrivals::Constant };
        let starts: Vec<u64> = starts(arrivals, rate, Share { worker: 1, of: 3 }).take(500).collect();
        prop_assert!(starts.is_sorted());
    }
}

#[test]
fn poisson_arrivals_have_the_rate_and_the_spread_of_their_law() {
    let starts: Vec<u64> = starts(Arrivals::Poisson, 1_000, Share { worker: 0, of: 2 }).take(100_001).collect();
    let gaps: Vec<f64> = starts.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e9).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    // 500 a second: mean 2 ms; of an exponential law the deviation is the mean. Six standard errors of 100,000 gaps.
    assert!((mean - 0.002).abs() < 0.002 * 6.0 / 316.0, "{mean}");
    assert!((variance.sqrt() - 0.002).abs() < 0.002 * 6.0 * 1.5 / 316.0, "{variance}");
}
