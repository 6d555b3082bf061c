//! How many different values there are: counted, or estimated once parts were merged.

use std::fmt::Write as _;
use std::hash::Hash;

use datasketches::hll::{HllSketch, HllType, HllUnion};

/// Registers of the sketch, as a power of two: 4,096 of them, whose estimate has a standard error of 1.6 %.
const LG_REGISTERS: u8 = 12;

/// The number of different values.
///
/// Exact for what was counted as a whole. Merging gives the estimate of HyperLogLog, the same in any order.
#[derive(Clone, PartialEq)]
pub(super) struct Cardinality {
    exact: Option<u64>,
    sketch: Option<HllSketch>,
}

impl Cardinality {
    /// Of values that are all different.
    pub(super) fn of<T: Hash>(values: impl Iterator<Item = T>) -> Self {
        // The constructor refuses numbers of registers outside 16 to 2 million only.
        let mut sketch = HllSketch::new(LG_REGISTERS, HllType::Hll8).ok();
        let mut distinct = 0;
        for value in values {
            distinct += 1;
            if let Some(sketch) = &mut sketch {
                sketch.update(value);
            }
        }
        Self { exact: Some(distinct), sketch }
    }

    /// One that was written by [`registers`](Self::registers); `None` when that text makes no sense.
    pub(super) fn read(exact: Option<u64>, registers: &str) -> Option<Self> {
        let digit = |character: &u8| char::from(*character).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let pairs = registers.as_bytes().chunks(2);
        let bytes: Vec<u8> = pairs
            .map(|pair| match pair {
                [high, low] => Some(digit(high)? << 4 | digit(low)?),
                _ => None,
            })
            .collect::<Option<_>>()?;
        let sketch = HllSketch::deserialize(&bytes).ok()?;
        (sketch.lg_config_k() == LG_REGISTERS && sketch.target_type() == HllType::Hll8)
            .then_some(Self { exact, sketch: Some(sketch) })
    }

    /// The number, where it was counted.
    pub(super) const fn exact(&self) -> Option<u64> {
        self.exact
    }

    /// The number, counted or estimated.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate is positive and far below 2^53"
    )]
    pub(super) fn number(&self) -> u64 {
        let estimated = || self.sketch.as_ref().map_or(0, |sketch| sketch.composite_estimate().round() as u64);
        self.exact.unwrap_or_else(estimated)
    }

    /// The sketch in DataSketches' form, as hexadecimal digits.
    pub(super) fn registers(&self) -> String {
        let bytes = self.sketch.as_ref().map(HllSketch::serialize).unwrap_or_default();
        bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a text does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Of the values of both.
    pub(super) fn merge(&self, other: &Self) -> Self {
        let union = HllUnion::new(LG_REGISTERS).ok().map(|mut union| {
            for sketch in [&self.sketch, &other.sketch].into_iter().flatten() {
                union.update(sketch);
            }
            union.to_sketch(HllType::Hll8)
        });
        Self { exact: None, sketch: union }
    }
}

impl std::fmt::Debug for Cardinality {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cardinality").field("exact", &self.exact).finish_non_exhaustive()
    }
}
