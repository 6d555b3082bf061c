//! `skewwatch check`: one round now.

use std::io::{IsTerminal as _, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use super::evidence::EvidenceArguments;
use super::fail_on::FailOn;
use super::repair::RepairArguments;
use super::screen::Screen;
use super::source::{ConfigArguments, unknown_view};
use super::training::TrainingArguments;
use crate::config::Plan;
use crate::model::check::Failure;
use crate::model::measurement::RoundReport;
use crate::model::time::Timestamp;
use crate::publish::textfile;
use crate::publish::{github, json, junit, terminal};
use crate::run::serve::surroundings;
use crate::run::{NotedRound, RoundOptions, noted_round, round};

/// Arguments of `skewwatch check`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// The instant that stands for "now", as RFC 3339: a round over old data gives the same result every time.
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    as_of: Option<Timestamp>,
    /// Only this feature view; may be given several times.
    #[arg(long = "view", value_name = "NAME")]
    views: Vec<String>,
    /// Entity keys per view and source, over the configured number.
    #[arg(long, value_name = "N")]
    keys: Option<NonZeroUsize>,
    /// Seed of the choice of keys, over the configured one.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Also write the figures as Prometheus text for the textfile collector.
    #[arg(long, value_name = "PATH")]
    textfile: Option<PathBuf>,
    #[command(flatten)]
    evidence: EvidenceArguments,
    #[command(flatten)]
    repair: RepairArguments,
    #[command(flatten)]
    training: TrainingArguments,
    /// From which severity a finding makes the exit code 1.
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOn,
}

/// How the result of a check is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables and sentences for people.
    Table,
    /// The whole result as one JSON document.
    Json,
    /// JUnit XML, one test case per check.
    Junit,
    /// Annotations for GitHub Actions.
    Github,
}

/// Runs one round and prints it.
///
/// # Errors
/// When the configuration is no good or the result cannot be written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut plan = arguments.config.load().await?;
    narrow(&mut plan, &arguments)?;
    if let Some(code) = arguments.training.run(&plan, (arguments.as_of, arguments.format), arguments.fail_on).await? {
        return Ok(code);
    }
    let (evidence, repair) = (arguments.evidence.destination()?, arguments.repair.file(&plan)?);
    let (report, written) = if evidence.is_none() && repair.is_none() {
        (run_round(&plan, arguments.as_of).await, Ok(()))
    } else {
        let noted = run_noted_round(&plan, arguments.as_of).await;
        let written = evidence.map_or(Ok(()), |evidence| evidence.write(&noted.evidence, &noted.report));
        let repaired = repair.map_or(Ok(()), |repair| repair.write(&noted.repairs));
        (noted.report, written.and(repaired))
    };
    print(&report, arguments.format, &mut Screen::open()).context("could not print the result")?;
    if let Some(path) = &arguments.textfile {
        textfile::write(&report, &surroundings(&plan), path)?;
    }
    // What was found is told also where it could not be written down.
    written?;
    Ok(exit_code(&report, arguments.fail_on))
}

/// Runs one round with a sign of life on a terminal.
pub(super) async fn run_round(plan: &Plan, as_of: Option<Timestamp>) -> RoundReport {
    let bar = spinner();
    let progress = |view: &str| bar.set_message(format!("reading both sides of `{view}`"));
    let report = round(plan, RoundOptions { as_of, progress: &progress }).await;
    bar.finish_and_clear();
    report
}

/// Runs one round as [`run_round`] does, and notes what it rests on.
async fn run_noted_round(plan: &Plan, as_of: Option<Timestamp>) -> NotedRound {
    let bar = spinner();
    let progress = |view: &str| bar.set_message(format!("reading both sides of `{view}`"));
    let noted = noted_round(plan, RoundOptions { as_of, progress: &progress }).await;
    bar.finish_and_clear();
    noted
}

fn spinner() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn narrow(plan: &mut Plan, arguments: &Arguments) -> anyhow::Result<()> {
    for wanted in &arguments.views {
        if !plan.views.iter().any(|view| view.name == *wanted) {
            return Err(unknown_view(plan, wanted));
        }
    }
    if !arguments.views.is_empty() {
        plan.views.retain(|view| arguments.views.contains(&view.name));
    }
    plan.sample.keys = arguments.keys.map_or(plan.sample.keys, NonZeroUsize::get);
    plan.sample.seed = arguments.seed.unwrap_or(plan.sample.seed);
    Ok(())
}

/// Prints the report in the format asked for.
///
/// # Errors
/// When `out` does not take it.
pub(super) fn print(report: &RoundReport, format: Format, out: &mut impl Write) -> std::io::Result<()> {
    match format {
        Format::Table => terminal::write(report, out),
        Format::Json => json::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Github => github::write(report, out),
    }
}

/// 2 when something could not be read or nothing was judged, else 1 for a breach grave enough, else 0.
pub(super) fn exit_code(report: &RoundReport, fail_on: FailOn) -> ExitCode {
    if report.failures.iter().any(Failure::costs_figures) || report.judged == 0 {
        return ExitCode::from(2);
    }
    let fails = (fail_on.unjudged() && !report.unknown.is_empty())
        || report.findings.iter().any(|finding| fail_on.breach(finding.severity));
    if fails { ExitCode::from(1) } else { ExitCode::SUCCESS }
}
