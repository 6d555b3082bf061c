//! The shop's raw events: who signed up when, ordered what, and took money back.
//!
//! Every customer has a random generator of their own, seeded by the shop's seed and the customer's number: the same
//! seed gives the same customer, however many others there are.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::calendar::{DAY, NOW, Present, Seconds};

/// What the shop sells, in alphabetical order, each with the weight of its popularity.
const CATEGORIES: [(&str, u32); 8] = [
    ("Books", 14),
    ("Electronics", 24),
    ("Fashion", 20),
    ("Garden", 6),
    ("Groceries", 16),
    ("Home", 11),
    ("Sports", 6),
    ("Toys", 3),
];

/// Days of orders before the first snapshot: the longest window, so that even the first is complete.
const LEAD_DAYS: i64 = 31;

/// A whole shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// The customers, ascending by [`Customer::id`].
    pub customers: Vec<Customer>,
}

/// One customer and everything they did, each list in the order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The entity key, such as `u000123`.
    pub id: String,
    /// When the account was opened; nothing happened before.
    pub signed_up: Seconds,
    /// Orders.
    pub orders: Vec<Order>,
    /// When payments were charged back.
    pub chargebacks: Vec<Seconds>,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// When it was placed.
    pub at: Seconds,
    /// Its value in cents: whole numbers, so that a sum does not depend on the order of its terms.
    pub cents: i64,
    /// What was bought.
    pub category: &'static str,
}

impl Shop {
    /// A shop of `entities` customers whose history is long enough for `days` daily snapshots before the demo's present.
    #[must_use]
    pub fn open(entities: u32, days: u16, seed: u64) -> Self {
        Self::open_until(entities, seed, (Present::fixed(days), NOW))
    }

    /// A shop whose history is long enough for the snapshots of `present`, and goes on to `end`.
    #[must_use]
    pub fn open_until(entities: u32, seed: u64, (present, end): (Present, Seconds)) -> Self {
        let begin = present.now - (i64::from(present.days) + LEAD_DAYS) * DAY;
        let draw = |number| Customer::draw(number, seed, (begin, present.now, end));
        Self { customers: (0..entities).map(draw).collect() }
    }
}

impl Customer {
    fn draw(number: u32, seed: u64, (begin, now, end): (Seconds, Seconds, Seconds)) -> Self {
        // Odd multipliers spread neighbouring numbers over the seeds; any fixed mixing would do.
        let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(number).wrapping_mul(0xd1b5_4a32_d192_ed03);
        let mut random = StdRng::seed_from_u64(mixed);
        // Most accounts are older than the history, some open within it, a few on its last morning.
        let age_seconds = whole(exponential(&mut random) * 300.0 * 86_400.0).min(1_500 * DAY);
        let signed_up = now - age_seconds;
        let orders_per_day =
            if random.random_bool(0.08) { 0.0 } else { (normal(&mut random) - 1.4).exp().clamp(0.01, 4.0) };
        let usual_cents = (normal(&mut random) * 0.5 + 8.2).exp();
        let favourite = random.random_range(0..CATEGORIES.len());
        let chargeback_share = if random.random_bool(0.03) { 0.25 } else { 0.01 };
        let mut customer = Self { id: format!("u{number:06}"), signed_up, orders: Vec::new(), chargebacks: Vec::new() };
        if orders_per_day == 0.0 {
            return customer;
        }
        let mut at = signed_up.max(begin);
        loop {
            at += whole(exponential(&mut random) / orders_per_day * 86_400.0).max(1);
            if at > end {
                break;
            }
            let cents = whole((normal(&mut random) * 0.6).exp() * usual_cents).clamp(100, 500_000);
            let category =
                if random.random_bool(0.5) { CATEGORIES[favourite].0 } else { popular(random.random_range(0..100)) };
            customer.orders.push(Order { at, cents, category });
            let back_at = at + random.random_range(2 * DAY..20 * DAY);
            if random.random_bool(chargeback_share) && back_at <= end {
                customer.chargebacks.push(back_at);
            }
        }
        customer.chargebacks.sort_unstable();
        customer
    }
}

/// The category that `percent` (0 to 99) falls on when all are laid side by side by their weights, which add up to 100.
fn popular(percent: u32) -> &'static str {
    let mut end = 0;
    for (name, weight) in CATEGORIES {
        end += weight;
        if percent < end {
            return name;
        }
    }
    CATEGORIES[0].0
}

/// An exponential variate of mean 1, by inversion.
fn exponential(random: &mut StdRng) -> f64 {
    -(1.0 - random.random::<f64>()).ln()
}

/// A standard normal variate, by Box and Muller's transform.
fn normal(random: &mut StdRng) -> f64 {
    let radius = (2.0 * exponential(random)).sqrt();
    radius * (random.random::<f64>() * std::f64::consts::TAU).cos()
}

#[expect(clippy::cast_possible_truncation, reason = "amounts and spans far below 2^53; a cast saturates")]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_sorted_and_their_weights_add_up_to_a_hundred() {
        assert!(CATEGORIES.is_sorted_by(|left, right| left.0 < right.0));
        assert_eq!(CATEGORIES.iter().map(|(_, weight)| weight).sum::<u32>(), 100);
    }

    #[test]
    fn a_customer_does_not_depend_on_how_many_others_there_are() {
        let few = Shop::open(10, 3, 7).customers;
        assert_eq!(few, Shop::open(50, 3, 7).customers[..10]);
        assert_ne!(few, Shop::open(10, 3, 8).customers);
    }
}
