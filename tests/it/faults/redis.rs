//! Redis goes away, or hangs, in the middle of a round.

use skewwatch::history::CheckStatus;
use skewwatch::model::check::CheckKind;
use skewwatch::model::ratio::Ratio;

use super::{FEATURE, SKEWED, firing, kept, nothing_is_invented, skew_episodes, wait_for_more, wait_while_firing};
use crate::serve::{HASTE, PUBLISH, Running, Shop, of_feature, rounds};
use crate::support::redis::{information, wait_until};

/// Rounds that take a second or more, because so few keys may be read in one.
const SLOW: &str = "sample: { budget: { keys_per_second: 2000, pipeline: 8, timeout: 250ms, connect_timeout: 250ms, \
                    attempts: 1 } }\nschedule: { sample: \"*/3 * * * * *\", jitter: 0%, deadline: 1h }\n";
const UP: &str = "online_store_up{store=\"redis\"}";

/// Reading commands that Redis has answered.
fn reads(shop: &Shop) -> u64 {
    let told = information(&shop.redis, "INFO commandstats");
    let calls = |line: &str| line.split_once(":calls=")?.1.split(',').next()?.parse::<u64>().ok();
    let is_read =
        |line: &&str| ["cmdstat_mget:", "cmdstat_get:", "cmdstat_hmget:"].iter().any(|name| line.starts_with(name));
    told.lines().filter(is_read).filter_map(calls).sum()
}

/// Waits until a round has read some keys and has others to read.
fn wait_for_the_middle_of_a_round(shop: &Shop, service: &Running) {
    let complete = rounds("user_features", "complete");
    let [first, second] = [(), ()].map(|()| {
        wait_for_more(service, &complete, 1.0);
        reads(shop)
    });
    let of_a_round = second - first;
    assert!(of_a_round > 10, "{of_a_round} commands are too few to be in the middle of them");
    wait_until("a round has read some keys", || reads(shop) >= second + of_a_round / 4);
}

fn broke_off(service: &Running) -> Option<f64> {
    let count = |result| service.value(&rounds("user_features", result));
    Some(count("partial")? + count("failed")?)
}

fn holds_after_the_fault(shop: &Shop, service: &Running, broken: f64) {
    let status = of_feature("check_status", "skew");
    wait_while_firing(service, UP, |up| up == Some(1.0));
    wait_for_more(service, &rounds("user_features", "complete"), 2.0);
    assert_eq!(service.value(&status), Some(2.0));
    assert!(broke_off(service) > Some(broken));
    let history = shop.scene.path("history.db");
    let rounds = kept(&history, "user_features");
    nothing_is_invented(&rounds);
    let torn = rounds.iter().filter(|round| {
        let skew = round.measured.as_ref().map(|measured| measured.features[FEATURE].skew.n);
        skew.is_none_or(|n| n < super::ENTITIES)
    });
    let torn: Vec<_> = torn.collect();
    assert!(!torn.is_empty(), "the round in the middle of which it happened is kept");
    assert!(torn.iter().all(|round| !round.failures.is_empty()), "and says why it is not whole");
    // A torn round in which enough was read to judge is right about what it read, and has the same cells wrong of fewer.
    let judged = rounds.iter().filter_map(|round| {
        let feature = &round.measured.as_ref()?.features[FEATURE];
        let is_breach = matches!(feature.statuses.get(&CheckKind::Skew)?, CheckStatus::Breach(_));
        feature.skew.ratio.filter(|_| is_breach).map(Ratio::get)
    });
    let worst = judged.max_by(f64::total_cmp).unwrap();
    assert!(worst >= f64::from(SKEWED) / super::ENTITIES as f64);
    let [episode] = &skew_episodes(&history)[..] else { panic!("one finding, never ended") };
    assert_eq!((episode.resolved_at, episode.worst), (None, worst));
}

#[test]
fn redis_is_killed_in_the_middle_of_a_round_and_started_again() {
    let mut shop = Shop::open();
    let service = firing(&shop, &[SLOW, PUBLISH]);
    shop.redis.run("SAVE");
    wait_for_the_middle_of_a_round(&shop, &service);
    let broken = broke_off(&service).unwrap();
    shop.redis.kill();
    wait_while_firing(&service, UP, |up| up == Some(0.0));
    assert_eq!(service.value("coverage_ratio{feature_view=\"user_features\"}"), None);
    shop.redis.revive();
    holds_after_the_fault(&shop, &service, broken);
}

#[test]
fn redis_hangs_in_the_middle_of_a_round_and_goes_on() {
    let shop = Shop::open();
    let service = firing(&shop, &[SLOW, PUBLISH]);
    wait_for_the_middle_of_a_round(&shop, &service);
    let broken = broke_off(&service).unwrap();
    shop.redis.freeze();
    wait_while_firing(&service, UP, |up| up == Some(0.0));
    wait_while_firing(&service, "stage_failures_total{reason=\"timeout\",stage=\"sample\"}", |count| {
        count >= Some(1.0)
    });
    shop.redis.thaw();
    holds_after_the_fault(&shop, &service, broken);
}

#[test]
fn redis_that_is_not_there_at_the_start_is_found_when_it_comes() {
    let mut shop = Shop::open();
    shop.redis.run("SAVE");
    shop.redis.kill();
    let every_second = crate::serve::EVERY_SECOND;
    let service = shop.configure(&[every_second, PUBLISH, HASTE]).serve();
    service.wait_for(UP, |up| up == Some(0.0));
    service.wait_for(&rounds("user_features", "failed"), |count| count >= Some(2.0));
    let text = service.metrics();
    let passed: Vec<&str> =
        text.lines().filter(|line| line.contains("_check_status{") && line.ends_with(" 0")).collect();
    assert_eq!(passed, [] as [&str; 0]);
    shop.redis.revive();
    service.wait_for(&rounds("user_features", "complete"), |count| count >= Some(1.0));
    assert_eq!(service.value(UP), Some(1.0));
    nothing_is_invented(&kept(&shop.scene.path("history.db"), "user_features"));
}
