//! p-values of many tests, adjusted so that the false ones among those called are few.

use super::real;

/// The adjusted p-value (q-value) of each p-value, in their order: the least share of false calls, over all tests, at which
/// it is called.
///
/// Every q-value is at least its p-value and at most 1, and rises with it. Formula: Benjamini & Hochberg (1995),
/// Controlling the false discovery rate: qᵢ = min over pⱼ ≥ pᵢ of pⱼ·m ÷ rank of pⱼ.
#[must_use]
pub fn adjusted(p_values: &[f64]) -> Vec<f64> {
    let mut places: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    places.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let tests = real(p_values.len() as u64);
    let mut least = 1.0_f64;
    for (rank, (_, p)) in (1..=p_values.len() as u64).rev().zip(&mut places) {
        least = least.min(*p * tests / real(rank));
        *p = least.max(*p);
    }
    places.sort_unstable_by_key(|(place, _)| *place);
    places.into_iter().map(|(_, q)| q).collect()
}
