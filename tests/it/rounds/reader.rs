//! A Redis user who may only read suffices for a whole round, and the round leaves the store as it was.

use super::Scene;
use super::population::{AS_OF, Reading, expected, fill, key_file, population, view_entry, write_snapshots};
use crate::support::redis::{RedisCluster, RedisServer};

const READER: &str = "user watch on >hunter2 resetkeys %R~* resetchannels -@all +@read +@connection +cluster|slots \
                      +cluster|shards +cluster|nodes";

/// What must be the same before and after: the digest of all keys and values.
fn digest(server: &RedisServer) -> redis::Value {
    server.run("DEBUG DIGEST")
}

#[tokio::test]
async fn a_reading_user_suffices_for_a_round_over_plain_keys_in_a_cluster() {
    let entities = population(26 * 13 * 5);
    let cluster = RedisCluster::start(3, &[READER, "enable-debug-command yes"]);
    fill(&cluster.nodes, &entities);
    let before: Vec<redis::Value> = cluster.nodes.iter().map(digest).collect();
    let scene = Scene::new();
    write_snapshots(&scene.path("snapshots"), &entities);
    scene.write("keys.csv", key_file(&entities)).configure(&format!(
        "online:\n  redis: {{ nodes: [{}], topology: cluster, username: watch, password: hunter2 }}\n  layout: {{ key: \
         \"feat:{{entity}}:{{feature}}\", timestamp_key: \"feat:{{entity}}:_ts\" }}\n{}sample: {{ source: [offline, \
         online, {{ file: keys.csv }}] }}\n",
        cluster.addresses().join(", "),
        view_entry("")
    ));
    let report = scene.check(AS_OF).await;
    assert_eq!(report.failures, []);
    for (feature, verdicts, ..) in expected(&entities, Reading::Version) {
        assert_eq!(report.views[0].features[feature].verdicts, verdicts, "{feature}");
    }
    for (node, before) in cluster.nodes.iter().zip(before) {
        assert_eq!(node.run("ACL LOG"), redis::Value::Array(Vec::new()), "not even an attempt at what it may not do");
        assert_eq!(digest(node), before);
    }
}
