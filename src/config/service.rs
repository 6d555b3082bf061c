//! What a service needs beyond the plan of a round: when things happen, and what is known and accepted.

use std::path::Path;

use super::error::{ConfigError, Source};
use super::expand::Environment;
use super::problem::{Place, Problem, Span};
use super::reader::Reader;
use super::schedule::ScheduleSettings;
use super::section::Section;
use super::tree::{self, Node};
use super::views::Views;
use super::{accept, mask, schedule};
use crate::judge::accept::Tolerated;
use crate::model::view::FeatureView;

/// When things happen, and what is known and accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePlan {
    /// When what is due.
    pub schedule: ScheduleSettings,
    /// Accepted findings and maintenance.
    pub tolerated: Tolerated,
}

/// Reads the keys `schedule`, `accept` and `maintenance` of a text that holds no others, as if it stood in the file at
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
        let plan = read(&mut section, Some(&views), &mut reader);
        section.close(&mut reader);
        plan
    });
    let (problems, mut secrets) = reader.into_findings();
    secrets.extend(mask::in_tree(&root));
    match (plan, problems.is_empty()) {
        (Some(plan), true) => Ok(plan),
        (_, false) => Err(source.error(problems, secrets)),
        (None, true) => Err(source.error(vec![Problem::new(root.span, "this gives no plan")], secrets)),
    }
}

/// Reads the three keys of `section`; `views` are those of the plan, `None` while they are unknown.
fn read(section: &mut Section<'_>, views: Option<&Views>, reader: &mut Reader<'_>) -> Option<ServicePlan> {
    let schedule = section.optional("schedule");
    let accepted = section.optional("accept");
    let maintenance = section.optional("maintenance");
    let schedule = schedule::read(schedule, views, reader);
    let zone = schedule.as_ref().map_or(chrono_tz::Tz::UTC, |schedule| schedule.zone);
    let accepted = accept::accepted(accepted, (zone, views), reader);
    let maintenance = accept::maintenance(maintenance, (zone, views), reader);
    Some(ServicePlan { schedule: schedule?, tolerated: Tolerated { accepted, maintenance } })
}
