//! Hours added up: over the whole period, and over each point of a plot.

use std::collections::BTreeMap;
use std::time::Duration;

use super::model::Timeline;
use super::period::ReportPeriod;
use crate::history::{FeatureHour, FeatureRollup, ViewHour, ViewRollup, ViewRollups};
use crate::model::counts::{Share, VerdictCounts};
use crate::model::time::Timestamp;

impl Timeline {
    /// The points of a period.
    pub(super) fn of(period: &ReportPeriod) -> Self {
        let (span, step) = (period.span(), period.step());
        let length = span.end.since(span.start).unwrap_or_default();
        let points = length.as_nanos().div_ceil(step.as_nanos().max(1));
        Self { from: span.start, step_seconds: step.as_secs(), points: usize::try_from(points).unwrap_or(1).max(1) }
    }

    /// The point of an instant; `None` outside.
    pub(super) fn point(&self, instant: Timestamp) -> Option<usize> {
        let since = instant.since(self.from)?.as_secs();
        let point = usize::try_from(since.checked_div(self.step_seconds)?).ok()?;
        (point < self.points).then_some(point)
    }

    /// When a point begins.
    pub(super) fn begin(&self, point: usize) -> Timestamp {
        self.from.plus(Duration::from_secs(self.step_seconds.saturating_mul(point as u64)))
    }
}

/// A view's hours added up.
pub(super) struct ViewSums {
    pub(super) total: ViewHour,
    pub(super) points: Vec<Option<ViewHour>>,
    /// Hours with a measured round, ascending.
    pub(super) measured: Vec<Timestamp>,
    /// First and last hour with a measured round.
    pub(super) hours: Option<[Timestamp; 2]>,
    pub(super) verdicts: Vec<Option<VerdictCounts>>,
    pub(super) features: BTreeMap<String, FeatureSums>,
}

/// A feature's hours added up.
pub(super) struct FeatureSums {
    pub(super) total: FeatureHour,
    pub(super) skew: Vec<Share>,
    /// First and last hour in which it was measured.
    pub(super) hours: Option<[Timestamp; 2]>,
}

impl ViewSums {
    /// The sums of what the history keeps of a view.
    pub(super) fn of(rollups: ViewRollups, timeline: &Timeline) -> Self {
        let mut sums = Self {
            total: ViewHour::default(),
            points: vec![None; timeline.points],
            measured: Vec::new(),
            hours: None,
            verdicts: vec![None; timeline.points],
            features: BTreeMap::new(),
        };
        for ViewRollup { hour, figures, .. } in rollups.view {
            if figures.complete + figures.partial > 0 {
                sums.measured.push(hour);
                sums.hours = Some([sums.hours.map_or(hour, |[first, _]| first), hour]);
            }
            sums.total = std::mem::take(&mut sums.total).merge(figures.clone());
            if let Some(point) = timeline.point(hour).and_then(|point| sums.points.get_mut(point)) {
                *point = Some(point.take().unwrap_or_default().merge(figures));
            }
        }
        for (name, hours) in rollups.features {
            let of_feature = FeatureSums::of(hours, timeline, &mut sums.verdicts);
            sums.features.insert(name, of_feature);
        }
        sums
    }

    /// Of so many hours from `start` on those for which a measured round stands: until the next one is due, by the time that
    /// usually lies between two.
    pub(super) fn covered(&self, start: Timestamp, hours: u64) -> u64 {
        let offset = |hour: &Timestamp| hour.since(start).unwrap_or_default().as_secs() / 3_600;
        let measured: Vec<u64> = self.measured.iter().map(offset).collect();
        let Some((first, last)) = measured.first().zip(measured.last()) else { return 0 };
        let mut gaps: Vec<u64> = measured.iter().zip(measured.iter().skip(1)).map(|(one, next)| next - one).collect();
        gaps.sort_unstable();
        let pace = gaps.get(gaps.len() / 2).copied().unwrap_or(1).max(1);
        let within = gaps.iter().map(|gap| gap.saturating_sub(pace));
        let around = [*first, hours.saturating_sub(last + 1)].map(|edge| (edge + 1).saturating_sub(pace));
        hours.saturating_sub(within.chain(around).sum())
    }

    /// Rounds with figures.
    pub(super) const fn rounds(&self) -> u64 {
        self.total.complete + self.total.partial
    }
}

impl FeatureSums {
    fn of(hours: Vec<FeatureRollup>, timeline: &Timeline, verdicts: &mut [Option<VerdictCounts>]) -> Self {
        let first_and_last = hours.first().zip(hours.last()).map(|(first, last)| [first.hour, last.hour]);
        let mut sums = Self {
            total: FeatureHour::default(),
            skew: vec![Share::default(); timeline.points],
            hours: first_and_last,
        };
        for FeatureRollup { hour, figures, .. } in hours {
            if let Some(point) = timeline.point(hour) {
                if let Some(skew) = sums.skew.get_mut(point) {
                    *skew = skew.merge(figures.skew);
                }
                if let Some(counts) = verdicts.get_mut(point) {
                    *counts = Some(counts.unwrap_or_default().merge(&figures.verdicts));
                }
            }
            sums.total = std::mem::take(&mut sums.total).merge(figures);
        }
        sums
    }
}
