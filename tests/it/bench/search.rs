//! Rates of a sweep, and the search for the highest.

use std::convert::Infallible;

use proptest::prelude::*;
use skewwatch::bench::search::{Found, Purpose, Sweep, search};

/// Searches where every rate up to `limit` is kept, and every one up to `certain` with certainty.
fn find(start: u64, limit: u64, certain: u64) -> Found<(u64, Purpose)> {
    let measure = |rate, purpose| {
        let limit = if purpose == Purpose::Try { limit } else { certain };
        Ok::<_, Infallible>((rate <= limit, (rate, purpose)))
    };
    search(start, measure).unwrap()
}

proptest! {
    #[test]
    fn the_highest_rate_is_found_from_above_and_from_below(
        start in prop_oneof![1_u64..100, 1_u64..2_000_000],
        limit in 1_000_u64..2_000_000,
    ) {
        let found = find(start, limit, limit);
        let highest = found.highest.unwrap();
        prop_assert!(highest <= limit && highest as f64 >= limit as f64 * 0.979, "{highest} of {limit}");
        let last = &found.points[found.points.len() - 3..];
        prop_assert_eq!(last, [(highest, Purpose::Confirm); 3]);
    }
}

#[test]
fn a_rate_that_is_not_confirmed_is_lowered_until_one_is() {
    let found = find(100_000, 100_000, 90_000);
    assert!(found.highest.unwrap() <= 90_000 && found.highest.unwrap() > 87_000, "{:?}", found.highest);
}

#[test]
fn where_nothing_is_kept_nothing_is_found() {
    assert_eq!(find(1_000_000, 0, 0).highest, None);
    assert_eq!(find(1_000, 2_000, 0).highest, None);
}

#[test]
fn one_failed_confirmation_of_three_is_enough_to_refuse_a_rate() {
    let mut confirmations = 0;
    let found = search(1_000, |rate, purpose| {
        confirmations += u32::from(purpose == Purpose::Confirm);
        Ok::<_, Infallible>((rate <= 1_000 && confirmations != 3, rate))
    });
    assert_eq!(found.unwrap().highest, Some(970));
}

#[test]
fn a_sweep_is_read_as_it_is_written() {
    let rates = |text: &str| text.parse::<Sweep>().unwrap().rates();
    assert_eq!(rates("100..800"), [100, 200, 300, 400, 500, 600, 700, 800]);
    assert_eq!(rates("100..200/2"), [100, 200]);
    assert_eq!(rates("5..5"), [5]);
    for wrong in ["", "5", "5..", "9..5", "0..5", "1..5/1", "1..5/x"] {
        let expected =
            format!("`{wrong}` is no range of rates\n  hint: write for example `100000..800000` or `100000..800000/8`");
        assert_eq!(wrong.parse::<Sweep>().unwrap_err().to_string(), expected);
    }
}
