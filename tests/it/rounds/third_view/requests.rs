//! The log of requests: what callers were given counts as often as it was asked for.

use std::fs::{self, File};
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone};
use skewwatch::model::counts::Share;
use skewwatch::model::logged::LoggedMeasurement;
use skewwatch::model::time::Timestamp;
use skewwatch::model::verdict::Verdict;
use skewwatch::run::{RoundOptions, round};

use crate::golden::Repository;
use crate::rounds::{Scene, instant};
use crate::support::redis::RedisServer;

const DAY: i64 = 86_400;

fn seconds(text: &str) -> i64 {
    Timestamp::parse_rfc3339(text).unwrap().nanos() / 1_000_000_000
}

fn instants(name: &str, seconds: &[i64]) -> Column {
    let millis: Vec<i64> = seconds.iter().map(|seconds| seconds * 1000).collect();
    let zoned = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    Series::new(name.into(), millis).cast(&zoned).unwrap().into_column()
}

fn write(path: &Path, columns: Vec<Column>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut frame = DataFrame::new_infer_height(columns).unwrap();
    ParquetWriter::new(File::create(path).unwrap()).finish(&mut frame).unwrap();
}

/// One request: who was asked for, when, what was given, its event timestamp and status.
type Request = (&'static str, i64, Option<i64>, i64, i32);

/// Two versions of three users, and a log of what they were given.
async fn measured(requests: &[Request], window: &str) -> LoggedMeasurement {
    let (scene, redis) = (Scene::new(), RedisServer::start());
    let first = seconds("2026-06-14T09:00:00Z");
    // The last row corrects the first one, a day later.
    let users = ["a", "b", "c", "a", "b", "c", "a"];
    write(
        &scene.path("users/all.parquet"),
        vec![
            Column::from(Series::new("user_id".into(), users.to_vec())),
            instants("event_timestamp", &[&[first; 3][..], &[first + DAY; 3], &[first]].concat()),
            instants("created", &[&[first; 3][..], &[first + DAY; 3], &[first + DAY + 3600]].concat()),
            Column::from(Series::new("age".into(), vec![1_i64, 2, 3, 11, 12, 13, 98])),
        ],
    );
    let column = |of: fn(&Request) -> i64| requests.iter().map(of).collect::<Vec<i64>>();
    write(
        &scene.path("log/all.parquet"),
        vec![
            Column::from(Series::new("user_id".into(), requests.iter().map(|request| request.0).collect::<Vec<_>>())),
            Column::from(Series::new(
                "users__age".into(),
                requests.iter().map(|request| request.2).collect::<Vec<_>>(),
            )),
            instants("users__age__timestamp", &column(|request| request.3)),
            Column::from(Series::new(
                "users__age__status".into(),
                requests.iter().map(|request| request.4).collect::<Vec<_>>(),
            )),
            instants("__log_timestamp", &column(|request| request.1)),
        ],
    );
    scene.configure(&format!(
        "online:\n  redis: {{ url: \"redis://{}\" }}\n  layout: {{ key: \"feat:{{entity}}:{{feature}}\", timestamp_key: \
         \"feat:{{entity}}:_ts\" }}\nfeature_views:\n  - name: users\n    join_keys: [user_id]\n    ttl: 48h\n    snapshot: \
         users/*.parquet\n    event_timestamp: event_timestamp\n    created: created\n    features: {{ age: int64 }}\nserving: {{ log: {{ location: log/*.parquet, \
         window: {window} }} }}\n",
        redis.address()
    ));
    let report = scene.check("2026-06-15T12:00:00Z").await;
    assert_eq!(report.failures, []);
    report.views[0].logged.clone().unwrap()
}

#[tokio::test]
async fn skew_and_coverage_weigh_entities_by_their_requests() {
    let version = seconds("2026-06-14T09:00:00Z");
    let at = seconds("2026-06-14T12:00:00Z");
    let mut requests: Vec<Request> = Vec::new();
    // One user in three has a wrong value, and makes up most of the requests.
    requests.extend((0..90).map(|number| ("a", at + number, Some(99), version, 1)));
    requests.extend((0..5).map(|number| ("b", at + number, Some(2), version, 1)));
    requests.extend((0..5).map(|number| ("c", at + number, None, 0, 3)));
    let logged = measured(&requests, "48h").await;
    assert_eq!((logged.requests, logged.keys), (100, 3));
    assert_eq!(
        (logged.from, logged.to),
        (Some(instant("2026-06-14T12:00:00Z")), Some(instant("2026-06-14T12:01:29Z")))
    );
    assert_eq!(logged.coverage, Share::of(95, 100));
    let age = &logged.features["age"];
    // What came after a request has no say: then these were the newest versions.
    let counts =
        [Verdict::Consistent, Verdict::Skewed, Verdict::MissingOnline].map(|verdict| age.verdicts.count(verdict));
    assert_eq!(counts, [5, 90, 5]);
    assert_eq!((age.skew.n, age.skew.ratio.map(|ratio| ratio.part_of(95))), (95, Some(90)));
}

#[tokio::test]
async fn requests_of_long_ago_are_left_out() {
    let version = seconds("2026-06-14T09:00:00Z");
    let requests = [
        ("a", seconds("2026-06-14T11:00:00Z"), Some(1), version, 1),
        ("a", seconds("2026-06-15T11:00:00Z"), Some(11), version + DAY, 1),
        ("b", seconds("2026-06-15T11:30:00Z"), Some(2), version, 1),
    ];
    let logged = measured(&requests, "2h").await;
    assert_eq!((logged.requests, logged.keys), (2, 2));
    let age = logged.features["age"].verdicts;
    assert_eq!((age.count(Verdict::Consistent), age.count(Verdict::Stale)), (1, 1));
}

#[tokio::test]
async fn a_request_knows_no_correction_that_was_made_after_it() {
    let version = seconds("2026-06-14T09:00:00Z");
    let requests = [("a", version + 3600, Some(1), version, 1), ("a", version + 7200, Some(98), version, 1)];
    let age = measured(&requests, "48h").await.features["age"].verdicts;
    assert_eq!((age.count(Verdict::Consistent), age.count(Verdict::Skewed)), (1, 1));
}

#[tokio::test]
async fn entities_are_chosen_among_those_of_the_window_and_counted_by_their_requests_in_it() {
    let version = seconds("2026-06-14T09:00:00Z");
    let (long_ago, now) = (version + 3600, version + DAY + 7200);
    for asked in ["a", "b", "c"] {
        let mut requests: Vec<Request> = Vec::new();
        for user in ["a", "b", "c"] {
            requests.extend((0..20).map(|number| (user, long_ago + number, Some(1), version, 1)));
        }
        requests.push((asked, now, Some(1), version, 1));
        let logged = measured(&requests, "2h, keys: 1, requests: 2").await;
        assert_eq!((logged.requests, logged.keys), (1, 1), "{asked}");
    }
}

#[tokio::test]
async fn the_log_that_feast_wrote_agrees_with_what_it_read() {
    let more = "feast: ./repo\nserving: { log: { location: LOGS, window: 365d } }\n";
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden-feast/dev/feature_logs");
    let repository = Repository::on_sqlite("dev", &more.replace("LOGS", &logs.display().to_string()));
    let options = RoundOptions { as_of: Some(instant("2026-06-15T12:00:00Z")), progress: &|_| {} };
    let report = round(&repository.plan().await, options).await;
    let logged =
        report.views.iter().find(|view| view.feature_view == "user_features").unwrap().logged.as_ref().unwrap();
    assert_eq!(logged.requests, 60);
    for (name, feature) in &logged.features {
        assert_eq!(feature.verdicts.count(Verdict::Skewed), 0, "{name}: {:?}", feature.verdicts);
        assert!(feature.skew.n > 0, "{name}: {:?}", feature.verdicts);
    }
}

#[tokio::test]
async fn of_too_many_requests_there_are_fewer_entities_with_all_of_theirs() {
    let version = seconds("2026-06-14T09:00:00Z");
    let at = seconds("2026-06-14T12:00:00Z");
    let of = |user: &'static str, value: i64| (0..6).map(move |number| (user, at + number, Some(value), version, 1));
    let requests: Vec<Request> = of("a", 1).chain(of("b", 2)).chain(of("c", 3)).collect();
    for (most, keys) in [(1, 1), (6, 1), (11, 1), (12, 2), (17, 2), (18, 3)] {
        let logged = measured(&requests, &format!("48h, requests: {most}")).await;
        assert_eq!((logged.requests, logged.keys), (6 * keys, keys), "{most}");
    }
}
