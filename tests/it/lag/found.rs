//! Lags that were injected are found, and what is skewed beside them is told apart from what lags.

use skewwatch::model::cause::KnownCause;
use skewwatch::model::check::{CheckKind, Finding, Severity};
use skewwatch::model::lag_profile::{LagOrigin, LagProfile, LagVerdict};
use skewwatch::model::ratio::Ratio;

use super::world::{HOUR, MINUTE, World};

const LAG: f64 = 37.0 * 60.0;

fn lagging(seed: u64) -> World {
    World { lag: |_| 37 * MINUTE, ..World::new(seed) }
}

/// Whether the only lag is `seconds`, within one step, and within its own interval.
fn is_at(profile: &LagProfile, seconds: f64) -> bool {
    let [peak] = &profile.peaks[..] else { return false };
    (peak.lag_seconds - seconds).abs() <= profile.step_seconds
        && (peak.lower_seconds..=peak.upper_seconds).contains(&seconds)
}

#[test]
fn a_lag_and_the_skew_beside_it_are_told_apart_in_two_hundred_seeds() {
    const SKEW: f64 = 0.005;
    let profiles: Vec<LagProfile> = (0..200).map(|seed| World { skew: SKEW, ..lagging(seed) }.profile()).collect();
    assert!(profiles.iter().all(|profile| profile.verdict == LagVerdict::Lagging));
    assert!(profiles.iter().all(|profile| is_at(profile, LAG)));
    assert!(profiles.iter().all(|profile| profile.step_seconds <= 300.0));
    let covered = profiles.iter().filter(|profile| {
        let skew = profile.skew.unwrap();
        (skew.lower.unwrap()..=skew.upper.unwrap()).contains(&SKEW)
    });
    let covered = covered.count();
    assert!(covered >= 182, "{covered} of 200 intervals cover the truth");
}

#[test]
fn without_skew_every_value_matches_at_its_lag() {
    let profile = lagging(1).profile();
    assert!(is_at(&profile, LAG));
    let skew = profile.skew.unwrap();
    assert_eq!((skew.ratio, skew.n), (Some(Ratio::ZERO), 2_000));
    let best = profile.points.iter().max_by(|one, other| one.ratio.partial_cmp(&other.ratio).unwrap()).unwrap();
    assert!((best.lag_seconds - LAG).abs() <= profile.step_seconds, "{best:?}");
    assert_eq!(profile.peaks[0].matched, profile.changed);
}

#[test]
fn what_only_lags_is_no_cause_of_skew_that_is_judged_at_its_lag() {
    let measured = World { skew: 0.1, ..lagging(4) }.measured();
    let price = &measured.features["price"];
    assert!(!price.diagnosis.as_ref().unwrap().causes.is_empty(), "the lag is a cause to the diagnosis");
    let at_lag = price.lag_profile.as_ref().unwrap().skew.unwrap();
    let finding = Finding {
        check: CheckKind::Skew,
        feature_view: measured.feature_view.clone(),
        feature: Some("price".to_owned()),
        severity: Severity::Warning,
        observed: at_lag.ratio.unwrap().get(),
        threshold: 0.01,
        // As many as without the lag, which they may be: the number tells nothing.
        n: price.skew.n,
        message: String::new(),
        incident: None,
        with: Vec::new(),
    };
    assert_eq!(KnownCause::of(&finding, &measured), None);
}

#[test]
fn values_of_the_reading_are_in_time() {
    let profile = World { skew: 0.01, ..World::new(2) }.profile();
    assert_eq!((profile.verdict, profile.peaks.len()), (LagVerdict::InTime, 1));
    assert!(profile.skew.unwrap().ratio.unwrap().get() < 0.02);
}

#[test]
fn values_of_later_leak() {
    let profile = World { lag: |_| -12 * MINUTE, unknown: -2 * HOUR, skew: 0.005, ..World::new(3) }.profile();
    assert_eq!(profile.verdict, LagVerdict::Leaking);
    assert!(is_at(&profile, -12.0 * 60.0));
    assert!(profile.told().contains("after they were read"), "{}", profile.told());
}

#[test]
fn two_writers_of_different_lags_are_mixed() {
    let lag: fn(usize) -> i64 = |number| if number % 10 < 7 { 5 * MINUTE } else { 3 * HOUR };
    let profile = World { lag, skew: 0.005, ..World::new(4) }.profile();
    assert_eq!(profile.verdict, LagVerdict::Mixed);
    let [first, second] = &profile.peaks[..] else { panic!("two peaks: {:?}", profile.peaks) };
    assert!((first.lag_seconds - 300.0).abs() <= profile.step_seconds, "{first:?}");
    assert!((second.lag_seconds - 10_800.0).abs() <= profile.step_seconds, "{second:?}");
    assert!((0.69..0.75).contains(&first.share.unwrap().get()), "{first:?}");
    let skew = profile.skew.unwrap();
    assert!(skew.lower.unwrap() <= 0.005 && skew.upper.unwrap() >= 0.005, "{skew:?}");
}

#[test]
fn lags_before_the_writing_are_found_from_the_time_left_to_live() {
    let written: fn(usize) -> i64 = |number| (number % 360) as i64 * MINUTE;
    let world = World { written: Some(written), skew: 0.005, ..lagging(5) };
    let profile = world.profile();
    assert_eq!((profile.verdict, profile.counted_from), (LagVerdict::Lagging, LagOrigin::Write));
    assert!(is_at(&profile, LAG), "{:?}", profile.peaks);
    assert!(profile.told().contains("before they were written"), "{}", profile.told());
}

#[test]
fn few_values_of_a_category_tell_as_well() {
    let profile = World { levels: Some(5), skew: 0.005, entities: 4_000, ..lagging(6) }.profile();
    assert_eq!(profile.verdict, LagVerdict::Lagging);
    assert!(is_at(&profile, LAG), "{:?}", profile.peaks);
}

#[test]
fn captured_rows_tell_a_lag_and_what_leaked() {
    // The snapshot that settles a capture knows what came after its cut.
    for (lag, verdict, seconds) in [
        ((|_| 37 * MINUTE) as fn(usize) -> i64, LagVerdict::Lagging, LAG),
        (|_| -12 * MINUTE, LagVerdict::Leaking, -12.0 * 60.0),
    ] {
        let world = World { lag, unknown: -2 * HOUR, skew: 0.005, ..World::new(8) };
        let measured = world.captured();
        assert_eq!((measured.rows, measured.superseded), (2_000, 0));
        let profile = measured.features["price"].lag_profile.clone().unwrap();
        assert_eq!((profile.verdict, profile.points.len()), (verdict, 0));
        assert!(is_at(&profile, seconds), "{:?}", profile.peaks);
    }
}
