//! Figures of an hour: sums over its rounds that can be added up again, to days and weeks.
//!
//! Merging takes the earlier side first: sums do not care, `last` does. The neutral element is the default.

use std::collections::BTreeMap;

use super::figures::{FeatureFigures, HistoryRound, RoundResult, ViewFigures};
use crate::model::check::{DriftStatistic, Stage};
use crate::model::lag::LagHistogram;
use crate::model::measurement::{
    DriftVerdict, ExpiredServed, FreshnessMeasurement, KeyCounts, LayerCounts, Share, VerdictCounts,
};
use crate::model::time::Timestamp;
use crate::model::view::FreshnessBasis;

/// Between which values a figure lay over several rounds, in whole millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    least: i64,
    most: i64,
    last: i64,
}

const MILLION: f64 = 1e6;

impl Span {
    /// The span of one value, rounded to millionths.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "distances and shares stay far below 2^63 millionths")]
    pub fn of(value: f64) -> Self {
        let millionths = (value * MILLION).round() as i64;
        Self { least: millionths, most: millionths, last: millionths }
    }

    /// A span that was kept elsewhere, in millionths: least, most and last; `None` unless they are in order.
    pub(super) fn from_millionths([least, most, last]: [i64; 3]) -> Option<Self> {
        (least..=most).contains(&last).then_some(Self { least, most, last })
    }

    /// Least, most and last, in millionths.
    pub(super) const fn millionths(self) -> [i64; 3] {
        [self.least, self.most, self.last]
    }

    /// The least value.
    #[must_use]
    pub fn least(self) -> f64 {
        real(self.least)
    }

    /// The greatest value.
    #[must_use]
    pub fn most(self) -> f64 {
        real(self.most)
    }

    /// The value recorded last.
    #[must_use]
    pub fn last(self) -> f64 {
        real(self.last)
    }

    fn ratio(share: Share) -> Option<Self> {
        share.ratio.map(|ratio| Self::of(ratio.get()))
    }

    /// Both together, `later` being the later one.
    #[must_use]
    pub fn merge(earlier: Option<Self>, later: Option<Self>) -> Option<Self> {
        let (Some(left), Some(right)) = (earlier, later) else { return earlier.or(later) };
        Some(Self { least: left.least.min(right.least), most: left.most.max(right.most), last: right.last })
    }
}

#[expect(clippy::cast_precision_loss, reason = "distances and shares stay far below 2^53 millionths")]
fn real(millionths: i64) -> f64 {
    millionths as f64 / MILLION
}

/// The figures of a view over the rounds of an hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewHour {
    /// Rounds measured without a failure.
    pub complete: u64,
    /// Rounds measured with failures.
    pub partial: u64,
    /// Rounds not measured.
    pub failed: u64,
    /// Failures by stage and reason.
    pub failures: BTreeMap<(Stage, String), u64>,
    /// Keys asked and found.
    pub keys: KeyCounts,
    /// Age of the rows read.
    pub freshness: FreshnessHour,
    /// Keys for which every feature was usable.
    pub coverage: Share,
    /// The same per round.
    pub coverage_span: Option<Span>,
    /// Cells whose values could be compared.
    pub comparable: Share,
    /// The same per round.
    pub comparable_span: Option<Span>,
    /// What callers got.
    pub sides: SideHour,
}

/// What callers got over the rounds of an hour. Requests of one log are looked at again by the next round, so that they have
/// no sums.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SideHour {
    /// Cells that the serving path is to blame for, of those that could be compared.
    pub wrong: Share,
    /// The same per round.
    pub wrong_span: Option<Span>,
    /// Requests that were given every feature that is logged, per round.
    pub request_coverage_span: Option<Span>,
    /// Skewed values of what requests were given, per round.
    pub request_skew_span: Option<Span>,
}

/// Age of the rows read over the rounds of an hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FreshnessHour {
    /// Rows beyond the objective of those held against one; for basis `view`, rounds.
    pub beyond_objective: Share,
    /// Rows served past the view's time-to-live.
    pub past_ttl: u64,
    /// Rows whose event timestamp lay after the read time.
    pub from_the_future: u64,
    /// The newest event timestamp read that was not in the future.
    pub newest_event_timestamp: Option<Timestamp>,
    /// How the lags are distributed, in the bounds that all rounds have; `None` where nothing was measured.
    pub lags: Option<LagHistogram>,
}

/// The figures of a feature over the rounds of an hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureHour {
    /// Rounds in which the feature was measured.
    pub rounds: u64,
    /// Cells per verdict.
    pub verdicts: VerdictCounts,
    /// How the served expired cells compare.
    pub expired_served: ExpiredServed,
    /// Expired cells that were rightly gone.
    pub expired_absent: u64,
    /// Equal cells per layer of equality.
    pub layers: LayerCounts,
    /// Usable cells of those that could have been usable.
    pub coverage: Share,
    /// The same per round.
    pub coverage_span: Option<Span>,
    /// Nulls among the usable cells.
    pub nulls: u64,
    /// Skewed cells of the comparable ones.
    pub skew: Share,
    /// The same per round.
    pub skew_span: Option<Span>,
    /// Symmetric mean absolute percentage error per round.
    pub smape_span: Option<Span>,
    /// Drift per statistic.
    pub drift: BTreeMap<DriftStatistic, DriftHour>,
}

/// Drift by one statistic over the rounds of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DriftHour {
    /// The effect per round.
    pub effect: Option<Span>,
    /// Rounds with drift.
    pub drifted: u64,
    /// Rounds without.
    pub stable: u64,
    /// Rounds that could not tell.
    pub unknown: u64,
}

impl ViewHour {
    /// The figures of one round.
    #[must_use]
    pub fn of(round: &HistoryRound) -> Self {
        let mut hour = Self::default();
        match round.result {
            RoundResult::Complete => hour.complete = 1,
            RoundResult::Partial => hour.partial = 1,
            RoundResult::Failed => hour.failed = 1,
        }
        for failure in &round.failures {
            *hour.failures.entry((failure.stage, failure.reason.clone())).or_default() += 1;
        }
        if let Some(view) = &round.measured {
            hour.keys = view.keys;
            hour.freshness = FreshnessHour::of(&view.freshness);
            hour.coverage = view.coverage;
            hour.coverage_span = Span::ratio(view.coverage);
            hour.comparable = view.comparable;
            hour.comparable_span = Span::ratio(view.comparable);
            hour.sides = SideHour::of(view);
        }
        hour
    }

    /// Both together, `later` being the later one.
    #[must_use]
    pub fn merge(mut self, later: Self) -> Self {
        for (failure, count) in later.failures {
            *self.failures.entry(failure).or_default() += count;
        }
        Self {
            complete: self.complete + later.complete,
            partial: self.partial + later.partial,
            failed: self.failed + later.failed,
            failures: self.failures,
            keys: KeyCounts {
                asked: self.keys.asked + later.keys.asked,
                online: self.keys.online + later.keys.online,
                offline: self.keys.offline + later.keys.offline,
                both: self.keys.both + later.keys.both,
            },
            freshness: self.freshness.merge(later.freshness),
            coverage: self.coverage.merge(later.coverage),
            coverage_span: Span::merge(self.coverage_span, later.coverage_span),
            comparable: self.comparable.merge(later.comparable),
            comparable_span: Span::merge(self.comparable_span, later.comparable_span),
            sides: self.sides.merge(later.sides),
        }
    }
}

impl SideHour {
    fn of(view: &ViewFigures) -> Self {
        let wrong = view.served.map(|served| served.wrong).unwrap_or_default();
        Self {
            wrong,
            wrong_span: Span::ratio(wrong),
            request_coverage_span: view.logged.and_then(|logged| Span::ratio(logged.coverage)),
            request_skew_span: view.logged.and_then(|logged| Span::ratio(logged.skew)),
        }
    }

    fn merge(self, later: Self) -> Self {
        Self {
            wrong: self.wrong.merge(later.wrong),
            wrong_span: Span::merge(self.wrong_span, later.wrong_span),
            request_coverage_span: Span::merge(self.request_coverage_span, later.request_coverage_span),
            request_skew_span: Span::merge(self.request_skew_span, later.request_skew_span),
        }
    }
}

impl FreshnessHour {
    fn of(freshness: &FreshnessMeasurement) -> Self {
        let held = match freshness.basis {
            FreshnessBasis::Row | FreshnessBasis::Version => freshness.n,
            FreshnessBasis::View => u64::from(freshness.n > 0),
        };
        Self {
            beyond_objective: freshness.beyond_objective.map_or_else(Share::default, |part| Share::of(part, held)),
            past_ttl: freshness.past_ttl.unwrap_or_default(),
            from_the_future: freshness.from_the_future,
            newest_event_timestamp: freshness.newest_event_timestamp,
            lags: Some(freshness.lags.clone()),
        }
    }

    fn merge(self, later: Self) -> Self {
        let lags = match (self.lags, later.lags) {
            (Some(left), Some(right)) => Some(left.merge(&right)),
            (left, right) => left.or(right),
        };
        Self {
            beyond_objective: self.beyond_objective.merge(later.beyond_objective),
            past_ttl: self.past_ttl + later.past_ttl,
            from_the_future: self.from_the_future + later.from_the_future,
            newest_event_timestamp: self.newest_event_timestamp.max(later.newest_event_timestamp),
            lags,
        }
    }
}

impl FeatureHour {
    /// The figures of one round.
    #[must_use]
    pub fn of(feature: &FeatureFigures) -> Self {
        let drift = (feature.drift.iter())
            .map(|(statistic, figure)| {
                let mut hour = DriftHour {
                    effect: figure.effect.map(|effect| Span::of(f64::from(effect))),
                    ..DriftHour::default()
                };
                match figure.verdict {
                    DriftVerdict::Drifted => hour.drifted = 1,
                    DriftVerdict::Stable => hour.stable = 1,
                    DriftVerdict::Unknown => hour.unknown = 1,
                }
                (*statistic, hour)
            })
            .collect();
        Self {
            rounds: 1,
            verdicts: feature.verdicts,
            expired_served: feature.expired_served,
            expired_absent: feature.expired_absent,
            layers: feature.layers,
            coverage: feature.coverage,
            coverage_span: Span::ratio(feature.coverage),
            nulls: feature.nulls,
            skew: feature.skew,
            skew_span: Span::ratio(feature.skew),
            smape_span: feature.smape.map(Span::of),
            drift,
        }
    }

    /// Both together, `later` being the later one.
    #[must_use]
    pub fn merge(mut self, later: Self) -> Self {
        for (statistic, hour) in later.drift {
            let sum = self.drift.entry(statistic).or_default();
            *sum = sum.merge(hour);
        }
        Self {
            rounds: self.rounds + later.rounds,
            verdicts: self.verdicts.merge(&later.verdicts),
            expired_served: self.expired_served.merge(later.expired_served),
            expired_absent: self.expired_absent + later.expired_absent,
            layers: self.layers.merge(&later.layers),
            coverage: self.coverage.merge(later.coverage),
            coverage_span: Span::merge(self.coverage_span, later.coverage_span),
            nulls: self.nulls + later.nulls,
            skew: self.skew.merge(later.skew),
            skew_span: Span::merge(self.skew_span, later.skew_span),
            smape_span: Span::merge(self.smape_span, later.smape_span),
            drift: self.drift,
        }
    }
}

impl DriftHour {
    fn merge(self, later: Self) -> Self {
        Self {
            effect: Span::merge(self.effect, later.effect),
            drifted: self.drifted + later.drifted,
            stable: self.stable + later.stable,
            unknown: self.unknown + later.unknown,
        }
    }
}
