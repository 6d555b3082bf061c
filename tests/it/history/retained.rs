//! What is old goes, and nothing else.

use std::time::Duration;

use skewwatch::history::{Retained, RoundRecord};
use skewwatch::model::check::{CheckKind, FindingKey};
use tempfile::tempdir;

use super::made::{EVER, at, finding, history, record};

const DAY: i64 = 86_400;

fn quiet(seed: u64, seconds: i64) -> RoundRecord {
    RoundRecord { seen: Vec::new(), resolved: Vec::new(), ..record(seed, "users", at(seconds)) }
}

#[test]
fn rounds_go_after_a_week_and_their_hours_stay() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let records: Vec<RoundRecord> =
        (0..10).flat_map(|day| (0..30).map(move |place| quiet(place, day * DAY + place as i64 * 60))).collect();
    history.record(&records).unwrap();
    let hours = history.reader().rollups("users", EVER).unwrap();

    assert_eq!(history.retain(at(10 * DAY)).unwrap(), Retained::default(), "no round goes before its hour is there");
    history.roll_up().unwrap();
    let went = history.retain(at(10 * DAY)).unwrap();
    assert_eq!(went, Retained { rounds: 90, ..Retained::default() });
    let kept: Vec<_> = records[90..].iter().map(|record| record.round.clone()).collect();
    assert_eq!(history.reader().rounds("users", EVER).unwrap(), kept);
    assert_eq!(history.reader().rollups("users", EVER).unwrap(), hours);
    history.reader().verify().unwrap();

    // A round after all rounds went is added to its hour, and not taken for one of those that were.
    history.retain(at(30 * DAY)).unwrap();
    assert_eq!(history.reader().rounds("users", EVER).unwrap(), []);
    history.record(&[quiet(5, 31 * DAY)]).unwrap();
    assert_eq!(history.roll_up().unwrap(), 1);
}

#[test]
fn hours_go_after_thirteen_months() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let records: Vec<RoundRecord> = (0..410).map(|day| quiet(day as u64, day * DAY)).collect();
    history.record(&records).unwrap();
    history.roll_up().unwrap();
    let went = history.retain(at(410 * DAY)).unwrap();
    let rollups = history.reader().rollups("users", EVER).unwrap();
    assert_eq!(rollups.view.first().unwrap().hour, at(10 * DAY));
    assert_eq!(rollups.view.len(), 400);
    assert!(rollups.features.values().flatten().all(|rollup| rollup.hour >= at(10 * DAY)));
    assert_eq!(went.rounds, 403);
}

#[test]
fn an_open_finding_stays_however_old_it_is() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let mut first = quiet(1, 0);
    first.seen = ["age", "income"].map(|feature| finding("users", Some(feature), 0.5)).into();
    let mut second = quiet(2, DAY);
    second.resolved =
        vec![FindingKey { feature_view: "users".to_owned(), feature: Some("age".to_owned()), check: CheckKind::Skew }];
    history.record(&[first, second]).unwrap();
    assert_eq!(history.retain(at(401 * DAY)).unwrap().findings, 0);
    assert_eq!(history.retain(at(402 * DAY)).unwrap().findings, 1);
    let left = history.reader().findings(EVER).unwrap();
    assert_eq!(left.iter().map(|episode| episode.key.feature.as_deref()).collect::<Vec<_>>(), [Some("income")]);
}

#[test]
fn a_profile_stays_as_long_as_somebody_asks_for_it() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history.keep_profile(("users", "asked for"), b"a", at(0)).unwrap();
    history.keep_profile(("users", "forgotten"), b"b", at(0)).unwrap();
    history.profile(("users", "asked for"), at(5 * DAY)).unwrap();
    assert_eq!(history.retain(at(8 * DAY)).unwrap().profiles, 1);
    assert_eq!(history.profile(("users", "forgotten"), at(8 * DAY)).unwrap(), None);
    assert_eq!(history.profile(("users", "asked for"), at(8 * DAY)).unwrap(), Some(b"a".to_vec()));
}

#[test]
fn a_clock_set_back_removes_nothing() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history.record(&[quiet(1, 0), quiet(2, 20 * DAY)]).unwrap();
    history.roll_up().unwrap();
    assert_eq!(history.retain(at(0).minus(Duration::from_secs(3600))).unwrap(), Retained::default());
}
