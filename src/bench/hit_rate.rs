//! What hit rate is to be expected: formulas for well-known rules of replacement.

/// The hit rate of a cache of `capacity` equal rows under the least-recently-used rule, by the approximation of Che, Tung
/// and Wang (2002): a row stays for a characteristic time T after it was asked for, where the expected number of rows kept
/// is the capacity. `shares` are the probabilities of the entities. 1 where the cache holds all.
#[must_use]
pub fn least_recently_used(shares: &[f64], capacity: f64) -> f64 {
    if capacity >= crate::stats::real(shares.len() as u64) {
        return 1.0;
    }
    let kept = |time: f64| shares.iter().map(|share| -(-share * time).exp_m1()).sum::<f64>();
    let (mut low, mut high) = (0.0, 1.0);
    while kept(high) < capacity {
        (low, high) = (high, high * 2.0);
    }
    // Halved until doubles end.
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if kept(middle) < capacity { low = middle } else { high = middle }
    }
    shares.iter().map(|share| share * -(-share * high).exp_m1()).sum()
}

/// The hit rate of a cache that holds the `capacity` most popular entities and never another: no rule can do better while
/// popularity does not change. `shares` fall.
#[must_use]
pub fn most_popular(shares: &[f64], capacity: usize) -> f64 {
    shares.iter().take(capacity).sum()
}

/// The most that any rule can have when a row is dropped `ttl` seconds after it was read, hit or not: of an entity that is
/// asked for λ times a second, λ·T of each 1 + λ·T. `rate` is of all lookups a second.
#[must_use]
pub fn with_ttl(shares: &[f64], rate: f64, ttl: f64) -> f64 {
    shares.iter().map(|share| share * (share * rate * ttl / (1.0 + share * rate * ttl))).sum()
}
