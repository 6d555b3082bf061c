//! One view over a period, as figures.

use std::collections::BTreeMap;
use std::time::Duration;

use super::curve;
use super::examples::BarsOfPeriod;
use super::found::FindingOfPeriod;
use super::judged;
use super::model::{
    DriftOfPeriod, FeatureOfPeriod, FreshnessOfPeriod, LagSplit, NewestEffect, RoundsOfPeriod, Sampled, ShareOfPeriod,
    ViewOfPeriod, ViewVerdict,
};
use super::unjudged::Drifts;
use super::weeks::{FeatureSums, ViewSums};
use crate::history::{DecisiveEffect, DriftSubject, HistoryRound, Period, Span, ViewHour};
use crate::model::check::DriftStatistic;
use crate::model::counts::{Share, VerdictCounts};
use crate::model::ratio::Ratio;
use crate::model::time::Timestamp;
use crate::model::verdict::Verdict;
use crate::model::view::Pairing;
use crate::publish::metrics::WatchedView;
use crate::stats::interval;
use crate::stats::real;

/// How long after its end a period still takes the newest result of drift.
const MORNING_AFTER: Duration = Duration::from_secs(24 * 3_600);

/// What a view's part of the report is made from.
pub(super) struct ViewParts<'a> {
    pub(super) watched: &'a WatchedView<'a>,
    pub(super) sums: &'a ViewSums,
    pub(super) rounds: RoundsOfPeriod,
    pub(super) newest: Option<&'a HistoryRound>,
    pub(super) drifts: &'a Drifts,
    /// Bars per feature.
    pub(super) bars: BTreeMap<String, BarsOfPeriod>,
    /// The check that decided on the drift of each feature last within the period, and when.
    pub(super) effects: BTreeMap<String, (Timestamp, DecisiveEffect)>,
    /// Findings of the view, by harm.
    pub(super) findings: Vec<&'a FindingOfPeriod>,
    pub(super) period: Period,
}

impl ViewParts<'_> {
    /// The view over the period.
    pub(super) fn told(&self) -> ViewOfPeriod {
        let (view, rules, sums) = (self.watched.view, self.watched.rules, self.sums);
        let (verdict, why) = judged::verdict(sums, &self.rounds, &self.findings);
        let mut features: Vec<FeatureOfPeriod> =
            sums.features.iter().map(|(name, feature)| self.feature(name, feature)).collect();
        let skew = |feature: &FeatureOfPeriod| feature.skew.ratio.map_or(0.0, Ratio::get);
        features.sort_by(|left, right| {
            right
                .verdict
                .cmp(&left.verdict)
                .then_with(|| skew(right).total_cmp(&skew(left)))
                .then_with(|| left.name.cmp(&right.name))
        });
        let of_points = |share: fn(&ViewHour) -> Share| -> Vec<Option<f64>> {
            sums.points.iter().map(|point| share(point.as_ref()?).ratio.map(Ratio::get)).collect()
        };
        let verdicts =
            sums.features.values().fold(VerdictCounts::default(), |sum, feature| sum.merge(&feature.total.verdicts));
        ViewOfPeriod {
            name: view.name.clone(),
            project: view.project.clone(),
            team: view.team.clone(),
            owner: view.owner.clone(),
            tier: view.tier.clone(),
            verdict,
            why,
            rounds: self.rounds,
            freshness: self.freshness(),
            coverage: ShareOfPeriod {
                share: sums.total.coverage,
                objective: rules.coverage.least(),
                least: sums.total.coverage_span.map(Span::least),
                over_time: of_points(|hour| hour.coverage),
            },
            comparable: ShareOfPeriod {
                share: sums.total.comparable,
                objective: rules.comparable.least(),
                least: sums.total.comparable_span.map(Span::least),
                over_time: of_points(|hour| hour.comparable),
            },
            verdicts,
            verdicts_over_time: sums.verdicts.clone(),
            features,
            sampled: self.newest.and_then(|round| sampled(round, view.pairing)),
        }
    }

    fn freshness(&self) -> FreshnessOfPeriod {
        let lags = |hour: &ViewHour| hour.freshness.lags.as_ref().and_then(curve::quantiles);
        FreshnessOfPeriod {
            basis: self.watched.view.freshness_basis,
            objective_seconds: self.watched.rules.freshness_objective.map(|objective| objective.as_secs_f64()),
            beyond: self.sums.total.freshness.beyond_objective,
            n: self.sums.total.freshness.lags.as_ref().map_or(0, crate::model::lag::LagHistogram::n),
            quantiles_seconds: lags(&self.sums.total),
            over_time: self.sums.points.iter().map(|point| lags(point.as_ref()?)).collect(),
        }
    }

    /// The check that decided on a feature's drift last: by the whole of the newest result, which may be of the morning after,
    /// or by what was kept of a day.
    fn decisive(&self, name: &str) -> Option<(Timestamp, DecisiveEffect)> {
        let newest = self.drifts.get(&(name.to_owned(), DriftSubject::Served));
        let until = self.period.end.plus(MORNING_AFTER);
        let newest = newest.filter(|newest| newest.measured_at >= self.period.start && newest.measured_at < until);
        let of_newest = newest.and_then(|newest| Some((newest.measured_at, DecisiveEffect::of(&newest.checks)?)));
        of_newest.or_else(|| self.effects.get(name).copied())
    }

    fn feature(&self, name: &str, feature: &FeatureSums) -> FeatureOfPeriod {
        let total = &feature.total;
        let told = self.findings.iter().filter(|finding| finding.accepted.is_none());
        let told = told.filter_map(|finding| finding.part(name)).map(|part| part.severity).max();
        let is_judged = total.skew.n > 0 || total.drift.values().any(|hour| hour.drifted + hour.stable > 0);
        let verdict = match told {
            Some(severity) => ViewVerdict::fired(severity),
            None if is_judged => ViewVerdict::Sound,
            None => ViewVerdict::NotJudged,
        };
        FeatureOfPeriod {
            name: name.to_owned(),
            verdict,
            rounds: total.rounds,
            verdicts: total.verdicts,
            coverage: total.coverage,
            skew: total.skew,
            skew_interval: of_one_round(total.skew, total.rounds),
            skew_limit: self.watched.rules_of(Some(name)).skew.least(),
            skew_over_time: feature.skew.iter().map(|share| share.ratio.map(Ratio::get)).collect(),
            split: split(feature),
            drift: drift(feature, self.decisive(name)),
            bars: self.bars.get(name).cloned(),
            hours: feature.hours,
        }
    }
}

/// The 95 % interval of a share that rounds measured on largely the same keys: as if there had been one round.
fn of_one_round(share: Share, rounds: u64) -> Option<[f64; 2]> {
    let counted = interval::Share::new(share.part(), share.n)?;
    let interval = counted.thinned(real(rounds.max(1))).wilson();
    Some([interval.lower, interval.upper])
}

/// Lag against skew of a feature; `None` where every cell holds the newest offline value.
pub(super) fn split(feature: &FeatureSums) -> Option<LagSplit> {
    let (verdicts, served) = (&feature.total.verdicts, &feature.total.expired_served);
    let stale = verdicts.count(Verdict::Stale) + served.stale;
    let skewed = verdicts.count(Verdict::Skewed) + served.skewed;
    let share = Share::of(stale, stale + skewed);
    let interval = of_one_round(share, feature.total.rounds)?;
    Some(LagSplit { stale, skewed, lag_share: share.ratio?.get(), interval })
}

fn sampled(round: &HistoryRound, pairing: Pairing) -> Option<Sampled> {
    let measured = round.measured.as_ref()?;
    Some(Sampled {
        at: round.finished_at,
        seed: round.seed,
        keys: measured.keys.asked,
        pairing,
        snapshot: measured.snapshot.identity.clone(),
        watermark: measured.snapshot.watermark,
        reference: measured.snapshot.reference.clone(),
    })
}

fn drift(feature: &FeatureSums, decisive: Option<(Timestamp, DecisiveEffect)>) -> Option<DriftOfPeriod> {
    let hours = &feature.total.drift;
    let statistic: DriftStatistic = match &decisive {
        Some((_, decisive)) => decisive.statistic,
        None => {
            hours.iter().rev().max_by_key(|(_, hour)| (hour.drifted, hour.stable)).map(|(statistic, _)| *statistic)?
        }
    };
    let hour = hours.get(&statistic).copied().unwrap_or_default();
    Some(DriftOfPeriod {
        statistic,
        drifted: hour.drifted,
        stable: hour.stable,
        unknown: hour.unknown,
        effects: hour.effect.map(|span| [span.least(), span.most()]),
        newest: decisive.map(|(at, said)| NewestEffect { at, said }),
    })
}
