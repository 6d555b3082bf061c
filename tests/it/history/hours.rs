//! Hours are the sums of their rounds, whenever they were added up and whatever happened meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use rusqlite::Connection;
use skewwatch::history::{
    FeatureFigures, FeatureHour, FeatureRollup, History, HistoryRound, Period, RoundRecord, Span, ViewHour, ViewRollup,
    ViewRollups,
};
use skewwatch::model::measurement::{DriftVerdict, Share};
use skewwatch::model::verdict::Verdict;
use tempfile::tempdir;

use super::made::{EVER, at, finding, history, record};

/// What happens to a history.
#[derive(Clone, Debug)]
enum Step {
    /// A round of one of two views, which may end long before the round recorded before it.
    Round(u64, i64),
    RollUp,
    /// The process ends, and the next one opens the file.
    Restart,
    /// Adding up is begun and not finished.
    RollUpCutShort,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (any::<u64>(), 0..4 * 3600_i64).prop_map(|(seed, seconds)| Step::Round(seed, seconds)),
        2 => Just(Step::RollUp),
        1 => Just(Step::Restart),
        1 => Just(Step::RollUpCutShort),
    ];
    prop::collection::vec(step, 1..30)
}

/// Rounds per hour, the slow way.
fn by_hour(rounds: &[HistoryRound]) -> BTreeMap<i64, Vec<&HistoryRound>> {
    let mut hours: BTreeMap<i64, Vec<&HistoryRound>> = BTreeMap::new();
    for round in rounds {
        hours.entry(round.finished_at.nanos() / 3_600_000_000_000).or_default().push(round);
    }
    hours
}

/// Least, most and last, in millionths.
fn span(figures: impl Iterator<Item = Option<f64>>) -> Option<[f64; 3]> {
    let figures: Vec<f64> = figures.flatten().map(|figure| (figure * 1e6).round()).collect();
    let last = *figures.last()?;
    let least = figures.iter().copied().fold(last, f64::min);
    let most = figures.iter().copied().fold(last, f64::max);
    Some([least, most, last])
}

fn millionths(span: Option<Span>) -> Option<[f64; 3]> {
    span.map(|span| [span.least(), span.most(), span.last()].map(|figure| (figure * 1e6).round()))
}

fn ratio(share: Share) -> Option<f64> {
    share.ratio.map(|ratio| ratio.get())
}

fn sum(shares: impl Iterator<Item = Share> + Clone) -> Share {
    Share::of(shares.clone().map(Share::part).sum(), shares.map(|share| share.n).sum())
}

fn check_feature(hour: &FeatureHour, rounds: &[&FeatureFigures]) {
    let all = || rounds.iter();
    assert_eq!(hour.rounds, rounds.len() as u64);
    for verdict in Verdict::ALL {
        assert_eq!(hour.verdicts.count(verdict), all().map(|round| round.verdicts.count(verdict)).sum::<u64>());
    }
    assert_eq!(hour.expired_served.total(), all().map(|round| round.expired_served.total()).sum::<u64>());
    assert_eq!(hour.expired_absent, all().map(|round| round.expired_absent).sum::<u64>());
    assert_eq!(hour.nulls, all().map(|round| round.nulls).sum::<u64>());
    assert_eq!(hour.coverage, sum(all().map(|round| round.coverage)));
    assert_eq!(hour.skew, sum(all().map(|round| round.skew)));
    assert_eq!(millionths(hour.coverage_span), span(all().map(|round| ratio(round.coverage))));
    assert_eq!(millionths(hour.skew_span), span(all().map(|round| ratio(round.skew))));
    assert_eq!(millionths(hour.smape_span), span(all().map(|round| round.smape)));
    let statistics: Vec<_> = all().flat_map(|round| round.drift.keys()).collect();
    assert!(statistics.iter().all(|statistic| hour.drift.contains_key(statistic)));
    for (statistic, drift) in &hour.drift {
        let own = || all().filter_map(|round| round.drift.get(statistic));
        assert_eq!(millionths(drift.effect), span(own().map(|figure| figure.effect.map(f64::from))));
        let verdict = |verdict| own().filter(|figure| figure.verdict == verdict).count() as u64;
        let counted = [drift.drifted, drift.stable, drift.unknown];
        assert_eq!(counted, [DriftVerdict::Drifted, DriftVerdict::Stable, DriftVerdict::Unknown].map(verdict));
    }
}

fn check_view(hour: &ViewHour, rounds: &[&HistoryRound]) {
    assert_eq!(hour.complete + hour.partial + hour.failed, rounds.len() as u64);
    let mut failures = BTreeMap::new();
    for failure in rounds.iter().flat_map(|round| &round.failures) {
        *failures.entry((failure.stage, failure.reason.clone())).or_default() += 1;
    }
    assert_eq!(hour.failures, failures);
    let measured = || rounds.iter().filter_map(|round| round.measured.as_ref());
    assert_eq!(hour.keys.online, measured().map(|view| view.keys.online).sum::<u64>());
    assert_eq!(hour.coverage, sum(measured().map(|view| view.coverage)));
    assert_eq!(millionths(hour.coverage_span), span(measured().map(|view| ratio(view.coverage))));
    assert_eq!(hour.comparable, sum(measured().map(|view| view.comparable)));
    assert_eq!(millionths(hour.comparable_span), span(measured().map(|view| ratio(view.comparable))));
    let freshness = || measured().map(|view| &view.freshness);
    let beyond: u64 = freshness().filter_map(|freshness| freshness.beyond_objective).sum();
    assert_eq!(hour.freshness.beyond_objective.part(), beyond);
    assert_eq!(hour.freshness.past_ttl, freshness().filter_map(|freshness| freshness.past_ttl).sum::<u64>());
    let newest = freshness().filter_map(|freshness| freshness.newest_event_timestamp).max();
    assert_eq!(hour.freshness.newest_event_timestamp, newest);
    let lags = hour.freshness.lags.as_ref();
    assert_eq!(lags.is_some(), measured().count() > 0);
    if let Some(lags) = lags {
        assert_eq!(lags.n(), freshness().map(|freshness| freshness.lags.n()).sum::<u64>());
        assert_eq!(lags.sum(), freshness().map(|freshness| freshness.lags.sum()).sum::<Duration>());
        let within = |bound: Duration, lags: &skewwatch::model::lag::LagHistogram| -> u64 {
            let buckets = lags.bounds().partition_point(|held| *held <= bound);
            lags.counts()[..buckets].iter().sum()
        };
        for bound in lags.bounds() {
            let expected: u64 = freshness().map(|freshness| within(*bound, &freshness.lags)).sum();
            assert_eq!(within(*bound, lags), expected);
        }
    }
}

fn check(rollups: &ViewRollups, rounds: &[HistoryRound]) {
    let hours = by_hour(rounds);
    let found: Vec<i64> = rollups.view.iter().map(|rollup| rollup.hour.nanos() / 3_600_000_000_000).collect();
    assert_eq!(found, hours.keys().copied().collect::<Vec<_>>());
    for (ViewRollup { figures, .. }, rounds) in rollups.view.iter().zip(hours.values()) {
        check_view(figures, rounds);
    }
    let mut features: BTreeMap<(&str, i64), Vec<&FeatureFigures>> = BTreeMap::new();
    for (hour, rounds) in &hours {
        for (name, figures) in rounds.iter().filter_map(|round| round.measured.as_ref()).flat_map(|view| &view.features)
        {
            features.entry((name.as_str(), *hour)).or_default().push(figures);
        }
    }
    let held = rollups.features.iter().flat_map(|(name, hours)| hours.iter().map(move |hour| (name.as_str(), hour)));
    let held: Vec<(&str, &FeatureRollup)> = held.collect();
    assert_eq!(held.len(), features.len());
    for ((name, rollup), ((feature, hour), rounds)) in held.into_iter().zip(&features) {
        assert_eq!((name, rollup.hour.nanos() / 3_600_000_000_000), (*feature, *hour));
        check_feature(&rollup.figures, rounds);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hours_are_the_sums_of_their_rounds_however_they_came_about(steps in steps()) {
        let folder = tempdir().unwrap();
        let mut kept: Option<History> = Some(history(folder.path()));
        let mut rounds: BTreeMap<&str, Vec<HistoryRound>> = BTreeMap::new();
        let mut added = 0;
        for step in &steps {
            let mut open = kept.take().unwrap();
            match step {
                Step::Round(seed, seconds) => {
                    let view = ["orders", "users"][(seed % 2) as usize];
                    let record = record(*seed, view, at(*seconds));
                    open.record(std::slice::from_ref(&record)).unwrap();
                    rounds.entry(view).or_default().push(record.round);
                }
                Step::RollUp => added += open.roll_up().unwrap() as usize,
                Step::Restart => {
                    drop(open);
                    open = history(folder.path());
                }
                Step::RollUpCutShort => {
                    // Refuses the last statement, when all sums are written.
                    let other = Connection::open(folder.path().join("history.db")).unwrap();
                    other.execute_batch(
                        "CREATE TRIGGER cut BEFORE UPDATE ON rolled_up BEGIN SELECT RAISE(ABORT, 'cut short'); END"
                    ).unwrap();
                    let outcome = open.roll_up();
                    other.execute_batch("DROP TRIGGER cut").unwrap();
                    let waiting = rounds.values().map(Vec::len).sum::<usize>() > added;
                    prop_assert_eq!(outcome.is_err(), waiting, "{:?}", outcome);
                }
            }
            for (view, rounds) in &rounds {
                check(&open.reader().rollups(view, EVER).unwrap(), rounds);
            }
            kept = Some(open);
        }
    }
}

#[test]
fn adding_up_twice_adds_nothing() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let records: Vec<RoundRecord> = (0..450).map(|seed| record(seed, "users", at(seed as i64 * 60))).collect();
    history.record(&records).unwrap();
    let before = history.reader().rollups("users", EVER).unwrap();
    assert_eq!(history.roll_up().unwrap(), 450);
    assert_eq!(history.reader().rollups("users", EVER).unwrap(), before);
    assert_eq!(history.roll_up().unwrap(), 0);
    assert_eq!(history.reader().rollups("users", EVER).unwrap(), before);
}

#[test]
fn a_period_holds_the_hours_that_begin_in_it() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let records: Vec<RoundRecord> = (0..4).map(|hour| record(0, "users", at(hour * 3600 + 60))).collect();
    history.record(&records[..2]).unwrap();
    history.roll_up().unwrap();
    history.record(&records[2..]).unwrap();
    let hours = |start, end| -> Vec<_> {
        let found = history.reader().rollups("users", Period { start: at(start), end: at(end) }).unwrap();
        found.view.iter().map(|rollup| rollup.hour).collect()
    };
    assert_eq!(hours(0, 7200), [at(0), at(3600)]);
    assert_eq!(hours(1, 7201), [at(3600), at(7200)]);
}

#[test]
fn a_finding_fires_from_its_first_firing_round_to_its_end() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let complete = (0..)
        .map(|seed| record(seed, "users", at(0)))
        .find(|record| record.round.measured.as_ref().is_some_and(|view| view.features.contains_key("feature_0")))
        .unwrap();
    let round = |seconds: i64, seen: bool| {
        let mut record = complete.clone();
        record.round.finished_at = at(seconds);
        record.resolved.retain(|_| !seen);
        record.seen = seen.then(|| finding("users", Some("feature_0"), 0.25)).into_iter().collect();
        record
    };
    history.record(&[round(600, false), round(1200, true), round(4200, true), round(6000, false)]).unwrap();
    history.record(&[round(7800, true), round(9000, true)]).unwrap();
    let rollups = history.reader().rollups("users", EVER).unwrap();
    let fired: Vec<u64> = rollups.features["feature_0"].iter().map(|hour| hour.firing.as_secs()).collect();
    // 12:20 to 13:40, and from 14:10 to the newest round at 14:30.
    assert_eq!(fired, [2400, 2400, 1200]);
    assert!(rollups.view.iter().all(|hour| hour.firing == Duration::ZERO));
}
