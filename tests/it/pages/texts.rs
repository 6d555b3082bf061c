//! Whole pages, held against files.

use skewwatch::config::Plan;
use skewwatch::publish::api::UnwatchedView;
use skewwatch::publish::page::{Filter, Health, Overview, OverviewView, STYLE, ViewPage, lost, overview, view};

use super::sample::{self, NOW, Trouble, entry, instant};

/// Holds a page, with the style sheet left out, against `tests/fixtures/pages/NAME.html`; with `BLESS=1` in the
/// environment writes it instead.
fn assert_page(name: &str, page: &str) {
    let page = page.replace(STYLE, "/* the style sheet */").replace("><", ">\n<");
    let path = format!("tests/fixtures/pages/{name}.html");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == expected, "{path} should be:\n{page}");
}

const FEATURES: [&str; 4] = ["avg_order_value_7d", "preferred_category", "total_orders_30d", "fraud_score"];

/// A plan with a view for every state that a view can be in.
pub(super) async fn plan() -> Plan {
    let view = |name: &str, more: &str| entry(name, more, &FEATURES);
    let views = [
        view("account_balance", "team: payments"),
        view("device_signals", "team: risk"),
        view("merchant_profile", "team: payments"),
        view("session_events", "team: growth"),
        view("user_features", "team: risk, owner: risk-features@example.com, tier: gold"),
    ];
    sample::plan(&views.each_ref().map(String::as_str)).await
}

/// The trouble of `user_features`.
pub(super) const ILL: Trouble = Trouble { skewed: 0.11, missing: 0.002, stale: 0.02, drift: 0.31, slow: 0.3 };

/// The page of `user_features`, of which much is to be told.
pub(super) fn rich(plan: &Plan) -> ViewPage {
    let named = plan.views.iter().find(|view| view.name == "user_features").unwrap();
    let report = sample::report(plan, named, (instant("2026-06-15T12:00:03Z"), ILL));
    let latest = sample::after(None, named, &report);
    let view = sample::known(plan, "user_features", (Some(&latest), Some(&report)));
    ViewPage { now: instant(NOW), view, past: Some(sample::past(plan, named)), notice: None }
}

/// The overview: one view is critical, one is well, one waits for nothing, one has not been looked at, one was silent.
pub(super) fn all(plan: &Plan, filter: Filter) -> Overview {
    let healthy = Trouble { stale: 0.01, missing: 0.001, ..Trouble::default() };
    let at = instant("2026-06-15T12:00:03Z");
    let views = plan.views.iter().map(|named| {
        let (report, earlier) = match named.name.as_str() {
            "user_features" => (Some(sample::report(plan, named, (at, ILL))), None),
            "merchant_profile" => (
                Some(sample::failed(plan, named, at)),
                Some(sample::report(plan, named, (instant("2026-06-15T11:40:01Z"), healthy))),
            ),
            "session_events" => (None, None),
            _ => (Some(sample::report(plan, named, (at, healthy))), None),
        };
        let earlier = earlier.map(|report| sample::after(None, named, &report));
        let latest = report.as_ref().map(|report| sample::after(earlier.as_ref(), named, report));
        let is_ill = named.name == "user_features";
        let view = sample::known(plan, &named.name, (latest.as_ref(), report.as_ref().filter(|_| is_ill)));
        let strip = (named.name != "session_events").then(|| sample::strip(plan, named, is_ill));
        OverviewView { view, strip }
    });
    let unwatched =
        UnwatchedView { name: "old_view".to_owned(), reason: "it is not served online (`online: false`)".to_owned() };
    Overview { now: instant(NOW), views: views.collect(), not_watched: vec![unwatched], filter, notice: None }
}

#[tokio::test]
async fn the_overview_sums_up_and_shows_every_view() {
    assert_page("overview", &overview(&all(&plan().await, Filter::default())));
}

#[tokio::test]
async fn filters_leave_out_views_and_keep_the_sum() {
    let filter = Filter { team: Some("payments".to_owned()), health: Some(Health::NotJudged) };
    assert_page("filtered", &overview(&all(&plan().await, filter)));
}

#[tokio::test]
async fn a_view_that_is_ill_tells_all_there_is() {
    assert_page("view", &view(&rich(&plan().await)));
}

#[tokio::test]
async fn without_a_history_only_the_last_round_is_shown() {
    let page = ViewPage { past: None, notice: Some("No history is kept.".to_owned()), ..rich(&plan().await) };
    assert_page("without_history", &view(&page));
}

#[tokio::test]
async fn before_the_first_round_a_page_says_when_it_is_due() {
    let plan = plan().await;
    let known = sample::known(&plan, "user_features", (None, None));
    assert_page("before", &view(&ViewPage { now: instant(NOW), view: known, past: None, notice: None }));
}

#[tokio::test]
async fn a_round_that_failed_leaves_the_figures_of_the_one_before() {
    let plan = plan().await;
    let named = &plan.views[0];
    let earlier = sample::report(&plan, named, (instant("2026-06-15T11:55:02Z"), Trouble::default()));
    let before = sample::after(None, named, &earlier);
    let failed = sample::after(Some(&before), named, &sample::failed(&plan, named, instant("2026-06-15T12:00:05Z")));
    let known = sample::known(&plan, &named.name, (Some(&failed), None));
    assert_page("failed", &view(&ViewPage { now: instant(NOW), view: known, past: None, notice: None }));
}

#[test]
fn an_address_of_no_view_lists_those_that_there_are() {
    assert_page("lost", &lost("user_feature", &["user_features".to_owned(), "merchant/profile".to_owned()]));
}

#[test]
fn without_views_the_overview_says_so() {
    let empty = Overview {
        now: instant(NOW),
        views: Vec::new(),
        not_watched: Vec::new(),
        filter: Filter::default(),
        notice: None,
    };
    assert_page("empty", &overview(&empty));
}

#[test]
fn the_policy_names_the_style_sheet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("style.css");
    std::fs::write(&path, STYLE).unwrap();
    let script = "openssl dgst -sha256 -binary \"$0\" | openssl base64";
    let told = std::process::Command::new("bash").args(["-c", script]).arg(&path).output().unwrap();
    let hash = format!("'sha256-{}'", String::from_utf8(told.stdout).unwrap().trim());
    assert!(skewwatch::publish::page::POLICY.contains(&hash), "`POLICY` should have {hash}");
}
