//! The machine that figures were measured on, in one line: figures without it say nothing.

use std::process::Command;

/// Cores, processor, load and versions.
pub fn facts() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let processor = line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let redis = Command::new("redis-server").arg("--version").output().ok();
    let redis = redis.and_then(|output| String::from_utf8(output.stdout).ok()).and_then(|text| {
        text.split_whitespace().find_map(|word| word.strip_prefix("v=")).map(|version| format!("redis {version}"))
    });
    format!(
        "{cores} cores, {processor}; load average {}; skewwatch {}, {}, polars {}",
        load(),
        env!("CARGO_PKG_VERSION"),
        redis.as_deref().unwrap_or("no redis-server"),
        polars::VERSION,
    )
}

/// The load average of the last minute.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|first| !first.is_empty()).unwrap_or("unknown").to_owned()
}

/// What stands behind the colon in the first line of a file that begins with `name`.
pub fn line_of(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

/// The middle of `figures`; `None` where there are none.
pub fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}
