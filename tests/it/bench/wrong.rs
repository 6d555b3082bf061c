//! Answers that are not right are found, whoever made them so.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use skewwatch::bench::block::Faults;
use skewwatch::bench::data::Layout;
use skewwatch::bench::objective::{Objective, Verdict};
use skewwatch::bench::run::{Run, RunSettings, run};
use skewwatch::bench::truth::value;
use skewwatch::bench::verify::Verify;
use skewwatch::bench::writer::WriteSettings;

use super::scene::{FEATURES, fill, straight, through_l1};
use crate::support::redis::{RedisCluster, RedisServer, feast_layout};

/// Makes a run while somebody else writes into the store over and over.
fn beside(settings: &RunSettings, mut write: impl FnMut() + Send) -> Run {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                write();
            }
        });
        let run = run(settings).unwrap();
        is_over.store(true, Ordering::Relaxed);
        run
    })
}

#[test]
fn one_wrong_value_in_a_million_keys_is_found() {
    let server = RedisServer::start();
    let redis = server.settings(feast_layout());
    // Five keys each.
    let entities = 200_000;
    fill(&redis, Layout::Strings, entities);
    assert_eq!(server.run("DBSIZE"), redis::Value::Int(1_000_000));
    server.run(&format!("SET feat:123457:f3 {}", value(123_457, 2, 0)));
    let settings = straight(redis, Layout::Strings, entities);
    let settings = RunSettings { rate: 100, seconds: 1, exponent: 2.0, verify: Verify::All, ..settings };
    let run = run(&settings).unwrap();
    let verified = run.verified.unwrap();
    assert_eq!((verified.rows, verified.incomplete, verified.failed), (200_000, 0, 0));
    assert_eq!(run.faults(), Faults { wrong: 1, ..Faults::default() });
    let reasons = vec!["1 answers were wrong".to_owned()];
    assert_eq!(run.judge(&settings, &Objective::default()), Verdict::Missed(reasons));
}

#[test]
fn a_wrong_value_that_is_asked_for_is_found_without_a_look_at_all() {
    let server = RedisServer::start();
    let redis = server.settings(feast_layout());
    fill(&redis, Layout::Hash, 100);
    server.run("HSET feat:0 f4 5");
    let run = run(&straight(redis, Layout::Hash, 100)).unwrap();
    assert!(run.faults().wrong > 0);
    assert_eq!(run.faults(), Faults { wrong: run.faults().wrong, ..Faults::default() });
}

#[test]
fn writers_and_readers_of_a_store_that_does_all_right_find_no_fault() {
    let server = RedisServer::start();
    let redis = server.settings(feast_layout());
    for layout in [Layout::Feast, Layout::Strings] {
        fill(&redis, layout, 50);
        let writes = Some(WriteSettings { rate: 1_000, exponent: 0.5 });
        let settings = RunSettings { writes, ..straight(redis.clone(), layout, 50) };
        for settings in [settings.clone(), through_l1(settings, 1 << 20, Duration::from_millis(500))] {
            let run = run(&settings).unwrap();
            assert_eq!(run.faults(), Faults::default());
            let wrote = run.wrote.unwrap();
            assert_eq!((wrote.acknowledged, wrote.failed, wrote.left), (4_000, 0, 0));
            // Everything is as it was: the next run finds nothing that nobody wrote.
            let verified = RunSettings { rate: 10, seconds: 1, writes: None, verify: Verify::All, ..settings };
            assert_eq!(faults_found(&verified), 0);
        }
    }
}

/// Faults that a run finds in a store whose rows were put back.
fn faults_found(settings: &RunSettings) -> u64 {
    let run = run(settings).unwrap();
    assert_eq!(run.verified.unwrap().rows, u64::from(settings.entities));
    run.faults().all()
}

#[test]
fn a_row_that_is_written_field_by_field_is_torn() {
    let server = RedisServer::start();
    let redis = server.settings(feast_layout());
    fill(&redis, Layout::Hash, 5);
    let mut connection = server.connection();
    let mut version = 0;
    let run = beside(&straight(redis, Layout::Hash, 5), || {
        version += 1;
        for entity in 0..5 {
            for feature in 0..FEATURES {
                let mut command = redis::cmd("HSET");
                command.arg(format!("feat:{entity}")).arg(format!("f{feature}")).arg(value(entity, feature, version));
                command.exec(&mut connection).unwrap();
            }
        }
    });
    let faults = run.faults();
    assert!(faults.torn > 0, "{faults:?}");
    assert_eq!((faults.wrong, faults.stale), (0, 0));
    // In between rows are whole, and of versions that the run's own ledger does not know.
    assert!(faults.unwritten > 0, "{faults:?}");
}

#[test]
fn a_cache_that_serves_rows_beyond_the_allowed_age_is_stale() {
    let server = RedisServer::start();
    let redis = server.settings(feast_layout());
    fill(&redis, Layout::Feast, 50);
    let settings = through_l1(straight(redis, Layout::Feast, 50), 1 << 20, Duration::from_secs(3600));
    let writes = Some(WriteSettings { rate: 500, exponent: 0.0 });
    let run = run(&RunSettings { writes, allowed_age: Duration::from_millis(200), ..settings }).unwrap();
    let faults = run.faults();
    assert!(faults.stale > 0);
    assert_eq!(faults, Faults { stale: faults.stale, ..Faults::default() });
}

#[test]
fn a_store_that_goes_back_to_what_was_is_stale() {
    let server = RedisServer::start();
    let redis = server.settings(feast_layout());
    fill(&redis, Layout::Hash, 5);
    let mut connection = server.connection();
    let writes = Some(WriteSettings { rate: 200, exponent: 0.0 });
    let run = beside(&RunSettings { writes, ..straight(redis, Layout::Hash, 5) }, || {
        for entity in 0..5 {
            let mut command = redis::cmd("HSET");
            command.arg(format!("feat:{entity}"));
            for feature in 0..FEATURES {
                command.arg(format!("f{feature}")).arg(value(entity, feature, 0));
            }
            command.exec(&mut connection).unwrap();
        }
        std::thread::park_timeout(Duration::from_millis(10));
    });
    let faults = run.faults();
    assert!(faults.stale > 0);
    assert_eq!(faults, Faults { stale: faults.stale, ..Faults::default() });
}

#[test]
fn rows_that_are_absent_are_counted_and_break_the_promise() {
    let server = RedisServer::start();
    let redis = server.settings(feast_layout());
    fill(&redis, Layout::Hash, 2_000);
    for entity in (7..2_000).step_by(100) {
        server.run(&format!("DEL feat:{entity}"));
    }
    let settings = straight(redis, Layout::Hash, 2_000);
    let settings = RunSettings { exponent: 0.0, seconds: 5, verify: Verify::All, ..settings };
    let run = run(&settings).unwrap();
    assert_eq!(run.verified.unwrap().incomplete, 20);
    let whole = run.whole();
    // Of 10,000 lookups one in a hundred: 100, with a deviation of 10; five of them.
    assert!((50..=150).contains(&whole.incomplete), "{}", whole.incomplete);
    assert_eq!((whole.due(), whole.failed, run.faults().all()), (10_000, 0, 0));
    assert_eq!(whole.response.without_answer(), whole.incomplete);
    let Verdict::Missed(reasons) = run.judge(&settings, &Objective::default()) else { panic!("not missed") };
    assert_eq!(reasons, [format!("{:.3} % of the requests had no answer", whole.incomplete as f64 / 100.0)]);
}

#[test]
fn rows_of_a_cluster_are_filled_written_and_put_back_in_every_layout() {
    let cluster = RedisCluster::start(3, &[]);
    for layout in [Layout::Feast, Layout::Hash, Layout::Strings, Layout::Tagged] {
        let redis = cluster.settings(feast_layout());
        fill(&redis, layout, 100);
        let writes = Some(WriteSettings { rate: 200, exponent: 0.0 });
        let settings = RunSettings { writes, rate: 500, verify: Verify::All, ..straight(redis, layout, 100) };
        let run = run(&settings).unwrap();
        let verified = run.verified.unwrap();
        assert_eq!((verified.rows, verified.faults.all(), verified.incomplete, verified.failed), (100, 0, 0, 0));
        let faults = run.faults();
        if layout == Layout::Strings {
            // Rows that lie on several nodes are written in several steps.
            assert_eq!((faults.wrong, faults.unwritten), (0, 0));
        } else {
            assert_eq!(faults, Faults::default());
        }
        let wrote = run.wrote.unwrap();
        assert_eq!((wrote.acknowledged, wrote.failed, wrote.left), (800, 0, 0));
    }
}
