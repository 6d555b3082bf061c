//! One entry of `feature_views`: a view declared, or what the file adds to a view of Feast's registry.

use std::time::Duration;

use super::columns::{features, field_mapping, join_keys, watermark, zone};
use super::problem::Span;
use super::reader::Reader;
use super::sample::set;
use super::section::Section;
use super::tree::{Entry, Node};
use crate::model::entity::JoinKey;
use crate::model::view::{
    Contains, Feature, FeatureView, FreshnessBasis, Inclusion, Pairing, SnapshotSource, WatermarkRule, WrittenFrom,
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
    reference: Option<String>,
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
            reference: section.optional("reference").and_then(|node| reader.location(node, root)),
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
        entry.read_figures(&mut section, reader);
        section.close(reader);
        entry.name = name?;
        Some(entry)
    }

    fn read_figures(&mut self, section: &mut Section<'_>, reader: &mut Reader<'_>) {
        let bases =
            [("row", FreshnessBasis::Row), ("view", FreshnessBasis::View), ("version", FreshnessBasis::Version)];
        if let Some(mut inner) =
            section.optional("freshness").and_then(|node| Section::open(node, "`freshness`", reader))
        {
            self.basis = inner.required("basis", reader).and_then(|node| reader.choice(node, &bases));
            inner.close(reader);
        }
        if let Some(mut inner) =
            section.optional("tolerance").and_then(|node| Section::open(node, "`tolerance`", reader))
        {
            self.tolerance.absolute = inner.optional("absolute").and_then(|node| reader.amount(node));
            self.tolerance.relative = inner.optional("relative").and_then(|node| reader.proportion(node));
            self.tolerance.ulps = inner.optional("ulps").and_then(|node| reader.whole(node, 0));
            inner.close(reader);
        }
        let inclusions = [("true", Inclusion::Included), ("false", Inclusion::Excluded)];
        if let Some(mut inner) = section.optional("skew").and_then(|node| Section::open(node, "`skew`", reader)) {
            let included = inner.required("include_expired", reader);
            self.in_skew = included.and_then(|node| reader.choice(node, &inclusions));
            inner.close(reader);
        }
        if let Some(mut inner) = section.optional("coverage").and_then(|node| Section::open(node, "`coverage`", reader))
        {
            let counted = inner.required("expired_counts", reader);
            self.in_coverage = counted.and_then(|node| reader.choice(node, &inclusions));
            inner.close(reader);
        }
    }

    /// The view that a declaration makes. Where a needed part is missing something stands in for it: that it is missing
    /// is a problem already, and what refers to the view should not become another.
    pub(super) fn declared(&self, project: Option<&str>) -> FeatureView {
        let event_timestamp = self.event_timestamp.as_deref().unwrap_or_default();
        let source = SnapshotSource::new(self.location.as_deref().unwrap_or_default(), event_timestamp);
        let mut view = FeatureView {
            project: project.map(str::to_owned),
            join_keys: self.join_keys.clone(),
            features: self.features.clone(),
            ..FeatureView::new(&self.name, source)
        };
        self.refine(&mut view);
        view
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
        view.reference = self.reference.clone().or(view.reference.take());
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
