//! The lag profile of a feature whose rows carry no event timestamp.
//!
//! Without one, a value alone does not say whether it is old or wrong. Many values together do: if a writer lags by half
//! an hour, then the values of all entities are those of half an hour ago, and the share that matches has its peak there.
//! What matches at no such lag is skewed. Only cells whose value changed say anything of the lag; all that were known at
//! the lag found count for the skew.
//!
//! A lag is one before the reading, or before the writing where every write gives a row the same time to live.

mod cells;
mod sweep;

use crate::model::lag_profile::{LagPeak, LagPoint, LagProfile, LagVerdict, Uninformative};
use crate::model::measurement::SkewMeasurement;
use crate::model::ratio::Ratio;
use crate::model::sample::Sample;
use crate::model::time::{NANOS_PER_SECOND, Timestamp};
use crate::model::view::FeatureView;
use crate::stats::interval::wilson;
use crate::stats::real;

use cells::{LagCell, cells, origin};
use sweep::{Level, Stretch, highest, indistinguishable, levels, matches, mean, prominence, seconds};

/// Fewest changed cells that say anything.
const FEWEST_CHANGED: usize = 30;
/// Standard errors by which a peak must rise above the mean of all lags: of the thousands of lags looked at one does so by
/// four in data that say nothing.
const LEAST_PROMINENCE: f64 = 5.0;
/// Largest share of the window that a peak may be uncertain by.
const WIDEST_PEAK: f64 = 0.25;
/// Share of the cells that must match at a peak, those of another peak set aside.
const LEAST_MATCHED: f64 = 0.5;
/// Most changes between the watermark and the read time that are overlooked.
const OVERLOOKED: usize = 3;
/// Most points of a profile.
const MOST_POINTS: i64 = 240;
/// Distances between points, in seconds.
const STEPS: [i64; 20] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 604_800,
    2_592_000,
];

/// The lag profile of the feature at `feature`; `None` where no value that was read lacks an event timestamp.
///
/// `now` is the instant at which the rows count as read; `None` takes each row's own read time. The history may hold
/// versions of later than that: what matches them leaks from the future.
pub(super) fn measure(
    view: &FeatureView,
    sample: &Sample,
    (feature, now): (usize, Option<Timestamp>),
) -> Option<LagProfile> {
    let cells = cells(view, sample, (feature, now));
    let window = window(&cells)?;
    let known: Vec<&LagCell> = cells.iter().filter(|cell| cell.from <= window.from && cell.to >= window.to).collect();
    let changed: Vec<&LagCell> = known.iter().copied().filter(|cell| changes(cell, window) > 0).collect();
    let step = step(window);
    let found = look(&changed, window);
    let (verdict, uninformative, peaks) = match found {
        Ok(peaks) => (verdict(&peaks, window), None, peaks),
        Err(reason) => (LagVerdict::Uninformative, Some(reason), Vec::new()),
    };
    let n = changed.len() as u64;
    let of_changed = |peak: &Peak| LagPeak {
        lag_seconds: seconds(peak.lag),
        lower_seconds: seconds(peak.uncertain.from),
        upper_seconds: seconds(peak.uncertain.to),
        matched: peak.matched,
        share: Ratio::of(peak.matched, n),
    };
    Some(LagProfile {
        verdict,
        uninformative,
        counted_from: origin(view),
        n: known.len() as u64,
        changed: n,
        from_seconds: seconds(window.from),
        to_seconds: seconds(window.to),
        step_seconds: seconds(step),
        peaks: peaks.iter().map(of_changed).collect(),
        skew: (!peaks.is_empty()).then(|| skew(&cells, &peaks)),
        points: points(&changed, window, step),
    })
}

/// A lag that was found.
struct Peak {
    lag: i64,
    uncertain: Stretch,
    matched: u64,
}

/// The lags of which the snapshot knows the values of most cells: where most cells times most lags are known, and at least
/// half of the cells at either end.
fn window(cells: &[LagCell]) -> Option<Stretch> {
    let (mut starts, mut ends): (Vec<i64>, Vec<i64>) = cells.iter().map(|cell| (cell.from, cell.to)).unzip();
    starts.sort_unstable_by_key(|start| std::cmp::Reverse(*start));
    ends.sort_unstable();
    let nearest = starts.last().copied()?;
    let to = widest(&ends, |to| seconds(to) - seconds(nearest))?;
    // As far into the future as into the past.
    let from = widest(&starts, |from| seconds(to) - seconds(from.max(to.saturating_neg())))?;
    let from = from.max(to.saturating_neg());
    (from < to).then_some(Stretch { from, to })
}

/// Of the limits, which exclude one cell more each, the one that leaves most cells times `length`, and half of the cells.
fn widest(limits: &[i64], length: impl Fn(i64) -> f64) -> Option<i64> {
    let left = limits
        .iter()
        .enumerate()
        .map(|(excluded, limit)| (real((limits.len() - excluded) as u64) * length(*limit), *limit));
    left.take(limits.len() / 2 + 1).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, limit)| limit)
}

/// Changes of value within the window.
fn changes(cell: &LagCell, window: Stretch) -> usize {
    cell.changes.iter().filter(|lag| (window.from + 1..=window.to).contains(*lag)).count()
}

fn step(window: Stretch) -> i64 {
    let whole = window.to.saturating_sub(window.from);
    let fits = |step: &i64| whole / step.saturating_mul(NANOS_PER_SECOND) < MOST_POINTS;
    let longest = STEPS.last().copied().unwrap_or(1);
    STEPS.iter().copied().find(fits).unwrap_or(longest).saturating_mul(NANOS_PER_SECOND)
}

/// The lag at which most cells match, and that of the others where they have one.
fn look(changed: &[&LagCell], window: Stretch) -> Result<Vec<Peak>, Uninformative> {
    if changed.len() < FEWEST_CHANGED {
        return Err(Uninformative::TooFew);
    }
    let first = highest(&levels(changed, window, |_| false)).ok_or(Uninformative::Flat)?;
    let others: Vec<&LagCell> = changed.iter().copied().filter(|cell| !matches(cell, first.lags.middle())).collect();
    let second = second(&others, window);
    // What the second peak explains says nothing of the first.
    let of_first: Vec<&LagCell> = match &second {
        Some(second) => changed
            .iter()
            .copied()
            .filter(|cell| matches(cell, first.lags.middle()) || !matches(cell, second.lags.middle()))
            .collect(),
        None => changed.to_vec(),
    };
    let peaks: Vec<Peak> = [Some((first, of_first)), second.map(|second| (second, others))]
        .into_iter()
        .flatten()
        .map(|(peak, cells)| clear(&peak, &cells, window))
        .collect::<Result<_, _>>()?;
    let at_edge = |peak: &Peak| peak.uncertain.from == window.from && window.from > 0;
    if peaks.iter().any(at_edge) && !is_short(changed, window.from) {
        return Err(Uninformative::Watermark);
    }
    Ok(peaks)
}

/// The peak of the cells that are not in the first one, where they have one.
fn second(others: &[&LagCell], window: Stretch) -> Option<Level> {
    let levels = levels(others, window, |_| false);
    let peak = highest(&levels)?;
    (others.len() >= FEWEST_CHANGED && clear(&peak, others, window).is_ok()).then_some(peak)
}

/// The peak of these cells, if it stands out.
fn clear(peak: &Level, cells: &[&LagCell], window: Stretch) -> Result<Peak, Uninformative> {
    let lag = peak.lags.middle();
    let levels = levels(cells, window, |cell| matches(cell, lag));
    let matched = cells.iter().filter(|cell| matches(cell, lag)).count() as u64;
    let uncertain = indistinguishable(&levels, &Level { matched, ..*peak });
    let rises = prominence(matched, (mean(&levels), cells.len() as u64)) >= LEAST_PROMINENCE;
    let is_narrow = uncertain.length() <= WIDEST_PEAK * window.length();
    let most = Ratio::of(matched, cells.len() as u64).is_some_and(|share| share.get() >= LEAST_MATCHED);
    (rises && is_narrow && most).then_some(Peak { lag, uncertain, matched }).ok_or(Uninformative::Flat)
}

/// Whether so few values change within a time as long as that from the watermark to the reading that what the snapshot
/// does not know yet makes no difference.
fn is_short(changed: &[&LagCell], unknown: i64) -> bool {
    let as_long = Stretch { from: unknown, to: unknown.saturating_mul(2) };
    changed.iter().map(|cell| changes(cell, as_long)).sum::<usize>() <= OVERLOOKED
}

fn verdict(peaks: &[Peak], window: Stretch) -> LagVerdict {
    let Some(first) = peaks.first() else { return LagVerdict::Uninformative };
    if peaks.len() > 1 {
        LagVerdict::Mixed
    } else if first.uncertain.to < 0 {
        LagVerdict::Leaking
    } else if first.uncertain.from > window.from.max(0) {
        LagVerdict::Lagging
    } else {
        LagVerdict::InTime
    }
}

/// Of the cells whose value is known at each of the lags, those that match at none.
fn skew(cells: &[LagCell], peaks: &[Peak]) -> SkewMeasurement {
    let is_known = |cell: &&LagCell| peaks.iter().all(|peak| (cell.from..=cell.to).contains(&peak.lag));
    let known: Vec<&LagCell> = cells.iter().filter(is_known).collect();
    let n = known.len() as u64;
    let skewed = known.iter().filter(|cell| !peaks.iter().any(|peak| matches(cell, peak.lag))).count() as u64;
    let interval = wilson(skewed, n);
    SkewMeasurement {
        ratio: Ratio::of(skewed, n),
        n,
        lower: interval.map(|interval| interval.lower),
        upper: interval.map(|interval| interval.upper),
        smape: None,
    }
}

/// The share of matching cells at whole steps.
fn points(changed: &[&LagCell], window: Stretch, step: i64) -> Vec<LagPoint> {
    if changed.is_empty() {
        return Vec::new();
    }
    let levels = levels(changed, window, |_| false);
    let mut level = levels.iter().peekable();
    let first = window.from.div_euclid(step).saturating_mul(step);
    let lags = (0..=MOST_POINTS + 1).map(|number| first.saturating_add(number.saturating_mul(step)));
    let within = lags.filter(|lag| (window.from..=window.to).contains(lag));
    within
        .filter_map(|lag| {
            while level.peek().is_some_and(|level| level.lags.to < lag) {
                level.next();
            }
            let matched = level.peek()?.matched;
            Some(LagPoint { lag_seconds: seconds(lag), ratio: Ratio::of(matched, changed.len() as u64) })
        })
        .collect()
}
