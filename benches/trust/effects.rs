//! What is said where the true effect is known and not 0.

use rand::rngs::StdRng;
use skewwatch::model::check::DriftStatistic;
use skewwatch::model::measurement::{DriftMeasurement, DriftVerdict};
use skewwatch::stats::drift::{DriftLimits, PairDigest, checks, settle};
use skewwatch::stats::multinomial;

use super::draws::{keys, numbers, tilted, uniforms};
use super::{Rows, SIZES, pool};

/// Draws two columns of these sizes with this true effect.
type Draw = dyn Fn(&mut StdRng, (u64, u64), f64) -> PairDigest + Sync;

/// A way to draw two columns whose true effect is known.
struct Truth {
    name: String,
    check: DriftStatistic,
    threshold: f64,
    sizes: Vec<u64>,
    draw: Box<Draw>,
}

impl Truth {
    fn new(
        name: &str,
        check: DriftStatistic,
        threshold: f64,
        draw: impl Fn(&mut StdRng, (u64, u64), f64) -> PairDigest + Sync + 'static,
    ) -> Self {
        Self { name: name.to_owned(), check, threshold, sizes: SIZES.to_vec(), draw: Box::new(draw) }
    }

    fn sizes(self, sizes: &[u64]) -> Self {
        Self { sizes: sizes.to_vec(), ..self }
    }

    fn share_of(
        &self,
        repetitions: usize,
        factor: f64,
        counts: impl Fn(&DriftMeasurement) -> bool + Sync,
    ) -> (u64, u64) {
        let limits = DriftLimits::new([(self.check, self.threshold)]);
        let (mut hits, mut draws) = (0, 0);
        for n in &self.sizes {
            for m in &self.sizes {
                let [hit, judged] = pool::sums::<2>(repetitions, n * 17 + m, |random| {
                    let pair = (self.draw)(random, (*n, *m), self.threshold * factor);
                    let mut found = checks(&pair, &limits);
                    let Some(mut measured) = found.remove(&self.check) else { return [0, 0] };
                    settle([&mut measured]);
                    [u64::from(counts(&measured)), u64::from(measured.lower.is_some())]
                });
                hits += hit;
                draws += judged;
            }
        }
        (hits, draws)
    }
}

fn rated((n, m): (u64, u64), lost: (u64, u64)) -> PairDigest {
    let mut pair = numbers(&[0.0, 1.0], &[0.0, 1.0]);
    (pair.reference.counts.rows, pair.reference.counts.nulls) = (n.max(2) + 2, lost.0);
    (pair.current.counts.rows, pair.current.counts.nulls) = (m.max(2) + 2, lost.1);
    pair
}

fn truths() -> Vec<Truth> {
    let mut truths = Vec::new();
    for bins in [2, 10, 100] {
        for threshold in [0.05, 0.2] {
            truths.push(
                Truth::new(
                    &format!("psi, {bins} keys, {threshold}"),
                    DriftStatistic::Psi,
                    threshold,
                    move |random, sizes, index| {
                        let (p, q) = tilted(random, bins, index);
                        keys(random, sizes, (&p, &q))
                    },
                )
                .sizes(&[50, 1_000, 10_000, 100_000]),
            );
        }
    }
    truths.push(
        Truth::new("psi, deciles, 0.1", DriftStatistic::Psi, 0.1, |random, (n, m), index| {
            // Steps of equal width over the unit interval, tilted: the deciles of the reference are the bins.
            let shares = steps(index);
            let reference = uniforms(random, n);
            numbers(&reference, &stepped(random, m, &shares))
        })
        .sizes(&[1_000, 10_000]),
    );
    truths.push(
        Truth::new("ks, continuous, 0.1", DriftStatistic::Ks, 0.1, |random, (n, m), gap| {
            let reference = uniforms(random, n);
            let current: Vec<f64> = uniforms(random, m).into_iter().map(|value| value + gap).collect();
            numbers(&reference, &current)
        })
        .sizes(&[50, 1_000, 10_000]),
    );
    for rate in [0.0, 0.01, 0.1, 0.5] {
        truths.push(Truth::new(
            &format!("missing, {rate}, 0.02"),
            DriftStatistic::Missing,
            0.02,
            move |random, (n, m), move_by| {
                let lost = (multinomial::binomial(random, n, rate), multinomial::binomial(random, m, rate + move_by));
                rated((n, m), lost)
            },
        ));
    }
    for levels in [10, 1000] {
        truths.push(Truth::new(
            &format!("unseen, zipf {levels}, 0.01"),
            DriftStatistic::Unseen,
            0.01,
            move |random, (n, m), share| {
                let ours: Vec<f64> = (1..=levels).map(|rank| 1.0 / f64::from(rank)).chain([0.0]).collect();
                let whole: f64 = ours.iter().sum();
                let mut theirs: Vec<f64> = ours.iter().map(|weight| weight / whole * (1.0 - share)).collect();
                if let Some(last) = theirs.last_mut() {
                    *last = share;
                }
                keys(random, (n, m), (&ours, &theirs))
            },
        ));
    }
    truths.push(
        Truth::new("out of range, 0.01", DriftStatistic::OutOfRange, 0.01, |random, (n, m), share| {
            let beyond = multinomial::binomial(random, m, share);
            let mut current = uniforms(random, m - beyond);
            current.extend(std::iter::repeat_n(2.0, beyond as usize));
            numbers(&uniforms(random, n), &current)
        })
        .sizes(&[50, 1_000, 10_000]),
    );
    truths
}

/// Shares of ten steps whose index against equal ones is `index`.
fn steps(index: f64) -> Vec<f64> {
    let shares = |tilt: f64| {
        let weights: Vec<f64> = (0..10).map(|step| (tilt * f64::from(step)).exp()).collect();
        let whole: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / whole).collect::<Vec<f64>>()
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let of: f64 = shares(middle).iter().map(|q| (q - 0.1) * (q / 0.1).ln()).sum();
        if of < index { low = middle } else { high = middle }
    }
    shares(low)
}

fn stepped(random: &mut StdRng, m: u64, shares: &[f64]) -> Vec<f64> {
    let counts = multinomial::draw(random, m, shares);
    counts
        .iter()
        .enumerate()
        .flat_map(|(step, count)| uniforms(random, *count).into_iter().map(move |value| (value + step as f64) / 10.0))
        .collect()
}

/// The true effect is the threshold.
pub fn at_threshold(rows: &mut Rows) {
    for truth in truths() {
        let repetitions = rows.scaled(2_000);
        let found = truth.share_of(repetitions, 1.0, |measured| measured.p_value.is_some_and(|p| p < 0.025));
        rows.at_most(&truth.name, found, 0.04);
    }
}

/// The true effect is half as large again.
pub fn beyond(rows: &mut Rows) {
    for truth in truths() {
        let repetitions = rows.scaled(2_000);
        let found = truth.share_of(repetitions, 1.5, |measured| measured.verdict == DriftVerdict::Stable);
        rows.at_most(&truth.name, found, 0.04);
    }
}
