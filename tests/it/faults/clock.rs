//! The time of day jumps under a running service (libfaketime, which leaves the monotonic clock alone).

use std::path::PathBuf;

use super::{firing_with, kept, nothing_is_invented, skew_episodes, wait_while_firing};
use crate::serve::{EVERY_SECOND, PUBLISH, Shop, rounds};

/// The library that fakes the time of day.
fn library() -> PathBuf {
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().path().join("faketime/libfaketime.so.1");
    let found = std::fs::read_dir("/usr/lib").unwrap().map(name).find(|path| path.is_file());
    found.expect("libfaketime comes with the package `faketime`: `make test` installs it")
}

#[test]
fn the_time_of_day_jumps_forward_and_back_and_rounds_go_on() {
    let shop = Shop::open();
    let offset = shop.scene.path("offset");
    let jump = |to: &str| {
        shop.scene.write("next_offset", to);
        std::fs::rename(shop.scene.path("next_offset"), &offset).unwrap();
    };
    jump("+0");
    shop.configure(&[EVERY_SECOND, PUBLISH]);
    let mut command = shop.scene.command("serve");
    command.env("LD_PRELOAD", library()).env("FAKETIME_TIMESTAMP_FILE", &offset);
    command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let service = firing_with(&shop, command);
    let complete = rounds("user_features", "complete");
    let success = "round_last_success_timestamp_seconds{feature_view=\"user_features\"}";
    let start = service.value(success).unwrap();
    let hours = |hours: f64| start + hours * 3600.0;
    for (to, least, most) in
        [("+2h", hours(2.0), hours(3.0)), ("-5h", hours(-5.0), hours(-4.0)), ("+0", start, hours(1.0))]
    {
        jump(to);
        wait_while_firing(&service, success, |now| now.is_some_and(|now| (least..most).contains(&now)));
        let ended = service.value(&complete).unwrap();
        wait_while_firing(&service, &complete, |count| count >= Some(ended + 2.0));
    }
    let text = service.metrics();
    for nothing in [rounds("user_features", "failed"), rounds("user_features", "partial")] {
        assert_eq!(crate::serve::value(&text, &nothing), Some(0.0));
    }
    let history = shop.scene.path("history.db");
    let rounds = kept(&history, "user_features");
    nothing_is_invented(&rounds);
    assert!(rounds.len() as f64 + 1.0 >= service.value(&complete).unwrap());
    let [episode] = &skew_episodes(&history)[..] else { panic!("one finding, never ended") };
    assert_eq!(episode.resolved_at, None);
}
