//! The clean set: everything is consistent or rightly expired, except for what Feast itself changes.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Command;

use polars::prelude::{DataFrame, ParquetReader, SerReader, TimeUnit};
use skewwatch::model::measurement::{RoundReport, VerdictCounts};
use skewwatch::model::verdict::Verdict;

use super::{Repository, as_of, feature, golden, view};

const DAY: i64 = 86_400_000_000_000;

/// A view of the golden set, as its definitions say.
struct Defined {
    name: &'static str,
    file: &'static str,
    keys: &'static [&'static str],
    event_timestamp: &'static str,
    created: Option<&'static str>,
    ttl: Option<i64>,
}

const DEFINED: [Defined; 4] = [
    Defined {
        name: "user_features",
        file: "user_features.parquet",
        keys: &["user_id"],
        event_timestamp: "event_timestamp",
        created: Some("created"),
        ttl: Some(DAY),
    },
    Defined {
        name: "driver_profile",
        file: "driver_profile.parquet",
        keys: &["driver_id"],
        event_timestamp: "event_timestamp",
        created: Some("created"),
        ttl: Some(7 * DAY),
    },
    Defined {
        name: "user_driver_affinity",
        file: "user_driver.parquet",
        keys: &["user_id", "driver_id"],
        event_timestamp: "event_timestamp",
        created: Some("created"),
        ttl: None,
    },
    Defined {
        name: "user_sessions",
        file: "user_sessions.parquet",
        keys: &["user_id"],
        event_timestamp: "ts",
        created: None,
        ttl: Some(DAY / 12),
    },
];

fn read(set: &str, file: &str) -> DataFrame {
    ParquetReader::new(File::open(golden(set).join("data").join(file)).unwrap()).finish().unwrap()
}

fn nanoseconds(frame: &DataFrame, column: &str) -> Vec<Option<i64>> {
    let column = frame.column(column).unwrap().datetime().unwrap();
    let unit = match column.time_unit() {
        TimeUnit::Nanoseconds => 1,
        TimeUnit::Microseconds => 1_000,
        TimeUnit::Milliseconds => 1_000_000,
    };
    column.physical().iter().map(|value| value.map(|value| value * unit)).collect()
}

/// The newest row of each entity up to the as-of time, by position in the frame, with its event timestamp.
fn newest(frame: &DataFrame, defined: &Defined) -> BTreeMap<String, (i64, usize)> {
    let now = as_of().nanos();
    let stamps = nanoseconds(frame, defined.event_timestamp);
    let created = defined.created.map_or_else(|| vec![None; frame.height()], |column| nanoseconds(frame, column));
    let mut newest: BTreeMap<String, (i64, Option<i64>, usize)> = BTreeMap::new();
    for row in 0..frame.height() {
        let Some(stamp) = stamps[row].filter(|stamp| *stamp <= now && created[row].is_none_or(|at| at <= now)) else {
            continue;
        };
        let key: Vec<String> =
            defined.keys.iter().map(|key| frame.column(key).unwrap().get(row).unwrap().to_string()).collect();
        let candidate = (stamp, created[row], row);
        let standing = newest.entry(key.join("|")).or_insert(candidate);
        *standing = (*standing).max(candidate);
    }
    newest.into_iter().map(|(key, (stamp, _, row))| (key, (stamp, row))).collect()
}

/// Every cell is consistent where the newest offline row is within the ttl and expired where it is not; a null
/// `last_trip_at` was written by Feast as the smallest integer, which is skew.
fn assert_as_the_files_say(report: &RoundReport) {
    assert_eq!(report.failures, []);
    for defined in &DEFINED {
        let frame = read("dev", defined.file);
        let newest = newest(&frame, defined);
        let measured = view(report, defined.name);
        assert_eq!(measured.keys.both, newest.len() as u64, "{}", defined.name);
        for (name, figures) in &measured.features {
            let mut expected = VerdictCounts::default();
            for (stamp, row) in newest.values() {
                let is_expired = defined.ttl.is_some_and(|ttl| as_of().nanos() - stamp > ttl);
                let changed_by_feast =
                    name == "last_trip_at" && frame.column(name).unwrap().get(*row).unwrap().is_null();
                expected.add(match (is_expired, changed_by_feast) {
                    (true, _) => Verdict::Expired,
                    (false, true) => Verdict::Skewed,
                    (false, false) => Verdict::Consistent,
                });
            }
            assert_eq!(figures.verdicts, expected, "{}.{name}", defined.name);
            assert_eq!(figures.expired_served.total(), expected.count(Verdict::Expired), "{}.{name}", defined.name);
            assert_eq!(figures.expired_served.consistent, figures.expired_served.total(), "{}.{name}", defined.name);
        }
    }
    assert!(feature(report, "driver_profile", "last_trip_at").verdicts.count(Verdict::Skewed) > 0);
    let not_watched: Vec<&str> = report.not_watched.iter().map(|view| view.feature_view.as_str()).collect();
    assert_eq!(not_watched, ["user_history", "basket_ratio_view"]);
}

#[tokio::test]
async fn the_clean_set_on_sqlite_is_as_its_files_say() {
    let report = Repository::on_sqlite("dev", "feast: ./repo\n").check().await;
    assert_as_the_files_say(&report);
}

#[tokio::test]
async fn the_clean_set_on_redis_is_as_its_files_say() {
    let report = Repository::on_redis("dev", "feast: ./repo\n").check().await;
    assert_as_the_files_say(&report);
}

#[tokio::test]
async fn a_round_over_old_data_repeats_bit_by_bit() {
    let repository = Repository::on_sqlite("dev", "feast: ./repo\nsample: { keys: 50 }\n");
    let (first, second) = (repository.check().await, repository.check().await);
    assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&second).unwrap());
}

pub(super) fn skewwatch(arguments: &[&str], configuration: &Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_skewwatch"))
        .args(arguments)
        .arg("--config")
        .arg(configuration)
        .args(["--as-of", "2026-06-15T00:00:00Z"])
        .output()
        .unwrap()
}

#[test]
fn the_command_prints_the_report_as_json_and_exits_by_its_findings() {
    let repository = Repository::on_sqlite("dev", "feast: ./repo\n");
    let output = skewwatch(&["check", "--format", "json"], &repository.configuration());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1), "the smallest integers of `last_trip_at` are a finding");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["as_of"], "2026-06-15T00:00:00Z");
    assert_eq!(report["views"].as_array().unwrap().len(), DEFINED.len());
    assert_eq!(report["findings"][0]["feature"], "last_trip_at");
    let lenient = skewwatch(&["check", "--fail-on", "never"], &repository.configuration());
    assert_eq!(lenient.status.code(), Some(0));
    let strict = skewwatch(&["check", "--fail-on", "unknown", "--view", "user_sessions"], &repository.configuration());
    assert_eq!(strict.status.code(), Some(1), "drift of 120 keys cannot be judged");
}

#[test]
fn a_view_whose_bucket_is_absent_fails_alone_and_the_others_are_printed() {
    let repository = Repository::on_sqlite(
        "dev",
        "feast: ./repo\nfeature_views:\n  - { name: user_sessions, snapshot: ./no_such_folder/ }\n",
    );
    let output = skewwatch(&["check", "--format", "json"], &repository.configuration());
    assert_eq!(output.status.code(), Some(2));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["views"].as_array().unwrap().len(), DEFINED.len() - 1);
    assert_eq!(report["failures"][0]["feature_view"], "user_sessions");
    assert_eq!(report["failures"][0]["reason"], "not_found");
}

#[test]
fn explain_tells_both_sides_of_one_entity() {
    let repository = Repository::on_sqlite("dev", "feast: ./repo\n");
    let output = skewwatch(&["explain", "u01068", "--format", "json"], &repository.configuration());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let answers: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let views: Vec<&str> =
        answers.as_array().unwrap().iter().map(|answer| answer["feature_view"].as_str().unwrap()).collect();
    assert_eq!(views, ["user_features", "user_sessions"]);
    let frame = read("dev", "user_features.parquet");
    let held = (0..frame.height())
        .filter(|row| frame.column("user_id").unwrap().get(*row).unwrap().get_str() == Some("u01068"))
        .count();
    assert_eq!(answers[0]["history"].as_array().unwrap().len(), held);
    assert_eq!(answers[0]["cells"]["preferred_category"]["verdict"], "consistent");
    assert_eq!(answers[0]["cells"]["avg_order_value_7d"]["layer"], "rounded");
}
