//! Columns that do not fit the memory.

use polars::prelude::{Column, NamedFrom as _, Series};
use proptest::prelude::*;
use skewwatch::stats::drift::{Exactness, Labels, PairDigest, SideDigest};

use super::{compared, request, write};

const PLENTY: u64 = 1 << 30;

fn numbers(name: &str, values: &[Option<f64>]) -> Column {
    Series::new(name.into(), values).into()
}

/// Equal in every figure that does not depend on the memory; sums may differ in their last digits.
fn assert_same(small: &PairDigest, plenty: &PairDigest, what: &str) {
    let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * a.abs().max(b.abs()), "{what}: {a:e} is not {b:e}");
    let side = |small: &SideDigest, plenty: &SideDigest| {
        assert_eq!(small.counts, plenty.counts, "{what}");
        assert_eq!(small.summary.is_some(), plenty.summary.is_some(), "{what}");
        if let (Some(a), Some(b)) = (small.summary, plenty.summary) {
            assert_eq!((a.min, a.max, a.zeros, a.quantiles), (b.min, b.max, b.zeros, b.quantiles), "{what}");
            close(a.mean, b.mean);
            close(a.std_pop, b.std_pop);
        }
        let (a, b) = (small.distinct as f64, plenty.distinct as f64);
        assert!((a - b).abs() <= 0.05 * b + 1.0, "{what}: {a} different values are not {b}");
    };
    side(&small.reference, &plenty.reference);
    side(&small.current, &plenty.current);
    assert_eq!(small.distances.is_some(), plenty.distances.is_some(), "{what}");
    let (Some(a), Some(b)) = (&small.distances, &plenty.distances) else { return };
    assert_eq!((a.binning, &a.labels, &a.bins, a.novelty), (b.binning, &b.labels, &b.bins, b.novelty), "{what}");
    assert_eq!(a.exactness, Exactness::Exact, "{what}");
    let (a, b) = (a.gaps.unwrap(), b.gaps.unwrap());
    assert_eq!(a.ks, b.ks, "{what}");
    close(a.wasserstein, b.wasserstein);
    if let (Some(a), Some(b)) = (a.squared, b.squared) {
        close(a, b);
    }
}

async fn assert_memory_does_not_matter(name: &str, reference: &[Option<f64>], current: &[Option<f64>]) {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), vec![numbers("x", reference)], 700);
    write(&folder.path().join("b.parquet"), vec![numbers("x", current)], 500);
    let plenty = compared(folder.path(), &request(PLENTY)).await;
    for memory in [0, 4 << 10, 16 << 10] {
        let small = compared(folder.path(), &request(memory)).await;
        assert_eq!(small.unreadable(), [], "{memory}");
        assert_same(&small.columns()["x"].pair, &plenty.columns()["x"].pair, &format!("{name}, {memory} bytes"));
    }
}

#[tokio::test]
async fn shapes_of_all_kinds_are_compared_alike_in_little_memory() {
    let unit = |place: usize, seed: u64| {
        let mixed = (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15 ^ seed.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) as f64 / (1_u64 << 53) as f64
    };
    type Shape = (&'static str, fn(f64) -> Option<f64>, fn(f64) -> Option<f64>);
    let shapes: [Shape; 9] = [
        ("same", |u| Some(u * 10.0 - 5.0), |u| Some(u * 10.0 - 5.0)),
        ("shifted", |u| Some(u), |u| Some(u + 0.3)),
        ("heavy tails", |u| Some((u - 0.5).powi(-9)), |u| Some(1.1 * (u - 0.5).powi(-9))),
        ("ties", |u| Some((u * 40.0).floor()), |u| Some((u * u * 41.0).floor() - 1.0)),
        ("few levels", |u| Some((u * 5.0).floor()), |u| Some((u * 7.0).floor())),
        ("constant", |_| Some(3.5), |_| Some(3.5)),
        ("atoms", |u| Some(if u < 0.7 { 0.0 } else { u }), |u| Some(if u < 0.6 { -0.0 } else { -u })),
        ("odd", |u| (u > 0.1).then_some(if u < 0.2 { f64::NAN } else { 1.0 / (u - 0.9).max(0.0) }), |u| Some(u)),
        ("nothing", |u| Some(u), |_| None),
    ];
    for (name, reference, current) in shapes {
        let reference: Vec<Option<f64>> = (0..3000).map(|place| reference(unit(place, 1))).collect();
        let current: Vec<Option<f64>> = (0..2500).map(|place| current(unit(place, 2))).collect();
        assert_memory_does_not_matter(name, &reference, &current).await;
    }
}

/// Doubles next to each other, of either sign, in buckets that are split down to single values.
#[tokio::test]
async fn neighbouring_doubles_come_apart_in_little_memory() {
    let step = f64::from_bits(1);
    let by_steps = |row: usize| [-step, 0.0, -0.0, step, 2.0 * step][row * row % 5];
    let by_one = |row: usize| if row.is_multiple_of(3) { 0.3 } else { 0.1 + 0.2 };
    let cases: [(&str, &dyn Fn(usize) -> f64); 2] = [("around zero", &by_steps), ("by one bit", &by_one)];
    for (name, value) in cases {
        let reference: Vec<Option<f64>> = (0..3000).map(|row| Some(value(row))).collect();
        let current: Vec<Option<f64>> = (0..2000).map(|row| Some(value(row / 2))).collect();
        assert_memory_does_not_matter(name, &reference, &current).await;
    }
}

#[tokio::test]
async fn a_number_of_different_values_that_was_estimated_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let column = |factor: f64| (0..6000).map(|row| Some(factor * f64::from(row))).collect::<Vec<_>>();
    write(&folder.path().join("a.parquet"), vec![numbers("x", &column(1.0))], 700);
    write(&folder.path().join("b.parquet"), vec![numbers("x", &column(3.0))], 700);
    let exactness = |pair: &PairDigest| [pair.reference.distinct_exactness, pair.current.distinct_exactness];
    let plenty = compared(folder.path(), &request(PLENTY)).await;
    assert_eq!(exactness(&plenty.columns()["x"].pair), [Exactness::Exact; 2]);
    let small = compared(folder.path(), &request(64 << 10)).await;
    assert_eq!(exactness(&small.columns()["x"].pair), [Exactness::Approximate; 2]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_never_matters(
        reference in prop::collection::vec(prop_oneof![3 => -1e3..1e3_f64, 1 => (0..9_i32).prop_map(f64::from)], 1..900),
        current in prop::collection::vec(prop_oneof![3 => -1e3..1e3_f64, 1 => (0..9_i32).prop_map(f64::from)], 1..900),
    ) {
        let some = |values: Vec<f64>| values.into_iter().map(Some).collect::<Vec<_>>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(assert_memory_does_not_matter("generated", &some(reference), &some(current)));
    }
}

#[tokio::test]
async fn the_most_frequent_keys_are_counted_exactly_and_the_others_together() {
    let folder = tempfile::tempdir().unwrap();
    let texts = |rows: u32, shift: u32| -> Column {
        let key = |row: u32| {
            if row.is_multiple_of(2) { format!("often-{}", row % 8) } else { format!("seldom-{}", row + shift) }
        };
        Series::new("k".into(), (0..rows).map(key).collect::<Vec<String>>()).into()
    };
    write(&folder.path().join("a.parquet"), vec![texts(4000, 0)], 700);
    write(&folder.path().join("b.parquet"), vec![texts(3000, 2000)], 700);
    let plenty = compared(folder.path(), &request(PLENTY)).await;
    let small = compared(folder.path(), &request(32 << 10)).await;
    assert_eq!(small.unreadable(), []);
    let (small, plenty) = (&small.columns()["k"].pair, &plenty.columns()["k"].pair);
    assert_eq!((&small.reference, &small.current), (&plenty.reference, &plenty.current));
    let (a, b) = (small.distances.as_ref().unwrap(), plenty.distances.as_ref().unwrap());
    assert_eq!((a.exactness, a.novelty), (Exactness::Approximate, b.novelty));
    let (Labels::Keys(keys), Labels::Keys(all)) = (&a.labels, &b.labels) else { panic!("texts are keys") };
    assert_eq!(keys.last().map(AsRef::as_ref), Some("(other keys)"));
    for (key, counts) in keys.iter().zip(a.bins.bins()).take(keys.len() - 1) {
        assert_eq!(Some(counts), all.iter().position(|other| other == key).map(|place| &b.bins.bins()[place]), "{key}");
    }
    for often in ["often-0", "often-2", "often-4", "often-6"] {
        assert!(keys.iter().any(|key| &**key == often), "{often}");
    }
    assert_eq!((a.bins.reference_n(), a.bins.current_n()), (4000, 3000));
}
