//! The limits of checks as a file states them: a change to limits that were there before.
//!
//! A plain limit warns. A limit that is inherited stays while it keeps its order with the one that is given (critical
//! graver than warning) and goes otherwise, so that a looser warning does not leave a stricter critical limit behind.

use std::time::Duration;

use super::problem::Problem;
use super::quantity::{self, Complaint};
use super::reader::Reader;
use super::sample::set;
use super::section::Section;
use super::tree::{Content, Node};
use crate::model::check::{CheckRules, DriftStatistic, Limits};
use crate::model::ratio::Ratio;

/// What a limit is written in, and which side of it is a breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// A share that must not be exceeded.
    MostShare,
    /// A share that must be reached.
    LeastShare,
    /// A distance that must not be exceeded.
    MostDistance,
}

/// A change to the limits of one check.
#[derive(Clone, Copy, Debug)]
enum LimitsPatch {
    /// `none`: neither warning nor critical.
    Off,
    /// What was given.
    Given { warning: Option<f64>, critical: Option<f64>, minimum_n: Option<u64> },
}

/// The place of a check's limits among all.
type Field = fn(&mut CheckRules) -> &mut Limits;

/// A change to the limits of all checks.
#[derive(Debug, Default)]
pub(super) struct RulesPatch {
    objective: Option<Duration>,
    /// `Some(None)`: a snapshot may be of any age.
    max_age: Option<Option<Duration>>,
    limits: Vec<(Field, Measure, LimitsPatch)>,
    drift: Vec<(DriftStatistic, LimitsPatch)>,
}

impl RulesPatch {
    /// Reads the checks that a section names; its other keys stay with the caller.
    pub(super) fn read(section: &mut Section<'_>, reader: &mut Reader<'_>) -> Self {
        let shares: [(&'static str, Measure, Field); 8] = [
            ("coverage", Measure::LeastShare, |rules| &mut rules.coverage),
            ("comparable", Measure::LeastShare, |rules| &mut rules.comparable),
            ("skew", Measure::MostShare, |rules| &mut rules.skew),
            ("phantom", Measure::MostShare, |rules| &mut rules.phantom),
            ("missing_offline", Measure::MostShare, |rules| &mut rules.missing_offline),
            ("undecodable", Measure::MostShare, |rules| &mut rules.undecodable),
            ("in_flight", Measure::MostShare, |rules| &mut rules.in_flight),
            ("serving", Measure::MostShare, |rules| &mut rules.serving),
        ];
        let mut patch = Self::default();
        if let Some(mut inner) =
            section.optional("freshness").and_then(|node| Section::open(node, "`freshness`", reader))
        {
            patch.objective = inner.optional("objective").and_then(|node| reader.positive_duration(node));
            let budget = inner.optional("budget").and_then(|node| limits(node, Measure::MostShare, reader));
            let field: Field = |rules| &mut rules.freshness;
            patch.limits.extend(budget.map(|budget| (field, Measure::MostShare, budget)));
            inner.close(reader);
        }
        if let Some(mut inner) = section.optional("snapshot").and_then(|node| Section::open(node, "`snapshot`", reader))
        {
            patch.max_age = inner.optional("max_age").and_then(|node| max_age(node, reader));
            inner.close(reader);
        }
        for (name, measure, field) in shares {
            let given = section.optional(name).and_then(|node| limits(node, measure, reader));
            patch.limits.extend(given.map(|given| (field, measure, given)));
        }
        if let Some(mut inner) = section.optional("drift").and_then(|node| Section::open(node, "`drift`", reader)) {
            for statistic in DriftStatistic::ALL {
                let given =
                    inner.optional(statistic.name()).and_then(|node| limits(node, Measure::of(statistic), reader));
                patch.drift.extend(given.map(|given| (statistic, given)));
            }
            inner.close(reader);
        }
        patch
    }

    /// Whether it changes nothing.
    pub(super) const fn is_empty(&self) -> bool {
        self.objective.is_none() && self.max_age.is_none() && self.limits.is_empty() && self.drift.is_empty()
    }

    /// Changes `rules`.
    pub(super) fn apply(&self, rules: &mut CheckRules) {
        rules.freshness_objective = self.objective.or(rules.freshness_objective);
        set(&mut rules.snapshot_max_age, self.max_age);
        for (field, measure, patch) in &self.limits {
            patch.apply(field(rules), *measure);
        }
        for (statistic, patch) in &self.drift {
            for (_, limits) in rules.drift.iter_mut().filter(|(named, _)| named == statistic) {
                patch.apply(limits, Measure::of(*statistic));
            }
        }
    }
}

impl LimitsPatch {
    fn apply(self, limits: &mut Limits, measure: Measure) {
        match self {
            Self::Off => (limits.warning, limits.critical) = (None, None),
            Self::Given { warning, critical, minimum_n } => {
                set(&mut limits.minimum_n, minimum_n);
                let inherited = *limits;
                let fits = |warning, critical| !measure.is_graver(warning, critical);
                limits.warning = warning.or(inherited.warning.filter(|old| critical.is_none_or(|new| fits(*old, new))));
                limits.critical =
                    critical.or(inherited.critical.filter(|old| warning.is_none_or(|new| fits(new, *old))));
            }
        }
    }
}

impl Measure {
    const fn of(statistic: DriftStatistic) -> Self {
        if statistic.is_share() { Self::MostShare } else { Self::MostDistance }
    }

    /// Whether `one` lies further into the breach than `other`.
    fn is_graver(self, one: f64, other: f64) -> bool {
        match self {
            Self::MostShare | Self::MostDistance => one > other,
            Self::LeastShare => one < other,
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::MostShare | Self::LeastShare => "a share such as `0.5%`, or `none`",
            Self::MostDistance => "a distance such as `0.2`, or `none`",
        }
    }

    fn parse(self, text: &str) -> Result<f64, Complaint> {
        match self {
            Self::MostShare | Self::LeastShare => quantity::share(text).map(Ratio::get),
            Self::MostDistance => quantity::amount(text),
        }
    }
}

fn max_age(node: &Node, reader: &mut Reader<'_>) -> Option<Option<Duration>> {
    reader.parsed(node, "a duration such as `26h`, or `none`", |text| match text {
        "none" => Ok(None),
        text => quantity::positive_duration(text).map(Some),
    })
}

fn limits(node: &Node, measure: Measure, reader: &mut Reader<'_>) -> Option<LimitsPatch> {
    if !matches!(node.content, Content::Mapping(_)) {
        return reader.parsed(node, measure.expected(), |text| match text {
            "none" => Ok(LimitsPatch::Off),
            text => measure.parse(text).map(|limit| LimitsPatch::Given {
                warning: Some(limit),
                critical: None,
                minimum_n: None,
            }),
        });
    }
    let mut section = Section::open(node, "a check", reader)?;
    let mut limit = |key| {
        section.optional(key).and_then(|node| reader.parsed(node, measure.expected(), |text| measure.parse(text)))
    };
    let (warning, critical) = (limit("warning"), limit("critical"));
    let minimum_n = section.optional("minimum_n").and_then(|node| reader.whole(node, 1));
    if let (Some(warning), Some(critical), Some(entry)) = (warning, critical, section.entry("critical"))
        && measure.is_graver(warning, critical)
    {
        reader.note(Problem::new(entry.span, "`critical` would be reached before `warning`"));
    }
    section.close(reader);
    Some(LimitsPatch::Given { warning, critical, minimum_n })
}
