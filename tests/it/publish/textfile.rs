//! The textfile for node_exporter: its whole text, Prometheus' own opinion of it, and how it is put in place.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use skewwatch::model::check::{CheckRules, DriftStatistic, Limits};
use skewwatch::model::entity::{JoinKey, KeyKind};
use skewwatch::model::value::{ScalarKind, ValueKind};
use skewwatch::model::view::{Feature, FeatureView, FreshnessBasis, SnapshotSource};
use skewwatch::publish::textfile::{self, Surroundings, WatchedView};

use super::{same_as_file, sample};

fn view() -> FeatureView {
    FeatureView {
        join_keys: vec![JoinKey { name: "user_id".to_owned(), kind: KeyKind::Int64 }],
        features: vec![Feature { name: "fraud_score".to_owned(), kind: ValueKind::Scalar(ScalarKind::Float32) }],
        freshness_basis: FreshnessBasis::Row,
        team: Some("risk".to_owned()),
        ..FeatureView::new("user_features", SnapshotSource::new("user_features.parquet", "event_timestamp"))
    }
}

fn rules() -> CheckRules {
    let limits = |warning, critical| Limits { warning, critical, minimum_n: 30 };
    CheckRules {
        freshness_objective: Some(Duration::from_secs(7_200)),
        snapshot_max_age: Some(Duration::from_secs(93_600)),
        freshness: limits(Some(0.01), None),
        coverage: limits(Some(0.99), None),
        comparable: limits(Some(0.2), None),
        skew: limits(Some(0.005), Some(0.02)),
        phantom: limits(Some(0.01), None),
        missing_offline: limits(Some(0.01), None),
        undecodable: limits(Some(0.01), None),
        in_flight: limits(Some(0.01), None),
        serving: limits(Some(0.01), None),
        drift: vec![(DriftStatistic::Psi, limits(Some(0.2), None))],
    }
}

fn promtool(text: &str) {
    let mut tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool comes with the package `prometheus`");
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let outcome = tool.wait_with_output().unwrap();
    let said = [outcome.stdout, outcome.stderr].concat();
    assert!(outcome.status.success() && said.is_empty(), "promtool: {}", String::from_utf8_lossy(&said));
}

#[test]
fn the_metrics_are_those_of_the_contract_and_please_promtool() {
    let (view, rules) = (view(), rules());
    let watched = WatchedView { view: &view, rules: &rules, feature_rules: vec![("fraud_score", &rules)] };
    let surroundings = Surroundings { store: "redis", views: vec![watched] };
    let rich = textfile::render(&sample::rich(), &surroundings).unwrap();
    same_as_file("rich.prom", &rich);
    promtool(&rich);
    let failures = textfile::render(&sample::only_failures(), &surroundings).unwrap();
    same_as_file("failures.prom", &failures);
    promtool(&failures);
    assert_eq!(textfile::render(&sample::empty(), &Surroundings::default()).unwrap(), "");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_file_is_replaced_whole_and_readable_by_all() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skewwatch.prom");
    std::fs::write(&path, "old").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    let surroundings = Surroundings::default();
    textfile::write(&sample::rich(), &surroundings, &path).unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, textfile::render(&sample::rich(), &surroundings).unwrap());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(names(folder.path()), ["skewwatch.prom"]);
}

#[test]
fn a_file_that_cannot_be_placed_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = folder.path().join("skewwatch.prom");
    std::fs::create_dir(&occupied).unwrap();
    let error = textfile::write(&sample::rich(), &Surroundings::default(), &occupied).unwrap_err();
    assert_eq!(error.to_string(), format!("could not write the metrics to `{}`", occupied.display()));
    assert_eq!(names(folder.path()), ["skewwatch.prom"]);
    let nowhere = folder.path().join("no such folder/skewwatch.prom");
    assert!(textfile::write(&sample::rich(), &Surroundings::default(), &nowhere).is_err());
    assert!(textfile::write(&sample::rich(), &Surroundings::default(), Path::new("/")).is_err());
}
