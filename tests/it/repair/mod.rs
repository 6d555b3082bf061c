//! The rows to be written again: what Feast and pandas make of them, and that writing them repairs what was wrong.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use skewwatch::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};
use skewwatch::model::repair::{RepairList, RepairRow, Wrong};
use skewwatch::model::time::Timestamp;
use skewwatch::model::verdict::Verdict;
use skewwatch::publish::repair;
use skewwatch::run::{RoundOptions, noted_round};

use crate::golden::{Repository, as_of};
use crate::rounds::healthy_scene;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn skewwatch(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    command.args(arguments.split(' ')).current_dir(folder).env_clear().output().unwrap()
}

/// What a Python script prints.
fn python(folder: &Path, script: &str) -> String {
    let output = Command::new(crate::support::python()).arg("-c").arg(script).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn skewed() -> Repository {
    Repository::on_sqlite("skewed", "feast: ./repo\nsample: { keys: 100000 }\n")
}

fn check(repository: &Repository) -> Output {
    skewwatch(
        repository.folder(),
        "check --as-of 2026-06-15T00:00:00Z --format json --repair-keys repair-{view}.parquet",
    )
}

const VIEWS: [&str; 4] = ["user_features", "driver_profile", "user_driver_affinity", "user_sessions"];

#[test]
fn what_feast_materializes_over_the_range_of_the_list_is_no_longer_wrong_but_for_what_it_writes_wrong() {
    let repository = skewed();
    check(&repository);
    let listed = python(
        repository.folder(),
        "import os\nos.environ['FEAST_USAGE'] = 'False'\n\
         import pandas\nfrom feast import FeatureStore\n\
         store = FeatureStore(repo_path='repo')\n\
         for view in ['user_features', 'driver_profile', 'user_driver_affinity', 'user_sessions']:\n    \
         rows = pandas.read_parquet(f'repair-{view}.parquet')\n    \
         print('listed', view, len(rows))\n    \
         if len(rows):\n        \
         start, end = rows.first_event_timestamp.min(), rows.event_timestamp.max()\n        \
         store.materialize(start.to_pydatetime(), end.to_pydatetime(), feature_views=[view])\n",
    );
    let counts: Vec<&str> = listed.lines().filter(|line| line.starts_with("listed ")).collect();
    assert_eq!(counts.len(), VIEWS.len());
    assert!(!counts[0].ends_with(" 0"), "{counts:?}");
    check(&repository);
    let left = python(
        repository.folder(),
        "import pandas\n\
         for view in ['user_features', 'driver_profile', 'user_driver_affinity', 'user_sessions']:\n    \
         rows = pandas.read_parquet(f'repair-{view}.parquet')\n    \
         print(view, len(rows), rows.wrong.unique().tolist(), rows.features.unique().tolist())\n",
    );
    // Feast writes a timestamp that is none as the smallest integer, however often.
    let left_by_feast = |view| match view {
        "driver_profile" => "driver_profile 7 ['skewed'] ['last_trip_at']\n".to_owned(),
        view => format!("{view} 0 [] []\n"),
    };
    assert_eq!(left, VIEWS.map(left_by_feast).concat());
}

#[test]
fn a_list_is_an_entity_data_frame_whose_point_in_time_join_gives_what_should_be_served() {
    let repository = skewed();
    check(&repository);
    let told = python(
        repository.folder(),
        "import os\nos.environ['FEAST_USAGE'] = 'False'\n\
         import pandas\nfrom feast import FeatureStore\n\
         store = FeatureStore(repo_path='repo')\n\
         rows = pandas.read_parquet('repair-user_features.parquet')\n\
         view = store.get_feature_view('user_features')\n\
         names = [f'user_features:{field.name}' for field in view.features]\n\
         joined = store.get_historical_features(rows[['user_id', 'event_timestamp']], names).to_df()\n\
         source = pandas.read_parquet('repo/data/user_features.parquet').sort_values(['event_timestamp', 'created'])\n\
         source = source[source.created <= pandas.Timestamp('2026-06-15', tz='UTC')]\n\
         newest = source[source.event_timestamp <= pandas.Timestamp('2026-06-15', tz='UTC')].groupby('user_id').tail(1)\n\
         both = joined.merge(newest, on=['user_id', 'event_timestamp'], suffixes=('', '_wanted'))\n\
         def same(name):\n    \
         one, other = both[name], both[name + '_wanted']\n    \
         return bool(((one == other) | (one.isna() & other.isna())).all())\n\
         print(len(joined) == len(rows) == len(both) > 0, all(same(field.name) for field in view.features))\n",
    );
    assert_eq!(told.lines().last(), Some("True True"));
}

#[test]
fn pandas_reads_keys_of_every_kind_in_their_types() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = [KeyKind::String, KeyKind::Int32, KeyKind::Int64, KeyKind::Bytes, KeyKind::UnixTimestamp];
    let join_keys = kinds.map(|kind| JoinKey { name: format!("{}_key", kind.name()), kind }).to_vec();
    let key = EntityKey::new([
        KeyValue::String("ü,1".into()),
        KeyValue::Int32(-7),
        KeyValue::Int64(i64::MAX),
        KeyValue::Bytes([0, 255].into()),
        KeyValue::UnixTimestamp(1_700_000_000),
    ]);
    let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
    let row = RepairRow {
        key,
        wrong: vec![Wrong::Stale, Wrong::Skewed],
        features: vec!["a".to_owned(), "b".to_owned()],
        online_event_timestamp: None,
        first_event_timestamp: at("2026-06-13T00:00:00Z"),
        event_timestamp: at("2026-06-14T00:00:00.000000001Z"),
    };
    let list = RepairList { feature_view: "odd".to_owned(), join_keys, rows: vec![row] };
    let empty = RepairList { rows: Vec::new(), ..list.clone() };
    fs::write(folder.path().join("one.parquet"), repair::parquet(&list).unwrap()).unwrap();
    fs::write(folder.path().join("none.parquet"), repair::parquet(&empty).unwrap()).unwrap();
    let script = "import pandas\nframe = pandas.read_parquet('one.parquet')\n\
                  empty = pandas.read_parquet('none.parquet')\n\
                  print(frame.dtypes.astype(str).tolist())\nprint(*frame.iloc[0].tolist(), sep='|')\n\
                  print(len(empty), (empty.dtypes == frame.dtypes).all())\n";
    assert_eq!(
        python(folder.path(), script),
        "['object', 'int32', 'int64', 'object', 'datetime64[ns, UTC]', 'object', 'object', 'datetime64[ns, UTC]', \
         'datetime64[ns, UTC]', 'datetime64[ns, UTC]']\n\
         ü,1|-7|9223372036854775807|b'\\x00\\xff'|2023-11-14 22:13:20+00:00|stale,skewed|a,b|NaT|2026-06-13 00:00:00+00:00|\
         2026-06-14 00:00:00.000000001+00:00\n0 True\n"
    );
}

#[tokio::test]
async fn a_list_names_as_many_cells_as_the_round_counts() {
    let repository = skewed();
    let options = RoundOptions { as_of: Some(as_of()), progress: &|_| {} };
    let noted = noted_round(&repository.plan().await, options).await;
    assert_eq!(noted.repairs.len(), noted.report.views.len());
    let mut all = 0;
    for (list, measured) in noted.repairs.iter().zip(&noted.report.views) {
        for (name, figures) in &measured.features {
            let listed = list.rows.iter().filter(|row| row.features.contains(name)).count() as u64;
            let wrong = [Verdict::MissingOnline, Verdict::Stale, Verdict::Skewed];
            let counted: u64 = wrong.into_iter().map(|verdict| figures.verdicts.count(verdict)).sum();
            let late = figures.expired_served.stale + figures.expired_served.skewed;
            assert!(
                (counted..=counted + late).contains(&listed),
                "{}.{name}: {listed} of {counted}",
                list.feature_view
            );
            all += listed;
        }
        for row in &list.rows {
            assert!(row.first_event_timestamp <= row.event_timestamp);
            assert!(row.wrong != [Wrong::Missing] || row.first_event_timestamp == row.event_timestamp);
        }
    }
    assert!(all > 0);
}

#[test]
fn views_need_files_of_their_own() {
    let repository = skewed();
    let output = skewwatch(repository.folder(), "check --repair-keys repair.parquet");
    assert_eq!(
        (output.status.code(), text(&output.stderr).as_str()),
        (
            Some(2),
            "error: `--repair-keys repair.parquet` is one file for 4 views; write `{view}` where their names belong, or \
             choose one with `--view`\n"
        )
    );
    let one = "check --as-of 2026-06-15T00:00:00Z --view user_sessions --repair-keys repair.parquet";
    skewwatch(repository.folder(), one);
    assert!(repository.folder().join("repair.parquet").is_file());
}

#[test]
fn a_list_of_an_earlier_check_does_not_outlive_one_that_could_not_read() {
    let (scene, server) = healthy_scene(50);
    let run = || scene.command("check --repair-keys repair.parquet").output().unwrap();
    run();
    assert!(scene.path("repair.parquet").is_file());
    drop(server);
    assert_eq!(run().status.code(), Some(2));
    assert!(!scene.path("repair.parquet").exists());
}

#[test]
fn a_list_that_could_not_be_written_is_refused_before_anything_is_read() {
    let repository = skewed();
    let refused = |path: &str| {
        let output = skewwatch(repository.folder(), &format!("check --view user_sessions --repair-keys {path}"));
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
        text(&output.stderr)
    };
    assert_eq!(
        refused("nowhere/{view}.parquet"),
        "error: could not write the keys to repair to `nowhere/user_sessions.parquet`\n  \
         caused by: there is no folder `nowhere`; make it first\n"
    );
    assert_eq!(
        refused("repo"),
        "error: could not write the keys to repair to `repo`\n  caused by: it is a folder; name a file in it\n"
    );
    let unknown = skewwatch(repository.folder(), "check --view users --repair-keys repair.parquet");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).starts_with("error: no feature view `users` is watched; there are "));
    assert!(!repository.folder().join("repair.parquet").exists());
}
