//! A finding is one episode from the first round that saw it to the round that ended it.

use skewwatch::history::{FindingEpisode, Period, RoundRecord, SeenFinding};
use skewwatch::model::check::{CheckKind, FindingKey, FindingState, Severity};
use tempfile::tempdir;

use super::made::{EVER, at, finding, history, record};

fn round(seconds: i64, seen: Vec<SeenFinding>, resolved: Vec<FindingKey>) -> RoundRecord {
    RoundRecord { seen, resolved, ..record(seconds as u64, "users", at(seconds)) }
}

fn key(feature: Option<&str>) -> FindingKey {
    FindingKey { feature_view: "users".to_owned(), feature: feature.map(str::to_owned), check: CheckKind::Skew }
}

fn waiting(observed: f64) -> SeenFinding {
    SeenFinding { state: FindingState::Waiting, ..finding("users", Some("age"), observed) }
}

#[test]
fn an_episode_knows_when_it_began_fired_was_worst_and_ended() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history
        .record(&[
            round(0, vec![waiting(0.25)], Vec::new()),
            round(1, vec![finding("users", Some("age"), 0.75)], Vec::new()),
            round(2, vec![finding("users", Some("age"), 0.5)], Vec::new()),
        ])
        .unwrap();
    let open = FindingEpisode {
        key: key(Some("age")),
        severity: Severity::Warning,
        first_seen: at(0),
        fired_at: Some(at(1)),
        last_seen: at(2),
        rounds: 3,
        worst: 0.75,
        observed: 0.5,
        threshold: 0.005,
        n: 1000,
        message: "0.5 of the values differ".to_owned(),
        resolved_at: None,
        cells: Vec::new(),
        cause: None,
    };
    assert_eq!(history.reader().open_findings().unwrap(), std::slice::from_ref(&open));
    history.record(&[round(3, Vec::new(), vec![key(Some("age")), key(Some("other"))])]).unwrap();
    assert_eq!(history.reader().open_findings().unwrap(), []);
    let ended = FindingEpisode { resolved_at: Some(at(3)), ..open };
    assert_eq!(history.reader().findings(EVER).unwrap(), [ended]);
}

#[test]
fn a_finding_that_comes_back_is_a_new_episode() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let again = || vec![finding("users", None, 0.5)];
    history
        .record(&[
            round(0, again(), Vec::new()),
            round(1, Vec::new(), vec![key(None)]),
            round(2, again(), vec![key(None)]),
            round(3, again(), vec![key(None)]),
        ])
        .unwrap();
    let spans = |period| -> Vec<_> {
        let found = history.reader().findings(period).unwrap();
        found.iter().map(|episode| (episode.first_seen, episode.resolved_at, episode.rounds)).collect()
    };
    let all = [(at(0), Some(at(1)), 1), (at(2), Some(at(3)), 1), (at(3), None, 1)];
    assert_eq!(spans(EVER), all);
    assert_eq!(spans(Period { start: at(0), end: at(2) }), all[..1]);
    assert_eq!(spans(Period { start: at(2), end: at(3) }), all[1..2]);
    assert_eq!(spans(Period { start: at(4), end: at(9) }), all[2..]);
}

#[test]
fn below_a_least_share_the_worst_is_the_smallest() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let covered = |share: f64| {
        let mut seen = finding("users", None, share);
        seen.finding.check = CheckKind::Coverage;
        seen.finding.threshold = 0.99;
        vec![seen]
    };
    history
        .record(&[round(0, covered(0.9), vec![]), round(1, covered(0.4), vec![]), round(2, covered(0.8), vec![])])
        .unwrap();
    let worst: Vec<f64> = history.reader().open_findings().unwrap().iter().map(|episode| episode.worst).collect();
    assert_eq!(worst, [0.4]);
}

#[test]
fn two_findings_of_one_check_in_one_round_are_one() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let both = vec![finding("users", Some("age"), 0.75), finding("users", Some("age"), 0.25)];
    history.record(&[round(0, both, Vec::new())]).unwrap();
    let found = history.reader().open_findings().unwrap();
    assert_eq!(found.iter().map(|episode| (episode.rounds, episode.observed)).collect::<Vec<_>>(), [(1, 0.75)]);
}

#[test]
fn findings_of_a_view_no_longer_watched_can_be_ended() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history.record(&[round(0, vec![finding("users", None, 0.5), waiting(0.5)], Vec::new())]).unwrap();
    history.resolve(&[key(None)], at(7)).unwrap();
    let open: Vec<_> = history.reader().open_findings().unwrap().into_iter().map(|episode| episode.key).collect();
    assert_eq!(open, [key(Some("age"))]);
}
