//! What rules are written for: the names that Prometheus gives, the views, and how often each is measured.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::burn::{BurnPair, Obstacle, RefusedPair, UsablePair};
use super::promql;

/// Labels that rules set or aggregate by, and that nobody else may set.
const RESERVED: [&str; 12] = [
    "alertname",
    "channel",
    "check",
    "component",
    "feature",
    "feature_view",
    "job",
    "report",
    "severity",
    "stat",
    "store",
    "team",
];
/// Longest interval: windows of three of them stay within what Prometheus keeps by default (15 days).
const LONGEST_INTERVAL: Duration = Duration::from_secs(5 * 86_400);
/// Shortest interval that windows are written for.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// How long a restart may take: what it makes disappear for so long ends no alert, and fires none.
const RESTART: Duration = Duration::from_secs(300);
/// The same in a rehearsal, which hurries everything but the process.
const SHORTEST_RESTART: Duration = Duration::from_secs(10);
/// Most times that a rehearsal hurries: an hour becomes a second.
const FASTEST: u32 = 3_600;

/// How often a view is measured, and what its freshness budget allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Time between two rounds; 1 s to 5 days.
    pub interval: Duration,
    /// Share of keys that may lie beyond the freshness objective, 0 to 1.
    pub budget: f64,
}

/// Everything that rules depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSettings {
    /// The label `job` under which Prometheus scrapes skewwatch.
    pub job: String,
    /// Labels that every alert carries beside its own, such as `environment`.
    pub labels: BTreeMap<String, String>,
    /// The pace of all views that `exceptions` does not name.
    pub pace: Pace,
    /// Views with a pace of their own, by name.
    pub exceptions: BTreeMap<String, Pace>,
    /// Views whose rounds rest (over night, over the weekend): for them the interval of their pace is the longest, and
    /// more than the usual one that the service exports.
    pub resting: BTreeSet<String>,
    /// Address of the runbook; `#` and the alert's name in lower case are added.
    pub runbook_url: String,
    /// Address of Grafana; `/d/…` is added.
    pub dashboard_url: String,
    /// How many times shorter waits and windows are than they should be, to try alerts out; 1 to 3,600, and 1 in service.
    pub rehearsal: u32,
}

/// Why no rules can be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// A label's name is none to Prometheus.
    #[error("`{name}` is no name of a label\n  = hint: letters, digits and underscores, and no digit first")]
    LabelName {
        /// The name.
        name: String,
    },
    /// The rules set or aggregate by this label themselves.
    #[error("label `{name}` is set by the rules themselves\n  = hint: choose another name")]
    ReservedLabel {
        /// The name.
        name: String,
    },
    /// A text that is empty, or that Prometheus would read as something else.
    #[error(
        "{what} `{text}` cannot be written into rules\n  = hint: it must not be empty, nor have `{{{{` or control characters"
    )]
    Text {
        /// What the text is, such as "the job".
        what: String,
        /// The text.
        text: String,
    },
    /// An interval too short or too long.
    #[error("rounds every {} are not between 1s and 5d apart", promql::duration(*.interval))]
    Interval {
        /// The interval.
        interval: Duration,
    },
    /// A rehearsal that hurries too much, or not at all.
    #[error("a rehearsal {times} times as fast is not between 1 and 3600")]
    Rehearsal {
        /// How many times.
        times: u32,
    },
}

impl Default for RuleSettings {
    /// The settings that `rules/` in the repository is written for: rounds every 5 minutes, a budget of 1 %.
    fn default() -> Self {
        Self {
            job: "skewwatch".to_owned(),
            labels: BTreeMap::new(),
            pace: Pace { interval: Duration::from_secs(300), budget: 0.01 },
            exceptions: BTreeMap::new(),
            resting: BTreeSet::new(),
            runbook_url: "https://runbooks.example.com/skewwatch/RUNBOOK.md".to_owned(),
            dashboard_url: "https://grafana.example.com".to_owned(),
            rehearsal: 1,
        }
    }
}

/// Views of one pace, with what their rules need.
#[derive(Clone, Debug)]
pub(super) struct PacedViews {
    /// What selects them: a matcher on `feature_view`; `None` selects all.
    pub(super) matcher: Option<String>,
    /// Time between two rounds.
    pub(super) interval: Duration,
    /// The freshness budget, a share.
    pub(super) budget: f64,
    /// Burn pairs that can be met.
    pub(super) pairs: Vec<UsablePair>,
    /// Burn pairs that cannot.
    pub(super) refused: Vec<RefusedPair>,
}

impl PacedViews {
    /// The shortest window that holds enough rounds.
    pub(super) fn least_window(&self) -> Duration {
        BurnPair::least_window(self.interval)
    }

    /// The matcher as a list.
    pub(super) fn matchers(&self) -> Vec<&str> {
        self.matcher.as_deref().into_iter().collect()
    }
}

impl RuleSettings {
    /// Views by pace: those of the general pace first, then the exceptions by their first view.
    pub(super) fn paces(&self) -> Vec<PacedViews> {
        let mut others: Vec<(Pace, Vec<&str>)> = Vec::new();
        for (view, pace) in self.exceptions.iter().filter(|(_, pace)| **pace != self.pace) {
            match others.iter_mut().find(|(known, _)| known == pace) {
                Some((_, views)) => views.push(view),
                None => others.push((*pace, vec![view])),
            }
        }
        let named: Vec<&str> = others.iter().flat_map(|(_, views)| views.iter().copied()).collect();
        let matcher = (!named.is_empty()).then(|| promql::none_of("feature_view", &named));
        let mut paces = vec![self.paced(self.pace, matcher, &[])];
        paces.extend(
            others.iter().map(|(pace, views)| self.paced(*pace, Some(promql::any_of("feature_view", views)), views)),
        );
        paces
    }

    /// The longest pause of each view whose rounds rest, by its length: matchers on `feature_view`.
    pub(super) fn rests(&self) -> BTreeMap<Duration, String> {
        let mut views: BTreeMap<Duration, Vec<&str>> = BTreeMap::new();
        for view in &self.resting {
            let pace = self.exceptions.get(view).unwrap_or(&self.pace);
            views.entry(pace.interval).or_default().push(view);
        }
        views.into_iter().map(|(pause, views)| (pause, promql::any_of("feature_view", &views))).collect()
    }

    fn paced(&self, pace: Pace, matcher: Option<String>, views: &[&str]) -> PacedViews {
        let Pace { interval, budget } = pace;
        let mut paced = PacedViews { matcher, interval, budget, pairs: Vec::new(), refused: Vec::new() };
        for pair in BurnPair::ALL.map(|pair| pair.hurried(self.rehearsal)) {
            match pair.fit(pace) {
                Ok(usable) => paced.pairs.push(usable),
                Err(obstacle) => paced.refused.push(refused(pair, obstacle, views)),
            }
        }
        paced
    }

    /// How long a condition has to last, which in service is `span`.
    pub(super) fn wait(&self, span: Duration) -> Duration {
        span / self.rehearsal.max(1)
    }

    /// A window that in service is `span`; one that is hurried still holds enough rounds.
    pub(super) fn window(&self, span: Duration) -> Duration {
        let least = BurnPair::least_window(self.longest_interval()).min(span);
        self.wait(span).max(least)
    }

    /// How long a restart may take.
    pub(super) fn restart(&self) -> Duration {
        self.wait(RESTART).max(SHORTEST_RESTART)
    }

    /// The longest interval of all views.
    pub(super) fn longest_interval(&self) -> Duration {
        self.exceptions.values().map(|pace| pace.interval).fold(self.pace.interval, Duration::max)
    }

    /// Whether rules can be written.
    pub(super) fn check(&self) -> Result<(), RulesError> {
        for name in self.labels.keys() {
            let mut letters = name.chars();
            let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
            if !begins || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
                return Err(RulesError::LabelName { name: name.clone() });
            }
            if RESERVED.contains(&name.as_str()) || name.starts_with("__") {
                return Err(RulesError::ReservedLabel { name: name.clone() });
            }
        }
        let labels = self.labels.iter().map(|(name, value)| (format!("the value of label `{name}`,"), value));
        let texts = [("the job", &self.job), ("the address", &self.runbook_url), ("the address", &self.dashboard_url)];
        for (what, text) in texts.into_iter().map(|(what, text)| (what.to_owned(), text)).chain(labels) {
            // Prometheus expands `{{` in labels and annotations as a template.
            if text.is_empty() || text.contains("{{") || text.chars().any(char::is_control) {
                return Err(RulesError::Text { what, text: text.clone() });
            }
        }
        if !(1..=FASTEST).contains(&self.rehearsal) {
            return Err(RulesError::Rehearsal { times: self.rehearsal });
        }
        let mut intervals = self.exceptions.values().chain([&self.pace]).map(|pace| pace.interval);
        match intervals.find(|interval| !(SHORTEST_INTERVAL..=LONGEST_INTERVAL).contains(interval)) {
            Some(interval) => Err(RulesError::Interval { interval }),
            None => Ok(()),
        }
    }
}

fn refused(pair: BurnPair, obstacle: Obstacle, views: &[&str]) -> RefusedPair {
    RefusedPair { pair, obstacle, views: views.iter().map(|view| (*view).to_owned()).collect() }
}
