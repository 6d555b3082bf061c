//! The exact law of the Cramér–von Mises statistic of small samples: all orders of their values.

use std::cmp::Ordering;

use crate::stats::real;

/// The share of all orders of the values whose statistic is at least as large.
///
/// Xiao, Gordon & Yakovlev (2007), A C++ program for the Cramér–von Mises two-sample test: numbers of lattice paths by
/// their sum of squared distances from the diagonal, cell by cell.
pub(super) fn p_value(sum: i128, n: u64, m: u64) -> f64 {
    let (n, m) = (i128::from(n), i128::from(m));
    let excess = 6 * sum - 4 * n * m * (4 * n * m - 1);
    let multiple = n / gcd(n, m) * m;
    let (across, up) = (multiple / n, multiple / m);
    let bound = (multiple * multiple * (n + m) * excess).div_euclid(24 * n * n * m * m);
    // Sums of squared distances on the way to each cell of the last row, ascending, with the paths that have them.
    let mut row: Vec<Vec<(i128, u64)>> = Vec::new();
    for y in 0..=m {
        let mut cell = if y == 0 { vec![(0, 1)] } else { Vec::new() };
        let mut next = Vec::new();
        for x in 0..=n {
            let square = (across * x - up * y).pow(2);
            let before = usize::try_from(x).ok().and_then(|x| row.get(x)).map(Vec::as_slice);
            cell = joined(&cell, before.unwrap_or_default());
            cell.iter_mut().for_each(|(sum, _)| *sum += square);
            next.push(cell.clone());
        }
        row = next;
    }
    let paths = row.last().map(Vec::as_slice).unwrap_or_default();
    let all: u64 = paths.iter().map(|(_, count)| count).sum();
    let unusual: u64 = paths.iter().filter(|(sum, _)| *sum >= bound).map(|(_, count)| count).sum();
    real(unusual) / real(all)
}

/// Two ascending lists as one, counts of the same sum added.
fn joined(mut ours: &[(i128, u64)], mut theirs: &[(i128, u64)]) -> Vec<(i128, u64)> {
    let mut joined = Vec::with_capacity(ours.len() + theirs.len());
    while let (Some(((a, a_count), a_rest)), Some(((b, b_count), b_rest))) = (ours.split_first(), theirs.split_first())
    {
        match a.cmp(b) {
            Ordering::Less => {
                joined.push((*a, *a_count));
                ours = a_rest;
            }
            Ordering::Greater => {
                joined.push((*b, *b_count));
                theirs = b_rest;
            }
            Ordering::Equal => {
                joined.push((*a, a_count + b_count));
                (ours, theirs) = (a_rest, b_rest);
            }
        }
    }
    joined.extend_from_slice(ours);
    joined.extend_from_slice(theirs);
    joined
}

const fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
