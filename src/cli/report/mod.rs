//! `skewwatch report`: the skew report of a period, out of the history; also while a service writes it.

mod deliver;
mod pdf;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::screen::Screen;
use super::source::{ConfigArguments, unknown_view};
use crate::config::Plan;
use crate::history::HistoryReader;
use crate::kept::file;
use crate::model::time::{Clock, Timestamp};
use crate::publish::archive::Archive;
use crate::publish::report::{Report, ReportPeriod, html, markdown, slack};
use crate::run::{WantedReport, report, report_as_of};

/// Arguments of `skewwatch report`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// A week such as `2026-W47`, a day, or `2026-11-02..2026-11-15`; the last whole week unless told otherwise.
    #[arg(long, value_name = "PERIOD")]
    period: Option<String>,
    /// Only views of this team.
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// Only this view.
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    /// The form of the report.
    #[arg(long, value_enum, default_value_t = Format::Html)]
    format: Format,
    /// The file to write; standard output unless told otherwise.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Put the HTML, Markdown and JSON forms into a folder or below an `s3://` address, under the name of the period and
    /// under `latest`; prints what was put.
    #[arg(long, value_name = "PLACE", conflicts_with_all = ["out", "view"])]
    to: Option<String>,
    /// Send it to its readers (`publish.reports`) now, through every channel that does not have it yet; with `--team` only
    /// through those of the team. Prints what became of each.
    #[arg(long, conflicts_with_all = ["out", "to", "view", "pdf", "format"])]
    deliver: bool,
    /// Also print the report on A4 into this file; needs chromium.
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// The instant that stands for "now", as RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    as_of: Option<Timestamp>,
}

/// Forms of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One page that needs nothing else.
    Html,
    /// For wikis and issues.
    Markdown,
    /// For programs: everything that the other forms show, and what they cut short.
    Json,
    /// The body for an incoming webhook of Slack.
    Slack,
}

impl Format {
    fn write(self, report: &Report) -> anyhow::Result<String> {
        Ok(match self {
            Self::Html => html(report),
            Self::Markdown => markdown(report),
            Self::Json => serde_json::to_string_pretty(report)? + "\n",
            Self::Slack => serde_json::to_string_pretty(&slack(report, None))? + "\n",
        })
    }
}

/// Writes the report. The exit code is 0 whatever it says: it is for people to read; it is 2 if the report
/// was to be delivered and was not.
///
/// # Errors
/// When the configuration is no good, names no history or not the view or team, the period is none, the history cannot be
/// read or the report not be written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let plan = arguments.config.load().await?;
    let path = plan.publish.history.as_ref().context(
        "the configuration names no history, and a report is made from nothing else\n  hint: name a file in `publish.history`",
    )?;
    let now = arguments.as_of.unwrap_or_else(|| Clock::System.now());
    let wanted = wanted(&arguments, &plan, now)?;
    if arguments.deliver {
        let asked = (&wanted.period, wanted.team.as_deref());
        return deliver::deliver(&plan, asked, (&wanted.configuration, now)).await;
    }
    let history = HistoryReader::open(path)?;
    let report = match arguments.as_of {
        Some(as_of) => report_as_of(&history, &plan, (&wanted, as_of))?,
        None => report(&history, &plan, (&wanted, now))?,
    };
    let text = arguments.format.write(&report)?;
    match &arguments.out {
        None if arguments.to.is_some() => {}
        Some(out) => {
            file::replace(out, text.as_bytes()).with_context(|| format!("could not write `{}`", out.display()))?;
        }
        None => {
            let mut screen = Screen::open();
            screen.write_all(text.as_bytes())?;
            screen.flush()?;
        }
    }
    if let Some(place) = &arguments.to {
        let archive = Archive::open(place, &plan.snapshots.s3)?;
        let names = report.put(&archive).await?;
        let mut screen = Screen::open();
        for name in names {
            writeln!(screen, "{}/{name}", archive.address())?;
        }
        screen.flush()?;
    }
    if let Some(out) = &arguments.pdf {
        pdf::print(&html(&report), out).await?;
    }
    Ok(ExitCode::SUCCESS)
}

fn wanted(arguments: &Arguments, plan: &Plan, now: Timestamp) -> anyhow::Result<WantedReport> {
    if let Some(name) = arguments.view.as_ref().filter(|name| !plan.views.iter().any(|view| view.name == **name)) {
        return Err(unknown_view(plan, name));
    }
    if let Some(team) = &arguments.team {
        let mut teams: Vec<String> =
            plan.views.iter().filter_map(|view| view.team.as_ref()).map(|team| format!("`{team}`")).collect();
        teams.sort();
        teams.dedup();
        if !teams.contains(&format!("`{team}`")) {
            let known = if teams.is_empty() {
                "no view names one".to_owned()
            } else {
                format!("there is {}", teams.join(", "))
            };
            anyhow::bail!("no view is of the team `{team}`; {known}");
        }
    }
    let zone = plan.service.schedule.zone;
    let period = match &arguments.period {
        Some(text) => ReportPeriod::parse(text, zone).map_err(anyhow::Error::msg)?,
        None => ReportPeriod::last_week(now, zone).context("the clock is outside the calendar")?,
    };
    Ok(WantedReport {
        period,
        team: arguments.team.clone(),
        view: arguments.view.clone(),
        configuration: arguments.config.config.display().to_string(),
    })
}
