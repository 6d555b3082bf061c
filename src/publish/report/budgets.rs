//! Error budgets: how much of what an objective allows is spent.

use super::model::{Budget, Timeline};
use super::weeks::ViewSums;
use crate::history::ViewHour;
use crate::model::check::CheckKind;
use crate::model::counts::Share;
use crate::model::time::Timestamp;
use crate::model::view::FreshnessBasis;
use crate::publish::metrics::WatchedView;
use crate::stats::real;

/// What is bad in an hour.
type Bad = fn(&ViewHour) -> Share;

/// The budgets of a view: freshness, coverage, comparable cells, and skew over all features that have a limit.
pub(super) fn of_view(watched: &WatchedView<'_>, sums: &ViewSums, timeline: &Timeline) -> Vec<Budget> {
    let rules = watched.rules;
    let rows = match watched.view.freshness_basis {
        FreshnessBasis::View => "rounds",
        FreshnessBasis::Row | FreshnessBasis::Version => "rows",
    };
    let freshness = rules.freshness.least().filter(|_| rules.freshness_objective.is_some());
    let least = |least: f64| 1.0 - least;
    let kinds: [(CheckKind, Option<f64>, &'static str, Bad); 3] = [
        (CheckKind::Freshness, freshness, rows, |hour| hour.freshness.beyond_objective),
        (CheckKind::Coverage, rules.coverage.least().map(least), "keys", |hour| others(hour.coverage)),
        (CheckKind::Comparable, rules.comparable.least().map(least), "cells", |hour| others(hour.comparable)),
    ];
    let mut budgets: Vec<Budget> = (kinds.into_iter())
        .filter_map(|(check, allowed, unit, bad)| {
            let points: Vec<Share> =
                sums.points.iter().map(|point| point.as_ref().map(bad).unwrap_or_default()).collect();
            let spent = bad(&sums.total);
            Some(budget(watched, (check, unit), (allowed?, spent), (&points, timeline)))
        })
        .filter(|budget| budget.spent.n > 0)
        .collect();
    budgets.extend(skew(watched, sums, timeline));
    budgets
}

/// The share of what is not in `good`.
fn others(good: Share) -> Share {
    Share::of(good.n - good.part().min(good.n), good.n)
}

fn budget(
    watched: &WatchedView<'_>,
    (check, unit): (CheckKind, &'static str),
    (allowed, spent): (f64, Share),
    (points, timeline): (&[Share], &Timeline),
) -> Budget {
    let burn = |share: Share| share.ratio.filter(|_| allowed > 0.0).map(|ratio| ratio.get() / allowed);
    let burns = points.iter().enumerate().filter_map(|(point, share)| Some((burn(*share)?, point)));
    let worst = burns.max_by(|(left, _), (right, _)| left.total_cmp(right)).filter(|(burn, _)| *burn > 0.0);
    let worst: Option<(f64, Timestamp)> = worst.map(|(burn, point)| (burn, timeline.begin(point)));
    Budget { view: watched.view.name.clone(), check, allowed, spent, unit, burn: burn(spent), worst }
}

/// Skew of all features together: what is allowed is the mean of their limits, weighted by their cells.
fn skew(watched: &WatchedView<'_>, sums: &ViewSums, timeline: &Timeline) -> Option<Budget> {
    let mut points = vec![Share::default(); timeline.points];
    let mut spent = Share::default();
    let mut allowed = 0.0;
    for (name, feature) in &sums.features {
        let Some(limit) = watched.rules_of(Some(name)).skew.least() else { continue };
        spent = spent.merge(feature.total.skew);
        allowed += limit * real(feature.total.skew.n);
        points.iter_mut().zip(&feature.skew).for_each(|(sum, share)| *sum = sum.merge(*share));
    }
    (spent.n > 0).then(|| {
        let allowed = allowed / real(spent.n);
        budget(watched, (CheckKind::Skew, "cells"), (allowed, spent), (&points, timeline))
    })
}
