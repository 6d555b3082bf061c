//! Rounds start when they are due, once, whatever the clock does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert, proptest};
use proptest::{collection, prop_oneof};
use skewwatch::model::ratio::Ratio;
use skewwatch::model::time::Timestamp;
use skewwatch::run::ticker::{Agenda, Duty, Jitter, Job, Moment, Tally, Tick, Ticker, Timetable};

use super::{at, schedule};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const VIEW: &str = "user_features";

const NOON: &str = "2026-11-23T12:00:00Z";

fn jitter(share: u64) -> Jitter {
    Jitter { seed: 1, share: Ratio::of(share, 100).unwrap(), most: MINUTE }
}

fn timetable(text: &str, deadline: Duration) -> Timetable {
    Timetable { schedule: schedule(text, "UTC"), deadline }
}

fn of_one(text: &str) -> BTreeMap<Duty, Timetable> {
    [(rounds(VIEW), timetable(text, HOUR))].into()
}

fn rounds(view: &str) -> Duty {
    Duty::new(view, Job::Round)
}

fn moment(time: Timestamp, elapsed: Duration) -> Moment {
    Moment { time, elapsed }
}

fn tick(due: &str) -> Tick {
    Tick { duty: rounds(VIEW), due: at(due) }
}

/// A world with a clock that can be set and time that passes.
struct World {
    ticker: Ticker,
    now: Moment,
}

impl World {
    fn new(timetables: BTreeMap<Duty, Timetable>, jitter: Jitter) -> Self {
        let now = moment(at(NOON), Duration::ZERO);
        let mut ticker = Ticker::new(jitter);
        ticker.replan(timetables, now);
        Self { ticker, now }
    }

    fn set(&mut self, time: &str) {
        self.now.time = at(time);
    }

    fn poll(&mut self) -> Agenda {
        self.ticker.poll(self.now)
    }

    /// Lets `span` pass and gives every agenda with something in it, and when.
    fn pass(&mut self, span: Duration) -> Vec<(Moment, Agenda)> {
        let end = self.now.elapsed + span;
        let mut busy = Vec::new();
        while self.now.elapsed < end {
            let agenda = self.poll();
            let step = agenda.wait.clamp(Duration::from_nanos(1), end - self.now.elapsed);
            let is_idle = agenda.start.is_empty() && agenda.skipped.is_empty() && agenda.overdue.is_empty();
            if !is_idle {
                busy.push((self.now, agenda));
            }
            self.now = moment(self.now.time.plus(step), self.now.elapsed + step);
        }
        busy
    }

    /// Lets `span` pass while every round ends at once, and gives the appointments kept.
    fn keep(&mut self, span: Duration) -> Vec<String> {
        let end = self.now.elapsed + span;
        let mut kept = Vec::new();
        while self.now.elapsed < end {
            for tick in self.poll().start {
                self.ticker.finished(&tick.duty);
                kept.push(tick.due.to_string());
            }
            self.now = moment(self.now.time.plus(SECOND), self.now.elapsed + SECOND);
        }
        kept
    }
}

#[test]
fn a_round_starts_at_its_appointment_and_there_is_nothing_to_do_before() {
    let mut world = World::new(of_one("*/5 * * * *"), jitter(0));
    assert_eq!(world.poll(), Agenda { wait: 10 * SECOND, ..Agenda::default() });
    world.set("2026-11-23T12:04:57Z");
    assert_eq!(world.poll(), Agenda { wait: 3 * SECOND, ..Agenda::default() });
    world.set("2026-11-23T12:05:00Z");
    let expected = Agenda { start: vec![tick("2026-11-23T12:05:00Z")], wait: 10 * SECOND, ..Agenda::default() };
    assert_eq!(world.poll(), expected);
    assert_eq!(world.poll(), Agenda { wait: 10 * SECOND, ..Agenda::default() });
    assert_eq!(world.ticker.next_due(&rounds(VIEW)), Some(at("2026-11-23T12:10:00Z")));
}

#[test]
fn an_appointment_that_finds_the_round_running_is_skipped_and_counted_and_not_made_up_for() {
    let mut world = World::new(of_one("* * * * *"), jitter(0));
    let busy = world.pass(3 * MINUTE + 30 * SECOND);
    let said: Vec<(usize, usize)> = busy.iter().map(|(_, agenda)| (agenda.start.len(), agenda.skipped.len())).collect();
    assert_eq!(said, [(1, 0), (0, 1), (0, 1)]);
    assert_eq!(busy[2].1.skipped, [tick("2026-11-23T12:03:00Z")]);
    world.ticker.finished(&rounds(VIEW));
    let busy = world.pass(MINUTE);
    assert_eq!(
        busy.iter().map(|(_, agenda)| agenda.start.clone()).collect::<Vec<_>>(),
        [[tick("2026-11-23T12:04:00Z")]]
    );
    assert_eq!(world.ticker.tally(&rounds(VIEW)), Some(Tally { started: 2, skipped: 2, passed_over: 0 }));
}

#[test]
fn a_round_past_its_deadline_is_named_once_and_its_view_goes_on_when_it_is_gone() {
    let timetables = [(rounds(VIEW), timetable("* * * * *", 90 * SECOND))].into();
    let mut world = World::new(timetables, jitter(0));
    let overdue: Vec<(Timestamp, Vec<Duty>)> = world
        .pass(5 * MINUTE)
        .into_iter()
        .filter(|(_, agenda)| !agenda.overdue.is_empty())
        .map(|(now, agenda)| (now.time, agenda.overdue))
        .collect();
    assert_eq!(overdue, [(at("2026-11-23T12:02:30Z"), vec![rounds(VIEW)])]);
    assert_eq!(world.ticker.tally(&rounds(VIEW)), Some(Tally { started: 1, skipped: 3, passed_over: 0 }));
    world.ticker.finished(&rounds(VIEW));
    assert_eq!(world.poll().start, [tick("2026-11-23T12:05:00Z")]);
}

#[test]
fn a_deadline_is_held_by_time_elapsed_whatever_the_clock_does() {
    let mut world = World::new(of_one("*/5 * * * *"), jitter(0));
    world.pass(6 * MINUTE);
    for time in ["2026-11-24T12:00:00Z", "2020-01-01T00:00:00Z"] {
        world.set(time);
        assert_eq!(world.poll().overdue, Vec::<Duty>::new(), "{time}");
    }
    let overdue = world.pass(HOUR);
    let elapsed: Vec<Duration> =
        overdue.iter().filter(|(_, agenda)| !agenda.overdue.is_empty()).map(|(now, _)| now.elapsed).collect();
    assert_eq!(elapsed, [65 * MINUTE]);
}

#[test]
fn a_jump_forward_gives_one_round_and_not_a_burst() {
    let mut world = World::new(of_one("*/5 * * * *"), jitter(0));
    assert_eq!(world.keep(7 * MINUTE), ["2026-11-23T12:05:00Z"]);
    world.set("2026-11-23T18:02:00Z");
    let expected = ["2026-11-23T18:00:00Z", "2026-11-23T18:05:00Z", "2026-11-23T18:10:00Z"];
    assert_eq!(world.keep(10 * MINUTE), expected);
    assert_eq!(world.ticker.tally(&rounds(VIEW)), Some(Tally { started: 4, skipped: 0, passed_over: 70 }));
}

#[test]
fn a_machine_that_starts_in_1970_catches_up_with_one_round() {
    let mut ticker = Ticker::new(jitter(0));
    ticker.replan(of_one("* * * * *"), moment(Timestamp::from_nanos(0), Duration::ZERO));
    let agenda = ticker.poll(moment(at(NOON), SECOND));
    assert_eq!(agenda.start.len(), 1);
    assert_eq!(ticker.tally(&rounds(VIEW)), Some(Tally { started: 1, skipped: 0, passed_over: 1_000 }));
    assert_eq!(ticker.next_due(&rounds(VIEW)), Some(at("2026-11-23T12:01:00Z")));
}

#[test]
fn a_jump_back_gives_neither_silence_nor_a_burst() {
    let mut world = World::new(of_one("*/5 * * * *"), jitter(0));
    assert_eq!(world.keep(7 * MINUTE), ["2026-11-23T12:05:00Z"]);
    world.set("2026-11-23T06:02:00Z");
    assert_eq!(world.keep(10 * MINUTE), ["2026-11-23T06:05:00Z", "2026-11-23T06:10:00Z"]);
}

#[test]
fn a_jump_back_after_a_long_jump_forward_gives_no_silence() {
    let mut world = World::new(of_one("*/5 * * * *"), jitter(0));
    world.set("2029-10-20T08:02:00Z");
    assert_eq!(world.keep(SECOND).len(), 1);
    world.set("2029-10-20T07:42:00Z");
    assert_eq!(world.keep(4 * MINUTE), ["2029-10-20T07:45:00Z"]);
}

#[test]
fn a_small_step_back_does_not_repeat_an_appointment() {
    let mut world = World::new(of_one("*/5 * * * *"), jitter(0));
    assert_eq!(world.keep(5 * MINUTE + SECOND), ["2026-11-23T12:05:00Z"]);
    world.set("2026-11-23T12:04:58Z");
    assert_eq!(world.keep(6 * MINUTE), ["2026-11-23T12:10:00Z"]);
}

#[test]
fn jitter_is_the_same_each_time_bounded_and_spread_over_views() {
    let views: Vec<String> = (0..40).map(|number| format!("view_{number}")).collect();
    let timetables: BTreeMap<Duty, Timetable> =
        views.iter().map(|view| (rounds(view), timetable("*/5 * * * *", HOUR))).collect();
    let lags = |seed: u64, most: Duration| {
        let mut world = World::new(timetables.clone(), Jitter { seed, most, ..jitter(10) });
        let mut lags: BTreeMap<Duty, BTreeSet<Duration>> = BTreeMap::new();
        for (now, agenda) in world.pass(11 * MINUTE) {
            for tick in agenda.start.into_iter().chain(agenda.skipped) {
                lags.entry(tick.duty).or_default().insert(now.time.since(tick.due).unwrap());
            }
        }
        assert!(lags.values().all(|lags| lags.len() == 1), "{lags:?}");
        lags.into_values().flatten().collect::<Vec<Duration>>()
    };
    let drawn = lags(1, MINUTE);
    assert_eq!(drawn.len(), 40);
    assert!(drawn.iter().all(|lag| *lag < 30 * SECOND), "{drawn:?}");
    let filled: BTreeSet<u64> = drawn.iter().map(|lag| lag.as_secs() / 3).collect();
    assert_eq!(filled.len(), 10, "each tenth of the time has some: {drawn:?}");
    assert_eq!(drawn, lags(1, MINUTE));
    assert_ne!(drawn, lags(2, MINUTE));
    assert!(lags(1, SECOND).iter().all(|lag| *lag < SECOND));
}

#[test]
fn jitter_stays_within_the_shortest_distance() {
    let mut world = World::new(of_one("0,1 * * * *"), Jitter { most: HOUR, ..jitter(100) });
    let expected = ["2026-11-23T12:00:00Z", "2026-11-23T12:01:00Z", "2026-11-23T13:00:00Z", "2026-11-23T13:01:00Z"];
    assert_eq!(world.keep(90 * MINUTE), expected);
}

#[test]
fn a_new_plan_leaves_alone_what_it_does_not_change() {
    let both = |second: &str| {
        let timetables = [("driver_features", "*/2 * * * *"), (VIEW, second)];
        timetables.map(|(view, text)| (rounds(view), timetable(text, HOUR))).into()
    };
    let mut world = World::new(both("*/3 * * * *"), jitter(0));
    world.pass(150 * SECOND);
    world.ticker.replan(both("*/7 * * * *"), world.now);
    assert_eq!(world.ticker.next_due(&rounds("driver_features")), Some(at("2026-11-23T12:04:00Z")));
    assert_eq!(world.ticker.next_due(&rounds(VIEW)), Some(at("2026-11-23T12:07:00Z")));
    // The round of a view that is gone still runs; if the view comes back meanwhile, it is not run twice.
    world.ticker.replan(of_one("*/7 * * * *"), world.now);
    assert_eq!(world.ticker.next_due(&rounds("driver_features")), None);
    world.ticker.replan(both("*/7 * * * *"), world.now);
    let busy = world.pass(2 * MINUTE);
    assert_eq!(busy.len(), 1);
    assert_eq!(busy[0].1.skipped, [Tick { duty: rounds("driver_features"), due: at("2026-11-23T12:04:00Z") }]);
    // Once it has ended, a view that is gone is forgotten.
    world.ticker.replan(BTreeMap::new(), world.now);
    assert_eq!(world.ticker.tally(&rounds("driver_features")), Some(Tally { started: 1, skipped: 1, passed_over: 0 }));
    world.ticker.finished(&rounds("driver_features"));
    assert_eq!(world.ticker.tally(&rounds("driver_features")), None);
}

#[test]
fn a_round_past_its_deadline_is_named_though_its_view_is_gone() {
    let mut world = World::new(of_one("*/5 * * * *"), jitter(0));
    world.pass(6 * MINUTE);
    world.ticker.replan(BTreeMap::new(), world.now);
    let busy = world.pass(2 * HOUR);
    assert_eq!(busy.iter().map(|(_, agenda)| agenda.overdue.clone()).collect::<Vec<_>>(), [[rounds(VIEW)]]);
}

/// What happens in a minute of the world.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Nothing,
    Jump(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let jump = prop_oneof![-5_i64..5, -600_i64..600, -40_000_i64..40_000, -400_000_000_i64..400_000_000];
    prop_oneof![9 => Just(Happening::Nothing), 1 => jump.prop_map(Happening::Jump)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_the_clock_jumps_rounds_neither_burst_nor_cease(
        happenings in collection::vec(happening(), 30..120), share in 0_u64..20,
    ) {
        let interval = 5 * MINUTE;
        let mut world = World::new(of_one("*/5 * * * *"), jitter(share));
        let (mut starts, mut jumps) = (vec![Duration::ZERO], Vec::new());
        for happening in happenings {
            if let Happening::Jump(seconds) = happening {
                jumps.push(world.now.elapsed);
                let span = Duration::from_secs(seconds.unsigned_abs());
                world.now.time =
                    if seconds < 0 { world.now.time.minus(span) } else { world.now.time.plus(span) };
            }
            for _ in 0..60 {
                for tick in world.poll().start {
                    world.ticker.finished(&tick.duty);
                    starts.push(world.now.elapsed);
                }
                world.now = moment(world.now.time.plus(SECOND), world.now.elapsed + SECOND);
            }
        }
        starts.push(world.now.elapsed);
        for pair in starts.windows(2) {
            // After each jump an appointment is at most half an interval further away than usual, and a lag on top.
            let meanwhile = jumps.iter().filter(|jump| (pair[0]..=pair[1]).contains(*jump)).count();
            let longest = interval + MINUTE + (interval + interval / 2) * meanwhile as u32;
            prop_assert!(pair[1] - pair[0] <= longest, "{pair:?} with {jumps:?}");
        }
        let jumps = jumps.len() as u64;
        // Each jump may give a round for what was passed over, and begins to count the intervals anew.
        let most = world.now.elapsed.as_secs() / interval.as_secs() + 1 + 2 * jumps;
        prop_assert!((starts.len() as u64 - 2) <= most, "{} starts, {jumps} jumps", starts.len() - 2);
    }
}
