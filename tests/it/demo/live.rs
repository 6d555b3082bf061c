//! A shop that stays open: both stores follow the present, and faults come and go.

use std::time::Duration;

use skewwatch::config;
use skewwatch::demo::calendar::{BATCH_DELAY, DAY, LAST_CUT, instant};
use skewwatch::demo::live::{LiveSettings, LiveShop, OPEN, ObjectAddress, Step};
use skewwatch::demo::online::{OnlineTarget, RedisAddress, RedisLayout};
use skewwatch::demo::{DemoError, Settings};
use skewwatch::model::verdict::Verdict;
use skewwatch::run::{RoundOptions, round};

use super::settings;
use crate::support::redis::RedisServer;
use crate::support::s3::S3Server;

/// An hour after the snapshot of some midnight was written, long after the demo's fixed present.
const NOON: i64 = LAST_CUT + 40 * DAY + BATCH_DELAY + 3_600;
const CALM: i64 = 600;

fn live() -> LiveSettings {
    LiveSettings { calm: Duration::from_secs(600), copies: None }
}

fn on(redis: &RedisServer, layout: RedisLayout, folder: &std::path::Path) -> Settings {
    let address = RedisAddress::parse(&format!("redis://{}/0", redis.address())).unwrap();
    Settings { online: OnlineTarget::Redis(address, layout), ..settings(folder, "default") }
}

/// Cells by verdict, in the order of names, of a round as of `now`.
async fn verdicts(folder: &std::path::Path, now: i64) -> Vec<(&'static str, u64)> {
    let plan = config::load(&folder.join("skewwatch.yaml"), &|_| None).await.unwrap();
    let report = round(&plan, RoundOptions { as_of: Some(instant(now)), progress: &|_| {} }).await;
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    let features = &report.views[0].features;
    let count = |verdict: Verdict| features.values().map(|feature| feature.verdicts.count(verdict)).sum::<u64>();
    let mut counts: Vec<(&str, u64)> = Verdict::ALL.map(|verdict| (verdict.name(), count(verdict))).to_vec();
    counts.retain(|(_, count)| *count > 0);
    counts
}

fn names(counts: &[(&'static str, u64)]) -> Vec<&'static str> {
    counts.iter().map(|(name, _)| *name).collect()
}

#[tokio::test]
async fn faults_come_and_go_and_are_found_while_they_are_there() {
    for layout in [RedisLayout::Feast, RedisLayout::Plain] {
        let (redis, place) = (RedisServer::start(), tempfile::tempdir().unwrap());
        let folder = place.path().join("demo");
        let (mut shop, made) = LiveShop::open(on(&redis, layout, &folder), live(), NOON).await.unwrap();
        assert_eq!((made.as_of, made.damage.len()), (instant(NOON), 0));
        assert_eq!(names(&verdicts(&folder, NOON).await), ["ahead", "consistent"]);
        let begun = shop.step(NOON).await.unwrap();
        assert_eq!(begun, Step { written: 0, removed: 0, snapshots: 0, is_broken: false });
        let broken = shop.step(NOON + CALM).await.unwrap();
        assert!(broken.is_broken && broken.written > 20 && broken.removed > 5, "{broken:?}");
        let found = verdicts(&folder, NOON + CALM).await;
        let expected =
            ["missing_online", "expired", "ahead", "missing_offline", "skewed", "stale", "consistent", "undecodable"];
        let mut found = names(&found);
        found.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert!(!shop.step(NOON + 2 * CALM).await.unwrap().is_broken);
        assert_eq!(names(&verdicts(&folder, NOON + 2 * CALM).await), ["ahead", "consistent"]);
    }
}

#[tokio::test]
async fn events_are_written_as_they_happen_and_a_snapshot_after_midnight() {
    let (redis, place) = (RedisServer::start(), tempfile::tempdir().unwrap());
    let folder = place.path().join("demo");
    let settings = on(&redis, RedisLayout::Plain, &folder);
    let calm = LiveSettings { calm: Duration::from_secs(1_000_000), copies: None };
    let (mut shop, made) = LiveShop::open(settings, calm, NOON).await.unwrap();
    let hour = shop.step(NOON + 3_600).await.unwrap();
    assert!(hour.written > 0 && hour.written < made.online_rows / 2, "{hour:?}");
    assert_eq!((hour.removed, hour.snapshots), (0, 0));
    let tomorrow = NOON + DAY;
    let next = shop.step(tomorrow).await.unwrap();
    assert_eq!((next.written, next.snapshots), (made.online_rows, 1), "midnight moves every window");
    assert_eq!(names(&verdicts(&folder, tomorrow).await), ["ahead", "consistent"]);
}

#[tokio::test]
async fn snapshots_are_copied_to_the_object_store() {
    let (redis, place, s3) = (RedisServer::start(), tempfile::tempdir().unwrap(), S3Server::shared());
    let bucket = s3.bucket();
    let program = env!("CARGO_BIN_EXE_skewwatch");
    let address = format!("redis://{}/0", redis.address());
    let copies = format!("s3://{bucket}/shop");
    let settings = s3.settings();
    let mut child = std::process::Command::new(program)
        .args(["demo", "--live", "--entities", "50", "--days", "4", "--layout", "plain", "--online", &address])
        .args(["--folder", "shop", "--copies", &copies])
        .current_dir(place.path())
        .env("AWS_ENDPOINT_URL", s3.endpoint())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", settings.access_key_id.unwrap())
        .env("AWS_SECRET_ACCESS_KEY", settings.secret_access_key.unwrap().reveal())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let open = lines.map_while(Result::ok).find(|line| line.starts_with("the shop is open"));
    assert!(open.is_some() && place.path().join("shop").join(OPEN).is_file(), "the shop did not open");
    assert!(std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let client = s3.client(&bucket);
    let folder = object_store::path::Path::from("shop/offline/user_features");
    let listed = object_store::ObjectStore::list_with_delimiter(&client, Some(&folder));
    assert_eq!(listed.await.unwrap().common_prefixes.len(), 4);
}

#[tokio::test]
async fn a_shop_without_redis_does_not_stay_open() {
    let place = tempfile::tempdir().unwrap();
    let refused = LiveShop::open(settings(&place.path().join("demo"), "none"), live(), NOON).await;
    assert!(matches!(refused.map(|_| ()), Err(DemoError::LiveNeedsRedis)));
}

#[test]
fn addresses_of_copies_name_a_bucket() {
    let refused = ["", "s3://", "s3:///a", "/tmp/a"].map(|text| ObjectAddress::parse(text).is_err());
    assert_eq!(refused, [true; 4]);
    assert_eq!(ObjectAddress::parse("s3://a/b/"), ObjectAddress::parse("s3://a/b"));
    assert!(ObjectAddress::parse("s3://a").is_ok());
}
