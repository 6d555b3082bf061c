//! Walking the key space.

use skewwatch::model::choice::{KeyChoice, KeyCollector};
use skewwatch::model::value::ScalarKind;
use skewwatch::store::online::{PlainEncoding, RedisLayout, Walk};

use super::{connect, key, plain, view, walk};
use crate::support::redis::{RedisCluster, RedisServer};

fn layout() -> RedisLayout {
    RedisLayout::Plain(plain("feat:{entity}:{feature}", PlainEncoding::Text))
}

#[tokio::test]
async fn a_walk_in_small_steps_sees_every_key_of_every_node() {
    let cluster = RedisCluster::start(3, &[]);
    for number in 0..300 {
        let key = format!("feat:u{number}:a");
        cluster.run(&key, &format!("SET {key} 7"));
    }
    let mut settings = cluster.settings(layout());
    settings.budget.scan_count = 5;
    let store = connect(settings).await;
    let mut wanted: Vec<_> = (0..300).map(|number| key(&format!("u{number}"))).collect();
    wanted.sort();
    assert_eq!(walk(&store, &view(&[("a", ScalarKind::Int64)])).await.0, wanted);
}

#[tokio::test]
async fn a_walk_that_breaks_off_is_an_error_and_not_a_short_list() {
    let mut server = RedisServer::start();
    let mut settings = server.settings(layout());
    settings.budget.attempts = 2;
    let store = connect(settings).await;
    server.kill();
    let mut collector = KeyCollector::new(KeyChoice { stable_seed: 1, stable: 9, rotating_seed: 1, rotating: 0 });
    let error = store.scan(&view(&[("a", ScalarKind::Int64)]), &mut collector, &mut Walk::default()).await.unwrap_err();
    let address = server.address();
    assert_eq!(
        error.to_string(),
        format!(
            "could not enumerate the keys of view `user_stats` in redis://{address}: redis://{address}: connection \
             refused (2 attempts)"
        )
    );
}
