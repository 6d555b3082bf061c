//! The exact law of the one-sample Kolmogorov–Smirnov distance, which SciPy takes for two large samples too.
//!
//! The methods are chosen as Simard & L'Ecuyer (2011), Computing the two-sided Kolmogorov–Smirnov distribution, advise and
//! SciPy does, so that the results agree where the methods themselves differ.

use std::f64::consts::PI;

use crate::stats::real;

/// Above this many values the tail is that of Maag & Dicaire's formula.
const LARGEST_SUMMED: u64 = 1_000_000;

/// The probability that the distance of `n` values from their own continuous distribution is at least `distance`.
#[must_use]
pub fn survival(n: u64, distance: f64) -> f64 {
    let size = real(n);
    let steps = size * distance;
    if steps <= 0.5 || n == 0 {
        return 1.0;
    }
    if distance >= 1.0 {
        return 0.0;
    }
    let squared = steps * distance;
    let probability = if steps <= 1.0 {
        1.0 - within_one_step(n, 2.0 * steps - 1.0)
    } else if steps >= size - 1.0 {
        2.0 * (size * (-distance).ln_1p()).exp()
    } else if n > 140 && squared >= 370.0 {
        0.0
    } else if distance >= 0.5 || squared > if n <= 140 { 4.0 } else { 2.2 } {
        2.0 * one_sided(n, distance)
    } else if n <= 140 || (n <= 100_000 && steps * distance.sqrt() <= 1.4) {
        1.0 - durbin(n, steps)
    } else {
        1.0 - pelz_good(size, distance)
    };
    probability.clamp(0.0, 1.0)
}

/// n! · (width ÷ n)ⁿ: every value must lie in a stretch of its own (Ruben & Gambino 1982).
fn within_one_step(n: u64, width: f64) -> f64 {
    // Beyond 140 values this is less than 10⁻⁵⁹.
    if n > 140 { 0.0 } else { (1..=n).map(|i| real(i) / real(n) * width).product() }
}

/// The probability that the one-sided distance is at least `distance`.
///
/// Smirnov's sum Σ C(n, j)·d·(d + j/n)^(j−1)·(1 − d − j/n)^(n−j) over 0 ≤ j ≤ n(1 − d), each term by Stirling's formula
/// with its error (Loader 2000, Fast and accurate computation of binomial probabilities), so that no large logarithms are
/// subtracted.
fn one_sided(n: u64, distance: f64) -> f64 {
    let size = real(n);
    if n > LARGEST_SUMMED {
        return (-(6.0 * size * distance + 1.0).powi(2) / (18.0 * size)).exp();
    }
    let steps = size * distance;
    let whole = stirling_error(n);
    let mut total = (size * (-distance).ln_1p()).exp();
    for j in 1..n {
        let (below, above) = (real(j), real(n - j));
        if above <= steps {
            break;
        }
        let exponent = below * (steps / below).ln_1p() + above * (-steps / above).ln_1p() + whole
            - stirling_error(j)
            - stirling_error(n - j);
        total += (size / (2.0 * PI * below * above)).sqrt() * exponent.exp() * steps / (steps + below);
    }
    total
}

/// ln n! − ½·ln(2πn) − n·ln n + n.
fn stirling_error(n: u64) -> f64 {
    let size = real(n);
    if n < 16 {
        let factorial: f64 = (1..=n).map(real).product();
        return factorial.ln() - 0.5 * (2.0 * PI * size).ln() - size * size.ln() + size;
    }
    let inverse = 1.0 / (size * size);
    (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / size
}

/// The distribution function at `steps` ÷ n as a power of Durbin's matrix.
///
/// Marsaglia, Tsang & Wang (2003), Evaluating Kolmogorov's distribution.
fn durbin(n: u64, steps: f64) -> f64 {
    let above = steps.ceil();
    let h = above - steps;
    let mut width = 1;
    while f64::from(width) < 2.0 * above - 1.0 {
        width += 1;
    }
    let mut factor = Scaled { rows: durbin_matrix(width, h), exponent: 0 };
    let size = factor.rows.len();
    let identity = (0..size).map(|row| (0..size).map(|column| f64::from(u8::from(row == column))).collect()).collect();
    let mut power = Scaled { rows: identity, exponent: 0 };
    let mut left = n;
    while left > 0 {
        if left % 2 == 1 {
            power = power.times(&factor);
        }
        factor = factor.times(&factor);
        left /= 2;
    }
    let mut probability = power.middle();
    let mut exponent = power.exponent;
    for i in 1..=n {
        probability *= real(i) / real(n);
        if probability < 2.0_f64.powi(-128) {
            probability *= 2.0_f64.powi(128);
            exponent -= 128;
        }
    }
    probability * 2.0_f64.powi(exponent)
}

fn durbin_matrix(width: i32, h: f64) -> Vec<Vec<f64>> {
    let mut inverse_factorials = vec![1.0];
    for i in 1..=width {
        inverse_factorials.extend(inverse_factorials.last().map(|last| last / f64::from(i)));
    }
    let inverse_factorial =
        |i: i32| usize::try_from(i).ok().and_then(|i| inverse_factorials.get(i)).copied().unwrap_or(0.0);
    let cell = |row: i32, column: i32| {
        let corner = 1.0 - 2.0 * h.powi(width) + (2.0 * h - 1.0).max(0.0).powi(width);
        match (column == 0, row == width - 1) {
            (true, true) => corner * inverse_factorial(width),
            (true, false) => (1.0 - h.powi(row + 1)) * inverse_factorial(row + 1),
            (false, true) => (1.0 - h.powi(width - column)) * inverse_factorial(width - column),
            (false, false) => inverse_factorial(row - column + 1),
        }
    };
    (0..width).map(|row| (0..width).map(|column| cell(row, column)).collect()).collect()
}

/// A square matrix times a power of 2.
struct Scaled {
    rows: Vec<Vec<f64>>,
    exponent: i32,
}

impl Scaled {
    fn times(&self, other: &Self) -> Self {
        let product = |row: &Vec<f64>| {
            let mut sums = vec![0.0; row.len()];
            for (factor, others_row) in row.iter().zip(&other.rows).filter(|(factor, _)| **factor != 0.0) {
                for (sum, value) in sums.iter_mut().zip(others_row) {
                    *sum += factor * value;
                }
            }
            sums
        };
        let mut result =
            Self { rows: self.rows.iter().map(product).collect(), exponent: self.exponent + other.exponent };
        if result.middle() > 2.0_f64.powi(128) {
            result.rows.iter_mut().flatten().for_each(|value| *value *= 2.0_f64.powi(-128));
            result.exponent += 128;
        }
        result
    }

    fn middle(&self) -> f64 {
        let middle = self.rows.len() / 2;
        self.rows.get(middle).and_then(|row| row.get(middle)).copied().unwrap_or(0.0)
    }
}

/// The distribution function by its expansion in powers of 1/√n.
///
/// Pelz & Good (1976), Approximating the lower tail-areas of the Kolmogorov–Smirnov one-sample statistic.
fn pelz_good(n: f64, distance: f64) -> f64 {
    let z = n.sqrt() * distance;
    let (z2, z4, z6) = (z.powi(2), z.powi(4), z.powi(6));
    let (pi2, pi4, pi6) = (PI.powi(2), PI.powi(4), PI.powi(6));
    let mut sums = [0.0; 4];
    // Twenty terms reach below the smallest double for every z up to 2, more than is asked for.
    for k in 0..20_u32 {
        let odd = f64::from(2 * k + 1);
        let (m2, m4, m6) = (odd.powi(2), odd.powi(4), odd.powi(6));
        let weight = (-pi2 * m2 / (8.0 * z2)).exp();
        let terms = [
            1.0,
            pi2 / 4.0 * m2 - z2,
            6.0 * z6 + 2.0 * z4 + (2.0 * z4 - 5.0 * z2) * pi2 / 4.0 * m2 + pi4 * (1.0 - 2.0 * z2) / 16.0 * m4,
            -30.0 * z6 - 90.0 * z.powi(8)
                + pi2 * (135.0 * z4 - 96.0 * z6) / 4.0 * m2
                + pi4 * (212.0 * z4 - 60.0 * z2) / 16.0 * m4
                + pi6 * (5.0 - 30.0 * z2) / 64.0 * m6,
        ];
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += weight * term);
    }
    let (mut even_second, mut even_third) = (0.0, 0.0);
    for k in 1..=20_u32 {
        let k2 = f64::from(k).powi(2);
        let weight = (-pi2 * k2 / (2.0 * z2)).exp();
        even_second += k2 * weight;
        even_third += (3.0 * z2 - pi2 * k2) * k2 * weight;
    }
    let [first, second, third, fourth] = sums;
    let root = (2.0 * PI).sqrt();
    root * (first / z
        + second / (6.0 * z4) / n.sqrt()
        + (third / (72.0 * z.powi(7)) - pi2 * even_second / (36.0 * z.powi(3))) / n
        + (fourth / (6480.0 * z.powi(10)) + pi2 * even_third / (216.0 * z6)) / n.powf(1.5))
}
