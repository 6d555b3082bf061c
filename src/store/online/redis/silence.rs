//! How long a node has owed an answer.
//!
//! Who asks with a deadline must not wait for a node that lets everybody wait: while it is silent, one question at a time
//! goes out to it, and all others fail at once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Since when a node has owed an answer, if it does.
#[derive(Debug)]
pub(super) struct Silence {
    origin: Instant,
    /// Nanoseconds after `origin`, plus one; 0 while nothing is owed.
    since: AtomicU64,
    is_probed: AtomicBool,
}

/// Leave to ask; the next may find out about a silent node when it is dropped.
#[derive(Debug)]
pub(super) struct Probe<'s> {
    of_silent: Option<&'s Silence>,
}

impl Default for Silence {
    fn default() -> Self {
        Self { origin: Instant::now(), since: AtomicU64::new(0), is_probed: AtomicBool::new(false) }
    }
}

impl Silence {
    /// Leave to ask; `None` while the node has been silent for `patience` and another is finding out about it.
    pub(super) fn admit(&self, patience: Duration) -> Option<Probe<'_>> {
        let now = self.now();
        if self.since.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
            || !self.is_longer_than(patience)
        {
            return Some(Probe { of_silent: None });
        }
        let is_first = !self.is_probed.swap(true, Ordering::Relaxed);
        is_first.then_some(Probe { of_silent: Some(self) })
    }

    /// An answer came, or a refusal: the node is not silent.
    pub(super) fn is_over(&self) {
        self.since.store(0, Ordering::Relaxed);
    }

    /// Whether an answer has been owed for at least so long.
    pub(super) fn is_longer_than(&self, span: Duration) -> bool {
        let since = self.since.load(Ordering::Relaxed);
        since != 0 && u128::from(self.now().saturating_sub(since)) >= span.as_nanos()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        if let Some(silence) = self.of_silent {
            silence.is_probed.store(false, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_node_is_asked_by_one_at_a_time_until_it_answers() {
        let silence = Silence::default();
        assert!(silence.admit(Duration::MAX).is_some(), "nothing is owed yet");
        assert!(silence.admit(Duration::MAX).is_some(), "it has not been silent for long");
        let probe = silence.admit(Duration::ZERO);
        assert!(probe.is_some(), "nobody finds out yet");
        assert!(silence.admit(Duration::ZERO).is_none(), "somebody does");
        drop(probe);
        assert!(silence.admit(Duration::ZERO).is_some(), "nobody does any more");
        silence.is_over();
        assert!(!silence.is_longer_than(Duration::ZERO), "it has answered");
    }
}
