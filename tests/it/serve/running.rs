//! A service at work, and a store that goes away under it.

use super::{EVERY_SECOND, HASTE, PUBLISH, Shop, of_feature, promtool, rounds};

#[test]
fn rounds_happen_and_a_finding_fires_and_resolves() {
    let shop = Shop::open();
    let service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    assert_eq!(service.ask("GET", "/-/healthy"), (200, "healthy\n".to_owned()));
    assert_eq!(service.ask("GET", "/-/ready"), (200, "ready\n".to_owned()));
    service.wait_for(&rounds("user_features", "complete"), |count| count >= Some(2.0));
    let text = service.metrics();
    assert_eq!(promtool(&text), "", "{text}");
    let (status, finding) = (of_feature("check_status", "skew"), of_feature("finding_state", "skew"));
    assert_eq!((service.value(&status), service.value(&finding)), (Some(0.0), Some(0.0)));
    assert_eq!(service.value("online_store_up{store=\"redis\"}"), Some(1.0));
    assert_eq!(service.value("round_interval_seconds{feature_view=\"user_features\"}"), Some(1.0));
    assert!(service.value("s3_bytes_read_total") > Some(0.0));

    shop.skew(20);
    service.wait_for(&finding, |state| state == Some(2.0));
    assert_eq!(service.value(&status), Some(2.0));

    for number in 0..20 {
        let healthy = number * 10 + 2;
        shop.redis.run(&format!("SET feat:u{number:06}:total_orders_30d {healthy}"));
    }
    service.wait_for(&finding, |state| state == Some(0.0));
    assert_eq!(service.value(&status), Some(0.0));
}

#[test]
fn a_store_that_goes_away_makes_nothing_pass_and_ends_no_finding() {
    let mut shop = Shop::open();
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, PUBLISH, HASTE]).serve();
    let (status, finding) = (of_feature("check_status", "skew"), of_feature("finding_state", "skew"));
    let up = "online_store_up{store=\"redis\"}";
    let coverage = "coverage_ratio{feature_view=\"user_features\"}";
    let success = "round_last_success_timestamp_seconds{feature_view=\"user_features\"}";
    service.wait_for(&finding, |state| state == Some(2.0));
    assert_eq!(service.value(coverage), Some(1.0));

    shop.redis.freeze();
    service.wait_for(up, |up| up == Some(0.0));
    service.wait_for(&status, |status| status == Some(-1.0));
    let last = service.value(success);
    assert_eq!((service.value(coverage), service.value(&finding)), (None, Some(2.0)));

    shop.redis.thaw();
    service.wait_for(up, |up| up == Some(1.0));
    service.wait_for(success, |now| now > last);
    assert_eq!((service.value(coverage), service.value(&finding)), (Some(1.0), Some(2.0)));

    shop.redis.kill();
    service.wait_for(up, |up| up == Some(0.0));
    service.wait_for(&status, |status| status == Some(-1.0));
    service.wait_for("stage_failures_total{reason=\"connection\",stage=\"sample\"}", |count| count >= Some(1.0));
    assert_eq!(service.value(&finding), Some(2.0));
}

#[test]
fn a_view_that_cannot_be_read_stops_no_other() {
    let mut shop = Shop::open();
    shop.add_view("orphans");
    shop.stores = shop.stores.replacen("name: orphans", "name: lost", 1);
    let (before, lost) = shop.stores.split_once("name: lost").unwrap();
    shop.stores = format!("{before}name: lost{}", lost.replace("snapshots/", "nowhere/"));
    let service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    service.wait_for(&rounds("lost", "failed"), |count| count >= Some(2.0));
    service.wait_for(&rounds("user_features", "complete"), |count| count >= Some(2.0));
    assert_eq!(service.value(&rounds("lost", "complete")), Some(0.0));
    let unknown = "check_status{check=\"coverage\",feature=\"\",feature_view=\"lost\"}";
    assert_eq!(service.value(unknown), Some(-1.0));
}

#[test]
fn a_round_past_its_deadline_is_abandoned_and_counts_as_failed() {
    let shop = Shop::open();
    shop.redis.freeze();
    let deadline = EVERY_SECOND.replace("deadline: 1h", "deadline: 100ms");
    let service = shop.configure(&[&deadline, PUBLISH]).serve();
    service.wait_for("stage_failures_total{reason=\"deadline\",stage=\"sample\"}", |count| count >= Some(2.0));
    assert!(service.value(&rounds("user_features", "failed")) >= Some(2.0));
    shop.redis.thaw();
}

#[test]
fn a_round_that_is_due_while_one_runs_is_skipped_and_the_service_stops_in_between() {
    let shop = Shop::open();
    shop.redis.freeze();
    let patient = "sample: { budget: { timeout: 60s, connect_timeout: 60s, attempts: 1 } }\n";
    let mut service = shop.configure(&[EVERY_SECOND, PUBLISH, patient]).serve();
    service.wait_for("rounds_skipped_total{feature_view=\"user_features\"}", |count| count >= Some(1.0));
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());
    assert!(service.log().contains("round abandoned"), "{}", service.log());
    shop.redis.thaw();

    // The history was let go of whole.
    let mut again = shop.serve();
    again.wait_for(&rounds("user_features", "complete"), |count| count >= Some(1.0));
    assert_eq!(again.stop().code(), Some(0));
}
