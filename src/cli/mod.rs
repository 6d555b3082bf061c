//! The command line: one file a subcommand, each from parsed arguments to an exit code.

pub mod bench;
pub mod check;
mod cost;
pub mod dashboards;
pub mod demo;
pub mod drift;
pub mod evidence;
pub mod explain;
pub mod fail_on;
pub mod findings;
pub mod history;
pub mod lookup;
mod outline;
mod place;
pub mod profile;
mod reason;
pub mod repair;
pub mod replay;
pub mod report;
pub mod rules;
mod screen;
pub mod serve;
pub mod source;
mod telling;
pub mod training;
pub mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Watches a feature store from outside: freshness, coverage, training-serving skew and drift.
#[derive(Debug, Parser)]
#[command(name = "skewwatch", version, propagate_version = true, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One round now: read both sides, settle every sampled cell, print the findings.
    Check(check::Arguments),
    /// The round that evidence was written down of, judged again: no store, no configuration.
    Replay(replay::Arguments),
    /// The benchmark of lookups: what a store and its path really serve.
    Bench(bench::Arguments),
    /// Rounds of every view on its schedule, with metrics for Prometheus.
    Serve(serve::Arguments),
    /// Features over HTTP, as Feast's feature server answers them, from memory and the online store.
    Lookup(lookup::Arguments),
    /// The findings that a service keeps in its history; or the entry that accepts one.
    Findings(findings::Arguments),
    /// What a service keeps on disk, for other tools.
    History(history::Arguments),
    /// One entity key, both sides, cell by cell, with the verdict and why.
    Explain(explain::Arguments),
    /// Check the configuration and print what would be watched.
    Validate(validate::Arguments),
    /// The skew report of a week, out of the history that a service keeps.
    Report(report::Arguments),
    /// Drift of two Parquet files or folders; needs no store and no configuration.
    Drift(drift::Arguments),
    /// What drift needs of a snapshot, in a small file that stands for it.
    Profile(profile::Arguments),
    /// Prometheus rules for the views of the configuration.
    Rules(rules::Arguments),
    /// Grafana dashboards.
    Dashboards(dashboards::Arguments),
    /// A whole shop in a folder: make both stores, break them in known ways, check.
    Demo(demo::Arguments),
}

impl Cli {
    /// What is logged unless the environment says otherwise: a service tells of its rounds, a command of what is wrong.
    #[must_use]
    pub const fn log_level(&self) -> &'static str {
        match self.command {
            Command::Serve(_) | Command::Lookup(_) => "info",
            Command::Bench(_)
            | Command::Check(_)
            | Command::Replay(_)
            | Command::Findings(_)
            | Command::History(_)
            | Command::Explain(_)
            | Command::Validate(_)
            | Command::Report(_)
            | Command::Drift(_)
            | Command::Profile(_)
            | Command::Rules(_)
            | Command::Dashboards(_)
            | Command::Demo(_) => "warn",
        }
    }

    /// Runs the chosen subcommand.
    ///
    /// # Errors
    /// When the subcommand could not do its work at all; what it could not do in part is in its output and exit code.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Bench(arguments) => bench::run(arguments).await,
            Command::Check(arguments) => check::run(arguments).await,
            Command::Replay(arguments) => replay::run(arguments).await,
            Command::Serve(arguments) => serve::run(arguments).await,
            Command::Lookup(arguments) => lookup::run(arguments).await,
            Command::Findings(arguments) => findings::run(arguments).await,
            Command::History(arguments) => history::run(arguments).await,
            Command::Explain(arguments) => explain::run(arguments).await,
            Command::Validate(arguments) => validate::run(arguments).await,
            Command::Report(arguments) => report::run(arguments).await,
            Command::Drift(arguments) => drift::run(arguments).await,
            Command::Profile(arguments) => profile::run(arguments).await,
            Command::Rules(arguments) => rules::run(arguments).await,
            Command::Dashboards(arguments) => dashboards::run(&arguments),
            Command::Demo(arguments) => demo::run(arguments).await,
        }
    }
}
