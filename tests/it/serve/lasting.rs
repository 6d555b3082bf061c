//! What a service knows after it was started again, and what becomes of a history that it cannot write.

use std::collections::BTreeSet;
use std::process::Stdio;

use skewwatch::history::HistoryReader;

use super::{EVERY_SECOND, NEVER, PUBLISH, Shop, of_feature, rounds};
use crate::support::redis::wait_until;

/// Series of gauges, states and last successes: what a restart must not change.
fn lasting(text: &str) -> Vec<&str> {
    let families = ["check_status", "finding_state", "round_last_success", "coverage_ratio", "skew_mismatch", "drift_"];
    let is_lasting = |line: &&str| {
        line.strip_prefix("skewwatch_").is_some_and(|rest| families.iter().any(|family| rest.starts_with(family)))
    };
    text.lines().filter(is_lasting).collect()
}

#[test]
fn a_restart_changes_no_gauge_and_no_state() {
    let mut shop = Shop::open();
    shop.skew(20);
    let mut service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(2.0));
    shop.configure(&[NEVER, PUBLISH]);
    assert_eq!(service.ask("POST", "/-/reload"), (200, "reloaded\n".to_owned()));
    let done = rounds("user_features", "complete");
    let mut before = service.metrics();
    // A round that ran while the schedule changed may end yet.
    wait_until("no round ends any more", || {
        let now = service.metrics();
        let is_same = super::value(&now, &done) == super::value(&before, &done) && now == before;
        before = now;
        is_same
    });
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());

    shop.redis.kill();
    let again = shop.serve();
    let after = again.metrics();
    assert_eq!(lasting(&after), lasting(&before));
    assert!(!lasting(&after).is_empty());
    assert_eq!(again.value(&of_feature("finding_state", "skew")), Some(2.0));
    assert_eq!(again.value(&done), Some(0.0), "counters begin with the process");
}

#[test]
fn a_view_taken_out_while_the_service_was_down_leaves_no_open_finding() {
    let mut shop = Shop::open();
    let alone = shop.stores.clone();
    shop.add_view("again");
    shop.skew(20);
    let mut service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    let fired = of_feature("finding_state", "skew");
    service.wait_for(&fired, |state| state == Some(2.0));
    service.wait_for(&fired.replace("user_features", "again"), |state| state == Some(2.0));
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());
    let path = shop.scene.path("history.db");
    let open = || {
        let episodes = HistoryReader::open(&path).unwrap().open_findings().unwrap();
        episodes.into_iter().map(|episode| episode.key.feature_view).collect::<BTreeSet<_>>()
    };
    assert_eq!(open(), BTreeSet::from(["again".to_owned(), "user_features".to_owned()]));

    shop.stores = alone;
    let again = shop.configure(&[NEVER, PUBLISH]).serve();
    wait_until("the findings of the view have ended", || open() == BTreeSet::from(["user_features".to_owned()]));
    assert_eq!(again.value(&fired), Some(2.0));
}

#[test]
fn a_second_service_on_one_history_says_who_has_it() {
    let shop = Shop::open();
    let service = shop.configure(&[NEVER, PUBLISH]).serve();
    let second = shop.scene.command("serve").stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8(second.stderr).unwrap();
    assert_eq!((second.status.code(), second.stdout.as_slice()), (Some(2), &b""[..]));
    let path = shop.scene.path("history.db");
    assert_eq!(
        told,
        format!(
            "error: could not open history `{}` to write: process {} writes it\n  \
             hint: stop that process, or give this one a history of its own\n",
            path.strip_prefix(path.parent().unwrap()).unwrap().display(),
            service.child.id()
        )
    );
}

#[test]
fn a_history_that_cannot_be_written_is_counted_and_the_service_goes_on() {
    let shop = Shop::open();
    let service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    let complete = rounds("user_features", "complete");
    service.wait_for(&complete, |count| count >= Some(1.0));
    let other = rusqlite::Connection::open(shop.scene.path("history.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    service.wait_for("stage_failures_total{reason=\"sqlite\",stage=\"publish\"}", |count| count >= Some(1.0));
    other.execute_batch("ROLLBACK").unwrap();
    let now = service.value(&complete);
    service.wait_for(&complete, |count| count > now);
}
