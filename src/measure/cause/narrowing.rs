//! Type narrowing: digits or range are lost on the way.

use half::{bf16, f16};

use crate::model::cause::{Narrowing, Relation};
use crate::model::value::{ScalarKind, Value, ValueKind};

use super::arithmetic::Grain;
use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};

/// Units of time to which finer ones are cut.
const UNITS: [f64; 6] = [1000.0, 1e6, 1e9, 60.0, 3600.0, 86_400.0];
/// Most decimals that values are rounded to.
const MOST_DECIMALS: i32 = 4;

struct Narrowed {
    how: Narrowing,
    grain: Grain,
    is_single: bool,
}

impl Narrowed {
    /// What becomes of the number; `None` where this narrowing does not apply to it.
    #[expect(clippy::cast_possible_truncation, reason = "losing digits and range is what is looked for")]
    fn narrow(&self, cell: &PairedCell) -> Option<f64> {
        let wanted = cell.wanted()?;
        // A whole number has no digits to lose behind the point, and may be too large for a double.
        let is_whole = matches!(cell.offline, Value::Int(_) | Value::UInt(_) | Value::UnixTimestamp(_));
        let narrowed = match self.how {
            Narrowing::Float32 => f64::from(wanted as f32),
            Narrowing::Float16 => f16::from_f64(wanted).to_f64(),
            Narrowing::BFloat16 => bf16::from_f64(wanted).to_f64(),
            Narrowing::ThroughFloat64 | Narrowing::Wrapped(_) => return None,
            Narrowing::Truncated | Narrowing::Floor | Narrowing::Ceiling | Narrowing::Rounded(_) if is_whole => {
                return None;
            }
            Narrowing::Truncated => wanted.trunc(),
            Narrowing::Floor => wanted.floor(),
            Narrowing::Ceiling => wanted.ceil(),
            Narrowing::Rounded(decimals) => {
                let scale = 10_f64.powi(decimals);
                (wanted * scale).round() / scale
            }
            Narrowing::ClampedAbove(limit) => return limit.filter(|limit| wanted > *limit),
            Narrowing::ClampedBelow(limit) => return limit.filter(|limit| wanted < *limit),
            Narrowing::Coarser(unit) => (wanted / unit).floor(),
        };
        Some(narrowed)
    }

    /// The integer that is left of an integer.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "losing digits and range is what is looked for"
    )]
    fn narrow_integer(&self, cell: &PairedCell) -> Option<i64> {
        let (Value::Int(wanted) | Value::UnixTimestamp(wanted)) = cell.offline else { return None };
        match self.how {
            Narrowing::ThroughFloat64 => Some(wanted as f64 as i64),
            Narrowing::Wrapped(8) => Some(i64::from(wanted as i8)),
            Narrowing::Wrapped(16) => Some(i64::from(wanted as i16)),
            Narrowing::Wrapped(_) => Some(i64::from(wanted as i32)),
            _ => None,
        }
    }
}

impl Hypothesis for Narrowed {
    fn relation(&self) -> Relation {
        Relation::Narrowed(self.how)
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        if let Narrowing::ThroughFloat64 | Narrowing::Wrapped(_) = self.how {
            let Some(narrowed) = self.narrow_integer(cell) else { return Call::Silent };
            return Call::of(
                matches!(donor.online, Value::Int(served) | Value::UnixTimestamp(served) if served == narrowed),
            );
        }
        let Some(narrowed) = self.narrow(cell) else { return Call::Silent };
        Call::of(donor.served().is_some_and(|served| {
            let exact = (served - narrowed).abs() <= f64::EPSILON * narrowed.abs();
            exact || (self.is_single && self.grain.holds(narrowed, (served, narrowed)))
        }))
    }

    fn entries(&self) -> usize {
        match self.how {
            Narrowing::ClampedAbove(_) | Narrowing::ClampedBelow(_) => 1,
            _ => 0,
        }
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let grain = Grain::of(evidence.comparison);
    let is_single = evidence.comparison.kind == ValueKind::Scalar(ScalarKind::Float32);
    let mut ways = vec![Narrowing::Float16, Narrowing::BFloat16];
    match evidence.comparison.kind {
        ValueKind::Scalar(ScalarKind::Float32) => {}
        _ => ways.push(Narrowing::Float32),
    }
    ways.extend([Narrowing::ThroughFloat64, Narrowing::Truncated, Narrowing::Floor, Narrowing::Ceiling]);
    ways.extend([8, 16, 32].map(Narrowing::Wrapped));
    ways.extend((0..=MOST_DECIMALS).map(Narrowing::Rounded));
    ways.extend(UNITS.map(Narrowing::Coarser));
    ways.extend(limits(evidence));
    ways.into_iter().map(|how| -> Box<dyn Hypothesis> { Box::new(Narrowed { how, grain, is_single }) }).collect()
}

/// The commonest online value above or below which offline values lie.
fn limits(evidence: &Evidence<'_>) -> Vec<Narrowing> {
    let mut limits = Vec::new();
    for above in [true, false] {
        let mut cut: Vec<f64> = evidence
            .mismatches
            .iter()
            .filter_map(|cell| {
                let (wanted, served) = (cell.wanted()?, cell.served()?);
                ((wanted > served) == above).then_some(served)
            })
            .collect();
        cut.sort_unstable_by(f64::total_cmp);
        if let Some((limit, _)) = super::arithmetic::densest(&cut, |_| 0.0) {
            limits.push(if above {
                Narrowing::ClampedAbove(Some(limit))
            } else {
                Narrowing::ClampedBelow(Some(limit))
            });
        }
    }
    limits
}
