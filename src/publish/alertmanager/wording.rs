//! From findings, and from what keeps rounds from running, to alerts: names, labels and sentences.
//!
//! Names, components and severities are those of the rules for Prometheus. A label without a value is left out, because
//! Alertmanager drops it without a word. No label and no sentence holds an entity key.

use std::collections::BTreeMap;

use reqwest::Url;

use super::settings::AlertmanagerSettings;
use crate::model::check::{CheckKind, Finding, FindingKey, Severity};
use crate::model::figure::span;
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use crate::publish::alert_name::AlertName;

/// What an alert is told apart by.
pub type Labels = BTreeMap<String, String>;

/// An alert that should fire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What it is told apart by.
    pub labels: Labels,
    /// What people read.
    pub annotations: Labels,
    /// Since when it fires.
    pub starts_at: Timestamp,
}

/// Turns what is known into alerts.
#[derive(Clone, Copy, Debug)]
pub struct Wording<'a> {
    /// Where alerts go and what they carry.
    pub settings: &'a AlertmanagerSettings,
    /// Name of the online store.
    pub store: &'a str,
}

/// The dashboards that alerts point to.
#[derive(Clone, Copy)]
enum Dashboard<'a> {
    FeatureView(&'a str),
    Service,
}

/// What an alert is about.
struct Subject<'a> {
    name: AlertName,
    severity: Option<Severity>,
    dashboard: Dashboard<'a>,
    description: String,
}

impl Wording<'_> {
    /// The alert of a finding of `view` that others are told at `severity` since `since`.
    #[must_use]
    pub fn finding(&self, view: &FeatureView, finding: &Finding, (severity, since): (Severity, Timestamp)) -> Alert {
        let key = finding.key();
        let subject = Subject {
            name: AlertName::of_finding(key.check, severity),
            severity: Some(severity),
            dashboard: Dashboard::FeatureView(&view.name),
            description: sentence(&format!("{}: {}", place(&key), finding.message)),
        };
        let own = [("check", key.check.name()), ("feature", key.feature.as_deref().unwrap_or_default())];
        self.alert(subject, &of_view(view, self.store, &own), since)
    }

    /// The alert that a check of `view` has had no verdict since `since`, for three rounds and more.
    #[must_use]
    pub fn not_judged(
        &self,
        view: &FeatureView,
        (feature, check): (Option<&str>, CheckKind),
        since: Timestamp,
    ) -> Alert {
        let key = FindingKey { feature_view: view.name.clone(), feature: feature.map(str::to_owned), check };
        let subject = Subject {
            name: AlertName::CHECK_NOT_JUDGED,
            severity: Some(Severity::Warning),
            dashboard: Dashboard::FeatureView(&view.name),
            description: format!(
                "Check `{check}` of {} has not been judged since {since}. Whether it is within its limit is unknown, and its \
                 alert keeps the state it had.",
                place(&key)
            ),
        };
        let own = [("check", check.name()), ("feature", feature.unwrap_or_default())];
        self.alert(subject, &of_view(view, self.store, &own), since)
    }

    /// The alert that no round of `view` has succeeded since `last` (`None`: ever), which is too long since `since`.
    #[must_use]
    pub fn not_running(&self, view: &FeatureView, last: Option<Timestamp>, since: Timestamp) -> Alert {
        let fact = match last {
            Some(last) => format!("The last round that measured feature view `{}` ended at {last}", view.name),
            None => format!("No round of feature view `{}` has ever succeeded", view.name),
        };
        let subject = Subject {
            name: AlertName::ROUNDS_NOT_RUNNING,
            severity: Some(Severity::Critical),
            dashboard: Dashboard::Service,
            description: format!("{fact}. Whether it is fresh, complete and equal is unknown."),
        };
        self.alert(subject, &of_view(view, self.store, &[]), since)
    }

    /// The alert that the online store has not answered since `since`.
    #[must_use]
    pub fn store_down(&self, since: Timestamp) -> Alert {
        let subject = Subject {
            name: AlertName::ONLINE_STORE_DOWN,
            severity: Some(Severity::Critical),
            dashboard: Dashboard::Service,
            description: format!(
                "No key could be read from the online store `{}` since {since}. Models that read features from it get none.",
                self.store
            ),
        };
        self.alert(subject, &[("store", self.store)], since)
    }

    /// The alert that always fires.
    #[must_use]
    pub fn watchdog(&self, since: Timestamp) -> Alert {
        let refresh = span(Some(self.settings.refresh.as_secs_f64()));
        let lease = span(Some(self.settings.lease().as_secs_f64()));
        let subject = Subject {
            name: AlertName::WATCHDOG,
            severity: None,
            dashboard: Dashboard::Service,
            description: format!("skewwatch sends this every {refresh}. It ends {lease} after the last time."),
        };
        self.alert(subject, &[], since)
    }

    fn alert(&self, subject: Subject<'_>, own: &[(&str, &str)], starts_at: Timestamp) -> Alert {
        let Subject { name, severity, dashboard, description } = subject;
        let fixed = [
            ("alertname", name.name),
            ("component", name.component),
            ("severity", severity.map_or("none", |severity| severity.name())),
        ];
        let mut labels = self.settings.labels.clone();
        labels.extend(fixed.iter().chain(own).map(|(label, value)| ((*label).to_owned(), (*value).to_owned())));
        labels.retain(|_, value| !value.is_empty());
        let runbook = self.settings.runbook_url.as_ref().map(|url| format!("{url}#{}", name.name.to_lowercase()));
        let annotations = [
            ("summary", Some(name.summary.to_owned())),
            ("description", Some(description)),
            ("runbook_url", runbook),
            ("dashboard_url", self.dashboard(dashboard)),
        ];
        let annotations = annotations.into_iter().filter_map(|(label, text)| Some((label.to_owned(), text?)));
        Alert { annotations: annotations.collect(), labels, starts_at }
    }

    fn dashboard(&self, dashboard: Dashboard<'_>) -> Option<String> {
        let mut url = Url::parse(self.settings.dashboard_url.as_deref()?).ok()?;
        let name = match dashboard {
            Dashboard::FeatureView(_) => "skewwatch-feature-view",
            Dashboard::Service => "skewwatch-service",
        };
        url.path_segments_mut().ok()?.pop_if_empty().extend(["d", name]);
        let job = self.settings.labels.get("job").map_or("", String::as_str);
        url.query_pairs_mut().append_pair("var-job", job);
        match dashboard {
            Dashboard::FeatureView(view) => {
                url.query_pairs_mut().append_pair("var-feature_view", view);
            }
            Dashboard::Service => {}
        }
        Some(url.into())
    }
}

/// The labels of an alert on a view.
fn of_view<'a>(view: &'a FeatureView, store: &'a str, own: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut labels = vec![
        ("feature_view", view.name.as_str()),
        ("team", view.team.as_deref().unwrap_or_default()),
        ("tier", view.tier.as_deref().unwrap_or_default()),
        ("store", store),
    ];
    labels.extend(own);
    labels
}

/// The feature or the view.
fn place(key: &FindingKey) -> String {
    match &key.feature {
        Some(feature) => format!("feature `{}.{feature}`", key.feature_view),
        None => format!("feature view `{}`", key.feature_view),
    }
}

/// A clause with a capital letter and a period.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
