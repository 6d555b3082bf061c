//! `redis-benchmark` beside a run.

use skewwatch::bench::yardstick::{Asked, measure};

use crate::support::redis::{RedisCluster, RedisServer};

const ASKED: Asked = Asked { entities: 1_500, features: 5, pipeline: 16, commands: Some(20_000) };

fn rows(server: &RedisServer) -> u64 {
    redis::cmd("DBSIZE").query(&mut server.connection()).unwrap()
}

/// How often a command was run, and how often it failed or found nothing to read.
fn commands(server: &RedisServer, name: &str) -> u64 {
    let told: String = redis::cmd("INFO").arg("commandstats").query(&mut server.connection()).unwrap();
    let line = told.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{name}:calls=")));
    line.map_or(0, |line| line.split(',').next().unwrap().parse().unwrap())
}

fn misses(server: &RedisServer) -> u64 {
    let told: String = redis::cmd("INFO").arg("stats").query(&mut server.connection()).unwrap();
    let line = told.lines().find_map(|line| line.strip_prefix("keyspace_misses:"));
    line.unwrap().trim().parse().unwrap()
}

#[test]
fn redis_benchmark_reads_rows_that_are_there_and_leaves_none() {
    let server = RedisServer::start();
    server.run("SET other 1");
    assert!(measure(&server.address(), &ASKED).unwrap() > 1_000.0);
    assert!(commands(&server, "hmget") >= 20_000);
    assert_eq!((misses(&server), rows(&server)), (0, 1));
}

#[test]
fn of_a_cluster_the_node_of_the_rows_is_read() {
    let cluster = RedisCluster::start(3, &[]);
    for node in &cluster.nodes {
        assert!(measure(&node.address(), &ASKED).unwrap() > 1_000.0);
    }
    let read: Vec<u64> = cluster.nodes.iter().map(|node| commands(node, "hmget")).collect();
    assert_eq!(read.iter().filter(|count| **count > 0).count(), 1, "{read:?}");
    assert!(cluster.nodes.iter().all(|node| rows(node) == 0 && misses(node) == 0));
}

#[test]
fn nobody_there_is_an_error() {
    let told = measure("127.0.0.1:1", &ASKED).unwrap_err().to_string();
    assert_eq!(told, "could not write the rows that `redis-benchmark` reads");
}
