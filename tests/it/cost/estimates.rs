//! Estimates of `validate --connect`, held against what rounds then cost.

use std::process::Command;

use serde_json::Value;
use skewwatch::run::{RoundOptions, Stores, estimates, view_round};
use skewwatch::store::online::{OnlineStore, OnlineTraffic};
use skewwatch::store::snapshot::SnapshotStore;

use super::{Row, Shop};

/// So many users online, all of them or a part offline too, under timestamps of now so that nothing is read again.
fn shop(users: u32, offline: u32) -> Shop {
    let shop = Shop::open();
    let row = |user| Row { user, minute: -60, created: -50, value: 1 };
    for part in 0..3 {
        let rows: Vec<Row> = (0..offline).filter(|user| user % 3 == part).map(row).collect();
        shop.write(&format!("part-{part}.parquet"), &rows);
    }
    let mut pipeline = redis::pipe();
    for user in 0..users {
        pipeline.cmd("SET").arg(format!("feat:u{user}:amount")).arg(1).ignore();
        pipeline.cmd("SET").arg(format!("feat:u{user}:_ts")).arg(super::NOON - 3600).ignore();
    }
    pipeline.query::<()>(&mut shop.redis.connection()).unwrap();
    shop
}

/// Whether a figure is within this factor of the true one.
fn is_near(estimated: u64, real: u64, factor: f64) -> bool {
    let (estimated, real) = (estimated as f64, real as f64);
    estimated <= real * factor && estimated * factor >= real
}

#[tokio::test]
async fn estimates_are_within_half_of_what_rounds_cost() {
    let cases = [
        (3000, 3000, "keys: 500"),
        (100, 60, "keys: 500"),
        (40_000, 900, "keys: 300, budget: { scan_keys: 50000 }"),
        (40_000, 900, "keys: 300, budget: { scan_keys: 1000000 }"),
        (3000, 3000, "keys: 500, source: offline"),
        (3000, 3000, "keys: 500, source: online"),
    ];
    for (users, offline, sample) in cases {
        let shop = shop(users, offline);
        let plan = shop.plan(&format!("{sample}, cache: cache")).await;
        let estimate = estimates(&plan, &SnapshotStore::new(plan.snapshots.clone())).await.remove(0);
        assert_eq!(estimate.failures, [""; 0]);
        if let Some(keys) = estimate.online_keys {
            assert!(is_near(keys, u64::from(users), 1.5), "{users} users, {sample}: {estimate:?}");
        }
        assert_eq!(estimate.offline_rows, Some(u64::from(offline)));
        let online = OnlineStore::connect(&plan.online).await.unwrap();
        let mut costs = Vec::new();
        for _ in 0..2 {
            let snapshots = SnapshotStore::new(plan.snapshots.clone());
            let before = online.traffic().unwrap();
            let stores = Stores { online: Ok(&online), snapshots: &snapshots };
            let options = RoundOptions { as_of: None, progress: &|_| {} };
            let report = view_round(&plan, &plan.views[0], (stores, options)).await;
            assert_eq!(report.failures, []);
            let after = online.traffic().unwrap();
            let spent = OnlineTraffic { commands: after.commands - before.commands, bytes: after.bytes - before.bytes };
            costs.push((spent, snapshots.traffic()));
        }
        let told = format!("{users} users, {sample}: {estimate:?} and {costs:?}");
        let (spent, first) = costs[0];
        let guess = estimate.online.unwrap();
        // Rows that look wrong are read three times: orphans here.
        assert!(is_near(guess.commands, spent.commands, 3.0), "{told}");
        assert!(is_near(guess.bytes, spent.bytes, 3.0), "{told}");
        let guess = estimate.first_round.unwrap();
        assert!(is_near(guess.requests, first.requests, 1.5) && is_near(guess.bytes, first.bytes, 1.5), "{told}");
        let (_, unchanged) = costs[1];
        assert_eq!((estimate.unchanged_round, unchanged.bytes), (Some(unchanged), 0), "{told}");
    }
}

fn validate(shop: &Shop, more: &[&str]) -> (String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    command.args(["validate", "--connect"]).args(more).current_dir(shop.folder.path()).env_clear();
    let output = command.output().unwrap();
    (String::from_utf8([output.stdout, output.stderr].concat()).unwrap(), output.status.code())
}

#[test]
fn validate_says_what_a_round_costs_and_warns_of_rounds_that_never_end() {
    let shop = shop(300, 300);
    let location = format!("{}/", shop.path("users").display());
    let configure = |sample: &str| {
        let text = shop.configuration(&location, sample, "schedule: { sample: \"* * * * *\" }\n");
        std::fs::write(shop.path("skewwatch.yaml"), text).unwrap();
    };
    configure("budget: { keys_per_second: 10 }");
    let (text, code) = validate(&shop, &[]);
    assert_eq!(code, Some(0), "{text}");
    let warning = "warning: a round of `users` takes longer than the time between two of them\n";
    assert!(text.contains("what a round costs, about\n") && text.contains(warning), "{text}");
    configure("budget: { keys_per_second: 100000 }, cache: cache");
    let (text, code) = validate(&shop, &["--format", "json"]);
    let document: Value = serde_json::from_str(&text).unwrap();
    let cost = &document["connection"]["costs"][0];
    assert_eq!((code, &cost["takes_longer_than_its_interval"]), (Some(0), &Value::Bool(false)), "{text}");
    assert_eq!((&cost["online_keys"], &cost["offline_rows"]), (&300.into(), &300.into()));
    assert_eq!(cost["unchanged_round"], serde_json::json!({ "requests": 1, "bytes": 0 }));
    assert_eq!(cost["interval_seconds"], 60.0);
}

#[test]
fn validate_names_the_command_that_the_user_may_not_send() {
    let shop = shop(300, 300);
    shop.redis.run("ACL SETUSER reader on >secret ~* +@read +@connection -scan");
    shop.redis.run("ACL SETUSER mute on >secret ~* +@connection +scan +dbsize");
    let location = format!("{}/", shop.path("users").display());
    for (user, refused) in [("reader", "scan"), ("mute", "get")] {
        let text = shop.configuration(&location, "keys: 100", "");
        let url = format!("url: \"redis://{}\"", shop.redis.address());
        let access = format!("{url}, username: {user}, password: secret");
        std::fs::write(shop.path("skewwatch.yaml"), text.replace(&url, &access)).unwrap();
        let (text, code) = validate(&shop, &[]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(&format!("no permissions to run the '{refused}' command")), "{text}");
    }
}
