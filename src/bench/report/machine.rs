//! What a run ran on: the machine of the generator, the program, and the store that it asked.

use std::fs;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::time::Duration;

use redis::{AsyncConnectionConfig, Client};
use serde::{Deserialize, Serialize};

use crate::store::online::{RedisSettings, RedisTopology};

/// Longest wait for what a store says of itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// The machine of the generator. What the system does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Its name.
    pub host: Option<String>,
    /// Its processor.
    pub cpu: Option<String>,
    /// Cores that this process may use.
    pub cores: Option<usize>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// Operating system and kernel.
    pub kernel: Option<String>,
    /// Load average over a minute before the run.
    pub load_before: Option<f64>,
    /// The same after it.
    pub load_after: Option<f64>,
}

impl Machine {
    /// This machine, before a run.
    #[must_use]
    pub fn here() -> Self {
        let word = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
        let kernel = |release: String| format!("{} {release} {}", std::env::consts::OS, std::env::consts::ARCH);
        Self {
            host: word("/proc/sys/kernel/hostname"),
            cpu: word("/proc/cpuinfo").as_deref().and_then(processor),
            cores: std::thread::available_parallelism().ok().map(std::num::NonZero::get),
            memory_bytes: word("/proc/meminfo").as_deref().and_then(memory),
            kernel: word("/proc/sys/kernel/osrelease").map(kernel),
            load_before: load(),
            load_after: None,
        }
    }

    /// The same machine after the run.
    #[must_use]
    pub fn afterwards(self) -> Self {
        Self { load_after: load(), ..self }
    }
}

/// Load average over a minute.
fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn processor(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn memory(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The program that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its version.
    pub version: String,
    /// The revision of its source; `None` where it was built without `SKEWWATCH_REVISION` in the environment.
    pub revision: Option<String>,
    /// What it was called with, without secrets.
    pub arguments: Vec<String>,
}

impl Program {
    /// This program, called with `arguments`.
    #[must_use]
    pub fn this(arguments: impl Iterator<Item = String>) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: option_env!("SKEWWATCH_REVISION").filter(|revision| !revision.is_empty()).map(str::to_owned),
            arguments: arguments.map(|argument| without_secret(&argument)).collect(),
        }
    }

    /// Version and revision, for people.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.revision {
            Some(revision) => format!("skewwatch {} ({revision})", self.version),
            None => format!("skewwatch {}", self.version),
        }
    }
}

/// An argument whose addresses have neither a name nor a password.
fn without_secret(argument: &str) -> String {
    let hidden = |address: &str| {
        let Some((_, place)) = address.rsplit_once('@') else { return address.to_owned() };
        let scheme = address.split_once("//").map(|(scheme, _)| format!("{scheme}//")).unwrap_or_default();
        format!("{scheme}****@{place}")
    };
    argument.split(',').map(hidden).collect::<Vec<_>>().join(",")
}

/// Where the generator stands, as seen from the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// On the same machine.
    Loopback,
    /// Across a network.
    Network,
}

impl Reached {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Loopback => "on the machine of the generator, over loopback",
            Self::Network => "over the network",
        }
    }
}

/// The store that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Addresses that were given.
    pub nodes: Vec<String>,
    /// `single`, `cluster`, `sentinel` or `http`.
    pub topology: String,
    /// Masters of the cluster; `None` where it is none or does not say.
    pub masters: Option<u32>,
    /// Version that it tells.
    pub version: Option<String>,
    /// How it is reached; `None` where an address cannot be resolved.
    pub reached: Option<Reached>,
}

impl Store {
    /// Asks a Redis what it is. What it does not tell is left out.
    pub async fn ask(settings: &RedisSettings) -> Self {
        let nodes: Vec<String> = settings.nodes.iter().map(|node| without_secret(node)).collect();
        let topology = match &settings.topology {
            RedisTopology::Single => "single",
            RedisTopology::Cluster => "cluster",
            RedisTopology::Sentinel { .. } => "sentinel",
        };
        let first = settings.nodes.first().map(String::as_str).unwrap_or_default();
        let line = |text: Option<String>, name: &str| {
            let line = text?.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned))?;
            Some(line.trim().to_owned())
        };
        let version = line(say(first, &["INFO", "server"]).await, "redis_version:");
        let masters = match &settings.topology {
            RedisTopology::Cluster => line(say(first, &["CLUSTER", "INFO"]).await, "cluster_size:"),
            RedisTopology::Single | RedisTopology::Sentinel { .. } => None,
        };
        Self {
            reached: reached(&settings.nodes),
            nodes,
            topology: topology.to_owned(),
            masters: masters.and_then(|masters| masters.parse().ok()),
            version,
        }
    }
}

/// The text that a node answers to a command.
async fn say(node: &str, words: &[&str]) -> Option<String> {
    let config =
        AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE)).set_connection_timeout(Some(PATIENCE));
    let client = Client::open(format!("redis://{node}/")).ok()?;
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await.ok()?;
    let (name, arguments) = words.split_first()?;
    redis::cmd(name).arg(arguments).query_async(&mut connection).await.ok()
}

/// How nodes given as `host:port` are reached.
fn reached(nodes: &[String]) -> Option<Reached> {
    let mut all = Vec::new();
    for node in nodes {
        let resolved = node.rsplit_once('@').map_or(node.as_str(), |(_, place)| place).to_socket_addrs().ok()?;
        all.extend(resolved.map(|address| address.ip()));
    }
    let is_here = |address: &IpAddr| address.is_loopback();
    (!all.is_empty()).then(|| if all.iter().all(is_here) { Reached::Loopback } else { Reached::Network })
}
