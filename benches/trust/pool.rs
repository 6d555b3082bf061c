//! Repetitions on every core, the same whatever the number of cores.

use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// Repetitions that share one stream of random numbers.
const CHUNK: usize = 50;

/// The sums, place by place, of what `repetition` returns in each of `repetitions`.
pub fn sums<const N: usize>(
    repetitions: usize,
    seed: u64,
    repetition: impl Fn(&mut StdRng) -> [u64; N] + Sync,
) -> [u64; N] {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut sums = [0; N];
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            let first = chunk * CHUNK;
            if first >= repetitions {
                return sums;
            }
            let mut random = StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(chunk as u64));
            for _ in first..repetitions.min(first + CHUNK) {
                sums.iter_mut().zip(repetition(&mut random)).for_each(|(sum, add)| *sum += add);
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let mut all = [0; N];
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let found = worker.join().expect("a repetition panicked");
            all.iter_mut().zip(found).for_each(|(sum, add)| *sum += add);
        }
    });
    all
}
