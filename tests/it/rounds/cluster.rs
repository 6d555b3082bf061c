//! Plain keys in a cluster: the verdicts are those of the fault list, exactly, in each pairing.

use std::thread;

use skewwatch::model::cause::{Locus, Relation};
use skewwatch::model::check::CheckKind;
use tokio::runtime::Runtime;

use super::population::{
    AS_OF, Reading, expected, fill, from_the_future, healthy, key_file, keys, population, view_entry, write_snapshots,
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

#[test]
fn a_fault_of_one_node_is_told_with_the_node() {
    let entities = healthy(600);
    let scene = Scene::new();
    write_snapshots(&scene.path("snapshots"), &entities);
    let cluster = RedisCluster::start(3, &[]);
    fill(&cluster.nodes, &entities);
    for entity in &entities {
        let key = format!("feat:{}:account_age_days", entity.id());
        if cluster.owner_position(&key) == 1 {
            cluster.run(&key, &format!("INCRBY {key} 7"));
        }
    }
    scene.write("skewwatch.yaml", configuration(&cluster, Reading::Version).replace(", { file: keys.csv }", ""));
    let report = Runtime::new().unwrap().block_on(check(&scene.path("skewwatch.yaml"), AS_OF));
    assert_eq!(report.failures, []);
    let diagnosis = report.views[0].features["account_age_days"].diagnosis.as_ref().unwrap();
    let named: Vec<(&Relation, &Locus)> =
        diagnosis.causes.iter().map(|cause| (&cause.relation, &cause.locus)).collect();
    // The second of three nodes with equal shares of the slots.
    assert_eq!(named, [(&Relation::Shifted { by: 7.0 }, &Locus::Shards(vec![16384 / 3]))]);
    let told = report.findings.iter().find(|finding| finding.check == CheckKind::Skew).unwrap();
    let clause = "100 % are served off by +7 by the node of slot 5461";
    assert!(told.message.ends_with(clause), "{}", told.message);
}

#[test]
fn a_fault_of_one_node_is_found_again_from_evidence_without_the_cluster() {
    let entities = healthy(600);
    let scene = Scene::new();
    write_snapshots(&scene.path("snapshots"), &entities);
    let cluster = RedisCluster::start(3, &[]);
    fill(&cluster.nodes, &entities);
    scene.write("keys.csv", key_file(&entities)).configure(&configuration(&cluster, Reading::Version));
    let mut faulty = cluster.nodes[1].connection();
    let keys: Vec<String> = redis::cmd("KEYS").arg("feat:*:total_orders_30d").query(&mut faulty).unwrap();
    for key in keys {
        let served: i64 = redis::cmd("GET").arg(&key).query(&mut faulty).unwrap();
        redis::cmd("SET").arg(&key).arg(served * 1000 + 7).exec(&mut faulty).unwrap();
    }
    let round = scene.command("check --as-of 2026-06-15T12:00:00Z --format json --evidence evidence").output().unwrap();
    drop(cluster);
    let told = String::from_utf8(round.stdout).unwrap();
    assert!(told.contains("\"shards\""), "{told}");
    let again = scene.command("replay evidence").output().unwrap();
    assert_eq!((String::from_utf8(again.stderr).unwrap().as_str(), again.status.code()), ("", round.status.code()));
    assert!(String::from_utf8(again.stdout).unwrap() == told);
}
