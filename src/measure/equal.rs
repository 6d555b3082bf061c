//! Equality of two values, in layers from strict to lenient.
//!
//! Both sides hold the same fact in types of their own: a file may be wider than the declared type, a layout may not be
//! able to write NaN. [`Comparison::layer`] says whether two values are equal and what had to be overlooked for it.

use crate::model::online::Fidelity;
use crate::model::time::NANOS_PER_SECOND;
use crate::model::value::{ScalarKind, Value, ValueKind};
use crate::model::verdict::Layer;
use crate::model::view::Tolerance;

/// The rules by which two values of one feature are compared.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// Declared type of the feature.
    pub kind: ValueKind,
    /// Numeric tolerance.
    pub tolerance: Tolerance,
    /// What the online layout can tell apart.
    pub fidelity: Fidelity,
}

impl Comparison {
    /// The strictest layer at which the values are equal; `None` when they differ.
    #[must_use]
    pub fn layer(&self, online: &Value, offline: &Value) -> Option<Layer> {
        match (online, offline) {
            (Value::Null, Value::Null) => Some(Layer::Identical),
            (Value::Null, value) | (value, Value::Null) => {
                self.written_as_null(value).then_some(Layer::Indistinguishable)
            }
            _ => match self.kind {
                ValueKind::Scalar(kind) => self.scalar(Some(kind), online, offline),
                ValueKind::List(kind) => self.in_order(Some(kind), online, offline),
                ValueKind::Set(kind) => self.in_any_order(kind, online, offline),
                ValueKind::Map | ValueKind::MapList => self.undeclared(online, offline),
            },
        }
    }

    /// Whether the layout writes the value as it writes a null.
    pub(super) fn is_null(&self, value: &Value) -> bool {
        value.is_null() || self.written_as_null(value)
    }

    fn written_as_null(&self, value: &Value) -> bool {
        let nan = value.as_number().is_some_and(f64::is_nan);
        let empty = matches!(value, Value::List(values) if values.is_empty())
            || matches!(value, Value::Map(entries) if entries.is_empty());
        match self.fidelity {
            Fidelity::Exact => false,
            Fidelity::NanIsNull => nan,
            Fidelity::NanAndEmptyAreNull => nan || empty,
        }
    }

    /// Scalars; without a kind (inside a map) nothing is rounded.
    fn scalar(&self, kind: Option<ScalarKind>, online: &Value, offline: &Value) -> Option<Layer> {
        match (online, offline) {
            (Value::Null, Value::Null) => Some(Layer::Identical),
            (Value::String(left), Value::String(right)) => text(kind, left, right),
            (Value::Bytes(left), Value::Bytes(right)) => (left == right).then_some(Layer::Identical),
            (Value::Bool(left), Value::Bool(right)) => (left == right).then_some(Layer::Identical),
            (
                Value::UnixTimestamp(_) | Value::UnixNanos(_) | Value::Int(_),
                Value::UnixTimestamp(_) | Value::UnixNanos(_) | Value::Int(_),
            ) if kind == Some(ScalarKind::UnixTimestamp) => instant(online, offline),
            _ => {
                let exact = exactly_equal(online, offline)?;
                if exact { Some(Layer::Identical) } else { self.number(kind, online, offline) }
            }
        }
    }

    fn number(&self, kind: Option<ScalarKind>, online: &Value, offline: &Value) -> Option<Layer> {
        let (left, right) = (online.as_number()?, offline.as_number()?);
        let steps = match kind {
            Some(ScalarKind::Float32) => {
                let (left, right) = (narrowed(left), narrowed(right));
                #[expect(clippy::float_cmp, reason = "rounded to one type, values are equal or they are not")]
                if left == right {
                    return Some(Layer::Rounded);
                }
                u64::from(ordered_f32(left).abs_diff(ordered_f32(right)))
            }
            Some(ScalarKind::Float64) => ordered_f64(left).abs_diff(ordered_f64(right)),
            _ => u64::MAX,
        };
        if left.is_finite() && right.is_finite() {
            if steps <= u64::from(self.tolerance.ulps) {
                return Some(Layer::Ulps);
            }
            let allowed = self.tolerance.absolute + self.tolerance.relative * right.abs();
            if allowed > 0.0 && (left - right).abs() <= allowed {
                return Some(Layer::Tolerance);
            }
        }
        None
    }

    fn in_order(&self, kind: Option<ScalarKind>, online: &Value, offline: &Value) -> Option<Layer> {
        let (Value::List(left), Value::List(right)) = (online, offline) else { return None };
        if left.len() != right.len() {
            return None;
        }
        left.iter().zip(right).try_fold(Layer::Identical, |worst, (left, right)| {
            self.element(kind, left, right).map(|layer| worst.max(layer))
        })
    }

    fn in_any_order(&self, kind: ScalarKind, online: &Value, offline: &Value) -> Option<Layer> {
        let (Value::List(left), Value::List(right)) = (online, offline) else { return None };
        if left.len() != right.len() {
            return None;
        }
        let mut unmatched: Vec<&Value> = right.iter().collect();
        left.iter().try_fold(Layer::Identical, |worst, value| {
            let (place, layer) = unmatched
                .iter()
                .enumerate()
                .filter_map(|(place, other)| self.element(Some(kind), value, other).map(|layer| (place, layer)))
                .min_by_key(|(_, layer)| *layer)?;
            unmatched.swap_remove(place);
            Some(worst.max(layer))
        })
    }

    fn element(&self, kind: Option<ScalarKind>, online: &Value, offline: &Value) -> Option<Layer> {
        match (online, offline) {
            (Value::Null, Value::Null) => Some(Layer::Identical),
            (Value::Null, value) | (value, Value::Null) => {
                self.written_as_null(value).then_some(Layer::Indistinguishable)
            }
            (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => {
                self.undeclared(online, offline)
            }
            _ => self.scalar(kind, online, offline),
        }
    }

    /// Maps, and whatever lies inside them without a declared type.
    fn undeclared(&self, online: &Value, offline: &Value) -> Option<Layer> {
        match (online, offline) {
            (Value::Map(left), Value::Map(right)) => {
                if left.len() != right.len() {
                    return None;
                }
                left.iter().zip(right.iter()).try_fold(Layer::Identical, |worst, ((key, value), (other, offline))| {
                    if key != other {
                        return None;
                    }
                    self.element(None, value, offline).map(|layer| worst.max(layer))
                })
            }
            (Value::List(_), Value::List(_)) => self.in_order(None, online, offline),
            _ => self.element_scalar(online, offline),
        }
    }

    fn element_scalar(&self, online: &Value, offline: &Value) -> Option<Layer> {
        match (online, offline) {
            (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => None,
            _ => self.scalar(None, online, offline),
        }
    }
}

fn text(kind: Option<ScalarKind>, left: &str, right: &str) -> Option<Layer> {
    if left == right {
        return Some(Layer::Identical);
    }
    let same = match kind? {
        ScalarKind::Json => {
            let document = |text| serde_json::from_str::<serde_json::Value>(text).ok();
            document(left).is_some_and(|left| document(right) == Some(left))
        }
        ScalarKind::Uuid => {
            let digits = |text: &str| text.replace('-', "").to_ascii_lowercase();
            digits(left) == digits(right)
        }
        ScalarKind::Decimal => decimal(left).is_some_and(|left| decimal(right) == Some(left)),
        ScalarKind::Bool
        | ScalarKind::Int32
        | ScalarKind::Int64
        | ScalarKind::Float32
        | ScalarKind::Float64
        | ScalarKind::String
        | ScalarKind::Bytes
        | ScalarKind::UnixTimestamp => false,
    };
    same.then_some(Layer::Rounded)
}

/// Sign, digits before and digits after the point, without zeros that carry nothing; `None` for other notations.
fn decimal(text: &str) -> Option<(bool, &str, &str)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || !plain(whole) || !plain(fraction) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    Some((negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction))
}

/// Points in time are declared in whole seconds: a fraction on one side is cut off before the comparison.
fn instant(online: &Value, offline: &Value) -> Option<Layer> {
    let parts = |value: &Value| {
        if let Value::UnixTimestamp(seconds) | Value::Int(seconds) = value {
            Some((*seconds, 0))
        } else if let Value::UnixNanos(nanos) = value {
            Some((nanos.div_euclid(NANOS_PER_SECOND), nanos.rem_euclid(NANOS_PER_SECOND)))
        } else {
            None
        }
    };
    let (left, right) = (parts(online)?, parts(offline)?);
    match (left == right, left.0 == right.0) {
        (true, _) => Some(Layer::Identical),
        (false, true) => Some(Layer::Rounded),
        (false, false) => None,
    }
}

/// Whether two numbers are the same number, whatever their types; `None` where one is no number.
#[expect(clippy::float_cmp, reason = "the strict layer asks for the same number")]
fn exactly_equal(left: &Value, right: &Value) -> Option<bool> {
    let integer = |value: &Value| {
        if let Value::Int(number) = value {
            Some(i128::from(*number))
        } else if let Value::UInt(number) = value {
            Some(i128::from(*number))
        } else if let Value::Bool(flag) = value {
            Some(i128::from(*flag))
        } else {
            None
        }
    };
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => Some(left == right),
        (Some(whole), None) => Some(same_number(whole, right.as_number()?)),
        (None, Some(whole)) => Some(same_number(whole, left.as_number()?)),
        (None, None) => {
            let (left, right) = (left.as_number()?, right.as_number()?);
            Some(left == right || (left.is_nan() && right.is_nan()))
        }
    }
}

/// Whether the double is this integer, without the rounding that a conversion of the integer would bring.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn same_number(whole: i128, number: f64) -> bool {
    number.fract() == 0.0 && number.abs() < 1e30 && number as i128 == whole
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to the declared type is the purpose")]
const fn narrowed(number: f64) -> f32 {
    number as f32
}

/// Maps floats to integers so that neighbours differ by one; the order is that of the numbers.
#[expect(clippy::cast_possible_wrap, reason = "bit pattern")]
const fn ordered_f32(number: f32) -> i32 {
    let bits = number.to_bits() as i32;
    if bits < 0 { i32::MIN.wrapping_sub(bits) } else { bits }
}

#[expect(clippy::cast_possible_wrap, reason = "bit pattern")]
const fn ordered_f64(number: f64) -> i64 {
    let bits = number.to_bits() as i64;
    if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
}
