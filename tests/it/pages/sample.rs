//! Views to show: well, ill in several ways, silent, and not yet looked at; with a week behind them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use skewwatch::config::{self, Plan};
use skewwatch::history::{HistoryRound, HourOutcomes, RoundRecord, RoundResult};
use skewwatch::judge::judge;
use skewwatch::model::bars::{Bar, Bars};
use skewwatch::model::cause::RowFaults;
use skewwatch::model::check::{DriftStatistic, Failure, Severity, Stage};
use skewwatch::model::lag::LagHistogram;
use skewwatch::model::measurement::{
    CoverageMeasurement, DifferenceMeasurement, DriftMeasurement, DriftVerdict, ExpiredServed, FeatureMeasurement,
    FreshnessMeasurement, KeyCounts, LagMeasurement, LayerCounts, RoundReport, Share, SkewMeasurement,
    SnapshotMeasurement, Timestamps, VerdictCounts, ViewMeasurement,
};
use skewwatch::model::ratio::Ratio;
use skewwatch::model::time::Timestamp;
use skewwatch::model::verdict::Verdict;
use skewwatch::model::view::FeatureView;
use skewwatch::publish::api::{
    Appointments, FindingStanding, FindingState, LatestRound, Round, ToldFinding, ViewDetail, ViewState,
};
use skewwatch::publish::page::{Fire, KnownView, Past, Stretch, Strip, Timeline};
use skewwatch::run::serve::surroundings;

/// The present of every sample.
pub(super) const NOW: &str = "2026-06-15T12:02:00Z";
/// A name that would be markup, an address and a line break if it could.
pub(crate) const HOSTILE: &str = "<script>alert('x')</script>\"&/../%2e\u{202e}\n☃";

const MINUTE: Duration = Duration::from_secs(60);
const KEYS: u64 = 2_000;

pub(crate) fn instant(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// A plan over these feature views, each on a line of its own.
pub(crate) async fn plan(views: &[&str]) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let path: &Path = &folder.path().join("skewwatch.yaml");
    let online = "online:\n  redis: { url: \"redis://cache:6379\" }\n  layout: { key: \"feat:{entity}:{feature}\", timestamp_key: \
                  \"feat:{entity}:_ts\" }\nfeature_views:\n";
    let checks = "checks:\n  defaults: { freshness: { objective: 2h, budget: 1% }, coverage: 99%, skew: 0.5%, drift: { psi: 0.2 } }\n";
    let views: String = views.iter().map(|view| format!("  - {{ {view} }}\n")).collect();
    std::fs::write(path, format!("{online}{views}{checks}")).unwrap();
    config::load(path, &|_| None).await.unwrap_or_else(|error| panic!("{error}"))
}

/// A view as the configuration has it.
pub(crate) fn entry(name: &str, more: &str, features: &[&str]) -> String {
    let name = serde_json::to_string(name).unwrap();
    let features: Vec<String> =
        features.iter().map(|feature| format!("{}: float32", serde_json::to_string(feature).unwrap())).collect();
    format!(
        "name: {name}, {more}, join_keys: [user_id], ttl: 24h, snapshot: \"features/*.parquet\", event_timestamp: ts, \
         pairing: version, freshness: {{ basis: row }}, features: {{ {} }}",
        features.join(", ")
    )
}

/// What is wrong with a view, in shares.
#[derive(Clone, Copy, Default)]
pub(crate) struct Trouble {
    /// Cells of the first feature with another value.
    pub(crate) skewed: f64,
    /// Entities without a row.
    pub(crate) missing: f64,
    /// Cells that are one version behind.
    pub(crate) stale: f64,
    /// How far the second feature drifted.
    pub(crate) drift: f64,
    /// Ages, as multiples of the usual ones.
    pub(crate) slow: f64,
}

fn cells(share: f64) -> u64 {
    Ratio::new(share).unwrap().part_of(KEYS)
}

fn feature(place: usize, trouble: Trouble) -> FeatureMeasurement {
    let skewed = if place == 0 { cells(trouble.skewed) } else { 0 };
    let (missing, stale, ahead) = (cells(trouble.missing), cells(trouble.stale), 90);
    let undecodable = u64::from(place == 2) * 12;
    let mut counts = [0; Verdict::COUNT];
    for (verdict, count) in [
        (Verdict::Skewed, skewed),
        (Verdict::MissingOnline, missing),
        (Verdict::Stale, stale),
        (Verdict::Ahead, ahead),
        (Verdict::Expired, 20),
        (Verdict::Undecodable, undecodable),
        (Verdict::Consistent, KEYS - skewed - missing - stale - ahead - 20 - undecodable),
    ] {
        counts[verdict as usize] = count;
    }
    let comparable = KEYS - missing - ahead - 20 - undecodable;
    let covered = KEYS - missing - undecodable;
    let effect = if place == 1 { trouble.drift } else { 0.004 };
    let verdict = match (place, effect > 0.25) {
        (3, _) => DriftVerdict::Unknown,
        (_, true) => DriftVerdict::Drifted,
        (_, false) => DriftVerdict::Stable,
    };
    let drift = DriftMeasurement {
        distance: Some(effect + 0.01),
        noise_floor: Some(0.017),
        effect: Some(effect),
        lower: Some((effect - 0.03).max(0.0)),
        upper: Some(effect + 0.04),
        threshold: Some(0.2),
        p_value: Some(0.001),
        p_equal: None,
        q_value: Some(0.002),
        verdict,
        reason: None,
        reference_n: 1_990,
        current_n: 1_910,
        needed_reference_n: None,
        needed_current_n: (verdict == DriftVerdict::Unknown).then_some(2_400),
    };
    let bar = |bin: u64| Bar {
        label: format!("{} – {}", bin * 10, bin * 10 + 10),
        reference: 199,
        current: 100 + (bin * bin * (if place == 1 { 6 } else { 1 })) % 190,
    };
    FeatureMeasurement {
        verdicts: VerdictCounts::of(counts),
        expired_served: ExpiredServed { consistent: 20, ..ExpiredServed::default() },
        expired_absent: 0,
        layers: LayerCounts::default(),
        lag: LagMeasurement { versions_p50: (stale > 0).then_some(1), versions_max: (stale > 0).then_some(2) },
        coverage: CoverageMeasurement {
            ratio: Ratio::of(covered, KEYS),
            n: KEYS,
            null_ratio: Ratio::of(u64::from(place == 1) * 31, covered),
        },
        skew: SkewMeasurement { ratio: Ratio::of(skewed, comparable), n: comparable, ..SkewMeasurement::default() },
        difference: DifferenceMeasurement::default(),
        diagnosis: None,
        lag_profile: None,
        drift: BTreeMap::from([(DriftStatistic::Psi, drift)]),
        snapshot_drift: None,
        distributions: Some(Bars::new((0..10).map(bar).collect())),
    }
}

/// A round of a view that ended at `at`.
pub(crate) fn report(plan: &Plan, view: &FeatureView, (at, trouble): (Timestamp, Trouble)) -> RoundReport {
    let features: BTreeMap<String, FeatureMeasurement> =
        view.features.iter().enumerate().map(|(place, named)| (named.name.clone(), feature(place, trouble))).collect();
    let objective = plan.checks.rules(&view.name, None).freshness_objective;
    let beyond = cells(if trouble.slow > 2.0 { 0.08 } else { 0.002 });
    let measured = ViewMeasurement {
        examples: std::collections::BTreeMap::new(),
        feature_view: view.name.clone(),
        project: None,
        pairing: view.pairing,
        snapshot: SnapshotMeasurement {
            identity: "5f3a77e0".to_owned(),
            watermark: Some(at.minus(MINUTE * 190)),
            modified: Some(at.minus(MINUTE * 185)),
            horizon: Some(at.minus(MINUTE * 60 * 24 * 30)),
            reference: None,
            compared: None,
        },
        pipeline: None,
        compared_at: None,
        captured: None,
        served: None,
        logged: None,
        scan: None,
        keys: KeyCounts {
            asked: KEYS,
            online: KEYS - cells(trouble.missing),
            offline: KEYS,
            both: KEYS - cells(trouble.missing),
        },
        freshness: FreshnessMeasurement {
            basis: view.freshness_basis,
            n: KEYS - cells(trouble.missing),
            min_seconds: Some(45.0),
            p50_seconds: Some(1_500.0 * (1.0 + trouble.slow)),
            p95_seconds: Some(3_000.0 * (1.0 + trouble.slow)),
            p99_seconds: Some(4_200.0 * (1.0 + trouble.slow)),
            max_seconds: Some(90_000.0),
            beyond_objective: Some(beyond),
            past_ttl: Some(20),
            from_the_future: 0,
            newest_event_timestamp: Some(at.minus(MINUTE)),
            objective_seconds: objective.map(|objective| objective.as_secs_f64()),
            lags: LagHistogram::default(),
        },
        coverage: Share::of(KEYS - cells(trouble.missing) - 12, KEYS),
        comparable: Share::of(KEYS * 4 - 500 - cells(trouble.missing), KEYS * 4),
        timestamps: Timestamps { inside: KEYS, known: KEYS },
        rows: RowFaults::default(),
        features,
    };
    let judged = judge(view, &measured, &plan.checks);
    let mut report = empty(plan, at);
    report.judged = judged.judged();
    RoundReport {
        views: vec![measured],
        findings: judged.findings,
        unknown: judged.unknown,
        passed: judged.passed,
        ..report
    }
}

fn empty(plan: &Plan, at: Timestamp) -> RoundReport {
    RoundReport {
        as_of: at,
        started_at: at.minus(Duration::from_millis(3_400)),
        finished_at: at,
        seed: 7,
        views: Vec::new(),
        not_watched: plan.not_watched.clone(),
        failures: Vec::new(),
        findings: Vec::new(),
        unknown: Vec::new(),
        judged: 0,
        passed: Vec::new(),
    }
}

/// A round in which the store did not answer.
pub(crate) fn failed(plan: &Plan, view: &FeatureView, at: Timestamp) -> RoundReport {
    let failure = Failure {
        feature_view: view.name.clone(),
        stage: Stage::Sample,
        reason: "timeout",
        message: "could not read 512 keys of view `user_features` from redis://cache:6379: no answer within 250ms (3 attempts)"
            .to_owned(),
    };
    RoundReport { failures: vec![failure], ..empty(plan, at) }
}

/// The state of a view after a round.
pub(super) fn after(before: Option<&Arc<LatestRound>>, view: &FeatureView, report: &RoundReport) -> Arc<LatestRound> {
    Arc::new(LatestRound::after(before, &RoundRecord::of(report, &view.name), report))
}

/// Findings of a round as a service tells them, each with a fate of its own.
fn told(report: &RoundReport, now: Timestamp) -> Vec<ToldFinding> {
    let fates = |place: usize| match place % 4 {
        1 => (FindingState::Waiting, FindingStanding::Open),
        3 => (
            FindingState::Accepted,
            FindingStanding::Accepted {
                until: instant("2026-07-01T00:00:00Z"),
                reason: "the stream rounds to cents until release 42".to_owned(),
            },
        ),
        _ => (FindingState::Firing, FindingStanding::Open),
    };
    let tell = |(place, finding): (usize, &skewwatch::model::check::Finding)| {
        let (state, standing) = fates(place);
        ToldFinding {
            feature_view: finding.feature_view.clone(),
            feature: finding.feature.clone(),
            also: Vec::new(),
            check: finding.check,
            state,
            severity: if place == 0 { Severity::Critical } else { finding.severity },
            standing: Some(standing),
            observed: finding.observed,
            threshold: finding.threshold,
            n: finding.n,
            message: finding.message.clone(),
            first_seen: now.minus(MINUTE * 500),
            last_seen: now.minus(MINUTE * 2),
            fired_at: (state != FindingState::Waiting).then(|| now.minus(MINUTE * 495)),
            resolved_at: None,
        }
    };
    report.findings.iter().enumerate().map(tell).collect()
}

/// What is known of a view after its newest round.
pub(super) fn known(
    plan: &Plan,
    name: &str,
    (latest, findings): (Option<&Arc<LatestRound>>, Option<&RoundReport>),
) -> KnownView {
    let now = instant(NOW);
    let surroundings = surroundings(plan);
    let watched = surroundings.views.iter().find(|watched| watched.view.name == name).unwrap();
    let detail = |latest: Option<&LatestRound>| {
        ViewDetail::of(&ViewState {
            watched: watched.clone(),
            latest,
            captured: None,
            findings: findings.map(|report| told(report, now)).unwrap_or_default(),
            appointments: Appointments { next: Some(instant("2026-06-15T12:05:00Z")), interval: Some(MINUTE * 5) },
            now,
        })
    };
    let figured = latest.and_then(LatestRound::with_figures);
    let has_figures = latest.is_some_and(|latest| latest.record.round.measured.is_some());
    KnownView {
        detail: detail(latest.map(|latest| &**latest)),
        earlier: figured.as_deref().filter(|_| !has_figures).map(|round| detail(Some(round))),
        freshness_budget: watched.rules.freshness.least(),
        distributions: figured.map(|round| round.distributions.clone()).unwrap_or_default(),
    }
}

/// What was wrong in a slot of the last week; `None` when no round was held.
pub(super) fn weather(slot: usize) -> Option<Trouble> {
    let usual = Trouble { stale: 0.02, missing: 0.002, slow: (slot % 5) as f64 / 10.0, ..Trouble::default() };
    match slot {
        12..=15 => None,
        22..=27 => Some(Trouble { missing: 0.07, ..usual }),
        34..=36 => Some(Trouble { slow: 4.0, stale: 0.3, ..usual }),
        48.. => Some(Trouble { skewed: 0.01 * (slot - 46) as f64, drift: 0.31, ..usual }),
        _ => Some(usual),
    }
}

/// A week of a view: two rounds in a row failed, and for half a day there was none.
pub(super) fn past(plan: &Plan, view: &FeatureView) -> Past {
    let timeline = Timeline::up_to(instant(NOW), Stretch::Week);
    let round = |slot: usize| -> Option<HistoryRound> {
        let trouble = weather(slot)?;
        let at = timeline.begin(slot).plus(MINUTE);
        let report = if matches!(slot, 40 | 41) { failed(plan, view, at) } else { report(plan, view, (at, trouble)) };
        Some(RoundRecord::of(&report, &view.name).round)
    };
    let rounds: Vec<HistoryRound> = (0..timeline.slots()).filter_map(round).collect();
    let newest = rounds.iter().rev().skip(10).take(8).map(Round::of).collect();
    Past { timeline, rounds, newest }
}

/// The same week as a strip.
pub(super) fn strip(plan: &Plan, view: &FeatureView, is_ill: bool) -> Strip {
    let past = past(plan, view);
    let hours = past.rounds.iter().map(|round| (round.finished_at.minus(MINUTE), outcome(round.result))).collect();
    let fire =
        |(from, until), severity| Fire { from: past.timeline.begin(from), until: past.timeline.begin(until), severity };
    let fires =
        [fire((23, 27), Severity::Warning), fire((48, 51), Severity::Warning), fire((51, 57), Severity::Critical)];
    Strip::of(past.timeline, &hours, if is_ill { &fires } else { &[] })
}

fn outcome(result: RoundResult) -> HourOutcomes {
    let none = HourOutcomes::default();
    match result {
        RoundResult::Complete => HourOutcomes { complete: 1, ..none },
        RoundResult::Partial => HourOutcomes { partial: 1, ..none },
        RoundResult::Failed => HourOutcomes { failed: 1, ..none },
    }
}
