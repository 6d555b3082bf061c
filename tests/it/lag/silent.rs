//! Where the data cannot tell a lag, none is told, with the reason.

use proptest::prelude::*;
use skewwatch::model::lag_profile::{LagProfile, LagVerdict, Uninformative};
use skewwatch::model::ratio::Ratio;

use super::world::{HOUR, MINUTE, World};

fn says_nothing(profile: &LagProfile) -> Option<Uninformative> {
    assert_eq!((profile.verdict, profile.peaks.as_slice(), profile.skew), (LagVerdict::Uninformative, &[][..], None));
    profile.uninformative
}

#[test]
fn few_values_say_nothing() {
    let world = World { lag: |_| 37 * MINUTE, entities: 29, ..World::new(1) };
    assert_eq!(says_nothing(&world.profile()), Some(Uninformative::TooFew));
}

#[test]
fn values_that_stay_say_nothing() {
    let world = World { lag: |_| 37 * MINUTE, levels: Some(1), ..World::new(1) };
    let profile = world.profile();
    assert_eq!((says_nothing(&profile), profile.changed), (Some(Uninformative::TooFew), 0));
}

#[test]
fn a_lag_within_what_the_snapshot_does_not_know_is_not_told() {
    // The newest snapshot is two hours old: whether values are 37 minutes old or new cannot be seen.
    let world = World { lag: |_| 37 * MINUTE, unknown: 2 * HOUR, ..World::new(1) };
    assert_eq!(says_nothing(&world.profile()), Some(Uninformative::Watermark));
    let known = World { lag: |_| 3 * HOUR, unknown: 2 * HOUR, ..World::new(1) };
    assert_eq!(known.profile().verdict, LagVerdict::Lagging);
}

#[test]
fn values_of_nobody_have_no_lag() {
    let world = World { skew: 1.0, ..World::new(1) };
    assert_eq!(says_nothing(&world.profile()), Some(Uninformative::Flat));
}

#[test]
fn lags_without_a_rule_are_flat() {
    let world = World { lag: |number| number as i64 * 7_919 * MINUTE % (11 * HOUR), ..World::new(1) };
    assert_eq!(says_nothing(&world.profile()), Some(Uninformative::Flat));
}

#[test]
fn chance_alone_makes_no_lag() {
    // Two levels drawn anew each time, and served values that have nothing to do with them.
    for seed in 0..20 {
        let shuffled =
            World { levels: Some(2), lag: |number| (number as i64 * 104_729 % 720) * MINUTE, ..World::new(seed) };
        assert_eq!(says_nothing(&shuffled.profile()), Some(Uninformative::Flat), "seed {seed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn figures_keep_to_their_ranges(
        (seed, entities, levels) in (any::<u64>(), 1_usize..120, 1_i64..6),
        (skew, unknown) in (0.0_f64..1.0, -60_i64..60),
    ) {
        let world = World {
            entities,
            levels: Some(levels),
            skew,
            unknown: unknown * MINUTE,
            lag: |number| (number % 3) as i64 * 20 * MINUTE,
            ..World::new(seed)
        };
        let profile = world.profile();
        prop_assert!(profile.changed <= profile.n && profile.n <= entities as u64);
        prop_assert!(profile.from_seconds < profile.to_seconds);
        prop_assert!(profile.points.len() <= 242);
        let steps = profile.points.windows(2).map(|pair| pair[1].lag_seconds - pair[0].lag_seconds);
        prop_assert!(steps.into_iter().all(|step| (step - profile.step_seconds).abs() < 1e-3));
        for peak in &profile.peaks {
            prop_assert!(peak.lower_seconds <= peak.lag_seconds && peak.lag_seconds <= peak.upper_seconds);
        }
        prop_assert!(profile.peaks.iter().map(|peak| peak.matched).sum::<u64>() <= profile.changed);
        if let Some(skew) = profile.skew {
            prop_assert!(skew.lower.unwrap() <= skew.ratio.unwrap().get() + 1e-12);
            prop_assert!(skew.upper.unwrap() + 1e-12 >= skew.ratio.unwrap().get());
        }
        prop_assert!(profile.points.iter().all(|point| point.ratio.is_some_and(|ratio| ratio >= Ratio::ZERO)));
    }
}
