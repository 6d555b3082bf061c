//! `skewwatch explain`: one entity key, both sides, cell by cell, with the verdict and why.

mod json;
mod table;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;

use super::screen::Screen;
use super::source::{ConfigArguments, unknown_view};
use crate::model::entity::{EntityKey, KeyValue};
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use crate::publish::{plain, terminal};
use crate::run::{chain, explain};

/// Arguments of `skewwatch explain`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// The entity key: its value, or `NAME=VALUE` for each join key (`user_id=u01 driver_id=5001`).
    #[arg(value_name = "ENTITY", required = true)]
    entity: Vec<String>,
    /// Only this feature view; by default every view with these join keys.
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    /// The instant that stands for "now", as RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    as_of: Option<Timestamp>,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// How the answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people.
    Table,
    /// One JSON document.
    Json,
}

/// Explains one entity key. The exit code is 2 when a side could not be read.
///
/// # Errors
/// When the configuration is no good, no view has such a key, or the online store cannot be reached.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let plan = arguments.config.load().await?;
    if let Some(name) = arguments.view.as_deref().filter(|name| !plan.views.iter().any(|view| view.name == *name)) {
        return Err(unknown_view(&plan, name));
    }
    let mut wanted = Vec::new();
    let mut refusals = Vec::new();
    for view in plan.views.iter().filter(|view| arguments.view.as_ref().is_none_or(|name| *name == view.name)) {
        match key_of(view, &arguments.entity) {
            Ok(key) => wanted.push((view, key)),
            Err(refusal) => refusals.push(format!("view `{}` {refusal}", view.name)),
        }
    }
    if wanted.is_empty() {
        anyhow::bail!(
            "no feature view has the entity key `{}`: {}",
            arguments.entity.join(" "),
            if refusals.is_empty() { "none is watched".to_owned() } else { refusals.join("; ") }
        );
    }
    let answers = explain(&plan, wanted, arguments.as_of).await?;
    let mut out = Screen::open();
    let mut documents = Vec::new();
    let mut unread = false;
    for (view, answer) in &answers {
        match answer {
            Ok(explanation) => {
                unread |= explanation.sample.readings.iter().any(|readings| readings.last.row.is_err());
                match arguments.format {
                    Format::Table => {
                        table::write(explanation, terminal::width(), &mut out).context("could not print the answer")?;
                    }
                    Format::Json => documents.push(json::document(explanation)),
                }
            }
            Err(error) => {
                unread = true;
                let failure = chain(error);
                match arguments.format {
                    Format::Table => writeln!(out, "{}\n  {failure}\n", plain::one_line(&view.name))?,
                    Format::Json => {
                        documents.push(serde_json::json!({"feature_view": view.name, "failure": failure}));
                    }
                }
            }
        }
    }
    if arguments.format == Format::Json {
        serde_json::to_writer_pretty(&mut out, &documents)?;
        writeln!(out)?;
    }
    Ok(if unread { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// The entity key that the words of the command line name in this view, or why they name none.
fn key_of(view: &FeatureView, words: &[String]) -> Result<EntityKey, String> {
    let names: Vec<&str> = view.join_keys.iter().map(|join_key| join_key.name.as_str()).collect();
    let named: Vec<(&str, &str)> = words.iter().filter_map(|word| word.split_once('=')).collect();
    let is_named = named.len() == words.len() && named.iter().all(|(name, _)| names.contains(name));
    let texts: Vec<&str> = match (is_named, names.len()) {
        (true, _) => names
            .iter()
            .map(|name| {
                let value = named.iter().find(|(given, _)| given == name);
                value.map(|(_, value)| *value).ok_or_else(|| format!("also needs `{name}`"))
            })
            .collect::<Result<_, _>>()?,
        (false, 1) if words.len() == 1 => words.iter().map(String::as_str).collect(),
        (false, _) => return Err(format!("has the join keys {}", names.join(", "))),
    };
    let values: Vec<KeyValue> = texts
        .iter()
        .zip(&view.join_keys)
        .map(|(text, join_key)| {
            let kind = join_key.kind;
            kind.parse_value(text).ok_or_else(|| format!("wants {} for `{}`, not `{text}`", kind.name(), join_key.name))
        })
        .collect::<Result<_, _>>()?;
    Ok(EntityKey::new(values))
}
