//! What others know of a finding, beside the history: why it is there, cells to look at, that it is accepted.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use skewwatch::model::check::{CheckKind, FindingKey};
use skewwatch::model::exhibit::Disclosure;
use skewwatch::publish::report::{
    ExampleCell, LikelyCause, Report, ReportPeriod, ReportRequest, ViewVerdict, html, markdown,
};
use skewwatch::run::serve::surroundings;

use super::sample::{Hour, MONDAY, Scene, WEEK};
use crate::pages::sample::{Trouble, entry, instant};

/// A week of a skewed feature, with what is known of it.
async fn known(fill: impl FnOnce(&mut ReportRequest<'_>, FindingKey)) -> Report {
    let mut scene = Scene::of(&[&entry("user_features", "team: risk", &["amount"])]).await;
    scene.live("user_features", 2 * WEEK, |_| Hour::Measured(Trouble { skewed: 0.008, ..Trouble::default() }));
    let mut request = ReportRequest {
        period: ReportPeriod::parse("2026-W47", Tz::UTC).unwrap(),
        views: surroundings(&scene.plan).views,
        not_watched: &[],
        team: None,
        accepted: BTreeMap::new(),
        causes: BTreeMap::new(),
        examples: BTreeMap::new(),
        disclosure: Disclosure::default(),
        configuration: "skewwatch.yaml".to_owned(),
        as_of: None,
        now: instant(MONDAY),
    };
    let key = FindingKey {
        feature_view: "user_features".to_owned(),
        feature: Some("amount".to_owned()),
        check: CheckKind::Skew,
    };
    fill(&mut request, key);
    Report::of(scene.history(), &request).unwrap()
}

/// The entry of the only finding, in Markdown.
fn told(report: &Report) -> String {
    let text = markdown(report);
    let (_, after) = text.split_once("## Findings by harm\n\n").unwrap();
    after.split("\n\n").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_cause_and_three_cells_stand_with_their_finding() {
    let cell = |number: u32| ExampleCell {
        entity: format!("h{number}"),
        offline_at: Some(instant("2026-11-20T10:00:00Z")),
        offline_value: Some("12.345".to_owned()),
        online_at: Some(instant("2026-11-20T10:00:00Z")),
        online_value: (number > 1).then(|| "12.35".to_owned()),
        difference: (number > 2).then(|| "online 0.04 % above".to_owned()),
    };
    let report = known(|request, key| {
        let likely = LikelyCause {
            cause: Some("online values are rounded".to_owned()),
            evidence: vec!["1,203 of 1,210 cells fit.".to_owned()],
            name: None,
            share: None,
            parameters: BTreeMap::new(),
        };
        request.causes.insert(key.clone(), likely);
        request.examples.insert(key, (1..=4).map(cell).collect());
    })
    .await;
    let expected = [
        "1. **Skew of user_features.amount** (warning): 0.85 % of 1,890 compared values differ; the limit is 0.5 %",
        "   - Since 2026-11-09 00:10 UTC (before this period); fired 6d 23h of the week; still open. Harm 1.415: warning, \
         0.85 % of cells at most.",
        "   - Of the cells that differ from the newest offline value 0 % only lag (95 % interval 0–19.4 %), the others are \
         skewed.",
        "   - Likely cause: online values are rounded. 1,203 of 1,210 cells fit.",
        "   - Examples from the last round that saw it; entity keys are hashed, values withheld:",
        "     - Entity h1: offline 12.345 (2026-11-20 10:00 UTC), online 2026-11-20 10:00 UTC",
        "     - Entity h2: offline 12.345 (2026-11-20 10:00 UTC), online 12.35 (2026-11-20 10:00 UTC)",
        "     - Entity h3: offline 12.345 (2026-11-20 10:00 UTC), online 12.35 (2026-11-20 10:00 UTC); online 0.04 % above",
        "   - Owner: risk. Next step: `skewwatch explain --config skewwatch.yaml --view user_features user_id=VALUE`",
    ];
    assert_eq!(told(&report).lines().collect::<Vec<_>>(), expected);
    let page = html(&report);
    assert_eq!((page.matches("Likely cause:").count(), page.matches("<caption>Examples").count()), (1, 1));
}

#[tokio::test]
async fn an_accepted_finding_is_told_and_spoils_no_verdict() {
    let report = known(|request, key| {
        request.accepted.insert(key, "accepted until 2026-12-31: the encoder rounds".to_owned());
    })
    .await;
    assert_eq!(report.findings.len(), 1);
    assert!(told(&report).contains("   - Accepted until 2026-12-31: the encoder rounds."));
    let view = &report.views[0];
    let why = "nothing fired in 168 rounds, but for 1 finding that is accepted";
    assert_eq!((view.verdict, view.why.as_str()), (ViewVerdict::Sound, why));
}
