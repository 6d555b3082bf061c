//! What has not been looked at for long is started before its first appointment.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use skewwatch::model::ratio::Ratio;
use skewwatch::run::ticker::{Calendar, Duty, Jitter, Job, Moment, Tick, Ticker, Timetable};

use super::{at, schedule};

const SECOND: Duration = Duration::from_secs(1);
const NOON: &str = "2026-11-23T12:00:00Z";

fn rounds(view: &str) -> Duty {
    Duty::new(view, Job::Round)
}

fn jitter(percent: u64) -> Jitter {
    Jitter { seed: 1, share: Ratio::of(percent, 100).unwrap(), most: Duration::from_secs(60) }
}

/// Hourly rounds of `views`, of which `soon` are to be started soon.
fn hourly(views: &[&str], soon: &[&str], jitter: Jitter) -> Calendar {
    let timetable = || Timetable { schedule: schedule("0 * * * *", "UTC"), deadline: Duration::from_secs(600) };
    let timetables: BTreeMap<Duty, Timetable> = views.iter().map(|view| (rounds(view), timetable())).collect();
    let soon: BTreeSet<Duty> = soon.iter().map(|view| rounds(view)).collect();
    Calendar { timetables, jitter, soon, grace: Duration::ZERO }
}

fn after(elapsed: Duration) -> Moment {
    Moment { time: at("2026-11-23T12:10:00Z").plus(elapsed), elapsed }
}

/// What starts in so many seconds, with its second; no round lasts.
fn starts(ticker: &mut Ticker, seconds: std::ops::Range<u32>) -> Vec<(u32, Tick)> {
    let mut started = Vec::new();
    for second in seconds {
        for tick in ticker.poll(after(SECOND * second)).start {
            ticker.finished(&tick.duty);
            started.push((second, tick));
        }
    }
    started
}

#[test]
fn without_jitter_it_starts_at_once_and_others_wait_for_their_appointment() {
    let mut ticker = Ticker::new(jitter(0));
    ticker.take_on(hourly(&["fresh", "known"], &["fresh"], jitter(0)), after(Duration::ZERO));
    let of = |view, due| Tick { duty: rounds(view), due: at(due) };
    let one = "2026-11-23T13:00:00Z";
    let expected = [(0, of("fresh", "2026-11-23T12:10:00Z")), (3000, of("fresh", one)), (3000, of("known", one))];
    assert_eq!(starts(&mut ticker, 0..3100), expected);
}

#[test]
fn with_jitter_many_start_within_seconds_and_not_together() {
    let names: Vec<String> = (0..40).map(|number| format!("view_{number:02}")).collect();
    let views: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut ticker = Ticker::new(jitter(10));
    ticker.take_on(hourly(&views, &views, jitter(10)), after(Duration::ZERO));
    let started = starts(&mut ticker, 0..600);
    assert_eq!(started.len(), views.len(), "each once");
    assert!(started.iter().all(|(second, _)| *second <= 5));
    let seconds: BTreeSet<u32> = started.iter().map(|(second, _)| *second).collect();
    assert!(seconds.len() >= 4, "{seconds:?}");
}

#[test]
fn one_that_runs_is_not_started_twice_and_an_appointment_that_comes_first_is_enough() {
    let mut ticker = Ticker::new(jitter(0));
    ticker.take_on(hourly(&["view"], &[], jitter(0)), Moment { time: at(NOON).minus(SECOND), elapsed: Duration::ZERO });
    let due = Moment { time: at(NOON), elapsed: SECOND };
    assert_eq!(ticker.poll(due).start.len(), 1);
    // It runs.
    ticker.take_on(hourly(&["view"], &["view"], jitter(0)), due);
    assert_eq!(ticker.poll(due).start, []);
    ticker.finished(&rounds("view"));
    assert_eq!(ticker.poll(Moment { time: at(NOON).plus(10 * SECOND), elapsed: 11 * SECOND }).start, []);

    let mut ticker = Ticker::new(jitter(0));
    ticker.take_on(
        hourly(&["view"], &["view"], jitter(0)),
        Moment { time: at(NOON).minus(SECOND), elapsed: Duration::ZERO },
    );
    let tick = Tick { duty: rounds("view"), due: at(NOON) };
    assert_eq!(ticker.poll(due).start, [tick]);
    ticker.finished(&rounds("view"));
    assert_eq!(ticker.poll(Moment { time: at(NOON).plus(10 * SECOND), elapsed: 11 * SECOND }).start, []);
}

#[test]
fn the_wait_is_until_it_starts_and_a_clock_that_jumps_does_not_matter() {
    let mut ticker = Ticker::new(jitter(10));
    ticker.take_on(hourly(&["view"], &["view"], jitter(10)), after(Duration::ZERO));
    let wait = ticker.poll(after(Duration::ZERO)).wait;
    assert!(!wait.is_zero() && wait < 5 * SECOND, "{wait:?}");
    let jumped = |elapsed| Moment { time: at("2026-11-22T05:00:30Z"), elapsed };
    assert_eq!(ticker.poll(jumped(wait - Duration::from_nanos(1))).start, []);
    assert_eq!(ticker.poll(jumped(wait)).start.len(), 1);
}
