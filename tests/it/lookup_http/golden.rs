//! Captured exchanges with Feast's own server, byte by byte, and the places where this one answers otherwise.

use serde_json::{Value as Json, json};

use super::{SERVING, Shop, ask, golden, json, lasting, statuses};

/// How an answer relates to Feast's.
enum Ours {
    /// Byte by byte the same.
    Same,
    /// The same but for statuses: column, entity, status, and why.
    Told(&'static [(&'static str, usize, &'static str, &'static str)]),
    /// A refusal with this status and detail, and why.
    Refused(u16, &'static str, &'static str),
}

const NULL: &str = "the row is there and its value is null, which Feast calls present";
const ABSENT: &str = "there is no such row, which Feast calls a present null of 1970";
const CALLER: &str = "a fault of the request is not one of the server, and clients try 500 again";

/// Every exchange that was captured.
const EXCHANGES: [(&str, Ours); 13] = [
    (
        "features_present_null_expired_missing",
        Ours::Told(&[
            ("fraud_score", 1, "NULL_VALUE", NULL),
            ("fraud_score", 3, "NOT_FOUND", ABSENT),
            ("total_orders_30d", 3, "NOT_FOUND", ABSENT),
        ]),
    ),
    ("feature_service", Ours::Same),
    (
        "service_alias_odfv",
        Ours::Refused(
            501,
            "the feature service `fraud_v2` is not served: it takes features of `basket_ratio_view`, and it is computed \
             on demand",
            "what is computed in Python is not served",
        ),
    ),
    ("typed", Ours::Told(&[("rating", 1, "NULL_VALUE", NULL)])),
    ("two_join_keys", Ours::Told(&[("deliveries_90d", 0, "NOT_FOUND", ABSENT)])),
    ("int_key_as_string", Ours::Same),
    ("unknown_feature", Ours::Refused(422, "the feature view `user_features` has no feature `nope`", CALLER)),
    ("unknown_view", Ours::Same),
    (
        "missing_join_key",
        Ours::Refused(422, "`entities` lacks the join key `user_id`, which is of type string", CALLER),
    ),
    (
        "unequal_lengths",
        Ours::Refused(
            422,
            "`entities` needs one value per entity in every column: `user_id` has 2 and `driver_id` has 1",
            CALLER,
        ),
    ),
    ("unknown_service", Ours::Same),
    ("no_entities_field", Ours::Same),
    (
        "empty_features",
        Ours::Refused(422, "no feature is asked for: name some in `features`, or a `feature_service`", CALLER),
    ),
];

/// Features of `fraud_v1`, in the order of its definition.
const FRAUD: [&str; 7] = [
    "avg_order_value_7d",
    "total_orders_30d",
    "preferred_category",
    "account_age_days",
    "fraud_score",
    "rating",
    "is_active",
];

fn captured() -> String {
    std::fs::read_to_string(golden().join("../http/http_dev_redis.json")).unwrap()
}

/// The request of an exchange as it was sent: the order of its columns is that of the answer's.
fn request(captured: &str, name: &str) -> String {
    let exchange = &captured[captured.find(&format!("\"{name}\"")).unwrap()..];
    let text = exchange.split_once("\"request\":").unwrap().1;
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    stream.next().unwrap().unwrap();
    text[..stream.byte_offset()].to_owned()
}

/// An answer as Feast's server writes it, with features in the order in which they were asked for or their service has
/// them: Feast's own is that of a set.
fn written(answer: &Json, request: &Json) -> String {
    let names = answer["metadata"]["feature_names"].as_array().unwrap();
    let names: Vec<&str> = names.iter().map(|name| name.as_str().unwrap()).collect();
    let of_feature = |name: &Json| name.as_str().unwrap().split_once(':').unwrap().1.to_owned();
    let asked: Vec<String> = match request["features"].as_array() {
        Some(features) => features.iter().map(of_feature).collect(),
        None => FRAUD.map(str::to_owned).into(),
    };
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|place| {
        let name = names[*place].rsplit("__").next().unwrap();
        asked.iter().position(|asked| asked == name).map_or(0, |place| place + 1)
    });
    let result = |place: &usize| {
        let result = &answer["results"][*place];
        let [values, statuses, times] = ["values", "statuses", "event_timestamps"].map(|key| result[key].to_string());
        format!("{{\"values\":{values},\"statuses\":{statuses},\"event_timestamps\":{times}}}")
    };
    let results: Vec<String> = order.iter().map(result).collect();
    let names: Vec<&str> = order.iter().map(|place| names[*place]).collect();
    let views = answer["metadata"].get("feature_view_metadata");
    let views = views.map(|views| format!(",\"feature_view_metadata\":{views}")).unwrap_or_default();
    format!("{{\"results\":[{}],\"metadata\":{{\"feature_names\":{}{views}}}}}", results.join(","), json!(names))
}

#[test]
fn every_exchange_is_that_of_feast_but_where_feast_is_wrong() {
    let shop = Shop::golden(&lasting("l1: { ttl: 1h, negative_ttl: 1h, jitter: 0% }"));
    let service = shop.serve();
    let text = captured();
    let captured: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(captured.as_object().unwrap().len(), EXCHANGES.len());
    // The second time from memory.
    for _ in 0..2 {
        for (name, ours) in &EXCHANGES {
            let exchange = &captured[name];
            let found = ask(&service, &request(&text, name));
            let mut expected = exchange["response"].clone();
            match ours {
                Ours::Refused(status, detail, why) => {
                    assert_ne!(exchange["status"], json!(status), "{name}");
                    assert_eq!(json(&found, *status), json!({"detail": detail}), "{name}: {why}");
                    continue;
                }
                Ours::Same => {}
                Ours::Told(differences) => {
                    for (column, entity, status, why) in *differences {
                        let names = expected["metadata"]["feature_names"].as_array().unwrap();
                        let place = names.iter().position(|known| known == column).unwrap();
                        let told = &mut expected["results"][place]["statuses"][*entity];
                        assert_eq!(*told, "PRESENT", "{name}: {why}");
                        *told = json!(status);
                    }
                }
            }
            assert_eq!(json!(found.status), exchange["status"], "{name}: {}", found.body);
            assert!(found.head.contains("content-type: application/json"), "{name}: {}", found.head);
            let is_answer = expected.get("results").is_some();
            let should = if is_answer { written(&expected, &exchange["request"]) } else { expected.to_string() };
            let found = if is_answer { found.body } else { json(&found, found.status).to_string() };
            assert_eq!(found, should, "{name}");
        }
    }
    // All nine of the second time, and driver 5001 again twice in the first.
    assert_eq!(service.value("lookup_l1_requests_total{result=\"hit\"}"), Some(11.0));
}

#[test]
fn values_past_their_time_are_told_as_such_and_given_all_the_same() {
    let shop = Shop::golden(&format!("lookup: {{ {SERVING} }}\n"));
    let service = shop.serve();
    let request = request(&captured(), "features_present_null_expired_missing");
    let answer = json(&ask(&service, &request), 200);
    assert_eq!(answer["results"][1]["values"], json!([0.713_246_107_101_440_4, null, 0.140_021_637_082_099_91, null]));
    let expired = ["OUTSIDE_MAX_AGE", "OUTSIDE_MAX_AGE", "OUTSIDE_MAX_AGE", "NOT_FOUND"];
    assert_eq!((statuses(&answer, 1), statuses(&answer, 2)), (expired.into(), expired.into()));
}

#[test]
fn a_service_is_answered_with_the_keys_and_names_that_it_says() {
    let shop = Shop::golden(&lasting("l1: { capacity: none }"));
    let service = shop.serve();
    let short =
        r#"{"feature_service":"fraud_v1","entities":{"driver_id":["5002"],"extra":[null],"user_id":["u01006"]}}"#;
    let answer = json(&ask(&service, short), 200);
    let names = ["driver_id", "user_id", "total_orders_30d", "avg_order_value_7d", "account_age_days", "fraud_score"];
    let asked = answer["metadata"]["feature_names"].as_array().unwrap();
    assert_eq!(asked[..2], names[..2]);
    assert!(names[2..].iter().all(|name| asked.contains(&json!(name))), "{asked:?}");
    assert_eq!(asked.len(), 9);
    assert_eq!(answer["results"][0]["values"], json!([5002]));
}
