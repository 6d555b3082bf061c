//! What the report of four weeks costs, at the size of a large store: time, memory, and the size of the page.
//!
//! Forty views of fifty features each, all of which are ill, with rounds every five minutes: an hour of rounds is recorded as
//! a service does, with findings, cells and bars, and its sums stand for every other hour of the four weeks. Then the report
//! is made from the history alone, in every form. The peak of memory is that of the report: what came before is not counted.
//!
//! Aims: under 10 s, under 500 MB, HTML under 5 MB. Arguments: the number of views and of features of each, as in
//! `cargo bench --bench report -- 40 50`.

#![expect(clippy::cast_precision_loss, reason = "made-up numbers are small")]

#[path = "support/machine.rs"]
#[expect(dead_code, reason = "nothing is measured more than once")]
mod machine;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rusqlite::Connection;
use skewwatch::config::{self, Plan};
use skewwatch::history::{
    CheckStatus, DriftFigure, DriftSubject, FeatureFigures, History, HistoryReader, HistoryRound, HistorySettings,
    RoundRecord, RoundResult, SeenFinding, ViewFigures,
};
use skewwatch::model::bars::{Bar, Bars};
use skewwatch::model::cause::{Attribution, Diagnosis, KnownCause, Locus, Relation};
use skewwatch::model::check::{CheckKind, DriftStatistic, Finding, FindingState, Severity};
use skewwatch::model::drift::DriftChecks;
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::exhibit::{Exhibit, SeenCell, SeenSide};
use skewwatch::model::lag::LagHistogram;
use skewwatch::model::measurement::{
    DifferenceMeasurement, DriftMeasurement, DriftVerdict, FreshnessMeasurement, KeyCounts, LagMeasurement,
    LayerCounts, Share, SnapshotMeasurement, Timestamps, VerdictCounts,
};
use skewwatch::model::ratio::Ratio;
use skewwatch::model::time::Timestamp;
use skewwatch::model::value::Value;
use skewwatch::model::verdict::Verdict;
use skewwatch::model::view::FreshnessBasis;
use skewwatch::publish::report::{ReportPeriod, html, markdown};
use skewwatch::run::{WantedReport, report};

/// Views, unless an argument says otherwise.
const VIEWS: u64 = 40;
/// Features of each, unless an argument says otherwise.
const FEATURES: u64 = 50;
/// Keys of a sample.
const KEYS: u64 = 10_000;
/// Rounds of an hour.
const ROUNDS: u64 = 12;
/// Hours of four weeks.
const HOURS: u64 = 4 * 168;
const HOUR: Duration = Duration::from_secs(3_600);
/// The first Monday.
const START: &str = "2026-10-26T00:00:00Z";
/// When the report is made.
const NOW: &str = "2026-11-23T07:00:00Z";
/// Aims.
const LONGEST: Duration = Duration::from_secs(10);
const MOST_MEMORY: f64 = 500.0;
const LARGEST: usize = 5_000_000;

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u64>().ok());
    let (views, features) = (numbers.next().unwrap_or(VIEWS), numbers.next().unwrap_or(FEATURES));
    let mut out = std::io::stdout();
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let text = configuration(views, features);
    let plan = runtime.block_on(config::from_text(&text, &folder.path().join("skewwatch.yaml"), &|_| None))?;
    let path = folder.path().join("history.db");
    fill(&path, (views, features))?;
    writeln!(out, "{}", machine::facts())?;
    writeln!(out, "{views} views, {} features, {HOURS} hours of {ROUNDS} rounds", views * features)?;
    let size = std::fs::metadata(&path)?.len() as f64 / 1e6;
    // 5 resets the peak (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5")?;
    let begun = Instant::now();
    let forms = made(&path, &plan)?;
    let took = begun.elapsed();
    let [page, wiki, json] = forms.each_ref().map(String::len);
    let peak = machine::line_of("/proc/self/status", "VmHWM").context("the system tells no peak of memory")?;
    let peak = peak.trim_end_matches(" kB").trim().parse::<f64>()? * 1_024.0 / 1e6;
    writeln!(out, "history   {size:.0} MB")?;
    writeln!(out, "report    {:.2} s in all forms, peak {peak:.0} MB", took.as_secs_f64())?;
    writeln!(out, "sizes     HTML {page} bytes, Markdown {wiki}, JSON {json}")?;
    let is_met = took < LONGEST && peak < MOST_MEMORY && page < LARGEST;
    let verdict = if is_met { "met" } else { "missed" };
    writeln!(out, "aim: under {LONGEST:?}, {MOST_MEMORY} MB, HTML under {LARGEST} bytes: {verdict}")?;
    anyhow::ensure!(is_met, "the aim was missed");
    Ok(())
}

fn instant(text: &str) -> anyhow::Result<Timestamp> {
    Timestamp::parse_rfc3339(text).map_err(anyhow::Error::msg)
}

/// The report as HTML, Markdown and JSON.
fn made(path: &Path, plan: &Plan) -> anyhow::Result<[String; 3]> {
    let zone = plan.service.schedule.zone;
    let wanted = WantedReport {
        period: ReportPeriod::parse("2026-W44..2026-W47", zone).map_err(anyhow::Error::msg)?,
        team: None,
        view: None,
        configuration: "skewwatch.yaml".to_owned(),
    };
    let report = report(&HistoryReader::open(path)?, plan, (&wanted, instant(NOW)?))?;
    Ok([html(&report), markdown(&report), serde_json::to_string(&report)?])
}

fn view_name(view: u64) -> String {
    format!("view_of_entities_{view:02}")
}

fn feature_name(feature: u64) -> String {
    format!("average_of_something_{feature:03}")
}

fn configuration(views: u64, features: u64) -> String {
    let mut text =
        "online:\n  redis: { url: \"redis://cache:6379\" }\n  layout: { key: \"feat:{entity}:{feature}\" }\n\
                    feature_views:\n"
            .to_owned();
    let features: Vec<String> = (0..features).map(|number| format!("{}: float64", feature_name(number))).collect();
    for view in 0..views {
        let _ = writeln!(
            text,
            "  - {{ name: {}, team: risk, join_keys: [user_id], snapshot: \"*.parquet\", event_timestamp: ts, features: \
             {{ {} }} }}",
            view_name(view),
            features.join(", ")
        );
    }
    text
}

/// An hour of rounds, and the sums of all others.
fn fill(path: &Path, (views, features): (u64, u64)) -> anyhow::Result<()> {
    let start = instant(START)?;
    let mut history = History::open(&HistorySettings::new(path))?;
    for round in 0..ROUNDS {
        let at = start.plus(Duration::from_secs(round * 300));
        let records: Vec<RoundRecord> = (0..views).map(|view| record(&view_name(view), features, at)).collect();
        history.record(&records)?;
    }
    history.roll_up()?;
    drop(history);
    let connection = Connection::open(path)?;
    let numbers =
        |most: u64| format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})", most - 1);
    let (hours, days) = (numbers(HOURS), numbers(HOURS / 24));
    connection.execute_batch(&format!(
        "INSERT INTO view_hours (view_id, hour, figures)
           {hours} SELECT view_id, hour + i, figures FROM view_hours, n ORDER BY view_id, hour + i;
         INSERT INTO feature_hours (hour, view_id, part, figures)
           {hours} SELECT hour + i, view_id, part, figures FROM feature_hours, n ORDER BY hour + i, view_id, part;
         INSERT INTO drift_bars (day, view_id, feature_id, measured_at, bars)
           {days} SELECT day + i, view_id, feature_id, measured_at + i * 86400000000000, bars FROM drift_bars, n
           ORDER BY day + i, view_id, feature_id;
         UPDATE findings SET last_seen = last_seen + {};",
        (HOUR * u32::try_from(HOURS - 1)?).as_nanos()
    ))?;
    Ok(())
}

fn record(view: &str, features: u64, at: Timestamp) -> RoundRecord {
    let names: Vec<String> = (0..features).map(feature_name).collect();
    let lags = {
        let mut lags = LagHistogram::default();
        (0..200).for_each(|place| lags.record(Duration::from_secs(60 * place)));
        lags
    };
    let covered = Share::of(KEYS - 700, KEYS);
    let measured = ViewFigures {
        snapshot: SnapshotMeasurement {
            identity: "5f3a77e0".to_owned(),
            watermark: Some(at.minus(HOUR)),
            horizon: Some(at.minus(HOUR * 700)),
            modified: Some(at.minus(HOUR)),
            reference: None,
            compared: None,
        },
        keys: KeyCounts { asked: KEYS, online: KEYS - 700, offline: KEYS, both: KEYS - 700 },
        freshness: FreshnessMeasurement {
            basis: FreshnessBasis::Row,
            n: 200,
            min_seconds: Some(0.0),
            p50_seconds: Some(6_000.0),
            p95_seconds: Some(11_400.0),
            p99_seconds: Some(11_880.0),
            max_seconds: Some(11_940.0),
            beyond_objective: None,
            past_ttl: None,
            from_the_future: 0,
            newest_event_timestamp: Some(at),
            objective_seconds: None,
            lags,
        },
        coverage: covered,
        comparable: covered,
        timestamps: Timestamps { inside: KEYS, known: KEYS },
        served: None,
        logged: None,
        statuses: BTreeMap::from([(CheckKind::Coverage, CheckStatus::Breach(Severity::Warning))]),
        features: names.iter().map(|name| (name.clone(), figures())).collect(),
    };
    let round = HistoryRound {
        view: view.to_owned(),
        started_at: at,
        finished_at: at,
        as_of: at,
        seed: 1,
        result: RoundResult::Complete,
        failures: Vec::new(),
        measured: Some(measured),
    };
    let seen: Vec<SeenFinding> = names
        .iter()
        .flat_map(|name| [CheckKind::Skew, CheckKind::Drift].map(|check| seen(view, name, check)))
        .collect();
    let exhibit = |(place, seen): (u32, &SeenFinding)| {
        let cause = (seen.finding.check == CheckKind::Skew).then(|| cause(place));
        (seen.finding.key(), Exhibit { cells: (1..=3).map(cell).collect(), cause })
    };
    let drift = names.iter().map(|name| ((name.clone(), DriftSubject::Served), checks())).collect();
    RoundRecord {
        drift,
        bars: names.iter().map(|name| (name.clone(), bars())).collect(),
        exhibits: (1..).zip(&seen).map(exhibit).collect(),
        seen,
        ..RoundRecord::of_round(round)
    }
}

fn figures() -> FeatureFigures {
    let mut counts = [0; Verdict::COUNT];
    for (verdict, count) in [(Verdict::Skewed, 300), (Verdict::Stale, 200), (Verdict::MissingOnline, 700)] {
        counts[verdict as usize] = count;
    }
    counts[Verdict::Consistent as usize] = KEYS - 1_200;
    let figure = DriftFigure { distance: Some(0.32), effect: Some(0.3), verdict: DriftVerdict::Drifted };
    FeatureFigures {
        verdicts: VerdictCounts::of(counts),
        layers: LayerCounts::of([KEYS - 1_200, 0, 0, 0, 0]),
        lag: LagMeasurement { versions_p50: Some(1), versions_max: Some(2) },
        coverage: Share::of(KEYS - 700, KEYS),
        skew: Share::of(300, KEYS - 700),
        difference: DifferenceMeasurement::default(),
        drift: BTreeMap::from([(DriftStatistic::Psi, figure)]),
        statuses: BTreeMap::from([(CheckKind::Skew, CheckStatus::Breach(Severity::Warning))]),
        ..FeatureFigures::default()
    }
}

fn checks() -> DriftChecks {
    let measured = DriftMeasurement {
        distance: Some(0.32),
        noise_floor: Some(0.02),
        effect: Some(0.3),
        lower: Some(0.27),
        upper: Some(0.34),
        threshold: Some(0.2),
        p_value: Some(0.001),
        p_equal: None,
        q_value: Some(0.002),
        verdict: DriftVerdict::Drifted,
        reason: None,
        reference_n: KEYS,
        current_n: KEYS - 700,
        needed_reference_n: None,
        needed_current_n: None,
    };
    DriftChecks::from([(DriftStatistic::Psi, measured)])
}

fn bars() -> Bars {
    let bar = |place: u64| Bar {
        label: format!("{} – {}", place * 125, place * 125 + 125),
        reference: KEYS / 12,
        current: 300 + place * place * 7,
    };
    Bars::new((0..12).map(bar).collect())
}

fn seen(view: &str, feature: &str, check: CheckKind) -> SeenFinding {
    let finding = Finding {
        check,
        feature_view: view.to_owned(),
        feature: Some(feature.to_owned()),
        severity: Severity::Warning,
        observed: 0.03,
        threshold: 0.005,
        n: KEYS - 700,
        message: "3.23 % of 9,300 compared values differ (95 % interval 2.89–3.60 %); the limit is 0.5 %".to_owned(),
        incident: None,
        with: Vec::new(),
    };
    SeenFinding { state: FindingState::Firing(finding.severity), finding }
}

/// Two causes; no two features are one incident.
fn cause(place: u32) -> KnownCause {
    let attribution = |relation: Relation, explained| Attribution {
        cause: relation.cause(),
        relation,
        locus: Locus::Entities,
        explained,
        share: Ratio::of(explained, 300),
        score: 0.94,
        margin: 0.3,
        would_break: 120,
        severity: 0.6,
        also_explains: Vec::new(),
        evidence: vec![1, 2, 3, 4, 5],
    };
    KnownCause::Values(Diagnosis {
        mismatches: 300,
        examined: 300,
        outdated: 0,
        consistent: 2_000,
        causes: vec![
            attribution(Relation::Scaled { factor: f64::from(place) + 1.5 }, 240),
            attribution(Relation::CorrectionLost, 50),
        ],
        unknown: None,
        unexplained_locus: None,
    })
}

fn cell(number: u32) -> SeenCell {
    let side = |value: f64| Some(SeenSide { at: None, value: Some(Value::Float64(value)) });
    SeenCell {
        entity: EntityKey::new([KeyValue::String(format!("u{number:06}").into())]),
        offline: side(f64::from(number)),
        online: side(f64::from(number) * 100.0),
        difference: Some("online 100 × offline".to_owned()),
    }
}
