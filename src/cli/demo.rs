//! `skewwatch demo`: makes a shop, breaks it in known ways, checks it, and says what to try next.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::check::run_round;
use super::screen::Screen;
use super::source::ConfigArguments;
use crate::config::{Plan, quantity};
use crate::demo::fault::FaultChoice;
use crate::demo::live::{LiveSettings, LiveShop, ObjectAddress};
use crate::demo::online::{OnlineTarget, RedisAddress, RedisLayout};
use crate::demo::past::ROUNDS_A_DAY;
use crate::demo::repository::HISTORY;
use crate::demo::{FEWEST_DAYS, Made, Settings, make};
use crate::history::HistoryReader;
use crate::kept::file;
use crate::model::figure;
use crate::model::time::{Clock, NANOS_PER_SECOND};
use crate::publish::report::{ReportPeriod, html};
use crate::publish::terminal;
use crate::run::{WantedReport, live_through, report_as_of};

/// Arguments of `skewwatch demo`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folder to make; an earlier demo there is replaced.
    #[arg(long, value_name = "DIR", default_value = "./demo")]
    folder: PathBuf,
    /// Customers of the shop.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    entities: u32,
    /// Daily training snapshots.
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u16).range(i64::from(FEWEST_DAYS)..=365))]
    days: u16,
    /// What to break: `none`, `default` (every kind), or names separated by commas.
    #[arg(long, value_name = "NAMES", default_value = "default", value_parser = FaultChoice::parse)]
    faults: FaultChoice,
    /// Days that the shop is lived through up to its present, with rounds in a history, for a report of them; 0 makes none.
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u16).range(0..=60), conflicts_with = "live")]
    past: u16,
    /// Seed of everything that is drawn.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Where online rows go: `sqlite` (a file in the folder) or `redis://host:port/database`.
    #[arg(long, value_name = "STORE", default_value = "sqlite", value_parser = store)]
    online: Store,
    /// How rows lie in Redis.
    #[arg(long, value_enum, default_value_t = Layout::Feast)]
    layout: Layout,
    /// Keep the shop open in the real present, on Redis: rows as events happen, faults that come and go; ends when told to.
    #[arg(long)]
    live: bool,
    /// With `--live`: how long nothing is broken, and then everything that was asked for, in turn.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = span, requires = "live")]
    calm: Duration,
    /// With `--live`: where copies of the snapshots go, reached by the usual AWS_… variables.
    #[arg(long, value_name = "S3", value_parser = ObjectAddress::parse, requires = "live")]
    copies: Option<ObjectAddress>,
}

/// Time between two steps of a shop that stays open.
const STEP: Duration = Duration::from_secs(5);

fn span(text: &str) -> Result<Duration, String> {
    quantity::duration(text).map_err(|complaint| format!("`{text}` {}", complaint.clause))
}

#[derive(Clone, Debug)]
enum Store {
    Sqlite,
    Redis(RedisAddress),
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Layout {
    /// A hash per entity, as Feast writes it.
    Feast,
    /// A JSON text per feature at `feat:{entity}:{feature}`.
    Plain,
}

fn store(text: &str) -> Result<Store, String> {
    if text == "sqlite" { Ok(Store::Sqlite) } else { RedisAddress::parse(text).map(Store::Redis) }
}

impl Arguments {
    fn live(&self) -> Option<LiveSettings> {
        self.live.then(|| LiveSettings { calm: self.calm, copies: self.copies.clone() })
    }

    fn settings(self) -> anyhow::Result<Settings> {
        let online = match (self.online, self.layout) {
            (Store::Sqlite, Layout::Feast) => OnlineTarget::Sqlite,
            (Store::Sqlite, Layout::Plain) => {
                anyhow::bail!("`--layout plain` needs a Redis: add `--online redis://host:port/database`")
            }
            (Store::Redis(address), Layout::Feast) => OnlineTarget::Redis(address, RedisLayout::Feast),
            (Store::Redis(address), Layout::Plain) => OnlineTarget::Redis(address, RedisLayout::Plain),
        };
        Ok(Settings {
            folder: self.folder,
            entities: self.entities,
            days: self.days,
            seed: self.seed,
            faults: self.faults,
            online,
        })
    }
}

/// Runs the command. Findings are what the demo is for: the exit code is 0 with them, and 2 when the shop could not be
/// read back.
///
/// # Errors
/// When a store could not be made, or its configuration is no good.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if let Some(live) = arguments.live() {
        return keep_open(arguments.settings()?, live).await;
    }
    let past = arguments.past;
    let settings = arguments.settings()?;
    let made = make(&settings).await?;
    let mut screen = Screen::open();
    writeln!(screen, "{}", summary(&made))?;
    let source = ConfigArguments { config: made.configuration.clone() };
    let plan = source.load().await?;
    let report = run_round(&plan, Some(made.as_of)).await;
    terminal::write(&report, &mut screen)?;
    screen.write_all(next_commands(&made).as_bytes())?;
    if past > 0 {
        screen.flush()?;
        let told = reported(&settings, (&made, &plan), past).await?;
        screen.write_all(told.as_bytes())?;
    }
    Ok(if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Lives through the shop's past and writes the report of it; gives what to say of it.
async fn reported(settings: &Settings, (made, plan): (&Made, &Plan), days: u16) -> anyhow::Result<String> {
    let history = settings.folder.join(HISTORY);
    let lived = live_through(settings, days, &history).await?;
    let period = ReportPeriod::parse(&lived.period, plan.service.schedule.zone).map_err(anyhow::Error::msg)?;
    let configuration = made.configuration.display().to_string();
    let wanted = WantedReport { period, team: None, view: None, configuration };
    let report = report_as_of(&HistoryReader::open(&history)?, plan, (&wanted, made.as_of))?;
    let path = settings.folder.join("report.html");
    file::replace(&path, html(&report).as_bytes()).with_context(|| format!("could not write `{}`", path.display()))?;
    let broken = lived.onset.map_or_else(|| "nothing broken".to_owned(), |onset| format!("faults from {onset} on"));
    Ok(format!(
        "\nthe {} before that in {} rounds, {ROUNDS_A_DAY} a day, {broken}:\n  {}\n",
        if days == 1 { "day".to_owned() } else { format!("{days} days") },
        figure::count(lived.rounds),
        path.display()
    ))
}

/// Keeps a shop open until SIGTERM or Ctrl-C. A store that does not answer is told of and tried again: that, too, happens.
async fn keep_open(settings: Settings, live: LiveSettings) -> anyhow::Result<ExitCode> {
    let mut ended = signal(SignalKind::terminate()).context("could not wait for signals")?;
    let now = || Clock::System.now().nanos().div_euclid(NANOS_PER_SECOND);
    let (mut shop, made) = LiveShop::open(settings, live, now()).await?;
    let mut screen = Screen::open();
    writeln!(screen, "{}", summary(&made))?;
    writeln!(screen, "the shop is open; its configuration is {}", made.configuration.display())?;
    screen.flush()?;
    let mut was_broken = false;
    loop {
        tokio::select! {
            _ = ended.recv() => return Ok(ExitCode::SUCCESS),
            interrupted = tokio::signal::ctrl_c() => return interrupted.map(|()| ExitCode::SUCCESS).context("could not wait for signals"),
            () = tokio::time::sleep(STEP) => {}
        }
        let outcome = shop.step(now()).await;
        let told = match outcome {
            Ok(step) if step.is_broken != was_broken => {
                was_broken = step.is_broken;
                let what = if step.is_broken { "rows are broken from now on" } else { "rows are whole again" };
                Some(format!("{what}: {} written, {} removed", step.written, step.removed))
            }
            Ok(_) => None,
            Err(error) => Some(format!("the step is tried again: {:#}", anyhow::Error::from(error))),
        };
        if let Some(told) = told {
            writeln!(screen, "{told}")?;
            screen.flush()?;
        }
    }
}

/// What was made and what was broken, as lines.
fn summary(made: &Made) -> String {
    let mut lines = vec![format!(
        "made a shop: {} online, {} in training snapshots; its present is {}",
        rows(made.online_rows),
        rows(made.offline_rows),
        made.as_of
    )];
    if made.damage.is_empty() {
        lines.push("nothing is broken in it".to_owned());
    } else {
        lines.push(format!("broken in it ({} says where):", made.faults.display()));
    }
    lines.extend(made.damage.iter().map(|damage| {
        let entities = damage.entities.len();
        let noun = if entities == 1 { "entity:  " } else { "entities:" };
        format!("  {:<15} {:>7} {noun} {}", damage.fault.name(), figure::count(entities as u64), damage.fault.story())
    }));
    lines.join("\n") + "\n"
}

fn rows(number: usize) -> String {
    let noun = if number == 1 { "row" } else { "rows" };
    format!("{} {noun}", figure::count(number as u64))
}

/// The commands to try on what was made, as lines.
fn next_commands(made: &Made) -> String {
    let configuration = made.configuration.display();
    let program = std::env::args().next().unwrap_or_else(|| "skewwatch".to_owned());
    let as_of = made.as_of;
    let mut lines = vec![
        String::new(),
        "try next:".to_owned(),
        format!("  {program} check --config {configuration} --as-of {as_of}"),
    ];
    if let Some(entity) = &made.example {
        lines.push(format!("  {program} explain --config {configuration} --as-of {as_of} {entity}"));
    }
    lines.push(format!("  {program} validate --config {configuration}"));
    lines.join("\n") + "\n"
}
