//! Whether two sides over the same bins can be samples of one distribution: the 2 × K table of their counts.
//!
//! Bins that are empty on both sides do not count. The p-values are those of χ² laws and err where few values are expected
//! in a bin; they must not be used on quantile bins of the same reference, where they reject too often.

use super::bins::PairedCounts;
use super::law;
use super::real;

/// Tests of homogeneity and the strength of association.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contingency {
    /// Pearson's χ², without continuity correction.
    pub chi2: f64,
    /// Bins that are not empty on both sides, less one.
    pub freedom: u64,
    /// Probability of a χ² at least this large without a difference.
    pub chi2_p: f64,
    /// The smallest expected count of a cell; `None` with a single bin.
    pub least_expected: Option<f64>,
    /// The likelihood ratio statistic 2·Σ O·ln(O ÷ E).
    pub g: f64,
    /// Probability of a G at least this large without a difference.
    pub g_p: f64,
    /// Cramér's V, from 0 to 1.
    pub cramers_v: f64,
    /// V without what chance adds to it; `None` for samples too small for the correction.
    ///
    /// Formula: Bergsma (2013), A bias-correction for Cramér's V and Tschuprow's T.
    pub cramers_v_corrected: Option<f64>,
}

/// Tests of the two sides of a table.
#[must_use]
pub fn of(counts: &PairedCounts) -> Contingency {
    let (n, m) = (real(counts.reference_n()), real(counts.current_n()));
    let whole = n + m;
    let columns = || counts.bins().iter().filter(|(reference, current)| reference + current > 0);
    let levels = real(columns().count() as u64);
    if levels < 2.0 {
        return Contingency {
            chi2: 0.0,
            freedom: 0,
            chi2_p: 1.0,
            least_expected: None,
            g: 0.0,
            g_p: 1.0,
            cramers_v: 0.0,
            cramers_v_corrected: Some(0.0),
        };
    }
    let cells = columns().flat_map(|(reference, current)| {
        let column = real(reference + current);
        [(real(*reference), n * column / whole), (real(*current), m * column / whole)]
    });
    let (mut chi2, mut g, mut least) = (0.0, 0.0, f64::INFINITY);
    for (seen, expected) in cells {
        chi2 += (seen - expected).powi(2) / expected;
        g += if seen > 0.0 { 2.0 * seen * (seen / expected).ln() } else { 0.0 };
        least = expected.min(least);
    }
    let freedom = levels - 1.0;
    let squared = chi2 / whole;
    let without_chance = (squared - freedom / (whole - 1.0)).max(0.0);
    let fewer = (freedom - freedom * freedom / (whole - 1.0)).min(1.0 - 1.0 / (whole - 1.0));
    Contingency {
        chi2,
        freedom: columns().count() as u64 - 1,
        chi2_p: law::chi_squared_tail(chi2, freedom),
        least_expected: Some(least),
        g,
        g_p: law::chi_squared_tail(g.max(0.0), freedom),
        cramers_v: squared.sqrt(),
        cramers_v_corrected: (fewer > 0.0).then(|| (without_chance / fewer).sqrt()),
    }
}
