//! From settled rows to readings: every fault gets the message of its whole request.

use std::collections::HashMap;
use std::sync::Arc;

use super::exchange::Answer;
use super::fault::{Fault, Remedy};
use crate::model::online::{OnlineRow, Unread, UnreadReason};
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;

/// A row as a layout has put it together.
#[derive(Debug)]
pub(super) struct Row<T = OnlineRow> {
    /// When the last answer that it is made of arrived.
    pub(super) at: Timestamp,
    /// The row, or the first fault among its answers.
    pub(super) row: Result<T, Fault>,
}

/// A row of which perhaps not everything could be read.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) row: Row,
    /// Positions of the features that could not be read, where others could.
    pub(super) unread: Vec<usize>,
}

impl Part {
    /// A row that was read whole, or not at all.
    pub(super) const fn whole(row: Row) -> Self {
        Self { row, unread: Vec::new() }
    }
}

/// When the last of `answers` arrived, and the first fault among them.
pub(super) fn whole(answers: &[Answer]) -> (Timestamp, Option<&Fault>) {
    let at = answers.iter().map(|answer| answer.at).max().unwrap_or(Timestamp::MIN);
    (at, answers.iter().find_map(|answer| answer.outcome.as_ref().err()))
}

/// When each of `rows` was read, and the row; keys that failed at the same node for the same reason share one message.
pub(super) fn told<T>(rows: Vec<Row<T>>, view: &FeatureView, attempts: u32) -> Vec<(Timestamp, Result<T, Unread>)> {
    type Kind = (Arc<str>, Arc<str>, UnreadReason);
    let kind = |fault: &Fault| -> Kind { (Arc::clone(&fault.node), Arc::clone(&fault.text), fault.reason) };
    let mut counts: HashMap<Kind, usize> = HashMap::new();
    for fault in rows.iter().filter_map(|row| row.row.as_ref().err()) {
        *counts.entry(kind(fault)).or_default() += 1;
    }
    let mut messages: HashMap<Kind, Arc<str>> = HashMap::new();
    let mut unread = |fault: &Fault| {
        let keys = counts.get(&kind(fault)).copied().unwrap_or(1);
        let message = messages.entry(kind(fault)).or_insert_with(|| {
            let noun = if keys == 1 { "key" } else { "keys" };
            let cause = fault.after(attempts);
            format!("could not read {keys} {noun} of view `{}` from {}: {cause}", view.name, fault.node).into()
        });
        Unread { reason: fault.reason, message: Arc::clone(message) }
    };
    rows.into_iter().map(|row| (row.at, row.row.map_err(|fault| unread(&fault)))).collect()
}

/// A fault of the request itself, before any node was asked.
pub(super) fn unaskable(text: impl Into<Arc<str>>) -> Fault {
    Fault { node: "redis".into(), reason: UnreadReason::Protocol, text: text.into(), remedy: Remedy::None }
}
