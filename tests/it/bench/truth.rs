//! Values that tell whether they are right, and the ledger of writes.

use std::time::Duration;

use proptest::prelude::*;
use skewwatch::bench::truth::{Answered, Found, LAST_VERSION, Ledger, Row, row, value, version};

const LAG: Duration = Duration::from_nanos(100);

proptest! {
    #[test]
    fn a_value_carries_its_version(entity: u32, feature: u32, written in 0..=LAST_VERSION) {
        prop_assert_eq!(version(entity, feature, value(entity, feature, written)), Some(written));
    }

    #[test]
    fn a_value_of_another_place_is_wrong(entity in 0_u32..1_000_000, feature in 0_u32..100, written in 0..=LAST_VERSION) {
        prop_assert_eq!(version(entity + 1, feature, value(entity, feature, written)), None);
        prop_assert_eq!(version(entity, feature + 1, value(entity, feature, written)), None);
        prop_assert_eq!(version(entity, feature, value(entity, feature, written).wrapping_add(1 << 24)), None);
    }
}

#[test]
fn a_row_is_of_one_version_torn_or_wrong() {
    let values = |versions: &[u32]| (0..).zip(versions).map(|(feature, at)| value(9, feature, *at)).collect::<Vec<_>>();
    assert_eq!(row(9, values(&[4, 4, 4])), Row::Version(4));
    assert_eq!(row(9, values(&[4, 5, 4])), Row::Torn);
    assert_eq!(row(8, values(&[4, 4, 4])), Row::Wrong);
    assert_eq!(row(9, values(&[])), Row::Wrong);
}

/// Version 1 was written from 1,000 to 1,100, version 2 from 2,000 on.
fn ledger() -> Ledger {
    let ledger = Ledger::default();
    assert_eq!(ledger.begin(5, 1_000), Some(1));
    ledger.acknowledge(5, 1_100);
    assert_eq!(ledger.begin(5, 2_000), Some(2));
    ledger
}

fn check(version: u32, start: u64, end: u64) -> Answered {
    ledger().check(&Found { entity: 5, version, during: start..=end }, LAG)
}

#[test]
fn a_version_is_right_from_the_beginning_of_its_writing_until_the_next_is_acknowledged_and_the_lag_is_over() {
    assert_eq!(check(0, 0, 10), Answered::Right);
    assert_eq!(check(0, 1_199, 1_300), Answered::Right);
    assert_eq!(check(0, 1_200, 1_300), Answered::Stale);
    assert_eq!(check(1, 900, 999), Answered::Unwritten);
    assert_eq!(check(1, 900, 1_000), Answered::Right);
    // Nobody has acknowledged version 2.
    assert_eq!(check(1, 9_000, 9_001), Answered::Right);
    assert_eq!(check(2, 9_000, 9_001), Answered::Right);
    assert_eq!(check(3, 9_000, 9_001), Answered::Unwritten);
}

#[test]
fn entities_that_nobody_writes_stay_at_version_0() {
    let found = |version| Found { entity: 6, version, during: 0..=1 };
    assert_eq!(ledger().check(&found(0), LAG), Answered::Right);
    assert_eq!(ledger().check(&found(1), LAG), Answered::Unwritten);
}
