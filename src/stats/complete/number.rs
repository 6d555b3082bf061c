//! A figure as the reference results write it.

use serde::{Serialize, Serializer};

/// A double that may be infinite, which JSON has no number for: it is written as the text `inf` or `-inf`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number(f64);

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self(number)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else if self.0.is_nan() {
            serializer.serialize_none()
        } else {
            serializer.serialize_str(if self.0 > 0.0 { "inf" } else { "-inf" })
        }
    }
}

/// The same for a figure that may not exist.
pub(super) fn some(number: Option<f64>) -> Option<Number> {
    number.map(Number)
}
