//! `skewwatch findings`: what a service has found, out of its history; also while it runs.
//!
//! The history is read and never changed. What is told follows the configuration of now: what it accepts is accepted here.

mod accept;
mod table;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use super::screen::Screen;
use super::source::{ConfigArguments, unknown_view};
use crate::config::{Plan, quantity};
use crate::history::HistoryReader;
use crate::model::time::{Clock, Timestamp};
use crate::publish::api::{FindingFilter, FindingList, FindingState};
use crate::publish::terminal;
use crate::run::serve::{findings_in, resolved_in};

/// How far back resolved findings are looked for unless told otherwise.
const USUAL_PAST: Duration = Duration::from_secs(24 * 3600);

/// Arguments of `skewwatch findings`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Subcommand>,
    #[command(flatten)]
    config: ConfigArguments,
    /// How they stand; `open` are all but the resolved ones.
    #[arg(long, value_name = "STATE", default_value = "open", value_parser = filter)]
    state: FindingFilter,
    /// Only those of this view.
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    /// Of the resolved ones those that ended since then: a time, or a span such as `7d` (default `24h`).
    #[arg(long, value_name = "TIME|SPAN", value_parser = since)]
    since: Option<Since>,
    /// How they are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Print the entry that accepts a finding, to add to the configuration.
    Accept(accept::Arguments),
}

/// Forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For programs: the shape of the API's `/api/v1/findings`.
    Json,
}

/// The beginning of a time that lasts until now.
#[derive(Clone, Copy, Debug)]
enum Since {
    Time(Timestamp),
    Span(Duration),
}

impl Since {
    fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Time(time) => time,
            Self::Span(span) => now.minus(span),
        }
    }
}

fn filter(word: &str) -> Result<FindingFilter, String> {
    FindingFilter::parse(word).ok_or_else(|| format!("it is one of {}", FindingFilter::WORDS.join(", ")))
}

fn since(text: &str) -> Result<Since, String> {
    let time = Timestamp::parse_rfc3339(text).map(Since::Time);
    time.or_else(|_| quantity::duration(text).map(Since::Span))
        .map_err(|_| "it is a time such as `2026-06-14T00:00:00Z`, or a span such as `7d`".to_owned())
}

/// Lists findings (exit code 0), or prints the entry that accepts one (0, and 1 when it is not open).
///
/// # Errors
/// When the configuration is no good, names no history or not the view, or the history cannot be read.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { command, config, state, view, since, format } = arguments;
    if let Some(Subcommand::Accept(arguments)) = command {
        return accept::run(arguments).await;
    }
    let plan = config.load().await?;
    if let Some(name) = view.as_ref().filter(|name| !plan.views.iter().any(|view| view.name == **name)) {
        return Err(unknown_view(&plan, name));
    }
    let history = open_history(&plan)?;
    let now = Clock::System.now();
    let mut found = findings_in(&history, &plan, now)?;
    if state.admits(FindingState::Resolved) {
        found.extend(resolved_in(&history, since.unwrap_or(Since::Span(USUAL_PAST)).before(now))?);
    } else if since.is_some() {
        anyhow::bail!("`--since` says nothing of findings that are {}\n  hint: add `--state resolved`", state.name());
    }
    let list = FindingList::of(found, u32::MAX, |finding| {
        state.admits(finding.state) && view.as_ref().is_none_or(|view| finding.feature_view == *view)
    });
    let mut screen = Screen::open();
    match format {
        Format::Table => table::write(&list.findings, (state, terminal::width()), &mut screen)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut screen, &list)?;
            writeln!(screen)?;
        }
    }
    screen.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The history that the configuration names.
fn open_history(plan: &Plan) -> anyhow::Result<HistoryReader> {
    let path = plan.publish.history.as_ref().context(
        "the configuration names no history, and findings are kept nowhere else\n  hint: name a file in `publish.history`",
    )?;
    Ok(HistoryReader::open(path)?)
}
