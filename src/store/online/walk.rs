//! A walk over the key space of a store, which may take several rounds.

use std::collections::BTreeMap;

/// What an enumeration of keys went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanCoverage {
    /// Keys of this view that were seen and offered.
    pub seen: u64,
    /// Keys that were seen and belong to something else.
    pub foreign: u64,
}

/// Where a walk over the key space stands: a leg for each node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    legs: BTreeMap<String, Leg>,
    is_whole: bool,
}

/// The part of a walk that lies in one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leg {
    /// Where it goes on.
    pub cursor: u64,
    /// Whether it has come around.
    pub is_over: bool,
    /// About how many keys it has come past.
    pub passed: u64,
    /// How many the node held when it began; `None` where the node does not say.
    pub held: Option<u64>,
    /// The number of the connection that was used last; `None` where the node does not say.
    pub connection: Option<u64>,
}

impl Walk {
    /// A walk that is over, of a store that is read at once.
    #[must_use]
    pub const fn whole() -> Self {
        Self { legs: BTreeMap::new(), is_whole: true }
    }

    /// The walk of these legs, by address of their node.
    #[must_use]
    pub const fn of(legs: BTreeMap<String, Leg>) -> Self {
        Self { legs, is_whole: false }
    }

    /// Its legs, by address of their node.
    #[must_use]
    pub const fn legs(&self) -> &BTreeMap<String, Leg> {
        &self.legs
    }

    /// Whether it has come past every key.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_whole || (!self.legs.is_empty() && self.legs.values().all(|leg| leg.is_over))
    }

    /// About which share of the key space it has come past, from 0 to 1, and 1 only if it is over; `None` where a node
    /// does not say how much it holds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "an estimate of a share")]
    pub fn share(&self) -> Option<f64> {
        if self.is_over() {
            return Some(1.0);
        }
        let (mut passed, mut held) = (0.0, 0.0);
        for leg in self.legs.values() {
            let of_node = leg.held? as f64;
            // What a step takes in is not known exactly; a leg that goes on is never taken for one that is over.
            passed += if leg.is_over { of_node } else { (leg.passed as f64).min(of_node * 0.99) };
            held += of_node;
        }
        Some(if held > 0.0 { passed / held } else { 0.0 })
    }

    /// Drops the legs of nodes that are gone, and adds those of nodes that are new.
    pub(super) fn set_out(&mut self, nodes: &[String]) {
        self.legs.retain(|node, _| nodes.contains(node));
        for node in nodes {
            self.legs.entry(node.clone()).or_default();
        }
    }

    pub(super) fn leg(&mut self, node: &str) -> Option<&mut Leg> {
        self.legs.get_mut(node)
    }
}
