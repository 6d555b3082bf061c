//! What is called although nothing drifted.

use rand::RngExt as _;
use skewwatch::model::check::DriftStatistic;
use skewwatch::stats::drift::{DriftLimits, EntityGroups, checks, settle};
use skewwatch::stats::multinomial;

use super::draws::{SHAPES, all_keys};
use super::{Rows, SIZES, pool};

const CHECKS: [DriftStatistic; 5] = [
    DriftStatistic::Psi,
    DriftStatistic::Ks,
    DriftStatistic::Missing,
    DriftStatistic::Unseen,
    DriftStatistic::OutOfRange,
];

fn none() -> DriftLimits {
    DriftLimits::new(CHECKS.map(|check| (check, 0.0)))
}

/// Columns of every shape and size: the smallest p-values of each check.
pub fn sizes(rows: &mut Rows) {
    let limits = none();
    // Per check: draws and p-values below .05 and .001 of p_equal, below .05, .001 and .0001 of p_value at threshold 0.
    let mut pooled = [[0_u64; 6]; CHECKS.len()];
    for shape in SHAPES {
        let mut of_shape = [[0_u64; 6]; CHECKS.len()];
        let mut worst = [(0.0, (0, 0), String::new()), (0.0, (0, 0), String::new())];
        for n in SIZES {
            for m in SIZES {
                let slow = shape.is_slow() && n.max(m) > 10_000;
                let repetitions = rows.scaled(if slow { 1_000 } else { 10_000 });
                let sums = pool::sums::<30>(repetitions, n * 31 + m, |random| {
                    let nulls = [0.0, 0.002, 0.02, 0.2][random.random_range(0..4)];
                    let pair = shape.pair(random, (n, m), nulls);
                    let found = checks(&pair, &limits);
                    let mut counts = [0; 30];
                    for (check, counts) in CHECKS.iter().zip(counts.chunks_mut(6)) {
                        let Some(measured) = found.get(check) else { continue };
                        let Some(equal) = measured.p_equal else { continue };
                        let p = measured.p_value.unwrap_or(1.0);
                        let below = [true, equal < 0.05, equal < 0.001, p < 0.05, p < 0.001, p < 0.0001];
                        counts.copy_from_slice(&below.map(u64::from));
                    }
                    counts
                });
                for (check, found) in sums.chunks(6).enumerate() {
                    of_shape[check].iter_mut().zip(found).for_each(|(sum, add)| *sum += add);
                    for (level, worst) in worst.iter_mut().enumerate() {
                        let share = found[level + 1] as f64 / found[0].max(1) as f64;
                        if share > worst.0 {
                            *worst =
                                (share, (found[level + 1], found[0]), format!("{} at {n} × {m}", CHECKS[check].name()));
                        }
                    }
                }
            }
        }
        let distribution = of_shape[0];
        rows.at_most(&format!("{}: p_equal < .05", shape.name()), (distribution[1], distribution[0]), 0.06);
        rows.at_most(&format!("{}: p_equal < .001", shape.name()), (distribution[2], distribution[0]), 0.002);
        for (level, (_, (hits, draws), place)) in [".05", ".001"].iter().zip(worst) {
            rows.tell(&format!("{}: most p_equal < {level}: {place}", shape.name()), &[hits], draws);
        }
        pooled.iter_mut().flatten().zip(of_shape.iter().flatten()).for_each(|(sum, add)| *sum += add);
    }
    for (check, sums) in CHECKS.iter().zip(pooled) {
        rows.at_most(&format!("{}: p_equal < .05", check.name()), (sums[1], sums[0]), 0.06);
        rows.at_most(&format!("{}: p_equal < .001", check.name()), (sums[2], sums[0]), 0.002);
        rows.tell(&format!("{}: p_value at limit 0 below .05, .001, .0001", check.name()), &sums[3..], sums[0]);
    }
}

/// Entities of five rows with the same key each, whose rows count for one: with and without knowing so.
pub fn entities(rows: &mut Rows) {
    let limits = none();
    let weights: Vec<f64> = (1..=10).map(|rank| 1.0 / f64::from(rank)).collect();
    for entities in [400, 10_000] {
        let repetitions = rows.scaled(10_000);
        let found = pool::sums::<4>(repetitions, entities, |random| {
            let mut side = || -> Vec<Vec<u64>> {
                let held = multinomial::draw(random, entities, &[1.0; 32]);
                let group =
                    |held: u64| multinomial::draw(random, held, &weights).iter().map(|count| count * 5).collect();
                held.into_iter().map(group).collect()
            };
            let (reference, current) = (side(), side());
            let mut pair = all_keys(&reference, &current);
            let alone = checks(&pair, &limits)[&DriftStatistic::Psi].p_equal.unwrap_or(1.0);
            if let Some(distances) = &mut pair.distances {
                distances.entity_groups = Some(EntityGroups { reference, current });
            }
            let grouped = checks(&pair, &limits)[&DriftStatistic::Psi].p_equal.unwrap_or(1.0);
            [grouped < 0.05, grouped < 0.001, alone < 0.05, alone < 0.001].map(u64::from)
        });
        let draws = repetitions as u64;
        rows.at_most(&format!("{entities} entities of 5 rows, grouped: p_equal < .05"), (found[0], draws), 0.06);
        rows.at_most(&format!("{entities} entities of 5 rows, grouped: p_equal < .001"), (found[1], draws), 0.002);
        rows.tell(&format!("{entities} entities of 5 rows, not grouped: below .05, .001"), &found[2..], draws);
    }
}

/// Runs of many columns of every shape, size and rate of nulls.
pub fn runs(rows: &mut Rows) {
    let limits = none();
    let repetitions = rows.scaled(200);
    let [called, falsely] = pool::sums::<2>(repetitions, 77, |random| {
        let mut measured: Vec<_> = (0..1_000)
            .flat_map(|_| {
                let shape = SHAPES[random.random_range(0..SHAPES.len())];
                let mut size = || SIZES[random.random_range(0..SIZES.len())];
                let (mut n, mut m) = (size(), size());
                // Sorting large columns takes most of the time: one in ten of them is drawn.
                if shape.is_slow() && n.max(m) > 10_000 && random.random_range(0..10) > 0 {
                    (n, m) = (n.min(1_000), m.min(1_000));
                }
                let nulls = [0.0, 0.002, 0.02, 0.2][random.random_range(0..4)];
                checks(&shape.pair(random, (n, m), nulls), &limits).into_values()
            })
            .collect();
        settle(&mut measured);
        let false_calls = measured.iter().filter(|measured| measured.q_value.is_some_and(|q| q < 0.05)).count();
        [u64::from(false_calls > 0), false_calls as u64]
    });
    rows.at_most("runs with any q < .05", (called, repetitions as u64), 18.0 / 200.0);
    rows.tell("calls a run", &[falsely], repetitions as u64);
}
