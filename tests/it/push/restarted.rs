//! Restarts: what fires goes on, what ended meanwhile ends, and nothing ends by mistake.

use skewwatch::model::time::Timestamp;

use super::{QUEUE, SKEW, owned_shop, pushing};
use crate::serve::{EVERY_SECOND, NEVER, of_feature};
use crate::support::alertmanager::{Behaviour, Labels, Recorder, has};
use crate::support::redis::wait_until;

const ACCEPT: &str =
    "accept: [{ view: user_features, feature: total_orders_30d, check: skew, until: 2099-12-31, reason: known }]\n";

/// What a peer was told of the skew, in order: whether it fired then, and since when.
fn told(peer: &Recorder) -> Vec<(bool, String)> {
    let mut told = Vec::new();
    for request in peer.requests() {
        for posting in request.body.as_array().unwrap() {
            let labels: Labels = serde_json::from_value(posting["labels"].clone()).unwrap();
            let text = |key: &str| posting[key].as_str().unwrap().to_owned();
            if has(&labels, &SKEW) {
                told.push((Timestamp::parse_rfc3339(&text("endsAt")).unwrap() > request.at, text("startsAt")));
            }
        }
    }
    told
}

/// Waits until a peer was told of the skew so many more times.
fn wait_for_more(peer: &Recorder, more: usize) {
    let before = told(peer).len();
    wait_until("it is told again", || told(peer).len() >= before + more);
}

/// Waits until the last that a peer was told is that it ended.
fn wait_for_end(peer: &Recorder) {
    wait_until("its end is told", || told(peer).last().is_some_and(|(fires, _)| !fires));
}

#[test]
fn a_restart_while_the_store_is_away_ends_nothing() {
    let mut shop = owned_shop();
    let peer = Recorder::start();
    shop.skew(20);
    let mut service = shop.configure(&[EVERY_SECOND, &pushing(&[peer.url()], "")]).serve();
    wait_for_more(&peer, 2);
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());
    let before = told(&peer);
    shop.redis.kill();
    let _again = shop.serve();
    wait_for_more(&peer, 4);
    let after = told(&peer);
    assert_eq!(after[..before.len()], before);
    assert_eq!(after, vec![(true, before[0].1.clone()); after.len()]);
}

#[test]
fn a_service_that_is_killed_again_and_again_ends_nothing() {
    let shop = owned_shop();
    let peer = Recorder::start();
    shop.skew(20);
    shop.configure(&[EVERY_SECOND, &pushing(&[peer.url()], "")]);
    for _ in 0..5 {
        let mut service = shop.serve();
        wait_for_more(&peer, 2);
        service.signal("-KILL");
        service.child.wait().unwrap();
    }
    let all = told(&peer);
    assert_eq!(all, vec![(true, all[0].1.clone()); all.len()]);
}

#[test]
fn what_ended_while_the_service_was_down_ends_with_its_start() {
    let shop = owned_shop();
    let peer = Recorder::start();
    shop.skew(20);
    let pushed = pushing(&[peer.url()], "");
    let mut service = shop.configure(&[EVERY_SECOND, &pushed]).serve();
    wait_for_more(&peer, 1);
    service.signal("-KILL");
    service.child.wait().unwrap();
    shop.configure(&[NEVER, &pushed, ACCEPT]);
    let _again = shop.serve();
    wait_for_end(&peer);
}

#[test]
fn an_end_that_a_dead_peer_did_not_hear_of_outlives_the_service() {
    let shop = owned_shop();
    let (well, dead) = (Recorder::start(), Recorder::start());
    dead.behave(Behaviour::Answer("503 Service Unavailable\r\n"));
    shop.skew(20);
    let pushed = pushing(&[well.url(), dead.url()], "");
    let mut service = shop.configure(&[EVERY_SECOND, &pushed]).serve();
    wait_for_more(&well, 1);
    shop.configure(&[EVERY_SECOND, &pushed, ACCEPT]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    wait_for_end(&well);
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());
    let refused = told(&dead).len();
    dead.behave(Behaviour::Answer("200 OK\r\n"));
    shop.configure(&[NEVER, &pushed, ACCEPT]);
    let again = shop.serve();
    wait_until("the dead one is told", || told(&dead).len() > refused);
    again.wait_for(QUEUE, |waiting| waiting == Some(0.0));
    // It never took that the finding fired, and is told that it has ended, with its beginning.
    let beginning = told(&well)[0].1.clone();
    let taken = told(&dead).split_off(refused);
    assert_eq!(taken, vec![(false, beginning); taken.len()]);
}

#[test]
fn a_queue_that_makes_no_sense_is_counted_and_what_fires_is_told_anew() {
    let shop = owned_shop();
    let peer = Recorder::start();
    shop.skew(20);
    shop.scene.write("history.db.alerts.json", "{");
    let service = shop.configure(&[EVERY_SECOND, &pushing(&[peer.url()], "")]).serve();
    wait_for_more(&peer, 1);
    let failures = "stage_failures_total{reason=\"alert_queue\",stage=\"publish\"}";
    assert_eq!(service.value(failures), Some(1.0));
    assert_eq!(service.value(&of_feature("finding_state", "skew")), Some(2.0));
    let kept: serde_json::Value =
        serde_json::from_slice(&std::fs::read(shop.scene.path("history.db.alerts.json")).unwrap()).unwrap();
    assert_eq!((kept["form"].as_u64(), kept["peers"][0].as_str()), (Some(1), Some(peer.url().as_str())));
}
