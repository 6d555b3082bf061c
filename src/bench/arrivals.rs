//! When requests are due: fixed before the run, whatever becomes of the ones before (an open loop).

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::stats::real;

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

/// How requests are spread over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// At even distances.
    Constant,
    /// Independently of each other: distances are exponential.
    Poisson,
}

/// One of several workers that share a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which worker, from 0.
    pub worker: u64,
    /// How many there are, at least 1.
    pub of: u64,
}

/// The intended starts of one worker's requests: nanoseconds since the beginning of the run, ascending, without end.
#[derive(Debug)]
pub struct IntendedStarts {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Constant { next: u128, step: u128, rate: u128 },
    Poisson { at: f64, mean: f64, random: Box<StdRng> },
}

impl IntendedStarts {
    /// Those of a worker's share of `rate` requests a second (at least 1). Together the workers' constant arrivals are
    /// even; their Poisson arrivals are independent, which together is Poisson again.
    #[must_use]
    pub fn new(arrivals: Arrivals, rate: u64, share: Share, seed: u64) -> Self {
        let (rate, of) = (rate.max(1), share.of.max(1));
        let kind = match arrivals {
            Arrivals::Constant => {
                Kind::Constant { next: u128::from(share.worker), step: u128::from(of), rate: u128::from(rate) }
            }
            Arrivals::Poisson => {
                let random = StdRng::seed_from_u64(seed.wrapping_add(share.worker));
                Kind::Poisson { at: 0.0, mean: real(SECOND) * real(of) / real(rate), random: Box::new(random) }
            }
        };
        Self { kind }
    }
}

impl Iterator for IntendedStarts {
    type Item = u64;

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a run is shorter than 500 years")]
    fn next(&mut self) -> Option<u64> {
        match &mut self.kind {
            Kind::Constant { next, step, rate } => {
                let at = *next * u128::from(SECOND) / *rate;
                *next += *step;
                u64::try_from(at).ok()
            }
            Kind::Poisson { at, mean, random } => {
                // 1 − u is never 0, whose logarithm has no end.
                let drawn: f64 = random.random();
                *at -= *mean * (1.0 - drawn).ln();
                Some(*at as u64)
            }
        }
    }
}
