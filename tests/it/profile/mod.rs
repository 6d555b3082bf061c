//! Profiles of columns: what they keep, and what comes of holding them against data and each other.

mod document;
mod exactness;
mod laws;
mod many_keys;

use skewwatch::stats::categories::Categories;
use skewwatch::stats::drift::{ColumnKind, PairDigest};
use skewwatch::stats::profile::{
    KeyProfile, KeySide, NumberProfile, NumberSide, Ruler, categorical_pair, numeric_pair,
};
use skewwatch::stats::sample::Cleaned;

fn column(values: impl IntoIterator<Item = f64>) -> Cleaned {
    Cleaned::new(values.into_iter().map(Some))
}

/// Numbers spread evenly over 0 to 1, in no order; the same for the same `seed`.
fn uniform(seed: u64, n: u64) -> impl Iterator<Item = f64> {
    (0..n).map(move |row| {
        // Steele, Lea & Flood (2014): SplitMix64.
        let mut mixed = (seed << 32).wrapping_add(row).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    })
}

fn numbers(reference: NumberSide<'_>, current: NumberSide<'_>) -> PairDigest {
    numeric_pair(ColumnKind::Numeric, reference, current)
}

/// The pairs that profiles of two columns of numbers make: profile and data, data and profile over its edges, both.
fn number_pairs(reference: &Cleaned, current: &Cleaned) -> [PairDigest; 3] {
    let profile = NumberProfile::of(reference);
    let over = NumberProfile::over(&Ruler::of(reference), current);
    [
        numbers(NumberSide::Profile(&profile), NumberSide::Data(current)),
        numbers(NumberSide::Data(reference), NumberSide::Profile(&over)),
        numbers(NumberSide::Profile(&profile), NumberSide::Profile(&over)),
    ]
}

fn key_pairs(reference: &Categories, current: &Categories) -> [PairDigest; 3] {
    let profile = KeyProfile::of(reference);
    let over = KeyProfile::over(&profile, current);
    [
        categorical_pair(KeySide::Profile(&profile), KeySide::Data(current)),
        categorical_pair(KeySide::Data(reference), KeySide::Profile(&over)),
        categorical_pair(KeySide::Profile(&profile), KeySide::Profile(&over)),
    ]
}
