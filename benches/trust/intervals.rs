//! How often the interval of the index misses the true one.

use skewwatch::model::check::DriftStatistic;
use skewwatch::stats::drift::{DriftLimits, checks};

use super::draws::{keys, tilted};
use super::{Rows, pool};

/// Every number of bins, true index and pair of sizes that fills the bins.
pub fn misses(rows: &mut Rows) {
    let limits = DriftLimits::new([]);
    for bins in [2_usize, 10, 100] {
        for index in [0.0, 0.05, 0.2, 0.5] {
            let mut all = [0_u64; 3];
            let mut worst = [(0.0_f64, String::new()), (0.0_f64, String::new())];
            for n in [50_u64, 1_000, 10_000, 100_000] {
                for m in [50_u64, 1_000, 10_000, 100_000] {
                    let found = pool::sums::<3>(rows.scaled(3_000), n * 13 + m, |random| {
                        let (p, q) = tilted(random, bins, index);
                        let smallest = p.iter().chain(&q).copied().fold(1.0, f64::min);
                        if smallest * (n.min(m) as f64) < 30.0 && bins > 2 {
                            return [0; 3];
                        }
                        let measured = checks(&keys(random, (n, m), (&p, &q)), &limits);
                        let measured = &measured[&DriftStatistic::Psi];
                        let (Some(lower), Some(upper)) = (measured.lower, measured.upper) else { return [0; 3] };
                        [1, u64::from(lower > index), u64::from(upper < index)]
                    });
                    all.iter_mut().zip(found).for_each(|(sum, add)| *sum += add);
                    for (side, worst) in worst.iter_mut().enumerate() {
                        let share = found[side + 1] as f64 / found[0].max(1) as f64;
                        if found[0] >= 200 && share > worst.0 {
                            *worst = (share, format!("{n} × {m}"));
                        }
                    }
                }
            }
            for (side, (share, place)) in ["above", "below"].into_iter().zip(worst) {
                let hits = if side == "above" { all[1] } else { all[2] };
                let most = if place.is_empty() { String::new() } else { format!("; most {share:.4} at {place}") };
                let what = format!("{bins} bins, index {index}: wholly {side}{most}");
                rows.at_most(&what, (hits, all[0]), 0.05);
            }
        }
    }
}
