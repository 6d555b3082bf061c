//! What is asked of every entity, resolved once: which views, which of their columns, and how their keys come from the
//! entity's.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::model::entity::{EntityKey, JoinKey};
use crate::model::view::FeatureView;

/// Features to look up, in the order of the answer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Selection {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    join_keys: Vec<JoinKey>,
    parts: Vec<Part>,
    picks: Vec<Pick>,
}

/// A view of the selection.
#[derive(Debug)]
pub(super) struct Part {
    view: u32,
    ttl: Option<Duration>,
    /// Positions of the view's join keys among the selection's; `None` where they are the same.
    keys: Option<Vec<usize>>,
}

/// A feature of the selection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pick {
    /// Position of its view among the parts.
    pub(super) part: usize,
    /// Its position in the view.
    pub(super) column: usize,
}

/// Why features cannot be looked up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// Nothing is asked.
    #[error("no feature is asked for\n  hint: name at least one as `view:feature`")]
    Empty,
    /// It is no name.
    #[error("`{name}` is no feature\n  hint: write `view:feature`")]
    Name {
        /// What was written.
        name: String,
    },
    /// The view is not known.
    #[error("there is no feature view `{view}`")]
    View {
        /// Its name.
        view: String,
    },
    /// The view has no such feature.
    #[error("the feature view `{view}` has no feature `{feature}`")]
    Feature {
        /// The view.
        view: String,
        /// The feature's name.
        feature: String,
    },
    /// Two views mean different things by one join key.
    #[error("the join key `{key}` is {one} in one feature view and {other} in another: ask for them apart")]
    JoinKey {
        /// The join key.
        key: String,
        /// Its type in one.
        one: &'static str,
        /// Its type in the other.
        other: &'static str,
    },
}

impl Selection {
    pub(super) fn new(views: &[FeatureView], features: &[&str]) -> Result<Self, SelectionError> {
        let mut asked: Vec<usize> = Vec::new();
        let mut picks = Vec::with_capacity(features.len());
        for name in features {
            let unnamed = || SelectionError::Name { name: (*name).to_owned() };
            let (view_name, feature) = name.split_once(':').ok_or_else(unnamed)?;
            let unknown = || SelectionError::View { view: view_name.to_owned() };
            let view = views.iter().position(|view| view.name == view_name).ok_or_else(unknown)?;
            let missing = || SelectionError::Feature { view: view_name.to_owned(), feature: feature.to_owned() };
            let column = views.get(view).and_then(|view| view.position(feature)).ok_or_else(missing)?;
            let part = asked.iter().position(|known| *known == view).unwrap_or_else(|| {
                asked.push(view);
                asked.len() - 1
            });
            picks.push(Pick { part, column });
        }
        if picks.is_empty() {
            return Err(SelectionError::Empty);
        }
        let asked: Vec<(usize, &FeatureView)> =
            asked.into_iter().filter_map(|view| Some((view, views.get(view)?))).collect();
        let join_keys = join_keys(&asked)?;
        let parts = asked.into_iter().map(|(position, view)| Part::new(position, view, &join_keys)).collect();
        Ok(Self { shared: Arc::new(Shared { join_keys, parts, picks }) })
    }

    /// What the entity keys of a lookup are made of, in this order: the join keys of all views, each once.
    #[must_use]
    pub fn join_keys(&self) -> &[JoinKey] {
        &self.shared.join_keys
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.shared.parts
    }

    pub(super) fn picks(&self) -> &[Pick] {
        &self.shared.picks
    }
}

fn join_keys(views: &[(usize, &FeatureView)]) -> Result<Vec<JoinKey>, SelectionError> {
    let mut known: Vec<JoinKey> = Vec::new();
    for key in views.iter().flat_map(|(_, view)| &view.join_keys) {
        match known.iter().find(|other| other.name == key.name) {
            None => known.push(key.clone()),
            Some(other) if other.kind == key.kind => {}
            Some(other) => {
                let (one, other) = (other.kind.name(), key.kind.name());
                return Err(SelectionError::JoinKey { key: key.name.clone(), one, other });
            }
        }
    }
    Ok(known)
}

impl Part {
    fn new(position: usize, view: &FeatureView, join_keys: &[JoinKey]) -> Self {
        let place = |key: &JoinKey| join_keys.iter().position(|known| known.name == key.name);
        let keys: Vec<usize> = view.join_keys.iter().filter_map(place).collect();
        let are_all = keys.iter().copied().eq(0..join_keys.len());
        Self {
            // No plan has four billion views.
            view: u32::try_from(position).unwrap_or(u32::MAX),
            ttl: view.ttl,
            keys: (!are_all).then_some(keys),
        }
    }

    /// Position of the view.
    pub(super) const fn view(&self) -> u32 {
        self.view
    }

    pub(super) const fn ttl(&self) -> Option<Duration> {
        self.ttl
    }

    /// The view's own key of an entity.
    pub(super) fn key_of<'a>(&self, entity: &'a EntityKey) -> Cow<'a, EntityKey> {
        match &self.keys {
            None => Cow::Borrowed(entity),
            Some(keys) => {
                let values = keys.iter().filter_map(|place| entity.values().get(*place).cloned());
                Cow::Owned(EntityKey::new(values.collect::<Vec<_>>()))
            }
        }
    }
}
