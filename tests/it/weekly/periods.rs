//! Periods: how they are written, and when their days begin.

use chrono_tz::Tz;
use skewwatch::publish::report::ReportPeriod;

use crate::pages::sample::instant;

fn read(text: &str, zone: Tz) -> (String, [String; 2]) {
    let period = ReportPeriod::parse(text, zone).unwrap();
    let span = period.span();
    (period.to_string(), [span.start.to_string(), span.end.to_string()])
}

fn told(name: &str, [start, end]: [&str; 2]) -> (String, [String; 2]) {
    (name.to_owned(), [start.to_owned(), end.to_owned()])
}

#[test]
fn a_week_begins_with_its_monday_in_the_zone() {
    assert_eq!(read("2026-W47", Tz::UTC), told("2026-W47", ["2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"]));
    assert_eq!(
        read("2026-W47", Tz::Europe__Berlin),
        told("2026-W47", ["2026-11-15T23:00:00Z", "2026-11-22T23:00:00Z"])
    );
}

#[test]
fn a_week_in_which_the_clock_is_put_back_is_an_hour_longer() {
    assert_eq!(
        read("2026-W43", Tz::Europe__Berlin),
        told("2026-W43", ["2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z"])
    );
}

#[test]
fn a_day_that_begins_after_midnight_begins_when_the_clock_says() {
    // Clocks in Beirut go from midnight to one o'clock.
    let (_, [start, _]) = read("2026-03-29", Tz::Asia__Beirut);
    assert_eq!(start, "2026-03-28T22:00:00Z");
}

#[test]
fn a_period_is_named_as_briefly_as_it_can_be() {
    for (text, name) in [
        ("2026-11-16..2026-11-22", "2026-W47"),
        ("2026-W44..2026-W47", "2026-W44..2026-W47"),
        ("2026-11-16", "2026-11-16"),
        ("2026-11-16..2026-11-17", "2026-11-16..2026-11-17"),
        ("2026-W53", "2026-W53"),
    ] {
        assert_eq!(read(text, Tz::UTC).0, name);
    }
}

#[test]
fn what_is_no_period_is_refused_with_a_sentence() {
    let refused = |text| ReportPeriod::parse(text, Tz::UTC).unwrap_err();
    let form = "it is a week such as `2026-W47`, a day, or `2026-11-02..2026-11-15`";
    assert_eq!(refused("2026-W54"), format!("`2026-W54` is no period: {form}"));
    assert_eq!(refused("last week"), format!("`last week` is no period: {form}"));
    assert_eq!(refused("2026-11-16..2026-11-10"), "`2026-11-16..2026-11-10` ends before it begins");
    assert_eq!(
        refused("2024-01-01..2026-01-01"),
        "`2024-01-01..2026-01-01` is longer than 400 days, which is what a history keeps"
    );
}

#[test]
fn the_last_week_is_the_one_that_is_over() {
    let week = |now| ReportPeriod::last_week(instant(now), Tz::Europe__Berlin).unwrap().to_string();
    assert_eq!(week("2026-11-22T22:59:59Z"), "2026-W46");
    assert_eq!(week("2026-11-22T23:00:00Z"), "2026-W47");
    assert_eq!(week("2026-11-25T12:00:00Z"), "2026-W47");
}

#[test]
fn the_period_before_is_as_long_and_ends_where_this_one_begins() {
    let before = ReportPeriod::parse("2026-W44..2026-W45", Tz::UTC).unwrap().before().unwrap();
    assert_eq!(before.to_string(), "2026-W42..2026-W43");
}
