//! What a service needs beyond the plan of a round: when things happen, and what is known and accepted.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::{ConfigError, Source};
use super::expand::Environment;
use super::problem::{Place, Problem, Span};
use super::reader::Reader;
use super::schedule::ScheduleSettings;
use super::section::Section;
use super::tree::{self, Content, Node};
use super::views::Views;
use super::{accept, between, hysteresis, mask, schedule};
use crate::judge::accept::Tolerated;
use crate::judge::hysteresis::PatienceRules;
use crate::model::schedule::Schedule;
use crate::model::view::FeatureView;

/// When things happen, and what is known and accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePlan {
    /// When what is due.
    pub schedule: ScheduleSettings,
    /// When the online rows of views are captured; a view that is not named has no captures.
    pub captures: BTreeMap<String, Schedule>,
    /// Most keys of a view that are read at the appointments of `schedule.availability`.
    pub tracked: usize,
    /// Accepted findings and maintenance.
    pub tolerated: Tolerated,
    /// After how many rounds findings fire and are over.
    pub patience: PatienceRules,
}

/// Reads the keys `schedule`, `accept`, `maintenance` and `hysteresis`, and of `sample` what a service needs, of a text that
/// holds no others, as if it stood in the file at
/// `path`; `watched` are the views that it may name.
///
/// # Errors
/// With all its problems when it gives no plan.
pub fn service_from_text(
    text: &str,
    path: &Path,
    watched: &[FeatureView],
    environment: Environment<'_>,
) -> Result<ServicePlan, ConfigError> {
    let name = path.display().to_string();
    let source = Source { name: &name, text };
    let document = tree::read(text).map_err(|problem| source.error(vec![problem], mask::in_text(text)))?;
    let mut reader = Reader::new(environment, path.parent().unwrap_or(Path::new("")));
    document.problems.into_iter().for_each(|problem| reader.note(problem));
    let start = Span::point(Place { line: 1, column: 1 });
    let root = document.root.unwrap_or(Node { span: start, content: tree::Content::Nothing });
    let views = Views { watched: watched.to_vec(), not_watched: Vec::new() };
    let plan = Section::open(&root, "the configuration", &mut reader).and_then(|mut section| {
        let nodes = ServiceNodes::of(&mut section);
        section.close(&mut reader);
        read(&nodes, Some(&views), &mut reader)
    });
    let (problems, mut secrets) = reader.into_findings();
    secrets.extend(mask::in_tree(&root));
    match (plan, problems.is_empty()) {
        (Some(plan), true) => Ok(plan),
        (_, false) => Err(source.error(problems, secrets)),
        (None, true) => Err(source.error(vec![Problem::new(root.span, "this gives no plan")], secrets)),
    }
}

/// The keys of a service, found and not yet read: views are known only later.
pub(super) struct ServiceNodes<'tree> {
    schedule: Option<&'tree Node>,
    sample: Option<&'tree Node>,
    accept: Option<&'tree Node>,
    maintenance: Option<&'tree Node>,
    hysteresis: Option<&'tree Node>,
}

impl<'tree> ServiceNodes<'tree> {
    /// The keys of `section`.
    pub(super) fn of(section: &mut Section<'tree>) -> Self {
        Self {
            schedule: section.optional("schedule"),
            sample: section.optional("sample"),
            accept: section.optional("accept"),
            maintenance: section.optional("maintenance"),
            hysteresis: section.optional("hysteresis"),
        }
    }

    /// Where scheduled reports are asked for, if they are.
    pub(super) fn reports_at(&self) -> Option<Span> {
        match self.schedule.map(|node| &node.content)? {
            Content::Mapping(entries) => entries.iter().find(|entry| entry.key == "report").map(|entry| entry.span),
            Content::Nothing | Content::Scalar(_) | Content::List(_) => None,
        }
    }

    /// Where captures are asked for, if they are.
    pub(super) fn captures_at(&self) -> Option<Span> {
        between::captures_at(self.sample)
    }
}

/// Reads the keys; `views` are those of the plan, `None` while they are unknown.
pub(super) fn read(nodes: &ServiceNodes<'_>, views: Option<&Views>, reader: &mut Reader<'_>) -> Option<ServicePlan> {
    let schedule = schedule::read(nodes.schedule, views, reader);
    let zone = schedule.as_ref().map_or(chrono_tz::Tz::UTC, |schedule| schedule.zone);
    let between = between::read(nodes.sample, (zone, views), reader);
    let accepted = accept::accepted(nodes.accept, (zone, views), reader);
    let maintenance = accept::maintenance(nodes.maintenance, (zone, views), reader);
    let patience = hysteresis::read(nodes.hysteresis, reader);
    Some(ServicePlan {
        schedule: schedule?,
        captures: between.captures,
        tracked: between.tracked,
        tolerated: Tolerated { accepted, maintenance },
        patience,
    })
}
