//! The running service with two real Alertmanagers: what fires is there, what is over is not, and a dead peer loses nothing.

use serde_json::Value;

use super::{QUEUE, SKEW, deliveries, owned_shop, pushing};
use crate::serve::{EVERY_SECOND, NEVER, Shop, of_feature, promtool, rounds};
use crate::support::alertmanager::{Alertmanager, Behaviour, Labels, Recorder, has};
use crate::support::redis::wait_until;

/// Takes back what [`Shop::skew`] did to so many entities, whose true values are told by `values`.
fn repair(shop: &Shop, values: &[(u32, String)]) {
    for (number, value) in values {
        shop.redis.run(&format!("SET feat:u{number:06}:total_orders_30d {value}"));
    }
}

/// The true values of the first so many entities.
fn truths(shop: &Shop, entities: u32) -> Vec<(u32, String)> {
    let value =
        |number| redis::from_redis_value(shop.redis.run(&format!("GET feat:u{number:06}:total_orders_30d"))).unwrap();
    (0..entities).map(|number| (number, value(number))).collect()
}

fn labels(posting: &Value) -> Labels {
    serde_json::from_value(posting["labels"].clone()).unwrap()
}

#[test]
fn a_finding_fires_at_both_peers_and_ends_at_both() {
    let shop = owned_shop();
    let truths = truths(&shop, 20);
    let peers = [Alertmanager::start(), Alertmanager::start()];
    let urls = peers.each_ref().map(Alertmanager::url);
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, &pushing(&urls, "")]).serve();
    let expected: Labels = [
        ("alertname", "SkewwatchSkewMismatch"),
        ("check", "skew"),
        ("component", "skew"),
        ("feature", "total_orders_30d"),
        ("feature_view", "user_features"),
        ("job", "skewwatch"),
        ("severity", "critical"),
        ("store", "redis"),
        ("team", "risk"),
        ("tier", "gold"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for peer in &peers {
        wait_until("the finding fires", || peer.firing().contains(&expected));
        assert!(peer.has(&[("alertname", "SkewwatchWatchdog"), ("severity", "none"), ("component", "meta")]));
    }
    assert_eq!(service.value(&of_feature("finding_state", "skew")), Some(2.0));
    repair(&shop, &truths);
    for peer in &peers {
        wait_until("the finding is over", || !peer.has(&SKEW));
        assert!(peer.has(&[("alertname", "SkewwatchWatchdog")]));
    }
    assert_eq!(service.value(&of_feature("finding_state", "skew")), Some(0.0));
    assert!(service.value(&deliveries("delivered")) > Some(0.0));
    assert_eq!(promtool(&service.metrics()), "");
    for result in ["failed", "rejected", "dropped"] {
        assert_eq!(service.value(&deliveries(result)), Some(0.0), "{result}");
    }
}

#[test]
fn another_severity_is_another_alert_and_ends_the_one_before() {
    let shop = owned_shop();
    let peer = Alertmanager::start();
    shop.skew(4);
    let _service = shop.configure(&[EVERY_SECOND, &pushing(&[peer.url()], "")]).serve();
    let of = |severity| [SKEW[0], SKEW[1], ("severity", severity)];
    wait_until("it is a warning", || peer.has(&of("warning")));
    shop.skew(40);
    wait_until("it is critical, and no warning", || peer.has(&of("critical")) && !peer.has(&of("warning")));
}

#[test]
fn a_finding_that_is_accepted_ends_and_comes_back_with_its_term() {
    let shop = owned_shop();
    let peer = Alertmanager::start();
    shop.skew(20);
    let pushed = pushing(&[peer.url()], "");
    let service = shop.configure(&[EVERY_SECOND, &pushed]).serve();
    wait_until("it fires", || peer.has(&SKEW));
    let accept =
        "accept: [{ view: user_features, feature: total_orders_30d, check: skew, until: 2099-12-31, reason: known }]\n";
    shop.configure(&[EVERY_SECOND, &pushed, accept]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    wait_until("it is accepted", || !peer.has(&SKEW));
    assert!(peer.has(&[("alertname", "SkewwatchWatchdog")]));
    shop.configure(&[EVERY_SECOND, &pushed]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    wait_until("it is no longer accepted", || peer.has(&SKEW));
}

#[test]
fn a_service_that_observes_pushes_nothing() {
    let shop = owned_shop();
    let peer = Recorder::start();
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, &pushing(&[peer.url()], ", mode: observe")]).serve();
    service.wait_for(&of_feature("check_status", "skew"), |status| status == Some(2.0));
    service.wait_for(&rounds("user_features", "complete"), |count| count >= Some(5.0));
    assert_eq!(peer.requests(), []);
    shop.configure(&[EVERY_SECOND, &pushing(&[peer.url()], "")]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    wait_until("it alerts", || peer.postings().iter().any(|posting| has(&labels(posting), &SKEW)));
    assert_eq!(service.value("stage_failures_total"), None);
}

#[test]
fn a_peer_that_hangs_or_fails_holds_up_no_other_and_is_told_when_it_answers() {
    let shop = owned_shop();
    let (well, bad) = (Alertmanager::start(), Recorder::start());
    bad.behave(Behaviour::Hang);
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, &pushing(&[bad.url(), well.url()], "")]).serve();
    wait_until("the other one is told", || well.has(&SKEW));
    service.wait_for(&deliveries("failed"), |count| count > Some(0.0));
    service.wait_for(QUEUE, |waiting| waiting > Some(0.0));
    for behaviour in [Behaviour::Answer("503 Service Unavailable\r\n"), Behaviour::Reset] {
        bad.behave(behaviour);
        let before = service.value(&deliveries("failed"));
        service.wait_for(&deliveries("failed"), |count| count > before);
    }
    bad.behave(Behaviour::Answer("200 OK\r\n"));
    service.wait_for(QUEUE, |waiting| waiting == Some(0.0));
    assert!(bad.postings().iter().any(|posting| has(&labels(posting), &SKEW)));
    assert!(well.has(&SKEW));
    let log = service.log();
    assert_eq!(log.matches("Alertmanager takes no alerts").count(), 1, "{log}");
    assert_eq!(log.matches("Alertmanager takes alerts again").count(), 1, "{log}");
}

#[test]
fn a_real_alertmanager_that_freezes_gets_what_it_missed() {
    let shop = owned_shop();
    let peers = [Alertmanager::start(), Alertmanager::start()];
    let urls = peers.each_ref().map(Alertmanager::url);
    peers[0].freeze();
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, &pushing(&urls, "")]).serve();
    wait_until("the other one is told", || peers[1].has(&SKEW));
    service.wait_for(&deliveries("failed"), |count| count > Some(0.0));
    peers[0].thaw();
    wait_until("it is told", || peers[0].has(&SKEW));
}

/// An hour of the usual refreshes is 60 of them; here each takes a second, and the lease is over after five.
#[test]
fn an_alertmanager_that_was_dead_is_told_everything_and_nothing_that_never_was() {
    let shop = owned_shop();
    let truths = truths(&shop, 20);
    let mut peers = [Alertmanager::start(), Alertmanager::start()];
    let urls = peers.each_ref().map(Alertmanager::url);
    let recorder = Recorder::start();
    let all = [urls[0].clone(), urls[1].clone(), recorder.url()];
    let service = shop.configure(&[EVERY_SECOND, &pushing(&all, "")]).serve();
    wait_until("the heartbeat is there", || peers.iter().all(|peer| peer.has(&[("alertname", "SkewwatchWatchdog")])));
    peers[0].kill();
    let done = rounds("user_features", "complete");
    // What fires and ends while it is dead, and then what fires on.
    shop.skew(20);
    wait_until("it fires at the other", || peers[1].has(&SKEW));
    repair(&shop, &truths);
    wait_until("it ends at the other", || !peers[1].has(&SKEW));
    for number in 0..40 {
        shop.redis.run(&format!("DEL feat:u{number:06}:preferred_category"));
    }
    let missing = [("check", "coverage"), ("component", "coverage"), ("feature_view", "user_features")];
    wait_until("something else fires at the other", || peers[1].has(&missing));
    let now = service.value(&done).unwrap();
    service.wait_for(&done, |count| count >= Some(now + 6.0));
    assert!(service.value(QUEUE) > Some(0.0));
    peers[0].start_again();
    wait_until("both know the same", || {
        let [first, second] = peers.each_ref().map(Alertmanager::firing);
        first == second && peers[0].has(&missing)
    });
    assert!(!peers[0].has(&SKEW));
    service.wait_for(QUEUE, |waiting| waiting == Some(0.0));
    // Nothing was invented: whatever the first one shows was told to the one that was there all the time.
    let told: Vec<Labels> = recorder.postings().iter().map(labels).collect();
    assert!(peers[0].firing().iter().all(|alert| told.contains(alert)));
}

#[test]
fn a_store_that_does_not_answer_is_told_with_what_follows_from_it() {
    let mut shop = owned_shop();
    let peer = Alertmanager::start();
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, &pushing(&[peer.url()], "")]).serve();
    wait_until("it fires", || peer.has(&SKEW));
    shop.redis.kill();
    let wanted: [&[(&str, &str)]; 4] = [
        &[
            ("alertname", "SkewwatchOnlineStoreDown"),
            ("component", "store"),
            ("store", "redis"),
            ("severity", "critical"),
        ],
        &[("alertname", "SkewwatchRoundsNotRunning"), ("feature_view", "user_features"), ("team", "risk")],
        &[("alertname", "SkewwatchCheckNotJudged"), ("check", "skew"), ("feature", "total_orders_30d")],
        &SKEW,
    ];
    for alert in wanted {
        wait_until(&format!("{alert:?} fires"), || peer.has(alert));
    }
    assert_eq!(service.value("online_store_up{store=\"redis\"}"), Some(0.0));
}

#[test]
fn an_alert_of_a_view_whose_rounds_are_rare_is_refreshed() {
    let shop = owned_shop();
    let peer = Alertmanager::start();
    shop.skew(20);
    let pushed = pushing(&[peer.url()], "");
    let service = shop.configure(&[EVERY_SECOND, &pushed]).serve();
    wait_until("it fires", || peer.has(&SKEW));
    shop.configure(&[NEVER, &pushed]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    let ends = || {
        let alert = peer.alerts().into_iter().find(|alert| has(&labels(alert), &SKEW)).unwrap();
        alert["endsAt"].as_str().unwrap().to_owned()
    };
    let first = ends();
    let done = service.value(&rounds("user_features", "complete"));
    wait_until("it was sent again three times", || {
        let delivered = service.value(&deliveries("delivered")).unwrap();
        ends() > first && delivered > 20.0
    });
    assert!(service.value(&rounds("user_features", "complete")) <= done.map(|count| count + 1.0));
}
