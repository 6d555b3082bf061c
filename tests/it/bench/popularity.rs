//! Zipf's law and the hit rates that follow from it.

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use skewwatch::bench::hit_rate::{least_recently_used, most_popular, with_ttl};
use skewwatch::bench::popularity::Zipf;

proptest! {
    #[test]
    fn the_table_draws_each_entity_with_its_probability(entities in 1_u32..400, exponent in 0.0..2.0) {
        let zipf = Zipf::new(entities, exponent).unwrap();
        let weights: Vec<f64> = (1..=entities).map(|rank| f64::from(rank).powf(-exponent)).collect();
        let sum: f64 = weights.iter().sum();
        for ((weight, share), drawn) in weights.iter().zip(zipf.shares()).zip(zipf.drawn_shares()) {
            prop_assert!((weight / sum - share).abs() < 1e-12);
            prop_assert!((share - drawn).abs() < 1e-9, "{share} {drawn}");
        }
    }

    #[test]
    fn no_rule_is_better_than_keeping_the_most_popular(entities in 2_u32..2_000, exponent in 0.0..1.5_f64, part in 0.01..0.99_f64) {
        let zipf = Zipf::new(entities, exponent).unwrap();
        let capacity = (f64::from(entities) * part).floor();
        let lru = least_recently_used(zipf.shares(), capacity);
        let best = most_popular(zipf.shares(), capacity as usize);
        prop_assert!((0.0..=best + 1e-9).contains(&lru), "{lru} {best}");
    }
}

#[test]
fn draws_follow_the_law() {
    let zipf = Zipf::new(1_000, 0.99).unwrap();
    let mut random = StdRng::seed_from_u64(3);
    let mut counts = vec![0_u32; 1_000];
    let draws = 1_000_000;
    for _ in 0..draws {
        counts[zipf.draw(&mut random) as usize] += 1;
    }
    let expected = zipf.shares().iter().map(|share| share * f64::from(draws));
    let chi_squared: f64 =
        counts.iter().zip(expected).map(|(count, expected)| (f64::from(*count) - expected).powi(2) / expected).sum();
    // 999 degrees of freedom: mean 999, deviation 44.7; five of them.
    assert!((chi_squared - 999.0).abs() < 5.0 * 44.7, "{chi_squared}");
}

#[test]
fn a_million_entities_have_the_known_hit_rates() {
    let zipf = Zipf::new(1_000_000, 0.99).unwrap();
    assert_eq!(format!("{:.3}", least_recently_used(zipf.shares(), 50_000.0)), "0.703");
    assert_eq!(format!("{:.3}", most_popular(zipf.shares(), 50_000)), "0.780");
}

#[test]
fn a_time_to_live_bounds_the_hits_of_each_entity() {
    // One entity, asked for 9 times a second, kept for a second: 9 of 10.
    assert!((with_ttl(&[1.0], 9.0, 1.0) - 0.9).abs() < 1e-12);
}

#[test]
fn laws_that_are_none_are_refused() {
    assert!(Zipf::new(0, 1.0).is_none());
    assert!(Zipf::new(10, -0.1).is_none());
    assert!(Zipf::new(10, f64::NAN).is_none());
}
