//! Figures of a benchmark as people read them.

use std::time::Duration;

use super::judged::distance;
use crate::model::figure;

/// A time in the unit that fits: `740 ns`, `12.3 µs`, `2.61 ms`, `1.20 s`; `–` where there is none.
#[must_use]
pub fn time(time: Option<Duration>) -> String {
    let Some(time) = time else { return figure::NOTHING.to_owned() };
    let seconds = time.as_secs_f64();
    if seconds < 1e-6 {
        format!("{} ns", time.as_nanos())
    } else if seconds < 1e-3 {
        format!("{:.1} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}

/// A hit rate with two decimals: the objective is a narrow band.
#[must_use]
pub fn share(share: Option<f64>) -> String {
    share.map_or_else(|| figure::NOTHING.to_owned(), |share| format!("{:.2} %", share * 100.0))
}

/// How far a time lies from what was promised: `46 % below`, `0.4 % above`.
#[must_use]
pub fn margin(promised: Duration, achieved: Duration) -> String {
    let distance = distance(promised, achieved);
    let size = distance.abs();
    // A doubling is better told as a factor.
    if distance >= 1.0 {
        return format!("{:.1} times", distance + 1.0);
    }
    let percent = figure::bare_percent(size);
    if distance > 0.0 { format!("{percent} % above") } else { format!("{percent} % below") }
}
