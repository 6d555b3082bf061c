//! Hours and rounds for people: the same as what they are taken from.

use std::time::Duration;

use skewwatch::history::{HourOutcomes, Period, ViewHour};

use super::made::{EVER, at, history, record};

#[test]
fn outcomes_of_all_views_are_those_of_each_before_and_after_they_are_added_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = history(folder.path());
    let records: Vec<_> = (0..60).map(|n| record(n, ["a", "b"][n as usize % 2], at(n as i64 * 700))).collect();
    history.record(&records).unwrap();
    for _ in 0..2 {
        let hours = history.reader().outcomes(EVER).unwrap();
        for view in ["a", "b"] {
            let expected = history.reader().rollups(view, EVER).unwrap().view;
            let expected: Vec<_> =
                expected.into_iter().map(|rollup| (rollup.hour, outcomes(&rollup.figures))).collect();
            assert_eq!(hours[view].clone().into_iter().collect::<Vec<_>>(), expected);
        }
        history.roll_up().unwrap();
    }
}

fn outcomes(hour: &ViewHour) -> HourOutcomes {
    HourOutcomes { complete: hour.complete, partial: hour.partial, failed: hour.failed }
}

#[test]
fn of_each_span_the_round_that_ended_last_is_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = history(folder.path());
    let records: Vec<_> = (0..40).map(|n| record(n, "a", at(n as i64 * 97))).collect();
    history.record(&records).unwrap();
    let period = Period { start: at(300), end: at(3300) };
    let every = Duration::from_secs(600);
    let found = history.reader().last_of_each("a", (period, every)).unwrap();
    let all = history.reader().rounds("a", period).unwrap();
    let slot = |seconds: f64| ((seconds - period.start.seconds()) / 600.0).floor() as i64;
    let expected: Vec<_> = (0..5)
        .filter_map(|wanted| all.iter().rfind(|round| slot(round.finished_at.seconds()) == wanted))
        .cloned()
        .collect();
    assert_eq!(found, expected);
    assert_eq!(history.reader().last_of_each("b", (period, every)).unwrap(), Vec::new());
}
