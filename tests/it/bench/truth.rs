//! Values that tell whether they are right.

use proptest::prelude::*;
use skewwatch::bench::truth::{LAST_VERSION, Row, row, value, version};

proptest! {
    #[test]
    fn a_value_carries_its_version(entity: u32, feature: u32, written in 0..=LAST_VERSION) {
        prop_assert_eq!(version(entity, feature, value(entity, feature, written)), Some(written));
    }

    #[test]
    fn a_value_of_another_place_is_wrong(entity in 0_u32..1_000_000, feature in 0_u32..100, written in 0..=LAST_VERSION) {
        prop_assert_eq!(version(entity + 1, feature, value(entity, feature, written)), None);
        prop_assert_eq!(version(entity, feature + 1, value(entity, feature, written)), None);
        prop_assert_eq!(version(entity, feature, value(entity, feature, written).wrapping_add(1 << 24)), None);
    }
}

#[test]
fn a_row_is_of_one_version_torn_or_wrong() {
    let values = |versions: &[u32]| (0..).zip(versions).map(|(feature, at)| value(9, feature, *at)).collect::<Vec<_>>();
    assert_eq!(row(9, values(&[4, 4, 4])), Row::Version(4));
    assert_eq!(row(9, values(&[4, 5, 4])), Row::Torn);
    assert_eq!(row(8, values(&[4, 4, 4])), Row::Wrong);
    assert_eq!(row(9, values(&[])), Row::Wrong);
}
