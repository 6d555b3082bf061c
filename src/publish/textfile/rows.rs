//! From a report to the rows of each family.

use std::collections::BTreeMap;

use super::family::{self, Family};
use super::{Surroundings, WatchedView};
use crate::model::check::{CheckKind, Severity};
use crate::model::measurement::{FeatureMeasurement, RoundReport, ViewMeasurement};
use crate::model::verdict::Verdict;
use crate::model::view::FreshnessBasis;

/// One series: the values of its labels, and its value.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) labels: Vec<&'a str>,
    pub(super) value: f64,
}

type Families<'a> = Vec<(&'static Family, Vec<Row<'a>>)>;

/// Every family with its rows; a figure that does not exist gives no row.
pub(super) fn collect<'a>(report: &'a RoundReport, surroundings: &Surroundings<'a>) -> Families<'a> {
    let mut families = of_plan(surroundings);
    families.extend(of_views(report));
    families.extend(of_features(report));
    families.push((&family::CHECK_STATUS, statuses(report)));
    families.push((&family::STAGE_FAILURES, stage_failures(report)));
    families.push((&family::STORE_UP, store_up(report, surroundings.store)));
    families
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

fn row<'a, const N: usize>(labels: [&'a str; N], value: impl Into<Option<f64>>) -> Option<Row<'a>> {
    let value = value.into().filter(|value| value.is_finite())?;
    Some(Row { labels: labels.into(), value })
}

fn of_plan<'a>(surroundings: &Surroundings<'a>) -> Families<'a> {
    let views = &surroundings.views;
    let name = |watched: &WatchedView<'a>| watched.view.name.as_str();
    let info = |watched: &WatchedView<'a>| {
        let view = watched.view;
        let (team, tier) = (view.team.as_deref().unwrap_or_default(), view.tier.as_deref().unwrap_or_default());
        row([&view.name, team, tier, surroundings.store], 1.0)
    };
    let objective = |watched: &WatchedView<'a>| {
        row([name(watched)], watched.rules.freshness_objective.map(|objective| objective.as_secs_f64()))
    };
    let coverage = |watched: &WatchedView<'a>| {
        row([name(watched)], watched.rules.coverage.warning.or(watched.rules.coverage.critical))
    };
    let mut skew = Vec::new();
    let mut drift = Vec::new();
    for watched in views {
        for (feature, rules) in &watched.feature_rules {
            let limits = [(Severity::Warning, rules.skew.warning), (Severity::Critical, rules.skew.critical)];
            skew.extend(
                limits
                    .into_iter()
                    .filter_map(|(severity, limit)| row([name(watched), feature, severity.name()], limit)),
            );
            drift.extend(rules.drift.iter().filter_map(|(statistic, limits)| {
                row([name(watched), feature, statistic.name()], limits.warning.or(limits.critical))
            }));
        }
    }
    vec![
        (&family::FEATURE_VIEW_INFO, views.iter().filter_map(info).collect()),
        (&family::FRESHNESS_OBJECTIVE, views.iter().filter_map(objective).collect()),
        (&family::COVERAGE_OBJECTIVE, views.iter().filter_map(coverage).collect()),
        (&family::SKEW_THRESHOLD, skew),
        (&family::DRIFT_THRESHOLD, drift),
    ]
}

fn of_views(report: &RoundReport) -> Families<'_> {
    let rows = |figure: &dyn Fn(&ViewMeasurement) -> Option<f64>| -> Vec<Row<'_>> {
        report.views.iter().filter_map(|view| row([&view.feature_view], figure(view))).collect()
    };
    // Basis `view` counts the view and no keys.
    let beyond = |view: &ViewMeasurement| match view.freshness.basis {
        FreshnessBasis::Row | FreshnessBasis::Version => view.freshness.beyond_objective.map(real),
        FreshnessBasis::View => None,
    };
    vec![
        (&family::SAMPLED_KEYS, rows(&|view| Some(real(view.keys.asked)))),
        (&family::SAMPLED_KEYS_BEYOND, rows(&beyond)),
        (&family::COVERAGE, rows(&|view| view.coverage.ratio.map(|ratio| ratio.get()))),
        (&family::COMPARABLE, rows(&|view| view.comparable.ratio.map(|ratio| ratio.get()))),
        (&family::WATERMARK, rows(&|view| view.snapshot.watermark.map(|watermark| watermark.seconds()))),
        (&family::LAST_SUCCESS, rows(&|_| Some(report.finished_at.seconds()))),
    ]
}

fn of_features(report: &RoundReport) -> Families<'_> {
    let mut families: Families<'_> = vec![
        (&family::CELLS, Vec::new()),
        (&family::EXPIRED_CELLS, Vec::new()),
        (&family::FEATURE_COVERAGE, Vec::new()),
        (&family::SKEW, Vec::new()),
        (&family::SKEW_LOWER, Vec::new()),
        (&family::DRIFT, Vec::new()),
        (&family::DRIFT_FLOOR, Vec::new()),
    ];
    let every = report.views.iter().flat_map(|view| {
        view.features.iter().map(|(name, feature)| (view.feature_view.as_str(), name.as_str(), feature))
    });
    for place in every {
        let rows = of_feature(place);
        families.iter_mut().zip(rows).for_each(|((_, all), rows)| all.extend(rows));
    }
    families
}

/// The rows of one feature, family by family as in [`of_features`].
fn of_feature<'a>((view, name, feature): (&'a str, &'a str, &'a FeatureMeasurement)) -> [Vec<Row<'a>>; 7] {
    let counted =
        |label: &'static str, count: u64| if count > 0 { row([view, name, label], real(count)) } else { None };
    let served = &feature.expired_served;
    let outcomes = [
        ("consistent", served.consistent),
        ("stale", served.stale),
        ("skewed", served.skewed),
        ("unverified", served.unverified),
        ("absent", feature.expired_absent),
    ];
    let verdicts = Verdict::ALL.into_iter();
    let statistics = || {
        let named = feature.drift.iter().filter(|(_, drift)| drift.threshold.is_some());
        named.map(|(statistic, drift)| (statistic.name(), drift))
    };
    [
        verdicts.filter_map(|verdict| counted(verdict.name(), feature.verdicts.count(verdict))).collect(),
        outcomes.into_iter().filter_map(|(outcome, count)| counted(outcome, count)).collect(),
        row([view, name], feature.coverage.ratio.map(|ratio| ratio.get())).into_iter().collect(),
        row([view, name], feature.skew.ratio.map(|ratio| ratio.get())).into_iter().collect(),
        row([view, name], feature.skew.lower).into_iter().collect(),
        statistics().filter_map(|(statistic, drift)| row([view, name, statistic], drift.distance)).collect(),
        statistics().filter_map(|(statistic, drift)| row([view, name, statistic], drift.noise_floor)).collect(),
    ]
}

/// One status per check; where a check has several outcomes (drift by two statistics) the worst is shown.
fn statuses(report: &RoundReport) -> Vec<Row<'_>> {
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    enum Status {
        Pass,
        Unknown,
        Breach(Severity),
    }
    let mut statuses: BTreeMap<(&str, &str, CheckKind), Status> = BTreeMap::new();
    let passed = report.passed.iter().map(|passed| {
        ((passed.feature_view.as_str(), passed.feature.as_deref().unwrap_or_default(), passed.check), Status::Pass)
    });
    let unknown = report.unknown.iter().map(|unjudged| {
        let feature = unjudged.feature.as_deref().unwrap_or_default();
        ((unjudged.feature_view.as_str(), feature, unjudged.check), Status::Unknown)
    });
    let breaches = report.findings.iter().map(|finding| {
        let feature = finding.feature.as_deref().unwrap_or_default();
        ((finding.feature_view.as_str(), feature, finding.check), Status::Breach(finding.severity))
    });
    for (place, status) in passed.chain(unknown).chain(breaches) {
        let worst = statuses.entry(place).or_insert(Status::Pass);
        if status > *worst {
            *worst = status;
        }
    }
    let value = |status: &Status| match status {
        Status::Pass => 0.0,
        Status::Unknown => -1.0,
        Status::Breach(Severity::Warning) => 1.0,
        Status::Breach(Severity::Critical) => 2.0,
    };
    statuses
        .iter()
        .filter_map(|((view, feature, check), status)| row([view, feature, check.name()], value(status)))
        .collect()
}

fn stage_failures(report: &RoundReport) -> Vec<Row<'_>> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for failure in &report.failures {
        *counts.entry((failure.stage.name(), failure.reason)).or_default() += 1;
    }
    counts.into_iter().filter_map(|((stage, reason), count)| row([stage, reason], real(count))).collect()
}

/// Up if any cell could be read, down if cells were asked for and none could; nothing is known without cells.
fn store_up<'a>(report: &RoundReport, store: &'a str) -> Vec<Row<'a>> {
    let features = || report.views.iter().flat_map(|view| view.features.values());
    let cells: u64 = features().map(|feature| feature.verdicts.total()).sum();
    let unread: u64 = features().map(|feature| feature.verdicts.count(Verdict::Unread)).sum();
    let up = if unread < cells { 1.0 } else { 0.0 };
    if cells == 0 { Vec::new() } else { row([store], up).into_iter().collect() }
}
