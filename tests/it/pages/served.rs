//! The pages of the running service.

use crate::serve::{EVERY_SECOND, HASTE, NEVER, PUBLISH, Shop, of_feature};

/// Status of an answer.
fn status(running: &crate::serve::Running, path: &str) -> u16 {
    running.ask("GET", path).0
}

#[test]
fn the_pages_show_what_fires() {
    let shop = Shop::open();
    shop.skew(40);
    shop.configure(&[EVERY_SECOND, PUBLISH, HASTE]);
    let running = shop.serve();
    running.wait_for(&of_feature("finding_state", "skew"), |value| value == Some(2.0));
    let (status, overview) = running.ask("GET", "/");
    assert_eq!(status, 200);
    assert!(overview.contains("1 of 1 view needs attention"), "{overview}");
    assert!(overview.contains("href=\"/views/user_features\""), "{overview}");
    let (status, view) = running.ask("GET", "/views/user_features");
    assert_eq!(status, 200);
    for heading in ["Findings", "Over time", "Features", "Last rounds"] {
        assert!(view.contains(&format!(">{heading}</h2>")), "no {heading}: {view}");
    }
    assert!(view.contains("skew critical"), "{view}");
    assert!(!overview.contains("u000000") && !view.contains("u000000"), "an entity key: {view}");
}

#[test]
fn an_unknown_view_is_not_found_and_a_wrong_filter_is_told() {
    let shop = Shop::open();
    shop.configure(&[NEVER, PUBLISH, HASTE]);
    let running = shop.serve();
    let (found, page) = running.ask("GET", "/views/user%20feature");
    assert_eq!(found, 404);
    assert!(page.contains("user feature") && page.contains("href=\"/views/user_features\""), "{page}");
    assert_eq!(status(&running, "/?status=bad"), 400);
    assert_eq!(status(&running, "/?status=not_judged&team=risk"), 200);
    assert_eq!(status(&running, "/views/user_features?span=year"), 400);
    let (_, page) = running.ask("GET", "/");
    assert!(page.contains("first due"), "{page}");
}

#[test]
fn after_a_restart_the_pages_show_what_was_known() {
    let shop = Shop::open();
    shop.skew(40);
    shop.configure(&[EVERY_SECOND, PUBLISH, HASTE]);
    let mut running = shop.serve();
    running.wait_for(&of_feature("finding_state", "skew"), |value| value == Some(2.0));
    running.stop();
    shop.configure(&[NEVER, PUBLISH, HASTE]);
    let running = shop.serve();
    let (_, view) = running.ask("GET", "/views/user_features");
    assert!(view.contains("skew critical"), "{view}");
    assert!(view.contains("Plots come with the next round"), "{view}");
}

#[test]
fn without_a_history_the_pages_say_so() {
    let shop = Shop::open();
    shop.configure(&[EVERY_SECOND, "publish: { metrics: \"127.0.0.1:0\" }\n", HASTE]);
    let running = shop.serve();
    running.wait_for(&crate::serve::rounds("user_features", "complete"), |value| value >= Some(1.0));
    for path in ["/", "/views/user_features"] {
        let (status, page) = running.ask("GET", path);
        assert_eq!(status, 200);
        assert!(page.contains("No history is kept"), "{page}");
    }
}
