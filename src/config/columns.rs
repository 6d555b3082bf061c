//! The parts of a view: join keys, features, and which column of a snapshot means what.

use super::problem::{Problem, nearest, suggestion};
use super::quantity::Complaint;
use super::reader::Reader;
use super::section::Section;
use super::tree::{Content, Node};
use crate::model::entity::{JoinKey, KeyKind};
use crate::model::value::{ScalarKind, ValueKind};
use crate::model::view::{Feature, WatermarkRule};

/// Join keys: names, or names with types.
pub(super) fn join_keys(node: &Node, reader: &mut Reader<'_>) -> Vec<JoinKey> {
    let mut keys: Vec<JoinKey> = Vec::new();
    match &node.content {
        Content::List(items) => {
            for item in items {
                let Some(name) = reader.text(item, "the name of a join key") else { continue };
                if keys.iter().any(|key| key.name == name) {
                    reader.note(Problem::new(item.span, format!("the join key `{name}` is given twice")));
                } else {
                    keys.push(JoinKey { name, kind: KeyKind::String });
                }
            }
        }
        Content::Mapping(entries) => {
            for entry in entries {
                let kind = reader.parsed(&entry.value, "the type of a join key", |text| {
                    KeyKind::parse(text).ok_or_else(|| {
                        let complaint = Complaint::new("is not the type of a join key");
                        complaint.hint("it can be `string`, `int32`, `int64`, `bytes`, `unix_timestamp`")
                    })
                });
                keys.push(JoinKey { name: entry.key.clone(), kind: kind.unwrap_or(KeyKind::String) });
            }
        }
        Content::Nothing | Content::Scalar(_) => {
            let problem =
                Problem::new(node.span, format!("expected names of join keys, found {}", node.content.name()));
            reader.note(problem.hint("write `[user_id]`, or with types `{ user_id: int64 }`"));
            return keys;
        }
    }
    if matches!(&node.content, Content::List(items) if items.is_empty()) || size(node) == 0 {
        reader.note(Problem::new(node.span, "a view needs at least one join key"));
    }
    keys
}

fn size(node: &Node) -> usize {
    match &node.content {
        Content::Nothing | Content::Scalar(_) => 1,
        Content::List(items) => items.len(),
        Content::Mapping(entries) => entries.len(),
    }
}

/// Features with their types.
pub(super) fn features(node: &Node, reader: &mut Reader<'_>) -> Vec<Feature> {
    let Content::Mapping(entries) = &node.content else {
        let problem =
            Problem::new(node.span, format!("expected features with their types, found {}", node.content.name()));
        reader.note(problem.hint("write `{ orders_30d: int64, country: string }`"));
        return Vec::new();
    };
    if entries.is_empty() {
        reader.note(Problem::new(node.span, "a view needs at least one feature"));
    }
    let kind = |text: &str| {
        ValueKind::parse(text).ok_or_else(|| {
            let scalars = ScalarKind::ALL.map(ScalarKind::name);
            let near = nearest(text, scalars.into_iter().chain(["map", "list<map>"]));
            let hint = near.map_or_else(
                || format!("scalars are {}; also `list<…>`, `set<…>`, `map`, `list<map>`", scalars.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            Complaint::new("is not a type").hint(hint)
        })
    };
    entries
        .iter()
        .map(|entry| {
            let kind = reader.parsed(&entry.value, "a type such as `float32`", kind);
            // No plan comes of a type that is none; the feature stays known for what refers to it.
            Feature { name: entry.key.clone(), kind: kind.unwrap_or(ValueKind::Scalar(ScalarKind::String)) }
        })
        .collect()
}

/// A time zone.
pub(super) fn zone(node: &Node, reader: &mut Reader<'_>) -> Option<chrono_tz::Tz> {
    reader.parsed(node, "a time zone such as `Europe/Berlin`", |text| {
        text.parse().map_err(|_| Complaint {
            clause: "is not a time zone such as `Europe/Berlin`".to_owned(),
            hint: suggestion(text, chrono_tz::TZ_VARIANTS.map(chrono_tz::Tz::name))
                .filter(|hint| hint.starts_with("did")),
        })
    })
}

/// Pairs (column, feature or join key).
pub(super) fn field_mapping(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<(String, String)>> {
    let Content::Mapping(entries) = &node.content else {
        let problem = Problem::new(node.span, format!("expected columns and features, found {}", node.content.name()));
        reader.note(problem.hint("write `{ column_in_the_file: feature }`"));
        return None;
    };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for entry in entries {
        let Some(feature) = reader.text(&entry.value, "the name of a feature or join key") else { continue };
        if let Some((column, _)) = pairs.iter().find(|(_, mapped)| *mapped == feature) {
            let message = format!("`{feature}` already comes from the column `{column}`");
            reader.note(Problem::new(entry.span, message));
        } else {
            pairs.push((entry.key.clone(), feature));
        }
    }
    Some(pairs)
}

/// The rule that says up to when a snapshot is complete.
pub(super) fn watermark(node: &Node, reader: &mut Reader<'_>) -> Option<WatermarkRule> {
    if matches!(node.content, Content::Scalar(_)) {
        return reader.choice(node, &[("max_event_timestamp", WatermarkRule::MaxEventTimestamp)]);
    }
    let mut section = Section::open(node, "`watermark`", reader)?;
    let key = section.entry("partition_end");
    let file = section.entry("marker");
    let at = section.at();
    section.close(reader);
    match (key, file) {
        (Some(entry), None) => {
            reader.text(&entry.value, "the name of a partition key").map(|key| WatermarkRule::PartitionEnd { key })
        }
        (None, Some(entry)) => {
            reader.text(&entry.value, "the name of a file").map(|file| WatermarkRule::Marker { file })
        }
        (None, None) | (Some(_), Some(_)) => {
            reader
                .note(Problem::new(at, "`watermark` is `max_event_timestamp`, or one of `partition_end` and `marker`"));
            None
        }
    }
}
