//! `skewwatch explain`: one entity key, both sides, cell by cell, with the verdict and why.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;

use super::reason::reason;
use super::source::ConfigArguments;
use crate::model::entity::{EntityKey, KeyValue};
use crate::model::online::{OnlineCell, OnlineRow, StoredTimestamp};
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use crate::run::{Explanation, explain};

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
    let mut wanted = Vec::new();
    let mut refusals = Vec::new();
    for view in plan.views.iter().filter(|view| arguments.view.as_ref().is_none_or(|name| *name == view.name)) {
        match key_of(view, &arguments.entity) {
            Ok(key) => wanted.push((view, key)),
            Err(refusal) => refusals.push(format!("view `{}` {refusal}", view.name)),
        }
    }
    if wanted.is_empty() {
        let refusals = if refusals.is_empty() { "no such view is watched".to_owned() } else { refusals.join("; ") };
        anyhow::bail!("no feature view has the entity key `{}`: {refusals}", arguments.entity.join(" "));
    }
    let answers = explain(&plan, wanted, arguments.as_of).await?;
    let mut out = anstream::stdout().lock();
    let mut documents = Vec::new();
    let mut unread = false;
    for (view, answer) in &answers {
        match answer {
            Ok(explanation) => {
                unread |= explanation.sample.readings.iter().any(|readings| readings.last.row.is_err());
                match arguments.format {
                    Format::Table => write_table(explanation, &mut out).context("could not print the answer")?,
                    Format::Json => documents.push(document(explanation)),
                }
            }
            Err(error) => {
                unread = true;
                let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
                match arguments.format {
                    Format::Table => writeln!(out, "{}: {error}{cause}\n", view.name)?,
                    Format::Json => {
                        let failure = format!("{error}{cause}");
                        documents.push(json!({"feature_view": view.name, "failure": failure}));
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

fn write_table(explanation: &Explanation<'_>, out: &mut impl Write) -> std::io::Result<()> {
    let Explanation { view, sample, row, now } = explanation;
    let (Some(key), Some(readings)) = (sample.keys.first(), sample.readings.first()) else { return Ok(()) };
    let names: Vec<&str> = view.join_keys.iter().map(|join_key| join_key.name.as_str()).collect();
    writeln!(out, "{} of {} = {}, as of {now}", view.name, names.join(", "), key.key)?;
    let online = match &readings.last.row {
        Err(unread) => format!("not read: {}", unread.message),
        Ok(OnlineRow::Absent) => "no row".to_owned(),
        Ok(OnlineRow::Found(stored)) => match &stored.event_timestamp {
            StoredTimestamp::At(instant, _) => format!("a row of {instant}"),
            StoredTimestamp::NotKept => "a row (the layout keeps no event timestamp)".to_owned(),
            StoredTimestamp::Missing => "a row without its event timestamp".to_owned(),
            StoredTimestamp::Undecodable(reason) => format!("a row whose event timestamp does not decode: {reason}"),
        },
    };
    writeln!(out, "  online:  {online}")?;
    let versions = sample.history.versions(&key.key);
    let edge = |instant: Option<Timestamp>| instant.map_or_else(|| "nothing".to_owned(), |instant| instant.to_string());
    let history = &sample.history;
    writeln!(
        out,
        "  offline: {} versions; the snapshot holds {} to {}",
        versions.len(),
        edge(history.horizon),
        edge(history.watermark)
    )?;

    let mut cells = table(["feature", "online", "offline, held against", "verdict", "why"]);
    for (position, (feature, settled)) in view.features.iter().zip(&row.cells).enumerate() {
        let held = settled.version.and_then(|at| versions.version(at)).or_else(|| versions.newest());
        cells.add_row([
            feature.name.clone(),
            online_text(&readings.last.row, position),
            held.map_or_else(|| "—".to_owned(), |version| version.value(position).to_string()),
            settled.verdict.name().to_owned(),
            reason(settled),
        ]);
    }
    writeln!(out, "{cells}")?;

    if !versions.is_empty() {
        let head = ["event timestamp", "created"].into_iter().map(str::to_owned);
        let mut held = table(head.chain(view.features.iter().map(|feature| feature.name.clone())));
        for version in versions.iter().rev() {
            let created = version.created().map_or_else(|| "—".to_owned(), |instant| instant.to_string());
            let values = (0..view.features.len()).map(|feature| version.value(feature).to_string());
            held.add_row([version.event_timestamp().to_string(), created].into_iter().chain(values));
        }
        writeln!(out, "every version held, newest first:\n{held}")?;
    }
    writeln!(out)
}

fn table<T: Into<comfy_table::Cell>>(header: impl IntoIterator<Item = T>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.into_iter().map(Into::into).collect::<Vec<comfy_table::Cell>>());
    table
}

fn online_text(row: &Result<OnlineRow, crate::model::online::Unread>, feature: usize) -> String {
    let Ok(OnlineRow::Found(row)) = row else { return "—".to_owned() };
    match row.cells.get(feature) {
        None | Some(OnlineCell::Absent) => "—".to_owned(),
        Some(OnlineCell::Value(value)) => value.to_string(),
        Some(OnlineCell::Undecodable(reason)) => format!("undecodable: {reason}"),
    }
}

fn document(explanation: &Explanation<'_>) -> serde_json::Value {
    let Explanation { view, sample, row, now } = explanation;
    let (Some(key), Some(readings)) = (sample.keys.first(), sample.readings.first()) else { return json!(null) };
    let versions = sample.history.versions(&key.key);
    let cells: serde_json::Map<String, serde_json::Value> = view
        .features
        .iter()
        .zip(&row.cells)
        .enumerate()
        .map(|(position, (feature, settled))| {
            let held = settled.version.and_then(|at| versions.version(at));
            let cell = json!({
                "online": online_text(&readings.last.row, position),
                "offline": held.map(|version| version.value(position).to_string()),
                "offline_event_timestamp": held.map(|version| version.event_timestamp()),
                "verdict": settled.verdict,
                "layer": settled.layer,
                "remark": settled.remark,
                "expired": settled.expired,
                "versions_behind": settled.behind.map(|behind| behind.versions),
                "seconds_behind": settled.behind.map(|behind| behind.time.as_secs_f64()),
                "why": reason(settled),
            });
            (feature.name.clone(), cell)
        })
        .collect();
    let history: Vec<serde_json::Value> = versions
        .iter()
        .rev()
        .map(|version| {
            let values: serde_json::Map<String, serde_json::Value> = view
                .features
                .iter()
                .enumerate()
                .map(|(position, feature)| (feature.name.clone(), json!(version.value(position).to_string())))
                .collect();
            json!({
                "event_timestamp": version.event_timestamp(),
                "created": version.created(),
                "file": version.file().map(|file| &file.location),
                "values": values,
            })
        })
        .collect();
    let event_timestamp = match &readings.last.row {
        Ok(OnlineRow::Found(stored)) => match stored.event_timestamp {
            StoredTimestamp::At(instant, _) => Some(instant),
            StoredTimestamp::NotKept | StoredTimestamp::Missing | StoredTimestamp::Undecodable(_) => None,
        },
        Ok(OnlineRow::Absent) | Err(_) => None,
    };
    json!({
        "feature_view": view.name,
        "entity_key": key.key.to_string(),
        "as_of": now,
        "online_event_timestamp": event_timestamp,
        "unread": readings.last.row.as_ref().err().map(|unread| unread.message.to_string()),
        "watermark": sample.history.watermark,
        "horizon": sample.history.horizon,
        "cells": cells,
        "history": history,
    })
}
