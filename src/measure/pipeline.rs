//! How long the pipeline takes to write the offline row of an event.

use crate::model::measurement::PipelineLag;
use crate::model::sample::Sample;
use crate::stats::quantile;

/// Measures created − event timestamp of the newest version of each sampled entity; `None` where no version says when
/// it was written.
pub(super) fn measure(sample: &Sample) -> Option<PipelineLag> {
    let mut lags = Vec::new();
    let mut before_event = 0;
    for key in &sample.keys {
        let Some(newest) = sample.history.versions(&key.key).newest() else { continue };
        let Some(created) = newest.created() else { continue };
        match created.since(newest.event_timestamp()) {
            Some(lag) => lags.push(lag.as_secs_f64()),
            None => before_event += 1,
        }
    }
    if lags.is_empty() && before_event == 0 {
        return None;
    }
    lags.sort_unstable_by(f64::total_cmp);
    Some(PipelineLag {
        n: lags.len() as u64,
        before_event,
        p50_seconds: quantile::of_sorted(&lags, 0.5),
        p99_seconds: quantile::of_sorted(&lags, 0.99),
        max_seconds: lags.last().copied(),
    })
}
