//! The budget in keys a second.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Spaces out requests so that no more than so many keys a second are read, over all connections of a store.
#[derive(Debug)]
pub(super) struct Pacer {
    schedule: Option<Mutex<Schedule>>,
}

impl Pacer {
    /// A pacer for `keys_per_second`; `None` never waits.
    pub(super) fn new(keys_per_second: Option<u32>) -> Self {
        Self { schedule: keys_per_second.map(|rate| Mutex::new(Schedule { rate: rate.max(1), free_from: None })) }
    }

    /// Waits until `keys` more keys may be read.
    pub(super) async fn admit(&self, keys: usize) {
        let Some(schedule) = &self.schedule else { return };
        let due = schedule.lock().await.reserve(keys, Instant::now());
        tokio::time::sleep_until(due).await;
    }
}

/// A bucket without burst: each request is due when the ones before it have used up their time.
#[derive(Debug)]
struct Schedule {
    rate: u32,
    free_from: Option<Instant>,
}

impl Schedule {
    /// When a request for `keys` keys that arrives at `now` may be sent.
    fn reserve(&mut self, keys: usize, now: Instant) -> Instant {
        let due = self.free_from.map_or(now, |free| free.max(now));
        let keys = u64::try_from(keys).unwrap_or(u64::MAX);
        let cost = Duration::from_nanos(keys.saturating_mul(1_000_000_000) / u64::from(self.rate));
        self.free_from = Some(due + cost);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_when_those_before_have_used_up_their_time() {
        let start = Instant::now();
        let mut schedule = Schedule { rate: 1000, free_from: None };
        let due: Vec<Duration> = (0..4).map(|_| schedule.reserve(100, start) - start).collect();
        assert_eq!(due, [0, 100, 200, 300].map(Duration::from_millis));
    }

    #[test]
    fn unused_time_is_not_saved_up() {
        let start = Instant::now();
        let mut schedule = Schedule { rate: 1000, free_from: None };
        let later = start + Duration::from_secs(60);
        assert_eq!(schedule.reserve(100, start), start);
        assert_eq!(schedule.reserve(100, later), later);
        assert_eq!(schedule.reserve(100, later), later + Duration::from_millis(100));
    }
}
