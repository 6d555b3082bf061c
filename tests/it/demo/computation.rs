//! Batch and stream against the definitions.

use polars::prelude::{AnyValue, DataFrame};
use proptest::prelude::*;
use skewwatch::demo::batch::RawTables;
use skewwatch::demo::calendar::{DAY, LAST_CUT, NOW, Seconds};
use skewwatch::demo::feature::FeatureRow;
use skewwatch::demo::shop::{Customer, Order, Shop};
use skewwatch::demo::stream::{Timers, run};

use super::oracle::{features, turning_points};

const CATEGORIES: [&str; 3] = ["Books", "Fashion", "Toys"];

/// Instants of which many lie on midnights, or a second beside them, so that events, expiries and cuts coincide.
fn moment() -> impl Strategy<Value = Seconds> {
    let edge = (0..40_i64, -1..=1_i64).prop_map(|(days, beside)| LAST_CUT - days * DAY + beside);
    prop_oneof![edge, LAST_CUT - 40 * DAY..=NOW]
}

fn customer(number: usize) -> impl Strategy<Value = Customer> {
    let order = (moment(), 1..500_000_i64, 0..CATEGORIES.len()).prop_map(|(at, cents, category)| Order {
        at,
        cents,
        category: CATEGORIES[category],
    });
    let events = (prop::collection::vec(order, 0..12), prop::collection::vec(moment(), 0..4), moment());
    events.prop_map(move |(mut orders, mut chargebacks, moment)| {
        orders.sort_by_key(|order| order.at);
        chargebacks.sort_unstable();
        let first = orders.first().map(|order| order.at).into_iter().chain(chargebacks.first().copied()).min();
        let signed_up = first.map_or(moment, |first| first.min(moment));
        Customer { id: format!("u{number:06}"), signed_up, orders, chargebacks }
    })
}

fn shop() -> impl Strategy<Value = Shop> {
    (1..5_usize)
        .prop_flat_map(|size| (0..size).map(customer).collect::<Vec<_>>())
        .prop_map(|customers| Shop { customers })
}

/// The row of the customer in a snapshot, its mean rounded to the declared type.
fn row(snapshot: &DataFrame, id: &str) -> Option<FeatureRow> {
    let ids = snapshot.column("user_id").unwrap().str().unwrap();
    let place = ids.iter().position(|found| found == Some(id))?;
    let cell = |name: &str| snapshot.column(name).unwrap().get(place).unwrap();
    let whole = |name: &str| cell(name).extract::<i64>().unwrap();
    Some(FeatureRow {
        avg_order_value_7d: match cell("avg_order_value_7d") {
            AnyValue::Float64(number) => Some(number as f32),
            other => {
                assert_eq!(other, AnyValue::Null);
                None
            }
        },
        total_orders_30d: whole("total_orders_30d"),
        preferred_category: CATEGORIES.into_iter().find(|name| cell("preferred_category").get_str() == Some(name)),
        account_age_days: whole("account_age_days"),
        fraud_score: match cell("fraud_score") {
            AnyValue::Float32(number) => Some(number),
            other => {
                assert_eq!(other, AnyValue::Null);
                None
            }
        },
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn batch_computes_the_definitions_at_every_cut(shop in shop()) {
        let tables = RawTables::new(&shop).unwrap();
        for cut in [LAST_CUT - 31 * DAY, LAST_CUT - 7 * DAY, LAST_CUT - DAY, LAST_CUT] {
            let snapshot = tables.snapshot(cut).unwrap();
            for customer in &shop.customers {
                prop_assert_eq!(row(&snapshot, &customer.id), features(customer, cut), "{} at {}", &customer.id, cut);
            }
        }
    }

    #[test]
    fn the_stream_computes_the_definitions_at_every_instant(shop in shop()) {
        for at in turning_points(&shop) {
            for customer in &shop.customers {
                let written = run(customer, Timers::All, at);
                prop_assert_eq!(written.map(|row| row.features), features(customer, at), "{} at {}", &customer.id, at);
                prop_assert!(written.is_none_or(|row| row.at <= at && row.at > at - DAY));
            }
        }
    }

    #[test]
    fn a_row_of_the_stream_that_was_in_force_at_the_cut_equals_the_batch(shop in shop()) {
        let snapshot = RawTables::new(&shop).unwrap().snapshot(LAST_CUT).unwrap();
        for customer in &shop.customers {
            if let Some(written) = run(customer, Timers::All, NOW) && written.at <= LAST_CUT {
                prop_assert_eq!(written.at, LAST_CUT);
                prop_assert_eq!(Some(written.features), row(&snapshot, &customer.id));
            }
        }
    }
}

#[test]
fn without_window_timers_an_order_stays_in_the_window_until_the_next_event() {
    let order = |at| Order { at, cents: 1_000, category: "Books" };
    let placed = LAST_CUT - 9 * DAY + 5;
    let quiet =
        Customer { id: "u000000".into(), signed_up: placed - DAY, orders: vec![order(placed)], chargebacks: vec![] };
    let seen = |customer: &Customer| run(customer, Timers::MidnightOnly, NOW).unwrap().features.avg_order_value_7d;
    assert_eq!(features(&quiet, NOW).unwrap().avg_order_value_7d, None);
    assert_eq!(seen(&quiet), Some(10.0));

    let back = Customer { chargebacks: vec![LAST_CUT - DAY], ..quiet };
    assert_eq!(seen(&back), None);
}
