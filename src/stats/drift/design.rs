//! How many rows count for one where rows of one entity resemble each other.
//!
//! Entities fall into groups by the hash of their key. Leaving out one group at a time shows how much the shares of bins
//! really vary (the delete-a-group jackknife: Kott 2001, The delete-a-group jackknife), and the mean over bins of that
//! variance ÷ p·(1 − p)/n, the variance of independent rows, is the design effect δ (Rao & Scott 1981, The analysis of
//! categorical data from complex sample surveys, their first-order correction). It is at least 1.

use crate::stats::real;

/// How many rows count for one, per side; at least 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DesignEffect {
    pub reference: f64,
    pub current: f64,
}

impl DesignEffect {
    /// Every row counts.
    pub const NONE: Self = Self { reference: 1.0, current: 1.0 };

    /// The effect that counts per group and bin show.
    pub fn of(reference: &[Vec<u64>], current: &[Vec<u64>]) -> Self {
        Self { reference: effect(reference), current: effect(current) }
    }

    /// δ ÷ n of both sides, added.
    pub fn sampling_variance(self, reference_n: u64, current_n: u64) -> f64 {
        self.reference / real(reference_n) + self.current / real(current_n)
    }
}

fn effect(groups: &[Vec<u64>]) -> f64 {
    let bins = groups.iter().map(Vec::len).max().unwrap_or(0);
    let held: Vec<u64> = groups.iter().map(|counts| counts.iter().sum()).collect();
    let n: u64 = held.iter().sum();
    if held.iter().filter(|rows| **rows > 0).count() < 2 {
        return 1.0;
    }
    let of_group = |counts: &Vec<u64>, bin: usize| counts.get(bin).copied().unwrap_or(0);
    let (mut ratios, mut counted) = (0.0, 0_u32);
    for bin in 0..bins {
        let count: u64 = groups.iter().map(|counts| of_group(counts, bin)).sum();
        if count == 0 || count == n {
            continue;
        }
        let p = real(count) / real(n);
        let without: Vec<f64> = groups
            .iter()
            .zip(&held)
            .filter(|(_, rows)| **rows > 0)
            .map(|(counts, rows)| real(count - of_group(counts, bin)) / real(n - rows))
            .collect();
        let number = real(without.len() as u64);
        let mean = without.iter().sum::<f64>() / number;
        let squares: f64 = without.iter().map(|share| (share - mean).powi(2)).sum();
        ratios += (number - 1.0) / number * squares / (p * (1.0 - p) / real(n));
        counted += 1;
    }
    if counted == 0 { 1.0 } else { (ratios / f64::from(counted)).max(1.0) }
}
