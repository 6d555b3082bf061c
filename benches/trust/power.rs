//! What is found: stability where there are values enough, and shifts of a normal variable.

use skewwatch::model::check::DriftStatistic;
use skewwatch::model::measurement::DriftVerdict;
use skewwatch::stats::drift::{DriftLimits, checks, settle};
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::draws::{Shape, mapped, numbers, uniforms};
use super::{Rows, pool};

/// The size needed as a tiny or a full-sized sample is told, then samples of that size.
pub fn without_drift(rows: &mut Rows) {
    for shape in [Shape::Continuous, Shape::FewValues, Shape::Zipf(2), Shape::Zipf(10), Shape::Zipf(100)] {
        for (check, threshold) in [
            (DriftStatistic::Psi, 0.05),
            (DriftStatistic::Psi, 0.1),
            (DriftStatistic::Psi, 0.2),
            (DriftStatistic::Ks, 0.1),
            (DriftStatistic::Missing, 0.02),
            (DriftStatistic::Unseen, 0.01),
            (DriftStatistic::OutOfRange, 0.01),
        ] {
            let limits = DriftLimits::new([(check, threshold)]);
            let nulls = if check == DriftStatistic::Missing { 0.05 } else { 0.0 };
            let needed = |n: u64| {
                let [sum, told] = pool::sums::<2>(50, n, |random| {
                    let found = checks(&shape.pair(random, (n, n), nulls), &limits);
                    let needed = found.get(&check).and_then(|measured| measured.needed_current_n);
                    [needed.unwrap_or(0), u64::from(needed.is_some())]
                });
                (told > 25).then(|| sum / told)
            };
            // More values fill more bins, which need more values still: until it settles.
            let mut n = 50;
            while let Some(more) = needed(n) {
                n = more.max(n + n / 50);
            }
            let repetitions = rows.scaled(2_000);
            let [stable, judged] = pool::sums::<2>(repetitions, n, |random| {
                let mut found = checks(&shape.pair(random, (n, n), nulls), &limits);
                let Some(mut measured) = found.remove(&check) else { return [0, 0] };
                settle([&mut measured]);
                [u64::from(measured.verdict == DriftVerdict::Stable), 1]
            });
            if judged > 0 {
                let what = format!("{}, {} at {threshold}, n = {n}", shape.name(), check.name());
                rows.at_least(&what, (stable, judged), 0.85);
            }
        }
    }
}

/// Calls of the index over deciles for a normal variable that moves.
pub fn shifts(rows: &mut Rows) {
    let law = Normal::standard();
    for n in [1_000_u64, 10_000, 100_000] {
        for shift in [0.05, 0.1, 0.2, 0.3, 0.5, 1.0] {
            let repetitions = rows.scaled(if n > 10_000 { 100 } else { 400 });
            let called = pool::sums::<3>(repetitions, n, |random| {
                let reference = uniforms(random, n);
                let current = mapped(random, n, |share| law.cdf(law.inverse_cdf(share) + shift));
                let pair = numbers(&reference, &current);
                [0.01, 0.1, 0.2].map(|threshold| {
                    let mut found = checks(&pair, &DriftLimits::new([(DriftStatistic::Psi, threshold)]));
                    settle(found.values_mut());
                    u64::from(found[&DriftStatistic::Psi].verdict == DriftVerdict::Drifted)
                })
            });
            let index: f64 = (0..10)
                .map(|bin| {
                    let edge =
                        |at: u32| if at == 10 { 1.0 } else { law.cdf(law.inverse_cdf(f64::from(at) / 10.0) - shift) };
                    let q: f64 = edge(bin + 1) - if bin == 0 { 0.0 } else { edge(bin) };
                    (q - 0.1) * (q / 0.1).ln()
                })
                .sum();
            let what = format!("{n} rows a side, {shift} σ, index {index:.3}");
            rows.tell(&what, &called, repetitions as u64);
        }
    }
}
