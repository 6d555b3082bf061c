//! `skewwatch findings accept`: the entry of the configuration that accepts a finding.
//!
//! Nothing is written into the configuration: who accepts a finding commits it. What is printed has been read back by the
//! reader of configurations, so that it can be pasted as it is.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use super::{findings_in, open_history};
use crate::cli::screen::Screen;
use crate::cli::source::{ConfigArguments, unknown_view};
use crate::config::{Plan, service_from_text};
use crate::judge::accept::Accepted;
use crate::model::check::{CheckKind, FindingKey};
use crate::model::time::{Clock, Timestamp};
use crate::publish::plain::subject;

/// Arguments of `skewwatch findings accept`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// The view, or the feature as `VIEW.FEATURE`.
    #[arg(value_name = "VIEW[.FEATURE]")]
    place: String,
    /// What is checked.
    #[arg(value_name = "CHECK", value_parser = check)]
    check: CheckKind,
    /// When it comes back in any case: with the end of a day (`2026-12-31`), or at a time.
    #[arg(long, value_name = "DATE")]
    until: String,
    /// Why it is accepted.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// How many times as far from perfect as now it may become before it is told again, from 1 up.
    #[arg(long, value_name = "NUMBER", default_value = "1.5")]
    factor: String,
}

fn check(name: &str) -> Result<CheckKind, String> {
    let names = CheckKind::ALL.map(CheckKind::name);
    let known = CheckKind::ALL.into_iter().find(|check| check.name() == name);
    known.ok_or_else(|| format!("it is one of {}", names.join(", ")))
}

/// Prints the entry with the current figure: exit code 0, and 1 when the finding is not open, which standard error says.
///
/// # Errors
/// When the configuration is no good, no such view or feature is watched, or no entry says what the arguments do.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let plan = arguments.config.load().await?;
    let now = Clock::System.now();
    let key = key(&plan, &arguments)?;
    let open = current(&plan, &key, now)?;
    let entry = entry(&key, &arguments, open)?;
    let accepted = read_back(&plan, &entry)?;
    let mut screen = Screen::open();
    let before = plan.service.tolerated.accepted.iter().find(|accepted| accepted.key == key);
    if plan.service.tolerated.accepted.is_empty() {
        writeln!(screen, "accept:")?;
    }
    write!(screen, "{entry}")?;
    screen.flush()?;
    let mut errors = anstream::stderr();
    if let Some(before) = before {
        writeln!(errors, "note: this replaces the entry that is there, until {}", before.until)?;
    } else if !plan.service.tolerated.accepted.is_empty() {
        writeln!(errors, "note: this goes to the list under `accept:`")?;
    }
    if accepted.until <= now {
        writeln!(errors, "warning: {} is over: the entry accepts nothing", arguments.until)?;
    }
    if open.is_some() {
        return Ok(ExitCode::SUCCESS);
    }
    let place = subject(&key.feature_view, key.feature.as_deref());
    writeln!(errors, "warning: {} of {place} is not open: the first figure that is found will be accepted", key.check)?;
    Ok(ExitCode::from(1))
}

/// The finding that is meant; of names with dots the longest view that is watched.
fn key(plan: &Plan, arguments: &Arguments) -> anyhow::Result<FindingKey> {
    let (place, check) = (arguments.place.as_str(), arguments.check);
    let known = |name: &str| plan.views.iter().find(|view| view.name == name);
    if known(place).is_some() {
        return Ok(FindingKey { feature_view: place.to_owned(), feature: None, check });
    }
    let splits = place.rmatch_indices('.').map(|(dot, _)| (&place[..dot], &place[dot + 1..]));
    for (view, feature) in splits {
        let Some(watched) = known(view) else { continue };
        if watched.position(feature).is_none() {
            let names: Vec<&str> = watched.features.iter().map(|feature| feature.name.as_str()).collect();
            anyhow::bail!("view `{view}` has no feature `{feature}`; it has {}", names.join(", "));
        }
        return Ok(FindingKey { feature_view: view.to_owned(), feature: Some(feature.to_owned()), check });
    }
    Err(unknown_view(plan, place.split_once('.').map_or(place, |(view, _)| view)))
}

/// The last figure of the finding in the history; `None` when it is not open, or none is kept.
fn current(plan: &Plan, key: &FindingKey, now: Timestamp) -> anyhow::Result<Option<f64>> {
    if plan.publish.history.as_ref().is_none_or(|path| !path.exists()) {
        return Ok(None);
    }
    let open = findings_in(&open_history(plan)?, plan, now)?;
    let of_check = open.iter().filter(|finding| finding.feature_view == key.feature_view && finding.check == key.check);
    let figures = of_check.flat_map(|finding| {
        let also = finding.also.iter().map(|also| (Some(&also.feature), also.observed));
        std::iter::once((finding.feature.as_ref(), finding.observed)).chain(also)
    });
    let mut own = figures.filter(|(feature, _)| *feature == key.feature.as_ref());
    Ok(own.next().map(|(_, observed)| observed))
}

/// The entry as YAML: the item of a list, each line ended.
fn entry(key: &FindingKey, arguments: &Arguments, observed: Option<f64>) -> anyhow::Result<String> {
    let mut lines = vec![("view", scalar(&key.feature_view)?)];
    if let Some(feature) = &key.feature {
        lines.push(("feature", scalar(feature)?));
    }
    lines.push(("check", key.check.name().to_owned()));
    lines.push(("until", scalar(&arguments.until)?));
    lines.push(("reason", quoted(&arguments.reason)?));
    if let Some(observed) = observed {
        lines.push(("observed", observed.to_string()));
    }
    lines.push(("factor", scalar(&arguments.factor)?));
    let mut text = String::new();
    for (place, (name, value)) in lines.into_iter().enumerate() {
        let lead = if place == 0 { "  - " } else { "    " };
        text.push_str(&format!("{lead}{name}: {value}\n"));
    }
    Ok(text)
}

/// A name as it is where it cannot be taken for anything else, else in quotes.
fn scalar(text: &str) -> anyhow::Result<String> {
    let is_plain = text.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"_-.".contains(&letter));
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&&*text.to_ascii_lowercase());
    if is_plain && !is_word { Ok(text.to_owned()) } else { quoted(text) }
}

/// A text in quotes: JSON's are YAML's, and `${` would be a variable.
fn quoted(text: &str) -> anyhow::Result<String> {
    Ok(serde_json::to_string(&text.replace("${", "$${"))?)
}

/// What the reader of configurations makes of the entry.
fn read_back(plan: &Plan, entry: &str) -> anyhow::Result<Accepted> {
    let text = format!("schedule: {{ timezone: {} }}\naccept:\n{entry}", plan.service.schedule.zone);
    let read = service_from_text(&text, Path::new("the entry"), &plan.views, &|_| None)?;
    let entry = read.tolerated.accepted.into_iter().next();
    entry.ok_or_else(|| anyhow::anyhow!("the entry accepts nothing"))
}
