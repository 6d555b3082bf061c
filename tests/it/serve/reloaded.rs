//! Configurations that change under a running service.

use super::{EVERY_SECOND, PUBLISH, Shop, of_feature, rounds};

const OUTCOME: &str = "config_last_reload_success";

#[test]
fn a_bad_file_keeps_the_old_plan_and_a_good_one_replaces_it() {
    let mut shop = Shop::open();
    let alone = shop.stores.clone();
    shop.add_view("again");
    let service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    service.wait_for(&rounds("again", "complete"), |count| count >= Some(1.0));
    assert_eq!(service.value(OUTCOME), Some(1.0));

    shop.configure(&[EVERY_SECOND, PUBLISH, "chekcs: {}\n"]);
    let (status, told) = service.ask("POST", "/-/reload");
    assert_eq!(status, 500);
    assert!(told.contains("unknown key `chekcs`"), "{told}");
    assert_eq!(service.value(OUTCOME), Some(0.0));
    let now = service.value(&rounds("again", "complete"));
    service.wait_for(&rounds("again", "complete"), |count| count > now);

    shop.configure(&[EVERY_SECOND, &PUBLISH.replace("history.db", "other.db")]);
    let (status, told) = service.ask("POST", "/-/reload");
    assert_eq!(status, 500);
    assert_eq!(told, "`publish.history` cannot change while running\n  hint: start skewwatch again\n");

    shop.stores = alone;
    shop.configure(&[EVERY_SECOND, PUBLISH]);
    service.signal("-HUP");
    service.wait_for(OUTCOME, |outcome| outcome == Some(1.0));
    let text = service.metrics();
    let left: Vec<&str> = text.lines().filter(|line| line.contains("feature_view=\"again\"")).collect();
    assert_eq!(left, [] as [&str; 0], "no series of the removed view is left");
    let now = service.value(&rounds("user_features", "complete"));
    service.wait_for(&rounds("user_features", "complete"), |count| count > now);
}

#[test]
fn an_accepted_finding_stays_visible_and_no_longer_fires() {
    let shop = Shop::open();
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    let (status, finding) = (of_feature("check_status", "skew"), of_feature("finding_state", "skew"));
    service.wait_for(&finding, |state| state == Some(2.0));

    let accept = "accept: [{ view: user_features, feature: total_orders_30d, check: skew, until: 2099-12-31, \
                  reason: known }]\n";
    shop.configure(&[EVERY_SECOND, PUBLISH, accept]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    service.wait_for(&finding, |state| state == Some(0.0));
    assert_eq!(service.value(&status), Some(2.0));

    // The next round says how bad it is that is accepted.
    let done = rounds("user_features", "complete");
    let now = service.value(&done).unwrap();
    service.wait_for(&done, |count| count >= Some(now + 2.0));

    // Three times as bad.
    shop.skew(60);
    service.wait_for(&finding, |state| state == Some(2.0));

    let observe = PUBLISH.replace(" }", ", mode: observe }");
    shop.configure(&[EVERY_SECOND, &observe, accept]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    service.wait_for(&finding, |state| state == Some(0.0));
    assert_eq!(service.value(&status), Some(2.0));
}
