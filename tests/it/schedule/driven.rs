//! Rounds as tasks, in a world where waiting takes no time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use skewwatch::model::ratio::Ratio;
use skewwatch::model::time::Timestamp;
use skewwatch::run::ticker::{
    Calendar, Duty, Event, Jitter, Job, Means, Moment, Order, Tick, Ticker, Timetable, drive,
};
use tokio::sync::mpsc;

use super::{at, schedule};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const START: &str = "2026-11-23T12:00:30Z";

/// Time that passes when somebody waits for it.
#[derive(Clone)]
pub(super) struct Time {
    start: Timestamp,
    elapsed: Arc<Mutex<Duration>>,
}

impl Time {
    pub(super) fn from(start: &str) -> Self {
        Self { start: at(start), elapsed: Arc::default() }
    }

    pub(super) fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap()
    }

    pub(super) fn now(&self) -> Moment {
        let elapsed = self.elapsed();
        Moment { time: self.start.plus(elapsed), elapsed }
    }

    /// Waits second by second, and lets the others go first in each: who is dropped has waited up to then.
    pub(super) fn wait(&self, span: Duration) -> BoxFuture<'static, ()> {
        let time = self.clone();
        async move {
            let mut left = span;
            loop {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                let step = left.min(SECOND);
                *time.elapsed.lock().unwrap() += step;
                left -= step;
                if left.is_zero() {
                    break;
                }
            }
        }
        .boxed()
    }

    /// Until the time is there, however it passes.
    pub(super) async fn reach(&self, elapsed: Duration) {
        while self.elapsed() < elapsed {
            tokio::task::yield_now().await;
        }
    }
}

fn timetables(views: &[&str], deadline: Duration) -> BTreeMap<Duty, Timetable> {
    let schedule = schedule("* * * * *", "UTC");
    views.iter().map(|view| (rounds(view), Timetable { schedule: schedule.clone(), deadline })).collect()
}

fn rounds(view: &str) -> Duty {
    Duty::new(view, Job::Round)
}

/// What is told until somebody says `Stop` at `end`, each with the time elapsed in seconds.
fn told(
    (views, deadline): (&[&str], Duration),
    (end, grace): (Duration, Duration),
    round: &(dyn Fn(Time, Tick) -> BoxFuture<'static, ()> + Sync),
) -> Vec<(u64, String)> {
    let time = Time::from(START);
    let told = Mutex::new(Vec::new());
    let mut ticker = Ticker::new(Jitter { seed: 1, share: Ratio::of(0, 1).unwrap(), most: Duration::ZERO });
    ticker.replan(timetables(views, deadline), time.now());
    let (orders, received) = mpsc::channel(1);
    let tell = |event: Event| {
        let line = match event {
            Event::Started(tick) => format!("{} started", tick.duty.feature_view),
            Event::Skipped(tick) => format!("{} skipped", tick.duty.feature_view),
            Event::Finished(duty) => format!("{} finished", duty.feature_view),
            Event::Overdue(duty) => format!("{} overdue", duty.feature_view),
            Event::Abandoned(duty) => format!("{} abandoned", duty.feature_view),
            Event::Broken(duty) => format!("{} broken", duty.feature_view),
        };
        told.lock().unwrap().push((time.elapsed().as_secs(), line));
    };
    let means = Means {
        now: &|| time.now(),
        wait: &|span| time.wait(span),
        keep: &|tick| round(time.clone(), tick),
        tell: &tell,
        grace,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let stop = async {
            time.reach(end).await;
            orders.send(Order::Stop).await.unwrap();
        };
        tokio::join!(drive(ticker, means, received), stop)
    });
    told.into_inner().unwrap()
}

fn lines(told: &[(u64, String)]) -> Vec<(u64, &str)> {
    told.iter().map(|(elapsed, line)| (*elapsed, line.as_str())).collect()
}

#[test]
fn every_view_has_its_rounds_and_a_slow_one_holds_up_no_other() {
    let told = told((&["quick", "slow"], 60 * MINUTE), (3 * MINUTE, Duration::ZERO), &|time, tick| {
        let lasts = if tick.duty.feature_view == "slow" { 75 * SECOND } else { Duration::ZERO };
        let end = time.elapsed() + lasts;
        async move { time.reach(end).await }.boxed()
    });
    let expected = [
        (30, "quick started"),
        (30, "slow started"),
        (30, "quick finished"),
        (90, "slow skipped"),
        (90, "quick started"),
        (90, "quick finished"),
        (105, "slow finished"),
        (150, "quick started"),
        (150, "slow started"),
        (150, "quick finished"),
        (180, "slow abandoned"),
    ];
    assert_eq!(lines(&told), expected);
}

#[test]
fn a_round_past_its_deadline_is_abandoned_and_the_next_one_starts() {
    let told = told((&["stuck"], 70 * SECOND), (4 * MINUTE, Duration::ZERO), &|_, _| std::future::pending().boxed());
    let expected = [
        (30, "stuck started"),
        (90, "stuck skipped"),
        (100, "stuck overdue"),
        (150, "stuck started"),
        (210, "stuck skipped"),
        (220, "stuck overdue"),
    ];
    assert_eq!(lines(&told), expected);
}

#[test]
fn a_round_that_panics_is_told_and_the_next_one_starts() {
    let told = told((&["broken"], MINUTE), (2 * MINUTE, Duration::ZERO), &|_, _| {
        async { std::panic::resume_unwind(Box::new("a bug")) }.boxed()
    });
    let expected = [(30, "broken started"), (30, "broken broken"), (90, "broken started"), (90, "broken broken")];
    assert_eq!(lines(&told), expected);
}

#[test]
fn at_the_order_to_stop_rounds_may_end_within_the_grace_and_no_other_starts() {
    let lasts = |span: Duration| {
        move |time: Time, _: Tick| {
            let end = time.elapsed() + span;
            async move { time.reach(end).await }.boxed()
        }
    };
    let run = |span| told((&["view"], 60 * MINUTE), (35 * SECOND, MINUTE), &lasts(span));
    let finished = run(50 * SECOND);
    assert_eq!(finished.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>(), ["view started", "view finished"]);
    let abandoned = run(10 * MINUTE);
    assert_eq!(abandoned.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>(), ["view started", "view abandoned"]);
}

#[test]
fn a_new_calendar_takes_effect_with_its_jitter_its_grace_and_what_is_to_start_soon() {
    let time = Time::from(START);
    let told = Mutex::new(Vec::new());
    let mut ticker = Ticker::new(Jitter { seed: 1, share: Ratio::of(0, 1).unwrap(), most: Duration::ZERO });
    ticker.replan(timetables(&["old"], 60 * MINUTE), time.now());
    let (orders, received) = mpsc::channel(1);
    let lasting = |tick: Tick| {
        let (time, is_old) = (time.clone(), tick.duty == rounds("old"));
        let end = time.elapsed() + if is_old { Duration::ZERO } else { 80 * SECOND };
        async move { time.reach(end).await }.boxed()
    };
    let means = Means {
        now: &|| time.now(),
        wait: &|span| time.wait(span),
        keep: &lasting,
        tell: &|event| told.lock().unwrap().push((time.elapsed().as_secs(), event)),
        grace: Duration::ZERO,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let replan = async {
            time.reach(MINUTE).await;
            let calendar = Calendar {
                timetables: timetables(&["new"], 60 * MINUTE),
                jitter: Jitter { seed: 1, share: Ratio::of(1, 1).unwrap(), most: MINUTE },
                soon: BTreeSet::from([rounds("new")]),
                grace: 90 * SECOND,
            };
            orders.send(Order::Replan(Box::new(calendar))).await.unwrap();
            time.reach(160 * SECOND).await;
            orders.send(Order::Stop).await.unwrap();
        };
        tokio::join!(drive(ticker, means, received), replan)
    });
    let told = told.into_inner().unwrap();
    let started = |duty: &Duty| {
        let of_duty = |(seconds, event): &(u64, Event)| match event {
            Event::Started(tick) if tick.duty == *duty => Some((*seconds, tick.due)),
            _ => None,
        };
        told.iter().filter_map(of_duty).collect::<Vec<_>>()
    };
    assert_eq!(started(&rounds("old")), [(30, at("2026-11-23T12:01:00Z"))]);
    let new = started(&rounds("new"));
    // The first one soon, within five seconds; the next at its appointment, as far behind it as the new jitter says.
    let [(first, _), (second, due)] = new[..] else { panic!("{new:?}") };
    assert!((60..=65).contains(&first), "{new:?}");
    let lag = at(START).plus(Duration::from_secs(second)).since(due).unwrap();
    assert!(!lag.is_zero() && lag < MINUTE, "{new:?}");
    // It is told to stop while the second one runs, and that one ends within the new grace.
    assert_eq!(told.last().map(|(_, event)| event), Some(&Event::Finished(rounds("new"))));
}

#[test]
fn the_end_of_orders_ends_it() {
    let time = Time::from(START);
    let ticker = Ticker::new(Jitter { seed: 1, share: Ratio::of(0, 1).unwrap(), most: Duration::ZERO });
    let (orders, received) = mpsc::channel(1);
    let means = Means {
        now: &|| time.now(),
        wait: &|span| time.wait(span),
        keep: &|_| std::future::ready(()).boxed(),
        tell: &|event| panic!("{event:?}"),
        grace: MINUTE,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let leave = async {
            time.reach(MINUTE).await;
            drop(orders);
        };
        tokio::join!(drive(ticker, means, received), leave)
    });
}
