//! The measured hit rate is that of L1's own code, replayed.

use std::time::Duration;

use skewwatch::bench::arrivals::Arrivals;
use skewwatch::bench::data::Layout;
use skewwatch::bench::popularity::Zipf;
use skewwatch::bench::replay::{calibrate, predict};
use skewwatch::bench::run::{RunSettings, run};

use super::scene::{fill, straight, through_l1};
use crate::support::redis::{RedisServer, feast_layout};

const ENTITIES: u32 = 20_000;
/// Lookups of which chance is no matter.
const MANY: u64 = 100_000_000;
const HOUR: Duration = Duration::from_secs(3600);

fn settings(server: &RedisServer) -> RunSettings {
    let settings = straight(server.settings(feast_layout()), Layout::Feast, ENTITIES);
    through_l1(RunSettings { warmup: Duration::from_secs(3), seconds: 5, ..settings }, 400_000, HOUR)
}

#[test]
fn the_hit_rate_is_that_of_a_replay_whatever_the_popularity() {
    let server = RedisServer::start();
    fill(&server.settings(feast_layout()), Layout::Feast, ENTITIES);
    for (exponent, arrivals, threads) in [
        (0.8, Arrivals::Constant, 1),
        (0.9, Arrivals::Poisson, 2),
        (0.99, Arrivals::Constant, 2),
        (1.1, Arrivals::Poisson, 1),
    ] {
        let run = run(&RunSettings { exponent, arrivals, threads, ..settings(&server) }).unwrap();
        let (measured, prediction) = (run.whole().hit_rate().unwrap(), run.prediction.unwrap());
        assert!((measured - prediction.replayed).abs() <= 0.005, "{exponent}: {measured}, {prediction:?}");
        assert_eq!(prediction.contradicts(measured, MANY), None);
        let cold = run.cold().hit_rate().unwrap();
        assert!(cold < measured, "{exponent}: cold {cold}, warm {measured}");
    }
}

#[test]
fn a_hit_rate_beyond_what_is_possible_is_told() {
    let server = RedisServer::start();
    let settings = settings(&server);
    let popularity = Zipf::new(ENTITIES, settings.exponent).unwrap().into();
    let prediction = predict(&settings, &popularity).unwrap();
    let least = prediction.least_recently_used.min(prediction.replayed);
    assert_eq!(prediction.contradicts(least - 0.009, MANY), None);
    assert_eq!(prediction.contradicts(prediction.most_popular + 0.009, MANY), None);
    let told = prediction.contradicts(prediction.most_popular + 0.011, MANY).unwrap();
    assert!(told.starts_with("L1 hit rate ") && told.contains(" is not possible: replayed "), "{told}");
    assert!(prediction.contradicts(least - 0.011, MANY).is_some());
    // Of few lookups it may have been chance.
    assert_eq!(prediction.contradicts(least - 0.05, 600), None);
    assert!(prediction.contradicts(least - 0.15, 600).is_some());
}

#[test]
fn the_capacity_for_a_hit_rate_is_found_by_replay() {
    let server = RedisServer::start();
    let settings = RunSettings { exponent: 0.9, ..settings(&server) };
    let popularity = Zipf::new(ENTITIES, settings.exponent).unwrap().into();
    for wanted in [0.3, 0.5] {
        let capacity = calibrate(&settings, &popularity, wanted).unwrap();
        let replayed = predict(&through_l1(settings.clone(), capacity, HOUR), &popularity).unwrap().replayed;
        assert!((replayed - wanted).abs() < 0.01, "{wanted}: {replayed} with {capacity} bytes");
    }
    // More than all that is asked for again.
    assert_eq!(calibrate(&settings, &popularity, 0.95), None);
}

#[test]
fn a_time_to_live_lowers_the_replayed_hit_rate() {
    let server = RedisServer::start();
    let settings = settings(&server);
    let popularity = Zipf::new(ENTITIES, settings.exponent).unwrap().into();
    let prediction = predict(&through_l1(settings, 400_000, Duration::from_millis(500)), &popularity).unwrap();
    assert!(prediction.replayed <= prediction.with_ttl + 0.01, "{prediction:?}");
    assert!(prediction.with_ttl < prediction.least_recently_used, "{prediction:?}");
}
