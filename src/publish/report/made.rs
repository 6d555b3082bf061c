//! From the history to the report.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::budgets;
use super::causes::LikelyCause;
use super::changes::{self, Before, Surroundings};
use super::examples::{BarsOfPeriod, ExampleCell};
use super::findings;
use super::found::FindingOfPeriod;
use super::model::{Budget, Change, ChangeKind, Report, RoundsOfPeriod, Timeline, ViewOfPeriod};
use super::period::ReportPeriod;
use super::unjudged;
use super::views::{self, ViewParts};
use super::weeks::ViewSums;
use crate::history::{DecisiveEffect, HistoryError, HistoryReader, KeptBars, Period};
use crate::model::check::{CheckKind, FindingKey};
use crate::model::exhibit::Disclosure;
use crate::model::time::Timestamp;
use crate::model::view::NotWatched;
use crate::publish::metrics::WatchedView;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What is reported, and what is known of it beside the history.
pub struct ReportRequest<'a> {
    /// The period.
    pub period: ReportPeriod,
    /// The views, in the order of the plan.
    pub views: Vec<WatchedView<'a>>,
    /// Views that are known and not watched.
    pub not_watched: &'a [NotWatched],
    /// The team that it is for; `None` is for all.
    pub team: Option<String>,
    /// Findings that are accepted now, with the clause that says so.
    pub accepted: BTreeMap<FindingKey, String>,
    /// Why findings probably are there, in place of what the history knows of them.
    pub causes: BTreeMap<FindingKey, LikelyCause>,
    /// Cells of findings that may be shown, in place of those that the history keeps.
    pub examples: BTreeMap<FindingKey, Vec<ExampleCell>>,
    /// What may be told of cells that the history keeps.
    pub disclosure: Disclosure,
    /// The configuration file, for commands to copy.
    pub configuration: String,
    /// What commands to copy are to take for the present; `None` leaves it to the clock.
    pub as_of: Option<Timestamp>,
    /// The present.
    pub now: Timestamp,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The history cannot be read.
    #[error("could not read what the report is made from")]
    History(#[from] HistoryError),
}

impl Report {
    /// The report of what the history holds.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn of(history: &HistoryReader, request: &ReportRequest<'_>) -> Result<Self, ReportError> {
        let period = request.period.span();
        let timeline = Timeline::of(&request.period);
        let episodes = history.findings(period)?;
        let mut findings = findings::ranked(&episodes, request, period);
        let (mut changes, around) = earlier(history, request, &findings)?;
        let mut views = Vec::new();
        let (mut not_judged, mut budgets) = (Vec::new(), Vec::new());
        for watched in &request.views {
            let name = &watched.view.name;
            let sums = ViewSums::of(history.rollups(name, period)?, &timeline);
            let rounds = rounds(&sums, period, request.now);
            let length = period.end.since(period.start).unwrap_or_default();
            let newest = history.last_of_each(name, (period, length))?.pop();
            let drifts = history.newest_drift(name)?;
            let bars = history.drift_bars(name, period)?;
            let before = before(history, name, &around)?;
            changes.extend(changes::of_view((name, &before), (&sums, period), &around));
            not_judged.extend(unjudged::of_view(watched, (&sums, &rounds), (newest.as_ref(), &drifts)));
            budgets.extend(budgets::of_view(watched, &sums, &timeline));
            for finding in
                findings.iter_mut().filter(|finding| finding.view == *name && finding.check == CheckKind::Skew)
            {
                let feature = finding.feature.as_ref().and_then(|feature| sums.features.get(feature));
                finding.split = feature.and_then(views::split);
            }
            let own = findings.iter().filter(|finding| finding.view == *name).collect();
            let (sums, newest, drifts) = (&sums, newest.as_ref(), &drifts);
            let effects = effects(&bars);
            let bars = of_period(&bars, request.disclosure);
            views
                .push(ViewParts { watched, sums, rounds, newest, drifts, bars, effects, findings: own, period }.told());
        }
        let harm = |view: &ViewOfPeriod| {
            let worst = findings.iter().find(|finding| finding.view == view.name && finding.accepted.is_none());
            worst.map_or(0.0, |finding| finding.harm)
        };
        views.sort_by(|left: &ViewOfPeriod, right| {
            (right.verdict.cmp(&left.verdict))
                .then_with(|| harm(right).total_cmp(&harm(left)))
                .then_with(|| left.name.cmp(&right.name))
        });
        budgets.sort_by(|left: &Budget, right| {
            let burn = |budget: &Budget| budget.burn.unwrap_or(if budget.spent.part() > 0 { f64::MAX } else { 0.0 });
            burn(right).total_cmp(&burn(left))
        });
        Ok(Self {
            period: request.period.to_string(),
            noun: request.period.noun(),
            days: days(&request.period),
            from: period.start,
            until: period.end,
            made_at: request.now,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            team: request.team.clone(),
            disclosure: request.disclosure,
            timeline,
            views,
            changes,
            passing: findings::passing(&episodes, request, period),
            findings,
            not_judged,
            not_watched: request.not_watched.to_vec(),
            budgets,
        })
    }
}

fn of_period(kept: &BTreeMap<String, KeptBars>, disclosure: Disclosure) -> BTreeMap<String, BarsOfPeriod> {
    let shown = kept
        .iter()
        .filter_map(|(name, kept)| Some((name.clone(), BarsOfPeriod::of((kept.measured_at, &kept.bars), disclosure)?)));
    shown.collect()
}

fn effects(kept: &BTreeMap<String, KeptBars>) -> BTreeMap<String, (Timestamp, DecisiveEffect)> {
    kept.iter().filter_map(|(name, kept)| Some((name.clone(), (kept.measured_at, kept.effect?)))).collect()
}

fn days(period: &ReportPeriod) -> String {
    let day = |day: chrono::NaiveDate| day.format("%A, %-d %B %Y").to_string();
    let (first, last) = (period.first(), period.last());
    let days = if first == last { day(first) } else { format!("{} to {}", day(first), day(last)) };
    format!("{days} ({})", period.zone())
}

fn rounds(sums: &ViewSums, period: Period, now: Timestamp) -> RoundsOfPeriod {
    let passed = period.end.min(now).since(period.start).unwrap_or_default();
    let hours = passed.as_secs().div_ceil(3_600);
    RoundsOfPeriod {
        complete: sums.total.complete,
        partial: sums.total.partial,
        failed: sums.total.failed,
        hours_measured: sums.covered(period.start, hours),
        hours,
        first_hour: sums.hours.map(|[first, _]| first),
        last_hour: sums.hours.map(|[_, last]| last),
    }
}

/// Changes of findings against the period before; or that nothing is known of it.
fn earlier(
    history: &HistoryReader,
    request: &ReportRequest<'_>,
    now: &[FindingOfPeriod],
) -> Result<(Vec<Change>, Surroundings), HistoryError> {
    let outcomes = history.outcomes(request.period.span())?;
    let own = request.views.iter().filter_map(|watched| outcomes.get(&watched.view.name));
    let earliest = own.filter_map(|hours| hours.keys().next().copied()).min();
    let before = request.period.before().map(|before| before.span());
    let outcomes = before.map(|span| history.outcomes(span)).transpose()?.unwrap_or_default();
    let rounds: BTreeMap<String, u64> = (outcomes.into_iter())
        .filter(|(name, _)| request.views.iter().any(|watched| watched.view.name == *name))
        .map(|(name, hours)| (name, hours.values().map(|hour| hour.complete + hour.partial + hour.failed).sum()))
        .collect();
    let is_known = rounds.values().any(|rounds| *rounds > 0);
    let Some(span) = before.filter(|_| is_known) else {
        let text = format!("Nothing is known of the {} before", request.period.noun());
        let change = Change { kind: ChangeKind::NothingBefore, view: None, text };
        return Ok((vec![change], Surroundings { before: None, rounds, earliest }));
    };
    let then = findings::ranked(&history.findings(span)?, request, span);
    Ok((changes::of_findings(&then, now), Surroundings { before: Some(span), rounds, earliest }))
}

/// What is remembered of a view in the period before. Its features are those of the last day, because what went earlier
/// was told then.
fn before(history: &HistoryReader, name: &str, around: &Surroundings) -> Result<Before, HistoryError> {
    let Some(span) = around.before else { return Ok(Before { rounds: 0, features: BTreeSet::new() }) };
    let last_day = Period { start: span.end.minus(DAY), end: span.end };
    let features = history.rollups(name, last_day)?.features.into_keys().collect();
    Ok(Before { rounds: around.rounds.get(name).copied().unwrap_or(0), features })
}
