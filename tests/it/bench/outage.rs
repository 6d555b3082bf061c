//! Times in which requests failed.

use std::time::Duration;

use proptest::prelude::*;
use skewwatch::bench::outage::{Outage, Outages};

fn noted(times: &[u64]) -> Outages {
    let mut outages = Outages::default();
    times.iter().for_each(|at| outages.note(Duration::from_millis(*at)));
    outages
}

#[test]
fn failures_with_no_quiet_second_in_between_are_one_outage() {
    let outages = noted(&[100, 900, 1_800, 5_000, 4_950]);
    let outage =
        |from, until, failed| Outage { from: Duration::from_millis(from), until: Duration::from_millis(until), failed };
    assert_eq!(outages.all(), [outage(100, 1_800, 3), outage(4_950, 5_000, 2)]);
    assert_eq!(outages.all()[0].recovery(), Duration::from_millis(1_700));
}

proptest! {
    #[test]
    fn outages_of_several_threads_are_those_of_one(times in prop::collection::vec(0_u64..20_000, 0..40), cut in 0_usize..40) {
        let (left, right) = times.split_at(cut.min(times.len()));
        let mut merged = noted(left);
        merged.merge(&noted(right));
        prop_assert_eq!(merged, noted(&times));
    }
}
