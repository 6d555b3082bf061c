//! Quantiles of lags that were counted in buckets.

use std::time::Duration;

use crate::model::lag::LagHistogram;
use crate::stats::real;

/// Median, 95th and 99th percentile, in seconds; `None` of no lag. Within a bucket lags are taken as spread evenly on a
/// logarithmic scale; what lies beyond the last bound counts as that bound.
pub(super) fn quantiles(lags: &LagHistogram) -> Option<[f64; 3]> {
    let n = lags.n();
    (n > 0).then(|| [0.5, 0.95, 0.99].map(|share| quantile(lags, share * real(n))))
}

/// The lag that `rank` lags do not exceed.
fn quantile(lags: &LagHistogram, rank: f64) -> f64 {
    let mut below = 0.0;
    let mut lower = 0.0;
    for (bound, count) in lags.bounds().iter().map(Duration::as_secs_f64).zip(lags.counts()) {
        let count = real(*count);
        if below + count >= rank && count > 0.0 {
            let part = ((rank - below) / count).clamp(0.0, 1.0);
            return if lower > 0.0 { lower * f64::powf(bound / lower, part) } else { bound * part };
        }
        below += count;
        lower = bound;
    }
    lower
}
