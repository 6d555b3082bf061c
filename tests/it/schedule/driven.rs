//! Rounds as tasks, in a world where waiting takes no time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use skewwatch::model::ratio::Ratio;
use skewwatch::run::ticker::{Duty, Event, Jitter, Job, Means, Moment, Order, Tick, Ticker, Timetable, drive};
use tokio::sync::mpsc;

use super::{at, schedule};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const START: &str = "2026-11-23T12:00:30Z";

/// Time that passes when somebody waits for it.
#[derive(Clone, Default)]
struct Time(Arc<Mutex<Duration>>);

impl Time {
    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn now(&self) -> Moment {
        let elapsed = self.elapsed();
        Moment { time: at(START).plus(elapsed), elapsed }
    }

    /// Waits second by second, and lets the others go first in each: who is dropped has waited up to then.
    fn wait(&self, span: Duration) -> BoxFuture<'static, ()> {
        let time = self.clone();
        async move {
            let mut left = span;
            loop {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                let step = left.min(SECOND);
                *time.0.lock().unwrap() += step;
                left -= step;
                if left.is_zero() {
                    break;
                }
            }
        }
        .boxed()
    }

    /// Until the time is there, however it passes.
    async fn reach(&self, elapsed: Duration) {
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
    let time = Time::default();
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
fn a_new_plan_takes_effect_and_the_end_of_orders_ends_it() {
    let time = Time::default();
    let told = Mutex::new(Vec::new());
    let mut ticker = Ticker::new(Jitter { seed: 1, share: Ratio::of(0, 1).unwrap(), most: Duration::ZERO });
    ticker.replan(timetables(&["old"], MINUTE), time.now());
    let (orders, received) = mpsc::channel(1);
    let means = Means {
        now: &|| time.now(),
        wait: &|span| time.wait(span),
        keep: &|_| std::future::ready(()).boxed(),
        tell: &|event| told.lock().unwrap().push(event),
        grace: Duration::ZERO,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let replan = async {
            time.reach(MINUTE).await;
            orders.send(Order::Replan(timetables(&["new"], MINUTE))).await.unwrap();
            time.reach(2 * MINUTE).await;
            drop(orders);
        };
        tokio::join!(drive(ticker, means, received), replan)
    });
    let tick = |view: &str, due: &str| Event::Started(Tick { duty: rounds(view), due: at(due) });
    let expected = [
        tick("old", "2026-11-23T12:01:00Z"),
        Event::Finished(rounds("old")),
        tick("new", "2026-11-23T12:02:00Z"),
        Event::Finished(rounds("new")),
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}
