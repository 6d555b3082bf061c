//! A store that stands still for a tenth of a second: the delay of every request that was due meanwhile must show.

use std::time::{Duration, Instant};

use skewwatch::bench::data::Layout;
use skewwatch::bench::popularity::Zipf;
use skewwatch::bench::replay::calibrate;
use skewwatch::bench::run::{Run, RunSettings, run};

use super::scene::{fill, straight, through_l1};
use crate::support::redis::{RedisServer, feast_layout, information, wait_until};

const ENTITIES: u32 = 20_000;
const STALL: Duration = Duration::from_millis(100);

/// Makes a run of ten seconds, and stops the server in its midst, when it has been asked for `questions` rows.
fn stalled(server: &RedisServer, settings: &RunSettings, questions: u64) -> Run {
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run(settings).unwrap());
        wait_until("the run is in its midst", || asked(server) >= questions);
        server.freeze();
        let frozen = Instant::now();
        while let Some(left) = STALL.checked_sub(frozen.elapsed()).filter(|left| !left.is_zero()) {
            std::thread::park_timeout(left);
        }
        server.thaw();
        running.join().unwrap()
    })
}

fn asked(server: &RedisServer) -> u64 {
    let text = information(server, "INFO commandstats");
    let calls = text.lines().find_map(|line| line.strip_prefix("cmdstat_hmget:calls="));
    calls.map_or(0, |line| line.split(',').next().unwrap().parse().unwrap())
}

/// The share of all that is delayed by more than t is that of the misses, times (stall − t) ÷ run: at least nine tenths of
/// what that says of p99.9 must be seen.
fn shows(run: &Run) {
    let whole = run.whole();
    assert_eq!((whole.failed, whole.incomplete, whole.unsent, run.faults().all()), (0, 0, 0, 0));
    let misses = whole.misses.count() as f64 / whole.due() as f64;
    let expected = STALL.as_secs_f64() - 0.001 * run.blocks.len() as f64 / misses;
    let seen = whole.response.quantile(0.999).unwrap();
    assert!(seen.as_secs_f64() >= 0.9 * expected, "{seen:?} seen, {expected} s expected of {misses} misses");
}

#[test]
fn a_store_that_stands_still_delays_every_lookup_that_was_due() {
    let server = RedisServer::start();
    fill(&server.settings(feast_layout()), Layout::Feast, ENTITIES);
    let settings = straight(server.settings(feast_layout()), Layout::Feast, ENTITIES);
    let run = stalled(&server, &RunSettings { seconds: 10, ..settings }, 10_000);
    assert_eq!(run.whole().misses.count(), 20_000);
    shows(&run);
}

#[test]
fn a_store_that_stands_still_delays_every_miss_of_l1_that_was_due() {
    let server = RedisServer::start();
    fill(&server.settings(feast_layout()), Layout::Feast, ENTITIES);
    let settings = straight(server.settings(feast_layout()), Layout::Feast, ENTITIES);
    let settings = RunSettings { seconds: 10, warmup: Duration::from_secs(3), ..settings };
    let settings = through_l1(settings, 1, Duration::from_secs(3600));
    let popularity = Zipf::new(ENTITIES, settings.exponent).unwrap().into();
    let capacity = calibrate(&settings, &popularity, 0.73).unwrap();
    let run = stalled(&server, &through_l1(settings, capacity, Duration::from_secs(3600)), 5_000);
    let hit_rate = run.whole().hit_rate().unwrap();
    assert!((0.72..0.74).contains(&hit_rate), "{hit_rate}");
    shows(&run);
}
