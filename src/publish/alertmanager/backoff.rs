//! How long a peer that failed is left alone.

use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The wait after the first failure.
const FIRST: Duration = Duration::from_secs(1);

/// How long the peer at `address` is left alone after so many failures in a row (from 1 up): twice as long each time, at
/// most `most`, of which up to half is taken off. How much follows from the address and the number, so that the peers of
/// many services are not asked all at once, and a test gets the same each time.
#[must_use]
pub fn delay(address: &str, failures: u32, most: Duration) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let whole = FIRST.saturating_mul(1 << doublings).min(most);
    let drawn = u128::from(xxh3_64_with_seed(address.as_bytes(), u64::from(failures)));
    let nanos = (whole.as_nanos().min(u128::from(u64::MAX)) * drawn) >> 65;
    whole.saturating_sub(Duration::from_nanos(u64::try_from(nanos).unwrap_or(0)))
}
