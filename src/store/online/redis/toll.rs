//! What talking to the nodes has cost.

use std::sync::atomic::{AtomicU64, Ordering};

use redis::{Pipeline, Value};

use crate::store::online::OnlineTraffic;

/// Bytes around a value: its type, its length and two line ends.
const AROUND: u64 = 8;

/// Commands and bytes so far.
#[derive(Debug, Default)]
pub(super) struct Toll {
    commands: AtomicU64,
    bytes: AtomicU64,
}

impl Toll {
    /// Counts what is sent.
    pub(super) fn sent(&self, pipeline: &Pipeline) {
        self.commands.fetch_add(pipeline.len() as u64, Ordering::Relaxed);
        self.bytes.fetch_add(pipeline.get_packed_pipeline().len() as u64, Ordering::Relaxed);
    }

    /// Counts what came back.
    pub(super) fn received(&self, answers: &[Value]) {
        self.bytes.fetch_add(answers.iter().map(size).sum(), Ordering::Relaxed);
    }

    pub(super) fn traffic(&self) -> OnlineTraffic {
        OnlineTraffic { commands: self.commands.load(Ordering::Relaxed), bytes: self.bytes.load(Ordering::Relaxed) }
    }
}

/// About how many bytes an answer took.
fn size(answer: &Value) -> u64 {
    AROUND
        + match answer {
            Value::BulkString(bytes) => bytes.len() as u64,
            Value::SimpleString(text) => text.len() as u64,
            Value::Array(values) | Value::Set(values) => values.iter().map(size).sum(),
            Value::Map(entries) => entries.iter().map(|(key, value)| size(key) + size(value)).sum(),
            _ => 0,
        }
}
