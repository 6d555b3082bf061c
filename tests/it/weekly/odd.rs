//! Weeks in which little or nothing was seen: each reads well and says what is true.

use skewwatch::model::measurement::DriftVerdict;
use skewwatch::model::time::Timestamp;
use skewwatch::publish::report::{ChangeKind, Report, ViewVerdict, markdown};

use super::sample::{Hour, Scene, WEEK, forms};
use crate::pages::sample::{Trouble, entry, instant};

const MONDAY_NOON: &str = "2026-11-16T12:00:00Z";

async fn one_view(features: &[&str]) -> Scene {
    Scene::of(&[&entry("user_features", "team: risk", features)]).await
}

fn calm(_: u32) -> Hour {
    Hour::Measured(Trouble::default())
}

/// The verdict of the only view, and why.
fn verdict(report: &Report) -> (ViewVerdict, &str) {
    assert_eq!(report.views.len(), 1);
    (report.views[0].verdict, &report.views[0].why)
}

fn changes(report: &Report) -> Vec<(ChangeKind, &str)> {
    report.changes.iter().map(|change| (change.kind, change.text.as_str())).collect()
}

fn not_judged(report: &Report) -> Vec<String> {
    let words = |entry: &skewwatch::publish::report::NotJudged| {
        format!("{} {}: {}", entry.what, entry.features.join(","), entry.why)
    };
    report.not_judged.iter().map(words).collect()
}

/// No form has a figure that is none, and no form is empty.
fn reads_well(report: &Report) {
    for (ending, text) in forms(report) {
        for wrong in ["NaN", "inf ", "-0 ", " .", "..", "  ago"] {
            let text = text.split("</style>").last().unwrap().replace("2026-11-02..", "");
            assert!(
                !text.contains(wrong) || ending.ends_with("json") || ending == "md" && wrong == "..",
                "{ending}: {wrong}"
            );
        }
        assert!(text.len() > 100);
    }
}

#[tokio::test]
async fn a_history_without_rounds_judges_nothing() {
    let scene = one_view(&["amount"]).await;
    let report = scene.report("2026-W47");
    assert_eq!(verdict(&report), (ViewVerdict::NotJudged, "there was no round"));
    assert_eq!(changes(&report), [(ChangeKind::NothingBefore, "Nothing is known of the week before")]);
    assert_eq!(not_judged(&report), ["rounds : there was no round"]);
    assert_eq!((report.findings.len(), report.budgets.len()), (0, 0));
    reads_well(&report);
}

#[tokio::test]
async fn an_empty_week_after_a_full_one_is_silence_and_not_health() {
    let mut scene = one_view(&["amount"]).await;
    scene.live("user_features", WEEK, calm);
    let report = scene.report("2026-W47");
    assert_eq!(verdict(&report), (ViewVerdict::NotJudged, "there was no round"));
    assert_eq!(changes(&report), [(ChangeKind::ViewSilent, "View user_features had no round any more")]);
    reads_well(&report);
}

#[tokio::test]
async fn a_week_of_failures_says_how_many_and_why() {
    let mut scene = one_view(&["amount"]).await;
    scene.live("user_features", 2 * WEEK, |hour| if hour < WEEK { calm(hour) } else { Hour::Failed });
    let report = scene.report("2026-W47");
    assert_eq!(verdict(&report), (ViewVerdict::NotJudged, "none of 168 rounds could be measured"));
    assert_eq!(
        not_judged(&report),
        [
            "rounds : 168 of 168 hours have no measured round",
            "rounds : 168 of 168 rounds failed and 0 were read in part: 168 × timeout while it was to be sampled",
        ]
    );
    assert_eq!(changes(&report), []);
    reads_well(&report);
}

#[tokio::test]
async fn one_round_is_told_as_one_round() {
    let mut scene = one_view(&["amount"]).await;
    scene.live("user_features", WEEK + 1, |hour| if hour == WEEK { calm(hour) } else { Hour::Silent });
    let report = scene.report_at("2026-W47", instant(MONDAY_NOON));
    assert_eq!(verdict(&report), (ViewVerdict::Sound, "nothing fired in 1 round; measured in 1 of 12 hours"));
    assert_eq!(changes(&report), [(ChangeKind::NothingBefore, "Nothing is known of the week before")]);
    reads_well(&report);
}

#[tokio::test]
async fn a_finding_of_one_round_is_there() {
    let mut scene = one_view(&["amount"]).await;
    let skewed =
        |hour| if hour == WEEK { Hour::Measured(Trouble { skewed: 0.05, ..Trouble::default() }) } else { Hour::Silent };
    scene.live("user_features", WEEK + 1, skewed);
    let report = scene.report("2026-W47");
    assert_eq!(report.findings.len(), 1);
    assert_eq!((report.findings[0].seconds, report.findings[0].ended), (1.0, None));
    assert_eq!(verdict(&report).0, ViewVerdict::Critical);
    reads_well(&report);
}

#[tokio::test]
async fn a_view_that_came_in_the_middle_is_new_and_told_since_when() {
    let names = ["user_features", "late_features"].map(|name| entry(name, "team: risk", &["amount"]));
    let mut scene = Scene::of(&[&names[0], &names[1]]).await;
    scene.live("user_features", 2 * WEEK, calm);
    scene.live("late_features", 2 * WEEK, |hour| if hour < WEEK + 60 { Hour::Silent } else { calm(hour) });
    let report = scene.report("2026-W47");
    let told = [(ChangeKind::ViewAdded, "View late_features is new, measured since 2026-11-18 12:00 UTC")];
    assert_eq!(changes(&report), told);
    let late = report.views.iter().find(|view| view.name == "late_features").unwrap();
    assert_eq!(late.why, "nothing fired in 108 rounds; measured in 108 of 168 hours");
    reads_well(&report);
}

#[tokio::test]
async fn a_feature_that_came_where_another_went_is_perhaps_the_same() {
    let mut scene = one_view(&["amount", "amount_eur", "items"]).await;
    scene.live("user_features", 2 * WEEK, |hour| Hour::Without(if hour < WEEK + 30 { "amount_eur" } else { "amount" }));
    let report = scene.report("2026-W47");
    let told = "Feature amount_eur of user_features came where amount went at 2026-11-17 06:00 UTC: perhaps it was renamed; \
                they are not compared with each other";
    assert_eq!(changes(&report), [(ChangeKind::FeatureRenamed, told)]);
    let names: Vec<&str> = report.views[0].features.iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(names, ["amount", "amount_eur", "items"]);
    reads_well(&report);
}

#[tokio::test]
async fn a_finding_that_goes_on_fired_within_the_week_only_as_long_as_the_week_is() {
    let mut scene = one_view(&["amount"]).await;
    scene.live("user_features", 2 * WEEK, |_| Hour::Measured(Trouble { skewed: 0.05, ..Trouble::default() }));
    let report = scene.report("2026-W47");
    let finding = &report.findings[0];
    let last: Timestamp = instant("2026-11-22T23:10:00Z");
    assert_eq!(finding.seconds, last.since(report.from).unwrap().as_secs_f64());
    assert_eq!((finding.onset, finding.ended, finding.episodes), (instant("2026-11-09T00:10:00Z"), None, 1));
    assert!(changes(&report).is_empty());
    assert!(markdown(&report).contains("Since 2026-11-09 00:10 UTC (before this period)"));
}

#[tokio::test]
async fn a_week_that_is_over_tells_the_interval_of_its_drift_and_not_that_of_today() {
    let mut scene = one_view(&["amount", "items"]).await;
    scene.live("user_features", 2 * WEEK, |hour| {
        let drift = if hour < WEEK { 0.31 } else { 0.0 };
        Hour::Measured(Trouble { drift, ..Trouble::default() })
    });
    let newest = |period: &str| {
        let mut report = scene.report(period);
        let features = report.views.remove(0).features;
        let drift = features.into_iter().find(|feature| feature.name == "items").unwrap().drift.unwrap();
        let newest = drift.newest.unwrap();
        assert!(newest.at >= report.from && newest.at < report.until, "{newest:?}");
        (newest.said.effect, newest.said.interval.is_some(), newest.said.verdict)
    };
    let (then, now) = (newest("2026-W46"), newest("2026-W47"));
    assert_eq!((then.1, then.2), (true, DriftVerdict::Drifted));
    assert!(then.0 > now.0 && now.2 == DriftVerdict::Stable, "{then:?} {now:?}");
}
