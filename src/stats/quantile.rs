//! Exact quantiles of a sorted sample.

use super::real;

/// Where a quantile lies between two neighbours in ascending order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Position of the lower neighbour, from 0; the upper one is the next, where there is one.
    pub below: u64,
    /// How far the quantile lies on the way to the upper neighbour, from 0 up to 1.
    way: f64,
}

impl Place {
    /// The place of the quantile `share` (0 to 1) among `n` values; `None` without values or for a share outside 0 to 1.
    ///
    /// Type 7 of Hyndman & Fan (1996), Sample quantiles in statistical packages: linear between the neighbours of
    /// h = (n − 1)·share.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "h lies between 0 and n − 1")]
    pub fn of(n: u64, share: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        let h = real(n.checked_sub(1)?) * share;
        let below = h.floor();
        Some(Self { below: below as u64, way: h - below })
    }

    /// The quantile between its neighbours.
    ///
    /// The interpolation starts from the nearer neighbour, so that it is exact at both ends and never decreases with the
    /// share. Neighbours may lie further apart than a double can say.
    #[must_use]
    pub fn between(self, a: f64, b: f64) -> f64 {
        if (b - a).is_infinite() {
            a * (1.0 - self.way) + b * self.way
        } else if self.way < 0.5 {
            a + (b - a) * self.way
        } else {
            b - (b - a) * (1.0 - self.way)
        }
    }
}

/// The quantile `share` (0 to 1) of values in ascending order; `None` without values or for a share outside 0 to 1.
#[must_use]
pub fn of_sorted(values: &[f64], share: f64) -> Option<f64> {
    let place = Place::of(values.len() as u64, share)?;
    let below = usize::try_from(place.below).ok()?;
    let a = *values.get(below)?;
    Some(place.between(a, values.get(below + 1).copied().unwrap_or(a)))
}
