//! Expressions are read as users of cron know them, and what cannot be meant is refused with a way out.

use std::time::Duration;

use skewwatch::model::schedule::{Rhythm, Schedule};

use super::{at, schedule, ticks};

#[test]
fn the_usual_forms_mean_what_they_do_in_cron() {
    for (text, expected) in [
        ("*/15 * * * *", ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z", "2026-01-01T00:45:00Z"]),
        ("0 7 * * Mon", ["2026-01-05T07:00:00Z", "2026-01-12T07:00:00Z", "2026-01-19T07:00:00Z"]),
        ("0 7 * * 1-5", ["2026-01-01T07:00:00Z", "2026-01-02T07:00:00Z", "2026-01-05T07:00:00Z"]),
        ("0 7 * * 0", ["2026-01-04T07:00:00Z", "2026-01-11T07:00:00Z", "2026-01-18T07:00:00Z"]),
        ("0 7 * * 7", ["2026-01-04T07:00:00Z", "2026-01-11T07:00:00Z", "2026-01-18T07:00:00Z"]),
        ("0 7 * * SAT-sun", ["2026-01-03T07:00:00Z", "2026-01-04T07:00:00Z", "2026-01-10T07:00:00Z"]),
        ("30 6,18 * mar,October sunday", ["2026-03-01T06:30:00Z", "2026-03-01T18:30:00Z", "2026-03-08T06:30:00Z"]),
        ("5-59/20 23 * * *", ["2026-01-01T23:05:00Z", "2026-01-01T23:25:00Z", "2026-01-01T23:45:00Z"]),
        ("*/20 0 0 * * *", ["2026-01-01T00:00:20Z", "2026-01-01T00:00:40Z", "2026-01-02T00:00:00Z"]),
        ("@hourly", ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z", "2026-01-01T03:00:00Z"]),
        ("@weekly", ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z", "2026-01-18T00:00:00Z"]),
        ("0 0 29 2 *", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z", "2036-02-29T00:00:00Z"]),
        ("0 0 31 * *", ["2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"]),
    ] {
        assert_eq!(ticks(&schedule(text, "UTC"), "2026-01-01T00:00:00Z", 3), expected, "{text}");
    }
}

#[test]
fn either_day_suffices_where_both_are_restricted_and_both_must_match_where_one_is_open() {
    let either = schedule("0 0 13 * fri", "UTC");
    let expected = ["2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z"];
    assert_eq!(ticks(&either, "2026-02-01T00:00:00Z", 3), expected);
    assert_eq!(ticks(&either, "2026-04-11T00:00:00Z", 1), ["2026-04-13T00:00:00Z"], "a Monday");
    let both = schedule("0 0 */2 * fri", "UTC");
    let expected = ["2026-02-13T00:00:00Z", "2026-02-27T00:00:00Z", "2026-03-13T00:00:00Z"];
    assert_eq!(ticks(&both, "2026-02-01T00:00:00Z", 3), expected);
}

#[test]
fn a_time_of_day_is_that_of_the_zone() {
    let seven = schedule("0 7 * * *", "Europe/Berlin");
    assert_eq!(ticks(&seven, "2026-03-28T00:00:00Z", 2), ["2026-03-28T06:00:00Z", "2026-03-29T05:00:00Z"]);
    assert_eq!(seven.to_string(), "0 7 * * * Europe/Berlin");
}

#[test]
fn an_appointment_is_later_than_the_instant_asked_for_by_however_little() {
    let hourly = schedule("0 * * * *", "UTC");
    assert_eq!(ticks(&hourly, "2026-01-01T00:59:59.999999999Z", 1), ["2026-01-01T01:00:00Z"]);
    assert_eq!(ticks(&hourly, "2026-01-01T01:00:00Z", 1), ["2026-01-01T02:00:00Z"]);
    assert_eq!(ticks(&hourly, "2026-01-01T01:00:00.000000001Z", 1), ["2026-01-01T02:00:00Z"]);
}

#[test]
fn what_is_wrong_is_named_with_its_field_and_the_way_out() {
    let form = "write minute, hour, day of month, month, day of week; a second may stand before them";
    let months = "February has 29 days at most; April, June, September and November have 30";
    for (text, clause, hint) in [
        ("", "has 0 fields, and a cron expression has 5 or 6", Some(form)),
        ("5", "has 1 field, and a cron expression has 5 or 6", Some(form)),
        ("0 0 0 1 1 * 2026", "has 7 fields, and a cron expression has 5 or 6", Some(form)),
        ("61 * * * *", "has a wrong minute: `61` lies outside 0 to 59", None),
        ("* 24 * * *", "has a wrong hour: `24` lies outside 0 to 23", None),
        ("* * 0 * *", "has a wrong day of month: `0` lies outside 1 to 31", None),
        ("* * * 13 *", "has a wrong month: `13` lies outside 1 to 12", None),
        ("* * * * 8", "has a wrong day of week: `8` lies outside 0 to 7", None),
        ("60 * * * * *", "has a wrong second: `60` lies outside 0 to 59", None),
        ("-1 * * * *", "has a wrong minute: `` is not a number from 0 to 59", LIST),
        ("1, * * * *", "has a wrong minute: `` is not a number from 0 to 59", LIST),
        ("a * * * *", "has a wrong minute: `a` is not a number from 0 to 59", None),
        ("* * * * mo", "has a wrong day of week: `mo` is neither a number from 0 to 7 nor a name such as `sun`", None),
        ("0 0 L * *", "has a wrong day of month: `L` is not a number from 1 to 31", None),
        ("0 0 ? * 1", "has a wrong day of month: `?` is not a number from 1 to 31", Some("write `*`")),
        ("5/10 * * * *", "has a wrong minute: `5/10` steps from a single number", Some("write `5-59/10`")),
        ("*/0 * * * *", "has a wrong minute: the step of `*/0` is 0", None),
        ("*/x * * * *", "has a wrong minute: the step of `*/x` is no number", None),
        (
            "*/90 * * * *",
            "has a wrong minute: the step of `*/90` is longer than the field, which ends at 59",
            Some("steps do not reach beyond their field: step through hours instead"),
        ),
        ("0 0 * * fri-mon", "has a wrong day of week: `fri-mon` ends before it begins", Some("write `5-6,0-1`")),
        ("0 22-6 * * *", "has a wrong hour: `22-6` ends before it begins", Some("write `22-23,0-6`")),
        ("0 0 31 2 *", "names a day that never comes", Some(months)),
        ("0 0 31 4,6,9,11 *", "names a day that never comes", Some(months)),
        ("0 0 30 2 */2", "names a day that never comes", Some(months)),
        (
            "@reboot",
            "is no abbreviation of a cron expression",
            Some("there are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly"),
        ),
    ] {
        let error = Schedule::parse(text, chrono_tz::UTC).unwrap_err();
        assert_eq!((error.clause.as_str(), error.hint.as_deref()), (clause, hint), "{text}");
        assert_eq!(error.to_string(), format!("`{text}` {clause}"));
    }
}

const LIST: Option<&str> = Some("write the numbers of a list without spaces: `1,15`");

#[test]
fn the_interval_is_the_usual_distance() {
    let minutes = |count: u64| Duration::from_secs(60 * count);
    for (text, shortest, usual, longest) in [
        ("*/5 * * * *", 5, 5, 5),
        ("0 * * * *", 60, 60, 60),
        ("0 7 * * mon", 7 * 1440, 7 * 1440, 7 * 1440),
        ("*/5 9-17 * * mon-fri", 5, 5, 63 * 60 + 5),
        ("0,1 0 * * *", 1, 1439, 1439),
        ("0 0 1 1 *", 365 * 1440, 365 * 1440, 366 * 1440),
    ] {
        let rhythm = schedule(text, "UTC").rhythm(at("2026-01-01T12:00:00Z")).unwrap();
        let expected = Rhythm { shortest: minutes(shortest), usual: minutes(usual), longest: minutes(longest) };
        assert_eq!(rhythm, expected, "{text}");
    }
    let daily = schedule("0 7 * * *", "Europe/Berlin").rhythm(at("2026-03-20T00:00:00Z")).unwrap();
    assert_eq!(daily, Rhythm { shortest: minutes(23 * 60), usual: minutes(1440), longest: minutes(1440) });
    assert_eq!(schedule("*/5 * * * *", "UTC").interval(at("2026-01-01T00:00:00Z")), Some(minutes(5)));
    assert_eq!(schedule("0 0 1 1 *", "UTC").interval(at("2100-06-01T00:00:00Z")), None);
}
