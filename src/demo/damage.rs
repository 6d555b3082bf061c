//! Which customers each fault befalls, what it makes of their rows, and the verdict that each cell must get.
//!
//! All of it follows from the raw events and the stream's own rows, before anything is written or compared. A customer has
//! at most one fault, and which customers a fault may befall depends on the seed and on nothing else, so switching one
//! fault off leaves the others as they were. Only settled customers are chosen: those whose row was last written by the
//! newest midnight, because a later row is `ahead` of every snapshot, broken or not.

use std::collections::BTreeMap;

use crate::model::entity::{EntityKey, KeyValue};
use crate::model::value::Value;
use crate::model::verdict::{ExpiredOutcome, Verdict};

use super::calendar::{DAY, Present, Seconds, instant};
use super::fault::{Fault, FaultChoice};
use super::feature::{
    ACCOUNT_AGE, AVG_ORDER_VALUE, FRAUD_SCORE, PREFERRED_CATEGORY, ServedCell, ServedRow, TOTAL_ORDERS,
};
use super::shop::{Customer, Shop};
use super::stream::{Timers, WrittenRow, run};

/// One customer in so many has each fault, where that many are fit for it.
const ONE_IN: usize = 50;
/// The row of an [`Fault::OldRow`] was written this long before the newest cut.
const OLD: i64 = 3 * DAY;

/// The online store as it will be, and what must be found in it.
#[derive(Debug)]
pub struct Served {
    /// The rows, ascending by entity.
    pub rows: Vec<ServedRow>,
    /// What each fault befell, in the order of [`Fault::ALL`]; only faults that were asked for.
    pub damage: Vec<Damage>,
    /// Verdicts per feature over all cells of the view, in the order of [`FEATURES`](super::feature::FEATURES).
    pub verdicts: [BTreeMap<Verdict, u64>; 5],
}

/// One fault and its victims.
#[derive(Debug)]
pub struct Damage {
    /// The fault.
    pub fault: Fault,
    /// The entities it befell, ascending.
    pub entities: Vec<Victim>,
}

/// What one fault did to one entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Victim {
    /// The entity key.
    pub entity: String,
    /// The verdict of each cell, in the order of [`FEATURES`](super::feature::FEATURES).
    pub verdicts: [Verdict; 5],
    /// For expired cells: how what is served compares.
    pub served: Option<[ExpiredOutcome; 5]>,
}

/// A fault's effect on one row.
struct Broken {
    row: Option<ServedRow>,
    verdicts: [Verdict; 5],
    served: Option<[ExpiredOutcome; 5]>,
}

/// Runs the stream for every customer and breaks what is to be broken, as of `present`.
#[must_use]
pub fn serve(shop: &Shop, choice: &FaultChoice, seed: u64, present: Present) -> Served {
    let limit = shop.customers.len().div_ceil(ONE_IN);
    let mut served =
        Served { rows: Vec::with_capacity(shop.customers.len()), damage: Vec::new(), verdicts: Default::default() };
    let mut victims: BTreeMap<Fault, Vec<Victim>> = BTreeMap::new();
    for customer in &shop.customers {
        let Some(written) = run(customer, Timers::All, present.now) else { continue };
        let clean = ServedRow::new(&customer.id, instant(written.at), &written.features);
        let fault = candidate(&customer.id, seed).filter(|fault| {
            choice.contains(*fault) && written.at == present.last_cut && victims.get(fault).map_or(0, Vec::len) < limit
        });
        let broken = fault.and_then(|fault| Some((fault, damage(fault, customer, &written, present)?)));
        if let Some((fault, broken)) = broken {
            if fault == Fault::Orphan {
                served.count([Verdict::Consistent; 5]);
                served.rows.push(clean);
            }
            served.count(broken.verdicts);
            let entity = broken.row.as_ref().map_or_else(|| customer.id.clone(), |row| row.entity.clone());
            served.rows.extend(broken.row);
            let victim = Victim { entity, verdicts: broken.verdicts, served: broken.served };
            victims.entry(fault).or_default().push(victim);
        } else {
            let verdict = if written.at > present.last_cut { Verdict::Ahead } else { Verdict::Consistent };
            served.count([verdict; 5]);
            served.rows.push(clean);
        }
    }
    served.rows.sort_by(|left, right| left.entity.cmp(&right.entity));
    served.damage = Fault::ALL
        .into_iter()
        .filter(|fault| choice.contains(*fault))
        .map(|fault| Damage { fault, entities: victims.remove(&fault).unwrap_or_default() })
        .collect();
    served
}

impl Served {
    fn count(&mut self, verdicts: [Verdict; 5]) {
        for (counts, verdict) in self.verdicts.iter_mut().zip(verdicts) {
            *counts.entry(verdict).or_default() += 1;
        }
    }
}

/// The one fault that may befall this customer, drawn by a hash of key and seed.
fn candidate(id: &str, seed: u64) -> Option<Fault> {
    let hash = EntityKey::new(vec![KeyValue::String(id.into())]).sampling_hash(seed);
    let place = usize::try_from(hash % 10).unwrap_or(usize::MAX);
    Fault::ALL.get(place).copied()
}

/// What `fault` makes of a settled row; `None` where it would change nothing.
fn damage(fault: Fault, customer: &Customer, written: &WrittenRow, present: Present) -> Option<Broken> {
    let clean = ServedRow::new(&customer.id, instant(written.at), &written.features);
    let mut row = clean.clone();
    match fault {
        Fault::StaleWindow => {
            row.cells = run(customer, Timers::MidnightOnly, present.now)?.features.values().map(ServedCell::Value);
        }
        Fault::Unit => {
            row.cells[AVG_ORDER_VALUE] =
                ServedCell::Value(Value::Float32(written.features.avg_order_value_7d? * 100.0));
        }
        Fault::LowerCase => {
            let category = written.features.preferred_category?.to_lowercase();
            row.cells[PREFERRED_CATEGORY] = ServedCell::Value(Value::string(&category));
        }
        Fault::NullAsZero => {
            if written.features.fraud_score.is_some() {
                return None;
            }
            row.cells[FRAUD_SCORE] = ServedCell::Value(Value::Float32(0.0));
        }
        Fault::OffByOneDay => {
            row.cells[ACCOUNT_AGE] = ServedCell::Value(Value::Int(written.features.account_age_days + 1));
        }
        Fault::GarbageBytes => row.cells[TOTAL_ORDERS] = ServedCell::Garbage,
        Fault::LostRow => return Some(Broken { row: None, verdicts: [Verdict::MissingOnline; 5], served: None }),
        Fault::OldRow => return old_row(customer, &clean, present.last_cut),
        Fault::Orphan => {
            row.entity = customer.id.replacen('u', "x", 1);
            return Some(Broken { row: Some(row), verdicts: [Verdict::MissingOffline; 5], served: None });
        }
    }
    if row == clean {
        return None;
    }
    // A clean row has the values of the newest version, and the stream at a cut those of that cut's version.
    let older: Vec<_> = present
        .cuts()
        .filter(|cut| *cut < present.last_cut)
        .filter_map(|cut| run(customer, Timers::All, cut))
        .map(|version| version.features.values().map(ServedCell::Value))
        .collect();
    let verdicts = std::array::from_fn(|feature| match &row.cells[feature] {
        ServedCell::Garbage => Verdict::Undecodable,
        cell if *cell == clean.cells[feature] => Verdict::Consistent,
        cell if older.iter().any(|version| version[feature] == *cell) => Verdict::Stale,
        ServedCell::Value(_) => Verdict::Skewed,
    });
    Some(Broken { row: Some(row), verdicts, served: None })
}

/// The row as it was [`OLD`] before the newest cut; the snapshot of that day has the same values, so what is served is
/// `stale` where they have changed since.
fn old_row(customer: &Customer, clean: &ServedRow, last_cut: Seconds) -> Option<Broken> {
    let written = run(customer, Timers::All, last_cut - OLD)?;
    let row = ServedRow::new(&customer.id, instant(written.at), &written.features);
    let served = std::array::from_fn(|feature| {
        if row.cells[feature] == clean.cells[feature] { ExpiredOutcome::Consistent } else { ExpiredOutcome::Stale }
    });
    Some(Broken { row: Some(row), verdicts: [Verdict::Expired; 5], served: Some(served) })
}
