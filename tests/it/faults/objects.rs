//! Snapshots on S3 behind a server that refuses, falls silent, or has its files replaced; and a view that lies elsewhere.

use std::io::Cursor;
use std::sync::Arc;

use polars::prelude::{ParquetCompression, ParquetReader, ParquetWriter, SerReader as _};

use super::proxy::{Manner, Proxy};
use super::{firing, kept, nothing_is_invented, skew_episodes, wait_for_more, wait_while_firing};
use crate::serve::{EVERY_SECOND, PUBLISH, Running, Shop, rounds};
use crate::support::s3::S3Server;

const DAYS: [&str; 3] = ["2026-06-13", "2026-06-14", "2026-06-15"];

/// A shop whose first view has its snapshots behind a proxy; the other one, `local`, has the same files on disk.
struct Depot {
    shop: Shop,
    proxy: Proxy,
    bucket: String,
    service: Running,
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn object(day: &str) -> String {
    format!("users/dt={day}/part-0.parquet")
}

impl Depot {
    fn open(more: &[&str]) -> Self {
        let mut shop = Shop::open();
        let server = S3Server::shared();
        let (bucket, proxy) = (server.bucket(), Proxy::before(server.port()));
        for day in DAYS {
            let file = std::fs::read(shop.scene.path(&format!("snapshots/dt={day}/part-0.parquet"))).unwrap();
            wait(server.put(&bucket, &object(day), file));
        }
        shop.add_view("local");
        let location = format!("\"s3://{bucket}/users/dt=*/*.parquet\"");
        shop.stores = shop.stores.replacen("snapshots/dt=*/*.parquet", &location, 1);
        let section = server.section().replace(&server.endpoint(), &proxy.endpoint());
        let service = firing(&shop, &[EVERY_SECOND, PUBLISH, &section, &more.concat()]);
        service.wait_for(&rounds("local", "complete"), |count| count >= Some(1.0));
        Self { shop, proxy, bucket, service }
    }

    /// What must hold when the fault is over.
    fn goes_on(&self) {
        wait_for_more(&self.service, &rounds("user_features", "complete"), 2.0);
        let history = self.shop.scene.path("history.db");
        for view in ["user_features", "local"] {
            nothing_is_invented(&kept(&history, view));
        }
        let episodes = skew_episodes(&history);
        assert!(episodes.iter().all(|episode| episode.resolved_at.is_none()), "{episodes:?}");
        assert_eq!(episodes.len(), 2, "one of each view");
        let local = |result| self.service.value(&rounds("local", result));
        assert_eq!((local("failed"), local("partial")), (Some(0.0), Some(0.0)));
    }
}

#[test]
fn a_server_that_answers_503_fails_the_rounds_of_its_views_and_of_no_other() {
    let depot = Depot::open(&[]);
    let service = &depot.service;
    depot.proxy.behave(Manner::Unavailable);
    let local = rounds("local", "complete");
    let before = service.value(&local);
    wait_while_firing(service, &rounds("user_features", "failed"), |count| count >= Some(1.0));
    assert!(depot.proxy.refused() > 1, "it was asked again before the round failed");
    assert!(service.value(&local) > before);
    let text = service.metrics();
    let failures: Vec<&str> = text.lines().filter(|line| line.starts_with("skewwatch_stage_failures_total{")).collect();
    assert!(matches!(failures[..], [failure] if failure.contains("stage=\"sample\"")), "{failures:?}");
    depot.proxy.behave(Manner::Honest);
    depot.goes_on();
}

#[test]
fn a_server_that_falls_silent_costs_its_views_their_rounds_and_no_other_view_waits() {
    let depot = Depot::open(&[]);
    let service = &depot.service;
    depot.proxy.behave(Manner::Silent);
    let skipped = "rounds_skipped_total{feature_view=\"user_features\"}";
    let local = rounds("local", "complete");
    wait_while_firing(service, skipped, |count| count >= Some(1.0));
    wait_for_more(service, &local, 2.0);
    // A deadline takes effect on the rounds that begin with it.
    depot.proxy.behave(Manner::Honest);
    wait_for_more(service, &rounds("user_features", "complete"), 1.0);
    let deadline = EVERY_SECOND.replace("deadline: 1h", "deadline: 2s");
    let text = std::fs::read_to_string(depot.shop.scene.path("skewwatch.yaml")).unwrap();
    depot.shop.scene.configure(&text.replace(EVERY_SECOND, &deadline));
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    depot.proxy.behave(Manner::Silent);
    let late = "stage_failures_total{reason=\"deadline\",stage=\"sample\"}";
    wait_while_firing(service, late, |count| count >= Some(2.0));
    wait_for_more(service, &local, 2.0);
    depot.proxy.behave(Manner::Honest);
    depot.goes_on();
}

/// The same rows in other bytes.
fn again(file: &[u8], compression: ParquetCompression) -> Vec<u8> {
    let mut frame = ParquetReader::new(Cursor::new(file)).finish().unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_compression(compression).finish(&mut frame).unwrap();
    bytes
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_fails_that_round_and_no_other() {
    let depot = Depot::open(&[]);
    let (service, newest) = (&depot.service, object(DAYS[2]));
    let file = std::fs::read(depot.shop.scene.path("snapshots/dt=2026-06-15/part-0.parquet")).unwrap();
    let [second, third] = [ParquetCompression::Uncompressed, ParquetCompression::Snappy].map(|way| again(&file, way));
    let server = S3Server::shared();
    let (bucket, key) = (Arc::new(depot.bucket.clone()), newest.clone());
    // A new file is read, and on its first byte it is replaced by yet another one.
    depot.proxy.trap("2026-06-15/part-0", move || wait(server.put(&bucket, &key, third)));
    wait(server.put(&depot.bucket, &newest, second));
    let changed = "stage_failures_total{reason=\"changed\",stage=\"sample\"}";
    wait_while_firing(service, changed, |count| count == Some(1.0));
    assert!(!depot.proxy.is_set());
    depot.goes_on();
    assert_eq!(service.value(changed), Some(1.0));
    assert_eq!(service.value(&rounds("user_features", "failed")), Some(1.0));
}

#[test]
fn a_server_that_answers_slowly_makes_rounds_late_and_not_wrong() {
    // What is kept would spare the reads that are to be slow.
    let depot = Depot::open(&["sample: { cache: none }\n"]);
    let service = &depot.service;
    depot.proxy.behave(Manner::Slow);
    let skipped = "rounds_skipped_total{feature_view=\"user_features\"}";
    wait_while_firing(service, skipped, |count| count >= Some(1.0));
    wait_for_more(service, &rounds("local", "complete"), 2.0);
    wait_for_more(service, &rounds("user_features", "complete"), 2.0);
    assert_eq!(service.value(&rounds("user_features", "failed")), Some(0.0));
    assert_eq!(service.value(&rounds("user_features", "partial")), Some(0.0));
    depot.proxy.behave(Manner::Honest);
    depot.goes_on();
}
