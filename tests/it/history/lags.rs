//! Lags in buckets: merging is recording together.

use std::time::Duration;

use proptest::prelude::*;
use skewwatch::model::lag::LagHistogram;

fn recorded(limits: &[Duration], lags: &[Duration]) -> LagHistogram {
    let mut histogram = LagHistogram::new(limits);
    lags.iter().for_each(|lag| histogram.record(*lag));
    histogram
}

fn spans() -> impl Strategy<Value = Vec<Duration>> {
    let span =
        prop_oneof![(0..12_000_u64).prop_map(Duration::from_secs), (0..1_u64 << 62).prop_map(Duration::from_nanos)];
    prop::collection::vec(span, 0..30)
}

fn limits() -> impl Strategy<Value = Vec<Duration>> {
    prop::sample::subsequence(vec![1, 3600, 7200, 86_400], 0..3)
        .prop_map(|seconds| seconds.into_iter().map(Duration::from_secs).collect())
}

#[test]
fn a_lag_on_a_bound_lies_below_it() {
    let second = Duration::from_secs(1);
    let histogram =
        recorded(&[2 * second], &[second, 2 * second, 2 * second + Duration::from_nanos(1), 90 * 86_400 * second]);
    assert_eq!(histogram.bounds()[..3], [second, 2 * second, 3 * second]);
    assert_eq!(histogram.counts()[..3], [1, 1, 1]);
    assert_eq!(histogram.bounds().last(), Some(&(90 * 86_400 * second)));
    assert_eq!(histogram.counts()[16..], [1, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_is_recording_together(limits in limits(), left in spans(), right in spans()) {
        let together: Vec<Duration> = left.iter().chain(&right).copied().collect();
        let merged = recorded(&limits, &left).merge(&recorded(&limits, &right));
        prop_assert_eq!(merged, recorded(&limits, &together));
    }

    #[test]
    fn limits_of_one_side_only_are_given_up(
        (mine, theirs) in (limits(), limits()), left in spans(), right in spans()
    ) {
        let common: Vec<Duration> = mine.iter().copied().filter(|limit| theirs.contains(limit)).collect();
        let together: Vec<Duration> = left.iter().chain(&right).copied().collect();
        let merged = recorded(&mine, &left).merge(&recorded(&theirs, &right));
        prop_assert_eq!(&merged, &recorded(&common, &together));
        prop_assert_eq!(merged.n(), together.len() as u64);
    }

    #[test]
    fn parts_make_the_same_distribution(limits in limits(), lags in spans()) {
        let histogram = recorded(&limits, &lags);
        let (bounds, counts) = (histogram.bounds().to_vec(), histogram.counts().to_vec());
        prop_assert_eq!(LagHistogram::from_parts(bounds.clone(), counts, histogram.sum()), Some(histogram));
        prop_assert_eq!(LagHistogram::from_parts(bounds, Vec::new(), Duration::ZERO), None);
    }
}
