//! Entity keys in both serializations.

use skewwatch::feast::entity_key::{self, Serialization};
use skewwatch::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};

use super::golden::unhex;

fn user_id() -> JoinKey {
    JoinKey { name: "user_id".to_owned(), kind: KeyKind::String }
}

fn driver_id() -> JoinKey {
    JoinKey { name: "driver_id".to_owned(), kind: KeyKind::Int64 }
}

fn user() -> KeyValue {
    KeyValue::String("u01068".into())
}

#[test]
fn keys_are_the_bytes_of_the_documented_table() {
    let both_v3 = "02000000 0200000009000000 6472697665725f6964 0200000007000000 757365725f6964 0400000008000000 \
                   8913000000000000 0200000006000000 753031303638";
    let documented = [
        (
            Serialization::V3,
            vec![user_id()],
            vec![user()],
            "01000000 02000000 07000000 757365725f6964 02000000 06000000 753031303638",
        ),
        (Serialization::V2, vec![user_id()], vec![user()], "02000000 757365725f6964 02000000 06000000 753031303638"),
        (
            Serialization::V3,
            vec![driver_id()],
            vec![KeyValue::Int64(5001)],
            "01000000 02000000 09000000 6472697665725f6964 04000000 08000000 8913000000000000",
        ),
        // Feast sorts by name, whatever the order of the view.
        (Serialization::V3, vec![user_id(), driver_id()], vec![user(), KeyValue::Int64(5001)], both_v3),
        (Serialization::V3, vec![driver_id(), user_id()], vec![KeyValue::Int64(5001), user()], both_v3),
    ];
    for (serialization, join_keys, values, hex) in documented {
        assert_eq!(entity_key::encode(serialization, &join_keys, &EntityKey::new(values)), unhex(hex), "{hex}");
    }
}

#[test]
fn a_key_comes_back_in_the_order_of_the_view() {
    let join_keys = [user_id(), driver_id()];
    let key = EntityKey::new(vec![user(), KeyValue::Int64(5001)]);
    let bytes = entity_key::encode(Serialization::V3, &join_keys, &key);
    assert_eq!(entity_key::decode(&bytes).expect("a key").entity_key(&join_keys, b""), Some(key));
}

#[test]
fn a_key_of_another_project_join_key_or_type_is_not_ours() {
    let mut bytes = entity_key::encode(Serialization::V3, &[user_id()], &EntityKey::new(vec![user()]));
    bytes.extend(b"maxx");
    let decoded = entity_key::decode(&bytes).expect("a key");
    let ours = |join_keys: &[JoinKey], project: &str| decoded.entity_key(join_keys, project.as_bytes()).is_some();
    assert!(ours(&[user_id()], "maxx"));
    assert!(!ours(&[user_id()], "x"), "a suffix is not the project");
    assert!(!ours(&[driver_id()], "maxx"));
    assert!(!ours(&[user_id(), driver_id()], "maxx"));
    assert!(!ours(&[JoinKey { name: "user_id".to_owned(), kind: KeyKind::Bytes }], "maxx"));
}

#[test]
fn what_is_wrong_with_a_broken_key_is_said() {
    let reason = |hex: &str| entity_key::decode(&unhex(hex)).expect_err("broken").into_string();
    assert_eq!(reason("0100"), "the key ends early");
    assert_eq!(reason("01000000 02000000 07000000 757365"), "the key ends early");
    assert_eq!(reason("01000000 04000000 01000000 61"), "the name of a join key is not marked as a string");
    let double = "01000000 02000000 01000000 61 05000000 08000000 0000000000000000";
    assert_eq!(reason(double), "the type float64 cannot be an entity key");
    let short = "01000000 02000000 01000000 61 04000000 04000000 00000000";
    assert_eq!(reason(short), "an int64 value of 4 bytes instead of 8");
    let latin1 = "01000000 02000000 01000000 61 02000000 01000000 fc";
    assert!(reason(latin1).starts_with("a text in the key is not UTF-8: "));
}
