//! The features event by event, as a stream processor computes them.
//!
//! Each customer has keyed state: the events inside each window, and running sums over them. An event changes the state
//! and writes the online row; so does a timer, because time alone moves windows on and makes accounts older. Nothing
//! here is shared with the batch computation but the words of the features.

use std::collections::{BTreeMap, VecDeque};

use super::calendar::{DAY, Seconds, day_number};
use super::feature::{FeatureRow, LONG_WINDOW, SHORT_WINDOW};
use super::shop::{Customer, Order};

/// Later than every event and every timer.
const NEVER: Seconds = Seconds::MAX;

/// Which timers the program has set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timers {
    /// One for each event that leaves a window, and one at midnight.
    All,
    /// At midnight only: windows move on with the next event, and not before.
    MidnightOnly,
}

/// A row as the program last wrote it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrittenRow {
    /// When the event or timer that wrote it happened.
    pub at: Seconds,
    /// The values then.
    pub features: FeatureRow,
}

/// Runs the program over one customer's events up to and including `until`; `None` when the account opened later.
#[must_use]
pub fn run(customer: &Customer, timers: Timers, until: Seconds) -> Option<WrittenRow> {
    if customer.signed_up > until {
        return None;
    }
    let mut state = State::new(customer.signed_up);
    let mut orders = customer.orders.iter().peekable();
    let mut chargebacks = customer.chargebacks.iter().peekable();
    let mut written_at = customer.signed_up;
    loop {
        let timer = state.next_timer(written_at, timers);
        let order_at = orders.peek().map_or(NEVER, |order| order.at);
        let chargeback_at = chargebacks.peek().map_or(NEVER, |at| **at);
        let event = order_at.min(chargeback_at);
        let at = event.min(timer);
        if at > until {
            // Each write replaces the one before, and the state has not moved since the last: its values are still there.
            return Some(WrittenRow { at: written_at, features: state.features(written_at) });
        }
        while let Some(order) = orders.next_if(|order| order.at == at) {
            state.order(order);
        }
        while let Some(chargeback) = chargebacks.next_if(|chargeback| **chargeback == at) {
            state.chargebacks.push_back(*chargeback);
        }
        if event == at || timers == Timers::All {
            state.move_windows(at);
        }
        written_at = at;
    }
}

/// What the program keeps of one customer.
#[derive(Debug)]
struct State {
    signed_up: Seconds,
    short: VecDeque<(Seconds, i64)>,
    short_cents: i64,
    long: VecDeque<(Seconds, &'static str)>,
    long_by_category: BTreeMap<&'static str, u32>,
    chargebacks: VecDeque<Seconds>,
}

impl State {
    fn new(signed_up: Seconds) -> Self {
        Self {
            signed_up,
            short: VecDeque::new(),
            short_cents: 0,
            long: VecDeque::new(),
            long_by_category: BTreeMap::new(),
            chargebacks: VecDeque::new(),
        }
    }

    fn order(&mut self, order: &Order) {
        self.short.push_back((order.at, order.cents));
        self.short_cents += order.cents;
        self.long.push_back((order.at, order.category));
        *self.long_by_category.entry(order.category).or_default() += 1;
    }

    /// The next timer after `last`: the next midnight, or an event that leaves its window earlier.
    fn next_timer(&self, last: Seconds, timers: Timers) -> Seconds {
        let midnight = (day_number(last) + 1) * DAY;
        let leaving = |front: Option<Seconds>, window| front.map_or(midnight, |at| at + window);
        match timers {
            Timers::MidnightOnly => midnight,
            Timers::All => midnight
                .min(leaving(self.short.front().map(|(at, _)| *at), SHORT_WINDOW))
                .min(leaving(self.long.front().map(|(at, _)| *at), LONG_WINDOW))
                .min(leaving(self.chargebacks.front().copied(), LONG_WINDOW)),
        }
    }

    /// Drops what is no longer inside its window at `now`.
    fn move_windows(&mut self, now: Seconds) {
        while let Some((_, cents)) = self.short.pop_front_if(|(at, _)| *at + SHORT_WINDOW <= now) {
            self.short_cents -= cents;
        }
        while let Some((_, category)) = self.long.pop_front_if(|(at, _)| *at + LONG_WINDOW <= now) {
            if let Some(count) = self.long_by_category.get_mut(category) {
                *count -= 1;
            }
        }
        while self.chargebacks.pop_front_if(|at| *at + LONG_WINDOW <= now).is_some() {}
    }

    fn features(&self, now: Seconds) -> FeatureRow {
        // Ascending by name and strictly greater: of equal counts the first in the alphabet stays.
        let preferred = self.long_by_category.iter().fold(None, |best: Option<(&'static str, u32)>, (name, count)| {
            if *count > best.map_or(0, |(_, most)| most) { Some((*name, *count)) } else { best }
        });
        let (orders, chargebacks) = (self.long.len(), self.chargebacks.len());
        FeatureRow {
            avg_order_value_7d: (!self.short.is_empty())
                .then(|| single(number(self.short_cents) / (100.0 * size(self.short.len())))),
            total_orders_30d: i64::try_from(orders).unwrap_or(i64::MAX),
            preferred_category: preferred.map(|(name, _)| name),
            account_age_days: day_number(now) - day_number(self.signed_up),
            fraud_score: (orders + chargebacks > 0).then(|| {
                let weight = 4.0 * size(chargebacks);
                single((weight + 1.0) / (weight + size(orders) + 8.0))
            }),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a week's cents of one customer lie far below 2^53")]
fn number(cents: i64) -> f64 {
    cents as f64
}

#[expect(clippy::cast_precision_loss, reason = "a month's events of one customer lie far below 2^53")]
fn size(events: usize) -> f64 {
    events as f64
}

#[expect(clippy::cast_possible_truncation, reason = "the feature is declared in single precision")]
fn single(number: f64) -> f32 {
    number as f32
}
