//! Expiry: rows are missing from a certain age on.
//!
//! Here the evidence is not a value but its absence, as a step function of age.

use crate::model::cause::Relation;
use crate::stats::real;

/// One expected row: how old the newest offline version is, and whether the row is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowPresence {
    /// Read time − event timestamp; seconds.
    pub age: f64,
    /// Whether it is there.
    pub presence: Presence,
}

/// Whether a row is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Served,
    /// It is not.
    Missing,
}

/// Fewest rows on either side of the step.
const LEAST_ROWS: usize = 10;
/// Share of the rows beyond the step that are missing at least, and of those before it that are there.
const CLEAR: f64 = 0.95;
/// The same for rows before the step, of which others may be missing for other causes.
const CLEAN: f64 = 0.98;

/// The age from which rows are missing, and how many missing rows lie beyond it; `None` where there is no such step.
#[must_use]
pub fn expiry(rows: &[RowPresence]) -> Option<(Relation, u64)> {
    let mut rows = rows.to_vec();
    rows.sort_unstable_by(|left, right| left.age.total_cmp(&right.age));
    let all = rows.iter().filter(|row| row.presence == Presence::Missing).count();
    let mut before = 0;
    let mut best: Option<(usize, usize)> = None;
    for (place, row) in rows.iter().enumerate() {
        // Rows from `place` on are beyond the step: right are the missing ones there and the served ones before.
        let right = (all - before) + (place - before);
        if best.is_none_or(|(_, most)| right > most) {
            best = Some((place, right));
        }
        before += usize::from(row.presence == Presence::Missing);
    }
    let (place, _) = best?;
    let (young, old) = rows.split_at(place);
    let missing = |rows: &[RowPresence]| rows.iter().filter(|row| row.presence == Presence::Missing).count();
    let share = |rows: &[RowPresence]| real(missing(rows) as u64) / real(rows.len().max(1) as u64);
    let clear =
        young.len() >= LEAST_ROWS && old.len() >= LEAST_ROWS && share(old) >= CLEAR && share(young) <= 1.0 - CLEAN;
    let age = match (young.last(), old.first()) {
        (Some(last), Some(first)) if clear => f64::midpoint(last.age, first.age),
        _ => return None,
    };
    Some((Relation::Expired { age }, missing(old) as u64))
}
