//! `schedule`, `accept` and `maintenance` of a configuration, and everything that can be wrong with them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use skewwatch::config::{ScheduleSettings, ServicePlan, service_from_text};
use skewwatch::judge::accept::{Accepted, Maintenance, Tolerated};
use skewwatch::judge::hysteresis::{Patience, PatienceRules};
use skewwatch::model::check::{CheckKind, FindingKey};
use skewwatch::model::ratio::Ratio;
use skewwatch::model::value::{ScalarKind, ValueKind};
use skewwatch::model::view::FeatureView;

use super::{at, schedule};
use crate::support::views::view;

fn watched() -> Vec<FeatureView> {
    let string = ValueKind::Scalar(ScalarKind::String);
    vec![
        view("user_features", "users", &[("country", string), ("orders_30d", string)]),
        view("driver_features", "drivers", &[("rating", string)]),
    ]
}

fn read(text: &str) -> Result<ServicePlan, String> {
    service_from_text(text, Path::new("skewwatch.yaml"), &watched(), &|_| None).map_err(|error| error.to_string())
}

fn plain() -> ScheduleSettings {
    ScheduleSettings {
        zone: chrono_tz::UTC,
        sample: schedule("*/5 * * * *", "UTC"),
        views: BTreeMap::new(),
        availability: None,
        drift: None,
        report: None,
        jitter: Ratio::of(1, 10).unwrap(),
        deadline: None,
        grace: Duration::from_secs(30),
    }
}

#[test]
fn nothing_at_all_gives_a_round_every_five_minutes() {
    let expected = ServicePlan {
        schedule: plain(),
        captures: BTreeMap::new(),
        tracked: 200,
        tolerated: Tolerated::default(),
        patience: PatienceRules::default(),
    };
    assert_eq!(read("schedule:\n"), Ok(expected.clone()));
    assert_eq!(read("schedule: {}\naccept: []\nmaintenance: []"), Ok(expected.clone()));
    assert_eq!(read("").unwrap(), expected);
}

#[test]
fn what_is_given_is_read() {
    let text = r#"
schedule:
  timezone: Europe/Berlin
  sample: "*/10 * * * *"
  availability: "*/15 * * * * *"
  drift: "0 * * * *"
  jitter: 5%
  deadline: 8m
  grace: 1m
  overrides: [ { feature_view: user_features, sample: "* * * * *" } ]
sample: { capture: "0 0 * * *", tracked: 50 }
accept:
  - { view: user_features, feature: country, check: skew, until: 2026-12-31, reason: the new encoder, observed: 4% }
  - { view: user_features, check: coverage, until: "2026-12-31T18:00:00+01:00", reason: import, factor: 2 }
maintenance:
  - { view: driver_features, cron: "0 2 * * *", duration: 90m }
hysteresis: { fire: 3 of 5, drift: { resolve: 4 }, timestamps: { fire: 2 } }
"#;
    let patience = |breaches, of, calm| Patience::new(breaches, of, calm).unwrap();
    let berlin = |text: &str| schedule(text, "Europe/Berlin");
    let key = |feature: Option<&str>, check| FindingKey {
        feature_view: "user_features".to_owned(),
        feature: feature.map(str::to_owned),
        check,
    };
    let expected = ServicePlan {
        schedule: ScheduleSettings {
            zone: chrono_tz::Europe::Berlin,
            sample: berlin("*/10 * * * *"),
            views: [("user_features".to_owned(), berlin("* * * * *"))].into(),
            availability: Some(berlin("*/15 * * * * *")),
            drift: Some(berlin("0 * * * *")),
            report: None,
            jitter: Ratio::of(5, 100).unwrap(),
            deadline: Some(Duration::from_secs(480)),
            grace: Duration::from_secs(60),
        },
        captures: [("user_features", "0 0 * * *"), ("driver_features", "0 0 * * *")]
            .map(|(view, text)| (view.to_owned(), berlin(text)))
            .into(),
        tracked: 50,
        tolerated: Tolerated {
            accepted: vec![
                Accepted {
                    key: key(Some("country"), CheckKind::Skew),
                    // The day is over at midnight in Berlin.
                    until: at("2026-12-31T23:00:00Z"),
                    reason: "the new encoder".to_owned(),
                    observed: Some(0.04),
                    factor: 1.5,
                },
                Accepted {
                    key: key(None, CheckKind::Coverage),
                    until: at("2026-12-31T17:00:00Z"),
                    reason: "import".to_owned(),
                    observed: None,
                    factor: 2.0,
                },
            ],
            maintenance: vec![Maintenance {
                feature_view: "driver_features".to_owned(),
                schedule: berlin("0 2 * * *"),
                duration: Duration::from_secs(5_400),
            }],
        },
        patience: PatienceRules {
            usual: patience(3, 5, 2),
            checks: BTreeMap::from([
                (CheckKind::Drift, patience(3, 5, 4)),
                (CheckKind::NeverMaterialized, Patience::NONE),
                (CheckKind::Timestamps, patience(2, 2, 1)),
            ]),
        },
    };
    let found = read(text).unwrap();
    assert_eq!(found, expected);
    assert_eq!(found.schedule.of("user_features"), &berlin("* * * * *"));
    assert_eq!(found.schedule.of("driver_features"), &berlin("*/10 * * * *"));
}

#[test]
fn captures_may_differ_from_view_to_view() {
    let text = r#"sample: { capture: { driver_features: "5 0 * * *" }, tracked: 0 }"#;
    let found = read(text).unwrap();
    assert_eq!(found.captures, [("driver_features".to_owned(), schedule("5 0 * * *", "UTC"))].into());
    assert_eq!(found.tracked, 0);
    let text = r#"sample:
  capture: { driver_feature: "5 0 * * *", user_features: daily }
  tracked: many
"#;
    let expected = "skewwatch.yaml has 3 problems
 --> skewwatch.yaml:2:14
  |
2 |   capture: { driver_feature: \"5 0 * * *\", user_features: daily }
  |              ^^^^^^^^^^^^^^ there is no feature view `driver_feature`
  = hint: did you mean `driver_features`?

 --> skewwatch.yaml:2:58
  |
2 |   capture: { driver_feature: \"5 0 * * *\", user_features: daily }
  |                                                          ^^^^^ `daily` has 1 field, and a cron expression has 5 or 6
  = hint: write minute, hour, day of month, month, day of week; a second may stand before them

 --> skewwatch.yaml:3:12
  |
3 |   tracked: many
  |            ^^^^ `many` is not a whole number from 0 up";
    assert_eq!(read(text).unwrap_err(), expected);
}

#[test]
fn everything_that_is_wrong_with_a_schedule_is_said() {
    let text = r#"schedule:
  timezone: Europe/Berln
  sample: "*/90 * * * *"
  drift: [hourly]
  availability: "0 0 31 2 *"
  jitter: 130%
  deadline: 0
  grace: 30
  every: 5m
  overrides:
    - { feature_view: users, sample: "* * * * *" }
    - { feature_view: user_features }
    - { feature_view: driver_features, sample: "* * * * *" }
    - { feature_view: driver_features, sample: "0 * * * *" }
"#;
    assert_eq!(read(text).unwrap_err(), include_str!("../../fixtures/schedule/schedule.txt").trim_end());
}

#[test]
fn everything_that_is_wrong_with_what_is_accepted_is_said() {
    let text = r#"accept:
  - { view: user_features, feature: country, check: skw, until: 2026-12-31, reason: r }
  - { view: user_features, feature: countri, check: skew, until: 2026-12-31, reason: r }
  - { view: users, feature: country, check: skew, until: 2026-12-31, reason: r }
  - { view: user_features, check: skew, until: 2026-12-31, reason: r }
  - { view: user_features, feature: country, check: freshness, until: 2026-12-31, reason: r }
  - { view: user_features, feature: country, check: drift }
  - { view: user_features, check: freshness, until: 2026-02-30, reason: "" }
  - { view: user_features, check: phantom, until: 2026-12-31T18:00:00, reason: r, factor: 0.5, observed: many }
  - { view: user_features, check: comparable, until: 2026-12-31, reason: r, because: of }
  - { view: user_features, check: comparable, until: 2027-12-31, reason: r }
maintenance:
  - { view: users, cron: "0 2 * * *", duration: 1h }
  - { view: user_features, cron: "0 25 * * *", duration: 0s }
  - { view: user_features, cron: "0 * * * *", duration: 1h }
  - { view: user_features, duration: 1h }
"#;
    assert_eq!(read(text).unwrap_err(), include_str!("../../fixtures/schedule/accept.txt").trim_end());
}

#[test]
fn other_keys_are_refused() {
    let expected = "skewwatch.yaml has 1 problem\n --> skewwatch.yaml:1:1\n  |\n1 | feast: ./repo\n  | ^^^^^ unknown key `feast`\n  \
                    = hint: the configuration can have `schedule`, `sample`, `accept`, `maintenance`, `hysteresis`";
    assert_eq!(read("feast: ./repo").unwrap_err(), expected);
}

#[test]
fn everything_that_is_wrong_with_hysteresis_is_said() {
    let text = "hysteresis:
  fire: 3 of 2
  resolve: 0
  freshnes: { fire: 1 }
  skew: { fire: often, calm: 2 }
  drift: 2 of 3
  coverage: { fire: 1 of 1001 }
";
    let expected = "skewwatch.yaml has 7 problems
 --> skewwatch.yaml:2:9
  |
2 |   fire: 3 of 2
  |         ^^^^^^ `3 of 2` asks for more rounds than it looks at
  = hint: write `2 of 3`

 --> skewwatch.yaml:3:12
  |
3 |   resolve: 0
  |            ^ `0` is less than 1

 --> skewwatch.yaml:4:3
  |
4 |   freshnes: { fire: 1 }
  |   ^^^^^^^^ unknown key `freshnes`
  = hint: did you mean `freshness`?

 --> skewwatch.yaml:5:17
  |
5 |   skew: { fire: often, calm: 2 }
  |                 ^^^^^ `often` is not a whole number from 1 up
  = hint: write `2 of 3`

 --> skewwatch.yaml:5:24
  |
5 |   skew: { fire: often, calm: 2 }
  |                        ^^^^ unknown key `calm`
  = hint: `skew` can have `fire`, `resolve`

 --> skewwatch.yaml:6:10
  |
6 |   drift: 2 of 3
  |          ^^^^^^ `drift` must be a mapping, and this is a single value

 --> skewwatch.yaml:7:21
  |
7 |   coverage: { fire: 1 of 1001 }
  |                     ^^^^^^^^^ `1 of 1001` is more than the 1,000 rounds that are remembered";
    assert_eq!(read(text).unwrap_err(), expected);
}
