//! Sides of different sizes, sides that do not answer, and checks that are switched off.

use skewwatch::judge::judge;
use skewwatch::model::check::{CheckKind, Finding, Passed, Unjudged};
use skewwatch::model::measurement::{KeyCounts, RoundReport, VerdictCounts};
use skewwatch::model::verdict::Verdict;

use crate::golden::Repository;

fn with(settings: &str) -> Repository {
    Repository::on_sqlite("skewed", &format!("feast: ./repo\n{settings}"))
}

fn lose_half_of_the_rows(repository: &Repository) {
    let store = rusqlite::Connection::open(repository.folder().join("repo/data/online_store.db")).unwrap();
    let half = "DELETE FROM \"shop_skewed_user_features\" WHERE entity_key IN \
                (SELECT DISTINCT entity_key FROM \"shop_skewed_user_features\" ORDER BY entity_key LIMIT 150)";
    assert!(store.execute(half, ()).unwrap() > 0);
}

async fn keys_of_users(repository: &Repository) -> KeyCounts {
    let report = repository.check().await;
    report.views.iter().find(|view| view.feature_view == "user_features").unwrap().keys
}

#[tokio::test]
async fn the_smaller_side_adds_only_keys_that_the_larger_side_does_not_know() {
    let both = with("sample: { keys: 50, rotating: 0% }\n");
    lose_half_of_the_rows(&both);
    let offline = with("sample: { keys: 50, rotating: 0%, source: [offline] }\n");
    lose_half_of_the_rows(&offline);
    let (both, offline) = (keys_of_users(&both).await, keys_of_users(&offline).await);
    assert_eq!(both.offline, offline.asked, "a key known offline was taken because it is online");
    assert_eq!(both.both, offline.both);
}

/// Every check of `kind`, whatever became of it.
fn filed(report: &RoundReport, kind: CheckKind) -> usize {
    let found = report.findings.iter().filter(|Finding { check, .. }| *check == kind).count();
    let unknown = report.unknown.iter().filter(|Unjudged { check, .. }| *check == kind).count();
    found + unknown + report.passed.iter().filter(|Passed { check, .. }| *check == kind).count()
}

#[tokio::test]
async fn a_check_that_is_switched_off_is_not_judged_and_does_not_count_as_judged() {
    let usual = with("").check().await;
    let off = with("checks: { defaults: { skew: none, coverage: none, phantom: none } }\n").check().await;
    for kind in [CheckKind::Skew, CheckKind::Coverage, CheckKind::Phantom] {
        assert!(filed(&usual, kind) > 0);
        assert_eq!(filed(&off, kind), 0, "{kind}");
    }
    assert_eq!(filed(&off, CheckKind::Undecodable), filed(&usual, CheckKind::Undecodable));
}

#[tokio::test]
async fn a_drift_limit_that_is_only_critical_is_judged() {
    let drift = "checks: { defaults: { drift: { psi: { critical: 0.19, minimum_n: 30 }, ks: none, missing: none, \
                 out_of_range: none } } }\n";
    let report = with(drift).check().await;
    let unjudged: Vec<&Unjudged> = report
        .unknown
        .iter()
        .filter(|unjudged| {
            unjudged.check == CheckKind::Drift && unjudged.feature.as_deref() == Some("total_orders_30d")
        })
        .collect();
    assert_eq!(unjudged, Vec::<&Unjudged>::new());
    assert!(filed(&report, CheckKind::Drift) > 0);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_not_a_view_that_was_never_materialized() {
    let repository = with("");
    let plan = repository.plan().await;
    let report = repository.check().await;
    let mut view = plan.views.iter().find(|view| view.name == "user_features").unwrap().clone();
    view.materialized = Some(false);
    let mut measured = report.views.iter().find(|view| view.feature_view == "user_features").unwrap().clone();
    let mut unread = VerdictCounts::default();
    (0..measured.keys.asked).for_each(|_| unread.add(Verdict::Unread));
    measured.keys = KeyCounts { online: 0, both: 0, ..measured.keys };
    measured.features.values_mut().for_each(|figures| figures.verdicts = unread);
    let kinds = |judgement: skewwatch::judge::Judgement| -> Vec<CheckKind> {
        judgement.findings.iter().map(|finding| finding.check).collect()
    };
    assert!(!kinds(judge(&view, &measured, &plan.checks)).contains(&CheckKind::NeverMaterialized));
    measured.features.values_mut().for_each(|figures| figures.verdicts = VerdictCounts::default());
    assert_eq!(kinds(judge(&view, &measured, &plan.checks)), [CheckKind::NeverMaterialized]);
}
