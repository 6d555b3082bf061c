//! Names that would be markup, addresses or line breaks if they could.

use skewwatch::publish::page::{Filter, Overview, OverviewView, ViewPage, encoded, lost, overview, view};

use super::sample::{self, HOSTILE, NOW, Trouble, entry, instant};

/// Characters that would make a name more than a text, outside of the style sheet.
fn assert_harmless(page: &str) {
    assert!(!page.contains("<script"), "{page}");
    assert!(!page.contains("alert('x')</script>"), "{page}");
    assert!(!page.contains('\u{202e}'), "{page}");
    assert!(page.contains("&lt;script&gt;alert('x')&lt;/script&gt;"), "{page}");
}

#[tokio::test]
async fn a_hostile_name_is_a_text_wherever_it_stands() {
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let more = format!("team: {quoted}, owner: {quoted}, tier: {quoted}");
    let plan = sample::plan(&[&entry(HOSTILE, &more, &[HOSTILE, "b"])]).await;
    let named = &plan.views[0];
    let mut report =
        sample::report(&plan, named, (instant(NOW), Trouble { skewed: 0.1, missing: 0.1, ..Trouble::default() }));
    for finding in &mut report.findings {
        finding.message = HOSTILE.to_owned();
    }
    for unjudged in &mut report.unknown {
        unjudged.reason = HOSTILE.to_owned();
    }
    let latest = sample::after(None, named, &report);
    let known = sample::known(&plan, HOSTILE, (Some(&latest), Some(&report)));
    let one = view(&ViewPage {
        now: instant(NOW),
        view: known.clone(),
        past: Some(sample::past(&plan, named)),
        notice: None,
    });
    assert_harmless(&one);
    let filter = Filter { team: Some(HOSTILE.to_owned()), health: None };
    let views = vec![OverviewView { view: known, strip: None }];
    let all = overview(&Overview { now: instant(NOW), views, not_watched: Vec::new(), filter, notice: None });
    assert_harmless(&all);
    assert!(all.contains(&format!("href=\"/views/{}\"", encoded(HOSTILE))), "{all}");
    assert_harmless(&lost(HOSTILE, &[HOSTILE.to_owned()]));
}

#[test]
fn an_address_has_only_letters_digits_and_escapes() {
    assert_eq!(encoded("a b/ü?#%&<\">\u{0}"), "a%20b%2F%C3%BC%3F%23%25%26%3C%22%3E%00");
    assert_eq!(encoded("user_features-v2.1~x"), "user_features-v2.1~x");
}
