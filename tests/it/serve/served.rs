//! What callers get, as a service tells it: findings of the serving path fire, everyone shows them, and a restart forgets
//! nothing; the log of requests is read when it has changed.

use std::fs::{self, File};

use polars::prelude::{DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone};
use serde_json::{Value, json};
use skewwatch::history::{HistoryReader, Period};
use skewwatch::model::counts::Share;
use skewwatch::model::time::Timestamp;

use super::{EVERY_SECOND, NEVER, PUBLISH, Running, Shop, rounds};
use crate::rounds::third_view::faulty::{Faulty, Flaw};
use crate::support::redis::wait_until;
use crate::support::streamed::now;

const VIEW: &str = "user_features";

fn of_view(name: &str) -> String {
    format!("{name}{{feature_view=\"{VIEW}\"}}")
}

fn answer(service: &Running, path: &str) -> Value {
    let (status, text) = service.ask("GET", path);
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// What everyone shows of a cache that serves 300 of 1,000 cells as absent.
fn assert_shown(service: &Running) {
    let blamed = |who: &str| format!("served_wrong_cells{{culprit=\"{who}\",feature_view=\"{VIEW}\"}}");
    assert_eq!(service.value(&of_view("served_mismatch_ratio")), Some(0.3));
    assert_eq!(service.value(&blamed("serving_path")), Some(300.0));
    assert_eq!(service.value(&blamed("online_store")), Some(0.0));
    let of_feature =
        |name: &str| format!("served_feature_mismatch_ratio{{feature=\"{name}\",feature_view=\"{VIEW}\"}}");
    assert_eq!(service.value(&of_feature("fraud_score")), Some(0.5));
    assert_eq!(service.value(&of_feature("avg_order_value_7d")), Some(0.0));
    let detail = answer(service, &format!("/api/v1/views/{VIEW}"));
    let attributed = json!({ "serving": 300, "serving_while_store_agrees": 300, "store": 0 });
    assert_eq!((&detail["served"]["keys"], &detail["served"]["attributed"]), (&json!(200), &attributed));
    assert_eq!(detail["served"]["features"]["fraud_score"]["missing"], 100);
    let page = service.ask("GET", &format!("/views/{VIEW}")).1;
    assert!(page.contains("of 1,000 cells of 200 keys differ from the online store: 300 missing"), "{page}");
    let findings = answer(service, "/api/v1/findings?state=firing");
    let [finding] = &findings["findings"].as_array().unwrap()[..] else { panic!("one finding: {findings:#}") };
    assert_eq!((&finding["check"], &finding["severity"]), (&json!("serving"), &json!("critical")));
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("likely cause: serving path: 300 missing by the cache"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cache_makes_of_a_sound_store_fires_and_is_shown_across_a_restart() {
    let shop = Shop::open();
    let server = Faulty::start(Flaw::FirstCallersFeatures, &shop.redis).await;
    for number in (0..200).step_by(2) {
        server.inside.look_up(&format!("u{number:06}"), &["avg_order_value_7d", "total_orders_30d"]).unwrap();
    }
    // The snapshot was written just now, and what is new may be served late unless the file says otherwise.
    let serving = format!("serving: {{ url: \"{}\", max_age: 0 }}\n", server.address);
    let mut service = shop.configure(&[EVERY_SECOND, PUBLISH, &serving]).serve();
    let state = format!("finding_state{{check=\"serving\",feature=\"\",feature_view=\"{VIEW}\"}}");
    service.wait_for(&state, |state| state == Some(2.0));
    wait_until("it fires", || answer(&service, "/api/v1/findings?state=firing")["findings"] != json!([]));
    assert_shown(&service);
    let cells = |verdict: &str| format!("served_cells_total{{feature_view=\"{VIEW}\",verdict=\"{verdict}\"}}");
    let metrics = service.metrics();
    let count = |verdict: &str| super::value(&metrics, &cells(verdict));
    assert_eq!(count("missing").map(|missing| missing * 7.0 / 3.0), count("same"));
    let ended = answer(&service, "/api/v1/rounds");
    assert_eq!(ended["rounds"][0]["served_wrong"]["ratio"], 0.3);
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());

    let history = HistoryReader::open(&shop.scene.path("history.db")).unwrap();
    let always = Period { start: Timestamp::MIN, end: Timestamp::MAX };
    let kept = history.rounds(VIEW, always).unwrap();
    assert!(kept.iter().all(|round| round.measured.as_ref().unwrap().served.unwrap().wrong == Share::of(300, 1000)));

    let again = shop.configure(&[NEVER, PUBLISH, &serving]).serve();
    assert_eq!(again.value(&state), Some(2.0));
    assert_shown(&again);
}

/// Writes a log of requests of an hour ago that were given nothing.
fn write_log(shop: &Shop, name: &str, requests: usize) {
    let zoned = |name: &str, seconds: i64| {
        let kind = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
        Series::new(name.into(), vec![seconds * 1000; requests]).cast(&kind).unwrap().into_column()
    };
    let ids: Vec<String> = (0..requests).map(|number| format!("u{:06}", number % 20)).collect();
    let at = now().nanos() / 1_000_000_000 - 3600;
    let mut frame = DataFrame::new_infer_height(vec![
        Series::new("user_id".into(), ids).into_column(),
        Series::new("user_features__total_orders_30d".into(), vec![None::<i64>; requests]).into_column(),
        zoned("user_features__total_orders_30d__timestamp", 0),
        Series::new("user_features__total_orders_30d__status".into(), vec![3_i32; requests]).into_column(),
        zoned("__log_timestamp", at),
    ])
    .unwrap();
    let draft = shop.scene.path("draft");
    ParquetWriter::new(File::create(&draft).unwrap()).finish(&mut frame).unwrap();
    fs::create_dir_all(shop.scene.path("requests")).unwrap();
    fs::rename(draft, shop.scene.path(&format!("requests/{name}.parquet"))).unwrap();
}

#[test]
fn a_log_is_read_when_it_has_changed_and_not_in_each_round() {
    let shop = Shop::open();
    write_log(&shop, "one", 50);
    let service =
        shop.configure(&[EVERY_SECOND, PUBLISH, "serving: { log: { location: requests/*.parquet } }\n"]).serve();
    let requests = of_view("logged_requests");
    service.wait_for(&requests, |count| count == Some(50.0));
    assert_eq!(service.value(&of_view("request_coverage_ratio")), Some(0.0));
    let complete = rounds(VIEW, "complete");
    let pass = |count: f64| {
        let before = service.value(&complete).unwrap();
        service.wait_for(&complete, |now| now >= Some(before + count));
    };
    pass(2.0);
    let read = service.value("s3_bytes_read_total");
    pass(3.0);
    assert_eq!(service.value("s3_bytes_read_total"), read, "nothing is read while nothing changes");
    assert_eq!(service.value(&requests), Some(50.0));
    write_log(&shop, "two", 10);
    service.wait_for(&requests, |count| count == Some(60.0));
    assert!(service.value("s3_bytes_read_total") > read);
    let detail = answer(&service, &format!("/api/v1/views/{VIEW}"));
    assert_eq!((&detail["logged"]["requests"], &detail["logged"]["keys"]), (&json!(60), &json!(20)));
    let page = service.ask("GET", &format!("/views/{VIEW}")).1;
    assert!(page.contains("of 60 requests for 20 keys were given every feature"), "{page}");
}
