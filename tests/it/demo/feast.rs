//! The real Feast reads what the demo wrote.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};
use skewwatch::demo::calendar::{DAY, LAST_CUT, Present, instant};
use skewwatch::demo::fault::FaultChoice;
use skewwatch::demo::feature::FeatureRow;
use skewwatch::demo::shop::Shop;
use skewwatch::demo::{damage, make};
use skewwatch::model::value::Value;
use tempfile::tempdir;

use super::{oracle, settings, stored};

/// The Python that has Feast; `make test` provides it.
fn python() -> PathBuf {
    let found = std::env::var_os("SKEWWATCH_PYTHON")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python"), PathBuf::from);
    assert!(found.exists(), "no Python with Feast at {}: run `make setup`", found.display());
    found
}

fn read(folder: &Path, entities: &[&str], cut: i64) -> Json {
    let home = tempdir().unwrap();
    let list = home.path().join("entities.json");
    std::fs::write(&list, json!(entities).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/demo/read_with_feast.py");
    let arguments = [script.as_os_str(), folder.as_os_str(), list.as_os_str()];
    let output = Command::new(python())
        .args(arguments)
        .arg(instant(cut).to_string())
        .env("HOME", home.path())
        .env("FEAST_USAGE", "False")
        .env("TZ", "UTC")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The features as Feast's Python objects print in JSON.
fn printed(row: &FeatureRow) -> Json {
    json!({
        "avg_order_value_7d": row.avg_order_value_7d.map(f64::from),
        "total_orders_30d": row.total_orders_30d,
        "preferred_category": row.preferred_category,
        "account_age_days": row.account_age_days,
        "fraud_score": row.fraud_score.map(f64::from),
    })
}

/// The mean of a snapshot is a double; rounded to the declared type it is comparable.
fn rounded(mut features: Json) -> Json {
    for name in ["avg_order_value_7d", "fraud_score"] {
        if let Some(number) = features[name].as_f64() {
            features[name] = json!(f64::from(number as f32));
        }
    }
    features
}

#[tokio::test]
async fn feast_reads_the_same_view_the_same_rows_and_the_same_history() {
    let home = tempdir().unwrap();
    let folder = home.path().join("demo");
    let settings = settings(&folder, "none");
    make(&settings).await.unwrap();
    let shop = Shop::open(settings.entities, settings.days, settings.seed);
    let cut = LAST_CUT - DAY;
    let open: Vec<_> = shop.customers.iter().filter(|customer| customer.signed_up <= cut).collect();
    let entities: Vec<&str> = open.iter().map(|customer| customer.id.as_str()).collect();

    let seen = read(&folder, &entities, cut);

    assert_eq!(seen["views"], json!(["user_features"]));
    assert_eq!(seen["entities"], json!(["user_id"]));
    assert_eq!(seen["ttl_seconds"], json!(86_400.0));
    assert_eq!(
        seen["types"],
        json!({
            "avg_order_value_7d": "Float32",
            "total_orders_30d": "Int64",
            "preferred_category": "String",
            "account_age_days": "Int64",
            "fraud_score": "Float32",
        })
    );
    let served = damage::serve(&shop, &FaultChoice::none(), settings.seed, Present::fixed(settings.days));
    let stored = stored::rows(&folder);
    assert_eq!(stored.len(), served.rows.len());
    for customer in &open {
        let row = &stored[&customer.id];
        let truth = oracle::features(customer, row.event_ts).unwrap();
        assert_eq!(rounded(seen["online"][&customer.id].clone()), printed(&truth), "{} online", customer.id);
        let truth = oracle::features(customer, cut).unwrap();
        assert_eq!(rounded(seen["historical"][&customer.id].clone()), printed(&truth), "{} offline", customer.id);
    }
    let nulls = stored.values().filter(|row| row.value("avg_order_value_7d") == Ok(Value::Null)).count();
    assert!(nulls > 0, "the shop has customers without a recent order");
}
