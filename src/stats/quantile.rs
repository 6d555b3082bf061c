//! Exact quantiles of a sorted sample.

/// The quantile `share` (0 to 1) of values in ascending order; `None` without values or for a share outside 0 to 1.
///
/// Type 7 of Hyndman & Fan (1996), Sample quantiles in statistical packages: linear between the neighbours of
/// h = (n − 1)·share. The interpolation starts from the nearer neighbour, so that it is exact at both ends and never
/// decreases with the share.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "h lies between 0 and the number of values, which memory keeps far below 2^53"
)]
pub fn of_sorted(values: &[f64], share: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&share) {
        return None;
    }
    let h = values.len().checked_sub(1)? as f64 * share;
    let below = h.floor();
    let t = h - below;
    let a = *values.get(below as usize)?;
    let b = values.get(below as usize + 1).copied().unwrap_or(a);
    Some(if t < 0.5 { a + (b - a) * t } else { b - (b - a) * (1.0 - t) })
}
