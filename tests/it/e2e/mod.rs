//! From the stores to the pager: real servers, faults put into the data and the servers, and who is told of what.
//!
//! Rounds come every four seconds, and the rules are those of a rehearsal; everything else is as in service: the routing is
//! the example's, the rules are written by the command for this very configuration.

mod reached;
mod shop;
mod stack;

use reached::{alert, of_views};
use stack::Stack;

#[test]
fn each_fault_is_told_to_those_who_can_mend_it_and_nothing_else_is_and_all_of_it_resolves() {
    let mut stack = Stack::start();
    stack.expect("firing", &[alert("/dead-man/skewwatch", "Watchdog", &["component=meta", "severity=none"])]);
    stack.wait_for_rounds(2.0);
    become_green(&mut stack);

    stack.shop.break_all();
    assert_eq!(stack.reconfigure("chekcs: {}\n"), 500);
    // Nobody listens at port 1.
    stack.aim(&["127.0.0.1:1"]);
    stack.expect("firing", &reached::faults());
    let (prices, others): (Vec<String>, Vec<String>) =
        reached::faults().into_iter().partition(|alert| alert.contains("feature_view=prices"));

    stack.shop.mend_all_but_prices();
    assert_eq!(stack.reconfigure(""), 200);
    stack.aim(&[]);
    stack.expect("resolved", &others);

    // What fires while the store is away goes on firing, and what follows from its absence is held back.
    stack.shop.redis.run("SAVE");
    stack.shop.redis.kill();
    let down = [alert("/pager/platform", "OnlineStoreDown", &["component=store", "severity=critical", "store=redis"])];
    stack.expect("firing", &down);
    stack.wait_until("what follows is held back", |stack| {
        let held_back = stack.suppressed();
        ["RoundsNotRunning", "CheckNotJudged"].iter().all(|name| {
            let is_held_back =
                |(view, _): (&str, &str)| held_back.contains(&(format!("Skewwatch{name}"), view.to_owned()));
            shop::VIEWS.into_iter().all(is_held_back)
        })
    });
    stack.shop.redis.revive();
    stack.expect("resolved", &down);

    // A service that is killed and comes back knows what fired, but nothing of the store while no snapshot can be read.
    stack.shop.gate.shut();
    stack.kill_service();
    stack.serve();
    let mut blind = of_views("RoundsNotRunning", &["component=rounds", "severity=critical"], |_| "/pager/platform");
    blind.push(alert(
        "/pager/platform",
        "OnlineStoreUnknown",
        &["component=store", "severity=critical", "store=redis"],
    ));
    stack.expect("firing", &blind);
    stack.shop.gate.open();
    stack.expect("resolved", &blind);

    stack.shop.mend_prices();
    stack.expect("resolved", &prices);
    become_green(&mut stack);

    stack.signal_service("-STOP");
    let gone = [alert("/pager/platform", "Down", &["component=meta", "severity=critical"])];
    stack.expect("firing", &gone);
    stack.signal_service("-CONT");
    stack.expect("resolved", &gone);
    stack.wait_for_rounds(3.0);
    become_green(&mut stack);
    reached::assert_annotated(&stack.told());
    reached::assert_all(&stack.told(), &stack.metrics());
}

/// Waits until every check passes and Prometheus knows of no alert but the one that always fires.
fn become_green(stack: &mut Stack) {
    stack.wait_until("every check passes, and no alert waits or fires", |stack| {
        let text = stack.metrics();
        let mut statuses = text.lines().filter(|line| line.starts_with("skewwatch_check_status{")).peekable();
        let is_judged = statuses.peek().is_some();
        let names = stack.prometheus.alerts().into_iter().map(|alert| alert.labels["alertname"].clone());
        is_judged && statuses.all(|line| line.ends_with(" 0")) && names.eq(["SkewwatchWatchdog"])
    });
}
