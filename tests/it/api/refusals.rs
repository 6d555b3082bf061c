//! What is asked wrongly, and what it is told.

use serde_json::json;

use super::json;
use crate::serve::{NEVER, PUBLISH, Shop};

#[test]
fn what_is_asked_wrongly_is_told_with_a_way_out() {
    let mut shop = Shop::open();
    shop.add_view("again");
    let service = shop.configure(&[NEVER, PUBLISH]).serve();
    let near = "there are 2 views, the nearest name is `user_features`; `/api/v1/views` lists them";
    let finding = "there are: `state`, `view`, `severity`, `since`, `limit`";
    let words = "it is one of `open`, `firing`, `waiting`, `accepted`, `maintenance`, `observed`, `resolved`, `all`";
    let since = "write a time such as `2026-06-14T00:00:00Z` (a `+` as `%2B`), or a span such as `7d`";
    let document = "`/api/v1/openapi.json` says what there is";
    for (path, status, code, message, hint) in [
        ("views/users", 404, "unknown_view", "no feature view `users` is watched", Some(near)),
        ("views/user%20s", 404, "unknown_view", "no feature view `user s` is watched", Some(near)),
        ("findings?view=users", 404, "unknown_view", "no feature view `users` is watched", Some(near)),
        ("rounds?view=users", 404, "unknown_view", "no feature view `users` is watched", Some(near)),
        ("views/%FF", 400, "bad_path", "the name of the view is not UTF-8", None),
        ("views?state=all", 400, "unknown_parameter", "there is no parameter `state` here", Some("there are: none")),
        ("views/again?x", 400, "unknown_parameter", "there is no parameter `x` here", Some("there are: none")),
        ("openapi.json?x=1", 400, "unknown_parameter", "there is no parameter `x` here", Some("there are: none")),
        ("findings?stat=all", 400, "unknown_parameter", "there is no parameter `stat` here", Some(finding)),
        ("findings?view=again&view=again", 400, "bad_parameter", "`view` is given twice", None),
        ("findings?state=loud", 400, "bad_parameter", "`state` is `loud`, which is none of its words", Some(words)),
        (
            "findings?severity=1",
            400,
            "bad_parameter",
            "`severity` is `1`, which is none of its words",
            Some("it is one of `warning`, `critical`"),
        ),
        (
            "findings?state=all&since=gestern",
            400,
            "bad_parameter",
            "`since` is `gestern`, which is neither a time nor a span",
            Some(since),
        ),
        (
            "findings?since=7d",
            400,
            "bad_parameter",
            "`since` says nothing of findings that are open",
            Some("it goes with `state=resolved` or `state=all`"),
        ),
        (
            "findings?limit=0",
            400,
            "bad_parameter",
            "`limit` is `0`, which is no number that it may be",
            Some("it is a whole number from 1 to 10000"),
        ),
        (
            "rounds?limit=501",
            400,
            "bad_parameter",
            "`limit` is `501`, which is no number that it may be",
            Some("it is a whole number from 1 to 500"),
        ),
        (
            "rounds?before=-1",
            400,
            "bad_parameter",
            "`before` is `-1`, which is no number that it may be",
            Some("it is a whole number from 0 to 9223372036854775807"),
        ),
        ("", 404, "unknown_path", "there is no `/api/v1/`", Some(document)),
        ("rounds/7", 404, "unknown_path", "there is no `/api/v1/rounds/7`", Some(document)),
        ("views/again/features", 404, "unknown_path", "there is no `/api/v1/views/again/features`", Some(document)),
        ("../v2/views", 404, "unknown_path", "there is no `/api/v1/../v2/views`", Some(document)),
    ] {
        let expected = json!({ "error": { "code": code, "message": message, "hint": hint } });
        assert_eq!(json(&service, &format!("/api/v1/{path}"), status), expected, "{path}");
    }
    assert_eq!(json(&service, "/api/v2/views", 404)["error"]["code"], "unknown_path");
    let (status, _, body) = service.ask_with("POST", "/api/v1/views", "");
    assert_eq!((status, body.contains("\"wrong_method\"")), (405, true), "{body}");
}

#[test]
fn a_history_that_cannot_be_read_is_told_and_the_rest_goes_on() {
    let shop = Shop::open();
    let service = shop.configure(&[NEVER, PUBLISH]).serve();
    for ending in ["", "-wal", "-shm"] {
        std::fs::remove_file(shop.scene.path(&format!("history.db{ending}"))).unwrap();
    }
    for path in ["rounds", "findings?state=resolved"] {
        let expected = json!({ "error": {
            "code": "history_unreadable",
            "message": "the history could not be read",
            "hint": "the log of the service has the cause"
        } });
        assert_eq!(json(&service, &format!("/api/v1/{path}"), 503), expected);
    }
    assert!(service.log().contains("history not read"), "{}", service.log());
    assert_eq!(json(&service, "/api/v1/findings", 200)["left_off"], 0);
    json(&service, "/api/v1/views", 200);
}
