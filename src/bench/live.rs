//! A run while it runs: the seconds that are over, as its threads tell of them.
//!
//! A thread hands over a copy of a second once no answer to it can come any more. It waits for nobody, and does nothing at
//! all where nobody listens.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;

use super::block::Block;

/// Where a thread tells of its seconds.
pub type Listener = Sender<Told>;

/// A thread's part of a second.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which measured second, from 0.
    pub second: usize,
    /// What was due in it.
    pub block: Block,
}

/// Puts the parts of all threads together.
#[derive(Debug)]
pub struct Gathering {
    threads: u64,
    open: BTreeMap<usize, (u64, Block)>,
}

impl Gathering {
    /// Of so many threads.
    #[must_use]
    pub const fn new(threads: u64) -> Self {
        Self { threads, open: BTreeMap::new() }
    }

    /// Takes in a part; gives the second when it is whole.
    pub fn take(&mut self, told: &Told) -> Option<Block> {
        let (count, whole) = self.open.entry(told.second).or_default();
        *count += 1;
        whole.merge(&told.block);
        if *count < self.threads {
            return None;
        }
        self.open.remove(&told.second).map(|(_, whole)| whole)
    }
}
