//! Whether verdicts can be trusted, in small: `benches/trust` is the whole of it.
//!
//! 100 columns × 50 windows, every one with a reference of its own. The bars are those of the benchmark plus three standard
//! deviations of so many draws.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use skewwatch::model::check::DriftStatistic::{self, Ks, Missing, OutOfRange, Psi, Unseen};
use skewwatch::model::measurement::{DriftMeasurement, DriftVerdict};
use skewwatch::stats::categories::Categories;
use skewwatch::stats::drift::{ColumnKind, DriftLimits, PairDigest, categorical, checks, numeric, settle};
use skewwatch::stats::multinomial;
use skewwatch::stats::sample::Cleaned;

const COLUMNS: usize = 100;
const WINDOWS: usize = 50;
const SIZES: [u64; 4] = [50, 200, 1_000, 2_000];

/// The most hits in `draws` that a share of at most `bar` explains: three standard deviations more than its mean.
fn most(bar: f64, draws: u64) -> u64 {
    let draws = draws as f64;
    (bar * draws + 3.0 * (bar * (1.0 - bar) * draws).sqrt()).ceil() as u64
}

fn numbers(random: &mut StdRng, n: u64, value: impl Fn(&mut StdRng) -> f64) -> Cleaned {
    Cleaned::new((0..n).map(|_| Some(value(random))))
}

fn keys(random: &mut StdRng, n: u64, weights: &[f64]) -> Categories {
    let counts = multinomial::draw(random, n, weights);
    let counts = counts.iter().enumerate().map(|(key, count)| (format!("{key:03}").into(), *count));
    Categories::of_counts(counts.collect::<BTreeMap<Box<str>, u64>>(), 0)
}

fn zipf(levels: u32) -> Vec<f64> {
    (1..=levels).map(|rank| 1.0 / f64::from(rank)).collect()
}

/// Column `column` of a run, both sides from one distribution: continuous, with ties, with zeros, or of 10 to 100 keys.
fn equal(random: &mut StdRng, column: usize) -> PairDigest {
    let (n, m) = (SIZES[random.random_range(0..4)], SIZES[random.random_range(0..4)]);
    let value = |random: &mut StdRng| match column % 5 {
        0 => random.random::<f64>(),
        1 => (random.random::<f64>() * 15.0).floor(),
        _ => (random.random::<f64>() - 0.6).max(0.0),
    };
    let mut pair = match column % 5 {
        0..=2 => numeric(ColumnKind::Numeric, &numbers(random, n, value), &numbers(random, m, value)),
        3 => categorical(&keys(random, n, &zipf(10)), &keys(random, m, &zipf(10))),
        _ => categorical(&keys(random, n, &zipf(100)), &keys(random, m, &zipf(100))),
    };
    for side in [&mut pair.reference.counts, &mut pair.current.counts] {
        side.nulls = multinomial::binomial(random, side.rows, 0.02);
        side.rows += side.nulls;
    }
    pair
}

/// Shares over `bins` bins, and others whose index against them is `index`: tilted evenly.
fn tilted(bins: u32, index: f64) -> (Vec<f64>, Vec<f64>) {
    let p = vec![1.0 / f64::from(bins); bins as usize];
    let tilt = |by: f64| {
        let weights: Vec<f64> = (0..bins).map(|bin| (by * f64::from(bin) / f64::from(bins)).exp()).collect();
        let whole: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / whole).collect::<Vec<f64>>()
    };
    let of = |q: &[f64]| p.iter().zip(q).map(|(p, q)| (q - p) * (q / p).ln()).sum::<f64>();
    let (mut low, mut high) = (0.0, 20.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if of(&tilt(middle)) < index { low = middle } else { high = middle }
    }
    (p.clone(), tilt(low))
}

/// Pairs whose true effect by `statistic` is `effect`, at random sizes.
fn with_effect(random: &mut StdRng, statistic: DriftStatistic, effect: f64) -> PairDigest {
    let (n, m) = (SIZES[random.random_range(0..4)], SIZES[random.random_range(0..4)]);
    match statistic {
        Ks => {
            let reference = numbers(random, n, |random| random.random::<f64>());
            numeric(ColumnKind::Numeric, &reference, &numbers(random, m, |random| random.random::<f64>() + effect))
        }
        Missing => {
            let mut pair = categorical(&keys(random, n, &[1.0]), &keys(random, m, &[1.0]));
            pair.reference.counts.nulls = multinomial::binomial(random, n, 0.03);
            pair.current.counts.nulls = multinomial::binomial(random, m, 0.03 + effect);
            pair
        }
        _ => {
            let (p, q) = tilted(if random.random_bool(0.5) { 2 } else { 10 }, effect);
            categorical(&keys(random, n, &p), &keys(random, m, &q))
        }
    }
}

fn share(
    seed: u64,
    (statistic, threshold, factor): (DriftStatistic, f64, f64),
    hit: impl Fn(&DriftMeasurement) -> bool,
) -> (u64, u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let limits = DriftLimits::new([(statistic, threshold)]);
    let (mut hits, mut draws) = (0, 0);
    for _ in 0..1_000 {
        let pair = with_effect(&mut random, statistic, threshold * factor);
        let mut measured = checks(&pair, &limits).remove(&statistic).unwrap();
        settle([&mut measured]);
        if measured.lower.is_some() {
            hits += u64::from(hit(&measured));
            draws += 1;
        }
    }
    (hits, draws)
}

#[test]
fn equal_distributions_are_hardly_ever_called() {
    let mut random = StdRng::seed_from_u64(20_260);
    let limits = DriftLimits::new([Psi, Ks, Missing, Unseen, OutOfRange].map(|statistic| (statistic, 0.0)));
    let mut below = BTreeMap::<DriftStatistic, [u64; 3]>::new();
    let mut called_windows = 0;
    for _ in 0..WINDOWS {
        let mut run: Vec<(DriftStatistic, DriftMeasurement)> =
            (0..COLUMNS).flat_map(|column| checks(&equal(&mut random, column), &limits)).collect();
        settle(run.iter_mut().map(|(_, measured)| measured));
        called_windows += u64::from(run.iter().any(|(_, measured)| measured.q_value.is_some_and(|q| q < 0.05)));
        for (statistic, measured) in &run {
            let Some(p) = measured.p_equal else { continue };
            let sums = below.entry(*statistic).or_default();
            sums.iter_mut().zip([true, p < 0.05, p < 0.001]).for_each(|(sum, hit)| *sum += u64::from(hit));
        }
    }
    for (statistic, [draws, five_percent, one_permille]) in below {
        assert!(five_percent <= most(0.06, draws), "{statistic:?}: {five_percent} of {draws} below .05");
        assert!(one_permille <= most(0.002, draws), "{statistic:?}: {one_permille} of {draws} below .001");
    }
    assert!(called_windows <= most(0.09, WINDOWS as u64), "{called_windows} of {WINDOWS} windows with a false call");
}

#[test]
fn an_effect_as_large_as_the_limit_has_a_small_p_value_as_rarely_as_said() {
    for (statistic, threshold) in [(Psi, 0.05), (Psi, 0.2), (Ks, 0.1), (Missing, 0.02)] {
        let (hits, draws) =
            share(7, (statistic, threshold, 1.0), |measured| measured.p_value.is_some_and(|p| p < 0.025));
        assert!(hits <= most(0.04, draws), "{statistic:?} at {threshold}: {hits} of {draws}");
    }
}

#[test]
fn half_as_much_again_as_the_limit_is_hardly_ever_stable() {
    for (statistic, threshold) in [(Psi, 0.05), (Psi, 0.2), (Ks, 0.1), (Missing, 0.02)] {
        let (hits, draws) = share(8, (statistic, threshold, 1.5), |measured| measured.verdict == DriftVerdict::Stable);
        assert!(hits <= most(0.04, draws), "{statistic:?} at {threshold}: {hits} of {draws}");
    }
}

#[test]
fn samples_of_the_size_needed_are_stable_without_drift() {
    let mut random = StdRng::seed_from_u64(9);
    let (p, _) = tilted(10, 0.0);
    for threshold in [0.05, 0.1, 0.2] {
        let limits = DriftLimits::new([(Psi, threshold)]);
        let mut of = |n: u64| {
            let pair = categorical(&keys(&mut random, n, &p), &keys(&mut random, n, &p));
            let mut measured = checks(&pair, &limits).remove(&Psi).unwrap();
            settle([&mut measured]);
            measured
        };
        // Six rows a key are not kept: what is needed is told for the keys that would be.
        let needed = (0..10).filter_map(|_| of(60).needed_current_n).max().unwrap();
        let n = (0..3).fold(needed, |n, _| of(n).needed_current_n.unwrap_or(n).max(n));
        let stable = (0..300).filter(|_| of(n).verdict == DriftVerdict::Stable).count();
        assert!(stable >= 255 - 18, "{stable} of 300 at {n} rows against {threshold}");
    }
}
