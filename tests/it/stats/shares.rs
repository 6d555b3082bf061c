//! The test of a share against a share and a margin, and draws of counts.

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use skewwatch::stats::interval::Share;
use skewwatch::stats::mass::ln_binomial;
use skewwatch::stats::melded::p_not_above;
use skewwatch::stats::multinomial;

fn share(part: u64, whole: u64) -> Share {
    Share::new(part, whole).unwrap()
}

/// P(X ≥ x) for the hypergeometric number of hits on the current side, given the hits of both.
fn fisher((r, n): (u64, u64), (x, m): (u64, u64)) -> f64 {
    let choose = |n: u64, k: u64| (1..=k).map(|i| ((n - k + i) as f64 / i as f64).ln()).sum::<f64>();
    (x..=(r + x).min(m))
        .filter(|hits| r + x - hits <= n)
        .map(|hits| (choose(m, hits) + choose(n, r + x - hits) - choose(n + m, r + x)).exp())
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn without_a_margin_it_is_fishers_exact_test(
        n in 1_u64..400, m in 1_u64..400, r in 0.0_f64..1.0, x in 0.0_f64..1.0,
    ) {
        let (r, x) = ((r * n as f64) as u64, (x * m as f64) as u64);
        prop_assume!(r < n && x > 0);
        let (found, exact) = (p_not_above(share(r, n), share(x, m), 0.0), fisher((r, n), (x, m)));
        prop_assert!((found - exact).abs() <= 1e-8 * exact + 1e-14, "{r}/{n} {x}/{m}: {found:e} is not {exact:e}");
    }

    #[test]
    fn a_wider_margin_excuses_more(r in 0_u64..50, x in 1_u64..50, margin in -0.5_f64..0.5, more in 0.0_f64..0.2) {
        let p = |margin| p_not_above(share(r, 60), share(x, 70), margin);
        prop_assert!(p(margin) <= p(margin + more) + 1e-12);
    }

    #[test]
    fn draws_of_counts_add_up(n in 0_u64..100_000, weights in prop::collection::vec(0.0_f64..1.0, 1..20), seed: u64) {
        prop_assume!(weights.iter().any(|weight| *weight > 0.0));
        let counts = multinomial::draw(&mut StdRng::seed_from_u64(seed), n, &weights);
        prop_assert_eq!(counts.iter().sum::<u64>(), n);
    }
}

#[test]
fn laws_of_one_width_and_laws_at_the_edge_keep_nine_digits() {
    // Laws as wide as each other, whose product is narrower than both; all rows or none; far apart.
    let pairs = [((144, 234), (144, 196)), ((866, 1_089), (117, 118)), ((324, 378), (286, 286)), ((0, 306), (42, 317))];
    for ((r, n), (x, m)) in pairs.into_iter().chain([((605, 726), (76, 76)), ((10, 1_000), (100, 1_000))]) {
        let (found, exact) = (p_not_above(share(r, n), share(x, m), 0.0), fisher((r, n), (x, m)));
        assert!((found - exact).abs() <= 1e-9 * exact, "{r}/{n} {x}/{m}: {found:e} is not {exact:e}");
    }
}

#[test]
fn beside_a_large_reference_it_is_the_exact_binomial_test() {
    // 1 % of ten million rows, a margin of 2 %: whether 5 of 50 can come of 3 %.
    let found = p_not_above(share(100_000, 10_000_000), share(5, 50), 0.02);
    let exact: f64 = (5..=50).map(|hits| ln_binomial(f64::from(hits), 50.0, 0.03).exp()).sum();
    assert!((found - exact).abs() < 2e-3 * exact, "{found} is not {exact}");
}

#[test]
fn large_counts_give_what_the_normal_law_gives() {
    // z = (0.5005 − 0.5) ÷ √(2 · 0.25 / 10⁸) = 7.07: 7.7e-13.
    let found = p_not_above(share(50_000_000, 100_000_000), share(50_050_000, 100_000_000), 0.0);
    assert!((7.6e-13..7.9e-13).contains(&found), "{found:e}");
}

#[test]
fn nothing_counted_speaks_for_no_difference() {
    assert_eq!(p_not_above(share(0, 50), share(0, 50), 0.0), 1.0);
    assert_eq!(p_not_above(share(50, 50), share(50, 50), 0.0), 1.0);
    assert_eq!(p_not_above(share(0, 50), share(5, 50).thinned(10.0), 0.0), 1.0);
}

#[test]
fn drawn_counts_have_the_frequencies_of_the_law() {
    // Both ways to draw: few expected hits, and many; each against its exact law by χ² over its likely values.
    let mut random = StdRng::seed_from_u64(7);
    for (n, p, first, last) in [(50_u64, 0.05, 0_u32, 8_u32), (400, 0.1, 22, 58), (1_000, 0.7, 660, 740)] {
        let draws = 40_000_u32;
        let mut seen = vec![0_u32; n as usize + 1];
        (0..draws).for_each(|_| seen[multinomial::binomial(&mut random, n, p) as usize] += 1);
        let chi2: f64 = (first..=last)
            .map(|hits| {
                let expected = f64::from(draws) * ln_binomial(f64::from(hits), n as f64, p).exp();
                (f64::from(seen[hits as usize]) - expected).powi(2) / expected
            })
            .sum();
        let freedom = f64::from(last - first + 1);
        assert!(chi2 < freedom + 4.5 * (2.0 * freedom).sqrt(), "{n} × {p}: χ² of {chi2} over {freedom}");
    }
}
