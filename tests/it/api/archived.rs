//! `skewwatch history export`: to a folder and to a real object store, beside a running service.

use std::io::Cursor;
use std::time::Duration;

use chrono::NaiveDate;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use polars::prelude::{DataFrame, ParquetReader, SerReader as _};
use skewwatch::history::{History, HistoryReader, HistorySettings, Period, RoundRecord, export};
use skewwatch::model::time::{Clock, Timestamp};
use skewwatch::publish::archive::Archive;
use skewwatch::publish::archive::history::{DaySpan, Exported, day_of, first_whole_day, write};
use skewwatch::store::snapshot::S3Settings;

use crate::publish::rich;
use crate::serve::{EVERY_SECOND, PUBLISH, Shop, of_feature, rounds};
use crate::support::s3::S3Server;

fn table(bytes: Vec<u8>) -> DataFrame {
    ParquetReader::new(Cursor::new(bytes)).finish().unwrap()
}

fn instant(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A history with a round of the sample report at each of these times.
fn history(folder: &std::path::Path, times: &[&str]) -> History {
    let mut history = History::open(&HistorySettings::new(folder.join("history.db"))).unwrap();
    let mut record = RoundRecord::of(&rich(), "user_features");
    for time in times {
        record.round.finished_at = instant(time);
        history.record(std::slice::from_ref(&record)).unwrap();
    }
    history
}

#[tokio::test]
async fn a_day_is_a_file_that_holds_each_of_its_rounds_once() {
    let folder = tempfile::tempdir().unwrap();
    let times = [
        "2026-06-13T23:59:59.999999999Z",
        "2026-06-14T00:00:00Z",
        "2026-06-14T00:59:59Z",
        "2026-06-14T23:59:59.999999999Z",
        "2026-06-16T12:00:00Z",
    ];
    let history = history(folder.path(), &times);
    let to = folder.path().join("out/deep");
    let archive = Archive::open(&to.display().to_string(), &S3Settings::default()).unwrap();
    let span = DaySpan { first: day("2026-06-14"), last: day("2026-06-16") };
    let exported = write(history.reader(), &archive, span).await.unwrap();
    let read = |name: &str| table(std::fs::read(to.join(name)).unwrap());
    let whole = |start: &str, end: &str| {
        export::measurements(history.reader(), Period { start: instant(start), end: instant(end) }).unwrap()
    };
    let first = read("measurements/dt=2026-06-14/measurements.parquet");
    assert!(first.equals_missing(&whole("2026-06-14T00:00:00Z", "2026-06-15T00:00:00Z")), "{first}");
    let last = read("measurements/dt=2026-06-16/measurements.parquet");
    assert!(last.equals_missing(&whole("2026-06-16T00:00:00Z", "2026-06-17T00:00:00Z")), "{last}");
    assert!(!to.join("measurements/dt=2026-06-15").exists() && !to.join("measurements/dt=2026-06-13").exists());
    let open = history.reader().open_findings().unwrap().len();
    let mut files = vec![];
    for kind in ["measurements", "findings"] {
        for dated in std::fs::read_dir(to.join(kind)).unwrap() {
            files.extend(std::fs::read_dir(dated.unwrap().path()).unwrap().map(|file| file.unwrap().path()));
        }
    }
    let expected = Exported {
        files: files.len() as u64,
        measurements: (first.height() + last.height()) as u64,
        // Open since the first round: on each of the three days.
        findings: 3 * open as u64,
        bytes: files.iter().map(|file| file.metadata().unwrap().len()).sum(),
    };
    assert_eq!(exported, expected);
    assert!(files.iter().all(|file| file.extension().unwrap() == "parquet"), "no draft is left: {files:?}");
    // Again gives the same.
    assert_eq!(write(history.reader(), &archive, span).await.unwrap(), expected);
}

#[test]
fn only_days_that_are_kept_in_full_are_whole() {
    let week = Duration::from_secs(7 * 86_400);
    for (now, expected) in [
        ("2026-06-20T00:00:00Z", "2026-06-13"),
        ("2026-06-20T00:00:00.000000001Z", "2026-06-14"),
        ("2026-06-20T23:59:59Z", "2026-06-14"),
    ] {
        assert_eq!(first_whole_day(instant(now), week), Some(day(expected)), "{now}");
    }
    assert_eq!(day_of(instant("1969-12-31T23:59:59Z")), Some(day("1969-12-31")));
}

#[tokio::test]
async fn a_running_service_is_exported_to_an_object_store_and_read_back() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    let shop = Shop::open();
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, PUBLISH, &server.section()]).serve();
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(2.0));
    let before = HistoryReader::open(&shop.scene.path("history.db")).unwrap().last_rounds().unwrap();
    let to = format!("s3://{bucket}/team/ü a%20b/");
    let output = shop.scene.command("history export --to").arg(&to).output().unwrap();
    let (told, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((errors.as_str(), output.status.code()), ("", Some(0)));
    let line = format!(" below {}\n", to.trim_end_matches('/'));
    assert!(told.ends_with(&line) && told.lines().count() == 1, "{told}");

    let finished = before[0].newest.finished_at;
    let dt = day_of(finished).unwrap();
    let fetch = async |kind: &str| {
        let key = Path::parse(format!("team/ü a%20b/{kind}/dt={dt}/{kind}.parquet")).unwrap();
        table(server.client(&bucket).get(&key).await.unwrap().bytes().await.unwrap().to_vec())
    };
    let measurements = fetch("measurements").await;
    let start = instant(&format!("{dt}T00:00:00Z"));
    let period = Period { start, end: finished.plus(Duration::from_nanos(1)) };
    let reader = HistoryReader::open(&shop.scene.path("history.db")).unwrap();
    let known = export::measurements(&reader, period).unwrap();
    assert!(measurements.height() >= known.height() && known.height() > 0);
    assert!(measurements.head(Some(known.height())).equals_missing(&known));
    let findings = fetch("findings").await;
    assert_eq!(
        findings.column("check").unwrap().str().unwrap().iter().flatten().collect::<Vec<_>>(),
        ["drift", "skew"]
    );
    let now = service.value(&rounds("user_features", "complete"));
    service.wait_for(&rounds("user_features", "complete"), |count| count > now);
}

#[tokio::test]
async fn what_is_larger_than_a_part_arrives_whole_and_replaces_what_was_there() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    let archive = Archive::open(&format!("s3://{bucket}"), &server.settings()).unwrap();
    assert_eq!(archive.address(), format!("s3://{bucket}"));
    let large: Vec<u8> = (0..20_u32 << 20).map(|at| (at % 251) as u8).collect();
    for content in [b"small".to_vec(), large, Vec::new()] {
        archive.put("a/b.bin", content.clone()).await.unwrap();
        let back = server.client(&bucket).get(&Path::from("a/b.bin")).await.unwrap().bytes().await.unwrap();
        assert!(back == content, "{} bytes came back of {}", back.len(), content.len());
    }
}

#[test]
fn what_cannot_be_exported_is_told_and_exits_with_2() {
    let shop = Shop::open();
    let refused = |arguments: &[&str], expected: &str| {
        let output = shop.scene.command("history export").args(arguments).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.stdout.as_slice(), output.status.code()), (&b""[..], Some(2)), "{errors}");
        assert!(errors.contains(expected), "{errors}");
    };
    shop.configure(&["publish: { metrics: \"127.0.0.1:0\" }\n"]);
    refused(&["--to", "out"], "the configuration names no history");
    shop.configure(&[PUBLISH]);
    refused(&["--to", "out"], "could not read history");
    history(shop.scene.path("").as_path(), &[]);
    refused(&["--to", "gs://bucket"], "could not open `gs://bucket` to write");
    refused(&["--to", "out", "--since", "2020-01-01"], "rounds of 2020-01-01 are no longer kept in full");
    refused(&["--to", "out", "--since", "2099-01-02", "--until", "2099-01-01"], "2099-01-02 comes after 2099-01-01");
    refused(&["--to", "out", "--since", "today"], "it is no day such as `2026-06-14`");
    assert!(!shop.scene.path("out").exists());

    let folder = shop.scene.path("");
    let now = Clock::System.now().to_string();
    history(&folder, &[&now]);
    std::fs::write(shop.scene.path("out"), "a file").unwrap();
    refused(&["--to", "out"], "could not write `");
}
