//! Rules for other configurations: windows that fit the rounds, pairs that are refused, names that try to break out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use skewwatch::publish::rules::{self, Pace, RuleSettings, Written};

use super::tools::{folder, run};

fn pace(seconds: u64, budget: f64) -> Pace {
    Pace { interval: Duration::from_secs(seconds), budget }
}

fn every(seconds: u64) -> RuleSettings {
    RuleSettings { pace: pace(seconds, 0.01), ..RuleSettings::default() }
}

fn with_exceptions<const N: usize>(exceptions: [(&str, Pace); N]) -> RuleSettings {
    let exceptions = exceptions.map(|(view, pace)| (view.to_owned(), pace));
    RuleSettings { exceptions: BTreeMap::from(exceptions), ..RuleSettings::default() }
}

fn refused(settings: &RuleSettings) -> Vec<String> {
    rules::write(settings).unwrap().refused.iter().map(ToString::to_string).collect()
}

fn text<'a>(written: &'a Written, name: &str) -> &'a str {
    &written.files.iter().find(|file| file.name == name).unwrap().text
}

/// Ranges that recorded series are computed over, in their order.
fn windows(written: &Written) -> Vec<String> {
    let names = text(written, "recording.yaml").lines().filter_map(|line| line.split_once("ratio_rate"));
    names.map(|(_, window)| window.to_owned()).collect()
}

fn put(written: &Written, folder: &Path) {
    for file in &written.files {
        std::fs::write(folder.join(&file.name), &file.text).unwrap();
    }
}

/// The error for `settings`, as text.
fn error(settings: &RuleSettings) -> String {
    rules::write(settings).unwrap_err().to_string()
}

#[test]
fn short_windows_grow_until_they_hold_three_rounds() {
    let windows = |seconds| windows(&rules::write(&every(seconds)).unwrap());
    assert_eq!(windows(60), ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]);
    assert_eq!(windows(300), ["15m", "30m", "1h", "2h", "6h", "1d", "3d"]);
    assert_eq!(windows(1_199), ["59m57s", "1h", "2h", "6h", "1d", "3d"]);
    assert_eq!(windows(3_600), ["3h", "6h", "1d", "3d"]);
}

#[test]
fn a_pair_that_the_rounds_cannot_meet_is_refused_with_the_least_window() {
    assert_eq!(refused(&every(1_199)), [""; 0]);
    assert_eq!(
        refused(&every(1_200)),
        [
            "burn pair 1h & 5m × 14.4 (critical) is left out: rounds are 20m apart, so the least window is 1h, and 1h is not more"
        ]
    );
    assert_eq!(
        refused(&with_exceptions([("a", pace(7_200, 0.01)), ("b", pace(7_200, 0.01)), ("c", pace(300, 0.01))])),
        [
            "burn pair 1h & 5m × 14.4 (critical) is left out for `a`, `b`: rounds are 2h apart, so the least window is 6h, and \
             1h is not more",
            "burn pair 6h & 30m × 6 (critical) is left out for `a`, `b`: rounds are 2h apart, so the least window is 6h, and 6h \
             is not more",
        ]
    );
}

#[test]
fn a_pair_whose_limit_no_share_exceeds_is_refused() {
    assert_eq!(
        refused(&with_exceptions([("a", pace(300, 0.1))])),
        [
            "burn pair 1h & 5m × 14.4 (critical) is left out for `a`: 14.4 times the budget of 0.1 is not below 1, which no share \
          exceeds"
        ]
    );
}

#[test]
fn an_alert_whose_pairs_are_all_refused_is_not_written() {
    let written = rules::write(&every(86_400)).unwrap();
    assert_eq!(written.refused.len(), 4);
    assert_eq!(windows(&written), [""; 0]);
    assert!(!text(&written, "freshness.yaml").contains("alert: SkewwatchFreshnessBudget"));
    let folder = tempfile::tempdir().unwrap();
    put(&written, folder.path());
    run("promtool", &["check", "rules", "--lint-fatal", "freshness.yaml", "recording.yaml"], folder.path());
}

/// The tests of hourly rounds name views with a pace of their own.
#[test]
fn views_with_a_pace_of_their_own_fire_and_keep_quiet_by_it() {
    let settings = with_exceptions([("hourly", pace(3_600, 0.05)), ("daily.*", pace(86_400, 0.01))]);
    let written = rules::write(&settings).unwrap();
    let place = tempfile::tempdir().unwrap();
    put(&written, place.path());
    std::fs::create_dir(place.path().join("tests")).unwrap();
    std::fs::copy(folder().join("tests/paces/paces.yaml"), place.path().join("tests/paces.yaml")).unwrap();
    run("promtool", &["test", "rules", "tests/paces.yaml"], place.path());
}

#[test]
fn labels_and_addresses_stand_on_every_alert() {
    let labels = [("environment", "it's live: #1"), ("region", "eu")];
    let settings = RuleSettings {
        job: "feature \"store\" 100%`s".to_owned(),
        labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        runbook_url: "https://wiki/runbook".to_owned(),
        dashboard_url: "https://grafana/".to_owned(),
        ..RuleSettings::default()
    };
    let written = rules::write(&settings).unwrap();
    let document = written.document();
    let alerts = document.matches("- alert: ").count();
    let count = |part: &str| document.matches(part).count();
    assert_eq!(count("          environment: 'it''s live: #1'\n          region: 'eu'\n"), alerts);
    assert_eq!((count("https://wiki/runbook#skewwatch"), count("https://grafana/d/skewwatch-")), (alerts, alerts));
    assert_eq!((count("example.com"), count("job=\"skewwatch\"")), (0, 0));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yaml"), document).unwrap();
    run("promtool", &["check", "rules", "--lint-fatal", "rules.yaml"], folder.path());
}

#[test]
fn a_rehearsal_hurries_waits_and_windows_and_leaves_each_three_rounds() {
    let hurried = RuleSettings { rehearsal: 360, ..every(2) };
    let written = rules::write(&hurried).unwrap();
    assert_eq!(written.refused, []);
    assert_eq!(windows(&written), ["6s", "10s", "20s", "1m", "4m", "12m"]);
    let warning = "# A rehearsal, not for service: waits and windows are 360 times shorter than the texts say.\n";
    assert!(written.files.iter().all(|file| file.text.contains(warning)));
    let spans = |key: &str| -> BTreeSet<String> {
        let document = written.document();
        document.lines().filter_map(|line| Some(line.trim().strip_prefix(key)?.to_owned())).collect()
    };
    // A restart takes its time also in a rehearsal.
    let waits = ["10s", "166ms", "1s666ms", "2s500ms", "333ms", "6s", "833ms"];
    assert_eq!(spans("for: "), waits.map(str::to_owned).into());
    assert_eq!(spans("keep_firing_for: "), ["10s", "12s", "22s"].map(str::to_owned).into());
    assert_eq!(written.document().matches("[15m]").count(), 0);
    let folder = tempfile::tempdir().unwrap();
    put(&written, folder.path());
    run("promtool", &["check", "rules", "--lint-fatal", "lookup.yaml", "reports.yaml", "store.yaml"], folder.path());
}

#[test]
fn what_cannot_be_written_is_refused() {
    let labelled = |name: &str, value: &str| RuleSettings {
        labels: BTreeMap::from([(name.to_owned(), value.to_owned())]),
        ..RuleSettings::default()
    };
    let errors = [
        error(&labelled("a-b", "c")),
        error(&labelled("", "c")),
        error(&labelled("severity", "c")),
        error(&labelled("a", "{{ b }}")),
        error(&RuleSettings { job: String::new(), ..RuleSettings::default() }),
        error(&RuleSettings { runbook_url: "a\nb".to_owned(), ..RuleSettings::default() }),
        error(&every(0)),
        error(&RuleSettings { rehearsal: 0, ..RuleSettings::default() }),
        error(&RuleSettings { rehearsal: 3_601, ..RuleSettings::default() }),
        error(&with_exceptions([("a", pace(432_001, 0.01))])),
    ];
    let hint = "\n  = hint: it must not be empty, nor have `{{` or control characters";
    assert_eq!(
        errors,
        [
            "`a-b` is no name of a label\n  = hint: letters, digits and underscores, and no digit first",
            "`` is no name of a label\n  = hint: letters, digits and underscores, and no digit first",
            "label `severity` is set by the rules themselves\n  = hint: choose another name",
            &format!("the value of label `a`, `{{{{ b }}}}` cannot be written into rules{hint}"),
            &format!("the job `` cannot be written into rules{hint}"),
            &format!("the address `a\nb` cannot be written into rules{hint}"),
            "rounds every 0s are not between 1s and 5d apart",
            "a rehearsal 0 times as fast is not between 1 and 3600",
            "a rehearsal 3601 times as fast is not between 1 and 3600",
            "rounds every 5d1s are not between 1s and 5d apart",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_names_promtool_takes_the_rules(
        job in "[^\\p{Cc}{]{1,12}",
        views in proptest::collection::btree_map(any::<String>(), (1_u64..432_000, 0.0..1.0), 0..4),
        value in "[^\\p{Cc}{]{1,12}",
    ) {
        let exceptions = views.into_iter().map(|(view, (seconds, budget))| (view, pace(seconds, budget))).collect();
        let labels = BTreeMap::from([("place".to_owned(), value)]);
        let written = rules::write(&RuleSettings { job, labels, exceptions, ..RuleSettings::default() }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rules.yaml"), written.document()).unwrap();
        run("promtool", &["check", "rules", "--lint-fatal", "rules.yaml"], folder.path());
    }
}
