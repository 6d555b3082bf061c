//! `skewwatch rules`: Prometheus rules for the views of a configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use super::screen::Screen;
use super::source::{ConfigArguments, unknown_view};
use crate::config::{Plan, quantity};
use crate::kept::file;
use crate::model::check::Limits;
use crate::publish::rules::{self, Pace, RuleSettings, Written};

/// What is said to those who have both ways to Alertmanager.
const TWICE: &str = "warning: `publish.alertmanager` is set, so the service pushes alerts on findings, rounds and the store \
                     itself: with these rules they come twice\n  hint: load no rules, or leave `publish.alertmanager` out";

/// Arguments of `skewwatch rules`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Folder for the files, one per group; without it one document is printed.
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Time between two rounds, of all views (`5m`) or of one (`VIEW=1h`); may be given several times. Default: the longest
    /// pause of the view's schedule.
    #[arg(long = "interval", value_name = "[VIEW=]DURATION", value_parser = interval)]
    intervals: Vec<Interval>,
    /// The label `job` under which Prometheus scrapes skewwatch.
    #[arg(long, value_name = "NAME", default_value = "skewwatch")]
    job: String,
    /// A label that every alert carries; may be given several times.
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    labels: Vec<(String, String)>,
    /// Address of the runbook; `#` and the alert's name are added.
    #[arg(long, value_name = "URL")]
    runbook_url: Option<String>,
    /// Address of Grafana; `/d/…` is added.
    #[arg(long, value_name = "URL")]
    dashboard_url: Option<String>,
    /// Makes waits and windows so many times shorter, to see alerts fire and resolve in minutes; not for service.
    #[arg(long, value_name = "TIMES", default_value_t = 1)]
    rehearsal: u32,
}

/// How often one view, or every view, is measured.
#[derive(Clone, Debug)]
struct Interval {
    view: Option<String>,
    interval: Duration,
}

fn interval(text: &str) -> Result<Interval, String> {
    let (view, span) = match text.rsplit_once('=') {
        Some((view, span)) => (Some(view.to_owned()), span),
        None => (None, text),
    };
    match quantity::duration(span) {
        Ok(interval) => Ok(Interval { view, interval }),
        Err(complaint) => {
            let hint = complaint.hint.map_or_else(String::new, |hint| format!(" ({hint})"));
            Err(format!("`{span}` {}{hint}", complaint.clause))
        }
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not a label such as `region=eu`"))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Writes the rules: exit code 0, also where burn pairs are left out, which standard error names.
///
/// # Errors
/// When the configuration is no good, no rules can be written for it, or a file cannot be written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let plan = arguments.config.load().await?;
    let written = rules::write(&settings(&plan, &arguments)?)?;
    let mut screen = Screen::open();
    match &arguments.output {
        Some(folder) => write_files(&written, folder, &mut screen)?,
        None => screen.write_all(written.document().as_bytes())?,
    }
    screen.flush()?;
    let mut errors = anstream::stderr();
    if plan.publish.alertmanager.is_some() {
        writeln!(errors, "{TWICE}")?;
    }
    for refused in &written.refused {
        writeln!(errors, "warning: {refused}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write_files(written: &Written, folder: &Path, screen: &mut Screen) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("could not make the folder `{}`", folder.display()))?;
    for rules in &written.files {
        let path = folder.join(&rules.name);
        file::replace(&path, rules.text.as_bytes())
            .with_context(|| format!("could not write the rules to `{}`", path.display()))?;
        writeln!(screen, "{}", path.display())?;
    }
    Ok(())
}

/// What the plan and the arguments say; a later interval wins over an earlier one.
fn settings(plan: &Plan, arguments: &Arguments) -> anyhow::Result<RuleSettings> {
    let usual = RuleSettings::default();
    let mut general = None;
    let mut own: BTreeMap<&str, Duration> = BTreeMap::new();
    for given in &arguments.intervals {
        match given.view.as_deref() {
            None => general = Some(given.interval),
            Some(view) if plan.views.iter().any(|watched| watched.name == view) => {
                own.insert(view, given.interval);
            }
            Some(view) => return Err(unknown_view(plan, view)),
        }
    }
    let budget = |limits: Limits| limits.least().unwrap_or(usual.pace.budget);
    let schedule = &plan.service.schedule;
    let mut exceptions = BTreeMap::new();
    let mut resting = BTreeSet::new();
    for view in &plan.views {
        let rhythm = schedule.rhythm(&view.name);
        let given = own.get(view.name.as_str()).copied().or(general);
        let interval = given.or(rhythm.map(|rhythm| rhythm.longest)).unwrap_or(usual.pace.interval);
        if given.is_none() && rhythm.is_some_and(|rhythm| rhythm.longest > rhythm.usual) {
            resting.insert(view.name.clone());
        }
        let budget = budget(plan.checks.rules(&view.name, None).freshness);
        exceptions.insert(view.name.clone(), Pace { interval, budget });
    }
    // Of views that are added later it is known that they begin with the schedule of all.
    let of_all = schedule.usual_rhythm().map(|rhythm| rhythm.longest);
    Ok(RuleSettings {
        job: arguments.job.clone(),
        labels: arguments.labels.iter().cloned().collect(),
        pace: Pace {
            interval: general.or(of_all).unwrap_or(usual.pace.interval),
            budget: budget(plan.checks.defaults.freshness),
        },
        exceptions,
        resting,
        runbook_url: arguments.runbook_url.clone().unwrap_or(usual.runbook_url),
        dashboard_url: arguments.dashboard_url.clone().unwrap_or(usual.dashboard_url),
        rehearsal: arguments.rehearsal,
    })
}
