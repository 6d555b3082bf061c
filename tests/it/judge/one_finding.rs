//! Causes that would be found again in every feature are found once.

use std::fs;

use skewwatch::config;
use skewwatch::demo::fault::FaultChoice;
use skewwatch::demo::online::OnlineTarget;
use skewwatch::demo::{Settings, make};
use skewwatch::model::check::CheckKind;
use skewwatch::model::measurement::RoundReport;
use skewwatch::run::{RoundOptions, round};

use crate::golden::{Repository, as_of};

fn kinds(report: &RoundReport, view: &str) -> Vec<CheckKind> {
    report.findings.iter().filter(|finding| finding.feature_view == view).map(|finding| finding.check).collect()
}

#[tokio::test]
async fn a_view_that_was_never_materialized_is_one_finding() {
    let repository = Repository::on_sqlite("skewed", "feast: ./repo\n");
    let store = rusqlite::Connection::open(repository.folder().join("repo/data/online_store.db")).unwrap();
    store.execute("DELETE FROM \"shop_skewed_user_features\"", ()).unwrap();
    drop(store);
    let report = repository.check().await;
    assert_eq!(report.failures, []);
    assert_eq!(kinds(&report, "user_features"), [CheckKind::NeverMaterialized]);
    assert!(report.unknown.iter().all(|unjudged| unjudged.feature_view != "user_features"));
    let message = &report.findings.iter().find(|finding| finding.feature_view == "user_features").unwrap().message;
    assert_eq!(
        message,
        "never materialized: the registry says `online: true`, knows no materialization, and none of 300 keys has a row"
    );
    let other = round(&repository.plan().await, RoundOptions { as_of: Some(as_of()), progress: &|_| {} }).await;
    assert_eq!(kinds(&other, "driver_profile"), [CheckKind::Skew], "the other views are judged as ever");
}

#[tokio::test]
async fn timestamps_that_do_not_line_up_are_one_finding_and_leave_skew_unjudged() {
    let folder = tempfile::tempdir().unwrap();
    let made = make(&Settings {
        folder: folder.path().join("shop"),
        entities: 300,
        days: 14,
        seed: 7,
        faults: FaultChoice::parse("none").unwrap(),
        online: OnlineTarget::Sqlite,
    })
    .await
    .unwrap();
    // Rows that the stream wrote between the cuts are old enough to be compared once the ttl does not matter.
    let text = "feast: .\nfeature_views:\n  - { name: user_features, pairing: version, ttl: 0 }\n";
    fs::write(&made.configuration, text).unwrap();
    let store = rusqlite::Connection::open(made.configuration.with_file_name("data/online_store.db")).unwrap();
    store.execute("UPDATE \"shop_user_features\" SET event_ts = event_ts - 1800", ()).unwrap();
    drop(store);
    let plan = config::load(&made.configuration, &|_| None).await.unwrap();
    let report = round(&plan, RoundOptions { as_of: Some(made.as_of), progress: &|_| {} }).await;
    assert_eq!(report.failures, []);
    assert_eq!(kinds(&report, "user_features"), [CheckKind::Timestamps]);
    let unjudged: Vec<CheckKind> = report.unknown.iter().map(|unjudged| unjudged.check).collect();
    let skew = unjudged.iter().filter(|check| **check == CheckKind::Skew).count();
    assert_eq!(skew, plan.views[0].features.len(), "{:?}", report.unknown);
    assert!(unjudged.contains(&CheckKind::Phantom));
}
