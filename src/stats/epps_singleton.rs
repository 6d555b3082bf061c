//! Epps & Singleton's test: whether two samples have the same characteristic function at two points.
//!
//! It sees differences of shape that the distance of distribution functions is blind to, and needs no continuous values.
//! The result depends on rounding where a side is constant; sums are then taken in the order of numpy, so that the figures
//! are those of SciPy.

use std::array::from_fn;

use super::real;
use super::sample::Cleaned;
use super::{law, quantile};

/// The points, in units of the half interquartile range of both samples.
const POINTS: [f64; 2] = [0.4, 0.8];

/// Fewest values of a side.
const FEWEST: usize = 5;

/// Directions whose variance is smaller than this part of the largest do not count.
const NEGLIGIBLE: f64 = 1e-15;

/// With fewer values on both sides the statistic is corrected for small samples.
const SMALL: f64 = 25.0;

const SIZE: usize = 2 * POINTS.len();

type Matrix = [[f64; SIZE]; SIZE];

/// The test's result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EppsSingleton {
    /// W₂, at least 0.
    pub statistic: f64,
    /// Probability of a statistic at least this large without a difference.
    pub p: f64,
}

/// Tests two samples; `None` with fewer than five values on a side, or when half of all values are the same.
///
/// Formula: Epps & Singleton (1986), An omnibus test for the two-sample problem using the empirical characteristic function.
#[must_use]
pub fn of(reference: &Cleaned, current: &Cleaned) -> Option<EppsSingleton> {
    let (ours, theirs) = (reference.values(), current.values());
    if ours.len().min(theirs.len()) < FEWEST {
        return None;
    }
    let mut pooled = [ours, theirs].concat();
    // Two sorted runs: the stable sort merges them in one pass.
    pooled.sort_by(f64::total_cmp);
    let spread = (quantile::of_sorted(&pooled, 0.75)? - quantile::of_sorted(&pooled, 0.25)?) / 2.0;
    if !(spread > 0.0 && spread.is_finite()) {
        return None;
    }
    let (n, m) = (real(ours.len() as u64), real(theirs.len() as u64));
    let (left, right) = (Side::of(ours, spread), Side::of(theirs, spread));
    let apart: [f64; SIZE] = from_fn(|i| cell(&left.means, i) - cell(&right.means, i));
    let covariance = from_fn(|i| {
        from_fn(|j| (n + m) / n * entry(&left.covariance, i, j) + (n + m) / m * entry(&right.covariance, i, j))
    });
    let (form, rank) = quadratic_form(covariance, &apart);
    let correction =
        if n.max(m) < SMALL { 1.0 / (1.0 + (n + m).powf(-0.45) + 10.1 * (n.powf(-1.7) + m.powf(-1.7))) } else { 1.0 };
    let statistic = (n + m) * form * correction;
    Some(EppsSingleton { statistic, p: law::chi_squared_tail(statistic, real(rank)) })
}

/// Means and covariance of the cosines and sines of one sample.
struct Side {
    means: [f64; SIZE],
    covariance: Matrix,
}

impl Side {
    fn of(values: &[f64], spread: f64) -> Self {
        let n = real(values.len() as u64);
        let [near, far] = POINTS.map(|point| point / spread);
        let waves: [Vec<f64>; SIZE] = [
            values.iter().map(|value| (near * value).cos()).collect(),
            values.iter().map(|value| (far * value).cos()).collect(),
            values.iter().map(|value| (near * value).sin()).collect(),
            values.iter().map(|value| (far * value).sin()).collect(),
        ];
        let means = from_fn(|i| waves.get(i).map_or(0.0, |wave| pairwise(wave) / n));
        let deviations: [Vec<f64>; SIZE] = from_fn(|i| {
            let mean = cell(&means, i);
            waves.get(i).map_or_else(Vec::new, |wave| wave.iter().map(|value| value - mean).collect())
        });
        let product = |i: usize, j: usize| match (deviations.get(i), deviations.get(j)) {
            (Some(a), Some(b)) => a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n,
            (None, _) | (_, None) => 0.0,
        };
        Self { means, covariance: from_fn(|i| from_fn(|j| product(i, j))) }
    }
}

/// The sum of values, in halves down to runs of 128 with eight sums side by side, as numpy takes it.
fn pairwise(values: &[f64]) -> f64 {
    if values.len() > 128 {
        let half = values.len() / 2;
        let (left, right) = values.split_at(half - half % 8);
        return pairwise(left) + pairwise(right);
    }
    let (eights, rest) = values.as_chunks::<8>();
    let Some((first, others)) = eights.split_first() else { return rest.iter().sum() };
    let mut sums = *first;
    for eight in others {
        sums.iter_mut().zip(eight).for_each(|(sum, value)| *sum += value);
    }
    let [a, b, c, d, e, f, g, h] = sums;
    rest.iter().fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, value| sum + value)
}

/// vᵀ·A⁺·v for the pseudo-inverse of a covariance matrix, and the matrix's rank.
fn quadratic_form(matrix: Matrix, vector: &[f64; SIZE]) -> (f64, u64) {
    let (values, directions) = eigen(matrix);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let kept = values.iter().zip(&directions).filter(|(value, _)| **value > NEGLIGIBLE * largest);
    kept.fold((0.0, 0), |(form, rank), (value, direction)| {
        let along: f64 = direction.iter().zip(vector).map(|(a, b)| a * b).sum();
        (form + along * along / value, rank + 1)
    })
}

/// Eigenvalues and eigenvectors (one a row) of a symmetric matrix, by Jacobi's rotations.
fn eigen(mut matrix: Matrix) -> ([f64; SIZE], Matrix) {
    /// Rotations converge quadratically; a 4 × 4 matrix takes five or six sweeps.
    const SWEEPS: usize = 30;
    let mut directions: Matrix = from_fn(|i| from_fn(|j| if i == j { 1.0 } else { 0.0 }));
    for _ in 0..SWEEPS {
        for p in 0..SIZE {
            for q in p + 1..SIZE {
                let (pp, qq, pq) = (entry(&matrix, p, p), entry(&matrix, q, q), entry(&matrix, p, q));
                if pq == 0.0 {
                    continue;
                }
                let theta = (qq - pp) / (2.0 * pq);
                let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let cosine = 1.0 / tangent.hypot(1.0);
                let sine = tangent * cosine;
                // A := JᵀAJ with the rotation J of the plane (p, q); the rows of the directions turn alike.
                let turned: Matrix = turn(&transposed(&turn(&matrix, (p, q), (cosine, sine))), (p, q), (cosine, sine));
                matrix = turned;
                directions = turn(&directions, (p, q), (cosine, sine));
            }
        }
    }
    (from_fn(|i| entry(&matrix, i, i)), directions)
}

/// The rows p and q turned into each other.
fn turn(matrix: &Matrix, (p, q): (usize, usize), (cosine, sine): (f64, f64)) -> Matrix {
    from_fn(|i| {
        from_fn(|j| {
            if i == p {
                cosine * entry(matrix, p, j) - sine * entry(matrix, q, j)
            } else if i == q {
                sine * entry(matrix, p, j) + cosine * entry(matrix, q, j)
            } else {
                entry(matrix, i, j)
            }
        })
    })
}

fn transposed(matrix: &Matrix) -> Matrix {
    from_fn(|i| from_fn(|j| entry(matrix, j, i)))
}

fn entry(matrix: &Matrix, row: usize, column: usize) -> f64 {
    matrix.get(row).map_or(0.0, |row| cell(row, column))
}

fn cell(row: &[f64; SIZE], place: usize) -> f64 {
    row.get(place).copied().unwrap_or(0.0)
}
