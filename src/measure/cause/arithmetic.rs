//! Numbers as a faulty computation leaves them: equal but for the rounding of the declared type.

use crate::model::value::{ScalarKind, ValueKind};

use super::super::equal::Comparison;

/// Relative error of a result in single precision that went through two or three operations.
const SINGLE: f64 = 2.5e-7;
/// The same in double precision; values that were single before keep that error.
const DOUBLE: f64 = 4e-15;

/// How numbers of a feature are held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Grain {
    /// Whole numbers.
    Whole,
    /// With this relative error.
    Relative(f64),
}

impl Grain {
    /// The grain of a declared type.
    pub(super) const fn of(comparison: &Comparison) -> Self {
        match comparison.kind {
            ValueKind::Scalar(ScalarKind::Int32 | ScalarKind::Int64 | ScalarKind::UnixTimestamp | ScalarKind::Bool) => {
                Self::Whole
            }
            ValueKind::Scalar(ScalarKind::Float64) => Self::Relative(DOUBLE),
            ValueKind::Scalar(_) | ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Map | ValueKind::MapList => {
                Self::Relative(SINGLE)
            }
        }
    }

    /// Whether `served` is `computed` as this type holds it; `size` is the largest number that the computation met.
    pub(super) fn holds(self, computed: f64, (served, size): (f64, f64)) -> bool {
        match self {
            Self::Whole => {
                let slack = 1e-9 * (1.0 + size.abs());
                let near = |number: f64| (served - number).abs() <= slack.min(0.25);
                near(computed.round()) || near(computed.trunc()) || near(computed.floor())
            }
            Self::Relative(error) => (served - computed).abs() <= error * size.abs().max(computed.abs()),
        }
    }

    /// The error of one number of this size, for the widths of windows.
    pub(super) fn error(self, size: f64) -> f64 {
        match self {
            Self::Whole => 0.5,
            Self::Relative(error) => error * size.abs(),
        }
    }
}

/// The middle of the window of the given width, times the size of its start where it is relative, that holds most of the
/// sorted `numbers`, and how many it holds; `None` without numbers.
pub(super) fn densest(numbers: &[f64], width: impl Fn(f64) -> f64) -> Option<(f64, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let mut start = 0;
    for (end, number) in numbers.iter().enumerate() {
        while numbers.get(start).is_some_and(|first| number - first > width(*first)) {
            start += 1;
        }
        let held = end + 1 - start;
        if best.is_none_or(|(_, most)| held > most) {
            best = Some((start, held));
        }
    }
    let (start, held) = best?;
    numbers.get(start + held / 2).map(|middle| (*middle, held))
}

/// Whole constants by which units differ, and those of measures.
pub(super) const UNITS: [f64; 22] = [
    100.0,
    1000.0,
    10.0,
    10_000.0,
    1e6,
    1e9,
    60.0,
    3600.0,
    24.0,
    86_400.0,
    7.0,
    12.0,
    1024.0,
    1_048_576.0,
    2.0,
    1.609_344,
    0.453_592_37,
    0.3048,
    2.54,
    1.8,
    3.6,
    -1.0,
];

/// The named constant that lies within `error` (relative) of the factor, or the factor.
pub(super) fn named(factor: f64, error: f64) -> f64 {
    UNITS
        .iter()
        .flat_map(|unit| [*unit, 1.0 / unit])
        .find(|unit| (factor - unit).abs() <= error * unit.abs())
        .unwrap_or(factor)
}

/// Whether a factor is one of the named constants.
#[expect(clippy::float_cmp, reason = "`named` gives the very constant")]
pub(super) fn is_named(factor: f64) -> bool {
    UNITS.iter().any(|unit| factor == *unit || factor == 1.0 / unit)
}
