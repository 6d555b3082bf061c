//! How much a path can bear: the same run at several rates, and the highest rate at which a promise is kept.

use super::objective::Objective;
use super::run::{Run, RunError, RunSettings};
use crate::stats::real;

/// Runs that must confirm the rate that was found.
const CONFIRMATIONS: usize = 3;
/// The search ends when the rates between which the highest lies differ by less than this share.
const NEAR: f64 = 0.02;
/// From one try of the search to the next, while it goes up.
const STEP: f64 = 1.25;
/// By so much a rate that was not confirmed is lowered.
const BACK: f64 = 0.97;
/// Most tries up or down, which no real path needs: 1.25^200 is more than the largest rate.
const MOST_TRIES: usize = 200;
/// Measured seconds of a try; those that confirm take as long as the settings say.
const TRY_SECONDS: usize = 10;

/// Rates from `from` to `to`, of which so many are measured at even distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The lowest, at least 1.
    pub from: u64,
    /// The highest, at least `from`.
    pub to: u64,
    /// How many, at least 2.
    pub steps: u32,
}

/// Why a text is no sweep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no range of rates\n  hint: write for example `100000..800000` or `100000..800000/8`")]
pub struct SweepError(String);

impl std::str::FromStr for Sweep {
    type Err = SweepError;

    fn from_str(text: &str) -> Result<Self, SweepError> {
        let parse = || {
            let (range, steps) = text.split_once('/').unwrap_or((text, "8"));
            let (from, to) = range.split_once("..")?;
            let sweep = Self { from: from.parse().ok()?, to: to.parse().ok()?, steps: steps.parse().ok()? };
            (1 <= sweep.from && sweep.from <= sweep.to && (2..=1000).contains(&sweep.steps)).then_some(sweep)
        };
        parse().ok_or_else(|| SweepError(text.to_owned()))
    }
}

impl Sweep {
    /// The rates, ascending, each once.
    #[must_use]
    pub fn rates(self) -> Vec<u64> {
        let last = u64::from(self.steps.saturating_sub(1).max(1));
        let mut rates: Vec<u64> = (0..=last).map(|step| self.from + (self.to - self.from) * step / last).collect();
        rates.dedup();
        rates
    }
}

/// Why a run is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To see how a rate fares.
    Try,
    /// To confirm, as long as the settings say.
    Confirm,
}

/// How one rate fared: a point of the saturation curve.
#[derive(Clone, Debug)]
pub struct Point {
    /// Requests a second that were due.
    pub rate: u64,
    /// What for.
    pub purpose: Purpose,
    /// Whether the promise was kept: of a try by its figures, of a confirmation with certainty.
    pub is_kept: bool,
    /// The run.
    pub run: Run,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found<P> {
    /// The highest rate that three runs confirmed; `None` if not even the lowest was.
    pub highest: Option<u64>,
    /// All rates that were measured, in the order of the runs.
    pub points: Vec<P>,
}

/// Measures each rate of a sweep.
///
/// # Errors
/// When a run cannot be made.
pub fn sweep(
    settings: &RunSettings,
    objective: &Objective,
    (sweep, told): (Sweep, &mut dyn FnMut(&Point)),
) -> Result<Vec<Point>, RunError> {
    sweep.rates().into_iter().map(|rate| measure(settings, objective, (rate, Purpose::Try), told)).collect()
}

/// The highest rate at which `objective` is kept, from the rate of the settings up or down.
///
/// # Errors
/// When a run cannot be made.
pub fn find_max(
    settings: &RunSettings,
    objective: &Objective,
    told: &mut dyn FnMut(&Point),
) -> Result<Found<Point>, RunError> {
    search(settings.rate, |rate, purpose| {
        let point = measure(settings, objective, (rate, purpose), told)?;
        Ok((point.is_kept, point))
    })
}

fn measure(
    settings: &RunSettings,
    objective: &Objective,
    (rate, purpose): (u64, Purpose),
    told: &mut dyn FnMut(&Point),
) -> Result<Point, RunError> {
    let seconds = match purpose {
        Purpose::Try => settings.seconds.min(TRY_SECONDS),
        Purpose::Confirm => settings.seconds,
    };
    let settings = RunSettings { rate, seconds, ..settings.clone() };
    let run = super::run::run(&settings)?;
    let evidence = run.evidence(&settings, objective);
    let is_kept = match purpose {
        Purpose::Try => objective.is_met(&evidence),
        Purpose::Confirm => objective.judge(&evidence).exit_code() == 0,
    };
    let point = Point { rate, purpose, is_kept, run };
    told(&point);
    Ok(point)
}

/// Searches from `start`: up in steps while the promise is kept, or down by halves until it is; then between the last rate
/// that kept it and the first that did not; then confirms.
///
/// # Errors
/// When a measurement cannot be made.
pub fn search<P, E>(start: u64, mut measure: impl FnMut(u64, Purpose) -> Result<(bool, P), E>) -> Result<Found<P>, E> {
    let mut points = Vec::new();
    let mut at = |rate: u64, purpose: Purpose| -> Result<bool, E> {
        let (is_kept, point) = measure(rate, purpose)?;
        points.push(point);
        Ok(is_kept)
    };
    let mut kept = None;
    let mut broken = None;
    let mut rate = start.max(1);
    for _ in 0..MOST_TRIES {
        if at(rate, Purpose::Try)? {
            kept = Some(rate);
            if broken.is_some() {
                break;
            }
            rate = times(rate, STEP).max(rate + 1);
        } else {
            broken = Some(rate);
            if kept.is_some() || rate == 1 {
                break;
            }
            rate = (rate / 2).max(1);
        }
    }
    while let (Some(low), Some(high)) = (kept, broken)
        && real(high - low) > NEAR * real(high)
        && high - low > 1
    {
        let middle = u64::midpoint(low, high);
        if at(middle, Purpose::Try)? { kept = Some(middle) } else { broken = Some(middle) }
    }
    let mut highest = None;
    let seemed = kept;
    while let Some(rate) = kept
        && highest.is_none()
    {
        let mut confirmed = 0;
        while confirmed < CONFIRMATIONS && at(rate, Purpose::Confirm)? {
            confirmed += 1;
        }
        if confirmed == CONFIRMATIONS {
            highest = Some(rate);
        } else {
            let lower = times(rate, BACK).min(rate - 1);
            // Where the promise is not kept with certainty at half the rate that seemed to keep it, it is not by less.
            kept = (lower > 0 && seemed.is_some_and(|seemed| lower >= seemed / 2)).then_some(lower);
        }
    }
    Ok(Found { highest, points })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates stay far below 2^53")]
fn times(rate: u64, factor: f64) -> u64 {
    (real(rate) * factor) as u64
}
