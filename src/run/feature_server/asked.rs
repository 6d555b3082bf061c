//! What a request asks for, resolved: which features of which views, under which names, and which keys that takes.
//!
//! Requests of one model ask for the same features again and again, so this is done once for each way of asking.

use std::collections::{BTreeMap, HashSet};

use super::refusal::Refusal;
use super::request::{Features, Naming, Wanted};
use crate::lookup::{FeatureLookup, Selection};
use crate::model::entity::JoinKey;
use crate::model::service::{FeatureService, ServicePart};
use crate::model::view::{FeatureView, NotWatched};

/// What can be asked for.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) lookup: FeatureLookup,
    pub(super) views: Vec<FeatureView>,
    pub(super) not_watched: Vec<NotWatched>,
    pub(super) services: Vec<FeatureService>,
}

/// Features that are asked for, in the order of the answer: those of the groups, one after the other.
#[derive(Debug)]
pub(super) struct Asked {
    /// What the answer calls them.
    pub(super) names: Vec<String>,
    /// Features whose views have join keys of the same names.
    pub(super) groups: Vec<Group>,
    /// Columns of keys that a request must have.
    pub(super) keys: Vec<JoinKey>,
    /// The views that they are of.
    pub(super) views: Vec<AskedView>,
}

/// Features that are looked up together.
#[derive(Debug)]
pub(super) struct Group {
    /// The features.
    pub(super) selection: Selection,
    /// For each join key of the selection the position of its column in [`Asked::keys`].
    pub(super) columns: Vec<usize>,
}

/// A view, and which of its features are asked for.
#[derive(Debug)]
pub(super) struct AskedView {
    /// Position in the catalog.
    pub(super) view: usize,
    /// Position of the group that looks it up.
    group: usize,
    /// Positions of its features in the answer.
    pub(super) cells: Vec<usize>,
}

/// Features of one view that are asked for together.
struct Run<'a> {
    view: usize,
    alias: &'a str,
    features: Vec<&'a str>,
    renamed: Option<&'a BTreeMap<String, String>>,
}

impl Catalog {
    /// Resolves what is asked for.
    ///
    /// # Errors
    /// When it is nothing, not known, not served here, or twice the same.
    pub(super) fn resolve(&self, wanted: &Wanted) -> Result<Asked, Refusal> {
        let runs = match &wanted.features {
            Features::Named(names) => names.iter().map(|name| self.named(name)).collect::<Result<Vec<_>, _>>()?,
            Features::Service(name) => self.of_service(name)?,
        };
        let names = names(&runs, wanted.naming)?;
        let mut asked = Asked { names, groups: Vec::new(), keys: Vec::new(), views: Vec::new() };
        let mut features: Vec<String> = Vec::new();
        let mut cell = 0;
        for (place, run) in runs.iter().enumerate() {
            let view = self.views.get(run.view).map(|view| view.name.as_str()).unwrap_or_default();
            features.extend(run.features.iter().map(|feature| format!("{view}:{feature}")));
            asked.is_of(run, cell);
            cell += run.features.len();
            let next = runs.get(place + 1);
            // Where join keys are called otherwise, a view may come twice with the keys of two entities.
            if next.is_none_or(|next| next.renamed.is_some() || run.renamed.is_some()) {
                self.select(&std::mem::take(&mut features), run.renamed, &mut asked)?;
            }
        }
        Ok(asked)
    }

    fn named<'a>(&self, name: &'a str) -> Result<Run<'a>, Refusal> {
        let unnamed = || Refusal::request(format!("`{}` is no feature: write `view:feature`", short(name)));
        let (view, feature) = name.split_once(':').ok_or_else(unnamed)?;
        Ok(Run { view: self.view(view, feature)?, alias: view, features: vec![feature], renamed: None })
    }

    /// The position of a view that has the feature.
    fn view(&self, name: &str, feature: &str) -> Result<usize, Refusal> {
        let Some(place) = self.views.iter().position(|view| view.name == name) else {
            return Err(self.unknown_view(name));
        };
        let has_it = self.views.get(place).is_some_and(|view| view.position(feature).is_some());
        let missing = || Refusal::request(format!("the feature view `{name}` has no feature `{}`", short(feature)));
        if has_it { Ok(place) } else { Err(missing()) }
    }

    fn unknown_view(&self, name: &str) -> Refusal {
        match self.not_watched.iter().find(|view| view.feature_view == name) {
            Some(known) => Refusal::not_served(format!("the feature view `{name}` is not served: {}", known.reason)),
            None => {
                let message = format!("Feature view {} does not exist{}", short(name), self.in_project());
                Refusal::unknown("FeatureViewNotFoundException", &message)
            }
        }
    }

    fn in_project(&self) -> String {
        let project = self.views.iter().find_map(|view| view.project.as_deref());
        project.map(|project| format!(" in project {project}")).unwrap_or_default()
    }

    fn of_service(&self, name: &str) -> Result<Vec<Run<'_>>, Refusal> {
        let Some(service) = self.services.iter().find(|service| service.name == name) else {
            let message = format!("Feature service {} does not exist{}", short(name), self.in_project());
            return Err(Refusal::unknown("FeatureServiceNotFoundException", &message));
        };
        service.parts.iter().map(|part| self.part(service, part)).collect()
    }

    fn part<'a>(&self, service: &FeatureService, part: &'a ServicePart) -> Result<Run<'a>, Refusal> {
        let not_served = |reason: String| {
            Refusal::not_served(format!("the feature service `{}` is not served: {reason}", service.name))
        };
        let view = self.views.iter().position(|view| view.name == part.view).ok_or_else(|| {
            let known = self.not_watched.iter().find(|view| view.feature_view == part.view);
            let reason = known.map_or("there is no such feature view", |view| view.reason.as_str());
            not_served(format!("it takes features of `{}`, and {reason}", part.view))
        })?;
        for feature in &part.features {
            if self.views.get(view).is_none_or(|view| view.position(feature).is_none()) {
                return Err(not_served(format!("it takes `{feature}` of `{}`, which has no such feature", part.view)));
            }
        }
        Ok(Run {
            view,
            alias: part.alias.as_deref().unwrap_or(&part.view),
            features: part.features.iter().map(String::as_str).collect(),
            renamed: (!part.join_keys.is_empty()).then_some(&part.join_keys),
        })
    }

    /// Adds a group.
    fn select(
        &self,
        features: &[String],
        renamed: Option<&BTreeMap<String, String>>,
        asked: &mut Asked,
    ) -> Result<(), Refusal> {
        let features: Vec<&str> = features.iter().map(String::as_str).collect();
        let selection = self.lookup.select(&features).map_err(|error| Refusal::request(error.to_string()))?;
        let mut columns = Vec::with_capacity(selection.join_keys().len());
        for key in selection.join_keys() {
            let name = renamed.and_then(|renamed| renamed.get(&key.name)).unwrap_or(&key.name);
            columns.push(asked.column(JoinKey { name: name.clone(), kind: key.kind })?);
        }
        asked.groups.push(Group { selection, columns });
        Ok(())
    }
}

impl Asked {
    /// Notes that the features from `cell` on are of a view.
    fn is_of(&mut self, run: &Run<'_>, cell: usize) {
        let cells = cell..cell + run.features.len();
        let (view, group) = (run.view, self.groups.len());
        match self.views.iter_mut().find(|known| (known.view, known.group) == (view, group)) {
            Some(known) => known.cells.extend(cells),
            None => self.views.push(AskedView { view, group, cells: cells.collect() }),
        }
    }

    /// The position of a column.
    fn column(&mut self, key: JoinKey) -> Result<usize, Refusal> {
        match self.keys.iter().position(|known| known.name == key.name) {
            Some(place) if self.keys.get(place).is_some_and(|known| known.kind == key.kind) => Ok(place),
            Some(_) => {
                let message = format!("`{}` would have to be of two types: ask for the views apart", key.name);
                Err(Refusal::request(message))
            }
            None => {
                self.keys.push(key);
                Ok(self.keys.len() - 1)
            }
        }
    }
}

/// What the answer calls the features.
fn names(runs: &[Run<'_>], naming: Naming) -> Result<Vec<String>, Refusal> {
    let features = runs.iter().flat_map(|run| run.features.iter().map(|feature| (run.alias, *feature)));
    let name = |(alias, feature): (&str, &str)| match naming {
        Naming::Short => feature.to_owned(),
        Naming::Full => format!("{alias}__{feature}"),
    };
    let names: Vec<String> = features.map(name).collect();
    let mut seen = HashSet::with_capacity(names.len());
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        None if names.is_empty() => {
            Err(Refusal::request("no feature is asked for: name some in `features`, or a `feature_service`"))
        }
        None => Ok(names),
        Some(twice) => {
            let way_out = match naming {
                Naming::Short => "name it once, or set `full_feature_names` if it is of two views",
                Naming::Full => "name it once",
            };
            Err(Refusal::request(format!("two features would be called `{twice}`: {way_out}")))
        }
    }
}

/// A name that somebody sent, cut where it is too long to be told.
fn short(name: &str) -> &str {
    name.char_indices().nth(200).and_then(|(end, _)| name.get(..end)).unwrap_or(name)
}
