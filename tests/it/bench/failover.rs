//! A node of a cluster that dies during a run.

use std::time::Duration;

use skewwatch::bench::data::Layout;
use skewwatch::bench::run::{RunSettings, run};

use super::scene::{fill, straight};
use crate::support::redis::{RedisCluster, feast_layout, information, wait_until};

#[test]
fn a_node_that_is_killed_and_replaced_costs_errors_for_a_time_and_no_wrong_value() {
    let lines = ["cluster-node-timeout 1000", "cluster-replica-validity-factor 0"];
    let mut cluster = RedisCluster::start(3, &lines);
    let redis = cluster.settings(feast_layout());
    fill(&redis, Layout::Hash, 1_000);
    cluster.add_replica(0, &lines);
    let settings = RunSettings { rate: 500, seconds: 15, ..straight(redis, Layout::Hash, 1_000) };
    let run = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&settings).unwrap());
        wait_until("the run is under way", || {
            let text = information(&cluster.nodes[0], "INFO commandstats");
            let calls = text.lines().find_map(|line| line.strip_prefix("cmdstat_hmget:calls="));
            calls.is_some_and(|line| line.split(',').next().unwrap().parse::<u64>().unwrap() > 400)
        });
        cluster.nodes[0].kill();
        running.join().unwrap()
    });
    let whole = run.whole();
    assert_eq!(run.faults().all(), 0);
    assert_eq!((whole.incomplete, whole.unsent), (0, 0));
    assert!(whole.failed > 0 && whole.failed < whole.due() / 2, "{} of {} failed", whole.failed, whole.due());
    let outages = run.outages.all();
    assert_eq!(outages.iter().map(|outage| outage.failed).sum::<u64>(), whole.failed);
    let (first, last) = (outages.first().unwrap(), outages.last().unwrap());
    let recovery = last.until - first.from;
    assert!(recovery < Duration::from_secs(10), "{outages:?}");
    assert_eq!(run.blocks.last().unwrap().failed, 0, "{outages:?}");
}
