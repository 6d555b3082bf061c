//! What reading a snapshot will cost, by its footers.

use std::ops::Range;

use polars_arrow::datatypes::Field;

use super::chunk::Group;
use super::layout::Origin;
use super::objects::{GAP, Traffic};
use super::rows::Source;

/// What is read of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Every key, to choose from, and then versions.
    KeysAndVersions,
    /// Versions of keys from elsewhere.
    Versions,
}

/// Requests and bytes of a reading, where every row group that may be read is.
pub(super) fn toll(source: &Source, reading: Reading) -> Traffic {
    let mut toll = Traffic::default();
    for place in source.places() {
        let (laid, group) = source.at(place);
        let summary = source.summary(laid, group);
        if summary.is_some_and(|summary| summary.rows == 0) {
            continue;
        }
        let keys: Vec<&Field> = laid.layout.keys.iter().filter_map(Origin::field).collect();
        let rows = laid.layout.row_fields();
        let features: Vec<&Field> = laid.layout.features.iter().filter_map(Origin::field).collect();
        let chosen_from = if summary.is_some() { &keys } else { &rows };
        match reading {
            Reading::KeysAndVersions => add(&mut toll, group, chosen_from),
            Reading::Versions => {}
        }
        add(&mut toll, group, &rows);
        add(&mut toll, group, &features);
    }
    toll
}

/// Adds what reading these columns costs: near ones are read together, with what lies between them.
fn add(toll: &mut Traffic, group: Group<'_>, fields: &[&Field]) {
    let mut ranges: Vec<Range<u64>> = group.places(fields);
    ranges.sort_by_key(|range| range.start);
    let mut last: Option<Range<u64>> = None;
    for range in ranges {
        match &mut last {
            Some(last) if range.start.saturating_sub(last.end) <= GAP => {
                toll.bytes += range.end.saturating_sub(last.end);
                last.end = last.end.max(range.end);
            }
            Some(_) | None => {
                toll.requests += 1;
                toll.bytes += range.end - range.start;
                last = Some(range);
            }
        }
    }
}
