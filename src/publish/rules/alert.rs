//! Rules and groups as values, before they are text.

use std::time::Duration;

use crate::model::check::Severity;

/// Rules that are evaluated together, and that a file holds.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The group's name after its prefix; the label `component` of its alerts.
    pub(super) name: &'static str,
    /// The rules in order.
    pub(super) rules: Vec<Rule>,
}

/// One rule with the comment above it.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// A series computed ahead.
    Recording {
        /// Its name.
        name: String,
        /// Its expression.
        expression: String,
    },
    /// When someone is told.
    Alert(Alert),
}

/// One alert.
#[derive(Clone, Debug)]
pub(super) struct Alert {
    /// Its name, which is its heading in the runbook.
    pub(super) name: &'static str,
    /// Why the rule is as it is; empty where there is nothing to say.
    pub(super) comment: &'static str,
    /// How grave it is; `None` for the alert that always fires.
    pub(super) severity: Option<Severity>,
    /// When it fires.
    pub(super) expression: String,
    /// How long that has to last.
    pub(super) lasting: Option<Duration>,
    /// How long it goes on firing after that.
    pub(super) keeping: Option<Duration>,
    /// What is wrong, the same sentence every time.
    pub(super) summary: &'static str,
    /// What is wrong, with names and figures: a template.
    pub(super) description: String,
    /// Where to look.
    pub(super) dashboard: Dashboard,
}

/// The dashboards that alerts point to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dashboard {
    /// The one of a view; the alert has the label `feature_view`.
    FeatureView,
    /// The lookup path.
    Lookup,
    /// skewwatch itself.
    Service,
}

impl Dashboard {
    /// Path below the address of Grafana: a template.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::FeatureView => {
                "/d/skewwatch-feature-view?var-job={{ $labels.job | urlquery }}\
                 &var-feature_view={{ $labels.feature_view | urlquery }}"
            }
            Self::Lookup => "/d/skewwatch-lookup?var-job={{ $labels.job | urlquery }}",
            Self::Service => "/d/skewwatch-service?var-job={{ $labels.job | urlquery }}",
        }
    }
}
