//! A slow search, minute by minute, finds the same appointments.

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike};
use chrono_tz::Tz;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::{collection, option, prop_oneof};
use skewwatch::model::schedule::Schedule;
use skewwatch::model::time::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);

/// One field: open with a step, or numbers.
#[derive(Clone, Debug)]
enum Part {
    Open(u32),
    Numbers(Vec<u32>),
}

impl Part {
    fn text(&self) -> String {
        match self {
            Self::Open(1) => "*".to_owned(),
            Self::Open(step) => format!("*/{step}"),
            Self::Numbers(numbers) => numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
        }
    }

    fn has(&self, number: u32, least: u32) -> bool {
        match self {
            Self::Open(step) => (number - least).is_multiple_of(*step),
            Self::Numbers(numbers) => numbers.contains(&number),
        }
    }

    fn is_open(&self) -> bool {
        matches!(self, Self::Open(_))
    }
}

/// Minute, hour, day of month, month, day of week.
#[derive(Clone, Debug)]
struct Expression([Part; 5]);

impl Expression {
    fn text(&self) -> String {
        self.0.each_ref().map(Part::text).join(" ")
    }

    fn matches(&self, wall: NaiveDateTime) -> bool {
        let [minute, hour, day, month, weekday] = &self.0;
        let of_week = wall.weekday().num_days_from_sunday();
        let is_weekday = weekday.has(of_week, 0) || (of_week == 0 && weekday.has(7, 0) && !weekday.is_open());
        let is_day = day.has(wall.day(), 1);
        let days = if day.is_open() || weekday.is_open() { is_day && is_weekday } else { is_day || is_weekday };
        days && minute.has(wall.minute(), 0) && hour.has(wall.hour(), 0) && month.has(wall.month(), 1)
    }

    /// Every appointment in the `minutes` after `from`, found by looking at each of them.
    fn slow(&self, zone: Tz, from: Timestamp, minutes: u32) -> Vec<Timestamp> {
        let wall =
            |instant: Timestamp| DateTime::from_timestamp_nanos(instant.nanos()).with_timezone(&zone).naive_local();
        let minute = TimeDelta::minutes(1);
        let every_hour = (0..24).all(|hour| self.0[1].has(hour, 0));
        let runs_on = self.0[0].is_open() || self.0[1].is_open();
        // Begins a day earlier, so that it knows which walls it has seen.
        let mut newest = wall(from.minus(1440 * MINUTE));
        let mut found = Vec::new();
        for step in 0..1440 + minutes {
            let instant = from.minus(1440 * MINUTE).plus((step + 1) * MINUTE);
            let here = wall(instant);
            let mut skipped = newest + minute;
            let mut is_due = self.matches(here) && (runs_on || here > newest);
            while skipped < here {
                is_due = is_due || (!every_hour && self.matches(skipped));
                skipped += minute;
            }
            newest = newest.max(here);
            if is_due && instant > from {
                found.push(instant);
            }
        }
        found
    }
}

fn part(least: u32, most: u32) -> impl Strategy<Value = Part> + Clone {
    prop_oneof![
        2 => Just(Part::Open(1)),
        1 => (1..=most).prop_map(Part::Open),
        2 => collection::vec(least..=most, 1..4).prop_map(Part::Numbers),
    ]
}

fn expression() -> impl Strategy<Value = Expression> {
    let often = |least, most| prop_oneof![3 => Just(Part::Open(1)), 1 => part(least, most)];
    (part(0, 59), part(0, 23), often(1, 31), often(1, 12), often(0, 7))
        .prop_map(|(minute, hour, day, month, weekday)| Expression([minute, hour, day, month, weekday]))
}

/// Whole minutes near shifts of the clock, and anywhere.
fn start() -> impl Strategy<Value = Timestamp> {
    let near = prop_oneof![
        Just("2026-03-28T20:00:00Z"),
        Just("2026-10-24T20:00:00Z"),
        Just("2026-03-08T02:00:00Z"),
        Just("2026-11-01T01:00:00Z"),
        Just("2026-10-03T12:00:00Z"),
        Just("2026-04-04T11:00:00Z"),
        Just("2028-02-28T12:00:00Z"),
    ];
    (option::weighted(0.8, near), 0_u32..720, 0_i64..36_000_000).prop_map(|(near, offset, anywhere)| match near {
        Some(text) => Timestamp::parse_rfc3339(text).unwrap().plus(offset * MINUTE),
        None => Timestamp::from_seconds(anywhere * 60, 0).unwrap(),
    })
}

fn zone() -> impl Strategy<Value = Tz> {
    prop_oneof![
        Just(chrono_tz::UTC),
        Just(chrono_tz::Europe::Berlin),
        Just(chrono_tz::America::New_York),
        Just(chrono_tz::Australia::Lord_Howe),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_search_finds_what_looking_at_every_minute_finds(
        expression in expression(), zone in zone(), from in start(),
    ) {
        // A day that never comes has no schedule.
        if let Ok(schedule) = Schedule::parse(&expression.text(), zone) {
            let minutes = 2_880;
            let end = from.plus(minutes * MINUTE);
            let mut found = Vec::new();
            let mut tick = from;
            while let Some(next) = schedule.next_after(tick).filter(|next| *next <= end) {
                prop_assert!(next > tick, "{next} after {tick}");
                found.push(next);
                tick = next;
            }
            prop_assert_eq!(found, expression.slow(zone, from, minutes), "{} in {}", expression.text(), zone);
        }
    }

    #[test]
    fn between_an_instant_and_its_next_appointment_there_is_none(
        expression in expression(), zone in zone(), from in start(), share in 0.0_f64..1.0,
    ) {
        if let Ok(schedule) = Schedule::parse(&expression.text(), zone) {
            let next = schedule.next_after(from).unwrap();
            let between = from.plus(next.since(from).unwrap().mul_f64(share));
            if between < next {
                prop_assert_eq!(schedule.next_after(between), Some(next));
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        if let Ok(schedule) = Schedule::parse(&text, chrono_tz::UTC) {
            prop_assert!(schedule.next_after(Timestamp::from_nanos(0)).is_some());
        }
    }

    #[test]
    fn no_mixture_of_the_language_makes_it_panic(text in "[0-9*/,a-f?L@ -]{0,24}") {
        if let Ok(schedule) = Schedule::parse(&text, chrono_tz::Europe::Berlin) {
            for after in [Timestamp::MIN, Timestamp::from_nanos(0), Timestamp::MAX] {
                let next = schedule.next_after(after);
                prop_assert!(next.is_none_or(|next| next > after));
            }
        }
    }
}
