//! No entity key stands in any form of a report that was made from a round over a real store.

use std::fs;

use serde_json::Value as Json;
use skewwatch::config;
use skewwatch::demo::fault::FaultChoice;
use skewwatch::demo::online::OnlineTarget;
use skewwatch::demo::{Settings, make};
use skewwatch::history::{History, HistorySettings, RoundRecord};
use skewwatch::publish::report::ReportPeriod;
use skewwatch::run::{RoundOptions, WantedReport, report, round};

use super::sample::forms;

#[tokio::test]
async fn no_form_names_an_entity_of_a_broken_shop() {
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
    let mut history = History::open(&HistorySettings::new(home.path().join("history.db"))).unwrap();
    let records: Vec<RoundRecord> = plan.views.iter().map(|view| RoundRecord::of(&found, &view.name)).collect();
    history.record(&records).unwrap();
    let zone = plan.service.schedule.zone;
    let last = ReportPeriod::last_week(made.as_of.plus(std::time::Duration::from_secs(7 * 86_400)), zone).unwrap();
    let wanted = WantedReport { period: last, team: None, view: None, configuration: "skewwatch.yaml".to_owned() };
    let report = report(history.reader(), &plan, (&wanted, made.as_of)).unwrap();
    assert!(!report.findings.is_empty());
    let truth: Json = serde_json::from_slice(&fs::read(&made.faults).unwrap()).unwrap();
    let cells = truth["cells"].as_array().unwrap();
    assert!(!cells.is_empty());
    for (ending, text) in forms(&report) {
        for cell in cells {
            let entity = cell["entity"].as_str().unwrap();
            assert!(!text.contains(entity), "{ending} names {entity}");
        }
    }
}
