//! The same reading from a real S3-compatible server.

use std::time::Duration;

use skewwatch::model::secret::Secret;
use skewwatch::store::snapshot::{S3Settings, SnapshotSettings, SnapshotStore};

use super::golden::views;
use super::{all_keys, end_of_time, failure, fixture, read, rows, store, text, user, users, write};
use crate::support::s3::S3Server;

fn store_with(s3: S3Settings) -> SnapshotStore {
    SnapshotStore::new(SnapshotSettings { s3, ..SnapshotSettings::default() })
}

fn small_file(user: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    write(&file, &mut rows(&[(user, "2026-06-14T00:00:00Z", 1.0)]), 10);
    std::fs::read(&file).unwrap()
}

#[tokio::test]
async fn golden_files_on_s3_read_as_they_do_on_the_disk() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    let on_disk = views(&text(&fixture("golden-feast/dev/data")));
    for view in &on_disk {
        let name = view.source.location.rsplit('/').next().unwrap();
        server.put(&bucket, &format!("data/{name}"), std::fs::read(&view.source.location).unwrap()).await;
    }
    let remote = store_with(server.settings());
    for (here, there) in on_disk.iter().zip(views(&format!("s3://{bucket}/data"))) {
        let (here_history, here) = read(&store(), here, end_of_time()).await;
        let (there_history, found) = read(&remote, &there, end_of_time()).await;
        assert_eq!(found, here, "{}", there.source.location);
        assert_eq!(there_history.identity.files[0].location, there.source.location);
        assert!(there_history.identity.files[0].etag.is_some());
        assert_eq!(there_history.watermark, here_history.watermark);
    }
    let registry = std::fs::read(fixture("golden-feast/dev/registry.db")).unwrap();
    server.put(&bucket, "registry.db", registry.clone()).await;
    assert_eq!(remote.fetch(&format!("s3://{bucket}/registry.db")).await.unwrap(), registry);
}

#[tokio::test]
async fn keys_with_odd_characters_are_found_and_read() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    let names = ["ü a%20b+c", "100% sure", "a&b=c;d", "(x)@$!'~", "日本"];
    for name in names {
        server.put(&bucket, &format!("odd/{name}/{name}.parquet"), small_file(name)).await;
    }
    let remote = store_with(server.settings());
    for name in names {
        let folder = format!("s3://{bucket}/odd/{name}");
        let file = format!("{folder}/{name}.parquet");
        for location in [&folder, &file] {
            let (history, found) = read(&remote, &users(location, &[("x", "float64")]), end_of_time()).await;
            assert_eq!(history.identity.files[0].location, file);
            assert!(found.contains_key(&user(name)), "{location}");
        }
    }
    let all = users(&format!("s3://{bucket}/odd/*/*.parquet"), &[("x", "float64")]);
    assert_eq!(read(&remote, &all, end_of_time()).await.1.len(), names.len());
}

#[tokio::test]
async fn listings_of_more_than_one_page_are_read_whole() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    let content = small_file("a");
    let client = server.client(&bucket);
    let puts = (0..1003).map(|n| {
        let (client, content) = (client.clone(), content.clone());
        async move {
            let key = object_store::path::Path::from(format!("many/{n:04}.parquet"));
            object_store::ObjectStoreExt::put(&client, &key, content.into()).await.expect("the object can be written")
        }
    });
    futures_util::future::join_all(puts).await;
    let remote = store_with(server.settings());
    let view = users(&format!("s3://{bucket}/many/"), &[("x", "float64")]);
    let snapshot = remote.open(&view, end_of_time()).await.unwrap();
    assert_eq!(snapshot.identity().files.len(), 1003);
    assert_eq!(all_keys(&snapshot).await, [user("a")]);
}

#[tokio::test]
async fn partitions_are_listed_from_the_literal_prefix() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    for day in 13..16 {
        server.put(&bucket, &format!("f/dt=2026-06-{day}/part-0.parquet"), small_file(&format!("u{day}"))).await;
        server.put(&bucket, &format!("f/dt=2026-06-{day}/_SUCCESS"), Vec::new()).await;
    }
    let remote = store_with(server.settings());
    let view = users(&format!("s3://{bucket}/f/dt=*"), &[("dt", "unix_timestamp")]);
    let (_, found) = read(&remote, &view, end_of_time()).await;
    let days: Vec<String> = found.keys().map(ToString::to_string).collect();
    assert_eq!(days, ["u13", "u14", "u15"]);
}

#[tokio::test]
async fn a_wrong_secret_a_missing_bucket_and_a_missing_key_are_told_apart() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    server.put(&bucket, "f/a.parquet", small_file("a")).await;
    let good = || store_with(server.settings());
    let wrong = || store_with(S3Settings { secret_access_key: Some(Secret::new("wrong")), ..server.settings() });
    let unknown = || store_with(S3Settings { access_key_id: Some("nobody".to_owned()), ..server.settings() });
    let features = [("x", "float64")];
    for (store, place, expected, reason) in [
        (
            wrong(),
            format!("s3://{bucket}/f"),
            "could not list s3://{}/f: the secret access key is wrong (`SignatureDoesNotMatch`)",
            "denied",
        ),
        (
            wrong(),
            format!("s3://{bucket}/f/a.parquet"),
            "could not read s3://{}/f/a.parquet: the user may not read it",
            "denied",
        ),
        (
            unknown(),
            format!("s3://{bucket}/f"),
            "could not list s3://{}/f: the store does not know the access key id (`InvalidAccessKeyId`)",
            "denied",
        ),
        (
            good(),
            format!("s3://{bucket}/none"),
            "could not read s3://{}/none: there is no such file or folder",
            "not_found",
        ),
        (
            good(),
            format!("s3://{bucket}/none.parquet"),
            "could not read s3://{}/none.parquet: there is no such file or folder",
            "not_found",
        ),
    ] {
        let error = failure(&store, &users(&place, &features)).await;
        assert_eq!((error.to_string(), error.reason()), (expected.replace("{}", &bucket), reason));
    }
    let error = failure(&good(), &users("s3://no-such-bucket/f", &features)).await;
    let expected = "could not list s3://no-such-bucket/f: there is no such bucket (`NoSuchBucket`)";
    assert_eq!((error.to_string().as_str(), error.reason()), (expected, "not_found"));
    let error = good().fetch(&format!("s3://{bucket}/registry.db")).await.unwrap_err();
    let expected = format!("could not read s3://{bucket}/registry.db: there is no such file (`NoSuchKey`)");
    assert_eq!((error.to_string(), error.reason()), (expected, "not_found"));
}

#[tokio::test]
async fn an_object_that_is_replaced_between_listing_and_reading_is_a_fault() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    server.put(&bucket, "f/a.parquet", small_file("a")).await;
    let remote = store_with(server.settings());
    let location = format!("s3://{bucket}/f/a.parquet");
    let snapshot = remote.open(&users(&location, &[("x", "float64")]), end_of_time()).await.unwrap();
    server.put(&bucket, "f/a.parquet", small_file("b")).await;
    let error = snapshot.history(&[user("a")]).await.unwrap_err();
    assert_eq!(error.to_string(), format!("could not read {location}: it changed while it was read"));
    assert_eq!(error.reason(), "changed");
}

#[tokio::test]
async fn an_endpoint_that_nobody_listens_on_is_told_soon() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let s3 = S3Settings { endpoint: Some(format!("http://127.0.0.1:{port}")), ..S3Server::shared().settings() };
    let asked = store_with(s3);
    let view = users("s3://bucket/f", &[("x", "float64")]);
    let opening = tokio::time::timeout(Duration::from_secs(60), asked.open(&view, end_of_time()));
    let error = opening.await.expect("a dead endpoint is told before anybody gives up").unwrap_err();
    assert_eq!(error.reason(), "connection");
    let text = error.to_string();
    let expected =
        format!("could not list s3://bucket/f: no connection to http://127.0.0.1:{port}: connection refused");
    assert_eq!(text, expected);
}
