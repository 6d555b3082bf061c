//! Rounds over what is kept say what rounds over the stores say.

use std::path::Path;

use proptest::prelude::*;
use skewwatch::model::measurement::RoundReport;

use super::{Row, Shop, at, minute, told};

/// What happens between two rounds.
#[derive(Clone, Debug)]
enum Event {
    /// A file of the snapshot is written, or written anew.
    Snapshot(u8, Vec<Row>),
    /// A row is written online.
    Served(Row),
    /// A row is gone online.
    Dropped(u32),
    /// Nothing but time goes by, forwards or backwards.
    Time(i64),
}

fn row() -> impl Strategy<Value = Row> {
    (0..40_u32, -60..60_i64, 0..30_i64, 0..9_i64).prop_map(|(user, minute, delay, value)| Row {
        user,
        minute,
        created: minute + delay,
        value,
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => (0..3_u8, prop::collection::vec(row(), 1..40)).prop_map(|(file, rows)| Event::Snapshot(file, rows)),
        3 => row().prop_map(Event::Served),
        1 => (0..40_u32).prop_map(Event::Dropped),
        4 => (-60..90_i64).prop_map(Event::Time),
    ]
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_round_over_what_is_kept_says_what_one_over_the_stores_says() {
    let shop = Shop::open();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sources = ["[offline, online]", "[online, offline, { file: keys.csv }]", "[online]", "[offline]"];
    let history = (0..sources.len(), prop::collection::vec(row(), 1..40), prop::collection::vec(event(), 1..8));
    std::fs::write(shop.path("keys.csv"), "user_id\nu1\nu7\nu99\n").unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(48));
    let outcome = runner.run(&history, |(source, first, events)| {
        shop.redis.run("FLUSHALL");
        let _ = std::fs::remove_dir_all(shop.path("users"));
        let _ = std::fs::remove_dir_all(shop.path("cache"));
        shop.write("part-0.parquet", &first);
        let sample = format!("keys: 9, rotating: 40%, source: {}", sources[source]);
        let (bare, kept) =
            runtime.block_on(async { (shop.plan(&sample).await, shop.plan(&format!("{sample}, cache: cache")).await) });
        let mut now = 0;
        for event in [Event::Time(0)].into_iter().chain(events) {
            match &event {
                Event::Snapshot(file, rows) => shop.write(&format!("part-{file}.parquet"), rows),
                Event::Served(row) => shop.serve(*row),
                Event::Dropped(user) => {
                    shop.redis.run(&format!("DEL feat:u{user}:amount feat:u{user}:_ts"));
                }
                Event::Time(minute) => now = *minute,
            }
            let run = |plan| -> RoundReport { runtime.block_on(at(plan, minute(now))) };
            let (bare, first, again) = (run(&bare), run(&kept), run(&kept));
            prop_assert_eq!(&bare.failures, &[]);
            prop_assert_eq!(told(&bare), told(&first), "after {:?}", event);
            prop_assert_eq!(told(&bare), told(&again), "again after {:?}", event);
        }
        // Two histories of the view and where its walk stands, whatever happened.
        prop_assert!(files(&shop.path("cache")).len() <= 3, "{:?}", files(&shop.path("cache")));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
