//! Feast's own feature server, over rows that the benchmark wrote.

use super::{http, loaded, settings, whole};

#[expect(dead_code, reason = "the benchmark of servers uses more of it")]
#[path = "../../../benches/support/feast_server.rs"]
mod feast_server;

use feast_server::FeastStore;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feast_s_own_server_answers_rightly_and_what_it_does_not_have_is_absent() {
    let redis = loaded(500).await;
    let server = FeastStore::apply(&redis.address()).unwrap().serve(1).unwrap();
    let mut one = settings(http(&server.address()), 500);
    one.rate = 50;
    let mut several = one.clone();
    several.batch = 20;
    several.rate = 10;
    let one = whole(one).await;
    assert_eq!((one.due(), one.misses.count(), one.faults.all()), (100, 100, 0), "{}", server.told());
    let several = whole(several).await;
    assert_eq!((several.due(), several.misses.count(), several.faults.all()), (20, 20, 0), "{}", server.told());
    // Half of the entities are not there.
    let mut beyond = settings(http(&server.address()), 1_000);
    beyond.rate = 50;
    let beyond = whole(beyond).await;
    assert_eq!((beyond.due(), beyond.failed, beyond.faults.all()), (100, 0, 0), "{}", server.told());
    assert!((20..=80).contains(&beyond.incomplete), "{}", beyond.incomplete);
}
