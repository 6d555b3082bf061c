//! The answer of `explain` for programs.

use serde_json::json;

use crate::cli::reason::reason;
use crate::model::online::{OnlineCell, OnlineRow, StoredTimestamp, Unread};
use crate::run::Explanation;

/// The answer for one view; values are texts, as the table shows them, but whole.
pub(super) fn document(explanation: &Explanation<'_>) -> serde_json::Value {
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

/// What one feature of the row reads as; `null` of JSON where there is nothing.
fn online_text(row: &Result<OnlineRow, Unread>, feature: usize) -> Option<String> {
    let Ok(OnlineRow::Found(row)) = row else { return None };
    match row.cells.get(feature)? {
        OnlineCell::Absent => None,
        OnlineCell::Value(value) => Some(value.to_string()),
        OnlineCell::Undecodable(reason) => Some(format!("undecodable: {reason}")),
    }
}
