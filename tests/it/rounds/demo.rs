//! The demo's shop, paired by the time in force: the verdicts are those of the list that the demo wrote beside it.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value as Json;
use skewwatch::demo::fault::FaultChoice;
use skewwatch::demo::online::OnlineTarget;
use skewwatch::demo::{Settings, make};
use skewwatch::model::cause::{Recoding, Relation};
use skewwatch::model::check::{CheckKind, Finding};
use skewwatch::model::measurement::ViewMeasurement;
use skewwatch::model::verdict::Verdict;

use super::check;

/// The view as a round measures it, and the demo's own list.
async fn measured(faults: &str) -> (ViewMeasurement, Json) {
    let home = tempfile::tempdir().unwrap();
    let made = make(&Settings {
        folder: home.path().join("demo"),
        entities: 1500,
        days: 7,
        seed: 5,
        faults: FaultChoice::parse(faults).unwrap(),
        online: OnlineTarget::Sqlite,
    })
    .await
    .unwrap();
    let mut report = check(&made.configuration, &made.as_of.to_string()).await;
    assert_eq!(report.failures, []);
    assert_eq!(report.views.len(), 1);
    (report.views.remove(0), serde_json::from_slice(&fs::read(&made.faults).unwrap()).unwrap())
}

#[tokio::test]
async fn every_finding_of_skew_in_a_shop_with_every_fault_names_what_was_done() {
    let home = tempfile::tempdir().unwrap();
    let made = make(&Settings {
        folder: home.path().join("demo"),
        entities: 2000,
        days: 14,
        seed: 1,
        faults: FaultChoice::every(),
        online: OnlineTarget::Sqlite,
    })
    .await
    .unwrap();
    let report = check(&made.configuration, &made.as_of.to_string()).await;
    let features = &report.views[0].features;
    let named = |feature: &str| {
        let causes = features[feature].diagnosis.as_ref().unwrap().of_skew();
        causes.map(|cause| cause.relation.clone()).collect::<Vec<_>>()
    };
    let truth = BTreeMap::from([
        ("account_age_days", Relation::TimeZone { by: 1.0 }),
        ("avg_order_value_7d", Relation::Scaled { factor: 100.0 }),
        ("fraud_score", Relation::Filled { with: Some("0.0".to_owned()) }),
        ("preferred_category", Relation::Recoded(Recoding::Lowered)),
    ]);
    let found: Vec<(&str, Relation)> = (report.findings.iter().flat_map(Finding::each))
        .filter(|finding| finding.check == CheckKind::Skew)
        .map(|finding| {
            assert!(finding.message.contains("; likely cause, of "), "{}", finding.message);
            let feature = finding.feature.as_deref().unwrap();
            (feature, named(feature).swap_remove(0))
        })
        .collect();
    assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), truth);
}

/// The verdicts with a count, by feature.
fn counted(view: &ViewMeasurement) -> BTreeMap<&str, BTreeMap<&'static str, u64>> {
    let of_feature = |verdicts: &dyn Fn(Verdict) -> u64| -> BTreeMap<&'static str, u64> {
        let counts = Verdict::ALL.into_iter().map(|verdict| (verdict.name(), verdicts(verdict)));
        counts.filter(|(_, count)| *count > 0).collect()
    };
    view.features
        .iter()
        .map(|(name, found)| (name.as_str(), of_feature(&|verdict| found.verdicts.count(verdict))))
        .collect()
}

#[tokio::test]
async fn a_shop_without_faults_has_nothing_but_consistent_and_newer_cells() {
    let (view, truth) = measured("none").await;
    for (feature, counts) in counted(&view) {
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), ["ahead", "consistent"], "{feature}");
    }
    assert_eq!(serde_json::to_value(counted(&view)).unwrap(), truth["verdicts"]);
}

#[tokio::test]
async fn a_shop_with_every_fault_gives_the_counts_of_its_fault_list() {
    let (view, truth) = measured("default").await;
    assert_eq!(serde_json::to_value(counted(&view)).unwrap(), truth["verdicts"]);
    let mut served: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for cell in truth["cells"].as_array().unwrap() {
        if let Some(outcome) = cell["expired_served"].as_str() {
            *served.entry((cell["feature"].as_str().unwrap(), outcome)).or_default() += 1;
        }
    }
    let of = |feature, outcome| served.get(&(feature, outcome)).copied().unwrap_or(0);
    for (feature, found) in &view.features {
        let found = found.expired_served;
        let listed =
            (of(feature, "consistent"), of(feature, "stale"), of(feature, "skewed"), of(feature, "unverified"));
        assert_eq!((found.consistent, found.stale, found.skewed, found.unverified), listed, "{feature}");
    }
    assert!(!served.is_empty());
}
