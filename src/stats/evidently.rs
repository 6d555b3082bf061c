//! PSI, Jensen–Shannon and Kullback–Leibler as Evidently 0.7 defines them, for those who must compare with its reports.
//!
//! Its numeric bins have equal width over both samples together, so they move with the window, and an empty bin's share is
//! filled by a rule that depends on the least share of its side. Nothing else in this crate rests on these figures.

use super::bins::PairedCounts;
use super::categories::Categories;
use super::divergence::{middle, relative_entropy};
use super::psi::{self, MOST_REFERENCE_LEVELS};
use super::real;
use super::sample::Cleaned;

/// What an empty bin's share is taken to be, unless its side has smaller ones.
const FILL: f64 = 1e-4;

/// Evidently's distances of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvidentlyOwn {
    /// How many bins.
    pub bins: u64,
    /// Its PSI.
    pub psi: f64,
    /// Its Jensen–Shannon distance: the root of the divergence in nats, from 0 to 0.8326.
    pub js_distance: f64,
    /// Its Kullback–Leibler divergence, in nats.
    pub kl: f64,
}

/// Whether values can lie between whole numbers, which decides how narrow bins may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Both columns hold integers and no null: bins are at least 1 wide.
    Whole,
    /// Bins may be of any width.
    Fractional,
}

/// Evidently's distances of two numeric samples; `None` when a side has no value, or their range exceeds a double.
#[must_use]
pub fn numeric(reference: &Cleaned, current: &Cleaned, grain: Grain) -> Option<EvidentlyOwn> {
    let counts = if reference.distinct() > MOST_REFERENCE_LEVELS {
        let edges = edges(reference.values(), current.values(), grain)?;
        PairedCounts::new(&between(&edges, reference).into(), &between(&edges, current).into())?
    } else {
        PairedCounts::levels(reference, current)?
    };
    Some(of(&counts))
}

/// Evidently's distances of two categorical samples; `None` when a side has no value.
#[must_use]
pub fn categorical(reference: &Categories, current: &Categories) -> Option<EvidentlyOwn> {
    PairedCounts::categories(reference, current).map(|counts| of(&counts))
}

/// Evidently's distances of two sides over the same bins.
#[must_use]
pub fn of(counts: &PairedCounts) -> EvidentlyOwn {
    let (n, m) = (real(counts.reference_n()), real(counts.current_n()));
    let shares = || counts.bins().iter().map(|(reference, current)| (real(*reference) / n, real(*current) / m));
    let fill = (fill(shares().map(|(p, _)| p)), fill(shares().map(|(_, q)| q)));
    let filled = || shares().map(|(p, q)| (or(p, fill.0), or(q, fill.1)));
    EvidentlyOwn {
        bins: counts.bins().len() as u64,
        psi: psi::index(filled()),
        js_distance: middle(shares()).sqrt(),
        kl: relative_entropy(filled),
    }
}

fn or(share: f64, fill: f64) -> f64 {
    if share > 0.0 { share } else { fill }
}

fn fill(shares: impl Iterator<Item = f64>) -> f64 {
    let least = shares.filter(|share| *share > 0.0).fold(f64::INFINITY, f64::min);
    if least <= FILL { least / 1e6 } else { FILL }
}

/// Edges of equal width by Sturges' rule as numpy applies it, first and last included.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "range ÷ width is at most 1 + log2 of the number of values"
)]
fn edges(reference: &[f64], current: &[f64], grain: Grain) -> Option<Vec<f64>> {
    let low = reference.first()?.min(*current.first()?);
    let high = reference.last()?.max(*current.last()?);
    let range = high - low;
    if !range.is_finite() || range <= 0.0 {
        return None;
    }
    let sturges = range / (real((reference.len() + current.len()) as u64).log2() + 1.0);
    let width = match grain {
        Grain::Whole => sturges.max(1.0),
        Grain::Fractional => sturges,
    };
    let bins = (range / width).ceil() as u64;
    let step = range / real(bins);
    Some((0..bins).map(|place| real(place) * step + low).chain([high]).collect())
}

/// Values in each [eᵢ, eᵢ₊₁), the last one closed.
fn between(edges: &[f64], sample: &Cleaned) -> Vec<u64> {
    let values = sample.values();
    let inner = edges.get(1..edges.len().saturating_sub(1)).unwrap_or_default();
    let below = inner.iter().map(|edge| values.partition_point(|value| value < edge));
    let mut start = 0;
    below
        .chain([values.len()])
        .map(|end| {
            let count = end.saturating_sub(start) as u64;
            start = end;
            count
        })
        .collect()
}
