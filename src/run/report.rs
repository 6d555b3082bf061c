//! The skew report of a plan's views out of its history.

use std::collections::BTreeMap;

use super::serve::{findings_in, surroundings};
use crate::config::Plan;
use crate::history::HistoryReader;
use crate::model::check::FindingKey;
use crate::model::time::Timestamp;
use crate::publish::api::{FindingStanding, FindingState, ToldFinding};
use crate::publish::report::{Report, ReportError, ReportPeriod, ReportRequest};

/// Which report is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedReport {
    /// The period.
    pub period: ReportPeriod,
    /// Only views of this team.
    pub team: Option<String>,
    /// Only this view.
    pub view: Option<String>,
    /// The configuration file, for commands to copy.
    pub configuration: String,
}

/// Makes the report.
///
/// # Errors
/// When the history cannot be read.
pub fn report(
    history: &HistoryReader,
    plan: &Plan,
    (wanted, now): (&WantedReport, Timestamp),
) -> Result<Report, ReportError> {
    made(history, plan, (wanted, now), None)
}

/// Makes the report as of another time than the present, which commands to copy name too.
///
/// # Errors
/// When the history cannot be read.
pub fn report_as_of(
    history: &HistoryReader,
    plan: &Plan,
    (wanted, now): (&WantedReport, Timestamp),
) -> Result<Report, ReportError> {
    made(history, plan, (wanted, now), Some(now))
}

fn made(
    history: &HistoryReader,
    plan: &Plan,
    (wanted, now): (&WantedReport, Timestamp),
    as_of: Option<Timestamp>,
) -> Result<Report, ReportError> {
    let is_wanted = |name: &str, team: Option<&str>| {
        wanted.view.as_deref().is_none_or(|wanted| wanted == name)
            && (wanted.team.is_none() || wanted.team.as_deref() == team)
    };
    let mut views = surroundings(plan).views;
    views.retain(|watched| is_wanted(&watched.view.name, watched.view.team.as_deref()));
    let is_whole = wanted.team.is_none() && wanted.view.is_none();
    let accepted = findings_in(history, plan, now)?.iter().flat_map(accepted).collect();
    let request = ReportRequest {
        period: wanted.period,
        views,
        // Nobody knows whose a view is that is not watched.
        not_watched: if is_whole { &plan.not_watched } else { &[] },
        team: wanted.team.clone(),
        accepted,
        causes: BTreeMap::new(),
        examples: BTreeMap::new(),
        disclosure: plan.publish.disclosure,
        configuration: wanted.configuration.clone(),
        as_of,
        now,
    };
    Report::of(history, &request)
}

/// What a finding speaks for, with the clause that says that it is accepted; nothing where it is not.
fn accepted(finding: &ToldFinding) -> Vec<(FindingKey, String)> {
    if finding.state != FindingState::Accepted {
        return Vec::new();
    }
    let Some(clause) = finding.standing.as_ref().and_then(FindingStanding::clause) else { return Vec::new() };
    let others = finding.also.iter().map(|other| Some(other.feature.clone()));
    let key = |feature| FindingKey { feature_view: finding.feature_view.clone(), feature, check: finding.check };
    std::iter::once(finding.feature.clone()).chain(others).map(|feature| (key(feature), clause.clone())).collect()
}
