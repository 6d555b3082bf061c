//! What Linux and Redis tell of the CPU that a run took.

use std::time::Duration;

use skewwatch::bench::data::Layout;
use skewwatch::bench::run::{RunSettings, run};
use skewwatch::bench::watch::{ThreadTimes, Watched};
use skewwatch::bench::writer::WriteSettings;

use super::scene::{fill, straight};
use crate::support::redis::{RedisServer, feast_layout};

#[test]
fn a_run_knows_what_cpu_it_took_and_what_the_store_took() {
    let server = RedisServer::start();
    let redis = server.settings(feast_layout());
    fill(&redis, Layout::Hash, 500);
    let writes = Some(WriteSettings { rate: 100, exponent: 0.0 });
    let settings = RunSettings { threads: 2, writes, ..straight(redis, Layout::Hash, 500) };
    let run = run(&settings).unwrap();
    let Watched { span, senders, sending, writing, servers, others, stolen } = run.watched;
    assert_eq!(senders, 2);
    let sending = sending.unwrap();
    assert!(sending.running > Duration::ZERO && sending.running < 3 * span, "{sending:?}");
    assert!(writing.unwrap().running < sending.running);
    let servers = servers.unwrap();
    assert!(servers > Duration::ZERO && servers < span, "{servers:?}");
    assert!(others.is_some() && stolen.is_some());
    let million = run.watched.sending_per_million(6_000).unwrap();
    assert!((million - sending.running.as_secs_f64() * 1e6 / 6_000.0).abs() < 1e-9);
}

#[test]
fn threads_that_could_have_run_and_did_not_are_starved() {
    let times = |waiting| ThreadTimes { running: Duration::from_secs(1), waiting: Duration::from_millis(waiting) };
    let watched =
        Watched { span: Duration::from_secs(10), senders: 2, sending: Some(times(1_500)), ..Watched::default() };
    assert_eq!(watched.starved(), Some(0.075));
    assert_eq!(Watched { sending: None, ..watched }.starved(), None);
    assert_eq!(Watched::default().starved(), None);
}

#[test]
fn a_machine_is_crowded_where_others_take_more_than_a_twentieth_of_a_cpu() {
    let watched = |others| Watched { span: Duration::from_secs(10), others, ..Watched::default() };
    assert!(watched(Some(Duration::from_millis(501))).is_crowded());
    assert!(!watched(Some(Duration::from_millis(500))).is_crowded());
    assert!(!watched(None).is_crowded());
}
