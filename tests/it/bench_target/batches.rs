//! Requests of several entities to the lookup path in the process.

use skewwatch::bench::data::Layout;
use skewwatch::bench::run::RunSettings;
use skewwatch::bench::target::TargetSettings;

use super::{loaded, settings, whole};
use crate::support::redis::RedisServer;

fn through(server: &RedisServer, entities: u32) -> RunSettings {
    let redis = Some(server.settings(Layout::Feast.settings()));
    RunSettings { redis, batch: 10, ..settings(TargetSettings::Lookup, entities) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entity_of_a_request_is_checked_and_counted_by_itself() {
    let server = loaded(200).await;
    let found = whole(through(&server, 200)).await;
    assert_eq!((found.due(), found.faults.all()), (200, 0));
    assert_eq!(found.hits.count() + found.misses.count(), 200);
    let keys = &found.keys;
    assert_eq!((keys.response.count(), keys.hits.count() + keys.misses.count()), (2_000, 2_000));
    assert!(keys.hits.count() > 0);
    assert_eq!(found.hits_of_answered(), (keys.hits.count(), 2_000));
    // A request is answered when the last of its entities is.
    assert!(found.response.largest() >= keys.response.largest());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_l1_no_entity_of_a_request_is_a_hit() {
    let server = loaded(200).await;
    let mut run = through(&server, 200);
    run.lookup.l1.capacity = 0;
    let found = whole(run).await;
    assert_eq!((found.due(), found.misses.count(), found.keys.misses.count()), (200, 200, 2_000));
    assert_eq!(found.hits_of_answered(), (0, 2_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_lacks_what_one_of_its_entities_lacks_and_the_others_count_as_served() {
    let server = loaded(100).await;
    let found = whole(through(&server, 125)).await;
    // A fifth of the entities are not there.
    let keys = &found.keys;
    assert_eq!((found.due(), found.failed, found.faults.all()), (200, 0, 0));
    assert_eq!(keys.response.count(), 2_000);
    let absent = keys.response.without_answer();
    assert!((300..=500).contains(&absent), "{absent}");
    assert_eq!(keys.hits.count() + keys.misses.count(), 2_000 - absent);
    assert!(found.incomplete >= absent.div_ceil(10) && found.incomplete <= absent);
    assert_eq!(found.response.without_answer(), found.incomplete);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_value_is_found_among_right_ones() {
    let server = loaded(50).await;
    let mut connection = server.connection();
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    let fields: Vec<Vec<u8>> = redis::cmd("HKEYS").arg(&keys[0]).query(&mut connection).unwrap();
    let feature = fields.into_iter().find(|field| field.len() == 4).unwrap();
    // Feast's bytes of the whole number 13.
    redis::cmd("HSET").arg(&keys[0]).arg(feature).arg(b"\x20\x0d".as_slice()).exec(&mut connection).unwrap();
    let found = whole(through(&server, 50)).await;
    assert!(found.faults.wrong > 0 && found.faults.all() == found.faults.wrong, "{:?}", found.faults);
}
