//! Values that tell whether they are right.

use proptest::prelude::*;
use skewwatch::bench::truth::{LAST_VERSION, Row, row, value};

fn values(entity: u32, features: u32, version: u32) -> Vec<i64> {
    (0..features).map(|feature| value(entity, feature, version)).collect()
}

proptest! {
    #[test]
    fn a_row_carries_its_version(entity: u32, features in 1..20_u32, written in 0..=LAST_VERSION) {
        prop_assert_eq!(row(entity, values(entity, features, written)), Row::Version(written));
    }

    #[test]
    fn a_value_of_another_place_is_wrong(entity in 0_u32..1_000_000, features in 2..20_u32, written in 0..=LAST_VERSION) {
        let right = values(entity, features, written);
        prop_assert_eq!(row(entity + 1, right.clone()), Row::Wrong);
        for place in 0..right.len() {
            let mut changed = right.clone();
            changed[place] = changed[place].wrapping_add(1 << 24);
            prop_assert_eq!(row(entity, changed), Row::Wrong);
        }
        let mut turned = right;
        turned.rotate_left(1);
        prop_assert_eq!(row(entity, turned), Row::Wrong);
    }
}

#[test]
fn a_row_is_of_one_version_torn_or_wrong() {
    let of = |versions: &[u32]| (0..).zip(versions).map(|(feature, at)| value(9, feature, *at)).collect::<Vec<_>>();
    assert_eq!(row(9, of(&[4, 4, 4])), Row::Version(4));
    assert_eq!(row(9, of(&[4, 5, 4])), Row::Torn);
    assert_eq!(row(8, of(&[4, 4, 4])), Row::Wrong);
    assert_eq!(row(9, of(&[])), Row::Wrong);
}
