//! `publish` of a configuration, and what can be wrong with it.

use std::path::{Path, PathBuf};

use skewwatch::config::{ApiSettings, MetricsAccess, PublishMode, PublishSettings, from_text};
use skewwatch::model::exhibit::{Disclosure, Entities, Values};
use skewwatch::model::secret::Secret;

const STORES: &str = "online: { sqlite: { path: online.db }, layout: { feast: { project: shop } } }
feature_views: [{ name: users, join_keys: [id], features: { age: int64 }, snapshot: users/, event_timestamp: ts }]
";

fn read(more: &str) -> Result<PublishSettings, String> {
    let text = format!("{STORES}{more}");
    let reading = from_text(&text, Path::new("folder/skewwatch.yaml"), &|_| None);
    let plan = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(reading);
    plan.map(|plan| plan.publish).map_err(|error| error.to_string())
}

#[test]
fn what_is_not_said_is_usual() {
    let usual = PublishSettings {
        metrics: "0.0.0.0:9464".parse().unwrap(),
        history: None,
        mode: PublishMode::Alert,
        disclosure: Disclosure { values: Values::Withheld, entities: Entities::Hashed },
        api: ApiSettings { token: None, metrics: MetricsAccess::Open },
        alertmanager: None,
        reports: None,
    };
    assert_eq!(read(""), Ok(usual.clone()));
    assert_eq!(read("publish: {}\n"), Ok(usual));
}

#[test]
fn everything_can_be_said() {
    let said = PublishSettings {
        metrics: "[::1]:80".parse().unwrap(),
        history: Some(PathBuf::from("folder/kept/history.db")),
        mode: PublishMode::Observe,
        disclosure: Disclosure { values: Values::Shown, entities: Entities::Shown },
        api: ApiSettings { token: Some(Secret::new("s3cret")), metrics: MetricsAccess::Token },
        alertmanager: None,
        reports: None,
    };
    let text = "publish: { metrics: \"[::1]:80\", history: ./kept/history.db, mode: observe, values: shown, entities: shown, api: { token: s3cret, \
                protect_metrics: true } }\n";
    assert_eq!(read(text), Ok(said));
}

#[test]
fn all_problems_are_told_at_once() {
    let told = read("publish:\n  metrics: localhost\n  mode: loud\n  historie: here\n").unwrap_err();
    let expected = "folder/skewwatch.yaml has 3 problems
 --> folder/skewwatch.yaml:4:12
  |
4 |   metrics: localhost
  |            ^^^^^^^^^ `localhost` is no address to listen on
  = hint: write `IP:PORT`, as in `0.0.0.0:9464`

 --> folder/skewwatch.yaml:5:9
  |
5 |   mode: loud
  |         ^^^^ `loud` is not one of alert, observe

 --> folder/skewwatch.yaml:6:3
  |
6 |   historie: here
  |   ^^^^^^^^ unknown key `historie`
  = hint: did you mean `history`?";
    assert_eq!(told, expected);
}

#[test]
fn who_may_ask_is_told_without_the_token() {
    let told = read("publish:\n  api: { token: hunter2, tokn: hunter3, protect_metrics: maybe }\n").unwrap_err();
    let expected = "folder/skewwatch.yaml has 2 problems
 --> folder/skewwatch.yaml:4:26
  |
4 |   api: { token: ****, tokn: ****, protect_metrics: maybe }
  |                       ^^^^ unknown key `tokn`
  = hint: did you mean `token`?

 --> folder/skewwatch.yaml:4:58
  |
4 |   api: { token: ****, tokn: ****, protect_metrics: maybe }
  |                                                    ^^^^^ `maybe` is not one of true, false";
    assert_eq!(told, expected);
    let told = read("publish: { api: { protect_metrics: true } }\n").unwrap_err();
    assert!(
        told.contains("`protect_metrics` needs a token, and there is none\n  = hint: add `token_env: …`"),
        "{told}"
    );
    let told = read("publish: { api: { token_env: SKEWWATCH_TOKEN } }\n").unwrap_err();
    assert!(told.contains("names an environment variable that is not set"), "{told}");
    let open = read("publish: { api: { protect_metrics: false } }\n").unwrap();
    assert_eq!(open.api, ApiSettings::default());
}
