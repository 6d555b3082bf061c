//! Rounds made from a seed: the same seed gives the same round, in every process.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use skewwatch::history::{
    CheckStatus, DriftFigure, DriftSubject, FeatureFigures, History, HistoryRound, HistorySettings, LoggedFigures,
    Period, RoundFailure, RoundRecord, RoundResult, SeenFinding, ServedFigures, ViewFigures,
};
use skewwatch::model::check::{CheckKind, DriftStatistic, Finding, FindingKey, FindingState, Severity, Stage};
use skewwatch::model::drift::DriftChecks;
use skewwatch::model::lag::LagHistogram;
use skewwatch::model::measurement::{
    ComparedSnapshots, DifferenceMeasurement, DriftMeasurement, DriftReason, DriftVerdict, ExpiredServed,
    FreshnessMeasurement, KeyCounts, LagMeasurement, LayerCounts, Share, SnapshotMeasurement, Timestamps,
    VerdictCounts,
};
use skewwatch::model::served::Attributed;
use skewwatch::model::time::Timestamp;
use skewwatch::model::view::FreshnessBasis;

/// All of time.
pub(super) const EVER: Period = Period { start: Timestamp::MIN, end: Timestamp::MAX };

/// 2026-06-15T12:00:00Z and so many seconds.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_781_524_800 + seconds, 0).unwrap()
}

pub(super) fn history(folder: &Path) -> History {
    History::open(&HistorySettings::new(folder.join("history.db"))).unwrap()
}

/// A round of `view` that ended at `finished_at`, with whatever a round can have.
pub(super) fn record(seed: u64, view: &str, finished_at: Timestamp) -> RoundRecord {
    let mut random = StdRng::seed_from_u64(seed);
    let result = RoundResult::ALL[random.random_range(0..3)];
    let names: Vec<String> = (0..random.random_range(1..5)).map(|number| format!("feature_{number}")).collect();
    let failures = match result {
        RoundResult::Complete => Vec::new(),
        RoundResult::Partial | RoundResult::Failed => vec![failure(&mut random); random.random_range(1..3)],
    };
    let measured = (result != RoundResult::Failed).then(|| view_figures(&mut random, &names));
    let drift = names.iter().map(|name| ((name.clone(), DriftSubject::Served), checks(seed))).collect();
    let breach = |name: &String| random.random_bool(0.3).then(|| finding(view, Some(name), random.random()));
    let seen = names.iter().filter_map(breach).collect();
    let resolved =
        vec![FindingKey { feature_view: view.to_owned(), feature: names.first().cloned(), check: CheckKind::Skew }];
    let round = HistoryRound {
        view: view.to_owned(),
        started_at: finished_at.minus(Duration::from_nanos(random.random_range(0..60_000_000_000))),
        finished_at,
        as_of: finished_at,
        seed,
        result,
        failures,
        measured,
    };
    RoundRecord { drift, seen, resolved, ..RoundRecord::of_round(round) }
}

pub(super) fn finding(view: &str, feature: Option<&str>, observed: f64) -> SeenFinding {
    let finding = Finding {
        check: CheckKind::Skew,
        feature_view: view.to_owned(),
        feature: feature.map(str::to_owned),
        severity: if observed > 0.5 { Severity::Critical } else { Severity::Warning },
        observed,
        threshold: 0.005,
        n: 1000,
        message: format!("{observed} of the values differ"),
        incident: None,
        with: Vec::new(),
    };
    SeenFinding { state: FindingState::Firing(finding.severity), finding }
}

/// A whole result whose distance is told by `number`.
pub(super) fn checks(number: u64) -> DriftChecks {
    let distance = Some(1.0 / (1 + number) as f64);
    let nothing = DriftMeasurement::unmeasured(DriftReason::Underpowered, Some(0.1));
    DriftChecks::from([
        (DriftStatistic::Psi, DriftMeasurement { distance, needed_current_n: Some(7), ..nothing.clone() }),
        (DriftStatistic::Missing, nothing),
    ])
}

fn failure(random: &mut StdRng) -> RoundFailure {
    RoundFailure {
        stage: Stage::ALL[random.random_range(0..4)],
        reason: ["timeout", "refused"][random.random_range(0..2)].to_owned(),
        message: "no answer within 250ms".to_owned(),
    }
}

fn view_figures(random: &mut StdRng, names: &[String]) -> ViewFigures {
    let features = names.iter().filter(|_| random.random_bool(0.8)).cloned().collect::<Vec<_>>();
    ViewFigures {
        snapshot: SnapshotMeasurement {
            identity: format!("{:016x}", random.random::<u64>()),
            watermark: maybe(random, |random| at(random.random_range(-9999..0))),
            horizon: maybe(random, |_| at(-86_400)),
            modified: maybe(random, |_| at(-600)),
            reference: maybe(random, |_| "s3://profiles/users".to_owned()),
            compared: maybe(random, |_| ComparedSnapshots {
                before: "dt=2026-06-14".to_owned(),
                newest: "dt=2026-06-15".to_owned(),
            }),
        },
        keys: KeyCounts { asked: 1000, online: count(random), offline: count(random), both: count(random) },
        freshness: freshness(random),
        coverage: share(random),
        comparable: share(random),
        timestamps: Timestamps { inside: count(random), known: count(random) },
        served: maybe(random, |random| ServedFigures {
            keys: count(random),
            wrong: share(random),
            attributed: Attributed { serving: count(random), serving_while_store_agrees: 3, store: count(random) },
        }),
        logged: maybe(random, |random| LoggedFigures {
            requests: count(random),
            keys: count(random),
            coverage: share(random),
            skew: share(random),
        }),
        statuses: statuses(random),
        features: features.into_iter().map(|name| (name, feature(random))).collect(),
    }
}

fn freshness(random: &mut StdRng) -> FreshnessMeasurement {
    let objective = maybe(random, |random| Duration::from_secs([7200, 3600][random.random_range(0..2)]));
    let mut lags = LagHistogram::new(&objective.into_iter().collect::<Vec<_>>());
    let n = random.random_range(0..50);
    (0..n).for_each(|_| lags.record(Duration::from_millis(random.random_range(0..20_000_000_000))));
    FreshnessMeasurement {
        basis: [FreshnessBasis::Row, FreshnessBasis::View, FreshnessBasis::Version][random.random_range(0..3)],
        n,
        min_seconds: maybe(random, real),
        p50_seconds: maybe(random, real),
        p95_seconds: None,
        p99_seconds: maybe(random, real),
        max_seconds: maybe(random, real),
        beyond_objective: objective.map(|_| u64::from(n > 0)),
        past_ttl: maybe(random, count),
        from_the_future: count(random),
        newest_event_timestamp: maybe(random, |random| at(random.random_range(-999..0))),
        objective_seconds: objective.map(|objective| objective.as_secs_f64()),
        lags,
    }
}

fn feature(random: &mut StdRng) -> FeatureFigures {
    let verdicts = [DriftVerdict::Drifted, DriftVerdict::Stable, DriftVerdict::Unknown];
    let drift = DriftStatistic::ALL.into_iter().filter(|_| random.random_bool(0.4)).collect::<Vec<_>>();
    FeatureFigures {
        verdicts: VerdictCounts::of(std::array::from_fn(|_| count(random))),
        expired_served: ExpiredServed {
            consistent: count(random),
            stale: count(random),
            skewed: count(random),
            unverified: count(random),
        },
        expired_absent: count(random),
        layers: LayerCounts::of(std::array::from_fn(|_| count(random))),
        lag: LagMeasurement { versions_p50: maybe(random, count), versions_max: maybe(random, count) },
        coverage: share(random),
        nulls: count(random),
        skew: share(random),
        smape: maybe(random, real),
        difference: DifferenceMeasurement {
            abs_p50: maybe(random, real),
            abs_p99: maybe(random, real),
            rel_p50: None,
            rel_p99: maybe(random, real),
        },
        drift: drift
            .into_iter()
            .map(|statistic| {
                let distance = maybe(random, |random| real(random) as f32);
                let effect = maybe(random, |random| real(random) as f32);
                (statistic, DriftFigure { distance, effect, verdict: verdicts[random.random_range(0..3)] })
            })
            .collect(),
        statuses: statuses(random),
    }
}

fn statuses(random: &mut StdRng) -> BTreeMap<CheckKind, CheckStatus> {
    let checks = CheckKind::ALL.into_iter().filter(|_| random.random_bool(0.5)).collect::<Vec<_>>();
    checks.into_iter().map(|check| (check, CheckStatus::ALL[random.random_range(0..4)])).collect()
}

fn share(random: &mut StdRng) -> Share {
    let n = [0, 1, 1000, 1 << 40][random.random_range(0..4)];
    Share::of(random.random_range(0..=n), n)
}

fn count(random: &mut StdRng) -> u64 {
    [0, 1, 127, 128, 10_000, 1 << 40][random.random_range(0..6)]
}

fn real(random: &mut StdRng) -> f64 {
    [0.0, 1.0, random.random::<f64>(), 1e12 * random.random::<f64>()][random.random_range(0..4)]
}

fn maybe<T>(random: &mut StdRng, make: impl FnOnce(&mut StdRng) -> T) -> Option<T> {
    random.random_bool(0.7).then(|| make(random))
}
