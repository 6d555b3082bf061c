//! What is otherwise than in the period before.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::found::{FindingOfPeriod, Part};
use super::model::{Change, ChangeKind};
use super::weeks::ViewSums;
use super::words::{counted, minute, titled};
use crate::history::Period;
use crate::model::check::CheckKind;
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::publish::plain::one_line;

/// From this factor on harm is another one.
const FACTOR: f64 = 2.0;
/// Longest time from the last hour of a feature to the first of another that may be the same one renamed.
const HANDOVER: Duration = Duration::from_secs(2 * 3_600);

/// What is remembered of a view in the period before.
pub(super) struct Before {
    /// Rounds, measured or not.
    pub(super) rounds: u64,
    /// Features that were measured on its last day.
    pub(super) features: BTreeSet<String>,
}

/// What is known of all views together.
pub(super) struct Surroundings {
    /// The period before; `None` where no view has a round in it.
    pub(super) before: Option<Period>,
    /// Rounds in it by view, measured or not.
    pub(super) rounds: BTreeMap<String, u64>,
    /// The first hour of the period in which any view had a round.
    pub(super) earliest: Option<Timestamp>,
}

/// Changes of findings, which are those of (before, now). Features of one incident are told together, as far as the same has
/// become of them.
pub(super) fn of_findings(before: &[FindingOfPeriod], now: &[FindingOfPeriod]) -> Vec<Change> {
    let (earlier, later) = (harms(before), harms(now));
    let change = |kind, finding: &FindingOfPeriod, text| Change { kind, view: Some(finding.view.clone()), text };
    let mut changes = Vec::new();
    for finding in now {
        let (known, new): (Vec<Part<'_>>, Vec<Part<'_>>) =
            finding.parts().partition(|part| earlier.contains_key(&key(finding, *part)));
        if let (Some(name), Some(onset)) = (named(finding, &new), new.iter().map(|part| part.onset).min()) {
            changes.push(change(ChangeKind::NewFinding, finding, format!("New: {name}, since {}", minute(onset))));
        }
        let Some(name) = named(finding, &known) else { continue };
        let then: f64 = known.iter().filter_map(|part| earlier.get(&key(finding, *part))).sum();
        let harm: f64 = known.iter().map(|part| part.harm).sum();
        let harms = format!("harm {} after {}", figure::number(harm), figure::number(then));
        if harm >= then * FACTOR {
            changes.push(change(ChangeKind::Worse, finding, format!("Worse: {name}, {harms}")));
        } else if harm * FACTOR <= then {
            changes.push(change(ChangeKind::Better, finding, format!("Better: {name}, {harms}")));
        }
    }
    for finding in before {
        let gone: Vec<Part<'_>> = finding.parts().filter(|part| !later.contains_key(&key(finding, *part))).collect();
        changes.extend(named(finding, &gone).map(|name| change(ChangeKind::Gone, finding, format!("Gone: {name}"))));
    }
    changes
}

/// What a part of a finding is told apart by.
type Key<'a> = (&'a str, Option<&'a str>, CheckKind);

fn key<'a>(finding: &'a FindingOfPeriod, part: Part<'a>) -> Key<'a> {
    (&finding.view, part.feature, finding.check)
}

/// The harm of every part of every finding.
fn harms(findings: &[FindingOfPeriod]) -> BTreeMap<Key<'_>, f64> {
    let every = findings.iter().flat_map(|finding| finding.parts().map(move |part| (key(finding, part), part.harm)));
    every.collect()
}

/// What some parts of a finding are about; `None` of none.
fn named(finding: &FindingOfPeriod, parts: &[Part<'_>]) -> Option<String> {
    let (first, others) = parts.split_first()?;
    Some(titled(finding, first.feature, others.len()))
}

/// Whether a view had its first round long after the others had theirs.
fn came_later(now: &ViewSums, around: &Surroundings) -> bool {
    let first = now.hours.map(|[first, _]| first);
    first.zip(around.earliest).and_then(|(first, earliest)| first.since(earliest)).is_some_and(|apart| apart > HANDOVER)
}

/// Changes of one view and of its features.
pub(super) fn of_view(
    (name, before): (&str, &Before),
    (now, period): (&ViewSums, Period),
    around: &Surroundings,
) -> Vec<Change> {
    let change = |kind, text| Change { kind, view: Some(name.to_owned()), text };
    let shown = one_line(name);
    let rounds = now.rounds() + now.total.failed;
    match (before.rounds, rounds) {
        (0, 0) => return Vec::new(),
        (0, _) if around.before.is_some() || came_later(now, around) => {
            let since = now.hours.map_or_else(String::new, |[first, _]| format!(", measured since {}", minute(first)));
            return vec![change(ChangeKind::ViewAdded, format!("View {shown} is new{since}"))];
        }
        (1.., 0) => return vec![change(ChangeKind::ViewSilent, format!("View {shown} had no round any more"))],
        (_, _) => {}
    }
    let Some([first, last]) = now.hours else { return Vec::new() };
    let moves = Moves::of(before, (now, first, last), period);
    let mut changes = Vec::new();
    for ((gone, at), (came, _)) in &moves.renamed {
        let text = format!(
            "Feature {came} of {shown} came where {gone} went at {}: perhaps it was renamed; they are not compared with each other",
            minute(*at)
        );
        changes.push(change(ChangeKind::FeatureRenamed, text));
    }
    let listed = |kind, list: &[(String, Timestamp)], what: &str| {
        let names: Vec<&str> = list.iter().take(5).map(|(name, _)| name.as_str()).collect();
        let more = list.len().saturating_sub(names.len()) as u64;
        let more = if more == 0 { String::new() } else { format!(" and {} more", figure::count(more)) };
        let text = format!("{} of {shown} {what}: {}{more}", counted(list.len() as u64, "feature"), names.join(", "));
        (!list.is_empty()).then(|| change(kind, text))
    };
    changes.extend(listed(ChangeKind::FeatureAdded, &moves.came, "came"));
    changes.extend(listed(ChangeKind::FeatureRemoved, &moves.went, "went"));
    changes
}

/// Features that came and went, by the names that are shown, with the hour.
struct Moves {
    came: Vec<(String, Timestamp)>,
    went: Vec<(String, Timestamp)>,
    renamed: Vec<((String, Timestamp), (String, Timestamp))>,
}

impl Moves {
    fn of(before: &Before, (now, first, last): (&ViewSums, Timestamp, Timestamp), period: Period) -> Self {
        let hour = Duration::from_secs(3_600);
        let measured = || now.features.iter().filter_map(|(name, sums)| Some((name, sums.hours?)));
        let has_figures = !before.features.is_empty();
        // Without figures of before, only what changes within the period is known.
        let mut came: Vec<(String, Timestamp)> = measured()
            .filter(|(name, [start, _])| if has_figures { !before.features.contains(*name) } else { *start > first })
            .map(|(name, [start, _])| (one_line(name), start))
            .collect();
        let gone_before = before.features.iter().filter(|name| !now.features.contains_key(*name));
        let mut went: Vec<(String, Timestamp)> = gone_before.map(|name| (one_line(name), period.start)).collect();
        let ended = measured().filter(|(_, [_, end])| end.plus(hour) < last);
        went.extend(ended.map(|(name, [_, end])| (one_line(name), end.plus(hour))));
        let mut renamed = Vec::new();
        let partners = |at: Timestamp, came: &[(String, Timestamp)]| -> Vec<usize> {
            let near =
                |start: Timestamp| start.since(at).or_else(|| at.since(start)).is_some_and(|apart| apart <= HANDOVER);
            (0..came.len()).filter(|place| came.get(*place).is_some_and(|(_, start)| near(*start))).collect()
        };
        // Only where one went and one came at a time is it likely.
        let mut place = 0;
        while let Some((_, at)) = went.get(place).cloned() {
            let rivals = went.iter().filter(|(_, other)| {
                other.since(at).or_else(|| at.since(*other)).is_some_and(|apart| apart <= HANDOVER)
            });
            match (rivals.count(), partners(at, &came).as_slice()) {
                (1, [partner]) => renamed.push((went.remove(place), came.remove(*partner))),
                (_, _) => place += 1,
            }
        }
        Self { came, went, renamed }
    }
}
