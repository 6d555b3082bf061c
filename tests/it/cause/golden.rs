//! The faults that were injected into what the real Feast wrote are named, with their parameters.

use skewwatch::model::cause::{MissingRows, Recoding, Relation, RowFaults, RowsBehind};
use skewwatch::model::check::{CheckKind, Finding};
use skewwatch::model::measurement::RoundReport;
use skewwatch::model::verdict::Verdict;

use crate::golden::Repository;

fn relations(report: &RoundReport, feature: &str) -> Vec<Relation> {
    let view = report.views.iter().find(|view| view.feature_view == "user_features").unwrap();
    let diagnosis = view.features[feature].diagnosis.as_ref().unwrap();
    diagnosis.causes.iter().map(|cause| cause.relation.clone()).collect()
}

#[tokio::test]
async fn the_faults_of_features_are_named() {
    let shown = "feast: ./repo\npublish: { values: shown }\n";
    let report = Repository::on_sqlite("skewed", shown).check().await;
    let top = |feature: &str| relations(&report, feature).into_iter().next().unwrap();
    assert_eq!(top("avg_order_value_7d"), Relation::Scaled { factor: 100.0 });
    assert_eq!(top("account_age_days"), Relation::TimeZone { by: 1.0 });
    assert_eq!(top("total_orders_30d"), Relation::OffByOne { versions: Some(1) });
    assert_eq!(top("preferred_category"), Relation::Recoded(Recoding::Lowered));
    assert_eq!(top("fraud_score"), Relation::Filled { with: Some("0.0".to_owned()) });
}

#[tokio::test]
async fn the_faults_of_rows_are_named() {
    let report = Repository::on_sqlite("skewed", "feast: ./repo\n").check().await;
    let view = report.views.iter().find(|view| view.feature_view == "user_features").unwrap();
    let verdicts = &view.features["fraud_score"].verdicts;
    // Nine rows are three days old and more, twelve are one day behind: all of these are past the ttl of a day.
    assert_eq!((verdicts.count(Verdict::MissingOnline), verdicts.count(Verdict::Expired)), (15, 9 + 12));
    let stale = relations(&report, "fraud_score");
    assert!(matches!(stale[1], Relation::Stale { .. }), "{stale:?}");
    let day = 86_400.0;
    let behind = |rows, versions: u64| RowsBehind {
        rows,
        least_versions: versions,
        most_versions: versions,
        least_seconds: day * versions as f64,
        most_seconds: day * versions as f64,
    };
    let missing = MissingRows { rows: 15, from_age_seconds: None };
    let behind = vec![behind(12, 1), behind(9, 3)];
    assert_eq!(view.rows, RowFaults { missing: Some(missing), behind, unmoved_rounds: 0 });
    let told = |check: CheckKind| {
        let of_view = |finding: &&Finding| finding.check == check && finding.feature.is_none();
        let mut own = report.findings.iter().filter(|finding| finding.feature_view == "user_features").filter(of_view);
        own.next().unwrap().message.split_once("; ").unwrap().1.to_owned()
    };
    assert_eq!(told(CheckKind::Coverage), "15 rows are missing, whatever their age: lost, or never written");
    assert_eq!(told(CheckKind::Freshness), "12 rows are 1 version behind (1d), 9 rows are 3 versions behind (3d)");
}

#[tokio::test]
async fn a_finding_of_skew_tells_its_likely_cause() {
    let report = Repository::on_sqlite("skewed", "feast: ./repo\n").check().await;
    let scaled = report.findings.iter().find(|finding| finding.feature.as_deref() == Some("avg_order_value_7d"));
    let message = &scaled.unwrap().message;
    let (_, cause) = message.split_once("; likely cause").unwrap();
    assert_eq!(cause, ", of 285 differing values: 100 % are served times 100 everywhere");
}
