//! Requests that cannot be answered are refused in clear words, and harm nobody.

use serde_json::{Value as Json, json};

use super::{SCORE, Shop, ask, head, json, lasting, send};

/// The detail of a refusal, as it is or as a list of (type, place).
fn detail(body: &Json) -> String {
    match &body["detail"] {
        Json::String(detail) => detail.clone(),
        Json::Array(faults) => {
            let told = |fault: &Json| {
                format!("{} {} {}", fault["type"].as_str().unwrap(), fault["loc"], fault["msg"].as_str().unwrap())
            };
            faults.iter().map(told).collect::<Vec<_>>().join("; ")
        }
        other => panic!("no detail: {other}"),
    }
}

#[test]
fn each_fault_of_a_request_is_named() {
    let shop = Shop::golden(&lasting("limits: { body: 64kB, entities: 3 }"));
    let service = shop.serve();
    let score = |entities: &str| format!("{{\"features\":[\"user_features:fraud_score\"],\"entities\":{entities}}}");
    let driver =
        |value: &str| format!("{{\"features\":[\"driver_profile:rating\"],\"entities\":{{\"driver_id\":[{value}]}}}}");
    let number = "and int64 needs a whole number of 64 bits";
    let text = "and string needs a text of at most 64 KiB";
    let of_driver = |what: &str| format!("value 0 of the join key `driver_id` is {what}, {number}");
    let of_user = |what: &str| format!("value 0 of the join key `user_id` is {what}, {text}");
    let cases: Vec<(String, u16, String)> = vec![
        (String::new(), 422, "json_invalid [\"body\",0] JSON decode error: EOF while parsing a value at line 1 column 0".to_owned()),
        ("{".to_owned(), 422, "json_invalid [\"body\",1] JSON decode error: EOF while parsing an object at line 1 column 1".to_owned()),
        (
            "[]".to_owned(),
            422,
            "model_attributes_type [\"body\"] Input should be a valid dictionary or object to extract fields from".to_owned(),
        ),
        (
            "{}".to_owned(),
            422,
            "missing [\"body\",\"entities\"] Field required".to_owned(),
        ),
        (
            r#"{"entities":[],"features":"a:b","full_feature_names":"yes","feature_service":7}"#.to_owned(),
            422,
            "dict_type [\"body\",\"entities\"] Input should be a valid dictionary; list_type [\"body\",\"features\"] Input should be a \
             valid list; string_type [\"body\",\"feature_service\"] Input should be a valid string; bool_type \
             [\"body\",\"full_feature_names\"] Input should be a valid boolean"
                .to_owned(),
        ),
        (
            r#"{"entities":{"user_id":"u01068"},"features":["a:b",1]}"#.to_owned(),
            422,
            "list_type [\"body\",\"entities\",\"user_id\"] Input should be a valid list; string_type [\"body\",\"features\",1] Input should be \
             a valid string"
                .to_owned(),
        ),
        (
            r#"{"features":["fraud_score"],"entities":{"user_id":["a"]}}"#.to_owned(),
            422,
            "`fraud_score` is no feature: write `view:feature`".to_owned(),
        ),
        (
            r#"{"features":["user_history:lifetime_value"],"entities":{"user_id":["a"]}}"#.to_owned(),
            501,
            "the feature view `user_history` is not served: it is not served online (`online: false`)".to_owned(),
        ),
        (
            r#"{"features":["user_features:fraud_score","user_features:fraud_score"],"entities":{"user_id":["a"]}}"#.to_owned(),
            422,
            "two features would be called `fraud_score`: name it once, or set `full_feature_names` if it is of two views".to_owned(),
        ),
        (
            r#"{"features":["user_features:fraud_score","user_features:fraud_score"],"entities":{"user_id":["a"]},"full_feature_names":true}"#.to_owned(),
            422,
            "two features would be called `user_features__fraud_score`: name it once".to_owned(),
        ),
        (score("{}"), 422, "`entities` lacks the join key `user_id`, which is of type string".to_owned()),
        (score(r#"{"user_id":["a","b","c","d"]}"#), 413, "4 entities are asked for, and 3 may be at once: send several requests".to_owned()),
        (score(r#"{"user_id":[null]}"#), 422, of_user("nothing")),
        (score(r#"{"user_id":[1]}"#), 422, of_user("a number")),
        (score(r#"{"user_id":[true]}"#), 422, of_user("true or false")),
        (score(r#"{"user_id":[["a"]]}"#), 422, of_user("a list")),
        (score(r#"{"user_id":[{}]}"#), 422, of_user("an object")),
        (driver("1.5"), 422, of_driver("a number")),
        (driver("9223372036854775808"), 422, of_driver("a number")),
        (driver("\"x\""), 422, of_driver("a text")),
        (format!("{SCORE}{}", " ".repeat(64_000)), 413, "the body of the request has more than 64000 bytes, and may have no more".to_owned()),
    ];
    for (body, status, expected) in cases {
        assert_eq!(detail(&json(&ask(&service, &body), status)), expected, "{body:.200}");
    }
    let huge = format!("{{\"features\":[\"{}:x\"],\"entities\":{{}}}}", "n".repeat(10_000));
    let told = json(&ask(&service, &huge), 404);
    let message = told.as_str().unwrap();
    assert!(message.contains("FeatureViewNotFoundException") && message.len() < 400, "{message}");
    assert_eq!(json(&ask(&service, SCORE), 200)["results"][1]["statuses"], json!(["PRESENT"]));
    assert_eq!(service.value("lookup_http_requests_total{code=\"422\"}"), Some(18.0));
}

#[test]
fn a_key_that_is_too_long_is_refused_and_any_other_text_is_a_key() {
    let shop = Shop::golden(&lasting("limits: { body: 1MiB }"));
    let service = shop.serve();
    let ask_for = |key: &str| {
        ask(&service, &json!({"features": ["user_features:fraud_score"], "entities": {"user_id": [key]}}).to_string())
    };
    let refused = json(&ask_for(&"k".repeat((64 << 10) + 1)), 422);
    let expected = "value 0 of the join key `user_id` is too long a text, and string needs a text of at most 64 KiB";
    assert_eq!(detail(&refused), expected);
    for key in ["", "ключ", "🦀\u{0}\n\"", "a:b{c}", &"k".repeat(64 << 10)] {
        let answer = json(&ask_for(key), 200);
        assert_eq!(answer["results"][0]["values"], json!([key]));
        assert_eq!(answer["results"][1]["statuses"], json!(["NOT_FOUND"]));
    }
}

#[test]
fn no_entities_are_answered_with_nothing_and_the_same_one_twice_with_the_same() {
    let shop = Shop::golden(&lasting("l1: { capacity: none }"));
    let service = shop.serve();
    let ask_for = |keys: &[&str]| {
        let body = json!({"features": ["user_features:fraud_score"], "entities": {"user_id": keys}});
        json(&ask(&service, &body.to_string()), 200)
    };
    let empty = json!({"values": [], "statuses": [], "event_timestamps": []});
    assert_eq!(ask_for(&[])["results"], json!([empty, empty]));
    let thrice = ask_for(&["u01068", "nobody", "u01068"]);
    let values = thrice["results"][1]["values"].as_array().unwrap();
    assert_eq!((&values[0], values[0].is_number()), (&values[2], true));
    assert_eq!(service.value("lookup_view_requests_total{feature_view=\"user_features\"}"), Some(3.0));
}

#[test]
fn other_paths_and_methods_are_refused() {
    let shop = Shop::golden(&lasting("l1: { capacity: none }"));
    let service = shop.serve();
    assert_eq!(service.ask("GET", "/health"), (200, "healthy\n".to_owned()));
    assert_eq!(service.ask("GET", "/get-online-features"), (405, "{\"detail\":\"Method Not Allowed\"}".to_owned()));
    assert_eq!(service.ask("POST", "/push"), (404, "{\"detail\":\"Not Found\"}".to_owned()));
}

#[test]
fn with_a_token_features_are_for_those_who_show_it() {
    let shop = Shop::golden(&lasting("api: { token: open-sesame, protect_metrics: true }"));
    let service = shop.serve();
    let ask_as = |header: &str| send(&service, format!("{}{SCORE}", head(SCORE.len(), header)).as_bytes());
    for header in ["", "Authorization: Bearer sesame\r\n", "Authorization: Basic eDpvcGVuLXNlc2FtZQ==\r\n"] {
        let refused = ask_as(header);
        assert!(refused.head.contains("www-authenticate: bearer"), "{}", refused.head);
        assert_eq!(detail(&json(&refused, 401)), "send `Authorization: Bearer …` with the token of `lookup.api`");
    }
    json(&ask_as("Authorization: Bearer open-sesame\r\n"), 200);
    assert_eq!((service.ask("GET", "/health").0, service.ask("GET", "/metrics").0), (200, 401));
    assert!(!service.log().contains("sesame"), "{}", service.log());
}

#[test]
fn what_keeps_it_from_starting_is_told() {
    let mut shop = Shop::golden(&lasting("l1: { capacity: none }"));
    let service = shop.serve();
    let (code, told) = shop.refused(&["--listen", &service.address]);
    assert_eq!(code, Some(2));
    assert!(told.contains(&format!("error: could not listen on {}\n  caused by: ", service.address)), "{told}");
    shop.redis.kill();
    let (code, told) = shop.refused(&[]);
    assert_eq!(code, Some(2));
    assert!(told.contains("error: could not connect to redis://127.0.0.1:"), "{told}");
}
