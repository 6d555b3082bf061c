//! `sample.capture` and `sample.tracked`: which keys a service reads between rounds, and when it captures rows.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::checks::{is_known, unknown_view};
use super::problem::Span;
use super::reader::Reader;
use super::sample::set;
use super::schedule::cron;
use super::tree::{Content, Entry, Node};
use super::views::Views;
use crate::model::schedule::Schedule;

/// Keys tracked of a view where the file says nothing.
const TRACKED: usize = 200;

/// What a service reads between rounds.
pub(super) struct BetweenRounds {
    /// Captures, by view.
    pub(super) captures: BTreeMap<String, Schedule>,
    /// Most keys tracked of a view.
    pub(super) tracked: usize,
}

/// Reads the two keys of the section `sample`, whose other keys are read elsewhere.
pub(super) fn read(
    sample: Option<&Node>,
    (zone, views): (Tz, Option<&Views>),
    reader: &mut Reader<'_>,
) -> BetweenRounds {
    let mut between = BetweenRounds { captures: BTreeMap::new(), tracked: TRACKED };
    set(&mut between.tracked, value(sample, "tracked").and_then(|node| reader.whole(node, 0)));
    let Some(node) = value(sample, "capture") else { return between };
    match &node.content {
        Content::Mapping(entries) => {
            for entry in entries {
                match views {
                    Some(views) if !is_known(views, &entry.key) => {
                        reader.note(unknown_view(views, &entry.key, entry.span));
                    }
                    Some(_) | None => between
                        .captures
                        .extend(cron(&entry.value, zone, reader).map(|schedule| (entry.key.clone(), schedule))),
                }
            }
        }
        Content::Nothing | Content::Scalar(_) | Content::List(_) => {
            let schedule = cron(node, zone, reader);
            let watched = views.map_or(&[][..], |views| &views.watched);
            let all = schedule
                .into_iter()
                .flat_map(|schedule| watched.iter().map(move |view| (view.name.clone(), schedule.clone())));
            between.captures.extend(all);
        }
    }
    between
}

/// Where captures are asked for, if they are.
pub(super) fn captures_at(sample: Option<&Node>) -> Option<Span> {
    entry(sample, "capture").map(|entry| entry.span)
}

fn value<'tree>(sample: Option<&'tree Node>, key: &str) -> Option<&'tree Node> {
    entry(sample, key).map(|entry| &entry.value)
}

fn entry<'tree>(sample: Option<&'tree Node>, key: &str) -> Option<&'tree Entry> {
    match &sample?.content {
        Content::Mapping(entries) => entries.iter().find(|entry| entry.key == key),
        // That it is no mapping is told by who reads the rest.
        Content::Nothing | Content::Scalar(_) | Content::List(_) => None,
    }
}
