//! Whether one share exceeds another by more than a margin: a test that holds its level however few the counts are.
//!
//! The exact limits that Clopper and Pearson give for each share are Beta laws: the least that the current share can be is
//! Beta(x, m − x + 1), the most that the reference's can be is Beta(r + 1, n − r). Fay, Proschan & Brittain (2015, Combining
//! one-sample confidence procedures for inference in the two-sample case) meld them: the p-value is the probability that
//! a draw of the first lies no more than the margin above a draw of the second. At margin 0 that is Fisher's exact test, one
//! side of it.

use std::f64::consts::FRAC_PI_2;

use super::interval::Share;
use super::mass::ln_binomial;

/// Nodes and weights of Gauss and Legendre's rule with eight points, of which one half is held.
const RULE: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

/// Standard deviations on each side of the mean that the integral reaches: where nearly all rows hit, a law falls off as slowly
/// as an exponential one.
const REACH: f64 = 16.0;

/// How many pieces the integral is cut into: 4/3 standard deviations each. The product of two laws of the same width is
/// narrower by √2, and eight points over two standard deviations of it give nine digits, over three of them seven.
const PIECES: u32 = 24;

/// Probability of a current share that exceeds the reference's by at least as much as seen, if the true ones differ by no
/// more than `margin`, which may be below 0; from 0 to 1.
///
/// 1 where less than one row speaks for a difference.
#[must_use]
pub fn p_not_above(reference: Share, current: Share, margin: f64) -> f64 {
    if current.part() < 1.0 || reference.whole() - reference.part() < 1.0 {
        return 1.0;
    }
    let least = Beta { a: current.part(), b: current.whole() - current.part() + 1.0 };
    let most = Beta { a: reference.part() + 1.0, b: reference.whole() - reference.part() };
    // The narrower law is the density: the distribution function of the wider one is smooth beside it.
    let p = if least.spread() < most.spread() {
        least.mean_of(|share| most.above(share - margin))
    } else {
        most.mean_of(|share| least.below(share + margin))
    };
    p.clamp(0.0, 1.0)
}

/// A Beta law with both parameters at least 1.
#[derive(Clone, Copy)]
struct Beta {
    a: f64,
    b: f64,
}

impl Beta {
    fn spread(self) -> f64 {
        let n = self.a + self.b;
        self.a / n * (self.b / n) / (n + 1.0)
    }

    fn density(self, share: f64) -> f64 {
        (self.a + self.b - 1.0) * ln_binomial(self.a - 1.0, self.a + self.b - 2.0, share).exp()
    }

    /// The mean of a function of a draw, over the angle whose squared sine the draw is: over it, every Beta law is about
    /// as wide as any other of its size.
    fn mean_of(self, function: impl Fn(f64) -> f64) -> f64 {
        let n = self.a + self.b;
        let centre = (self.a / n).sqrt().asin();
        let reach = REACH / (2.0 * n.sqrt());
        let (low, high) = ((centre - reach).max(0.0), (centre + reach).min(FRAC_PI_2));
        let half = (high - low) / f64::from(2 * PIECES);
        let at = |angle: f64| {
            let share = angle.sin().powi(2);
            self.density(share) * (2.0 * angle).sin() * function(share)
        };
        let pieces = (0..PIECES).map(|piece| {
            let middle = low + half * f64::from(2 * piece + 1);
            RULE.iter()
                .map(|(node, weight)| weight * (at(middle - half * node) + at(middle + half * node)))
                .sum::<f64>()
        });
        half * pieces.sum::<f64>()
    }

    fn below(self, share: f64) -> f64 {
        if share <= 0.0 {
            0.0
        } else if share >= 1.0 {
            1.0
        } else if share <= (self.a + 1.0) / (self.a + self.b + 2.0) {
            tail(self, share)
        } else {
            1.0 - tail(Self { a: self.b, b: self.a }, 1.0 - share)
        }
    }

    fn above(self, share: f64) -> f64 {
        Self { a: self.b, b: self.a }.below(1.0 - share)
    }
}

/// The distribution function of a Beta law up to a little above its mean, by Lentz's evaluation of the continued fraction.
///
/// Formula: Press et al. (2007), Numerical recipes, section 6.4. The number of steps grows with the root of the
/// parameters.
fn tail(law: Beta, x: f64) -> f64 {
    let (a, b) = (law.a, law.b);
    let least = |value: f64| if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / least(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..=1_000_000_u32 {
        let m = f64::from(step);
        let before = fraction;
        for term in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / least(1.0 + term * d);
            c = least(1.0 + term / c);
            fraction *= c * d;
        }
        if (fraction - before).abs() <= fraction.abs() * 1e-15 {
            break;
        }
    }
    (ln_binomial(a, a + b, x).exp() * (b / (a + b)) * fraction).min(1.0)
}
