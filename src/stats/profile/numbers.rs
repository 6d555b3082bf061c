//! A column of numbers, points in time or ages as a profile.

use super::cardinality::Cardinality;
use super::column::MergeError;
use super::distribution::Distribution;
use super::ruler::Ruler;
use crate::stats::moments::Moments;
use crate::stats::psi::MOST_LEVELS;
use crate::stats::rates::RowCounts;
use crate::stats::sample::Cleaned;
use crate::stats::summary::Summary;

/// Counts of a column of numbers over a ruler, and per value where there are few.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberProfile {
    pub(super) counts: RowCounts,
    pub(super) ruler: Ruler,
    pub(super) bins: Vec<u64>,
    pub(super) levels: Option<Vec<(f64, u64)>>,
    pub(super) cardinality: Option<Cardinality>,
    pub(super) valid: Option<Valid>,
}

/// Figures of the valid values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Valid {
    pub(super) moments: Moments,
    pub(super) min: f64,
    pub(super) max: f64,
    /// How many values equal the least one.
    pub(super) at_min: u64,
    /// How many values equal the greatest one.
    pub(super) at_max: u64,
    pub(super) zeros: u64,
    /// Those of the whole column; `None` after merging, when they are taken from the counts.
    pub(super) quantiles: Option<[f64; 9]>,
}

impl NumberProfile {
    /// The profile of a column on its own ruler.
    #[must_use]
    pub fn of(column: &Cleaned) -> Self {
        Self::over(&Ruler::of(column), column)
    }

    /// The profile of a column on the ruler of a reference.
    #[must_use]
    pub fn over(ruler: &Ruler, column: &Cleaned) -> Self {
        let runs = || column.values().chunk_by(|a, b| a == b);
        let few = runs().nth(MOST_LEVELS).is_none();
        let levels = || runs().filter_map(|run| Some((*run.first()?, run.len() as u64))).collect();
        let different = || runs().filter_map(|run| run.first().map(|value| value.to_bits()));
        Self {
            counts: column.counts(),
            bins: ruler.count(column.values()),
            ruler: ruler.clone(),
            levels: few.then(levels),
            cardinality: (!few).then(|| Cardinality::of(different())),
            valid: Valid::of(column),
        }
    }

    /// The bins.
    #[must_use]
    pub const fn ruler(&self) -> &Ruler {
        &self.ruler
    }

    /// Valid values in each bin of the ruler.
    #[must_use]
    pub fn bins(&self) -> &[u64] {
        &self.bins
    }

    /// The different values, ascending, with how often each occurs; `None` when there are more than 1,000.
    #[must_use]
    pub fn levels(&self) -> Option<&[(f64, u64)]> {
        self.levels.as_deref()
    }

    /// Rows by what they hold.
    #[must_use]
    pub const fn counts(&self) -> RowCounts {
        self.counts
    }

    /// Different valid values: exact for a whole column, within about 1.6 % after merging.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        match (&self.levels, &self.cardinality) {
            (Some(levels), _) => levels.len() as u64,
            (None, Some(cardinality)) => cardinality.number(),
            (None, None) => 0,
        }
    }

    /// Whether [`distinct`](Self::distinct) is exact.
    #[must_use]
    pub fn counts_distinct(&self) -> bool {
        self.levels.is_some() || self.cardinality.as_ref().is_none_or(|cardinality| cardinality.exact().is_some())
    }

    /// Figures of the valid values; `None` without one. Quantiles after merging are within one bin.
    #[must_use]
    pub fn summary(&self) -> Option<Summary> {
        let valid = self.valid?;
        let quantiles = valid.quantiles.unwrap_or_else(|| self.distribution().quantiles((valid.min, valid.max)));
        Some(Summary {
            mean: valid.moments.mean()?,
            std_pop: valid.moments.std_pop()?,
            std_sample: valid.moments.std_sample(),
            min: valid.min,
            max: valid.max,
            zeros: valid.zeros,
            quantiles,
        })
    }

    /// The profile of the rows of both.
    ///
    /// # Errors
    /// When they count over different rulers.
    pub fn merge(&self, other: &Self) -> Result<Self, MergeError> {
        if self.ruler != other.ruler {
            return Err(MergeError::Edges);
        }
        let levels = match (&self.levels, &other.levels) {
            (Some(mine), Some(theirs)) => Some(merged(mine, theirs)).filter(|levels| levels.len() <= MOST_LEVELS),
            (None, _) | (_, None) => None,
        };
        let cardinality = levels.is_none().then(|| self.different().merge(&other.different()));
        let valid = match (self.valid, other.valid) {
            (Some(mine), Some(theirs)) => Some(mine.merge(&theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        Ok(Self {
            counts: self.counts.merge(other.counts),
            ruler: self.ruler.clone(),
            bins: self.bins.iter().zip(&other.bins).map(|(mine, theirs)| mine + theirs).collect(),
            levels,
            cardinality: cardinality.filter(|_| valid.is_some()),
            valid,
        })
    }

    fn different(&self) -> Cardinality {
        let of_levels = || Cardinality::of(self.levels.iter().flatten().map(|(level, _)| level.to_bits()));
        self.cardinality.clone().unwrap_or_else(of_levels)
    }

    pub(super) fn distribution(&self) -> Distribution<'_> {
        match (&self.levels, &self.valid) {
            (Some(levels), _) => Distribution::Levels(levels),
            (None, Some(valid)) => Distribution::Bins(self.points(valid)),
            (None, None) => Distribution::Levels(&[]),
        }
    }

    /// Whether the counts of values up to ascending points do not fall; made profiles are, read ones may not be.
    pub(super) fn is_consistent(&self) -> bool {
        let Some(valid) = &self.valid else { return true };
        let points = self.points(valid);
        let n = self.counts.valid();
        let extremes_exist = valid.at_min > 0 && valid.at_max > 0 && valid.at_min <= n && valid.at_max <= n;
        let levels_fit = self.levels.as_ref().is_none_or(|levels| {
            levels.first().is_some_and(|(low, count)| (*low, *count) == (valid.min, valid.at_min))
                && levels.last().is_some_and(|(high, count)| (*high, *count) == (valid.max, valid.at_max))
        });
        extremes_exist
            && levels_fit
            && points.windows(2).all(|pair| matches!(pair, [(_, before), (_, after)] if before <= after))
            && points.last().is_some_and(|(_, all)| *all == n)
    }

    /// The points at which the counts of values up to there are known, with these counts.
    fn points(&self, valid: &Valid) -> Vec<(f64, u64)> {
        let mut sum = 0;
        let mut points: Vec<(f64, u64)> = Vec::with_capacity(self.bins.len() + 1);
        for (edge, count) in self.ruler.edges().iter().zip(&self.bins) {
            sum += count;
            points.push((*edge, sum));
        }
        let n = self.counts.valid();
        let known = [
            (valid.min.next_down(), 0),
            (valid.min, valid.at_min),
            (valid.max.next_down(), n.saturating_sub(valid.at_max)),
            (valid.max, n),
        ];
        points.extend(known.into_iter().filter(|(point, _)| point.is_finite()));
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.dedup_by(|a, b| a.0 == b.0);
        points
    }
}

impl Valid {
    fn of(column: &Cleaned) -> Option<Self> {
        let values = column.values();
        let moments = Moments::of(values);
        let summary = Summary::with(column, &moments)?;
        Some(Self {
            moments,
            min: summary.min,
            max: summary.max,
            at_min: values.partition_point(|value| *value <= summary.min) as u64,
            at_max: (values.len() - values.partition_point(|value| *value < summary.max)) as u64,
            zeros: summary.zeros,
            quantiles: Some(summary.quantiles),
        })
    }

    fn merge(&self, other: &Self) -> Self {
        let of_extreme = |at: fn(&Self) -> (f64, u64), extreme: f64| {
            [at(self), at(other)].into_iter().filter(|(value, _)| *value == extreme).map(|(_, count)| count).sum()
        };
        let (min, max) = (self.min.min(other.min), self.max.max(other.max));
        Self {
            moments: self.moments.merge(&other.moments),
            min,
            max,
            at_min: of_extreme(|valid| (valid.min, valid.at_min), min),
            at_max: of_extreme(|valid| (valid.max, valid.at_max), max),
            zeros: self.zeros + other.zeros,
            quantiles: None,
        }
    }
}

fn merged(a: &[(f64, u64)], b: &[(f64, u64)]) -> Vec<(f64, u64)> {
    let mut levels = [a, b].concat();
    levels.sort_by(|a, b| a.0.total_cmp(&b.0));
    levels.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0 };
        same
    });
    levels
}
