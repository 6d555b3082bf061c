//! What is known, asked in every way.

use serde_json::{Value, json};

use super::fixture::{same_as_file, timeless};
use super::{json, texts};
use crate::serve::{EVERY_SECOND, HASTE, NEVER, PUBLISH, Shop, of_feature, rounds};
use crate::support::redis::wait_until;

/// What is answered when no round ends any more: one that ran while the schedule changed may end yet.
fn settled<T: Default + PartialEq>(answer: impl Fn() -> T) -> T {
    let mut before = T::default();
    wait_until("no round ends any more", || {
        let now = answer();
        let is_same = now == before;
        before = now;
        is_same
    });
    before
}

#[test]
fn every_answer_is_as_its_file_says() {
    let shop = Shop::open();
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    service.wait_for(&of_feature("finding_state", "drift"), |state| state == Some(1.0));
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(2.0));
    same_as_file("views", &json(&service, "/api/v1/views", 200));
    same_as_file("view", &json(&service, "/api/v1/views/user_features", 200));
    same_as_file("findings", &json(&service, "/api/v1/findings", 200));
    let mut page = json(&service, "/api/v1/rounds?limit=1", 200);
    assert!(page["next"].as_i64().unwrap() > 1, "{page}");
    page["next"] = 0.into();
    same_as_file("rounds", &page);
}

#[test]
fn findings_are_found_by_state_view_severity_and_end() {
    let mut shop = Shop::open();
    shop.add_view("again");
    let service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    let fired = of_feature("finding_state", "skew");
    service.wait_for(&rounds("again", "complete"), |count| count >= Some(1.0));
    assert_eq!(json(&service, "/api/v1/findings", 200), json!({ "findings": [], "left_off": 0 }));

    shop.skew(20);
    for view in ["user_features", "again"] {
        for check in ["skew", "drift"] {
            let series = of_feature("finding_state", check).replace("user_features", view);
            service.wait_for(&series, |state| state > Some(0.0));
        }
    }
    let found = |query: &str| {
        let answer = json(&service, &format!("/api/v1/findings{query}"), 200);
        let findings = answer["findings"].as_array().unwrap().iter().map(|finding| {
            let word = |name: &str| finding[name].as_str().unwrap().to_owned();
            [word("feature_view"), word("check"), word("state"), word("severity")].join(" ")
        });
        (findings.collect::<Vec<_>>(), answer["left_off"].as_u64().unwrap())
    };
    let all = [
        "again skew firing critical",
        "again drift firing warning",
        "user_features skew firing critical",
        "user_features drift firing warning",
    ]
    .map(str::to_owned);
    for query in ["", "?state=open", "?state=all", "?state=firing", "?state=all&since=1h"] {
        assert_eq!(found(query), (all.to_vec(), 0), "{query}");
    }
    assert_eq!(found("?view=again"), (all[..2].to_vec(), 0));
    assert_eq!(found("?severity=critical"), (vec![all[0].clone(), all[2].clone()], 0));
    assert_eq!(found("?view=again&severity=warning"), (vec![all[1].clone()], 0));
    assert_eq!(found("?limit=1"), (vec![all[0].clone()], 3));
    for query in ["?state=waiting", "?state=accepted", "?state=maintenance", "?state=observed", "?state=resolved"] {
        assert_eq!(found(query), (vec![], 0), "{query}");
    }

    for number in 0..20 {
        shop.redis.run(&format!("SET feat:u{number:06}:total_orders_30d {}", number * 10 + 2));
    }
    service.wait_for(&fired, |state| state == Some(0.0));
    service.wait_for(&fired.replace("user_features", "again"), |state| state == Some(0.0));
    // So few values do not tell that the drift is over.
    let drifts = [all[1].clone(), all[3].clone()];
    assert_eq!(found(""), (drifts.to_vec(), 0));
    // The metrics know of an end a moment before the history does.
    wait_until("both ends are kept", || found("?state=resolved").0.len() == 2);
    let (resolved, _) = found("?state=resolved");
    let mut sorted = resolved.clone();
    sorted.sort();
    assert_eq!(sorted, ["again skew resolved critical", "user_features skew resolved critical"]);
    assert_eq!(found("?state=all"), ([&drifts[..], &resolved].concat(), 0));
    let answer = json(&service, "/api/v1/findings?state=resolved", 200);
    let ends = texts(&answer["findings"], "/resolved_at");
    assert!(ends.windows(2).all(|pair| pair[0] >= pair[1]), "newest end first: {ends:?}");
    assert_eq!(
        found(&format!("?state=resolved&since={}", ends[0])).0.len(),
        ends.iter().filter(|end| **end == ends[0]).count()
    );
    assert_eq!(found("?state=resolved&since=2099-01-01T00:00:00Z"), (vec![], 0));
}

#[test]
fn what_is_accepted_observed_or_under_maintenance_says_so() {
    let shop = Shop::open();
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(2.0));
    let skew = || {
        let mut answer = json(&service, "/api/v1/findings?severity=critical", 200);
        timeless(&mut answer, "");
        let view = json(&service, "/api/v1/views/user_features", 200);
        let finding = answer["findings"][0].take();
        (finding["state"].clone(), finding["standing"].clone(), view["findings"].clone())
    };
    let tally = |state: &str, number: u64| {
        let mut tally = json!({ "firing": 0, "waiting": 0, "accepted": 0, "maintenance": 0, "observed": 0 });
        tally["firing"] = (2 - number).into();
        tally[state] = number.into();
        tally
    };
    service.wait_for(&of_feature("finding_state", "drift"), |state| state == Some(1.0));
    assert_eq!(skew(), ("firing".into(), json!({ "kind": "open" }), tally("firing", 2)));

    let accept = "accept: [{ view: user_features, feature: total_orders_30d, check: skew, until: 2099-12-31, \
                  reason: known }]\n";
    let reload = |more: &[&str]| {
        shop.configure(more);
        assert_eq!(service.ask("POST", "/-/reload").0, 200);
    };
    reload(&[EVERY_SECOND, PUBLISH, accept]);
    let standing = json!({ "kind": "accepted", "until": "TIME", "reason": "known" });
    assert_eq!(skew(), ("accepted".into(), standing, tally("accepted", 1)));

    let always = "maintenance: [{ view: user_features, cron: \"0 * * * *\", duration: 59m59s }]\n";
    reload(&[EVERY_SECOND, PUBLISH, always]);
    let (state, standing, _) = skew();
    assert_eq!((state, standing), ("maintenance".into(), json!({ "kind": "maintenance", "until": "TIME" })));

    reload(&[EVERY_SECOND, &PUBLISH.replace(" }", ", mode: observe }")]);
    assert_eq!(skew(), ("observed".into(), json!({ "kind": "observed" }), tally("observed", 2)));
}

#[test]
fn rounds_come_page_by_page_newest_first() {
    let mut shop = Shop::open();
    shop.add_view("again");
    let service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    service.wait_for(&rounds("again", "complete"), |count| count >= Some(3.0));
    service.wait_for(&rounds("user_features", "complete"), |count| count >= Some(3.0));
    shop.configure(&[NEVER, PUBLISH]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    let pages = |query: &str| {
        let mut ends = Vec::new();
        let mut before = String::new();
        loop {
            let page = json(&service, &format!("/api/v1/rounds?limit=2{query}{before}"), 200);
            ends.push(texts(&page["rounds"], "/finished_at"));
            match page["next"].as_i64() {
                Some(next) => before = format!("&before={next}"),
                None => return ends,
            }
        }
    };
    let before = settled(|| pages(""));
    let (last, whole) = before.split_last().unwrap();
    assert!(whole.iter().all(|page| page.len() == 2) && (1..=2).contains(&last.len()), "{before:?}");
    let ends = before.concat();
    assert_eq!(texts(&json(&service, "/api/v1/rounds", 200)["rounds"], "/finished_at"), ends);
    let of_view = |view: &str| pages(&format!("&view={view}")).concat();
    let mut merged = [of_view("again"), of_view("user_features")].concat();
    let mut sorted = ends;
    merged.sort();
    sorted.sort();
    assert_eq!(merged, sorted);
    assert!(of_view("again").len() >= 3);
    assert!(of_view("again").windows(2).all(|pair| pair[0] > pair[1]));
}

#[test]
fn a_restart_changes_no_answer() {
    let mut shop = Shop::open();
    shop.skew(20);
    let mut service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(2.0));
    shop.configure(&[NEVER, PUBLISH]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    let answers = |service: &crate::serve::Running| {
        ["views", "views/user_features", "findings?state=all", "rounds"]
            .map(|path| json(service, &format!("/api/v1/{path}"), 200))
            .into_iter()
            .collect::<Value>()
    };
    // A round is shown a moment before it is kept.
    wait_until("the last round is kept", || {
        let told = answers(&service);
        told[0]["views"][0]["last_round"] == told[3]["rounds"][0]
    });
    let mut before = settled(|| answers(&service));
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());

    shop.redis.kill();
    let again = shop.serve();
    let mut after = answers(&again);
    // Why a check was not judged is known of rounds of this process only.
    for answers in [&mut before, &mut after] {
        let detail = &mut answers[1];
        let of_view = detail["view_checks"].as_array_mut().unwrap().iter_mut();
        of_view.for_each(|check| check["reason"] = Value::Null);
        for feature in detail["features"].as_array_mut().unwrap() {
            feature["checks"].as_array_mut().unwrap().iter_mut().for_each(|check| check["reason"] = Value::Null);
        }
    }
    assert_eq!(after, before);
}

#[test]
fn a_view_that_cannot_be_read_is_unknown_and_has_no_figures() {
    let mut shop = Shop::open();
    let service = shop.configure(&[EVERY_SECOND, PUBLISH, HASTE]).serve();
    let view = || json(&service, "/api/v1/views/user_features", 200);
    service.wait_for(&rounds("user_features", "complete"), |count| count >= Some(1.0));
    assert_eq!((&view()["status"], &view()["status_reason"]), (&"ok".into(), &Value::Null));
    assert_eq!(view()["incomplete_in_a_row"], 0);

    shop.redis.kill();
    service.wait_for(&rounds("user_features", "failed"), |count| count >= Some(2.0));
    let view = view();
    assert_eq!(view["status"], "unknown");
    let reason = view["status_reason"].as_str().unwrap();
    assert!(reason.starts_with("the last round gave no figures: "), "{reason}");
    for figure in ["freshness", "coverage", "comparable", "worst_skew", "worst_drift", "keys", "snapshot"] {
        assert_eq!(view[figure], Value::Null, "{figure}");
    }
    assert!(view["incomplete_in_a_row"].as_u64() >= Some(2));
    assert_eq!(view["last_round"]["result"], "failed");
    assert_eq!(view["last_round"]["failures"][0]["reason"], "connection");
    assert_ne!(view["last_complete_at"], Value::Null);
    let checks = &view["checks"];
    assert_eq!((checks["pass"].as_u64(), checks["unknown"].as_u64() > Some(0)), (Some(0), true), "{checks}");
    assert!(texts(&view["view_checks"], "/reason").iter().all(|reason| reason == "the last round gave no figures"));
}

#[test]
fn without_a_history_the_last_rounds_are_known_and_the_past_is_not() {
    let shop = Shop::open();
    let service = shop.configure(&[EVERY_SECOND, "publish: { metrics: \"127.0.0.1:0\" }\n"]).serve();
    assert_eq!(json(&service, "/api/v1/rounds", 200), json!({ "rounds": [], "next": null }));
    service.wait_for(&rounds("user_features", "complete"), |count| count >= Some(1.0));
    let page = json(&service, "/api/v1/rounds?view=user_features", 200);
    assert_eq!((page["rounds"].as_array().unwrap().len(), &page["next"]), (1, &Value::Null));
    assert_eq!(json(&service, "/api/v1/findings?state=all", 200), json!({ "findings": [], "left_off": 0 }));
    for path in ["rounds?before=7", "findings?state=resolved"] {
        let refused = json(&service, &format!("/api/v1/{path}"), 404);
        assert_eq!(refused["error"]["code"], "no_history", "{path}");
    }
}

#[test]
fn a_view_is_unknown_before_its_first_round() {
    let shop = Shop::open();
    let service = shop.configure(&[NEVER, PUBLISH]).serve();
    let mut answer = json(&service, "/api/v1/views", 200);
    // A year, of one length or the other.
    answer["views"][0]["interval_seconds"] = 0.into();
    same_as_file("views_before_any_round", &answer);
}

#[test]
fn no_answer_holds_an_entity_key() {
    let mut shop = Shop::open();
    shop.skew(20);
    shop.redis.run("SET feat:u000050:total_orders_30d u000050-is-no-number");
    shop.redis.run("DEL feat:u000051:total_orders_30d");
    let service = shop.configure(&[EVERY_SECOND, PUBLISH, HASTE]).serve();
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(2.0));
    let answers = || {
        let paths = ["views", "views/user_features", "findings?state=all", "rounds", "openapi.json", "views/none"];
        paths.map(|path| service.ask("GET", &format!("/api/v1/{path}")).1).concat()
    };
    let healthy = answers();
    shop.redis.kill();
    service.wait_for(&rounds("user_features", "failed"), |count| count >= Some(1.0));
    let text = healthy + &answers();
    assert!(text.contains("total_orders_30d") && text.contains("connection"), "{text}");
    for number in 0..200 {
        assert!(!text.contains(&format!("u{number:06}")), "key {number} is in an answer");
    }
}
