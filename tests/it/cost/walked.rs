//! Walks over the key space that take several rounds.

use std::collections::BTreeSet;

use skewwatch::model::choice::{KeyChoice, KeyCollector};
use skewwatch::model::entity::EntityKey;
use skewwatch::model::measurement::{RoundReport, ScanMeasurement};
use skewwatch::model::ratio::Ratio;
use skewwatch::model::value::ScalarKind;
use skewwatch::store::online::{PlainEncoding, RedisLayout, Walk};

use super::{Row, Shop, at, minute};
use crate::redis::{connect, key, plain, view};
use crate::support::redis::{RedisCluster, RedisServer};

fn layout() -> RedisLayout {
    RedisLayout::Plain(plain("feat:{entity}:{feature}", PlainEncoding::Text))
}

fn all() -> KeyCollector {
    KeyCollector::new(KeyChoice { stable_seed: 1, stable: 1_000_000, rotating_seed: 2, rotating: 0 })
}

fn wanted(keys: std::ops::Range<u32>) -> Vec<EntityKey> {
    let mut wanted: Vec<_> = keys.map(|number| key(&format!("u{number}"))).collect();
    wanted.sort();
    wanted
}

#[tokio::test]
async fn a_walk_goes_on_where_it_stopped_until_it_has_come_past_every_key_of_every_node() {
    let cluster = RedisCluster::start(3, &[]);
    for number in 0..300 {
        let key = format!("feat:u{number}:a");
        cluster.run(&key, &format!("SET {key} 7"));
    }
    let mut settings = cluster.settings(layout());
    (settings.budget.scan_count, settings.budget.scan_keys) = (10, 40);
    let (mut collector, mut walk) = (all(), Walk::default());
    let mut shares = Vec::new();
    while !walk.is_over() {
        // Each time over connections of its own, as another process would.
        let store = connect(settings.clone()).await;
        let seen = store.scan(&view(&[("a", ScalarKind::Int64)]), &mut collector, &mut walk).await.unwrap();
        assert!(seen.seen <= 80, "{seen:?}");
        shares.push(walk.share().unwrap());
    }
    assert!(shares.len() >= 5 && shares.windows(2).all(|pair| pair[0] < pair[1]), "{shares:?}");
    assert_eq!(shares.last(), Some(&1.0));
    assert_eq!(collector.into_keys(), wanted(0..300));
}

#[tokio::test]
async fn a_node_that_was_started_anew_is_walked_from_its_beginning() {
    let fill = |server: &RedisServer| {
        for number in 0..400 {
            server.run(&format!("SET feat:u{number}:a 7"));
        }
    };
    let first = RedisServer::start();
    fill(&first);
    // Connections before this one.
    (0..50).for_each(|_| drop(first.run("PING")));
    let mut settings = first.settings(layout());
    (settings.budget.scan_count, settings.budget.scan_keys) = (10, 100);
    let (mut collector, mut walk) = (all(), Walk::default());
    let view = view(&[("a", ScalarKind::Int64)]);
    connect(settings.clone()).await.scan(&view, &mut collector, &mut walk).await.unwrap();
    let leg = *walk.legs().values().next().unwrap();
    assert!(leg.cursor != 0 && leg.connection.is_some());
    // Another server with the same keys in another order stands for the first one after a start.
    let second = RedisServer::start();
    fill(&second);
    let mut settings = second.settings(layout());
    (settings.budget.scan_count, settings.budget.scan_keys) = (10, 10);
    let mut walk = Walk::of([(second.address(), leg)].into());
    connect(settings).await.scan(&view, &mut all(), &mut walk).await.unwrap();
    assert_eq!(walk.legs().values().next().unwrap().passed, 10, "it began anew");
}

#[tokio::test]
async fn nodes_that_leave_and_join_change_only_their_own_legs() {
    let server = RedisServer::start();
    (0..100).for_each(|number| drop(server.run(&format!("SET feat:u{number}:a 7"))));
    let store = connect(server.settings(layout())).await;
    let gone = skewwatch::store::online::Leg { is_over: true, held: Some(9), ..Default::default() };
    let mut walk = Walk::of([("10.0.0.1:6379".to_owned(), gone)].into());
    let mut collector = all();
    store.scan(&view(&[("a", ScalarKind::Int64)]), &mut collector, &mut walk).await.unwrap();
    assert_eq!(collector.into_keys(), wanted(0..100));
    assert_eq!(walk.legs().keys().collect::<Vec<_>>(), [&server.address()]);
}

fn scan(report: &RoundReport) -> ScanMeasurement {
    assert_eq!(report.failures, []);
    report.views[0].scan.unwrap()
}

/// Two hundred users online, twenty of them offline too.
fn shop() -> Shop {
    let shop = Shop::open();
    let row = |user| Row { user, minute: -60, created: -50, value: 1 };
    shop.write("part-0.parquet", &(0..20).map(row).collect::<Vec<_>>());
    (0..200).map(row).for_each(|row| shop.serve(row));
    shop
}

const SLOW: &str = "keys: 1000, budget: { scan_count: 20, scan_keys: 100 }";

#[tokio::test]
async fn rounds_say_how_much_of_the_key_space_they_speak_for_and_end_with_all_of_it() {
    let shop = shop();
    let plan = shop.plan(&format!("{SLOW}, cache: cache")).await;
    let mut covered = Vec::new();
    let mut online = Vec::new();
    loop {
        let report = at(&plan, minute(0)).await;
        covered.push(scan(&report).covered.unwrap().get());
        online.push(report.views[0].keys.online);
        if scan(&report).under_way.is_none() {
            break;
        }
    }
    // 400 keys, about 100 of them in a round.
    assert!((3..=5).contains(&covered.len()), "{covered:?}");
    assert!((0.2..0.35).contains(&covered[0]), "{covered:?}");
    assert!(covered.windows(2).all(|pair| pair[0] < pair[1]), "{covered:?}");
    assert_eq!((covered.last(), online.last()), (Some(&1.0), Some(&200)));
    assert!(online[0] < 120, "{online:?}");
    // The next walk has begun, and the keys of the last one that came around are used meanwhile.
    let next = at(&plan, minute(0)).await;
    assert_eq!((scan(&next).covered, next.views[0].keys.online), (Ratio::new(1.0), 200));
    assert!(scan(&next).under_way.unwrap().get() < 0.5);
}

#[tokio::test]
async fn without_a_cache_each_round_begins_the_walk_anew() {
    let shop = shop();
    let plan = shop.plan(SLOW).await;
    let first = scan(&at(&plan, minute(0)).await);
    assert_eq!(first, scan(&at(&plan, minute(0)).await));
    assert_eq!(first.covered, first.under_way);
}

#[tokio::test]
async fn a_store_within_the_budget_is_walked_whole_each_round() {
    let shop = shop();
    let plan = shop.plan("keys: 1000, cache: cache").await;
    for _ in 0..3 {
        let report = at(&plan, minute(0)).await;
        assert_eq!(scan(&report), ScanMeasurement { covered: Ratio::new(1.0), under_way: None });
        assert_eq!(report.views[0].keys.asked, 200);
        shop.serve(Row { user: 3, minute: -1, created: 0, value: 2 });
    }
}

#[tokio::test]
async fn the_rotating_keys_of_another_snapshot_are_collected_from_where_the_walk_stands() {
    let shop = shop();
    let plan = shop.plan("keys: 40, rotating: 50%, cache: cache, budget: { scan_count: 20, scan_keys: 100 }").await;
    while scan(&at(&plan, minute(0)).await).under_way.is_some() {}
    let row = |user| Row { user, minute: -60, created: -50, value: 2 };
    shop.write("part-0.parquet", &(0..20).map(row).collect::<Vec<_>>());
    let mut covered = BTreeSet::new();
    for _ in 0..4 {
        let share = scan(&at(&plan, minute(0)).await).covered.unwrap().get();
        covered.insert((share * 1000.0) as u64);
    }
    assert!(covered.len() >= 3 && covered.contains(&1000), "{covered:?}");
}
