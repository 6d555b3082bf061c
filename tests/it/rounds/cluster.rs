//! Plain keys in a cluster: the verdicts are those of the fault list, exactly, in each pairing.

use std::thread;

use tokio::runtime::Runtime;

use super::population::{
    AS_OF, Reading, expected, fill, from_the_future, key_file, keys, population, view_entry, write_snapshots,
};
use super::{Scene, check};
use crate::support::redis::RedisCluster;

fn configuration(cluster: &RedisCluster, reading: Reading) -> String {
    let (timestamp, pairing) = match reading {
        Reading::Version => (", timestamp_key: \"feat:{entity}:_ts\"", "    pairing: version\n"),
        Reading::Value => ("", "    pairing: value\n"),
        Reading::ValueFromSnapshot => ("", "    pairing: value\n    written_from: snapshot\n"),
    };
    format!(
        "online:\n  redis: {{ nodes: [{}], topology: cluster }}\n  layout: {{ key: \"feat:{{entity}}:{{feature}}\", \
         encoding: json{timestamp} }}\n{}sample: {{ keys: 300000, source: [offline, online, {{ file: keys.csv }}] }}\n",
        cluster.addresses().join(", "),
        view_entry(pairing)
    )
}

#[test]
fn every_fault_among_a_hundred_thousand_entities_is_found_and_nothing_else() {
    let entities = population(100_000);
    let scene = Scene::new();
    write_snapshots(&scene.path("snapshots"), &entities);
    scene.write("keys.csv", key_file(&entities));
    let cluster = RedisCluster::start(3, &[]);
    fill(&cluster.nodes, &entities);
    let rounds = Reading::ALL.map(|reading| {
        let name = format!("{reading:?}.yaml");
        scene.write(&name, configuration(&cluster, reading));
        let path = scene.path(&name);
        (reading, thread::spawn(move || Runtime::new().unwrap().block_on(check(&path, AS_OF))))
    });
    for (reading, round) in rounds {
        let report = round.join().unwrap();
        assert_eq!(report.failures, []);
        let [view] = &report.views[..] else { panic!("one view is measured") };
        assert_eq!(view.keys, keys(&entities), "{reading:?}");
        let future = if reading == Reading::Version { from_the_future(&entities) } else { 0 };
        assert_eq!(view.freshness.from_the_future, future, "{reading:?}");
        for (feature, verdicts, served, gone) in expected(&entities, reading) {
            let found = &view.features[feature];
            assert_eq!(found.verdicts, verdicts, "{feature} {reading:?}");
            assert_eq!((found.expired_served, found.expired_absent), (served, gone), "{feature} {reading:?}");
        }
    }
}
