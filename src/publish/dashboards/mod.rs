//! Grafana dashboards: what is wrong now, one feature view, the lookup path, and skewwatch itself.
//!
//! [`DashboardSettings`] in, JSON files out, the same bytes for the same settings; `dashboards/` in the repository holds
//! what the default settings give. Limits are drawn from the series that skewwatch exports, not written into panels.
//!
//! Figures that rounds leave behind are shown as they are. Counters that rounds raise are looked at over the variable
//! `window`, which holds at least three rounds; only lookups, which never pause, use Grafana's own rate interval. Replicas
//! and jobs are merged into the worst of them. No panel turns missing series into a zero: silence shows as no data.

mod board;
mod link;
mod list;
mod lookup;
mod overview;
mod panel;
mod promql;
mod service;
mod style;
mod variable;
mod view;

use std::time::Duration;

/// Everything that dashboards depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DashboardSettings {
    /// The longest time between two rounds of a view; windows over round counters hold three of them.
    pub interval: Duration,
}

impl Default for DashboardSettings {
    /// The settings that `dashboards/` in the repository is written for: rounds every 5 minutes.
    fn default() -> Self {
        Self { interval: Duration::from_secs(300) }
    }
}

/// One dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DashboardFile {
    /// Its name, such as `overview.json`.
    pub name: &'static str,
    /// Its text: one JSON object.
    pub text: String,
}

/// All dashboards, in a fixed order.
///
/// # Errors
/// When JSON cannot be written.
pub fn write(settings: &DashboardSettings) -> Result<Vec<DashboardFile>, serde_json::Error> {
    let boards = [
        ("overview.json", overview::board(settings)),
        ("feature-view.json", view::board(settings)),
        ("lookup.json", lookup::board()),
        ("service.json", service::board(settings)),
    ];
    let written = boards.into_iter().map(|(name, board)| {
        let text = serde_json::to_string_pretty(&board.json())? + "\n";
        Ok(DashboardFile { name, text })
    });
    written.collect()
}
