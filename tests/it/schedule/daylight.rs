//! The nights in which the wall clock is put forward and back, driven from evening to morning in no time.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::FutureExt;
use skewwatch::model::ratio::Ratio;
use skewwatch::model::time::Timestamp;
use skewwatch::run::ticker::{Duty, Event, Jitter, Job, Means, Order, Ticker, Timetable, drive};
use tokio::sync::mpsc;

use super::driven::Time;
use super::schedule;

/// Views of Berlin: each hour, each 40 minutes within the hour, each night, and each night every half hour.
const VIEWS: [(&str, &str); 4] =
    [("hourly", "0 * * * *"), ("often", "*/40 * * * *"), ("nightly", "30 2 * * *"), ("at_night", "0,30 2 * * *")];

/// Starts of each view in a night of nine hours from `evening`, each with its minutes since then.
fn night(evening: &str) -> Vec<(&'static str, Vec<u64>)> {
    let time = Time::from(evening);
    let told: Mutex<Vec<(Duty, Timestamp, Duration)>> = Mutex::default();
    let mut ticker = Ticker::new(Jitter { seed: 1, share: Ratio::of(0, 1).unwrap(), most: Duration::ZERO });
    let timetable = |text| Timetable { schedule: schedule(text, "Europe/Berlin"), deadline: Duration::from_secs(60) };
    let duty = |view: &str| Duty::new(view, Job::Round);
    ticker.replan(VIEWS.into_iter().map(|(view, text)| (duty(view), timetable(text))).collect(), time.now());
    let (orders, received) = mpsc::channel(1);
    let means = Means {
        now: &|| time.now(),
        wait: &|span| time.wait(span),
        keep: &|_| std::future::ready(()).boxed(),
        tell: &|event| match event {
            Event::Started(tick) => told.lock().unwrap().push((tick.duty, tick.due, time.elapsed())),
            Event::Finished(_) => {}
            other => panic!("{other:?}"),
        },
        grace: Duration::ZERO,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let stop = async {
            time.reach(Duration::from_secs(9 * 3600)).await;
            orders.send(Order::Stop).await.unwrap();
        };
        tokio::join!(drive(ticker, means, received), stop)
    });
    let told = told.into_inner().unwrap();
    let begun = super::at(evening);
    for (_, due, elapsed) in &told {
        assert_eq!(due.since(begun), Some(*elapsed), "it starts when it is due");
    }
    let minutes = |view: &str| {
        let of_view = told.iter().filter(|(started, ..)| *started == duty(view));
        of_view.map(|(.., elapsed)| elapsed.as_secs() / 60).collect()
    };
    VIEWS.map(|(view, _)| (view, minutes(view))).into()
}

#[test]
fn the_night_in_which_the_clock_is_put_forward_has_every_round_once_and_no_gap() {
    // 23:50 in Berlin; at 02:00, 130 minutes later, it is 03:00.
    let starts = night("2026-03-28T22:50:00Z");
    let expected = [
        ("hourly", vec![10, 70, 130, 190, 250, 310, 370, 430, 490]),
        ("often", vec![10, 50, 70, 110, 130, 170, 190, 230, 250, 290, 310, 350, 370, 410, 430, 470, 490, 530]),
        ("nightly", vec![130]),
        ("at_night", vec![130]),
    ];
    assert_eq!(starts, expected);
}

#[test]
fn the_night_in_which_the_clock_is_put_back_has_every_round_once_and_goes_on_in_the_second_hour() {
    // 23:50 in Berlin; at 03:00, 190 minutes later, it is 02:00 again.
    let starts = night("2026-10-24T21:50:00Z");
    let expected = [
        ("hourly", vec![10, 70, 130, 190, 250, 310, 370, 430, 490]),
        ("often", vec![10, 50, 70, 110, 130, 170, 190, 230, 250, 290, 310, 350, 370, 410, 430, 470, 490, 530]),
        ("nightly", vec![160]),
        ("at_night", vec![130, 160]),
    ];
    assert_eq!(starts, expected);
}
