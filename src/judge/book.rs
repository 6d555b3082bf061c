//! Which limits apply to which view and feature.

use serde::{Deserialize, Serialize};

use crate::model::check::CheckRules;

/// The limits of every view and feature: defaults, and exceptions that replace them as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckBook {
    /// Limits where no exception applies.
    pub defaults: CheckRules,
    /// Exceptions; the last that applies to a feature wins, one that names the feature over one that names its view.
    pub overrides: Vec<CheckOverride>,
}

/// Limits of one view, or of one feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckOverride {
    /// The view.
    pub feature_view: String,
    /// The feature; `None` is the whole view.
    pub feature: Option<String>,
    /// Its limits: the defaults with the exception already applied.
    pub rules: CheckRules,
}

impl CheckBook {
    /// The limits of a view (`feature` is `None`) or of one of its features.
    #[must_use]
    pub fn rules(&self, feature_view: &str, feature: Option<&str>) -> &CheckRules {
        let of_view = || self.overrides.iter().rev().filter(|exception| exception.feature_view == feature_view);
        of_view()
            .find(|exception| exception.feature.is_some() && exception.feature.as_deref() == feature)
            .or_else(|| of_view().find(|exception| exception.feature.is_none()))
            .map_or(&self.defaults, |exception| &exception.rules)
    }
}
