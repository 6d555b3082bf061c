//! Alerts that follow the finding states of checks: coverage, skew, drift and all other checks.
//!
//! No rule here waits (`for`): the state already has its hysteresis. A state that is gone for some scrapes, as in a restart,
//! ends no alert; one that is gone for longer does, as when its view is removed.

use super::alert::{Alert, Dashboard, Group, Rule};
use super::settings::RuleSettings;
use crate::model::check::Severity;
use crate::publish::alert_name::AlertName;

/// An alert on the state of checks.
pub(super) struct Told {
    /// Its name and summary.
    pub(super) name: AlertName,
    /// The matcher that selects the checks.
    pub(super) check: &'static str,
    /// The state that it is told for.
    pub(super) severity: Severity,
    /// Its description, a template.
    pub(super) description: String,
}

/// The rule for one alert on the state of checks.
pub(super) fn rule(settings: &RuleSettings, told: Told) -> Rule {
    let state = match told.severity {
        Severity::Warning => 1,
        Severity::Critical => 2,
    };
    let states = settings.series("skewwatch_finding_state", &[told.check]);
    Rule::Alert(Alert {
        name: told.name.name,
        comment: "",
        severity: Some(told.severity),
        expression: settings.with_team(&format!("max by (job, feature_view, feature, check) ({states}) == {state}")),
        lasting: None,
        keeping: Some(settings.restart()),
        summary: told.name.summary,
        description: told.description,
        dashboard: Dashboard::FeatureView,
    })
}

/// A template for the current figure of family `name` of the view: the `worst` of replicas, through `filter`.
pub(super) fn figure(settings: &RuleSettings, worst: &str, name: &str, filter: &str) -> String {
    template(
        &format!("{worst} by (feature_view) ({})", series(settings, name, &["feature_view"])),
        "feature_view",
        filter,
    )
}

/// The same for the feature.
fn feature_figure(settings: &RuleSettings, worst: &str, name: &str, filter: &str) -> String {
    let series = series(settings, name, &["feature_view", "feature"]);
    template(&format!("{worst} by (feature_view, feature) ({series})"), "feature_view $labels.feature", filter)
}

/// The series of `name`, with a place for the value of each label.
fn series(settings: &RuleSettings, name: &str, labels: &[&str]) -> String {
    let matchers: Vec<String> = labels.iter().map(|label| format!("{label}=%q")).collect();
    let matchers: Vec<&str> = matchers.iter().map(String::as_str).collect();
    // The text becomes a raw one (in backticks) for `printf`, which takes a percent sign for a place.
    let unplaced = settings.series(name, &[]);
    let ours = unplaced.trim_end_matches('}').replace('%', "%%").replace('`', "\\x60");
    format!("{ours},{}}}", matchers.join(","))
}

fn template(query: &str, labels: &str, filter: &str) -> String {
    format!(
        "{{{{ with query (printf `{query}` $labels.{labels}) }}}}{{{{ . | first | value | {filter} }}}}{{{{ else }}}}an unknown \
         figure{{{{ end }}}}"
    )
}

/// The feature or the view, as a sentence names it.
const WHAT: &str = "{{ if $labels.feature }}feature `{{ $labels.feature_view }}.{{ $labels.feature }}`{{ else }}feature view \
                    `{{ $labels.feature_view }}`{{ end }}";

/// Coverage of views and features.
pub(super) fn coverage(settings: &RuleSettings) -> Group {
    let of_view = figure(settings, "min", "skewwatch_coverage_ratio", "humanizePercentage");
    let of_feature = feature_figure(settings, "min", "skewwatch_feature_coverage_ratio", "humanizePercentage");
    let description = |consequence: &str| {
        format!(
            "Only {{{{ if $labels.feature }}}}{of_feature}{{{{ else }}}}{of_view}{{{{ end }}}} of the keys read have a usable \
             value for {{{{ if $labels.feature }}}}feature `{{{{ $labels.feature_view }}}}.{{{{ $labels.feature }}}}`{{{{ else }}}}\
             every feature of view `{{{{ $labels.feature_view }}}}`{{{{ end }}}}. {consequence}"
        )
    };
    let collapsed = Told {
        name: AlertName::COVERAGE_COLLAPSED,
        check: "check=\"coverage\"",
        severity: Severity::Critical,
        description: description("Models run on defaults for the others, as in an outage."),
    };
    let low = Told {
        name: AlertName::COVERAGE_LOW,
        check: "check=\"coverage\"",
        severity: Severity::Warning,
        description: description("Models run on defaults for the others."),
    };
    Group { name: "coverage", rules: vec![rule(settings, collapsed), rule(settings, low)] }
}

/// Served values against training snapshots, and every check without an alert of its own.
pub(super) fn skew(settings: &RuleSettings) -> Group {
    let mismatch = feature_figure(settings, "max", "skewwatch_skew_mismatch_ratio", "humanizePercentage");
    let skewed = |severity| Told {
        name: AlertName::SKEW_MISMATCH,
        check: "check=\"skew\"",
        severity,
        description: format!(
            "{mismatch} of the compared values of feature `{{{{ $labels.feature_view }}}}.{{{{ $labels.feature }}}}` differ from \
             the training snapshot at the same point in time. Models are served other values than they were trained on."
        ),
    };
    let breached = |severity| Told {
        name: AlertName::CHECK_BREACHED,
        // What is added later is told here, and not kept silent.
        check: "check!~\"freshness|coverage|skew|drift\"",
        severity,
        description: format!("Check `{{{{ $labels.check }}}}` of {WHAT} is beyond its limit."),
    };
    let severities = [Severity::Critical, Severity::Warning];
    let rules = severities.map(skewed).into_iter().chain(severities.map(breached));
    Group { name: "skew", rules: rules.map(|told| rule(settings, told)).collect() }
}

/// Distributions over time.
pub(super) fn drift(settings: &RuleSettings) -> Group {
    let drifted = |severity| {
        Told {
        name: AlertName::DRIFT_HIGH,
        check: "check=\"drift\"",
        severity,
        description: "The values of feature `{{ $labels.feature_view }}.{{ $labels.feature }}` are not distributed as in their \
                      reference, and models may judge them badly. Distances:{{ range $place, $distance := query (printf `max by \
                      (statistic) (DISTANCES)` $labels.feature_view $labels.feature) | sortByLabel \"statistic\" }}{{ if $place \
                      }},{{ end }} {{ .Labels.statistic }} {{ .Value | printf \"%.3f\" }}{{ else }} unknown{{ end }}."
            .replace("DISTANCES", &series(settings, "skewwatch_drift_distance", &["feature_view", "feature"])),
    }
    };
    let severities = [Severity::Critical, Severity::Warning];
    Group { name: "drift", rules: severities.map(|severity| rule(settings, drifted(severity))).into() }
}
