//! The fault list says what is in the stores, and what a check must find there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value as Json, json};
use skewwatch::demo::calendar::{DAY, LAST_CUT, NOW, Seconds};
use skewwatch::demo::fault::{Fault, FaultChoice};
use skewwatch::demo::shop::{Customer, Shop};
use skewwatch::model::value::Value;
use tempfile::tempdir;

use super::stored::{Stored, rows};
use super::{made, oracle, settings};

const FEATURES: [&str; 5] =
    ["avg_order_value_7d", "total_orders_30d", "preferred_category", "account_age_days", "fraud_score"];

/// Daily snapshots of the shop in [`settings`].
const DAYS: i64 = 5;

fn truth(folder: &Path) -> Json {
    serde_json::from_slice(&std::fs::read(folder.join("faults.json")).unwrap()).unwrap()
}

/// The feature's value by its definition.
fn defined(customer: &Customer, feature: &str, at: Seconds) -> Option<Value> {
    let position = FEATURES.iter().position(|name| *name == feature).unwrap();
    oracle::features(customer, at).map(|row| row.values()[position].clone())
}

/// The verdict of a cell by the rules of `as_of` pairing with daily versions, said slowly.
fn verdict(customer: Option<&Customer>, stored: Option<&Stored>, feature: &str) -> &'static str {
    let known = customer.filter(|customer| customer.signed_up <= LAST_CUT);
    let Some(row) = stored else {
        return if known.is_some() { "missing_online" } else { "absent" };
    };
    let Ok(value) = row.value(feature) else { return "undecodable" };
    if row.event_ts < NOW - DAY {
        return "expired";
    }
    if row.event_ts > LAST_CUT {
        return "ahead";
    }
    let Some(customer) = known else { return "missing_offline" };
    let version = |back: i64| defined(customer, feature, LAST_CUT - back * DAY);
    if version(0).as_ref() == Some(&value) {
        "consistent"
    } else if (1..DAYS).any(|back| version(back).as_ref() == Some(&value)) {
        "stale"
    } else {
        "skewed"
    }
}

#[tokio::test]
async fn without_faults_everything_is_consistent_or_ahead() {
    let home = tempdir().unwrap();
    let folder = home.path().join("demo");
    made(&folder, "none").await;
    let truth = truth(&folder);
    assert_eq!((&truth["faults"], &truth["cells"]), (&json!([]), &json!([])));
    for feature in FEATURES {
        let verdicts = truth["verdicts"][feature].as_object().unwrap();
        assert_eq!(verdicts.keys().collect::<Vec<_>>(), ["ahead", "consistent"]);
        assert!(verdicts["consistent"].as_u64() > verdicts["ahead"].as_u64());
    }
}

#[tokio::test]
async fn the_fault_list_says_of_every_cell_what_the_rules_say() {
    let home = tempdir().unwrap();
    let folder = home.path().join("demo");
    made(&folder, "default").await;
    let settings = settings(&folder, "default");
    let shop = Shop::open(settings.entities, settings.days, settings.seed);
    let customers: BTreeMap<&str, &Customer> =
        shop.customers.iter().map(|customer| (customer.id.as_str(), customer)).collect();
    let stored = rows(&folder);
    let truth = truth(&folder);

    let mut listed: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for cell in truth["cells"].as_array().unwrap() {
        let (entity, feature) = (cell["entity"].as_str().unwrap(), cell["feature"].as_str().unwrap());
        let twice = listed.insert((entity, feature), cell["verdict"].as_str().unwrap());
        assert_eq!(twice, None, "{entity} has two faults");
        if cell["verdict"] == "expired" {
            let value = stored[entity].value(feature).unwrap();
            let at = |cut| defined(customers[entity], feature, cut) == Some(value.clone());
            let outcome = if at(LAST_CUT) {
                "consistent"
            } else if at(LAST_CUT - 3 * DAY) {
                "stale"
            } else {
                "skewed"
            };
            assert_eq!(cell["expired_served"], outcome, "{entity} {feature}");
        }
    }

    let mut counts: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    let everybody: BTreeSet<&str> = customers.keys().copied().chain(stored.keys().map(String::as_str)).collect();
    for entity in everybody {
        for feature in FEATURES {
            let verdict = verdict(customers.get(entity).copied(), stored.get(entity), feature);
            *counts.entry(feature).or_default().entry(verdict).or_default() += 1;
            match listed.get(&(entity, feature)) {
                Some(expected) => assert_eq!(verdict, *expected, "{entity} {feature}"),
                None => assert!(["consistent", "ahead"].contains(&verdict), "{entity} {feature} is {verdict}"),
            }
        }
    }
    assert_eq!(truth["verdicts"], json!(counts));
}

#[tokio::test]
async fn each_fault_alone_breaks_what_it_breaks_among_the_others_and_nothing_else() {
    let home = tempdir().unwrap();
    let (clean, every) = (home.path().join("clean"), home.path().join("every"));
    made(&clean, "none").await;
    let together = made(&every, "default").await;
    let (clean, every) = (rows(&clean), rows(&every));
    for damage in &together.damage {
        let folder = home.path().join(damage.fault.name());
        let alone = made(&folder, damage.fault.name()).await;
        assert_eq!(alone.damage.len(), 1);
        assert!(!damage.entities.is_empty(), "{} befalls nobody", damage.fault.name());
        assert_eq!(alone.damage[0].entities, damage.entities);
        let victims: BTreeSet<&str> = damage.entities.iter().map(|victim| victim.entity.as_str()).collect();
        let found = rows(&folder);
        let everybody: BTreeSet<&String> = found.keys().chain(clean.keys()).collect();
        for entity in everybody {
            let expected = if victims.contains(entity.as_str()) { every.get(entity) } else { clean.get(entity) };
            assert_eq!(found.get(entity), expected, "{entity} under {}", damage.fault.name());
        }
        assert!(victims.iter().all(|victim| found.get(*victim) != clean.get(*victim)));
    }
    assert_eq!(together.damage.iter().map(|damage| damage.fault).collect::<Vec<_>>(), Fault::ALL);
}

#[test]
fn an_unknown_fault_is_named_with_those_that_exist() {
    assert_eq!(
        FaultChoice::parse("unit,lost").unwrap_err(),
        "there is no fault `lost`; there are none, default, stale_window, unit, lost_row, old_row, lower_case, \
         null_as_zero, off_by_one_day, orphan, garbage_bytes"
    );
    assert_eq!(FaultChoice::parse("orphan, unit"), FaultChoice::parse("unit,orphan"));
}
