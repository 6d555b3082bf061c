//! Incidents: features whose values differ for one cause since one time are one finding.
//!
//! A feature's check keeps its own life: it fires, is accepted and ends by itself. What is told of several that share an
//! incident is one finding, which names the features it speaks for; so an incident is over when the last of them is.

use std::cmp::Reverse;

use super::LiveFinding;
use crate::model::check::{Finding, FindingState, Severity};
use crate::model::time::Timestamp;

/// Findings of one round, those of one incident joined; each stands where its first part stood.
#[must_use]
pub fn joined(findings: Vec<Finding>) -> Vec<Finding> {
    let mut groups: Vec<Vec<Finding>> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| is_one(first, &finding))) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.into_iter().filter_map(join).collect()
}

/// Findings that wait or fire, those of one incident joined, in the order of their keys: they stand alike, and each began
/// before the first of them was told.
#[must_use]
pub fn joined_live(mut live: Vec<LiveFinding>) -> Vec<LiveFinding> {
    live.sort_by_cached_key(|one| (one.first_seen, one.finding.key()));
    let mut groups: Vec<Vec<LiveFinding>> = Vec::new();
    for one in live {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| is_one_live(first, &one))) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    let mut joined: Vec<LiveFinding> = groups.into_iter().filter_map(join_live).collect();
    joined.sort_by_cached_key(|live| live.finding.key());
    joined
}

fn is_one(one: &Finding, other: &Finding) -> bool {
    one.incident.is_some()
        && (&one.incident, one.check, &one.feature_view) == (&other.incident, other.check, &other.feature_view)
}

fn is_one_live(first: &LiveFinding, other: &LiveFinding) -> bool {
    let told_since = first.fired_at.unwrap_or(first.first_seen);
    is_one(&first.finding, &other.finding)
        && other.first_seen <= told_since
        && is_firing(first.state) == is_firing(other.state)
        && first.standing == other.standing
}

const fn is_firing(state: FindingState) -> bool {
    match state {
        FindingState::Firing(_) => true,
        FindingState::Waiting | FindingState::Quiet => false,
    }
}

/// One finding of several, led by the first of the gravest; `None` of none.
fn join(mut parts: Vec<Finding>) -> Option<Finding> {
    let gravest = parts.iter().map(|part| part.severity).max()?;
    let place = parts.iter().position(|part| part.severity == gravest)?;
    let leader = parts.remove(place);
    Some(leader.leading(parts))
}

fn join_live(mut parts: Vec<LiveFinding>) -> Option<LiveFinding> {
    let since = |dates: &mut dyn Iterator<Item = Timestamp>| dates.min();
    let first_seen = since(&mut parts.iter().map(|part| part.first_seen))?;
    let fired_at = since(&mut parts.iter().filter_map(|part| part.fired_at));
    let last_seen = parts.iter().map(|part| part.last_seen).max()?;
    // The first of the gravest: parts stand in the order in which they were seen.
    let place = (0..parts.len()).min_by_key(|place| Reverse(parts.get(*place).and_then(severity)))?;
    let mut leader = parts.remove(place);
    leader.finding = leader.finding.leading(parts.into_iter().map(|part| part.finding).collect());
    Some(LiveFinding { first_seen, last_seen, fired_at, ..leader })
}

const fn severity(live: &LiveFinding) -> Option<Severity> {
    match live.state {
        FindingState::Firing(severity) => Some(severity),
        FindingState::Waiting | FindingState::Quiet => None,
    }
}
