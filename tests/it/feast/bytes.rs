//! Every byte in the golden Redis is understood and can be written again.

use skewwatch::feast::entity_key::{self, Serialization};
use skewwatch::feast::{field, timestamp, value};

use super::golden;

#[test]
fn every_golden_hash_decodes_and_encodes_to_the_same_bytes() {
    for (set, project) in golden::SETS {
        let views = golden::registry_views(set, project).watched;
        let hashes = golden::redis_hashes(set);
        assert!(!hashes.is_empty());
        for hash in hashes {
            let decoded = entity_key::decode(&hash.key).expect("a version 3 key");
            assert_eq!(decoded.rest, project.as_bytes(), "the project follows the key");

            let mut named = 0;
            for view in &views {
                let Some(key) = decoded.entity_key(&view.join_keys, project.as_bytes()) else {
                    continue;
                };
                let mut written = entity_key::encode(Serialization::V3, &view.join_keys, &key);
                written.extend(project.as_bytes());
                assert_eq!(written, hash.key, "key {key} of {}", view.name);

                let Some(stored) = hash.fields.get(field::timestamp(&view.online_name).as_bytes()) else {
                    continue;
                };
                named += 1;
                let event_timestamp = timestamp::decode(stored).expect("a timestamp");
                assert_eq!(&timestamp::encode(event_timestamp), stored);
                for feature in &view.features {
                    let bytes = &hash.fields[field::feature(&view.online_name, &feature.name).as_slice()];
                    named += 1;
                    let decoded = value::decode(feature.kind, bytes)
                        .unwrap_or_else(|reason| panic!("{} of {key}: {reason}", feature.name));
                    assert_eq!(&value::encode(feature.kind, &decoded).expect("writable"), bytes, "{}", feature.name);
                }
            }
            assert_eq!(named, hash.fields.len(), "the registry names every field");
        }
    }
}

#[test]
fn field_names_are_those_of_the_documented_table() {
    let documented = [
        ("avg_order_value_7d", 3_819_388_900u32, "e43fa7e3"),
        ("total_orders_30d", 764_137_142, "b6ce8b2d"),
        ("preferred_category", 2_267_940_865, "01082e87"),
    ];
    for (feature, number, hex) in documented {
        let name = field::feature("user_features", feature);
        assert_eq!(u32::from_le_bytes(name), number);
        assert_eq!(name.as_slice(), golden::unhex(hex));
    }
    assert_eq!(field::timestamp("user_features"), "_ts:user_features");
}

#[test]
fn an_empty_timestamp_is_the_epoch_and_one_out_of_range_says_so() {
    assert_eq!(timestamp::decode(&[]).expect("the epoch").nanos(), 0);
    let seconds_of_year_9999 = golden::unhex("08 ff af ea 84 ba 06");
    let reason = timestamp::decode(&seconds_of_year_9999).expect_err("too late");
    assert!(reason.ends_with("s from 1970, outside the years 1677 to 2262"), "{reason}");
    let negative_nanos = golden::unhex("10 ff ff ff ff ff ff ff ff ff 01");
    assert_eq!(&*timestamp::decode(&negative_nanos).expect_err("no nanos"), "a timestamp with -1 ns within its second");
}
