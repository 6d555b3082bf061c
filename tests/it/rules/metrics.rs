//! Rules and runbook name metrics that skewwatch exports, and commands that it has.

use std::collections::BTreeSet;
use std::process::Command;

use super::tools::{folder, run, yaml_files};

/// Every metric of the telemetry contract, without its prefix.
pub(crate) const METRICS: &[&str] = &[
    "availability_lag_seconds",
    "build_info",
    "captured_skew_mismatch_ratio",
    "cells_total",
    "check_status",
    "comparable_ratio",
    "config_last_reload_success",
    "coverage_objective_ratio",
    "coverage_ratio",
    "deliveries_total",
    "delivery_queue_length",
    "drift_distance",
    "drift_noise_floor",
    "drift_threshold",
    "expired_cells_total",
    "feature_coverage_ratio",
    "feature_view_info",
    "finding_state",
    "freshness_lag_seconds",
    "freshness_objective_seconds",
    "lookup_complete_total",
    "lookup_duration_seconds",
    "lookup_l1_hit_objective_ratio",
    "lookup_l1_requests_total",
    "lookup_objective_seconds",
    "lookup_requests_total",
    "lookup_view_requests_total",
    "newest_event_timestamp_seconds",
    "online_store_up",
    "report_last_delivered_timestamp_seconds",
    "report_period_seconds",
    "request_coverage_ratio",
    "request_skew_mismatch_ratio",
    "round_duration_seconds",
    "round_interval_seconds",
    "round_last_success_timestamp_seconds",
    "rounds_skipped_total",
    "rounds_total",
    "s3_bytes_read_total",
    "sampled_keys_beyond_objective_total",
    "sampled_keys_complete_total",
    "sampled_keys_total",
    "series_dropped_total",
    "served_cells_total",
    "served_feature_mismatch_ratio",
    "served_mismatch_ratio",
    "served_wrong_cells",
    "skew_cause",
    "skew_mismatch_lower_ratio",
    "skew_mismatch_ratio",
    "skew_threshold_ratio",
    "snapshot_max_age_seconds",
    "snapshot_modified_seconds",
    "snapshot_watermark_seconds",
    "stage_failures_total",
    "value_lag_seconds",
];

/// Words of `text` that begin as metrics of skewwatch do, but for recorded series.
fn metrics(text: &str) -> BTreeSet<&str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut names = BTreeSet::new();
    for (place, _) in text.match_indices("skewwatch_") {
        let recorded = text[..place].ends_with(':');
        let name = text[place + "skewwatch_".len()..].split(|letter| !is_name(letter)).next().unwrap();
        if !recorded && !name.is_empty() {
            names.insert(name.strip_suffix("_bucket").unwrap_or(name));
        }
    }
    names
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

#[test]
fn rules_read_metrics_of_the_contract_only() {
    let contract: BTreeSet<&str> = METRICS.iter().copied().collect();
    for name in yaml_files(&folder()) {
        let text = text(&name);
        let others: Vec<&str> = metrics(&text).difference(&contract).copied().collect();
        assert_eq!(others, [""; 0], "in {name}");
    }
}

#[test]
fn the_runbook_names_metrics_by_their_names_or_their_beginnings() {
    let text = text("RUNBOOK.md");
    let unknown: Vec<&str> =
        metrics(&text).into_iter().filter(|name| !METRICS.iter().any(|metric| metric.starts_with(name))).collect();
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn the_commands_of_the_runbook_exist_with_their_options() {
    let text = text("RUNBOOK.md");
    let commands: BTreeSet<&str> = text.lines().filter(|line| line.starts_with("skewwatch ")).collect();
    assert!(commands.len() > 4, "{commands:?}");
    for command in commands {
        let mut words = command.split(' ').skip(1);
        let subcommand = words.next().unwrap();
        let help = Command::new(env!("CARGO_BIN_EXE_skewwatch")).args([subcommand, "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        for option in words.filter(|word| word.starts_with('-')) {
            let known = help.split([' ', ',', '\n']).any(|word| word == option);
            assert!(known, "`{command}`: there is no `{option}`");
        }
    }
}

#[test]
fn the_queries_of_the_runbook_are_queries() {
    let text = text("RUNBOOK.md");
    let queries = text.lines().filter_map(|line| line.strip_prefix("promtool query instant $PROMETHEUS '"));
    let rules: Vec<String> = queries
        .enumerate()
        .map(|(place, query)| {
            format!("  - record: query{place}\n    expr: |-\n      {}\n", query.trim_end_matches('\''))
        })
        .collect();
    assert!(rules.len() > 10, "{rules:?}");
    let place = tempfile::tempdir().unwrap();
    let file = format!("groups:\n- name: runbook\n  rules:\n{}", rules.concat());
    std::fs::write(place.path().join("runbook.yaml"), file).unwrap();
    run("promtool", &["check", "rules", "--lint-fatal", "runbook.yaml"], place.path());
}
