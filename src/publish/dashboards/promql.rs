//! Pieces of queries: selectors with the variables of dashboards, and sums over replicas.

/// Which variables narrow a selector down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Job and instance.
    Targets,
    /// And the feature view.
    Views,
    /// And the feature; the view as a whole is left out.
    Features,
    /// And the feature, with what is said of the view as a whole.
    Checks,
}

impl Scope {
    const fn matchers(self) -> &'static str {
        match self {
            Self::Targets => r#"job=~"$job",instance=~"$instance""#,
            Self::Views => r#"job=~"$job",instance=~"$instance",feature_view=~"$feature_view""#,
            Self::Features => r#"job=~"$job",instance=~"$instance",feature_view=~"$feature_view",feature=~"$feature""#,
            Self::Checks => r#"job=~"$job",instance=~"$instance",feature_view=~"$feature_view",feature=~"$feature|""#,
        }
    }

    /// The series of family `name`, without its prefix.
    pub(super) fn of(self, name: &str) -> String {
        format!("skewwatch_{name}{{{}}}", self.matchers())
    }

    /// Those of them that `matcher` selects.
    pub(super) fn with(self, name: &str, matcher: &str) -> String {
        format!("skewwatch_{name}{{{},{matcher}}}", self.matchers())
    }

    /// The series `up` and its like, which Prometheus itself makes.
    pub(super) fn scraped(self, name: &str) -> String {
        format!("{name}{{{}}}", self.matchers())
    }

    /// How much counter `name` rose within the window of the dashboard, summed by `labels`.
    pub(super) fn rise(self, name: &str, labels: &str) -> String {
        self.rise_over(name, labels, "$window")
    }

    /// How much counter `name` rose within `window`, summed by `labels`.
    pub(super) fn rise_over(self, name: &str, labels: &str, window: &str) -> String {
        format!("sum by ({labels}) (increase({}[{window}]))", self.of(name))
    }

    /// How much counter `name` rises a second, by Grafana's own interval.
    pub(super) fn rate(self, name: &str, labels: &str) -> String {
        format!("sum by ({labels}) (rate({}[$__rate_interval]))", self.of(name))
    }

    /// The largest value of gauge `name` by `labels`.
    pub(super) fn max(self, name: &str, labels: &str) -> String {
        format!("max by ({labels}) ({})", self.of(name))
    }

    /// The smallest value of gauge `name` by `labels`.
    pub(super) fn min(self, name: &str, labels: &str) -> String {
        format!("min by ({labels}) ({})", self.of(name))
    }

    /// The quantile `rank` of histogram `name` by `labels` over the window; without observations there is none.
    pub(super) fn quantile(self, rank: f64, (name, labels): (&str, &str)) -> String {
        format!(
            "histogram_quantile({rank}, {}) and on ({labels}) {} > 0",
            self.rise(&format!("{name}_bucket"), &format!("{labels}, le")),
            self.rise(&format!("{name}_count"), labels)
        )
    }

    /// Seconds since the time in gauge `name`, by `labels`.
    pub(super) fn age(self, name: &str, labels: &str) -> String {
        format!("time() - {}", self.max(name, labels))
    }
}

/// How many series `condition` leaves of `all`; 0 where it leaves none, and nothing where there are none at all.
pub(super) fn count(all: &str, condition: &str) -> String {
    format!("count({all} {condition}) or 0 * count({all})")
}

/// Time since the last complete round of each view, in intervals of its schedule.
pub(super) fn silence(scope: Scope) -> String {
    format!(
        "({}) / on (feature_view) {}",
        scope.age("round_last_success_timestamp_seconds", "feature_view"),
        scope.max("round_interval_seconds", "feature_view")
    )
}

/// Share of the keys read within `window` whose row lay beyond the freshness objective; no share without keys.
pub(super) fn beyond(scope: Scope, window: &str) -> String {
    format!(
        "{} / on (feature_view) ({} > 0)",
        scope.rise_over("sampled_keys_beyond_objective_total", "feature_view", window),
        scope.rise_over("sampled_keys_total", "feature_view", window)
    )
}
