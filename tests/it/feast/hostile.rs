//! Laws of the codecs: bytes from outside never panic, and what is written is read again as it was.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use skewwatch::feast::entity_key::{self, Serialization};
use skewwatch::feast::registry::{Registry, ViewVersioning};
use skewwatch::feast::{timestamp, value};
use skewwatch::model::entity::{EntityKey, JoinKey, KeyValue};
use skewwatch::model::time::Timestamp;
use skewwatch::model::value::{ScalarKind, Value, ValueKind};

use super::golden;

fn scalar(kind: ScalarKind) -> BoxedStrategy<Value> {
    match kind {
        ScalarKind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        ScalarKind::Int32 => any::<i32>().prop_map(|number| Value::Int(number.into())).boxed(),
        ScalarKind::Int64 => any::<i64>().prop_map(Value::Int).boxed(),
        ScalarKind::Float32 => any::<f32>().prop_map(Value::Float32).boxed(),
        ScalarKind::Float64 => any::<f64>().prop_map(Value::Float64).boxed(),
        ScalarKind::UnixTimestamp => any::<i64>().prop_map(Value::UnixTimestamp).boxed(),
        ScalarKind::Bytes => vec(any::<u8>(), 0..20).prop_map(|bytes| Value::Bytes(bytes.into())).boxed(),
        ScalarKind::String | ScalarKind::Json | ScalarKind::Uuid | ScalarKind::Decimal => {
            any::<String>().prop_map(|text| Value::String(text.into())).boxed()
        }
    }
}

fn any_scalar_kind() -> impl Strategy<Value = ScalarKind> {
    prop::sample::select(ScalarKind::ALL.to_vec())
}

fn list(kind: ScalarKind) -> BoxedStrategy<Value> {
    vec(scalar(kind), 0..8).prop_map(|values| Value::List(values.into())).boxed()
}

fn map() -> BoxedStrategy<Value> {
    // Inside a map a value says its own kind, and JSON, UUID and decimal texts are strings like others.
    let leaf = prop_oneof![Just(Value::Null), any_scalar_kind().prop_flat_map(scalar)];
    let nested = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|values| Value::List(values.into())),
            btree_map(any::<String>(), inner, 0..4).prop_map(|entries| Value::Map(Box::new(entries))),
        ]
    });
    btree_map(any::<String>(), nested, 0..4).prop_map(|entries| Value::Map(Box::new(entries))).boxed()
}

fn any_kind() -> impl Strategy<Value = ValueKind> {
    prop_oneof![
        any_scalar_kind().prop_map(ValueKind::Scalar),
        any_scalar_kind().prop_map(ValueKind::List),
        any_scalar_kind().prop_filter("no such sets", |kind| *kind != ScalarKind::Json).prop_map(ValueKind::Set),
        Just(ValueKind::Map),
        Just(ValueKind::MapList),
    ]
}

fn of_kind(kind: ValueKind) -> BoxedStrategy<Value> {
    let some = match kind {
        ValueKind::Scalar(kind) => scalar(kind),
        ValueKind::List(kind) | ValueKind::Set(kind) => list(kind),
        ValueKind::Map => map(),
        ValueKind::MapList => vec(map(), 0..4).prop_map(|maps| Value::List(maps.into())).boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 9 => some].boxed()
}

fn key_value() -> impl Strategy<Value = KeyValue> {
    prop_oneof![
        any::<String>().prop_map(|text| KeyValue::String(text.into())),
        any::<i32>().prop_map(KeyValue::Int32),
        any::<i64>().prop_map(KeyValue::Int64),
        vec(any::<u8>(), 0..20).prop_map(|bytes| KeyValue::Bytes(bytes.into())),
        any::<i64>().prop_map(KeyValue::UnixTimestamp),
    ]
}

/// Bytes near to something real: a cut, a changed byte and an insertion are what decoders stumble over.
fn damaged(whole: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = whole.len();
    (0..length, any::<u8>(), 0..=length).prop_map(move |(place, byte, cut)| {
        let mut bytes = whole.clone();
        bytes[place] = byte;
        bytes.truncate(cut);
        bytes
    })
}

proptest! {
    #[test]
    fn a_value_is_read_as_it_was_written((kind, value) in any_kind().prop_flat_map(|kind| (Just(kind), of_kind(kind)))) {
        let bytes = value::encode(kind, &value).expect("of its kind");
        // NaN differs from itself, so the texts are compared: they tell every other value apart.
        prop_assert_eq!(format!("{:?}", value::decode(kind, &bytes)), format!("{:?}", Ok::<_, ()>(value)));
    }

    #[test]
    fn a_value_of_another_kind_is_refused_or_null(
        (kind, value) in any_kind().prop_flat_map(|kind| (Just(kind), of_kind(kind))),
        declared in any_kind(),
    ) {
        let bytes = value::encode(kind, &value).expect("of its kind");
        let uuid_as_text = format!("{declared}").replace("uuid", "string") == format!("{kind}");
        let read = value::decode(declared, &bytes);
        if declared == kind || uuid_as_text || value.is_null() {
            prop_assert!(read.is_ok());
        } else {
            let reason = format!("holds a value of type {kind} where {declared} is declared");
            prop_assert_eq!(read, Err(reason.into()));
        }
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in vec(any::<u8>(), 0..80), kind in any_kind()) {
        drop(value::decode(kind, &bytes));
        drop(timestamp::decode(&bytes));
        drop(entity_key::decode(&bytes));
        drop(Registry::decode(&bytes));
    }

    #[test]
    fn an_entity_key_is_read_as_it_was_written(
        pairs in btree_map("[a-z_ü]{1,8}", key_value(), 1..4).prop_shuffle_pairs(),
        rest in vec(any::<u8>(), 0..10),
    ) {
        let join_keys: Vec<JoinKey> =
            pairs.iter().map(|(name, value)| JoinKey { name: name.clone(), kind: value.kind() }).collect();
        let key = EntityKey::new(pairs.into_iter().map(|(_, value)| value).collect::<Vec<_>>());
        let mut bytes = entity_key::encode(Serialization::V3, &join_keys, &key);
        bytes.extend(&rest);
        prop_assert_eq!(entity_key::decode(&bytes).expect("a key").entity_key(&join_keys, &rest), Some(key));
    }

    #[test]
    fn a_timestamp_is_read_as_it_was_written(nanos in any::<i64>()) {
        let instant = Timestamp::from_nanos(nanos);
        prop_assert_eq!(timestamp::decode(&timestamp::encode(instant)), Ok(instant));
    }

    #[test]
    fn a_damaged_registry_does_not_panic(bytes in damaged(golden::bytes("dev", "registry.db"))) {
        if let Ok(registry) = Registry::decode(&bytes) {
            drop(registry.views("shop_dev", Path::new("/shop"), ViewVersioning::On));
        }
    }
}

/// Join keys in any order, not only in that of their names.
trait ShuffledPairs {
    fn prop_shuffle_pairs(self) -> BoxedStrategy<Vec<(String, KeyValue)>>;
}

impl<S: Strategy<Value = BTreeMap<String, KeyValue>> + 'static> ShuffledPairs for S {
    fn prop_shuffle_pairs(self) -> BoxedStrategy<Vec<(String, KeyValue)>> {
        self.prop_map(|pairs| pairs.into_iter().collect::<Vec<_>>()).prop_shuffle().boxed()
    }
}

#[test]
fn messages_nested_without_end_are_refused() {
    // A list of any kind (42) that holds one value that holds a list, and so on.
    let mut bytes = Vec::new();
    for _ in 0..5000 {
        let inner = [vec![0x0a], length(bytes.len()), bytes].concat();
        bytes = [vec![0xd2, 0x02], length(inner.len()), inner].concat();
    }
    let reason = value::decode(ValueKind::Map, &bytes).expect_err("too deep");
    assert!(reason.contains("recursion limit reached"), "{reason}");
}

fn length(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while length > 0x7f {
        bytes.push(u8::try_from(length & 0x7f).expect("seven bits") | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).expect("seven bits"));
    bytes
}

#[test]
fn the_null_of_a_unix_timestamp_stays_visible() {
    let bytes = golden::unhex("40 80 80 80 80 80 80 80 80 80 01");
    let read = value::decode(ValueKind::Scalar(ScalarKind::UnixTimestamp), &bytes);
    assert_eq!(read, Ok(Value::UnixTimestamp(i64::MIN)));
}

#[test]
fn documented_bytes_mean_what_the_documentation_says() {
    let read = |kind, hex: &str| value::decode(ValueKind::Scalar(kind), &golden::unhex(hex)).expect("a value");
    assert_eq!(read(ScalarKind::Int64, ""), Value::Null);
    assert_eq!(read(ScalarKind::Int64, "98 01 00"), Value::Null, "an explicit null");
    assert_eq!(read(ScalarKind::Int64, "20 00"), Value::Int(0));
    assert_eq!(read(ScalarKind::String, "12 00"), Value::string(""));
    assert_eq!(read(ScalarKind::Bool, "38 00"), Value::Bool(false));
    let Value::Float32(zero) = read(ScalarKind::Float32, "35 00 00 00 80") else { panic!("a float") };
    assert_eq!(zero.to_bits(), (-0.0f32).to_bits());
    let unknown = value::decode(ValueKind::Scalar(ScalarKind::Int64), &golden::unhex("fa 02 00"));
    assert_eq!(unknown, Err("a Feast value of an unknown kind".into()));
}
