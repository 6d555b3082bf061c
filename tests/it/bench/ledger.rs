//! The ledger of writes.

use std::time::Duration;

use proptest::prelude::*;
use skewwatch::bench::ledger::{Answered, Found, Ledger};

const LAG: Duration = Duration::from_nanos(100);

/// Version 1 was written from 1,000 to 1,100, version 2 from 2,000 on.
fn ledger() -> Ledger {
    let ledger = Ledger::new(10, LAG);
    assert_eq!(ledger.begin(5, 1_000), Some(1));
    ledger.acknowledge(5, 1_100);
    assert_eq!(ledger.begin(5, 2_000), Some(2));
    ledger
}

fn check(version: u32, start: u64, end: u64) -> Answered {
    ledger().check(&Found { entity: 5, version, during: start..=end })
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
    assert_eq!(ledger().check(&found(0)), Answered::Right);
    assert_eq!(ledger().check(&found(1)), Answered::Unwritten);
}

#[test]
fn a_version_that_was_there_before_is_where_writing_goes_on() {
    let ledger = Ledger::new(10, LAG);
    ledger.found(5, 7);
    let check = |version, at| ledger.check(&Found { entity: 5, version, during: at..=at + 10 });
    assert_eq!([check(6, 200), check(7, 200), check(8, 200)], [Answered::Stale, Answered::Right, Answered::Unwritten]);
    assert_eq!(ledger.begin(5, 300), Some(8));
    ledger.acknowledge(5, 310);
    assert_eq!([check(7, 400), check(7, 410), check(8, 410)], [Answered::Right, Answered::Stale, Answered::Right]);
    assert_eq!(ledger.written(), [(5, 7)]);
}

#[test]
fn a_write_whose_end_is_not_known_outdates_nothing_but_the_next_one_does() {
    let ledger = Ledger::new(10, Duration::ZERO);
    assert_eq!(ledger.begin(1, 10), Some(1));
    let check = |version, at| ledger.check(&Found { entity: 1, version, during: at..=at });
    assert_eq!([check(0, 100), check(1, 100)], [Answered::Right, Answered::Right]);
    assert_eq!(ledger.begin(1, 110), Some(2));
    ledger.acknowledge(1, 120);
    assert_eq!([check(0, 119), check(0, 120), check(1, 120)], [Answered::Right, Answered::Stale, Answered::Stale]);
}

#[test]
fn the_ledger_remembers_no_more_of_a_row_than_reads_can_find() {
    let (second, hours) = (1_000_000_000, 36_000);
    let ledger = Ledger::new(10, Duration::from_secs(1));
    for now in (0..hours).map(|number| number * second) {
        ledger.begin(3, now).unwrap();
        ledger.acknowledge(3, now + 1);
    }
    assert!(ledger.remembered() < 70, "{}", ledger.remembered());
    let now = hours * second;
    let check = |version: u64| ledger.check(&Found { entity: 3, version: version as u32, during: now..=now });
    assert_eq!(check(hours + 1), Answered::Unwritten);
    // Version n was written in second n − 1.
    assert_eq!([check(hours), check(hours - 1)], [Answered::Right, Answered::Right]);
    assert_eq!([check(hours - 2), check(1), check(0)], [Answered::Stale, Answered::Stale, Answered::Stale]);
}

proptest! {
    #[test]
    fn a_ledger_that_forgets_says_what_one_that_does_not_would_say(
        // Seconds between writes, so that many are forgotten.
        gaps in prop::collection::vec(1_u64..60, 1..30),
        back in 0_u64..30,
        age in 0_u64..90,
    ) {
        let second = 1_000_000_000;
        let ledger = Ledger::new(1, Duration::from_secs(age));
        let mut now = 0;
        let mut acknowledged = Vec::new();
        for gap in gaps {
            now += gap * second;
            ledger.begin(0, now).unwrap();
            ledger.acknowledge(0, now + 5);
            acknowledged.push(now + 5);
        }
        let start = (now + 10).saturating_sub(back * second);
        for version in 0..=acknowledged.len() {
            let next = acknowledged.get(version);
            let is_stale = next.is_some_and(|next| start.checked_sub(age * second).is_some_and(|oldest| *next <= oldest));
            let expected = if is_stale { Answered::Stale } else { Answered::Right };
            let found = Found { entity: 0, version: version as u32, during: start..=now + 10 };
            prop_assert_eq!(ledger.check(&found), expected);
        }
    }
}
