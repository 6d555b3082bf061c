//! Arithmetic on mergeable states: intervals, quantiles, bins, categories and the distances between two samples.
//!
//! States are built value by value or from a whole column, can be merged, and know no store and no clock. Every distance
//! takes its arguments in the order (reference, current), is 0 for equal input and finite whatever bins are empty.
//! `None` means that a figure does not exist, as a distance to a side without values.
//!
//! The *reference* owns the ruler: bin edges are its quantiles, so that the distances of two windows can be compared.

pub mod anderson;
pub mod benjamini_hochberg;
pub mod bins;
pub mod cardinality;
pub mod categories;
pub mod complete;
pub mod contingency;
pub mod cvm;
pub mod divergence;
pub mod drift;
pub mod ecdf;
pub mod epps_singleton;
pub mod evidently;
pub mod interval;
pub mod ks;
pub mod law;
pub mod mann_whitney;
pub mod mass;
pub mod melded;
pub mod mmd;
pub mod moments;
pub mod multinomial;
pub mod noncentral;
pub mod ordered;
pub mod profile;
pub mod psi;
pub mod quantile;
pub mod rates;
pub mod sample;
pub mod smape;
pub mod sum;
pub mod summary;
pub mod t_test;
mod ties;

/// A count as the double that formulas are written in.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) const fn real(count: u64) -> f64 {
    count as f64
}
