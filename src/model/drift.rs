//! Several checks of one column, and the one that decides.

use std::collections::BTreeMap;

use super::check::DriftStatistic;
use super::figure;
use super::measurement::{DriftMeasurement, DriftReason, DriftVerdict};

/// The checks of one column, by statistic.
pub type DriftChecks = BTreeMap<DriftStatistic, DriftMeasurement>;

/// The check that decides: of those with a threshold the worst, drifted before unknown before stable; of equals by
/// [`weight`](DriftMeasurement::weight); `None` where nothing is judged.
#[must_use]
pub fn governing(checks: &DriftChecks) -> Option<(DriftStatistic, &DriftMeasurement)> {
    let judged = checks.iter().rev().filter(|(_, measured)| measured.threshold.is_some());
    let worst = judged.max_by(|(_, one), (_, other)| {
        (rank(one.verdict).cmp(&rank(other.verdict))).then_with(|| one.weight().total_cmp(&other.weight()))
    });
    worst.map(|(statistic, measured)| (*statistic, measured))
}

/// An effect or an end of its interval: a distance, or a share in percent.
#[must_use]
pub fn amount(statistic: DriftStatistic, amount: f64) -> String {
    let sign = if amount < 0.0 { "−" } else { "" };
    if statistic.is_share() {
        return format!("{sign}{} %", figure::bare_percent(amount.abs()));
    }
    format!("{sign}{}", figure::distance(Some(amount.abs())))
}

/// The interval of an effect, as `0.250–0.380`; `None` where there is none.
#[must_use]
pub fn interval(statistic: DriftStatistic, measured: &DriftMeasurement) -> Option<String> {
    let (lower, upper) = measured.lower.zip(measured.upper)?;
    let joint = if lower < 0.0 || upper < 0.0 { " to " } else { "–" };
    let (lower, upper) = (amount(statistic, lower), amount(statistic, upper));
    let lower = lower.strip_suffix(" %").filter(|_| upper.ends_with(" %")).unwrap_or(&lower);
    Some(format!("{lower}{joint}{upper}"))
}

/// A limit with the digits that it was given.
#[must_use]
pub fn limit(statistic: DriftStatistic, threshold: f64) -> String {
    if statistic.is_share() { figure::limit_percent(threshold) } else { threshold.to_string() }
}

/// A q-value or a p-value: `0.012`, `1.2e-9`, `<1e-300`.
#[must_use]
pub fn probability(probability: Option<f64>) -> String {
    match probability {
        Some(probability) if probability < 1e-300 => "<1e-300".to_owned(),
        probability => figure::distance(probability),
    }
}

const fn rank(verdict: DriftVerdict) -> u8 {
    match verdict {
        DriftVerdict::Stable => 0,
        DriftVerdict::Unknown => 1,
        DriftVerdict::Drifted => 2,
    }
}

impl DriftMeasurement {
    /// The effect as a multiple of the threshold; 0 where there is no effect or no threshold.
    #[must_use]
    pub fn excess(&self) -> f64 {
        match (self.effect, self.threshold) {
            (Some(effect), Some(threshold)) => effect.abs() / threshold.max(f64::MIN_POSITIVE),
            (Some(_), None) | (None, _) => 0.0,
        }
    }

    /// How much a check counts beside others with the same verdict: without one by how many values it would need, so that
    /// who provides these gets a verdict of all; else by [`excess`](Self::excess).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn weight(&self) -> f64 {
        match (self.verdict, self.needed_reference_n.max(self.needed_current_n)) {
            (DriftVerdict::Unknown, Some(needed)) => needed as f64,
            (DriftVerdict::Drifted | DriftVerdict::Stable | DriftVerdict::Unknown, _) => self.excess(),
        }
    }

    /// A check of which nothing could be measured, and why.
    #[must_use]
    pub const fn unmeasured(reason: DriftReason, threshold: Option<f64>) -> Self {
        Self {
            distance: None,
            noise_floor: None,
            effect: None,
            lower: None,
            upper: None,
            threshold,
            p_value: None,
            p_equal: None,
            q_value: None,
            verdict: DriftVerdict::Unknown,
            reason: Some(reason),
            reference_n: 0,
            current_n: 0,
            needed_reference_n: None,
            needed_current_n: None,
        }
    }
}
