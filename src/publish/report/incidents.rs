//! Features that differ for one cause at one time: one entry of the report, and not one each.

use std::cmp::Reverse;

use super::found::FindingOfPeriod;
use crate::model::time::Timestamp;

/// A finding, and what tells which incident it is part of.
pub(super) struct Told {
    /// The finding, alone.
    pub(super) finding: FindingOfPeriod,
    /// What features of one incident share; `None` where it is part of none.
    pub(super) incident: Option<String>,
    /// The first and the last time of its last episode.
    pub(super) seen: (Timestamp, Timestamp),
}

/// Findings, those of one incident as one: of one check of one view, of one cause, at a time when the gravest was there too,
/// and accepted alike.
pub(super) fn joined(mut told: Vec<Told>) -> Vec<FindingOfPeriod> {
    told.sort_by(|left, right| {
        let rank = |told: &Told| Reverse(told.finding.severity);
        rank(left).cmp(&rank(right)).then_with(|| right.finding.harm.total_cmp(&left.finding.harm))
    });
    let mut groups: Vec<Vec<Told>> = Vec::new();
    for one in told {
        match groups.iter_mut().find(|group| group.first().is_some_and(|leader| is_one(leader, &one))) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups.into_iter().filter_map(join).collect()
}

fn is_one(leader: &Told, other: &Told) -> bool {
    let of = |told: &Told| (told.finding.view.clone(), told.finding.check, told.finding.accepted.clone());
    leader.incident.is_some()
        && leader.incident == other.incident
        && of(leader) == of(other)
        && leader.seen.0 <= other.seen.1
        && other.seen.0 <= leader.seen.1
}

/// One finding of several, led by the first; `None` of none.
fn join(group: Vec<Told>) -> Option<FindingOfPeriod> {
    let mut parts = group.into_iter().map(|told| told.finding);
    let mut leader = parts.next()?;
    for part in parts {
        leader.harm += part.harm;
        leader.share = leader.share.max(part.share);
        leader.onset = leader.onset.min(part.onset);
        leader.seconds = leader.seconds.max(part.seconds);
        leader.ended = leader.ended.zip(part.ended).map(|(one, other)| one.max(other));
        leader.also.extend(part.joined());
    }
    Some(leader)
}
