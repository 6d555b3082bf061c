//! Both distributions of a column as a few bars.
//!
//! The bars are those of the bins on which the index rests. Where there are too many, neighbouring ranges become one, and
//! rare keys become one bar for all of them.

use super::digest::{Distances, Labels, PairDigest};
use super::observed::ColumnKind;
use crate::model::bars::{Bar, Bars};
use crate::model::figure;
use crate::model::ratio::Ratio;
use crate::model::time::Timestamp;

/// Most bars of one column.
const MOST: usize = 12;
/// The same as a divisor of shares.
const MOST_SHARE: f64 = 12.0;
/// Characters of a key that are shown.
const LONGEST_KEY: usize = 40;

/// The bars of a column, at most twelve: ranges ascending, keys from the reference's most frequent on; `None` when a side
/// has no valid value.
#[must_use]
pub fn bars(pair: &PairDigest) -> Option<Bars> {
    bars_of_frequent(pair, 0)
}

/// As [`bars`], naming only keys that at least `least` values of both sides together have: what few have may tell who
/// they are.
#[must_use]
pub fn bars_of_frequent(pair: &PairDigest, least: u64) -> Option<Bars> {
    let distances = pair.distances.as_ref()?;
    Some(match &distances.labels {
        Labels::Keys(keys) => of_keys((keys, distances.bins.bins()), least),
        Labels::Edges(_) | Labels::Levels(_) => Bars::new(of_ranges(distances, pair.kind)),
    })
}

fn of_keys((keys, counts): (&[Box<str>], &[(u64, u64)]), least: u64) -> Bars {
    let counted = keys.iter().zip(counts).map(|(key, (reference, current))| (&**key, *reference, *current));
    let (mut all, rare): (Vec<_>, Vec<_>) =
        counted.partition(|(_, reference, current): &(&str, u64, u64)| reference + current >= least);
    let (n, m) = counts.iter().fold((0_u64, 0_u64), |(n, m), (reference, current)| (n + reference, m + current));
    let is_whole = rare.is_empty() && all.len() <= MOST;
    let most = if is_whole { MOST } else { MOST - 1 };
    if all.len() > most {
        // Those that hold most of either side; the products compare shares of different wholes without dividing.
        let weight = |(_, reference, current): &(&str, u64, u64)| {
            u128::from(*reference) * u128::from(m) + u128::from(*current) * u128::from(n)
        };
        all.select_nth_unstable_by(most, |a, b| weight(b).cmp(&weight(a)).then(a.0.cmp(b.0)));
    }
    let mut rest = all.split_off(all.len().min(most));
    rest.extend(rare);
    all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(b.2.cmp(&a.2)).then(a.0.cmp(b.0)));
    let mut bars: Vec<Bar> =
        all.into_iter().map(|(key, reference, current)| Bar { label: shortened(key), reference, current }).collect();
    let named = bars.len();
    if !rest.is_empty() {
        let noun = if bars.is_empty() { "keys" } else { "other keys" };
        let label = format!("{} {noun}", figure::count(rest.len() as u64));
        let (reference, current) =
            rest.iter().fold((0, 0), |(r, c), (_, reference, current)| (r + reference, c + current));
        bars.push(Bar { label, reference, current });
    }
    Bars::of_keys(bars, named)
}

fn shortened(key: &str) -> String {
    if key.is_empty() {
        return "(empty text)".to_owned();
    }
    if key.chars().count() <= LONGEST_KEY {
        return key.to_owned();
    }
    let begin: String = key.chars().take(LONGEST_KEY - 1).collect();
    format!("{begin}…")
}

/// Neighbouring bins put together where there are too many, so that each holds about the same share of both sides.
fn of_ranges(distances: &Distances, kind: ColumnKind) -> Vec<Bar> {
    let bins = distances.bins.bins();
    let (n, m) = (distances.bins.reference_n(), distances.bins.current_n());
    let share = |part, whole| Ratio::of(part, whole).map_or(0.0, Ratio::get);
    let enough = if bins.len() <= MOST { 0.0 } else { 2.0 / MOST_SHARE };
    let mut bars = Vec::new();
    let (mut first, mut reference, mut current) = (0, 0, 0);
    for (at, (ours, theirs)) in bins.iter().enumerate() {
        reference += ours;
        current += theirs;
        let full = share(reference, n) + share(current, m) >= enough && bars.len() + 1 < MOST;
        if full || at + 1 == bins.len() {
            bars.push(Bar { label: label(&distances.labels, (first, at), kind), reference, current });
            (first, reference, current) = (at + 1, 0, 0);
        }
    }
    bars
}

fn label(labels: &Labels, (first, last): (usize, usize), kind: ColumnKind) -> String {
    match labels {
        Labels::Edges(edges) => {
            let below = first.checked_sub(1).and_then(|before| edges.get(before)).map(|edge| value(*edge, kind));
            match (below, edges.get(last).map(|edge| value(*edge, kind))) {
                (None, None) => "all".to_owned(),
                (None, Some(upper)) => format!("≤ {upper}"),
                (Some(lower), None) => format!("> {lower}"),
                (Some(lower), Some(upper)) => format!("{lower} – {upper}"),
            }
        }
        Labels::Levels(levels) => match (levels.get(first), levels.get(last)) {
            (Some(from), Some(to)) if first != last => format!("{} – {}", value(*from, kind), value(*to, kind)),
            (Some(only), _) => value(*only, kind),
            (None, _) => figure::NOTHING.to_owned(),
        },
        Labels::Keys(keys) => keys.get(first).map_or_else(|| figure::NOTHING.to_owned(), |key| shortened(key)),
    }
}

/// A value of a column as people read it: points in time as such, ages as spans.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "a point in time out of range is shown as a number")]
pub fn value(value: f64, kind: ColumnKind) -> String {
    match kind {
        ColumnKind::Numeric | ColumnKind::Categorical | ColumnKind::Opaque => figure::number(value),
        ColumnKind::Age if value < 0.0 => format!("−{}", figure::span(Some(-value))),
        ColumnKind::Age => figure::span(Some(value)),
        ColumnKind::Timestamp => Timestamp::from_seconds(value.floor() as i64, 0)
            .map_or_else(|| figure::number(value), |instant| instant.to_string()),
    }
}
