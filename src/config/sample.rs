//! `sample`: which entity keys a round reads, and what reading may cost.

use super::online::Reading;
use super::problem::Problem;
use super::reader::Reader;
use super::section::Section;
use super::tree::{Content, Node};
use crate::model::ratio::Ratio;
use crate::sample::{Cache, KeySource, SampleSettings};
use crate::store::online::ReadBudget;

const KEYS: usize = 10_000;
const SEED: u64 = 1;

/// Reads the section.
pub(super) fn read(node: Option<&Node>, reader: &mut Reader<'_>) -> Option<(SampleSettings, Reading)> {
    // One key in five changes from round to round.
    let rotating = Ratio::of(1, 5)?;
    let both = vec![KeySource::Offline, KeySource::Online];
    let mut sample = SampleSettings { keys: KEYS, sources: both, rotating, seed: SEED, cache: Cache::Unset };
    let mut reading = Reading { budget: ReadBudget::default(), budget_at: None, replica_reads: None };
    let Some(mut section) = node.and_then(|node| Section::open(node, "`sample`", reader)) else {
        return Some((sample, reading));
    };
    set(&mut sample.keys, section.optional("keys").and_then(|node| reader.whole(node, 1)));
    set(&mut sample.sources, section.optional("source").map(|node| sources(node, reader)));
    set(&mut sample.rotating, section.optional("rotating").and_then(|node| reader.share(node)));
    set(&mut sample.seed, section.optional("seed").and_then(|node| reader.whole(node, 0)));
    set(&mut sample.cache, section.optional("cache").and_then(|node| cache(node, reader)));
    reading.replica_reads =
        section.entry("replica_reads").and_then(|entry| Some((reader.flag(&entry.value)?, entry.span)));
    if let Some(entry) = section.entry("budget") {
        reading.budget_at = Some(entry.span);
        budget(&entry.value, &mut reading.budget, reader);
    }
    // What a service does between rounds is read when the views and the time zone are known.
    section.optional("capture");
    section.optional("tracked");
    section.close(reader);
    Some((sample, reading))
}

/// Replaces what is there where something was given.
pub(super) fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}

/// A folder, or `none`.
fn cache(node: &Node, reader: &mut Reader<'_>) -> Option<Cache> {
    match &node.content {
        Content::Scalar(text) if text == "none" => Some(Cache::Off),
        Content::Scalar(_) | Content::Nothing | Content::List(_) | Content::Mapping(_) => {
            reader.path(node).map(Cache::Folder)
        }
    }
}

fn sources(node: &Node, reader: &mut Reader<'_>) -> Vec<KeySource> {
    let items = match &node.content {
        Content::List(items) => items.as_slice(),
        Content::Nothing | Content::Scalar(_) | Content::Mapping(_) => std::slice::from_ref(node),
    };
    if items.is_empty() {
        reader.note(Problem::new(node.span, "`source` is empty: there would be nothing to read"));
    }
    let mut sources = Vec::new();
    for item in items {
        let source = match &item.content {
            Content::Mapping(_) => Section::open(item, "a source", reader).and_then(|mut section| {
                let path = section.required("file", reader).and_then(|node| reader.path(node));
                section.close(reader);
                path.map(KeySource::File)
            }),
            Content::Nothing | Content::Scalar(_) | Content::List(_) => {
                reader.choice(item, &[("offline", KeySource::Offline), ("online", KeySource::Online)])
            }
        };
        match source {
            Some(source) if sources.contains(&source) => {
                reader.note(Problem::new(item.span, format!("the source `{}` is given twice", source.name())));
            }
            Some(source) => sources.push(source),
            None => {}
        }
    }
    sources
}

fn budget(node: &Node, budget: &mut ReadBudget, reader: &mut Reader<'_>) {
    let Some(mut section) = Section::open(node, "`budget`", reader) else { return };
    let rate = section.optional("keys_per_second").and_then(|node| reader.whole(node, 1));
    budget.keys_per_second = rate.or(budget.keys_per_second);
    set(&mut budget.in_flight, section.optional("in_flight").and_then(|node| reader.whole(node, 1)));
    set(&mut budget.pipeline, section.optional("pipeline").and_then(|node| reader.whole(node, 1)));
    set(&mut budget.timeout, section.optional("timeout").and_then(|node| reader.positive_duration(node)));
    let connect_timeout = section.optional("connect_timeout").and_then(|node| reader.positive_duration(node));
    set(&mut budget.connect_timeout, connect_timeout);
    set(&mut budget.attempts, section.optional("attempts").and_then(|node| reader.whole(node, 1)));
    set(&mut budget.scan_count, section.optional("scan_count").and_then(|node| reader.whole(node, 1)));
    set(&mut budget.scan_keys, section.optional("scan_keys").and_then(|node| reader.whole(node, 1)));
    set(&mut budget.scan_keys, section.optional("scan_keys").and_then(|node| reader.whole(node, 1)));
    section.close(reader);
}
