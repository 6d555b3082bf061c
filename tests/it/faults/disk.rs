//! No room for the history, at the start or later: the service watches on, says so, and keeps rounds as soon as it can.

use std::io::Write as _;
use std::process::Command;

use super::{firing, kept, nothing_is_invented, skew_episodes, wait_for_more, wait_while_firing};
use skewwatch::history::HistoryReader;

use crate::history::room::SmallDisk;
use crate::serve::{EVERY_SECOND, NEVER, PUBLISH, Running, Shop, of_feature, rounds, value};
use crate::support::redis::wait_until;

/// A disk of a megabyte. Mounting is for root alone; who is not root tests with a limit on the size of files instead.
fn small_disk() -> Option<SmallDisk> {
    let disk = SmallDisk::mounted(1000);
    if disk.is_none() {
        let told = "no file system can be mounted here: tested with a limit on the size of files instead";
        writeln!(std::io::stderr(), "{told}").unwrap();
    }
    disk
}

fn publish_on(disk: &SmallDisk) -> String {
    PUBLISH.replace("history.db", &disk.path().join("history.db").display().to_string())
}

/// The sum of what publishing could not do.
fn failures(text: &str) -> f64 {
    let of_publish = |line: &&str| line.starts_with("skewwatch_stage_failures_total{") && line.contains("\"publish\"");
    text.lines().filter(of_publish).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

#[test]
fn a_disk_that_fills_up_is_told_and_rounds_go_on_and_are_kept_when_there_is_room_again() {
    let Some(disk) = small_disk() else { return a_file_that_may_not_grow_is_told_and_rounds_go_on() };
    let history = disk.path().join("history.db");
    let shop = Shop::open();
    let service = firing(&shop, &[EVERY_SECOND, &publish_on(&disk)]);
    let complete = rounds("user_features", "complete");
    let ballast = disk.fill();
    let full = "stage_failures_total{reason=\"full\",stage=\"publish\"}";
    wait_while_firing(&service, full, |count| count >= Some(2.0));
    wait_for_more(&service, &complete, 2.0);
    let before = kept(&history, "user_features").len();
    std::fs::remove_file(ballast).unwrap();
    wait_until("rounds are kept again", || kept(&history, "user_features").len() >= before + 2);
    assert_eq!(service.value(&of_feature("finding_state", "skew")), Some(2.0));
    let text = service.metrics();
    let (lost, ended) = (failures(&text), value(&text, &complete).unwrap());
    let rounds = kept(&history, "user_features");
    assert!(rounds.len() as f64 + lost >= ended, "{} kept, {lost} told as lost, {ended} ended", rounds.len());
    nothing_is_invented(&rounds);
    let [episode] = &skew_episodes(&history)[..] else { panic!("one finding, never ended") };
    assert_eq!(episode.resolved_at, None);
}

#[test]
fn a_service_starts_on_a_full_disk_and_keeps_rounds_as_soon_as_there_is_room() {
    let Some(disk) = small_disk() else { return a_file_that_may_not_grow_is_told_and_rounds_go_on() };
    let history = disk.path().join("history.db");
    let ballast = disk.fill();
    let shop = Shop::open();
    let service = firing(&shop, &[EVERY_SECOND, &publish_on(&disk)]);
    assert!(failures(&service.metrics()) >= 1.0);
    assert!(service.log().contains("history not opened, rounds are not kept until it can be"), "{}", service.log());
    std::fs::remove_file(ballast).unwrap();
    wait_until("rounds are kept", || history.exists() && service.log().contains("history opened, rounds are kept"));
    wait_until("rounds are kept", || kept(&history, "user_features").len() >= 2);
    wait_until("and findings", || skew_episodes(&history).len() == 1);
    nothing_is_invented(&kept(&history, "user_features"));
}

#[test]
fn a_service_starts_on_a_disk_that_may_only_be_read_with_what_it_knew() {
    let Some(disk) = small_disk() else { return a_file_that_may_not_grow_is_told_and_rounds_go_on() };
    let history = disk.path().join("history.db");
    let publish = publish_on(&disk);
    let shop = Shop::open();
    let mut service = firing(&shop, &[EVERY_SECOND, &publish]);
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());
    let before = kept(&history, "user_features");
    disk.freeze();
    let service = shop.configure(&[NEVER, &publish]).serve();
    let text = service.metrics();
    assert_eq!(value(&text, &of_feature("finding_state", "skew")), Some(2.0), "{}", service.log());
    assert_eq!(value(&text, "coverage_ratio{feature_view=\"user_features\"}"), Some(1.0));
    assert!(failures(&text) >= 1.0);
    assert_eq!(kept(&history, "user_features"), before);
}

#[test]
fn a_file_that_may_not_grow_is_told_and_rounds_go_on() {
    let shop = Shop::open();
    shop.skew(super::SKEWED);
    shop.configure(&[EVERY_SECOND, PUBLISH]);
    let history = shop.scene.path("history.db");
    // 400 blocks of 512 bytes: room for the tables, and not for long. Without a trap the system would end the process.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -S -f 400; exec \"$0\" serve", env!("CARGO_BIN_EXE_skewwatch")]);
    limited.current_dir(shop.scene.path("")).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    let service = Running::start(limited, shop.scene.path("log"));
    let complete = rounds("user_features", "complete");
    wait_until("the history may not grow", || failures(&service.metrics()) >= 1.0);
    wait_for_more(&service, &complete, 2.0);
    wait_while_firing(&service, &complete, |count| count >= Some(3.0));
    let before = kept(&history, "user_features").len();
    let lifted = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &service.child.id().to_string()]).status();
    assert!(lifted.unwrap().success());
    wait_until("rounds are kept again", || kept(&history, "user_features").len() >= before + 2);
    nothing_is_invented(&kept(&history, "user_features"));
    HistoryReader::open(&history).unwrap().verify().unwrap();
}
