//! Cells that a real round kept: they are those that were broken, and values stand with them only where they may.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use skewwatch::config::{self, Plan};
use skewwatch::demo::fault::FaultChoice;
use skewwatch::demo::online::OnlineTarget;
use skewwatch::demo::{Made, Settings, make};
use skewwatch::history::{History, HistorySettings, RoundRecord};
use skewwatch::model::check::CheckKind;
use skewwatch::model::exhibit::{Disclosure, Entities, Examples, Values};
use skewwatch::model::measurement::RoundReport;
use skewwatch::publish::report::{ExampleCell, Report, ReportPeriod};
use skewwatch::run::{RoundOptions, WantedReport, report, round};
use tempfile::TempDir;

use super::sample::forms;

const EVERYTHING: Disclosure = Disclosure { values: Values::Shown, entities: Entities::Shown };

/// A broken shop, and a round over it.
pub(super) struct Broken {
    home: TempDir,
    made: Made,
    plan: Plan,
    found: RoundReport,
}

impl Broken {
    pub(super) async fn shop() -> Self {
        let home = tempfile::tempdir().unwrap();
        let made = make(&Settings {
            folder: home.path().join("demo"),
            entities: 400,
            days: 7,
            seed: 5,
            faults: FaultChoice::parse("default").unwrap(),
            online: OnlineTarget::Sqlite,
        })
        .await
        .unwrap();
        let plan = config::load(&made.configuration, &|_| None).await.unwrap();
        let found = round(&plan, RoundOptions { as_of: Some(made.as_of), progress: &|_| {} }).await;
        assert!(!found.findings.is_empty());
        Self { home, made, plan, found }
    }

    /// The report of the week of the round; what may be told when it was recorded, and when the report is made.
    pub(super) fn report(&self, kept: Disclosure, told: Disclosure) -> Report {
        let folder = tempfile::tempdir_in(self.home.path()).unwrap();
        let mut history = History::open(&HistorySettings::new(folder.path().join("history.db"))).unwrap();
        let record = |view: &str| RoundRecord { disclosure: kept, ..RoundRecord::of(&self.found, view) };
        history.record(&self.plan.views.iter().map(|view| record(&view.name)).collect::<Vec<_>>()).unwrap();
        let mut plan = self.plan.clone();
        plan.publish.disclosure = told;
        let week = std::time::Duration::from_secs(7 * 86_400);
        let period = ReportPeriod::last_week(self.made.as_of.plus(week), plan.service.schedule.zone).unwrap();
        let wanted = WantedReport { period, team: None, view: None, configuration: "skewwatch.yaml".to_owned() };
        let report = report(history.reader(), &plan, (&wanted, self.made.as_of)).unwrap();
        assert!(!report.findings.is_empty());
        report
    }

    fn truth(&self) -> Json {
        serde_json::from_slice(&std::fs::read(&self.made.faults).unwrap()).unwrap()
    }

    /// Entities whose cell of a feature has a verdict.
    fn entities(&self, feature: &str, verdict: &str) -> BTreeSet<String> {
        let truth = self.truth();
        let cells = truth["cells"].as_array().unwrap().iter();
        let wanted = cells.filter(|cell| cell["feature"] == feature && cell["verdict"] == verdict);
        wanted.map(|cell| cell["entity"].as_str().unwrap().to_owned()).collect()
    }
}

fn cells<'a>(report: &'a Report, feature: &str, check: CheckKind) -> &'a [ExampleCell] {
    let is_it = |finding: &&skewwatch::publish::report::FindingOfPeriod| {
        finding.feature.as_deref() == Some(feature) && finding.check == check
    };
    &report.findings.iter().find(is_it).unwrap().examples
}

#[tokio::test]
async fn examples_are_cells_that_were_broken() {
    let shop = Broken::shop().await;
    let report = shop.report(EVERYTHING, EVERYTHING);
    for (feature, check, verdict, difference) in [
        ("avg_order_value_7d", CheckKind::Skew, "skewed", "online 100 × offline"),
        ("preferred_category", CheckKind::Skew, "skewed", "the same text but for its case"),
        ("total_orders_30d", CheckKind::Undecodable, "undecodable", "bytes online that are no value"),
    ] {
        let (cells, broken) = (cells(&report, feature, check), shop.entities(feature, verdict));
        assert_eq!(cells.len(), 3.min(broken.len()), "{feature}");
        for cell in cells {
            assert!(broken.contains(&cell.entity), "{} of {feature} is not {verdict}", cell.entity);
            assert_eq!(cell.difference.as_deref(), Some(difference));
            assert_eq!(cell.online_value.is_none(), check == CheckKind::Undecodable);
            assert!(cell.offline_value.is_some() && cell.offline_at.is_some() && cell.online_at.is_some());
        }
    }
    let examples: &Examples = &shop.found.views[0].examples;
    assert!(examples.values().all(|cells| (1..=3).contains(&cells.len())));
}

#[tokio::test]
async fn no_form_names_an_entity_or_a_value_unless_allowed() {
    let shop = Broken::shop().await;
    let truth = shop.truth();
    let entities: BTreeSet<&str> =
        truth["cells"].as_array().unwrap().iter().map(|cell| cell["entity"].as_str().unwrap()).collect();
    assert!(entities.len() > 10);
    let names = ["Books", "Electronics", "Fashion", "Garden", "Groceries", "electronics", "fashion", "groceries"];
    let nothing = Disclosure::default();
    let shown = shop.report(EVERYTHING, EVERYTHING);
    // Ends of ranges are aggregates, though a value may lie on one.
    let withheld = shop.report(nothing, nothing);
    let features = withheld.views.iter().flat_map(|view| &view.features);
    let labels: Vec<&str> =
        features.flat_map(|feature| &feature.bars).flat_map(|bars| &bars.bars).map(|bar| bar.label.as_str()).collect();
    assert!(labels.contains(&"value 1") && labels.iter().any(|label| label.starts_with('≤')), "{labels:?}");
    let values: BTreeSet<&str> = shown
        .findings
        .iter()
        .flat_map(|finding| &finding.examples)
        .flat_map(|cell| [&cell.offline_value, &cell.online_value])
        .flatten()
        .map(String::as_str)
        .filter(|value| value.len() > 4 && !labels.iter().any(|label| label.contains(value)))
        .collect();
    assert!(values.len() > 3, "{values:?}");
    for (kept, told) in [(nothing, nothing), (nothing, EVERYTHING), (EVERYTHING, nothing)] {
        for (ending, text) in forms(&shop.report(kept, told)) {
            // In JSON values are texts, and a share may have the digits of one.
            let value = |value: &&str| if ending == "json" { format!("{value:?}") } else { (*value).to_owned() };
            let secrets = entities.iter().chain(&names).map(|name| (*name).to_owned()).chain(values.iter().map(value));
            let leaked: Vec<String> = secrets.filter(|secret| text.contains(secret)).collect();
            assert!(leaked.is_empty(), "{ending} tells {leaked:?}");
        }
    }
    let [(_, page), ..] = forms(&shown);
    assert!(names.iter().any(|name| page.contains(name)) && entities.iter().any(|entity| page.contains(entity)));
}
