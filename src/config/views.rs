//! `feature_views`: which views are watched, and whether each of them makes sense with the rest.

use std::collections::BTreeMap;

use super::online::Online;
use super::problem::{Problem, Span, listed, nearest};
use super::reader::Reader;
use super::tree::Entry;
use super::view::{Origin, ViewEntry};
use crate::model::view::{FeatureView, NotWatched, Pairing};
use crate::store::online::redis::KeyPattern;
use crate::store::online::{OnlineSettings, RedisLayout};

/// The views of a plan.
#[derive(Debug, Default)]
pub(super) struct Views {
    /// Those to watch.
    pub(super) watched: Vec<FeatureView>,
    /// Those that are known and not watched.
    pub(super) not_watched: Vec<NotWatched>,
}

/// Where views come from.
#[derive(Debug)]
pub(super) enum Known {
    /// From the file alone.
    Declared,
    /// From Feast's registry, named at this place.
    Registry(Views, Span),
    /// From a registry that could not be read, which is a problem already.
    Unreadable,
}

const UNWATCHED: &str = "the configuration says `watch: false`";

/// What else bears on the views of a plan.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    /// Where views come from.
    pub(super) known: Known,
    /// The online store; `None` if it could not be made out.
    pub(super) online: Option<&'a Online>,
    /// What relative snapshot addresses begin from; `None` is the configuration's folder.
    pub(super) root: Option<&'a str>,
}

/// Reads the entries. `None` if the views of the plan stay unknown.
pub(super) fn read(entry: Option<&Entry>, around: Surroundings<'_>, reader: &mut Reader<'_>) -> Option<Views> {
    let Surroundings { known, online, root } = around;
    let origin = match known {
        Known::Declared => Origin::Declared,
        Known::Registry(..) | Known::Unreadable => Origin::Registry,
    };
    let entries = entries(entry, origin, root, reader);
    let (mut views, registry_at) = match known {
        Known::Unreadable => return None,
        Known::Registry(views, at) => (views, Some(at)),
        Known::Declared => (Views::default(), None),
    };
    match registry_at {
        Some(_) => refine(&mut views, &entries, reader),
        None => declare(&mut views, &entries, online),
    }
    let by_name: BTreeMap<&str, &ViewEntry> = entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let fallback = registry_at.or(entry.map(|entry| entry.span));
    for view in &mut views.watched {
        let entry = by_name.get(view.name.as_str()).copied();
        if let Some(at) = entry.map(|entry| entry.at).or(fallback) {
            pairing(view, entry, online, reader);
            names(view, entry, at, reader);
            if let Some(online) = online {
                view.write_ttl = online.write_ttl;
                patterns(view, online, reader);
            }
        }
    }
    if let (true, true, Some(at)) = (views.watched.is_empty(), reader.is_content(), fallback) {
        let problem = Problem::new(at, "there is no feature view to watch");
        let reasons = views.not_watched.iter().map(|view| format!("`{}`: {}", view.feature_view, view.reason));
        let reasons: Vec<String> = reasons.collect();
        reader.note(if reasons.is_empty() { problem } else { problem.hint(reasons.join("; ")) });
    }
    Some(views)
}

fn entries(entry: Option<&Entry>, origin: Origin, root: Option<&str>, reader: &mut Reader<'_>) -> Vec<ViewEntry> {
    let items = entry.and_then(|entry| reader.list(&entry.value, "a list of feature views")).unwrap_or_default();
    let mut entries: Vec<ViewEntry> = Vec::new();
    for item in items {
        let Some(view) = ViewEntry::read(item, origin, root, reader) else { continue };
        if let Some(first) = entries.iter().find(|first| first.name == view.name) {
            let message = format!("the view `{}` is already given on line {}", view.name, first.at.start.line);
            reader.note(Problem::new(view.at, message));
        } else {
            entries.push(view);
        }
    }
    entries
}

fn refine(views: &mut Views, entries: &[ViewEntry], reader: &mut Reader<'_>) {
    for entry in entries {
        if let Some(place) = views.watched.iter().position(|view| view.name == entry.name) {
            if entry.watched {
                entry.refine(&mut views.watched[place]);
            } else {
                views.watched.remove(place);
                views.not_watched.push(unwatched(entry));
            }
        } else if !views.not_watched.iter().any(|view| view.feature_view == entry.name) {
            let not_watched = views.not_watched.iter().map(|view| view.feature_view.as_str());
            let known: Vec<&str> = views.watched.iter().map(|view| view.name.as_str()).chain(not_watched).collect();
            let hint = match nearest(&entry.name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", listed(&known)),
            };
            let message = format!("Feast's registry has no feature view `{}`", entry.name);
            reader.note(Problem::new(entry.at, message).hint(hint));
        }
    }
}

fn declare(views: &mut Views, entries: &[ViewEntry], online: Option<&Online>) {
    let project = online.and_then(|online| online.project.as_deref());
    for entry in entries {
        if entry.watched {
            views.watched.push(entry.declared(project));
        } else {
            views.not_watched.push(unwatched(entry));
        }
    }
}

fn unwatched(entry: &ViewEntry) -> NotWatched {
    NotWatched { feature_view: entry.name.clone(), reason: UNWATCHED.to_owned() }
}

/// Whether the online rows of a layout carry event timestamps.
fn has_timestamps(online: &Online) -> bool {
    match &online.settings {
        OnlineSettings::Sqlite(_) => true,
        OnlineSettings::Redis(settings) => match &settings.layout {
            RedisLayout::Feast { .. } => true,
            RedisLayout::Plain(plain) => plain.timestamp.is_some(),
        },
    }
}

/// Whether the key patterns can name this view's entities.
fn patterns(view: &FeatureView, online: &Online, reader: &mut Reader<'_>) {
    for (pattern, at) in &online.patterns {
        if view.join_keys.is_empty() {
            continue;
        }
        if let Err(error) = KeyPattern::parse(pattern, &view.join_keys) {
            reader.note(Problem::new(*at, format!("view `{}`: {error}", view.name)));
        }
    }
}

fn pairing(view: &mut FeatureView, entry: Option<&ViewEntry>, online: Option<&Online>, reader: &mut Reader<'_>) {
    let chosen = entry.and_then(|entry| entry.pairing);
    if let Some(online) = online
        && !has_timestamps(online)
    {
        match chosen {
            None => view.pairing = Pairing::Value,
            Some((Pairing::Value, _)) => {}
            Some((Pairing::Version | Pairing::AsOf, at)) => {
                let problem =
                    Problem::new(at, "the online rows carry no event timestamps, so `pairing` must be `value`");
                reader.note(problem.hint("or say where they are: `timestamp_key` or `timestamp_field` of the layout"));
            }
        }
    }
    if let (Some((_, at)), Pairing::Version | Pairing::AsOf) =
        (entry.and_then(|entry| entry.written_from), view.pairing)
    {
        reader.note(Problem::new(at, "`written_from` has an effect with `pairing: value` only"));
    }
}

fn names(view: &FeatureView, entry: Option<&ViewEntry>, at: Span, reader: &mut Reader<'_>) {
    for key in &view.join_keys {
        if view.position(&key.name).is_some() {
            let message = format!("`{}` is a join key and a feature of view `{}`", key.name, view.name);
            reader.note(Problem::new(at, message));
        }
    }
    let Some(at) = entry.and_then(|entry| entry.mapping_at) else { return };
    let known: Vec<&str> = view
        .features
        .iter()
        .map(|feature| feature.name.as_str())
        .chain(view.join_keys.iter().map(|key| key.name.as_str()))
        .collect();
    for (column, mapped) in &view.source.field_mapping {
        if !known.contains(&mapped.as_str()) {
            let message = format!("the column `{column}` is mapped to `{mapped}`, which view `{}` has not", view.name);
            let hint = match nearest(mapped, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", listed(&known)),
            };
            reader.note(Problem::new(at, message).hint(hint));
        }
    }
}
