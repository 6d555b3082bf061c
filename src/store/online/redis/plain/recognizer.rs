//! Telling from a key whose it is.
//!
//! A key is an entity's only if exactly one reading of it is possible and the pattern writes that reading back as the
//! same key. Values may contain the text that separates placeholders, so more than one reading can be possible: such a key
//! is foreign rather than guessed at.

use super::super::scan::escape_glob;
use super::pattern::{KeyPattern, Part, PatternError};
use super::rows::Plan;
use crate::model::entity::{EntityKey, KeyValue};
use crate::model::view::FeatureView;
use crate::store::online::settings::PlainLayout;

/// Knows the keys of one view.
pub(in crate::store::online::redis) struct KeyRecognizer<'a> {
    view: &'a FeatureView,
    values: KeyPattern,
    timestamp: Option<KeyPattern>,
}

/// Whose a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store::online::redis) enum Recognized {
    /// It holds a feature, or all features, of this entity.
    Entity(EntityKey),
    /// It holds an event timestamp of the view.
    Timestamp,
    /// It is not the view's, or one cannot tell whose it is.
    Foreign,
}

/// What the placeholders stand for in one reading, so far.
#[derive(Clone, Debug)]
struct Reading<'k> {
    join_keys: Vec<Option<KeyValue>>,
    feature: Option<&'k str>,
}

impl<'a> KeyRecognizer<'a> {
    /// A recognizer of the keys of `view`.
    pub(in crate::store::online::redis) fn new(
        layout: &PlainLayout,
        view: &'a FeatureView,
    ) -> Result<Self, PatternError> {
        let plan = Plan::new(layout, view)?;
        Ok(Self { view, values: plan.key, timestamp: plan.timestamp_key })
    }

    /// A `MATCH` pattern that lets every key of the view through.
    pub(in crate::store::online::redis) fn glob(&self) -> Vec<u8> {
        let mut glob = Vec::new();
        for part in self.values.parts() {
            match part {
                Part::Literal(text) => escape_glob(text.as_bytes(), &mut glob),
                Part::View => escape_glob(self.view.online_name.as_bytes(), &mut glob),
                Part::JoinKey(_) | Part::Feature => glob.push(b'*'),
            }
        }
        glob
    }

    /// Whose `key` is.
    pub(in crate::store::online::redis) fn recognize(&self, key: &[u8]) -> Recognized {
        let Ok(text) = std::str::from_utf8(key) else { return Recognized::Foreign };
        let mut entities = self.entities(&self.values, text);
        match (entities.pop(), entities.is_empty()) {
            (Some(entity), true) => Recognized::Entity(entity),
            (Some(_), false) => Recognized::Foreign,
            (None, _) => match &self.timestamp {
                Some(pattern) if !self.entities(pattern, text).is_empty() => Recognized::Timestamp,
                Some(_) | None => Recognized::Foreign,
            },
        }
    }

    /// The entities that `text` may belong to.
    fn entities(&self, pattern: &KeyPattern, text: &str) -> Vec<EntityKey> {
        let nothing = Reading { join_keys: vec![None; self.view.join_keys.len()], feature: None };
        let mut found = Vec::new();
        for reading in self.readings(pattern.parts(), text, &nothing) {
            let Some(values) = reading.join_keys.into_iter().collect::<Option<Vec<KeyValue>>>() else { continue };
            let entity = EntityKey::new(values);
            let rendered = pattern.render(self.view, &entity, reading.feature.unwrap_or_default());
            if rendered == text.as_bytes() && !found.contains(&entity) {
                found.push(entity);
            }
        }
        found
    }

    /// Every reading of `text` by `parts`.
    fn readings<'k>(&'k self, parts: &[Part], text: &str, so_far: &Reading<'k>) -> Vec<Reading<'k>> {
        let Some((part, others)) = parts.split_first() else {
            return if text.is_empty() { vec![so_far.clone()] } else { Vec::new() };
        };
        let after = |literal: &str, reading: &Reading<'k>| match text.strip_prefix(literal) {
            Some(rest) => self.readings(others, rest, reading),
            None => Vec::new(),
        };
        match part {
            Part::Literal(literal) => after(literal, so_far),
            Part::View => after(&self.view.online_name, so_far),
            Part::Feature => {
                let fits = |name: &str| so_far.feature.is_none_or(|before| before == name);
                let features = self.view.features.iter().filter(|feature| fits(&feature.name));
                features
                    .flat_map(|feature| {
                        after(&feature.name, &Reading { feature: Some(&feature.name), ..so_far.clone() })
                    })
                    .collect()
            }
            Part::JoinKey(place) => self
                .ends(others.first(), text)
                .into_iter()
                .map(|end| text.split_at(end))
                .filter_map(|(value, rest)| Some((self.bind(*place, value, so_far)?, rest)))
                .flat_map(|(reading, rest)| self.readings(others, rest, &reading))
                .collect(),
        }
    }

    /// Where a value at the front of `text` may end: before each occurrence of what follows it.
    fn ends(&self, following: Option<&Part>, text: &str) -> Vec<usize> {
        let before = |literal: &str| text.match_indices(literal).map(|(place, _)| place).collect();
        match following {
            None => vec![text.len()],
            Some(Part::Literal(literal)) => before(literal),
            Some(Part::View) => before(&self.view.online_name),
            // Patterns whose placeholders touch are not accepted.
            Some(Part::JoinKey(_) | Part::Feature) => Vec::new(),
        }
    }

    fn bind<'k>(&self, place: usize, text: &str, so_far: &Reading<'k>) -> Option<Reading<'k>> {
        let value = self.view.join_keys.get(place)?.kind.parse_value(text)?;
        let mut reading = so_far.clone();
        let bound = reading.join_keys.get_mut(place)?;
        match bound {
            Some(before) if *before != value => None,
            Some(_) | None => {
                *bound = Some(value);
                Some(reading)
            }
        }
    }
}
