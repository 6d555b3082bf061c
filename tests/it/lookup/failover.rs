//! A master that is killed while lookups run, and the replica that takes over.

use std::time::{Duration, Instant};

use skewwatch::lookup::LookupSettings;

use super::{FAILED, TAGGED, Told, key, layout, lookup, present, told, uncached, view};
use crate::support::redis::{RedisCluster, wait_until};

/// A failover by the nodes' own election takes some seconds.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_failover_costs_failures_and_no_wrong_value_and_ends() {
    let mut cluster = RedisCluster::start(3, &["cluster-node-timeout 1000"]);
    cluster.add_replica(0, &["cluster-node-timeout 1000", "cluster-replica-validity-factor 0"]);
    let users: Vec<String> = (0..60).map(|number| format!("u{number}")).collect();
    for (number, user) in users.iter().enumerate() {
        let key = format!("feat:{{{user}}}:a");
        cluster.run(&key, &format!("MSET {key} {number} feat:{{{user}}}:b {number}"));
    }
    wait_until("the replica has what its master has", || {
        let size = |server: &crate::support::redis::RedisServer| server.run("DBSIZE");
        size(&cluster.nodes[0]) == size(&cluster.replicas[0])
    });
    let settings = LookupSettings { deadline: Duration::from_millis(100), ..uncached() };
    let lookup = lookup(cluster.settings(layout(TAGGED)), &[view("v", &["a", "b"])], &settings).await;
    let selection = lookup.select(&["v:a", "v:b"]).unwrap();
    let keys: Vec<_> = users.iter().map(|user| key(user)).collect();
    let owners: Vec<usize> = users.iter().map(|user| cluster.owner_position(&format!("feat:{{{user}}}:a"))).collect();
    let expected: Vec<Vec<Told>> = (0..60).map(|number| vec![present(number); 2]).collect();
    let read = async || lookup.lookup_all(&selection, &keys).await.iter().map(told).collect::<Vec<_>>();
    while read().await != expected {}

    cluster.nodes[0].kill();
    let killed = Instant::now();
    let mut failed = 0;
    loop {
        let rows = read().await;
        for ((row, owner), expected) in rows.iter().zip(&owners).zip(&expected) {
            if row == expected {
                continue;
            }
            assert_eq!(*row, vec![FAILED; 2], "a wrong value");
            assert_eq!(*owner, 0, "a row of a node that lives");
            failed += 1;
        }
        if failed > 0 && rows == expected {
            break;
        }
        assert!(killed.elapsed() < PATIENCE, "no recovery; {failed} lookups failed");
    }
    assert_eq!(lookup.counts().errors, failed, "each failure is counted");
    // It stays.
    assert_eq!(read().await, expected);
}
