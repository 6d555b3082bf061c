//! What could not be judged in a period, and why: a list that is never empty by accident.

use std::collections::BTreeMap;

use super::model::{NotJudged, RoundsOfPeriod};
use super::weeks::{FeatureSums, ViewSums};
use super::words::{check, counted};
use crate::history::{CheckStatus, DriftSubject, HistoryRound, NewestDrift};
use crate::model::check::CheckKind;
use crate::model::drift::governing;
use crate::model::figure;
use crate::model::measurement::DriftReason;
use crate::publish::metrics::WatchedView;

/// The newest results of drift of a view.
pub(super) type Drifts = BTreeMap<(String, DriftSubject), NewestDrift>;

/// What could not be judged of a view; `newest` is its last round of the period, where it is still kept.
pub(super) fn of_view(
    watched: &WatchedView<'_>,
    (sums, rounds): (&ViewSums, &RoundsOfPeriod),
    (newest, drifts): (Option<&HistoryRound>, &Drifts),
) -> Vec<NotJudged> {
    let view = watched.view.name.clone();
    let of_rounds = self::rounds(sums, rounds);
    let mut list: Vec<NotJudged> = (of_rounds.into_iter())
        .map(|why| NotJudged { view: view.clone(), what: "rounds".to_owned(), why, features: Vec::new() })
        .collect();
    let statuses = newest.and_then(|round| round.measured.as_ref()).map(|measured| &measured.statuses);
    let unknown = statuses.into_iter().flatten().filter(|(_, status)| **status == CheckStatus::Unknown);
    list.extend(unknown.map(|(kind, _)| NotJudged {
        view: view.clone(),
        what: check(*kind).to_owned(),
        why: "it could not be judged in the newest round".to_owned(),
        features: Vec::new(),
    }));
    let mut grouped: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for (name, feature) in &sums.features {
        for (kind, why) in
            [(CheckKind::Skew, skew(watched, name, feature)), (CheckKind::Drift, drift(name, feature, drifts))]
        {
            if let Some(why) = why {
                grouped.entry((check(kind), why)).or_default().push(name.clone());
            }
        }
    }
    list.extend(grouped.into_iter().map(|((what, why), features)| NotJudged {
        view: view.clone(),
        what: what.to_owned(),
        why,
        features,
    }));
    list
}

fn rounds(sums: &ViewSums, rounds: &RoundsOfPeriod) -> Vec<String> {
    let all = rounds.measured() + rounds.failed;
    if all == 0 {
        return vec!["there was no round".to_owned()];
    }
    let mut whys = Vec::new();
    if rounds.hours_measured < rounds.hours {
        let missing = rounds.hours - rounds.hours_measured;
        whys.push(format!("{} of {} have no measured round", figure::count(missing), counted(rounds.hours, "hour")));
    }
    let failures: Vec<String> = (sums.total.failures.iter())
        .map(|((stage, reason), count)| {
            format!("{} × {reason} while it was to be {}", figure::count(*count), stage.past())
        })
        .collect();
    if rounds.failed + rounds.partial > 0 {
        let because = if failures.is_empty() { String::new() } else { format!(": {}", failures.join(", ")) };
        whys.push(format!(
            "{} of {} failed and {} were read in part{because}",
            figure::count(rounds.failed),
            counted(all, "round"),
            figure::count(rounds.partial)
        ));
    }
    whys
}

fn skew(watched: &WatchedView<'_>, name: &str, feature: &FeatureSums) -> Option<String> {
    let limits = &watched.rules_of(Some(name)).skew;
    limits.least()?;
    let (n, rounds) = (feature.total.skew.n, feature.total.rounds);
    if n == 0 {
        return (rounds > 0).then(|| "no cell could be compared".to_owned());
    }
    let of_round = n.checked_div(rounds)?;
    (of_round < limits.minimum_n).then(|| {
        format!("too few cells could be compared in a round; the check needs {}", figure::count(limits.minimum_n))
    })
}

fn drift(name: &str, feature: &FeatureSums, drifts: &Drifts) -> Option<String> {
    let newest = drifts.get(&(name.to_owned(), DriftSubject::Served));
    let governing = newest.and_then(|newest| governing(&newest.checks));
    let rounds: Vec<_> = match governing {
        Some((statistic, _)) => feature.total.drift.get(&statistic).into_iter().collect(),
        None => feature.total.drift.values().collect(),
    };
    let is_unknown = rounds.iter().any(|hour| hour.unknown > 0);
    if !is_unknown || rounds.iter().any(|hour| hour.drifted + hour.stable > 0) {
        return None;
    }
    let reason = governing.and_then(|(_, measured)| measured.reason);
    Some(reason.map_or("no round could tell", words).to_owned())
}

const fn words(reason: DriftReason) -> &'static str {
    match reason {
        DriftReason::Underpowered => "a side has too few values for the limit",
        DriftReason::AtThreshold => "the effect is too close to the limit",
        DriftReason::Empty => "a side has no valid value",
        DriftReason::NoSnapshotTime => "points in time move on, and the time of the snapshot is not known",
        DriftReason::DifferentKinds => "the two sides hold values of different kinds",
        DriftReason::NoReference => "the reference could not be read",
        DriftReason::NotInReference => "the reference does not have the feature",
    }
}
