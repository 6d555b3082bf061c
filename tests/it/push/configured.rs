//! `publish.alertmanager` of a configuration, and what can be wrong with it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use skewwatch::config::{PublishSettings, from_text};
use skewwatch::model::secret::Secret;
use skewwatch::publish::alertmanager::{Access, AlertmanagerSettings};

use super::settings;

const STORES: &str = "online: { sqlite: { path: online.db }, layout: { feast: { project: shop } } }
feature_views: [{ name: users, join_keys: [id], features: { age: int64 }, snapshot: users/, event_timestamp: ts }]
";

fn environment(name: &str) -> Option<String> {
    (name == "AM_SECRET").then(|| "hunter2".to_owned())
}

fn publish(more: &str) -> Result<PublishSettings, String> {
    let text = format!("{STORES}publish:\n{more}");
    let reading = from_text(&text, Path::new("folder/skewwatch.yaml"), &environment);
    let plan = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(reading);
    plan.map(|plan| plan.publish).map_err(|error| error.to_string())
}

fn read(more: &str) -> Option<AlertmanagerSettings> {
    publish(more).unwrap().alertmanager
}

#[test]
fn a_list_of_addresses_is_enough() {
    assert_eq!(read("  mode: alert\n"), None);
    let two = settings(&["http://am-1:9093", "https://am-2/prefix"]);
    assert_eq!(read("  alertmanager: [\"http://am-1:9093\", \"https://am-2/prefix/\"]\n"), Some(two.clone()));
    let kept = AlertmanagerSettings { queue: Some(PathBuf::from("folder/h.db.alerts.json")), ..two };
    assert_eq!(read("  history: h.db\n  alertmanager: [\"http://am-1:9093\", \"https://am-2/prefix\"]\n"), Some(kept));
}

#[test]
fn everything_can_be_said() {
    let text = "  history: h.db
  alertmanager:
    urls: [\"http://am-1:9093\"]
    basic_auth: { username: skew, password_env: AM_SECRET }
    headers: { X-Scope-OrgID: tenant }
    labels: { job: features, region: eu }
    external_url: https://skewwatch.example.com
    runbook_url: https://runbooks.example.com/skewwatch
    dashboard_url: https://grafana.example.com
    timeout: 3s
    refresh: 30s
    queue: ./waiting.json
";
    let said = AlertmanagerSettings {
        access: Access::Basic { username: "skew".to_owned(), password: Secret::new("hunter2") },
        headers: [("X-Scope-OrgID".to_owned(), Secret::new("tenant"))].into(),
        labels: [("job", "features"), ("region", "eu")].map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        external_url: Some("https://skewwatch.example.com".to_owned()),
        runbook_url: Some("https://runbooks.example.com/skewwatch".to_owned()),
        dashboard_url: Some("https://grafana.example.com".to_owned()),
        timeout: Duration::from_secs(3),
        refresh: Duration::from_secs(30),
        queue: Some(PathBuf::from("folder/waiting.json")),
        ..settings(&["http://am-1:9093"])
    };
    assert_eq!(read(text), Some(said));
    let token = read("  alertmanager: { urls: [\"http://am:9093\"], bearer_token_env: AM_SECRET }\n").unwrap();
    assert_eq!(token.access, Access::Bearer(Secret::new("hunter2")));
}

#[test]
fn all_problems_are_told_at_once_and_no_secret() {
    let text = "  alertmanager:
    urls: [am:9093, \"http://u:hunter2@am:9093\", \"http://am:9093/api/v2/alerts\"]
    basic_auth: { username: skew }
    bearer_token: hunter2
    headers: [hunter2]
    labels: { severity: none, 2nd: x }
    external_url: \"https://s.example.com/?a=b\"
    timeout: 0
    refresh: 1h
    queue: ./waiting.json
    retries: 3
";
    let expected = include_str!("../../fixtures/push/problems.txt").trim_end();
    let told = publish(text).unwrap_err();
    assert!(!told.contains("hunter2"), "{told}");
    assert_eq!(told, expected);
}

#[test]
fn what_gives_no_client_is_told() {
    let told = publish("  alertmanager: { urls: [\"http://am:9093\"], headers: { \"a b\": x } }\n").unwrap_err();
    let expected = "folder/skewwatch.yaml has 1 problem
 --> folder/skewwatch.yaml:4:3
  |
4 |   alertmanager: { urls: [\"http://am:9093\"], headers: { \"a b\": **** } }
  |   ^^^^^^^^^^^^ `a b` is no name of a header: invalid HTTP header name";
    assert_eq!(told, expected);
}
