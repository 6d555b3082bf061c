//! The fields of a Feast hash in Redis.
//!
//! All views with the same join keys share one hash per entity. A feature's field is a hash of its name and so one-way:
//! the registry is needed to name it. `view` is always the online name of the view.

/// The field that holds `feature` of `view`: MurmurHash3 of `<view>:<feature>`, little endian.
#[must_use]
pub fn feature(view: &str, feature: &str) -> [u8; 4] {
    murmur3_32(format!("{view}:{feature}").as_bytes()).to_le_bytes()
}

/// The field that holds the event timestamp of the row of `view`; a row without it does not exist.
#[must_use]
pub fn timestamp(view: &str) -> String {
    format!("_ts:{view}")
}

/// MurmurHash3 x86 32-bit with seed 0 (Austin Appleby, public domain: <https://github.com/aappleby/smhasher>).
fn murmur3_32(bytes: &[u8]) -> u32 {
    let scramble = |word: u32| word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let (words, tail) = bytes.as_chunks::<4>();
    let mut hash = 0u32;
    for word in words {
        hash ^= scramble(u32::from_le_bytes(*word));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let last = tail.iter().rev().fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
    hash ^= scramble(last);
    // The algorithm takes the length modulo 2^32.
    hash ^= u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or_default();
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
