//! Feature services: the features that a model asks for by one name.

use std::collections::BTreeMap;

/// Features of one or more views under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureService {
    /// Its name.
    pub name: String,
    /// What it takes of views, in its order.
    pub parts: Vec<ServicePart>,
}

/// What a feature service takes of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePart {
    /// Name of the view.
    pub view: String,
    /// What the view is called in full names of features; `None` for its own name.
    pub alias: Option<String>,
    /// The features, in the order of the answer.
    pub features: Vec<String>,
    /// Join keys of the view that a request names otherwise, by the view's name of them.
    pub join_keys: BTreeMap<String, String>,
}
