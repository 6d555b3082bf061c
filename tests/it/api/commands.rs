//! `skewwatch findings`, beside a running service and after it.

use std::path::Path;

use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};
use serde_json::Value;
use skewwatch::config::{from_text, load};
use skewwatch::judge::accept::Accepted;
use skewwatch::model::check::{CheckKind, FindingKey};

use super::json;
use crate::serve::{EVERY_SECOND, NEVER, PUBLISH, Shop, of_feature};

/// Output, error output and exit code of the command.
fn run(shop: &Shop, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = shop.scene.command("findings").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// What the reader of configurations makes of the file.
fn accepted(shop: &Shop) -> Vec<Accepted> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let plan = runtime.block_on(load(&shop.scene.path("skewwatch.yaml"), &|_| None));
    plan.unwrap_or_else(|error| panic!("{error}")).service.tolerated.accepted
}

#[test]
fn the_command_lists_what_the_service_tells() {
    let shop = Shop::open();
    shop.skew(20);
    let mut service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    service.wait_for(&of_feature("finding_state", "drift"), |state| state == Some(1.0));
    shop.configure(&[NEVER, PUBLISH]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    let listed = || -> Value { serde_json::from_str(&run(&shop, &["--format", "json"]).0).unwrap() };
    let mut told = Value::Null;
    crate::support::redis::wait_until("both say the same", || {
        told = json(&service, "/api/v1/findings", 200);
        told == listed()
    });
    assert_eq!(told["findings"].as_array().unwrap().len(), 2);
    service.stop();
    assert_eq!(listed(), told);

    let at = |pointer: &str| told.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let (table, errors, code) = run(&shop, &[]);
    let times = |number: u8| {
        let of = |name: &str| at(&format!("/findings/{number}/{name}"));
        format!("    since {}, last seen {}, fires since {}\n", of("first_seen"), of("last_seen"), of("fired_at"))
    };
    let expected = format!(
        "firing       critical  skew of user_features.total_orders_30d\n    {}\n    figure 0.1, limit 0.05, n 200\n{}\
         firing       warning   drift of user_features.total_orders_30d\n    {}\n    figure {}, limit 0.01, n 200\n{}\
         2 findings: 2 firing\n",
        at("/findings/0/message"),
        times(0),
        at("/findings/1/message"),
        told["findings"][1]["observed"],
        times(1)
    );
    assert_eq!((table, errors.as_str(), code), (expected, "", Some(0)));
    for (arguments, last) in [
        (["--state", "waiting"], "no finding that is waiting\n"),
        (["--state", "resolved"], "no finding that is resolved\n"),
        (["--view", "user_features"], "2 findings: 2 firing\n"),
    ] {
        let (table, errors, code) = run(&shop, &arguments);
        assert!(table.ends_with(last), "{table}");
        assert_eq!((errors.as_str(), code), ("", Some(0)));
    }

    // What the configuration accepts now is accepted, before a service reads it.
    let accept =
        "accept: [{ view: user_features, feature: total_orders_30d, check: skew, until: 2099-12-31, reason: r }]\n";
    shop.configure(&[NEVER, PUBLISH, accept]);
    let (table, _, _) = run(&shop, &["--state", "accepted"]);
    assert!(table.contains("    accepted until 2100-01-01T00:00:00Z: r\n1 finding: 1 accepted\n"), "{table}");
}

#[test]
fn what_cannot_be_listed_is_told() {
    let shop = Shop::open();
    shop.configure(&[NEVER, "publish: { metrics: \"127.0.0.1:0\" }\n"]);
    let refused = |arguments: &[&str], expected: &str| {
        let (out, errors, code) = run(&shop, arguments);
        assert_eq!((out.as_str(), code), ("", Some(2)), "{errors}");
        assert!(errors.contains(expected), "{errors}");
    };
    refused(&[], "the configuration names no history");
    shop.configure(&[NEVER, PUBLISH]);
    refused(&[], "could not read history");
    refused(&["--view", "users"], "no feature view `users` is watched; there is `user_features`");
    refused(&["--state", "loud"], "it is one of open, firing");
    refused(&["--since", "yesterday"], "it is a time such as");
    let place = "user_features.total_orders_30d";
    let accept = |more: &[&'static str]| [&["accept"], more, &["--reason", "known"]].concat();
    refused(&accept(&["users", "skew", "--until", "2099-12-31"]), "no feature view `users` is watched");
    refused(
        &accept(&["user_features.age", "skew", "--until", "2099-12-31"]),
        "view `user_features` has no feature `age`",
    );
    refused(&accept(&["user_features", "skew", "--until", "2099-12-31"]), "`skew` is found of single features");
    refused(&accept(&[place, "freshness", "--until", "2099-12-31"]), "`freshness` is found of a view as a whole");
    refused(&accept(&[place, "skew", "--until", "soon"]), "neither a date");
    refused(&accept(&[place, "skew", "--until", "2099-12-31", "--factor", "0.5"]), "`0.5` is less than 1");
    refused(&accept(&[place, "mood", "--until", "2099-12-31"]), "it is one of freshness, coverage");
}

#[test]
fn the_entry_that_accepts_a_finding_is_read_back_with_its_figure() {
    let shop = Shop::open();
    shop.skew(20);
    let mut service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(2.0));
    shop.configure(&[NEVER, PUBLISH]);
    let place = ["accept", "user_features.total_orders_30d", "skew"];
    let how = ["--until", "2099-12-31", "--reason", "the \"new\" encoder: ${rolled} out #1", "--factor", "2"];
    let (entry, errors, code) = run(&shop, &[&place[..], &how].concat());
    let expected = "accept:\n  - view: user_features\n    feature: total_orders_30d\n    check: skew\n    \
                    until: 2099-12-31\n    reason: \"the \\\"new\\\" encoder: $${rolled} out #1\"\n    observed: 0.1\n    \
                    factor: 2\n";
    assert_eq!((entry.as_str(), errors.as_str(), code), (expected, "", Some(0)));

    shop.configure(&[EVERY_SECOND, PUBLISH, &entry]);
    let key = FindingKey {
        feature_view: "user_features".to_owned(),
        feature: Some("total_orders_30d".to_owned()),
        check: CheckKind::Skew,
    };
    let read = accepted(&shop);
    assert_eq!((read.len(), &read[0].key, read[0].observed, read[0].factor), (1, &key, Some(0.1), 2.0));
    assert_eq!(read[0].reason, "the \"new\" encoder: ${rolled} out #1");
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(0.0));
    assert_eq!(json(&service, "/api/v1/findings?severity=critical", 200)["findings"][0]["state"], "accepted");
    service.stop();

    // One that is not open, for a list that is there already.
    let (more, errors, code) = run(
        &shop,
        &["accept", "user_features", "coverage", "--until", "2099-12-31T18:00:00+01:00", "--reason", "moves"],
    );
    let expected = "  - view: user_features\n    check: coverage\n    until: \"2099-12-31T18:00:00+01:00\"\n    \
                    reason: \"moves\"\n    factor: 1.5\n";
    let told = "note: this goes to the list under `accept:`\nwarning: coverage of user_features is not open: the first \
                figure that is found will be accepted\n";
    assert_eq!((more.as_str(), errors.as_str(), code), (expected, told, Some(1)));
    shop.configure(&[NEVER, PUBLISH, &entry, &more]);
    assert_eq!(accepted(&shop).len(), 2);
    let (_, errors, code) = run(&shop, &[&place[..], &how].concat());
    assert_eq!(
        (errors.as_str(), code),
        ("note: this replaces the entry that is there, until 2100-01-01T00:00:00Z\n", Some(0))
    );
    let (_, errors, _) = run(&shop, &[&place[..], &["--until", "2020-01-01", "--reason", "r"]].concat());
    assert!(errors.contains("warning: 2020-01-01 is over: the entry accepts nothing"), "{errors}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_reason_comes_back_as_it_was_given(reason in "[ -~äß→\\t]{0,12}[$#:'\"{}|>%@`&*!?,\\[\\]-]{0,8}[ -~]{1,12}") {
        let shop_text = "online: { sqlite: { path: online.db }, layout: { feast: { project: shop } } }\nfeature_views: \
            [{ name: users.de, join_keys: [id], features: { \"true\": int64 }, snapshot: users/, event_timestamp: ts }]\n";
        let scene = crate::rounds::Scene::new();
        scene.configure(shop_text);
        let mut command = scene.command("findings accept users.de.true skew --until 2099-12-31");
        let output = command.arg(format!("--reason={reason}")).output().unwrap();
        let entry = String::from_utf8(output.stdout).unwrap();
        let text = format!("{shop_text}{entry}");
        let reading = from_text(&text, Path::new("skewwatch.yaml"), &|_| None);
        let plan = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(reading);
        let plan = plan.unwrap_or_else(|error| panic!("{error}\n{entry}"));
        let accepted = &plan.service.tolerated.accepted[0];
        prop_assert_eq!(&accepted.reason, &reason);
        prop_assert_eq!((accepted.key.feature_view.as_str(), accepted.key.feature.as_deref()), ("users.de", Some("true")));
        prop_assert_eq!(output.status.code(), Some(1));
    }
}
