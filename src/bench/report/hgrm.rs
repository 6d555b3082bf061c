//! The response times by percentile, as the text that HdrHistogram's plotter reads
//! (<https://hdrhistogram.github.io/HdrHistogram/plotFiles.html>): times in milliseconds.
//!
//! Percentiles are over all requests that were due. The lines end where requests without an answer begin.

use std::fmt::Write as _;

use crate::bench::latency::Latencies;
use crate::stats::real;

/// Lines for each halving of the distance to all.
const LINES: f64 = 5.0;

/// The text.
#[must_use]
pub fn text(latencies: &Latencies) -> String {
    let mut text = format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    let due = latencies.count();
    let (mut seen, mut level) = (0, 0.0);
    let (mut sum, mut squares) = (0.0, 0.0);
    for (nanos, count) in latencies.recorded() {
        let millis = real(nanos) / 1e6;
        seen += count;
        sum += millis * real(count);
        squares += millis * millis * real(count);
        let share = real(seen) / real(due);
        if seen == due {
            line(&mut text, (millis, level), seen);
            line(&mut text, (millis, 1.0), seen);
        }
        while seen < due && level <= share {
            line(&mut text, (millis, level), seen);
            level += step(level);
        }
    }
    let answered = real(seen.max(1));
    let mean = sum / answered;
    let deviation = (squares / answered - mean * mean).max(0.0).sqrt();
    let largest = latencies.ends().map_or(0.0, |(_, longest)| longest.as_secs_f64() * 1e3);
    // Writing to a text does not fail.
    let _ = writeln!(text, "#[Mean    = {mean:12.6}, StdDeviation   = {deviation:12.6}]");
    let _ = writeln!(text, "#[Max     = {largest:12.6}, Total count    = {due:12}]");
    let _ = writeln!(text, "#[Buckets = {:12}, SubBuckets     = {:12}]", latencies.buckets(), 2048);
    if latencies.without_answer() > 0 {
        let _ = writeln!(
            text,
            "# {} of {due} requests had no answer; they took longer than any other",
            latencies.without_answer()
        );
    }
    text
}

/// Steps are even between two halvings of the distance to all.
fn step(level: f64) -> f64 {
    let halvings = (-(1.0 - level).log2()).floor();
    (-halvings).exp2() / (2.0 * LINES)
}

fn line(text: &mut String, (millis, share): (f64, f64), seen: u64) {
    let _ = if share < 1.0 {
        writeln!(text, "{millis:12.6} {share:.12} {seen:>10} {:14.2}", 1.0 / (1.0 - share))
    } else {
        writeln!(text, "{millis:12.6} {share:.12} {seen:>10}")
    };
}
