//! The features by the words of their definitions: look at every event, keep nothing between instants.

use skewwatch::demo::calendar::{DAY, Seconds};
use skewwatch::demo::feature::FeatureRow;
use skewwatch::demo::shop::{Customer, Shop};

/// The features of `customer` at `now`; `None` before the account opened.
pub(super) fn features(customer: &Customer, now: Seconds) -> Option<FeatureRow> {
    if customer.signed_up > now {
        return None;
    }
    let inside = |at: Seconds, days: i64| now - days * DAY < at && at <= now;
    let week: Vec<i64> = customer.orders.iter().filter(|order| inside(order.at, 7)).map(|order| order.cents).collect();
    let month: Vec<&'static str> =
        customer.orders.iter().filter(|order| inside(order.at, 30)).map(|order| order.category).collect();
    let backs = customer.chargebacks.iter().filter(|at| inside(**at, 30)).count() as f64;
    let mut names = month.clone();
    names.sort_unstable();
    names.dedup();
    let count = |name: &str| month.iter().filter(|category| **category == name).count();
    let most = names.iter().map(|name| count(name)).max();
    let orders = month.len() as f64;
    let first_midnight = customer.signed_up - customer.signed_up.rem_euclid(DAY) + DAY;
    let midnights =
        std::iter::successors(Some(first_midnight), |at| Some(at + DAY)).take_while(|at| *at <= now).count();
    Some(FeatureRow {
        avg_order_value_7d: (!week.is_empty())
            .then(|| (week.iter().sum::<i64>() as f64 / (week.len() as f64 * 100.0)) as f32),
        total_orders_30d: month.len() as i64,
        preferred_category: names.into_iter().find(|name| Some(count(name)) == most),
        account_age_days: midnights as i64,
        fraud_score: (orders + backs > 0.0).then(|| ((4.0 * backs + 1.0) / (4.0 * backs + orders + 8.0)) as f32),
    })
}

/// Every instant at which a feature of the shop can change, and its neighbours.
pub(super) fn turning_points(shop: &Shop) -> Vec<Seconds> {
    let events = shop
        .customers
        .iter()
        .flat_map(|customer| customer.orders.iter().map(|order| order.at).chain(customer.chargebacks.iter().copied()));
    let mut points: Vec<Seconds> = events
        .flat_map(|at| [at, at + 7 * DAY, at + 30 * DAY])
        .chain(shop.customers.iter().flat_map(|customer| [customer.signed_up, customer.signed_up + DAY]))
        .flat_map(|at| [at - 1, at, at + 1])
        .collect();
    points.sort_unstable();
    points.dedup();
    points
}
