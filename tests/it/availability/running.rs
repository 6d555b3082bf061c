//! A service that reads tracked keys every second.

use crate::support::streamed::{Streamed, earlier, later, now};

const OFTEN: &str = "schedule: { sample: \"* * * * * *\", availability: \"* * * * * *\", jitter: 0%, deadline: 1h }\nsample: { \
                     tracked: 20 }\n";
const COUNT: &str = "availability_lag_seconds_count{feature_view=\"orders\"}";
const FUTURE: &str = "availability_future_rows_total{feature_view=\"orders\"}";
const TRACKED: &str = "availability_tracked_keys{feature_view=\"orders\"}";
const ROUNDS: &str = "rounds_total{feature_view=\"orders\",result=\"complete\"}";

/// The series of a bucket.
fn bucket(bound: &str) -> String {
    format!("availability_lag_seconds_bucket{{feature_view=\"orders\",le=\"{bound}\"}}")
}

fn world() -> Streamed {
    let world = Streamed::open(50);
    let begin = earlier(now(), 3_600);
    world.write_snapshot("1", begin, i64::from);
    world.write_online(0..50, begin, i64::from);
    world
}

#[test]
fn an_entity_updated_at_a_known_time_bounds_the_lag_within_the_interval_of_readings() {
    let world = world();
    let service = world.configure(OFTEN).serve();
    service.wait_for(ROUNDS, |count| count >= Some(2.0));
    // What was there when it was first seen is no observation.
    assert_eq!((service.value(COUNT), service.value(TRACKED)), (Some(0.0), Some(0.0)));
    world.write_online(0..1, earlier(now(), 1_000), |_| 1);
    service.wait_for(TRACKED, |keys| keys == Some(1.0));
    assert_eq!(service.value(COUNT), Some(0.0), "a key is followed from its first move on");

    // Readable a hundred seconds after its event, and read within a second or two of that.
    world.write_online(0..1, earlier(now(), 100), |_| 2);
    service.wait_for(COUNT, |count| count == Some(1.0));
    assert_eq!((service.value(&bucket("81")), service.value(&bucket("243"))), (Some(0.0), Some(1.0)));

    // The same timestamp again, and a row from the future.
    let rounds = service.value(ROUNDS).unwrap();
    world.write_online(0..1, earlier(now(), 1_000), |_| 3);
    service.wait_for(ROUNDS, |count| count >= Some(rounds + 2.0));
    assert_eq!(service.value(COUNT), Some(1.0));
    world.write_online(0..1, later(now(), 3_600), |_| 4);
    service.wait_for(FUTURE, |count| count == Some(1.0));
    assert_eq!(service.value(COUNT), Some(1.0));
}

#[test]
fn without_appointments_of_its_own_rounds_bound_the_lag() {
    let world = world();
    let service = world.configure(&OFTEN.replace("availability: \"* * * * * *\", ", "")).serve();
    service.wait_for(ROUNDS, |count| count >= Some(2.0));
    assert_eq!(service.value(COUNT), Some(0.0));
    world.write_online(0..30, earlier(now(), 100), |_| 2);
    service.wait_for(COUNT, |count| count == Some(30.0));
    assert_eq!(service.value(&bucket("81")), Some(0.0));
    assert_eq!(service.value(TRACKED), Some(0.0));
}

#[test]
fn a_restart_and_a_reload_invent_no_lag() {
    let world = world();
    let mut service = world.configure(OFTEN).serve();
    service.wait_for(ROUNDS, |count| count >= Some(2.0));
    world.write_online(0..20, earlier(now(), 1_000), |_| 1);
    service.wait_for(TRACKED, |keys| keys == Some(20.0));
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());
    world.write_online(0..20, earlier(now(), 500), |_| 2);
    let again = world.serve();
    again.wait_for(ROUNDS, |count| count >= Some(2.0));
    assert_eq!(again.value(COUNT), Some(0.0));

    assert_eq!(again.ask("POST", "/-/reload").0, 200);
    world.write_online(0..20, earlier(now(), 400), |_| 3);
    let rounds = again.value(ROUNDS).unwrap();
    again.wait_for(ROUNDS, |count| count >= Some(rounds + 2.0));
    assert_eq!(again.value(COUNT), Some(0.0), "seen for the first time, or tracked from now on");
}
