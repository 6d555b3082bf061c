//! A store with the benchmark's rows, and runs over it.

use std::time::Duration;

use skewwatch::bench::arrivals::Arrivals;
use skewwatch::bench::data::{Layout, Rows};
use skewwatch::bench::load::{IsCluster, Writer, load};
use skewwatch::bench::run::RunSettings;
use skewwatch::bench::target::TargetSettings;
use skewwatch::bench::verify::Verify;
use skewwatch::bench::worker::Pause;
use skewwatch::lookup::{L1Settings, LookupSettings};
use skewwatch::model::ratio::Ratio;
use skewwatch::store::online::{RedisSettings, RedisTopology};

/// Features of every row.
pub const FEATURES: u32 = 5;

/// Fills a store with version 0 of so many rows.
pub fn fill(redis: &RedisSettings, layout: Layout, entities: u32) {
    let rows = Rows::new(FEATURES, layout).unwrap();
    let addresses: Vec<String> = redis.nodes.iter().map(|node| format!("redis://{node}")).collect();
    let is_cluster = if redis.topology == RedisTopology::Cluster { IsCluster::Yes } else { IsCluster::No };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut writer = Writer::connect(&addresses, is_cluster).await.unwrap();
        load(&rows, entities, &mut writer, &|_| ()).await.unwrap();
    });
}

/// A short run of 2,000 lookups a second straight from a store.
pub fn straight(redis: RedisSettings, layout: Layout, entities: u32) -> RunSettings {
    let l1 = L1Settings {
        capacity: 0,
        ttl: Duration::from_secs(3600),
        jitter: Ratio::ZERO,
        negative_ttl: Duration::from_secs(1),
    };
    RunSettings {
        target: TargetSettings::Lookup,
        redis: Some(redis),
        layout,
        entities,
        features: FEATURES,
        exponent: 0.99,
        rate: 2_000,
        batch: 1,
        arrivals: Arrivals::Constant,
        warmup: Duration::from_secs(1),
        seconds: 3,
        threads: 1,
        pause: Pause::Sleep,
        lookup: LookupSettings { l1, deadline: Duration::from_millis(500), ..LookupSettings::default() },
        allowed_age: Duration::ZERO,
        verify: Verify::Answers,
        writes: None,
        seed: 7,
        listener: None,
    }
}

/// The same through an L1 of so many bytes, which serves a row for `ttl`.
pub fn through_l1(settings: RunSettings, capacity: u64, ttl: Duration) -> RunSettings {
    let l1 = L1Settings { capacity, ttl, ..settings.lookup.l1 };
    RunSettings { allowed_age: ttl, lookup: LookupSettings { l1, ..settings.lookup }, ..settings }
}
