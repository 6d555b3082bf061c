//! Which values are equal, and at which layer.

use std::collections::BTreeMap;

use skewwatch::measure::Comparison;
use skewwatch::model::online::Fidelity;
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::verdict::Layer;
use skewwatch::model::view::Tolerance;

fn layer(kind: ValueKind, online: &Value, offline: &Value) -> Option<Layer> {
    comparison(kind).layer(online, offline)
}

fn comparison(kind: ValueKind) -> Comparison {
    Comparison { kind, tolerance: Tolerance::default(), fidelity: Fidelity::NanAndEmptyAreNull }
}

fn list(values: &[Value]) -> Value {
    Value::List(values.into())
}

const FLOAT32: ValueKind = ValueKind::Scalar(ScalarKind::Float32);
const FLOAT64: ValueKind = ValueKind::Scalar(ScalarKind::Float64);
const INT64: ValueKind = ValueKind::Scalar(ScalarKind::Int64);
const STRING: ValueKind = ValueKind::Scalar(ScalarKind::String);
const INSTANT: ValueKind = ValueKind::Scalar(ScalarKind::UnixTimestamp);

#[test]
fn numbers_are_equal_across_types_when_they_are_the_same_number() {
    assert_eq!(layer(INT64, &Value::Int(29), &Value::Float64(29.0)), Some(Layer::Identical));
    assert_eq!(layer(FLOAT64, &Value::Float64(f64::NAN), &Value::Float32(f32::NAN)), Some(Layer::Identical));
    assert_eq!(layer(FLOAT64, &Value::Float64(-0.0), &Value::Float64(0.0)), Some(Layer::Identical));
    assert_eq!(layer(INT64, &Value::Int(1 << 60), &Value::Float64((1_u64 << 60) as f64)), Some(Layer::Identical));
}

#[test]
fn an_integer_that_went_through_a_double_is_another_number() {
    let original = (1 << 53) + 1;
    let through = original as f64 as i64;
    assert_ne!(original, through);
    assert_eq!(layer(INT64, &Value::Int(through), &Value::Int(original)), None);
    assert_eq!(layer(INT64, &Value::Int(original), &Value::Float64(original as f64)), None);
}

#[test]
fn a_wider_file_is_rounded_to_the_declared_type() {
    let wide = 130.626_07_f64;
    assert_eq!(layer(FLOAT32, &Value::Float32(wide as f32), &Value::Float64(wide)), Some(Layer::Rounded));
    assert_eq!(layer(FLOAT64, &Value::Float64(f64::from(wide as f32)), &Value::Float64(wide)), None);
    assert_eq!(layer(INSTANT, &Value::UnixTimestamp(5), &Value::UnixNanos(5_900_000_000)), Some(Layer::Rounded));
    assert_eq!(layer(INSTANT, &Value::UnixTimestamp(-6), &Value::UnixNanos(-5_100_000_000)), Some(Layer::Rounded));
    assert_eq!(layer(INSTANT, &Value::UnixTimestamp(i64::MIN), &Value::Null), None);
}

#[test]
fn neighbours_and_the_tolerance_are_layers_of_their_own() {
    let next = f64::from_bits(1.5_f64.to_bits() + 4);
    let further = f64::from_bits(1.5_f64.to_bits() + 5);
    assert_eq!(layer(FLOAT64, &Value::Float64(next), &Value::Float64(1.5)), Some(Layer::Ulps));
    assert_eq!(layer(FLOAT64, &Value::Float64(further), &Value::Float64(1.5)), None);
    let tolerance = Tolerance { absolute: 0.01, relative: 0.1, ulps: 0 };
    let lenient = Comparison { tolerance, ..comparison(FLOAT64) };
    assert_eq!(lenient.layer(&Value::Float64(10.9), &Value::Float64(10.0)), Some(Layer::Tolerance));
    assert_eq!(lenient.layer(&Value::Float64(11.2), &Value::Float64(10.0)), None);
    assert_eq!(lenient.layer(&Value::Float64(f64::INFINITY), &Value::Float64(1.0)), None);
    let whole = Tolerance { absolute: 1.0, relative: 1.0, ulps: 0 };
    let flags = Comparison { tolerance: whole, ..comparison(ValueKind::Scalar(ScalarKind::Bool)) };
    assert_eq!(flags.layer(&Value::Bool(true), &Value::Bool(false)), None, "a tolerance of 1 is not meant for flags");
}

#[test]
fn only_a_layout_that_cannot_tell_them_apart_makes_nan_and_null_equal() {
    let nan = Value::Float64(f64::NAN);
    assert_eq!(layer(FLOAT64, &Value::Null, &nan), Some(Layer::Indistinguishable));
    let exact = Comparison { fidelity: Fidelity::Exact, ..comparison(FLOAT64) };
    assert_eq!(exact.layer(&Value::Null, &nan), None);
    let json = Comparison { fidelity: Fidelity::NanIsNull, ..comparison(ValueKind::List(ScalarKind::Int64)) };
    assert_eq!(json.layer(&Value::Null, &list(&[])), None);
    assert_eq!(layer(ValueKind::List(ScalarKind::Int64), &Value::Null, &list(&[])), Some(Layer::Indistinguishable));
    assert_eq!(layer(FLOAT64, &Value::Float64(0.0), &Value::Null), None);
}

#[test]
fn lists_compare_in_order_and_sets_in_any_order() {
    let (one, two) = (Value::Int(1), Value::Int(2));
    let forward = list(&[one.clone(), two.clone()]);
    let backward = list(&[two, one]);
    assert_eq!(layer(ValueKind::List(ScalarKind::Int64), &forward, &backward), None);
    assert_eq!(layer(ValueKind::Set(ScalarKind::Int64), &forward, &backward), Some(Layer::Identical));
    let singles = list(&[Value::Float32(0.1), Value::Float32(0.5)]);
    let doubles = list(&[Value::Float64(0.1), Value::Float64(0.5)]);
    assert_eq!(layer(ValueKind::List(ScalarKind::Float32), &singles, &doubles), Some(Layer::Rounded));
    assert_eq!(layer(ValueKind::List(ScalarKind::Int64), &forward, &list(&[Value::Int(1)])), None);
}

#[test]
fn maps_compare_entry_by_entry() {
    let map = |value: Value| Value::Map(Box::new(BTreeMap::from([("a".to_owned(), value)])));
    assert_eq!(layer(ValueKind::Map, &map(Value::Int(1)), &map(Value::Float64(1.0))), Some(Layer::Identical));
    assert_eq!(layer(ValueKind::Map, &map(Value::Int(1)), &map(Value::Int(2))), None);
    let nested = |value: i64| map(list(&[map(Value::Int(value))]));
    assert_eq!(layer(ValueKind::Map, &nested(1), &nested(1)), Some(Layer::Identical));
    assert_eq!(layer(ValueKind::MapList, &list(&[nested(1)]), &list(&[nested(2)])), None);
}

#[test]
fn text_is_equal_byte_by_byte_unless_it_is_declared_as_something_else() {
    let text = Value::string;
    assert_eq!(layer(STRING, &text("Fashion"), &text("fashion")), None);
    assert_eq!(layer(STRING, &text("é"), &text("e\u{301}")), None);
    let json = ValueKind::Scalar(ScalarKind::Json);
    assert_eq!(layer(json, &text("{\"a\":1,\"b\":2}"), &text("{ \"b\": 2, \"a\": 1 }")), Some(Layer::Rounded));
    let decimal = ValueKind::Scalar(ScalarKind::Decimal);
    assert_eq!(layer(decimal, &text("1.50"), &text("+01.5")), Some(Layer::Rounded));
    assert_eq!(layer(decimal, &text("1.5"), &text("-1.5")), None);
    assert_eq!(layer(STRING, &text("1"), &Value::Int(1)), None);
}
