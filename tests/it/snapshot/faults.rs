//! Files that cannot be read, each with its whole message.

use std::fs;
use std::path::Path;

use polars::prelude::*;
use skewwatch::store::snapshot::SnapshotFault;

use super::{end_of_time, failure, fixture, instants, rows, store, text, user, users, write};

fn good(path: &Path) {
    let written: Vec<(&str, &str, f64)> = ["u1", "u2", "u3"].map(|name| (name, "2026-06-14T00:00:00Z", 1.0)).to_vec();
    write(path, &mut rows(&written), 10);
}

async fn message(path: &Path) -> (String, SnapshotFault) {
    let error = failure(&store(), &users(&text(path), &[("x", "float64")])).await;
    (error.to_string(), error.fault)
}

#[tokio::test]
async fn files_that_are_no_parquet_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    good(&file);
    let whole = fs::read(&file).unwrap();
    let half = whole[..whole.len() / 2].to_vec();
    let mut huge_footer = whole.clone();
    let at = huge_footer.len() - 8;
    huge_footer[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut broken_footer = whole.clone();
    let start = broken_footer.len() - 60;
    broken_footer[start..start + 40].fill(0xff);
    let path = text(&file);
    let size = whole.len();
    let cut = "it is no Parquet file or is cut off: it does not end with `PAR1`";
    for (content, fault, cause) in [
        (Vec::new(), SnapshotFault::Empty, "the file is empty (0 bytes)".to_owned()),
        (b"PAR1".to_vec(), SnapshotFault::Corrupt, "it is no Parquet file: 4 bytes are too few".to_owned()),
        (half, SnapshotFault::Corrupt, cut.to_owned()),
        (b"user_id,event_timestamp,x\n".to_vec(), SnapshotFault::Corrupt, cut.to_owned()),
        (
            huge_footer,
            SnapshotFault::Corrupt,
            format!("its footer of 4294967303 bytes is larger than the file of {size} bytes"),
        ),
    ] {
        fs::write(&file, content).unwrap();
        assert_eq!(message(&file).await, (format!("could not read {path}: {cause}"), fault));
    }
    fs::write(&file, broken_footer).unwrap();
    let (message, fault) = message(&file).await;
    assert_eq!(fault, SnapshotFault::Corrupt, "{message}");
}

#[tokio::test]
async fn damage_anywhere_in_a_file_is_a_fault_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    good(&file);
    let plain = (fs::read(&file).unwrap(), users(&text(&file), &[("x", "float64")]), "u1");
    let features =
        [("as_map", "map"), ("as_struct", "map"), ("texts", "list<string>"), ("price", "float64"), ("raw", "bytes")];
    let nested = (fs::read(fixture("parquet/nested.parquet")).unwrap(), users(&text(&file), &features), "b");
    for (whole, view, name) in [plain, nested] {
        let mut faults = 0;
        for place in (4..whole.len() - 8).step_by(5) {
            let mut damaged = whole.clone();
            damaged[place] ^= 0xff;
            fs::write(&file, damaged).unwrap();
            let outcome = match store().open(&view, end_of_time()).await {
                Ok(snapshot) => snapshot.history(&[user(name)]).await.err(),
                Err(error) => Some(error),
            };
            let Some(error) = outcome else { continue };
            assert!(matches!(error.fault, SnapshotFault::Corrupt | SnapshotFault::Schema), "{place}: {error}");
            faults += 1;
        }
        assert!(faults > whole.len() / 50, "most damage to the footer is noticed: {faults}");
    }
}

#[tokio::test]
async fn places_without_files_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("readme.txt"), "no Parquet").unwrap();
    let missing = "there is no such file or folder";
    let nothing = "there is no Parquet file in it";
    for (place, fault, cause) in [
        ("none.parquet", SnapshotFault::NotFound, missing.to_owned()),
        ("none", SnapshotFault::NotFound, missing.to_owned()),
        ("none/", SnapshotFault::NotFound, missing.to_owned()),
        ("none/*.parquet", SnapshotFault::NotFound, missing.to_owned()),
        ("empty", SnapshotFault::Empty, nothing.to_owned()),
        ("other", SnapshotFault::Empty, nothing.to_owned()),
        ("other/*.parquet", SnapshotFault::Empty, format!("no file below {} matches the pattern", text(&other))),
    ] {
        let location = format!("{}/{place}", text(folder.path()));
        let error = failure(&store(), &users(&location, &[("x", "float64")])).await;
        assert_eq!((error.to_string(), error.fault), (format!("could not read {location}: {cause}"), fault));
    }
    let error = store().fetch(&text(&folder.path().join("registry.db"))).await.unwrap_err();
    let path = text(&folder.path().join("registry.db"));
    assert_eq!(error.to_string(), format!("could not read {path}: there is no such file"));
}

#[tokio::test]
async fn a_table_whose_log_says_which_files_count_is_not_read_as_a_folder() {
    for (log, name) in [
        ("_delta_log/00000000000000000000.json", "Delta"),
        ("metadata/v1.metadata.json", "Iceberg"),
        (".hoodie/hoodie.properties", "Hudi"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join(log);
        fs::create_dir_all(log.parent().unwrap()).unwrap();
        fs::write(&log, "{}").unwrap();
        good(&folder.path().join("part-0.parquet"));
        let path = text(folder.path());
        let expected = format!(
            "could not read {path}: it is a table of {name}, some of whose files may count no longer; \
             `{path}/**/*.parquet` reads them all the same"
        );
        assert_eq!(message(folder.path()).await, (expected, SnapshotFault::Address));
        let anyway = users(&format!("{path}/**/*.parquet"), &[("x", "float64")]);
        assert!(store().open(&anyway, end_of_time()).await.is_ok());
    }
}

#[tokio::test]
async fn columns_that_are_missing_or_hold_another_type_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    let columns = vec![
        Column::new("user_id".into(), ["a"]),
        instants("event_timestamp", &[Some("2026-06-14T00:00:00Z")]),
        Column::new("amount_1d".into(), [1.0]),
        Column::new("country".into(), ["de"]),
    ];
    write(&file, &mut DataFrame::new(1, columns).unwrap(), 10);
    let path = text(&file);
    let good = || users(&path, &[("amount_1d", "float64")]);
    let mut other_time = good();
    other_time.source.event_timestamp = "event_time".to_owned();
    let mut text_time = good();
    text_time.source.event_timestamp = "country".to_owned();
    let mut other_created = good();
    other_created.source.created = Some("written".to_owned());
    let mut other_key = good();
    other_key.join_keys[0].name = "userid".to_owned();
    let mut number_key = good();
    number_key.join_keys[0].kind = skewwatch::model::entity::KeyKind::Int64;
    for (view, cause) in [
        (
            users(&path, &[("amount_7d", "float64")]),
            "column `amount_7d`, which is feature `amount_7d` of view `users`, is missing; it has `amount_1d`",
        ),
        (
            users(&path, &[("fraud_score", "float64")]),
            "column `fraud_score`, which is feature `fraud_score` of view `users`, is missing",
        ),
        (
            users(&path, &[("country", "float64")]),
            "column `country` holds string, and feature `country` of view `users` is float64",
        ),
        (other_time, "column `event_time`, which is the event timestamp of view `users`, is missing"),
        (text_time, "column `country` holds string, and the event timestamp of view `users` is timestamp"),
        (other_created, "column `written`, which is the time of writing of view `users`, is missing"),
        (other_key, "column `userid`, which is join key `userid` of view `users`, is missing; it has `user_id`"),
        (number_key, "column `user_id` holds string, and join key `user_id` of view `users` is int64"),
    ] {
        let error = failure(&store(), &view).await;
        assert_eq!(error.to_string(), format!("could not read {path}: {cause}"));
        assert_eq!(error.reason(), "schema");
    }
}

#[tokio::test]
async fn a_file_that_is_replaced_or_removed_between_listing_and_reading_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    good(&file);
    let path = text(&file);
    let view = users(&path, &[("x", "float64")]);
    let snapshot = store().open(&view, end_of_time()).await.unwrap();
    let replacement = folder.path().join("replacement");
    good(&replacement);
    fs::rename(&replacement, &file).unwrap();
    let error = snapshot.history(&[user("u1")]).await.unwrap_err();
    assert_eq!(error.to_string(), format!("could not read {path}: it changed while it was read"));
    assert_eq!(error.reason(), "changed");
    let snapshot = store().open(&view, end_of_time()).await.unwrap();
    fs::remove_file(&file).unwrap();
    let error = snapshot.history(&[user("u1")]).await.unwrap_err();
    assert_eq!(error.to_string(), format!("could not read {path}: it was removed while it was read"));
    assert_eq!(error.reason(), "changed");
}
