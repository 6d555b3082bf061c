//! Rows that are gone past an age, among some that are gone for no reason.

use rand::RngExt as _;
use skewwatch::measure::cause::{LEAST_MISMATCHES, Presence, RowPresence, expiry};
use skewwatch::model::cause::Relation;

use super::shapes::{normal, seeded};
use super::table::{Extent, Row};

/// Counts one instance per severity; where all would be gone there is no step, so a twentieth stays.
pub fn count(row: &mut Row, (seed, extent): (u64, &Extent<'_>)) {
    for (place, severity) in extent.severities.iter().enumerate() {
        let severity = severity.min(0.95);
        let mut generator = seeded(seed ^ 0x77);
        let mut ages: Vec<f64> =
            (0..extent.entities).map(|_| 3600.0 * normal(&mut generator).mul_add(0.9, 2.5).exp()).collect();
        ages.sort_unstable_by(f64::total_cmp);
        let step = ages[((1.0 - severity) * ages.len() as f64) as usize];
        let lost = if seed % 2 == 0 { 0.0 } else { 0.004 };
        let rows: Vec<RowPresence> = ages
            .iter()
            .map(|age| {
                let gone = *age >= step || generator.random::<f64>() < lost;
                RowPresence { age: *age, presence: if gone { Presence::Missing } else { Presence::Served } }
            })
            .collect();
        if rows.iter().filter(|row| row.presence == Presence::Missing).count() < LEAST_MISMATCHES {
            row.too_few += 1;
            continue;
        }
        row.counts[place].1 += 1;
        match expiry(&rows) {
            Some((Relation::Expired { age }, _)) if (age - step).abs() <= 0.05 * step => row.counts[place].0 += 1,
            other => row.wrong.push(format!("seed {seed}, {severity}: {other:?}, {step}")),
        }
    }
}
