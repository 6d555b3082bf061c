//! The page in a real browser: phone and desk, light and dark, and a name that would break out.

use super::sample::{Hour, Scene, WEEK, shop};
use crate::pages::browsed::{LOOKS, looked_at, offered};
use crate::pages::sample::{HOSTILE, Trouble, entry};
use crate::support::browser::Browser;
use skewwatch::publish::report::html;

/// What a page may do that stands alone: nothing but its own style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

#[tokio::test]
async fn the_page_of_a_week_fits_every_window_and_reads_well() {
    let page = html(&shop().await.report("2026-W47"));
    let address = offered(page, POLICY);
    let mut browser = Browser::start();
    for look in LOOKS {
        looked_at(&mut browser, (&address, "report"), look);
    }
}

#[tokio::test]
async fn hostile_names_stay_names() {
    let mut scene = Scene::of(&[&entry(HOSTILE, "team: risk", &[HOSTILE, "fine"])]).await;
    scene.live(HOSTILE, 2 * WEEK, |hour| {
        Hour::Measured(Trouble { skewed: if hour > 200 { 0.05 } else { 0.0 }, ..Trouble::default() })
    });
    let address = offered(html(&scene.report("2026-W47")), POLICY);
    let mut browser = Browser::start();
    for look in LOOKS {
        looked_at(&mut browser, (&address, "report-hostile"), look);
    }
    assert_eq!(browser.ask("document.scripts.length"), serde_json::json!(0));
}
