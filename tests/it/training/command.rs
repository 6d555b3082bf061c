//! `skewwatch check --training-set` as a person uses it: what it prints, the rows it writes, what it refuses.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use polars::prelude::{Column, DataFrame, DataType, ParquetReader, ParquetWriter, SerReader as _, TimeUnit, TimeZone};
use tempfile::TempDir;

const DAY: i64 = 86_400_000_000;
const BEGIN: i64 = 1_780_000_000_000_000 / DAY * DAY;

fn write(path: &Path, columns: Vec<Column>) {
    let height = columns[0].len();
    let mut frame = DataFrame::new(height, columns).unwrap();
    ParquetWriter::new(File::create(path).unwrap()).finish(&mut frame).unwrap();
}

fn times(name: &str, micros: Vec<i64>) -> Column {
    let utc = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    Column::new(name.into(), micros).cast(&utc).unwrap()
}

/// Ten users with a version a day for six days, and nobody at the address of the online store.
fn scene() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("skewwatch.yaml"),
        "online:\n  redis: { url: \"redis://127.0.0.1:1\" }\n  layout: { key: \"feat:{entity}:{feature}\" }\n\
         feature_views:\n  - name: user_features\n    join_keys: [user_id]\n    ttl: 36h\n    pairing: value\n    \
         snapshot: features.parquet\n    event_timestamp: event_timestamp\n    features: { orders: int64, \
         spent: float64 }\n",
    )
    .unwrap();
    let all = || (0..10_i64).flat_map(|user| (0..6_i64).map(move |day| (user, day)));
    write(
        &folder.path().join("features.parquet"),
        vec![
            Column::new("user_id".into(), all().map(|(user, _)| format!("u{user}")).collect::<Vec<_>>()),
            times("event_timestamp", all().map(|(_, day)| BEGIN + day * DAY).collect()),
            Column::new("orders".into(), all().map(|(user, day)| user * 100 + day).collect::<Vec<_>>()),
            Column::new("spent".into(), all().map(|(user, day)| (user * 1000 + day) as f64 / 4.0).collect::<Vec<_>>()),
        ],
    );
    folder
}

/// A row per user on the fourth day at noon, of the version of a day; `orders` may have gaps, which make it a column of
/// doubles.
fn training_set(path: &Path, day_of: impl Fn(i64) -> Option<i64>) {
    let value = |user: i64, scale: i64| day_of(user).map(|day| (user * scale + day) as f64);
    write(
        path,
        vec![
            Column::new("user_id".into(), (0..10).map(|user| format!("u{user}")).collect::<Vec<_>>()),
            times("at", vec![BEGIN + 3 * DAY + DAY / 2; 10]),
            Column::new("orders".into(), (0..10).map(|user| value(user, 100)).collect::<Vec<_>>()),
            Column::new("label".into(), vec![true; 10]),
            Column::new(
                "user_features__spent".into(),
                (0..10).map(|user| value(user, 1000).map(|spent| spent / 4.0)).collect::<Vec<_>>(),
            ),
        ],
    );
}

fn check(folder: &Path, more: &str) -> Output {
    let arguments = format!("check --training-set train.parquet{more}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    command.args(arguments.split(' ')).current_dir(folder).env_clear().output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn rows_of_the_future_of_the_past_and_of_nowhere_are_counted_and_written() {
    let scene = scene();
    let day_of = |user| match user {
        0 | 1 => Some(4),
        2 => Some(1),
        3 => Some(2),
        4 => None,
        5 => Some(77),
        _ => Some(3),
    };
    training_set(&scene.path().join("train.parquet"), day_of);
    let output = check(scene.path(), " --training-timestamp at --dishonest-rows rows.parquet");
    assert_eq!(
        text(&output.stdout),
        "user_features: 10 of 10 rows, those of 10 entities\n  \
         rows: 2 leaked, 1 altered, 1 past_ttl, 1 outdated, 1 missing, 4 honest\n  \
         orders: 2 leaked, 1 altered, 1 past_ttl, 1 outdated, 1 missing, 4 honest\n  \
         spent: 2 leaked, 1 altered, 1 past_ttl, 1 outdated, 1 missing, 4 honest\n\
         6 of 10 rows are of no honest join, 0 could not be verified\n"
    );
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(1), ""));
    let rows = ParquetReader::new(File::open(scene.path().join("rows.parquet")).unwrap()).finish().unwrap();
    let texts = |name: &str| -> Vec<String> {
        rows.column(name).unwrap().str().unwrap().iter().map(|text| text.unwrap().to_owned()).collect()
    };
    assert_eq!(texts("user_id"), ["u0", "u1", "u2", "u3", "u4", "u5"]);
    assert_eq!(texts("verdict"), ["leaked", "leaked", "past_ttl", "outdated", "missing", "altered"]);
    assert!(texts("features").iter().all(|features| features == "orders,spent"));
    let days = |name: &str| -> Vec<Option<i64>> {
        let nanos = rows.column(name).unwrap().cast(&DataType::Int64).unwrap();
        nanos.i64().unwrap().iter().map(|nanos| nanos.map(|nanos| (nanos / 1000 - BEGIN) / DAY)).collect()
    };
    assert_eq!(days("source_event_timestamp"), [Some(4), Some(4), Some(1), Some(2), None, None]);
    assert_eq!(days("honest_event_timestamp"), vec![Some(3); 6]);
}

#[test]
fn what_fails_the_command_is_chosen() {
    let scene = scene();
    training_set(&scene.path().join("train.parquet"), |user| if user == 0 { Some(4) } else { Some(3) });
    let code = |more: &str| check(scene.path(), &format!(" --training-timestamp at{more}")).status.code();
    assert_eq!(
        ["", " --fail-on critical", " --fail-on unknown", " --fail-on never"].map(code),
        [Some(1), Some(1), Some(1), Some(0)]
    );
}

#[test]
fn a_view_whose_snapshots_cannot_be_read_stops_no_other() {
    let scene = scene();
    let path = scene.path().join("skewwatch.yaml");
    let config = fs::read_to_string(&path).unwrap();
    let (head, view) = config.split_once("feature_views:\n").unwrap();
    let ghost = view.replace("user_features", "ghost").replace("features.parquet", "nowhere.parquet");
    fs::write(&path, format!("{head}feature_views:\n{ghost}{view}")).unwrap();
    training_set(&scene.path().join("train.parquet"), |_| Some(3));
    let output = check(scene.path(), " --training-timestamp at");
    assert!(text(&output.stdout).contains("user_features: 10 of 10 rows"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).starts_with("error: could not read the snapshots of view `ghost`"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_set_without_rows_has_nothing_to_judge() {
    let scene = scene();
    write(
        &scene.path().join("train.parquet"),
        vec![
            Column::new("user_id".into(), Vec::<&str>::new()),
            times("at", Vec::new()),
            Column::new("orders".into(), Vec::<i64>::new()),
        ],
    );
    let output = check(scene.path(), " --training-timestamp at");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(2), ""));
    assert_eq!(
        text(&output.stdout),
        "user_features: 0 of 0 rows, those of 0 entities\n  there is nothing to judge\n\
         0 of 0 rows are of no honest join, 0 could not be verified\n"
    );
}

#[test]
fn columns_of_other_types_are_named() {
    let scene = scene();
    let refused = |columns: Vec<Column>| {
        write(&scene.path().join("train.parquet"), columns);
        let output = check(scene.path(), " --training-timestamp at");
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
        let told = text(&output.stderr);
        let (_, cause) = told.split_once("train.parquet: ").unwrap();
        cause.to_owned()
    };
    let (user, at) = (Column::new("user_id".into(), vec!["u1"]), times("at", vec![BEGIN]));
    let orders = Column::new("orders".into(), vec![1_i64]);
    assert_eq!(
        refused(vec![Column::new("user_id".into(), vec![1_i64]), at.clone(), orders.clone()]),
        "column `user_id` holds int64, and join key `user_id` of view `user_features` is string\n"
    );
    assert_eq!(
        refused(vec![user.clone(), Column::new("at".into(), vec!["2026-06-14"]), orders]),
        "column `at` holds string, and the event timestamp of view `user_features` is timestamp\n"
    );
    assert_eq!(
        refused(vec![user, at, Column::new("orders".into(), vec!["1"])]),
        "column `orders` holds string, and feature `orders` of view `user_features` is int64\n"
    );
}

#[test]
fn an_honest_set_is_no_finding() {
    let scene = scene();
    training_set(&scene.path().join("train.parquet"), |_| Some(3));
    let output = check(scene.path(), " --training-timestamp at --format json");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told[0]["row_verdicts"], serde_json::json!({ "honest": 10 }));
    assert_eq!(told[0]["features"]["orders"], serde_json::json!({ "honest": 10 }));
}

#[test]
fn what_cannot_be_checked_is_refused_with_what_would_help() {
    let scene = scene();
    training_set(&scene.path().join("train.parquet"), |_| Some(3));
    let refused = |more: &str| {
        let output = check(scene.path(), more);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
        text(&output.stderr)
    };
    assert_eq!(
        refused(""),
        "error: the training set has no column `event_timestamp`; `--training-timestamp COLUMN` names the time of its \
         rows\n"
    );
    assert_eq!(
        refused(" --training-timestamp at --dishonest-rows nowhere/rows.parquet"),
        "error: could not write the rows of no honest join to `nowhere/rows.parquet`\n  \
         caused by: there is no folder `nowhere`; make it first\n"
    );
    assert_eq!(
        refused(" --training-timestamp at --view users"),
        "error: no feature view `users` is watched; there is `user_features`\n"
    );
    assert_eq!(
        refused(" --training-timestamp at --format junit"),
        "error: a training set is told with `--format table` or `--format json`\n"
    );
    write(
        &scene.path().join("train.parquet"),
        vec![Column::new("user_id".into(), vec!["u1"]), times("at", vec![BEGIN])],
    );
    assert_eq!(
        refused(" --training-timestamp at"),
        "error: the training set has the join keys and a feature of no view: it has none of the features of \
         `user_features`\n"
    );
    fs::remove_file(scene.path().join("train.parquet")).unwrap();
    assert!(refused(" --training-timestamp at").starts_with("error: could not read the training set train.parquet\n"));
}
