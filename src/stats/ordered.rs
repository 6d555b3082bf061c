//! Doubles as whole numbers of the same order, which sort in half the time.

/// The bit of the sign.
const SIGN: u64 = 1 << 63;

/// A whole number that orders as the values do: −∞ < … < −0.0 = 0.0 < … < ∞ < NaN.
#[must_use]
pub fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The value of a [`key`]; 0.0 for that of −0.0.
#[must_use]
pub const fn value(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

/// The values in ascending order, −0.0 as 0.0.
///
/// Both steps reuse the memory of `values`.
#[must_use]
pub fn sorted(values: Vec<f64>) -> Vec<f64> {
    let mut keys: Vec<u64> = values.into_iter().map(key).collect();
    keys.sort_unstable();
    keys.into_iter().map(value).collect()
}
