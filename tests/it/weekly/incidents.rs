//! Features of one cause are one entry, and what is known of a cause is told with its evidence.

use skewwatch::history::HistoryReader;
use skewwatch::model::check::CheckKind;
use skewwatch::model::exhibit::Values::{Shown, Withheld};
use skewwatch::publish::report::{ChangeKind, FindingOfPeriod, Report, ViewVerdict};

use super::ills::{FILL, Ill};
use super::sample::{Hour, Scene, WEEK, forms, shop};
use crate::pages::sample::{Trouble, entry};

const FEATURES: [&str; 4] = ["a", "b", "c", "sound"];

/// Two weeks of a view whose features are ill together in the hours that `is_ill` says.
async fn lived(is_ill: impl Fn(u32) -> bool) -> Scene {
    let mut scene = Scene::of(&[&entry("carts", "team: risk", &FEATURES)]).await;
    scene.live("carts", 2 * WEEK, |hour| match is_ill(hour) {
        true => Hour::Ill(Trouble::default(), Ill::Scaled),
        false => Hour::Measured(Trouble::default()),
    });
    scene
}

fn changes(report: &Report, kind: ChangeKind) -> Vec<&str> {
    report.changes.iter().filter(|change| change.kind == kind).map(|change| change.text.as_str()).collect()
}

fn of_skew(report: &Report) -> Vec<&FindingOfPeriod> {
    report.findings.iter().filter(|finding| finding.check == CheckKind::Skew).collect()
}

fn episodes(history: &HistoryReader, period: &Report) -> usize {
    history.findings(skewwatch::history::Period { start: period.from, end: period.until }).unwrap().len()
}

#[tokio::test]
async fn features_of_one_cause_are_one_entry_that_speaks_for_all_of_them() {
    let scene = lived(|hour| (200..260).contains(&hour)).await;
    let report = scene.report("2026-W47");
    assert_eq!(episodes(scene.history(), &report), 3, "each has an episode of its own");
    let [incident] = of_skew(&report)[..] else { panic!("{:?}", report.findings) };
    let also: Vec<&str> = incident.also.iter().map(|other| other.feature.as_str()).collect();
    assert_eq!((incident.feature.as_deref(), also), (Some("c"), vec!["b", "a"]));
    let others: f64 = incident.also.iter().map(|other| other.harm).sum();
    let own = incident.harm - others;
    assert!(own >= incident.also[0].harm && incident.also[0].harm >= incident.also[1].harm && others > own);
    assert!(!incident.message.contains("the same holds for") && !incident.message.contains("likely cause"));
    let verdicts: Vec<(&str, ViewVerdict)> =
        report.views[0].features.iter().map(|feature| (feature.name.as_str(), feature.verdict)).collect();
    let [ill, sound] = [ViewVerdict::Warning, ViewVerdict::Sound];
    assert_eq!(verdicts, [("c", ill), ("b", ill), ("a", ill), ("sound", sound)]);
    assert_eq!(report.views[0].why, "skew of c and 2 more features, 2.02 % of cells at most, for 2d 12h");
    let since = "since 2026-11-17 08:10 UTC";
    assert_eq!(
        changes(&report, ChangeKind::NewFinding),
        [format!("New: skew of carts.c and 2 more features, {since}")]
    );
    let [_, (_, text), ..] = forms(&report);
    assert!(text.contains(" Lag is not involved: no cell that differs is merely outdated."), "{text}");
    let also = "   - The same cause, at the same time, hit b (1.59 % of cells), a (1.22 % of cells).";
    assert!(text.lines().any(|line| line == also), "{text}");
}

#[tokio::test]
async fn what_becomes_of_an_incident_is_told_once() {
    let both = lived(|hour| hour >= 100).await.report("2026-W47");
    assert_eq!(changes(&both, ChangeKind::NewFinding), [""; 0]);
    let [worse] = changes(&both, ChangeKind::Worse)[..] else { panic!("{:?}", both.changes) };
    assert!(worse.starts_with("Worse: skew of carts.c and 2 more features, harm "), "{worse}");
    let gone = lived(|hour| hour < 100).await.report("2026-W47");
    assert_eq!(changes(&gone, ChangeKind::Gone), ["Gone: skew of carts.c and 2 more features"]);
}

#[tokio::test]
async fn one_cause_at_two_times_is_two_entries() {
    let views = ["one", "other"].map(|name| entry(name, "team: risk", &FEATURES));
    let mut scene = Scene::of(&[&views[0], &views[1]]).await;
    let story = |hours: std::ops::Range<u32>| {
        move |hour| match hours.contains(&hour) {
            true => Hour::Ill(Trouble::default(), Ill::Scaled),
            false => Hour::Measured(Trouble::default()),
        }
    };
    scene.live("one", 2 * WEEK, story(180..200));
    scene.live("other", 2 * WEEK, story(180..200));
    assert_eq!(of_skew(&scene.report("2026-W47")).len(), 2, "of two views");
}

/// What the example tells of a finding, as it stands in Markdown.
fn told<'a>(text: &'a str, title: &str) -> Vec<&'a str> {
    let entry = text.split("\n\n").find(|entry| entry.contains(&format!("**{title}**"))).unwrap();
    entry.lines().filter_map(|line| line.trim_start().strip_prefix("- Likely cause: ")).collect()
}

#[tokio::test]
async fn every_kind_of_cause_is_told_with_what_speaks_for_it() {
    let [_, (_, text), ..] = forms(&shop().await.report("2026-W47"));
    let rounded = "values are served rounded to whole numbers in rows since 2026-11-18 12:00 UTC. It explains 49 of 62 \
                   differing cells (79.0 %). 0 of 1,790 consistent cells contradict. Rows before 2026-11-18 12:00 UTC are \
                   right. The next best cause scores 0.410 lower, of 1. Beside these, 40 cells are \
                   merely outdated, by their own time. Another 7 (11.3 %) are served as one and the same value where it is null for part of the \
                   entities. No cause is known of the other 6 cells (9.68 %).";
    assert_eq!(told(&text, "Skew of user_features.avg_order_value_7d"), [rounded]);
    let scaled = "values are served times 100 for part of the entities. It explains 45 of 45 differing cells (100 %). \
                  1,240 of 1,790 consistent cells are in its reach and were not hit: it hit 3.50 % of the cells that it \
                  could have. The very same cells are explained by duplication too. Beside these, 40 cells are merely \
                  outdated, by their own time.";
    assert_eq!(told(&text, "Skew of cart_features.spend_7d and 3 more features"), [scaled]);
    let unexplained = "not known. None of the known causes fits the 57 differing cells. They are served by the node of slot \
                       5461. Beside these, 40 cells are merely outdated, by their own time.";
    assert_eq!(told(&text, "Skew of order_features.amount"), [unexplained]);
    let few = "not known. 13 differing cells are too few to tell a cause from: it takes 30.";
    assert_eq!(told(&text, "Skew of session_features.clicks"), [few]);
    let expired = "rows expire too early, from an age of 20h on. 140 of 152 keys without every feature have no row \
                   at all (92.1 %). Nearly all rows of that age are gone, and nearly none that are younger.";
    assert_eq!(told(&text, "Coverage of session_features"), [expired]);
    let still = "nothing is written online, while the snapshot moves on. In 12 rounds the snapshot had moved on, and no row \
                 online had. 1,450 rows are 1 to 3 versions behind (1h to 3h).";
    assert_eq!(told(&text, "Freshness of session_features"), [still]);
}

#[tokio::test]
async fn the_value_that_is_served_in_place_of_others_is_told_only_where_it_may_be() {
    let filled = Trouble { skewed: 0.031, ..Trouble::default() };
    for (kept, told) in [(Withheld, Withheld), (Withheld, Shown), (Shown, Withheld), (Shown, Shown)] {
        let mut scene = Scene::of(&[&entry("user_features", "team: risk", &["age", "amount"])]).await;
        scene.plan.publish.disclosure.values = kept;
        scene.live("user_features", 2 * WEEK, |_| Hour::Ill(filled, Ill::Filled));
        scene.plan.publish.disclosure.values = told;
        for (ending, text) in forms(&scene.report("2026-W47")) {
            let is_told = (kept, told) == (Shown, Shown) && ending != "slack.json";
            assert_eq!(text.contains(FILL), is_told, "{ending}: kept {kept:?}, told {told:?}");
        }
    }
}
