//! What is due when, and for whom: the desk with a clock that the test sets.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use skewwatch::config::{self, Plan};
use skewwatch::history::{DeliveryLedger, History, HistorySettings, Settlement};
use skewwatch::model::time::Timestamp;
use skewwatch::publish::delivery::Edition;
use skewwatch::publish::report::ReportPeriod;
use skewwatch::run::delivery::{Desk, Overview};
use tempfile::TempDir;

use crate::pages::sample::instant;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

struct Scene {
    folder: TempDir,
    plan: Plan,
}

impl Scene {
    async fn of(reports: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("skewwatch.yaml");
        let view = |name: &str, team: &str| {
            format!(
                "  - {{ name: {name}, {team}join_keys: [id], snapshot: \"*.parquet\", event_timestamp: ts, features: {{ a: float32 }} }}\n"
            )
        };
        let text = format!(
            "online: {{ sqlite: {{ path: online.db }}, layout: {{ feast: {{ project: shop }} }} }}\nfeature_views:\n{}{}{}schedule: {{ \
             report: \"0 7 * * Mon\", timezone: Europe/Berlin }}\npublish:\n  history: history.db\n  reports:\n{reports}",
            view("orders", "team: risk, "),
            view("visits", "team: growth, "),
            view("weather", ""),
        );
        std::fs::write(&path, text).unwrap();
        let plan = config::load(&path, &|_| None).await.unwrap_or_else(|error| panic!("{error}"));
        drop(History::open(&HistorySettings::new(folder.path().join("history.db"))).unwrap());
        Self { folder, plan }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("history.db")
    }

    fn desk(&self) -> Desk {
        Desk::open(&self.path(), &self.plan, self.plan.publish.reports.as_ref().unwrap()).unwrap()
    }

    /// Plans and makes what is due; gives how things stand then.
    fn look(&self, now: Timestamp) -> Overview {
        let mut desk = self.desk();
        desk.plan(self.plan.service.schedule.report.as_ref().unwrap(), now).unwrap();
        desk.make((&self.plan, "skewwatch.yaml"), now).unwrap();
        desk.overview(now).unwrap()
    }

    /// What is due, as period, audience and channel.
    fn due(&self, now: Timestamp) -> Vec<String> {
        told(&self.look(now))
    }
}

fn told(overview: &Overview) -> Vec<String> {
    let one = |key: &skewwatch::history::DeliveryKey| {
        format!("{} {} {}", key.period, key.recipient.audience, key.recipient.channel)
    };
    overview.due.iter().map(|due| one(&due.key)).collect()
}

/// Takes everything that is due as delivered.
fn deliver(path: &Path, overview: &Overview, now: Timestamp) {
    let mut ledger = DeliveryLedger::open(path).unwrap();
    for due in &overview.due {
        let claim = ledger.claim(&due.key, (now, now.plus(HOUR))).unwrap().unwrap();
        ledger.settle(&claim, &Settlement::Delivered, now).unwrap();
    }
}

const SLACK: &str = "    notify: [{ slack_webhook: \"https://hooks.example/a\" }]\n";

#[tokio::test]
async fn a_week_is_due_at_its_appointment_and_once() {
    let scene = Scene::of(SLACK).await;
    // Thursday: a channel that is new has its first report at its next appointment.
    let thursday = instant("2026-11-19T12:00:00Z");
    let first = scene.look(thursday);
    assert_eq!((told(&first), first.served), (vec![], [("others".to_owned(), thursday)].into()));
    assert_eq!(scene.due(instant("2026-11-23T05:59:59Z")), [""; 0]);
    // Seven in Berlin.
    let monday = instant("2026-11-23T06:00:00Z");
    let due = scene.look(monday);
    assert_eq!(told(&due), ["2026-W47 others slack"]);
    deliver(&scene.path(), &due, monday.plus(HOUR));
    for later in [Duration::ZERO, HOUR, DAY, 6 * DAY] {
        let look = scene.look(monday.plus(later));
        assert_eq!((told(&look), look.served), (vec![], [("others".to_owned(), monday.plus(HOUR))].into()));
    }
    assert_eq!(scene.due(monday.plus(7 * DAY)), ["2026-W48 others slack"]);
}

#[tokio::test]
async fn what_came_due_while_nobody_looked_is_made_once_and_is_the_last() {
    let scene = Scene::of(SLACK).await;
    assert_eq!(scene.due(instant("2026-11-19T12:00:00Z")), [""; 0]);
    // Three appointments later, on a Wednesday.
    let late = scene.look(instant("2026-12-09T12:00:00Z"));
    assert_eq!(told(&late), ["2026-W49 others slack"]);
    deliver(&scene.path(), &late, instant("2026-12-09T12:00:00Z"));
    assert_eq!(scene.due(instant("2026-12-13T12:00:00Z")), [""; 0]);
}

#[tokio::test]
async fn an_outage_of_years_is_one_report() {
    let scene = Scene::of(SLACK).await;
    assert_eq!(scene.due(instant("2026-11-19T12:00:00Z")), [""; 0]);
    assert_eq!(scene.due(instant("2056-11-22T12:00:00Z")), ["2056-W46 others slack"]);
}

#[tokio::test]
async fn a_clock_that_is_set_back_neither_repeats_nor_forgets() {
    let scene = Scene::of(SLACK).await;
    assert_eq!(scene.due(instant("2026-11-19T12:00:00Z")), [""; 0]);
    let monday = instant("2026-11-23T06:00:00Z");
    let due = scene.look(monday);
    deliver(&scene.path(), &due, monday);
    assert_eq!(scene.due(monday.minus(DAY)), [""; 0]);
    assert_eq!(scene.due(monday.plus(HOUR)), [""; 0]);
    // A year ahead and back: the next appointment is kept.
    deliver(&scene.path(), &scene.look(monday.plus(365 * DAY)), monday.plus(365 * DAY));
    assert_eq!(scene.due(monday.plus(DAY)), [""; 0]);
    assert_eq!(scene.due(monday.plus(7 * DAY)), ["2026-W48 others slack"]);
}

#[tokio::test]
async fn every_team_has_its_own_views_and_the_others_the_rest() {
    let scene = Scene::of(
        "    to: reports\n    base_url: https://r.example\n    notify: [{ team: risk, webhook: \"https://a.example\" }, { webhook: \
         \"https://b.example\" }, { team: \"*\", webhook: \"https://c.example\" }]\n",
    )
    .await;
    assert_eq!(scene.due(instant("2026-11-19T12:00:00Z")), [""; 0]);
    let monday = instant("2026-11-23T06:00:00Z");
    let first = scene.look(monday);
    // Messages that link to files wait for them.
    assert_eq!(told(&first), ["2026-W47 everyone files", "2026-W47 team growth files", "2026-W47 team risk files"]);
    assert_eq!(first.next, Some(monday.plus(HOUR / 4)));
    let mut ledger = DeliveryLedger::open(&scene.path()).unwrap();
    let mut views = Vec::new();
    deliver(&scene.path(), &first, monday);
    let then = scene.look(monday);
    assert_eq!(told(&then), ["2026-W47 everyone webhook", "2026-W47 others webhook", "2026-W47 team risk webhook"]);
    for due in &then.due {
        let claim = ledger.claim(&due.key, (monday, monday.plus(HOUR))).unwrap().unwrap();
        let edition = Edition::unpack(&claim.content).unwrap();
        let mut names: Vec<String> = edition.summary["views"]
            .as_array()
            .unwrap()
            .iter()
            .map(|view| view["view"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        views.push((edition.link.unwrap(), names.join(" ")));
    }
    let found: Vec<(&str, &str)> = views.iter().map(|(link, names)| (link.as_str(), names.as_str())).collect();
    let page = "https://r.example/skew-2026-W47.html";
    assert_eq!(
        found,
        [
            (page, "orders visits weather"),
            (page, "visits weather"),
            ("https://r.example/skew-risk-2026-W47.html", "orders"),
        ]
    );
}

#[tokio::test]
async fn messages_do_not_wait_for_files_for_ever() {
    let scene = Scene::of(
        "    to: reports\n    base_url: https://r.example\n    notify: [{ webhook: \"https://b.example\" }]\n",
    )
    .await;
    assert_eq!(scene.due(instant("2026-11-19T12:00:00Z")), [""; 0]);
    let monday = instant("2026-11-23T06:00:00Z");
    let files = ["everyone", "team growth", "team risk"].map(|whose| format!("2026-W47 {whose} files"));
    assert_eq!(scene.due(monday), files);
    let with_message: Vec<String> = files.iter().cloned().chain(["2026-W47 others webhook".to_owned()]).collect();
    assert_eq!(scene.due(monday.plus(HOUR / 4)), with_message);
}

#[tokio::test]
async fn what_is_too_old_or_gone_from_the_configuration_is_given_up() {
    let scene = Scene::of(
        "    give_up_after: 2d\n    notify: [{ slack_webhook: \"https://hooks.example/a\" }, { webhook: \"https://b.example\" }]\n",
    )
    .await;
    assert_eq!(scene.due(instant("2026-11-19T12:00:00Z")), [""; 0]);
    let monday = instant("2026-11-23T06:00:00Z");
    assert_eq!(scene.due(monday).len(), 2);
    assert_eq!(scene.desk().give_up(monday.plus(2 * DAY)).unwrap(), []);
    let mut settings = scene.plan.publish.reports.clone().unwrap();
    settings.channels.truncate(1);
    let mut fewer = Desk::open(&scene.path(), &scene.plan, &settings).unwrap();
    let clauses = |given_up: Vec<(skewwatch::history::DeliveryKey, String)>| -> Vec<String> {
        given_up.into_iter().map(|(key, cause)| format!("{}: {cause}", key.recipient.channel)).collect()
    };
    let gone = "webhook: the channel is no longer in the configuration";
    assert_eq!(clauses(fewer.give_up(monday.plus(HOUR)).unwrap()), [gone]);
    let old = "slack: it could not be delivered for too long: it was never sent";
    assert_eq!(clauses(fewer.give_up(monday.plus(2 * DAY + HOUR)).unwrap()), [old]);
    assert_eq!(scene.due(monday.plus(3 * DAY)), [""; 0]);
}

#[tokio::test]
async fn asking_by_hand_swallows_no_appointment() {
    let scene = Scene::of(SLACK).await;
    assert_eq!(scene.due(instant("2026-11-19T12:00:00Z")), [""; 0]);
    let late = instant("2026-11-23T09:00:00Z");
    let asked = scene.desk().ask(&ReportPeriod::parse("2026-W46", Tz::UTC).unwrap(), None, late).unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(scene.due(late), ["2026-W46 others slack", "2026-W47 others slack"]);
}

#[tokio::test]
async fn a_day_is_the_day_before() {
    let scene = Scene::of(&format!("    period: day\n{SLACK}")).await;
    assert_eq!(scene.due(instant("2026-11-19T12:00:00Z")), [""; 0]);
    assert_eq!(scene.due(instant("2026-11-23T06:00:00Z")), ["2026-11-22 others slack"]);
}
