//! Values of features are in nothing that is told, kept or logged, unless the configuration shows them.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use serde_json::Value;
use skewwatch::model::time::Clock;

use super::{EVERY_SECOND, PUBLISH, Running, Shop};
use crate::support::redis::wait_until;

/// What is served in place of many values: more than a fault would write, so that it is found wherever it is told.
const SERVED: [(&str, &str); 2] = [("preferred_category", "zanzibar-4711"), ("total_orders_30d", "7746331")];
const SHOWN: &str = "publish: { metrics: \"127.0.0.1:0\", history: history.db, values: shown }\n";
const DRIFT: &str = "checks: { defaults: { skew: 0.5%, drift: { psi: 0.2 } } }\n";
/// Entities that are hit: enough mismatches to tell a cause from.
const HIT: u32 = 100;

fn collapsed() -> Shop {
    let shop = Shop::open();
    for number in 0..HIT {
        let [(category, text), (orders, count)] = SERVED;
        shop.redis.run(&format!("SET feat:u{number:06}:{category} \"{text}\""));
        shop.redis.run(&format!("SET feat:u{number:06}:{orders} {count}"));
    }
    shop
}

/// Everything that a service answers.
fn answers(service: &Running) -> BTreeMap<String, String> {
    let paths = [
        "/",
        "/views/user_features",
        "/metrics",
        "/api/v1/views",
        "/api/v1/views/user_features",
        "/api/v1/findings?state=all",
        "/api/v1/rounds?view=user_features",
    ];
    let answer = |path: &str| {
        let (status, text) = service.ask("GET", path);
        assert_eq!(status, 200, "{path}: {text}");
        (path.to_owned(), text)
    };
    paths.into_iter().map(answer).collect()
}

/// Everything that the commands print.
fn printed(shop: &Shop) -> BTreeMap<String, String> {
    let commands = [
        "check",
        "check --format json",
        "check --format junit",
        "check --format github --textfile round.prom",
        "findings --state all",
        "findings --state all --format json",
        "report --format html",
        "report --format markdown",
        "report --format json",
        "report --format slack",
        "history export --to exported",
    ];
    let print = |arguments: &str| {
        let arguments = match arguments.starts_with("report") {
            true => format!("{arguments} --period {}", today()),
            false => arguments.to_owned(),
        };
        let output = shop.scene.command(&arguments).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.code() < Some(2), "{arguments}: {text}");
        (arguments, text)
    };
    commands.into_iter().map(print).collect()
}

/// Yesterday and today, as a period of a report.
fn today() -> String {
    let now = Clock::System.now();
    let [yesterday, today] = [now.minus(Duration::from_secs(86_400)), now].map(|at| at.to_string()[..10].to_owned());
    format!("{yesterday}..{today}")
}

/// Which of the values a text holds.
fn told(text: &[u8]) -> Vec<&'static str> {
    let holds = |value: &str| text.windows(value.len()).any(|window| window == value.as_bytes());
    SERVED.into_iter().map(|(_, value)| value).filter(|value| holds(value)).collect()
}

/// Where values are told: of texts by their names.
fn leaks(texts: &BTreeMap<String, String>) -> Vec<(&str, Vec<&'static str>)> {
    let told = texts.iter().map(|(name, text)| (name.as_str(), told(text.as_bytes())));
    told.filter(|(_, values)| !values.is_empty()).collect()
}

/// The causes that the API tells of the two features.
fn relations(service: &Running) -> Vec<Value> {
    let (_, text) = service.ask("GET", "/api/v1/views/user_features");
    let view: Value = serde_json::from_str(&text).unwrap();
    let features = view["features"].as_array().unwrap().iter();
    let ill = features.filter(|feature| SERVED.iter().any(|(name, _)| feature["name"] == *name));
    let relation = ill.map(|feature| &feature["diagnosis"]["causes"][0]["relation"]);
    relation
        .map(|relation| {
            relation.get("collapsed").map_or(&relation["narrowed"]["clamped_below"], |fault| &fault["to"]).clone()
        })
        .collect()
}

fn is_told(service: &Running) -> bool {
    let (_, text) = service.ask("GET", "/api/v1/findings?state=firing");
    text.contains("as one value in place of ") && SERVED.iter().all(|(feature, _)| text.contains(feature))
}

#[test]
fn no_value_is_told_kept_or_logged() {
    let shop = collapsed();
    let mut service = shop.configure(&[EVERY_SECOND, PUBLISH, DRIFT]).serve();
    wait_until("both are told", || is_told(&service));
    assert_eq!(relations(&service), [Value::Null, Value::Null]);
    let (_, page) = service.ask("GET", "/views/user_features");
    assert!(page.contains("value 1"), "bars of a category have numbers for names");
    assert_eq!(leaks(&answers(&service)), []);
    assert_eq!(service.stop().code(), Some(0));
    assert_eq!(told(service.log().as_bytes()), [""; 0], "in the log");
    let printed = printed(&shop);
    assert_eq!(leaks(&printed), []);
    let report = printed.iter().find(|(name, _)| name.starts_with("report --format markdown")).unwrap().1;
    assert!(report.contains("Likely cause: values are served as one value in place of "), "{report}");
    for file in ["history.db", "history.db-wal", "round.prom"] {
        assert_eq!(told(&fs::read(shop.scene.path(file)).unwrap_or_default()), [""; 0], "in {file}");
    }
}

#[test]
fn values_that_may_be_shown_are_until_they_no_longer_may() {
    let shop = collapsed();
    let mut service = shop.configure(&[EVERY_SECOND, SHOWN, DRIFT]).serve();
    wait_until("both are told", || is_told(&service));
    let told: Vec<Value> = relations(&service);
    assert_eq!(told, [Value::from(7_746_331.0), Value::from("\"zanzibar-4711\"")]);
    let texts = printed(&shop);
    let leaking: Vec<&str> =
        leaks(&texts).into_iter().map(|(name, _)| name.split(" --period").next().unwrap()).collect();
    let shown = ["check --format json", "report --format html", "report --format json", "report --format markdown"];
    assert_eq!(leaking, shown, "and no message holds one");

    shop.configure(&[EVERY_SECOND, PUBLISH, DRIFT]);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    assert_eq!(leaks(&answers(&service)), [], "from the reload on, before there is another round");
    assert_eq!(service.stop().code(), Some(0));
    let reports: BTreeMap<String, String> =
        printed(&shop).into_iter().filter(|(name, _)| name.starts_with("report")).collect();
    assert_eq!(leaks(&reports), [], "what was kept while it was allowed");
}
