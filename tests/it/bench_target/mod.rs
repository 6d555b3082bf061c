//! Who the benchmark can ask, and what it makes of the answers.

mod batches;
mod feast;
mod http;
mod processes;
mod script;
mod server;
mod yardstick;

use std::time::Duration;

use skewwatch::bench::arrivals::Arrivals;
use skewwatch::bench::block::Block;
use skewwatch::bench::data::{Layout, Rows};
use skewwatch::bench::load::{IsCluster, Writer, load};
use skewwatch::bench::run::{RunSettings, run};
use skewwatch::bench::target::{HttpSettings, TargetSettings};
use skewwatch::bench::verify::Verify;
use skewwatch::bench::worker::Pause;
use skewwatch::lookup::LookupSettings;

use crate::support::redis::RedisServer;

/// Features of a row.
const FEATURES: u32 = 5;

fn rows() -> Rows {
    Rows::new(FEATURES, Layout::Feast).unwrap()
}

/// Two seconds of a hundred requests each, of entities that are all asked for alike.
fn settings(target: TargetSettings, entities: u32) -> RunSettings {
    RunSettings {
        target,
        redis: None,
        layout: Layout::Feast,
        entities,
        features: FEATURES,
        exponent: 0.0,
        rate: 100,
        batch: 1,
        arrivals: Arrivals::Constant,
        warmup: Duration::from_secs(1),
        seconds: 2,
        threads: 1,
        pause: Pause::Sleep,
        lookup: LookupSettings { deadline: Duration::from_secs(20), ..LookupSettings::default() },
        allowed_age: Duration::ZERO,
        verify: Verify::Answers,
        writes: None,
        seed: 7,
        listener: None,
    }
}

fn http(address: &str) -> TargetSettings {
    TargetSettings::Http(HttpSettings { address: address.parse().unwrap(), connections: 4 })
}

/// All seconds of a run together.
async fn whole(settings: RunSettings) -> Block {
    let run = tokio::task::spawn_blocking(move || run(&settings)).await.unwrap().unwrap();
    let mut whole = Block::default();
    run.blocks.iter().for_each(|block| whole.merge(block));
    whole
}

/// A server with so many rows.
async fn loaded(entities: u32) -> RedisServer {
    let server = RedisServer::start();
    let mut writer = Writer::connect(&[format!("redis://{}", server.address())], IsCluster::No).await.unwrap();
    load(&rows(), entities, &mut writer, &|_| {}).await.unwrap();
    server
}
