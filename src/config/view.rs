//! One entry of `feature_views`: a view declared, or what the file adds to a view of Feast's registry.

use std::time::Duration;

use super::problem::{Problem, Span, nearest, suggestion};
use super::quantity::Complaint;
use super::reader::Reader;
use super::sample::set;
use super::section::Section;
use super::tree::{Content, Entry, Node};
use crate::model::entity::{JoinKey, KeyKind};
use crate::model::value::{ScalarKind, ValueKind};
use crate::model::view::{
    Contains, ExpiredRules, Feature, FeatureView, FreshnessBasis, Inclusion, Pairing, SnapshotSource, Tolerance,
    WatermarkRule, WrittenFrom,
};

/// Whether the view is declared here or in Feast's registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The entry is all that is known of it.
    Declared,
    /// The entry refines what the registry says.
    Registry,
}

/// An entry as far as it could be read.
#[derive(Debug)]
pub(super) struct ViewEntry {
    /// The view's name.
    pub(super) name: String,
    /// Where the name stands.
    pub(super) at: Span,
    /// Whether it is watched.
    pub(super) watched: bool,
    /// Where its pairing is chosen.
    pub(super) pairing: Option<(Pairing, Span)>,
    /// Where the origin of its values is declared.
    pub(super) written_from: Option<(WrittenFrom, Span)>,
    /// Where its columns are mapped.
    pub(super) mapping_at: Option<Span>,
    join_keys: Vec<JoinKey>,
    features: Vec<Feature>,
    team: Option<String>,
    owner: Option<String>,
    tier: Option<String>,
    ttl: Option<Duration>,
    location: Option<String>,
    event_timestamp: Option<String>,
    created: Option<String>,
    naive_timestamps: Option<chrono_tz::Tz>,
    field_mapping: Option<Vec<(String, String)>>,
    contains: Option<Contains>,
    watermark: Option<WatermarkRule>,
    lateness: Option<Duration>,
    write_delay: Option<Duration>,
    basis: Option<FreshnessBasis>,
    tolerance: TolerancePatch,
    in_skew: Option<Inclusion>,
    in_coverage: Option<Inclusion>,
}

#[derive(Debug, Default)]
struct TolerancePatch {
    absolute: Option<f64>,
    relative: Option<f64>,
    ulps: Option<u32>,
}

impl ViewEntry {
    /// Reads an entry; `root` is what relative snapshot addresses begin from. `None` if it has no usable name.
    pub(super) fn read(node: &Node, origin: Origin, root: Option<&str>, reader: &mut Reader<'_>) -> Option<Self> {
        let mut section = Section::open(node, "a feature view", reader)?;
        let section = &mut section;
        let name_node = section.required("name", reader);
        let name = name_node.and_then(|node| reader.text(node, "the name of a view"));
        let (join_keys, features) = match origin {
            Origin::Declared => {
                let join_keys = section.required("join_keys", reader).map(|node| join_keys(node, reader));
                let features = section.required("features", reader).map(|node| features(node, reader));
                (join_keys.unwrap_or_default(), features.unwrap_or_default())
            }
            Origin::Registry => {
                section.refuse("join_keys", "of a view in Feast's registry come from there", reader);
                section.refuse("features", "of a view in Feast's registry come from there", reader);
                (Vec::new(), Vec::new())
            }
        };
        let watched = section.optional("watch").and_then(|node| reader.flag(node)).unwrap_or(true);
        for key in ["snapshot", "event_timestamp"] {
            if origin == Origin::Declared && watched {
                section.required(key, reader);
            }
        }
        let spanned = |entry: Option<&Entry>| entry.map(|entry| entry.span);
        let pairings = [("version", Pairing::Version), ("as_of", Pairing::AsOf), ("value", Pairing::Value)];
        let pairing_entry = section.entry("pairing");
        let origins = [("snapshot", WrittenFrom::Snapshot), ("unknown", WrittenFrom::Unknown)];
        let written_entry = section.entry("written_from");
        let mapping_entry = section.entry("field_mapping");
        let contents = [("changes", Contains::Changes), ("full", Contains::Full)];
        let mut text = |key: &'static str, what: &str| section.optional(key).and_then(|node| reader.text(node, what));
        let (team, owner, tier) = (text("team", "a team"), text("owner", "an owner"), text("tier", "a tier"));
        let (event_timestamp, created) = (text("event_timestamp", "a column"), text("created", "a column"));
        let mut entry = Self {
            name: String::new(),
            at: name_node.map_or(section.at(), |node| node.span),
            watched,
            pairing: pairing_entry.and_then(|entry| Some((reader.choice(&entry.value, &pairings)?, entry.span))),
            written_from: written_entry.and_then(|entry| Some((reader.choice(&entry.value, &origins)?, entry.span))),
            mapping_at: spanned(mapping_entry),
            join_keys,
            features,
            team,
            owner,
            tier,
            ttl: section.optional("ttl").and_then(|node| reader.duration(node)),
            location: section.optional("snapshot").and_then(|node| reader.location(node, root)),
            event_timestamp,
            created,
            naive_timestamps: section.optional("naive_timestamps").and_then(|node| zone(node, reader)),
            field_mapping: mapping_entry.and_then(|entry| field_mapping(&entry.value, reader)),
            contains: section.optional("contains").and_then(|node| reader.choice(node, &contents)),
            watermark: section.optional("watermark").and_then(|node| watermark(node, reader)),
            lateness: section.optional("lateness").and_then(|node| reader.duration(node)),
            write_delay: section.optional("write_delay").and_then(|node| reader.duration(node)),
            basis: None,
            tolerance: TolerancePatch::default(),
            in_skew: None,
            in_coverage: None,
        };
        entry.read_figures(section, reader);
        std::mem::replace(section, Section::done()).close(reader);
        entry.name = name?;
        Some(entry)
    }

    fn read_figures(&mut self, section: &mut Section<'_>, reader: &mut Reader<'_>) {
        let bases = [("row", FreshnessBasis::Row), ("view", FreshnessBasis::View), ("version", FreshnessBasis::Version)];
        if let Some(mut inner) = section.optional("freshness").and_then(|node| Section::open(node, "`freshness`", reader)) {
            self.basis = inner.required("basis", reader).and_then(|node| reader.choice(node, &bases));
            inner.close(reader);
        }
        if let Some(mut inner) = section.optional("tolerance").and_then(|node| Section::open(node, "`tolerance`", reader)) {
            self.tolerance.absolute = inner.optional("absolute").and_then(|node| reader.amount(node));
            self.tolerance.relative =
                inner.optional("relative").and_then(|node| reader.share(node)).map(crate::model::ratio::Ratio::get);
            self.tolerance.ulps = inner.optional("ulps").and_then(|node| reader.whole(node, 0));
            inner.close(reader);
        }
        let inclusions = [("true", Inclusion::Included), ("false", Inclusion::Excluded)];
        if let Some(mut inner) = section.optional("skew").and_then(|node| Section::open(node, "`skew`", reader)) {
            let included = inner.required("include_expired", reader);
            self.in_skew = included.and_then(|node| reader.choice(node, &inclusions));
            inner.close(reader);
        }
        if let Some(mut inner) = section.optional("coverage").and_then(|node| Section::open(node, "`coverage`", reader)) {
            let counted = inner.required("expired_counts", reader);
            self.in_coverage = counted.and_then(|node| reader.choice(node, &inclusions));
            inner.close(reader);
        }
    }

    /// The view that a declaration makes; `None` if a needed part is missing.
    pub(super) fn declared(&self, project: Option<&str>) -> Option<FeatureView> {
        let mut view = FeatureView {
            name: self.name.clone(),
            project: project.map(str::to_owned),
            online_name: self.name.clone(),
            join_keys: self.join_keys.clone(),
            features: self.features.clone(),
            ttl: None,
            source: SnapshotSource {
                location: self.location.clone()?,
                endpoint: None,
                event_timestamp: self.event_timestamp.clone()?,
                created: None,
                field_mapping: Vec::new(),
                naive_timestamps: chrono_tz::Tz::UTC,
                contains: Contains::Changes,
                watermark: WatermarkRule::MaxEventTimestamp,
                lateness: Duration::ZERO,
            },
            pairing: Pairing::Version,
            written_from: WrittenFrom::Unknown,
            write_delay: Duration::ZERO,
            freshness_basis: FreshnessBasis::Version,
            tolerance: Tolerance::default(),
            expired: ExpiredRules::default(),
            owner: None,
            team: None,
            tier: None,
            materialized: None,
        };
        self.refine(&mut view);
        Some(view)
    }

    /// Changes what the entry says of a view.
    pub(super) fn refine(&self, view: &mut FeatureView) {
        let source = &mut view.source;
        if let Some(location) = &self.location {
            source.location.clone_from(location);
            // The registry's endpoint belongs to the registry's address.
            source.endpoint = None;
        }
        set(&mut source.event_timestamp, self.event_timestamp.clone());
        source.created = self.created.clone().or(source.created.take());
        set(&mut source.field_mapping, self.field_mapping.clone());
        set(&mut source.naive_timestamps, self.naive_timestamps);
        set(&mut source.contains, self.contains);
        set(&mut source.watermark, self.watermark.clone());
        set(&mut source.lateness, self.lateness);
        set(&mut view.ttl, self.ttl.map(|ttl| (!ttl.is_zero()).then_some(ttl)));
        set(&mut view.pairing, self.pairing.map(|(pairing, _)| pairing));
        set(&mut view.written_from, self.written_from.map(|(origin, _)| origin));
        set(&mut view.write_delay, self.write_delay);
        set(&mut view.freshness_basis, self.basis);
        set(&mut view.tolerance.absolute, self.tolerance.absolute);
        set(&mut view.tolerance.relative, self.tolerance.relative);
        set(&mut view.tolerance.ulps, self.tolerance.ulps);
        set(&mut view.expired.in_skew, self.in_skew);
        set(&mut view.expired.in_coverage, self.in_coverage);
        view.owner = self.owner.clone().or(view.owner.take());
        view.team = self.team.clone().or(view.team.take());
        view.tier = self.tier.clone().or(view.tier.take());
    }
}

fn join_keys(node: &Node, reader: &mut Reader<'_>) -> Vec<JoinKey> {
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
                keys.extend(kind.map(|kind| JoinKey { name: entry.key.clone(), kind }));
            }
        }
        Content::Nothing | Content::Scalar(_) => {
            let problem = Problem::new(node.span, format!("expected names of join keys, found {}", node.content.name()));
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

fn features(node: &Node, reader: &mut Reader<'_>) -> Vec<Feature> {
    let Content::Mapping(entries) = &node.content else {
        let problem = Problem::new(node.span, format!("expected features with their types, found {}", node.content.name()));
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
        .filter_map(|entry| {
            let kind = reader.parsed(&entry.value, "a type such as `float32`", kind)?;
            Some(Feature { name: entry.key.clone(), kind })
        })
        .collect()
}

fn zone(node: &Node, reader: &mut Reader<'_>) -> Option<chrono_tz::Tz> {
    reader.parsed(node, "a time zone such as `Europe/Berlin`", |text| {
        text.parse().map_err(|_| Complaint {
            clause: "is not a time zone such as `Europe/Berlin`".to_owned(),
            hint: suggestion(text, chrono_tz::TZ_VARIANTS.map(chrono_tz::Tz::name))
                .filter(|hint| hint.starts_with("did")),
        })
    })
}

fn field_mapping(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<(String, String)>> {
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

fn watermark(node: &Node, reader: &mut Reader<'_>) -> Option<WatermarkRule> {
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
            reader.note(Problem::new(at, "`watermark` is `max_event_timestamp`, or one of `partition_end` and `marker`"));
            None
        }
    }
}
