//! Alerts pushed to Alertmanager: the ledger by itself, the client against real and faulty peers, and the running service.

mod configured;
mod ledger;
mod peer;
mod restarted;
mod running;
mod worded;

use std::time::Duration;

use skewwatch::model::time::Timestamp;
use skewwatch::publish::alertmanager::{Alert, AlertmanagerSettings};

use crate::serve::{HASTE, Shop};
use crate::support::alertmanager::Labels;

/// So many seconds after a beginning.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_750_000_000, 0).unwrap().plus(Duration::from_secs(seconds))
}

fn labels(name: &str) -> Labels {
    [("alertname", name), ("job", "skewwatch")].map(|(label, value)| (label.to_owned(), value.to_owned())).into()
}

fn alert(name: &str, starts_at: Timestamp) -> Alert {
    let annotations = [("summary".to_owned(), format!("{name} fires"))].into();
    Alert { labels: labels(name), annotations, starts_at }
}

fn settings(urls: &[&str]) -> AlertmanagerSettings {
    AlertmanagerSettings::new(urls.iter().map(|url| (*url).to_owned()).collect())
}

/// What a service is configured with to push to these peers, refreshed every second.
fn pushing(urls: &[String], more: &str) -> String {
    let urls = urls.join(", ");
    format!(
        "publish: {{ metrics: \"127.0.0.1:0\", history: history.db, alertmanager: {{ urls: [{urls}], refresh: 1s, timeout: 1s }}{more} \
         }}\n{HASTE}"
    )
}

/// A series of the deliveries.
fn deliveries(result: &str) -> String {
    format!("deliveries_total{{channel=\"alertmanager\",result=\"{result}\"}}")
}

const QUEUE: &str = "delivery_queue_length{channel=\"alertmanager\"}";

/// Labels of the skew of the feature that [`Shop::skew`] damages.
const SKEW: [(&str, &str); 2] = [("alertname", "SkewwatchSkewMismatch"), ("feature", "total_orders_30d")];

/// A shop whose view has an owner.
fn owned_shop() -> Shop {
    let mut shop = Shop::open();
    shop.stores =
        shop.stores.replace("- name: user_features\n", "- name: user_features\n    team: risk\n    tier: gold\n");
    assert!(shop.stores.contains("team: risk"));
    shop
}
