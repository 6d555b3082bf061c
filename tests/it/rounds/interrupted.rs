//! Stores that go away, and files that are replaced, while a round reads them.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use skewwatch::config;
use skewwatch::model::verdict::Verdict;
use skewwatch::run::{RoundOptions, round};

use super::population::{AS_OF, FEATURES, fill, healthy, view_entry, write_snapshots};
use super::{Scene, instant};
use crate::support::redis::{RedisCluster, RedisServer};

#[tokio::test]
async fn a_node_killed_between_two_views_leaves_unread_keys_and_all_others_settled() {
    let entities = healthy(600);
    let cluster = RedisCluster::start(3, &[]);
    fill(&cluster.nodes, &entities);
    let scene = Scene::new();
    write_snapshots(&scene.path("snapshots"), &entities);
    let views = view_entry("");
    let again = views.strip_prefix("feature_views:\n").unwrap().replace("user_features", "user_features_again");
    scene.configure(&format!(
        "online:\n  redis: {{ nodes: [{}], topology: cluster }}\n  layout: {{ key: \"feat:{{entity}}:{{feature}}\", \
         timestamp_key: \"feat:{{entity}}:_ts\" }}\n{views}{again}sample: {{ source: [offline] , budget: {{ timeout: \
         250ms, connect_timeout: 250ms, attempts: 2 }} }}\n",
        cluster.addresses().join(", "),
    ));
    let port = cluster.nodes[1].port;
    let nodes = Mutex::new(cluster);
    let kill = |view: &str| {
        if view == "user_features_again" {
            nodes.lock().unwrap().nodes[1].kill();
        }
    };
    let plan = config::load(&scene.path("skewwatch.yaml"), &|_| None).await.unwrap();
    let report = round(&plan, RoundOptions { as_of: Some(instant(AS_OF)), progress: &kill }).await;
    let [whole, torn] = &report.views[..] else { panic!("both views are measured") };
    assert!(whole.features.values().all(|feature| feature.verdicts.count(Verdict::Consistent) == 600));
    for feature in torn.features.values() {
        let counts = [Verdict::Consistent, Verdict::Unread].map(|verdict| feature.verdicts.count(verdict));
        assert_eq!(counts.iter().sum::<u64>(), 600, "a key that was not read is never missing");
        assert!(counts[1] > 0);
    }
    let failures: Vec<(&str, &str)> =
        report.failures.iter().map(|failure| (failure.feature_view.as_str(), &*failure.reason)).collect();
    assert_eq!(failures, [("user_features_again", "connection")]);
    let told = &report.failures[0].message;
    assert!(told.contains(&format!("redis://127.0.0.1:{port}: ")), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_replaced_while_it_is_read_is_one_of_both_or_an_error_but_never_a_mixture() {
    let entities = healthy(2_000);
    let (scene, _server) = Scene::with_population(&entities, RedisServer::start(), "");
    // The other file holds the same columns and half the keys.
    let other = Scene::new();
    write_snapshots(&other.path("snapshots"), &healthy(1_000));
    let newest = "snapshots/dt=2026-06-15/part-0.parquet";
    let contents = [fs::read(scene.path(newest)).unwrap(), fs::read(other.path(newest)).unwrap()];
    let done = AtomicBool::new(false);
    let mut outcomes = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0;
            while !done.load(Ordering::Relaxed) {
                turn += 1;
                fs::write(scene.path("next"), &contents[turn % 2]).unwrap();
                fs::rename(scene.path("next"), scene.path(newest)).unwrap();
                std::thread::park_timeout(Duration::from_millis(7));
            }
        });
        let handle = tokio::runtime::Handle::current();
        for _ in 0..12 {
            let report = tokio::task::block_in_place(|| handle.block_on(scene.check(AS_OF)));
            match &report.failures[..] {
                [] => {
                    let counts = |name: &str| {
                        let verdicts = report.views[0].features[name].verdicts;
                        [Verdict::Consistent, Verdict::Ahead, Verdict::Phantom].map(|verdict| verdicts.count(verdict))
                    };
                    for (name, _) in FEATURES {
                        // The keys that the smaller file lacks have only older versions there: no such version.
                        let found = counts(name);
                        assert!(found == [2_000, 0, 0] || found == [1_000, 0, 1_000], "{found:?}");
                    }
                    outcomes.0 += 1;
                }
                [failure] => {
                    assert_eq!((&*failure.reason, report.views.len()), ("changed", 0), "{}", failure.message);
                    outcomes.1 += 1;
                }
                several => panic!("{several:?}"),
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(outcomes.0 + outcomes.1, 12);
}
