//! Draws of whole columns whose true distribution is known.

use std::collections::BTreeMap;

use rand::RngExt as _;
use rand::rngs::StdRng;
use skewwatch::stats::categories::Categories;
use skewwatch::stats::drift::{ColumnKind, PairDigest, categorical, numeric};
use skewwatch::stats::multinomial;
use skewwatch::stats::sample::Cleaned;
use statrs::distribution::{ContinuousCDF as _, Normal};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Continuous numbers.
    Continuous,
    /// A normal variable rounded to steps of σ ÷ 8: some 50 values.
    ManyTies,
    /// A normal variable rounded to steps of σ ÷ 2: some 15 values.
    FewValues,
    /// Six zeros in ten, the rest continuous.
    ZeroInflated,
    /// Keys with shares in proportion to 1 ÷ rank.
    Zipf(usize),
}

pub const SHAPES: [Shape; 7] = [
    Shape::Continuous,
    Shape::ManyTies,
    Shape::FewValues,
    Shape::ZeroInflated,
    Shape::Zipf(10),
    Shape::Zipf(100),
    Shape::Zipf(1000),
];

impl Shape {
    pub fn name(self) -> String {
        match self {
            Self::Continuous => "continuous".to_owned(),
            Self::ManyTies => "many ties".to_owned(),
            Self::FewValues => "few values".to_owned(),
            Self::ZeroInflated => "60 % zeros".to_owned(),
            Self::Zipf(levels) => format!("zipf {levels}"),
        }
    }

    /// Whether a draw of many rows takes long.
    pub fn is_slow(self) -> bool {
        matches!(self, Self::Continuous | Self::ZeroInflated)
    }

    /// Two samples of one distribution, with this share of nulls on both sides.
    pub fn pair(self, random: &mut StdRng, (n, m): (u64, u64), nulls: f64) -> PairDigest {
        let (lost, gone) = (multinomial::binomial(random, n, nulls), multinomial::binomial(random, m, nulls));
        let sizes = (n - lost, m - gone);
        let mut pair = match self {
            Self::Continuous => numbers(&uniforms(random, sizes.0), &uniforms(random, sizes.1)),
            Self::ManyTies => {
                let weights = rounded(0.125);
                numbers(&levels(random, sizes.0, &weights), &levels(random, sizes.1, &weights))
            }
            Self::FewValues => {
                let weights = rounded(0.5);
                numbers(&levels(random, sizes.0, &weights), &levels(random, sizes.1, &weights))
            }
            Self::ZeroInflated => numbers(&zero_inflated(random, sizes.0), &zero_inflated(random, sizes.1)),
            Self::Zipf(count) => {
                let weights: Vec<f64> = (1..=count).map(|rank| 1.0 / rank as f64).collect();
                keys(random, sizes, (&weights, &weights))
            }
        };
        for (side, missing) in [(&mut pair.reference, lost), (&mut pair.current, gone)] {
            side.counts.rows += missing;
            side.counts.nulls += missing;
        }
        pair
    }
}

/// Sorted draws of the uniform distribution, as running sums of exponential gaps.
pub fn uniforms(random: &mut StdRng, n: u64) -> Vec<f64> {
    let mut sum = 0.0;
    let mut values: Vec<f64> = (0..n)
        .map(|_| {
            sum -= (1.0 - random.random::<f64>()).ln();
            sum
        })
        .collect();
    sum -= (1.0 - random.random::<f64>()).ln();
    values.iter_mut().for_each(|value| *value /= sum);
    values
}

/// The same pushed through a function that rises.
pub fn mapped(random: &mut StdRng, n: u64, map: impl Fn(f64) -> f64) -> Vec<f64> {
    uniforms(random, n).into_iter().map(map).collect()
}

fn zero_inflated(random: &mut StdRng, n: u64) -> Vec<f64> {
    let zeros = multinomial::binomial(random, n, 0.6);
    let mut values = vec![0.0; zeros as usize];
    values.extend(uniforms(random, n - zeros));
    values
}

/// Weights of a normal variable rounded to steps.
fn rounded(step: f64) -> Vec<f64> {
    let law = Normal::standard();
    let last = (4.0 / step) as i32;
    (-last..=last).map(|at| law.cdf((f64::from(at) + 0.5) * step) - law.cdf((f64::from(at) - 0.5) * step)).collect()
}

/// Sorted draws of the numbers 0, 1, … with these weights.
pub fn levels(random: &mut StdRng, n: u64, weights: &[f64]) -> Vec<f64> {
    let counts = multinomial::draw(random, n, weights);
    counts.iter().enumerate().flat_map(|(level, count)| std::iter::repeat_n(level as f64, *count as usize)).collect()
}

pub fn numbers(reference: &[f64], current: &[f64]) -> PairDigest {
    let cleaned = |values: &[f64]| Cleaned::new(values.iter().copied().map(Some));
    numeric(ColumnKind::Numeric, &cleaned(reference), &cleaned(current))
}

/// Samples of two distributions over the same keys.
pub fn keys(random: &mut StdRng, (n, m): (u64, u64), (ours, theirs): (&[f64], &[f64])) -> PairDigest {
    let reference = counted(&multinomial::draw(random, n, ours));
    let current = counted(&multinomial::draw(random, m, theirs));
    categorical(&reference, &current)
}

/// The keys of all groups together; every group counts the same keys.
pub fn all_keys(reference: &[Vec<u64>], current: &[Vec<u64>]) -> PairDigest {
    let total = |groups: &[Vec<u64>]| -> Vec<u64> {
        let keys = groups.first().map_or(0, Vec::len);
        (0..keys).map(|key| groups.iter().map(|counts| counts[key]).sum()).collect()
    };
    categorical(&counted(&total(reference)), &counted(&total(current)))
}

fn counted(counts: &[u64]) -> Categories {
    let keys: BTreeMap<Box<str>, u64> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(key, count)| (format!("{key:04}").into(), *count))
        .collect();
    Categories::of_counts(keys, 0)
}

/// Shares over `bins` bins that fall to about a third of the first, and others whose index against them is `index`: the
/// first ones tilted along a random direction.
pub fn tilted(random: &mut StdRng, bins: usize, index: f64) -> (Vec<f64>, Vec<f64>) {
    let weights: Vec<f64> = (0..bins).map(|bin| 1.0 / (1.0 + 2.0 * bin as f64 / bins as f64)).collect();
    let p = scaled(&weights);
    let law = Normal::standard();
    let direction: Vec<f64> = loop {
        let drawn: Vec<f64> = p.iter().map(|_| law.inverse_cdf(random.random_range(0.001..0.999))).collect();
        // With two bins both draws may be alike, which no tilt moves far.
        if bins > 2 || (drawn[0] - drawn[1]).abs() > 0.5 {
            break drawn;
        }
    };
    let tilt =
        |by: f64| scaled(&p.iter().zip(&direction).map(|(share, way)| share * (by * way).exp()).collect::<Vec<f64>>());
    let of = |q: &[f64]| p.iter().zip(q).map(|(p, q)| (q - p) * (q / p).ln()).sum::<f64>();
    let (mut low, mut high) = (0.0, 8.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if of(&tilt(middle)) < index { low = middle } else { high = middle }
    }
    let q = tilt(low);
    (p, q)
}

fn scaled(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}
