//! The third view: what is asked, and what is wrong with a section that says so badly.

use std::time::Duration;

use skewwatch::config::{LogSettings, PathSettings, ServedPlan, ServedSettings};
use skewwatch::model::secret::Secret;
use skewwatch::store::serving::ServerSettings;

use super::planned;

const BASE: &str = "online: { redis: { url: \"redis://cache\" }, layout: { key: \"feat:{entity}:{feature}\", write_ttl: 24h } }\n\
                    feature_views: [ { name: users, join_keys: [user_id], features: { orders: int64 }, snapshot: users, \
                    event_timestamp: at } ]\n";

fn plan(section: &str) -> ServedPlan {
    planned(&format!("{BASE}{section}")).unwrap_or_else(|error| panic!("{error}")).served
}

fn served(section: &str) -> Option<ServedSettings> {
    let plan = plan(section);
    assert!(plan.sections().len() < 2);
    plan.sections().first().cloned()
}

fn path(address: &str) -> PathSettings {
    let server = ServerSettings {
        address: address.parse().unwrap(),
        token: None,
        timeout: Duration::from_secs(1),
        connections: 1,
    };
    PathSettings { server, keys: 1000, batch: 50, max_age: Duration::from_secs(60) }
}

#[test]
fn nothing_is_asked_unless_the_file_says_so() {
    assert_eq!(served(""), None);
}

#[test]
fn an_address_is_enough() {
    let expected = ServedSettings { path: Some(path("http://features:6566")), log: None, views: None };
    assert_eq!(served("serving: { url: \"http://features:6566\" }\n"), Some(expected));
}

#[test]
fn the_example_shows_the_defaults() {
    let plan = planned(include_str!("../../../skewwatch.example.yaml")).unwrap().served;
    let log = LogSettings {
        location: "/shop/logs/fraud_v1/*.parquet".to_owned(),
        window: Duration::from_secs(86_400),
        keys: 1000,
        requests: 100_000,
    };
    let views = Some(vec!["user_features".to_owned()]);
    let path = path("http://localhost:6566");
    assert_eq!((plan.path("user_features"), plan.log("user_features")), (Some(&path), Some(&log)));
    assert_eq!((plan.path("others"), plan.log("others")), (None, None));
    assert_eq!(plan.sections(), [ServedSettings { path: Some(path), log: Some(log), views }]);
}

#[test]
fn a_token_is_kept_secret() {
    let text =
        "serving: { url: \"http://features:6566\", token: hunter2, keys: 5, batch: 2, timeout: 7ms, max_age: 0 }\n";
    let settings = served(text).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
    let path = settings.path.unwrap();
    assert_eq!(path.server.token, Some(Secret::new("hunter2")));
    assert_eq!((path.keys, path.batch, path.max_age), (5, 2, Duration::ZERO));
    assert_eq!(path.server.timeout, Duration::from_millis(7));
}

#[test]
fn a_log_needs_no_server() {
    let settings = served("serving: { log: { location: logs } }\n").unwrap();
    assert_eq!((settings.path, settings.log.unwrap().location), (None, "/shop/logs".to_owned()));
}

#[test]
fn each_view_can_have_a_serving_path_and_a_log_of_its_own() {
    let named = plan(
        "serving:\n  - { url: \"http://all:1\", log: { location: all } }\n  - { url: \"http://users:1\", keys: 7, \
         feature_views: [users] }\n  - { log: { location: users, requests: 9 }, feature_views: [users] }\n",
    );
    let of_users = named.path("users").unwrap();
    assert_eq!(
        (of_users.server.address.to_string().as_str(), of_users.keys),
        ("http://users:1/get-online-features", 7)
    );
    let log = named.log("users").unwrap();
    assert_eq!((log.location.as_str(), log.requests), ("/shop/users", 9));
    assert_eq!(named.path("others").unwrap().server.address.to_string(), "http://all:1/get-online-features");
    assert_eq!(named.log("others").unwrap().location, "/shop/all");
}

#[test]
fn what_makes_no_sense_is_told() {
    for (section, told) in [
        ("serving: { keys: 5 }\n", "`serving` needs `url` or `log`"),
        ("serving: { log: { location: logs }, batch: 5 }\n", "there is no `url`"),
        ("serving: { url: \"redis://cache\" }\n", "is neither `http` nor `https`"),
        (
            "serving: { url: \"http://a:1\", feature_views: [others] }\n",
            "there is no feature view `others` that is watched",
        ),
        ("serving: { log: {} }\n", "needs `location`"),
        (
            "serving: [ { url: \"http://a:1\" }, { url: \"http://b:1\" } ]\n",
            "the serving path of all views is given twice",
        ),
        (
            "serving: [ { log: { location: a }, feature_views: [users] }, { log: { location: b }, feature_views: [users] } ]\n",
            "the log of requests of `users` is given twice",
        ),
    ] {
        let error = planned(&format!("{BASE}{section}")).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn the_life_that_writes_give_belongs_to_every_view() {
    let plan = planned(BASE).unwrap();
    assert_eq!(plan.views[0].write_ttl, Some(Duration::from_secs(86_400)));
    let both = BASE.replace("write_ttl: 24h", "write_ttl: 24h, timestamp_key: \"feat:{entity}:_ts\"");
    let error = planned(&both).unwrap_err().to_string();
    assert!(error.contains("`write_ttl` has no effect where rows have an event timestamp"), "{error}");
}
