//! From a configuration's text to its plan, or to the whole list of what is wrong with it.

mod bad;
mod good;
mod quantities;
mod repository;
mod serving;
mod validate;

use std::path::Path;

use skewwatch::config::{ConfigError, Plan, from_text};

/// Variables that configurations under test may use.
pub(super) fn environment(name: &str) -> Option<String> {
    let value = match name {
        "CACHE_PASSWORD" | "REDIS_PASSWORD" | "ALERTMANAGER_PASSWORD" | "SMTP_PASSWORD" | "LAKE_TOKEN" => "hunter2",
        "SLACK_RISK_URL" => "https://hooks.slack.example/hunter2",
        "SNAPSHOT_KEY" => "key",
        "SNAPSHOT_SECRET" => "hunter3",
        "EMPTY" => "",
        _ => return None,
    };
    Some(value.to_owned())
}

/// The plan of `text`, as if it stood in `skewwatch.yaml` in the folder `/shop`.
pub(super) fn planned(text: &str) -> Result<Plan, ConfigError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(from_text(
        text,
        Path::new("/shop/skewwatch.yaml"),
        &environment,
    ))
}
