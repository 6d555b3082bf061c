//! Weeks of several views: rounds every hour, judged by the real limits, in a real history.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono_tz::Tz;
use rusqlite::Connection;
use skewwatch::config::Plan;
use skewwatch::history::{History, HistoryReader, HistorySettings, RoundRecord};
use skewwatch::judge::judge;
use skewwatch::model::check::{CheckKind, Finding, FindingKey};
use skewwatch::model::exhibit::Values;
use skewwatch::model::lag::LagHistogram;
use skewwatch::model::measurement::RoundReport;
use skewwatch::model::time::Timestamp;
use skewwatch::model::view::FeatureView;
use skewwatch::publish::report::{Report, ReportPeriod, html, markdown, slack};
use skewwatch::run::{WantedReport, report};
use tempfile::TempDir;

use super::ills::{Ill, befall, cells};
use crate::pages::sample::{self, Trouble, entry, instant};

/// When the reports of the sample are made: Monday morning.
pub(super) const MONDAY: &str = "2026-11-23T07:00:00Z";
/// The first hour of the sample: Monday of week 46.
pub(super) const START: &str = "2026-11-09T00:00:00Z";
/// Hours of a week.
pub(super) const WEEK: u32 = 168;

/// What happens to a view in an hour.
pub(super) enum Hour {
    Silent,
    Failed,
    Measured(Trouble),
    /// Measured, with causes.
    Ill(Trouble, Ill),
    /// Measured without this feature.
    Without(&'static str),
}

pub(super) struct Scene {
    pub(super) plan: Plan,
    history: History,
    folder: TempDir,
}

impl Scene {
    /// A history without rounds, over these views.
    pub(super) async fn of(views: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plan = sample::plan(views).await;
        let path = folder.path().join("history.db");
        drop(History::open(&HistorySettings::new(&path)).unwrap());
        // Entities have the same names in every run.
        Connection::open(&path).unwrap().execute("UPDATE hash_key SET bytes = zeroblob(16)", []).unwrap();
        let history = History::open(&HistorySettings::new(path)).unwrap();
        Self { plan, history, folder }
    }

    pub(super) fn view(&self, name: &str) -> FeatureView {
        self.plan.views.iter().find(|view| view.name == name).unwrap().clone()
    }

    /// A round at the tenth minute of each of so many hours.
    pub(super) fn live(&mut self, name: &str, hours: u32, story: impl Fn(u32) -> Hour) {
        let start = instant(START);
        let at = |hour: u32| start.plus(Duration::from_secs(u64::from(hour) * 3_600 + 600));
        self.rounds(name, (0..hours).map(|hour| (at(hour), story(hour))));
    }

    /// Rounds at these instants.
    pub(super) fn rounds(&mut self, name: &str, rounds: impl Iterator<Item = (Timestamp, Hour)>) {
        let view = self.view(name);
        let mut open: BTreeSet<FindingKey> = BTreeSet::new();
        let mut records = Vec::new();
        for (at, hour) in rounds {
            let found = match hour {
                Hour::Silent => continue,
                Hour::Failed => sample::failed(&self.plan, &view, at),
                Hour::Measured(trouble) => measured(&self.plan, &view, (at, trouble, None)),
                Hour::Ill(trouble, ill) => measured(&self.plan, &view, (at, trouble, Some(ill))),
                Hour::Without(feature) => {
                    let mut found = measured(&self.plan, &view, (at, Trouble::default(), None));
                    found.views[0].features.remove(feature);
                    found.findings.retain(|finding| finding.feature.as_deref() != Some(feature));
                    found
                }
            };
            let mut record = RoundRecord::of(&found, name);
            record.disclosure = self.plan.publish.disclosure;
            if record.round.measured.is_some() {
                let seen: BTreeSet<FindingKey> = record.seen.iter().map(|seen| seen.finding.key()).collect();
                record.resolved = open.difference(&seen).cloned().collect();
                open = seen;
            }
            records.push(record);
        }
        self.history.record(&records).unwrap();
        self.history.roll_up().unwrap();
    }

    /// Every hour that is kept, once more for each of the next so many hours.
    pub(super) fn go_on(&self, hours: u32) {
        let connection = Connection::open(self.folder.path().join("history.db")).unwrap();
        let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {hours})");
        for (table, part) in [("view_hours", ""), ("feature_hours", "part, ")] {
            let insert = format!(
                "INSERT INTO {table} (view_id, hour, {part}figures) {numbers} SELECT view_id, hour + i, {part}figures FROM {table}, n ORDER BY hour + i, view_id"
            );
            connection.execute(&insert, []).unwrap();
        }
        connection
            .execute("UPDATE findings SET last_seen = last_seen + ?1", [i64::from(hours) * 3_600_000_000_000])
            .unwrap();
    }

    /// The history, to read.
    pub(super) const fn history(&self) -> &HistoryReader {
        self.history.reader()
    }

    /// The report of a period, as of Monday morning.
    pub(super) fn report(&self, period: &str) -> Report {
        self.report_at(period, instant(MONDAY))
    }

    pub(super) fn report_at(&self, period: &str, now: Timestamp) -> Report {
        let wanted = WantedReport {
            period: ReportPeriod::parse(period, Tz::UTC).unwrap(),
            team: None,
            view: None,
            configuration: "skewwatch.yaml".to_owned(),
        };
        report(self.history.reader(), &self.plan, (&wanted, now)).unwrap()
    }
}

fn measured(plan: &Plan, view: &FeatureView, (at, trouble, ill): (Timestamp, Trouble, Option<Ill>)) -> RoundReport {
    let mut found = sample::report(plan, view, (at, trouble));
    let objective = plan.checks.rules(&view.name, None).freshness_objective;
    let mut lags = LagHistogram::new(&objective.into_iter().collect::<Vec<_>>());
    for place in 0..200_u32 {
        let spread = 300.0 * 1.015_f64.powi(place as i32) * (1.0 + trouble.slow);
        lags.record(Duration::from_secs_f64(spread));
    }
    found.views[0].freshness.lags = lags;
    if let Some(ill) = ill {
        befall(&mut found.views[0], ill);
        let judged = judge(view, &found.views[0], &plan.checks);
        (found.findings, found.passed, found.unknown) = (judged.findings, judged.passed, judged.unknown);
    }
    let broken = |finding: &Finding| match finding.check {
        CheckKind::Skew => Some(((finding.feature.clone(), finding.check), cells(ill, at))),
        _ => None,
    };
    found.views[0].examples = found.findings.iter().flat_map(Finding::each).filter_map(broken).collect();
    found
}

/// Every form of a report, by its file's ending.
pub(super) fn forms(report: &Report) -> [(&'static str, String); 4] {
    let json = serde_json::to_string_pretty(report).unwrap() + "\n";
    let message =
        serde_json::to_string_pretty(&slack(report, Some("https://skew.example/reports/latest.html"))).unwrap();
    [("html", html(report)), ("md", markdown(report)), ("json", json), ("slack.json", message + "\n")]
}

/// A shop's two weeks: one calm, one in which much goes wrong.
pub(super) async fn shop() -> Scene {
    let views = [
        entry(
            "user_features",
            "team: risk, owner: ana@shop.example",
            &["avg_order_value_7d", "basket_size", "country_code", "visits_30d"],
        ),
        entry("order_features", "team: risk, tier: gold", &["amount", "items", "discount"]),
        entry("session_features", "team: growth", &["clicks", "duration_s"]),
        entry("payment_features", "team: payments", &["card_age_days"]),
        entry(
            "cart_features",
            "team: checkout, owner: cy@shop.example, tier: gold",
            &["spend_1d", "spend_7d", "spend_30d", "spend_90d", "carts"],
        ),
        entry("new_features", "team: growth, owner: bo@shop.example", &["score", "rank"]),
        entry("old_features", "team: payments", &["sum"]),
    ];
    let views: Vec<&str> = views.iter().map(String::as_str).collect();
    let mut scene = Scene::of(&views).await;
    scene.plan.publish.disclosure.values = Values::Shown;
    let usual = |hour: u32| Trouble { stale: 0.02, slow: f64::from(hour % 24) / 40.0, ..Trouble::default() };
    scene.live("user_features", 2 * WEEK, |hour| match hour {
        30..=40 => Hour::Measured(Trouble { skewed: 0.008, ..usual(hour) }),
        205..=208 => Hour::Silent,
        220..=221 => Hour::Failed,
        230.. => Hour::Ill(Trouble { skewed: 0.031, drift: 0.31, ..usual(hour) }, Ill::Rounded),
        _ => Hour::Measured(usual(hour)),
    });
    scene.live("order_features", 2 * WEEK, |hour| match hour {
        290..=300 => Hour::Ill(usual(hour), Ill::Unexplained),
        _ => Hour::Measured(usual(hour)),
    });
    scene.live("cart_features", 2 * WEEK, |hour| match hour {
        190..=268 => Hour::Ill(usual(hour), Ill::Scaled),
        _ => Hour::Measured(usual(hour)),
    });
    scene.live("session_features", 2 * WEEK, |hour| match hour {
        100..=110 => Hour::Measured(Trouble { missing: 0.07, slow: 3.0, stale: 0.2, ..Trouble::default() }),
        250..=262 => Hour::Ill(Trouble { missing: 0.07, slow: 3.0, stale: 0.2, ..Trouble::default() }, Ill::Expired),
        318..=320 => Hour::Ill(usual(hour), Ill::Few),
        _ => Hour::Measured(usual(hour)),
    });
    scene.live(
        "payment_features",
        2 * WEEK,
        |hour| if hour < WEEK { Hour::Measured(usual(hour)) } else { Hour::Failed },
    );
    scene.live(
        "new_features",
        2 * WEEK,
        |hour| if hour < WEEK + 60 { Hour::Silent } else { Hour::Measured(usual(hour)) },
    );
    scene.live("old_features", WEEK, |hour| Hour::Measured(usual(hour)));
    scene
}
