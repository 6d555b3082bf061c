//! Time zone, an index or count from another start: a constant is added.
//!
//! The constant is the mode of the differences. Where another difference is nearly as common, none is the constant: that
//! is what noise looks like.

use crate::model::cause::Relation;
use crate::model::value::{ScalarKind, Value, ValueKind};

use super::arithmetic::{Grain, densest};
use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};

/// Time zones differ by whole quarters of an hour.
const QUARTER_HOUR: f64 = 900.0;
/// Most hours between two time zones.
const MOST_HOURS: f64 = 26.0;

struct Shifted {
    by: f64,
    grain: Grain,
    kind: ValueKind,
}

impl Hypothesis for Shifted {
    fn relation(&self) -> Relation {
        let by = self.by;
        let hours = self.kind == ValueKind::Scalar(ScalarKind::UnixTimestamp)
            && by % QUARTER_HOUR == 0.0
            && by.abs() <= MOST_HOURS * 3600.0;
        let one = self.grain == Grain::Whole && (by.abs() - 1.0).abs() < f64::EPSILON;
        let whole_quarters = self.grain == Grain::Whole && by % QUARTER_HOUR == 0.0 && by.abs() <= MOST_HOURS * 3600.0;
        if hours || one || whole_quarters { Relation::TimeZone { by } } else { Relation::Shifted { by } }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        let Some(wanted) = cell.wanted() else { return Call::Silent };
        if self.grain == Grain::Whole
            && let Some(difference) = difference(cell, donor)
        {
            return Call::of((difference - self.by).abs() < 0.5);
        }
        let computed = wanted + self.by;
        Call::of(
            donor.served().is_some_and(|served| self.grain.holds(computed, (served, wanted.abs().max(self.by.abs())))),
        )
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let grain = Grain::of(evidence.comparison);
    let mut size = 0.0_f64;
    let mut differences: Vec<f64> = evidence
        .mismatches
        .iter()
        .filter_map(|cell| {
            size = size.max(cell.served()?.abs()).max(cell.wanted()?.abs());
            difference(cell, cell)
        })
        .collect();
    differences.sort_unstable_by(f64::total_cmp);
    let width = match grain {
        Grain::Whole => 0.25,
        Grain::Relative(_) => 4.0 * grain.error(size),
    };
    let Some((by, held)) = densest(&differences, |_| width) else { return Vec::new() };
    let others: Vec<f64> = differences.iter().copied().filter(|difference| (difference - by).abs() > width).collect();
    let next = densest(&others, |_| width).map_or(0, |(_, held)| held);
    let by = round(by, width);
    if by == 0.0 || (held * 2 < evidence.mismatches.len() && held < 2 * next) || share(held, differences.len()) < 0.2 {
        return Vec::new();
    }
    vec![Box::new(Shifted { by, grain, kind: evidence.comparison.kind })]
}

/// Online minus offline; whole numbers are subtracted as such, because doubles do not hold the large ones.
fn difference(cell: &PairedCell, donor: &PairedCell) -> Option<f64> {
    match (&donor.online, &cell.offline) {
        (Value::Int(served) | Value::UnixTimestamp(served), Value::Int(wanted) | Value::UnixTimestamp(wanted)) =>
        {
            #[expect(clippy::cast_precision_loss, reason = "a constant that somebody added is small")]
            served.checked_sub(*wanted).map(|difference| difference as f64)
        }
        _ => Some(donor.served()? - cell.wanted()?),
    }
}

fn share(held: usize, of: usize) -> f64 {
    use crate::stats::real;
    real(held as u64) / real(of.max(1) as u64)
}

/// The roundest number within the width: what somebody would have written into code.
pub(super) fn round(number: f64, width: f64) -> f64 {
    (0..12)
        .map(|decimals| {
            let scale = 10_f64.powi(decimals);
            (number * scale).round() / scale
        })
        .find(|rounded| (rounded - number).abs() <= width)
        .unwrap_or(number)
}
