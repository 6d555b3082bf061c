//! What `redis-benchmark` reaches on the same server: the figure to hold a run against, since both share the machine.
//!
//! It reads rows that are written for it, next to those of the benchmark, and dropped afterwards: the keys of Feast's layout
//! are binary, which it cannot send. Of a cluster one node is read, that of the rows' slot.

use std::process::Command;

use redis::{Client, Connection, RedisError};

/// What the rows' keys begin with; in braces, so that they share a slot of a cluster.
const PREFIX: &str = "{skewwatch-yardstick}:";
/// Rows, unless the benchmark has fewer.
const MOST_ROWS: u32 = 100_000;
/// Rows in one pipeline.
const PIPELINE: u32 = 1_000;
/// Seconds after which the server drops rows that an interrupted run has left.
const LIFE: u32 = 600;
/// Commands that are sent.
const COMMANDS: u32 = 1_000_000;
/// Program that is run.
const PROGRAM: &str = "redis-benchmark";

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum YardstickError {
    /// The rows cannot be written or dropped.
    #[error("could not write the rows that `redis-benchmark` reads")]
    Redis(#[from] RedisError),
    /// It cannot be run.
    #[error("could not run `redis-benchmark`: is it installed?")]
    Run(#[from] std::io::Error),
    /// It ended with an error, or printed something else.
    #[error("`redis-benchmark` told no rate: {0}")]
    Told(String),
    /// An address has no port.
    #[error("`{0}` is no `host:port`")]
    Address(String),
}

/// What is to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Entities of the benchmark.
    pub entities: u32,
    /// Fields that each command reads.
    pub features: u32,
    /// Commands in a pipeline.
    pub pipeline: u32,
    /// Commands that are sent; `None` sends a million.
    pub commands: Option<u32>,
}

/// Commands a second that `redis-benchmark` reaches with `HMGET`, on the server at `node` (`host:port`) or, where it is one
/// of a cluster, on the one that has the rows. Blocks for a few seconds.
///
/// # Errors
/// When the rows cannot be written, or there is no `redis-benchmark`.
pub fn measure(node: &str, asked: &Asked) -> Result<f64, YardstickError> {
    let node = owner(node)?;
    let (host, port) = node.rsplit_once(':').ok_or_else(|| YardstickError::Address(node.clone()))?;
    let mut connection = connect(&node)?;
    let rows = asked.entities.min(MOST_ROWS);
    write(&mut connection, rows, asked.features)?;
    let commands = asked.commands.unwrap_or(COMMANDS).to_string();
    let fields = (0..asked.features).map(field);
    let told = Command::new(PROGRAM)
        .args(["-h", host, "-p", port, "-P", &asked.pipeline.max(1).to_string(), "-n", &commands])
        .args(["-r", &rows.to_string(), "--csv", "HMGET", &format!("{PREFIX}__rand_int__")])
        .args(fields)
        .output();
    drop_rows(&mut connection, rows)?;
    let told = told?;
    let text = String::from_utf8_lossy(&told.stdout);
    if let Some(rate) = rate(&text).filter(|_| told.status.success()) {
        return Ok(rate);
    }
    let whole = format!("{text}{}", String::from_utf8_lossy(&told.stderr));
    Err(YardstickError::Told(whole.trim().chars().take(200).collect()))
}

/// The rate in what `redis-benchmark --csv` prints: the second column of the last line.
fn rate(text: &str) -> Option<f64> {
    let last = text.lines().next_back()?;
    last.split("\",\"").nth(1)?.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0)
}

fn connect(node: &str) -> Result<Connection, RedisError> {
    Client::open(format!("redis://{node}/"))?.get_connection()
}

/// The server that has the rows.
fn owner(node: &str) -> Result<String, YardstickError> {
    let mut connection = connect(node)?;
    let is_cluster: String = redis::cmd("INFO").arg("cluster").query(&mut connection)?;
    if !is_cluster.contains("cluster_enabled:1") {
        return Ok(node.to_owned());
    }
    let slot: u64 = redis::cmd("CLUSTER").arg("KEYSLOT").arg(PREFIX).query(&mut connection)?;
    let nodes: String = redis::cmd("CLUSTER").arg("NODES").query(&mut connection)?;
    nodes
        .lines()
        .find_map(|line| of_slot(line, slot))
        .ok_or_else(|| YardstickError::Told(format!("no node of the cluster has slot {slot}")))
}

/// The address in a line of `CLUSTER NODES`, if the node is a master that has `slot`.
fn of_slot(line: &str, slot: u64) -> Option<String> {
    let mut words = line.split(' ');
    let address = words.nth(1)?.split('@').next()?;
    let has = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let bounds = first.parse().ok().zip(last.parse().ok());
        bounds.is_some_and(|(first, last): (u64, u64)| (first..=last).contains(&slot))
    };
    // After the identity and the address: flags, master, ping, pong, epoch, link, and then the slots.
    words.skip(6).any(has).then(|| address.to_owned())
}

/// As `redis-benchmark` writes its random numbers.
fn key(row: u32) -> String {
    format!("{PREFIX}{row:012}")
}

fn field(number: u32) -> String {
    format!("f{number:03}")
}

fn write(connection: &mut Connection, rows: u32, features: u32) -> Result<(), RedisError> {
    // As long as the values that Feast writes for such numbers.
    let fields: Vec<(String, String)> = (0..features).map(|number| (field(number), format!("{number:011}"))).collect();
    for first in (0..rows).step_by(PIPELINE as usize) {
        let mut pipeline = redis::pipe();
        for row in first..rows.min(first + PIPELINE) {
            pipeline.hset_multiple(key(row), &fields).ignore();
            pipeline.expire(key(row), LIFE.into()).ignore();
        }
        pipeline.exec(connection)?;
    }
    Ok(())
}

fn drop_rows(connection: &mut Connection, rows: u32) -> Result<(), RedisError> {
    for first in (0..rows).step_by(PIPELINE as usize) {
        let keys: Vec<String> = (first..rows.min(first + PIPELINE)).map(key).collect();
        redis::cmd("UNLINK").arg(keys).exec(connection)?;
    }
    Ok(())
}
