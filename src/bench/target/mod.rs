//! Who is asked: what a worker needs to know of a way to feature values, so that one loop measures all of them.
//!
//! A question is answered at once, as L1 does, or later. The loop is compiled for each [`Target`], so that a hit in memory
//! costs what it costs and no more.

mod body;
mod http;
mod lookup;

pub use http::{Http, HttpAddress, HttpAddressError, HttpError, HttpFailure, HttpReply, HttpSettings};
pub use lookup::{LookupReply, Lookups};

use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use crate::lookup::Tier;

/// A way to the values of entities, all features of the benchmark's view at once.
pub trait Target {
    /// What comes back.
    type Reply: Reply;

    /// Asks for entities, without waiting. There is always a reply: what could not be had in time has failed.
    fn ask(&self, entities: Entities) -> Asked<Self::Reply, impl Future<Output = Self::Reply>>;
}

/// Which target a run measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetSettings {
    /// The lookup path of this crate, in the process. Without capacity for L1 it is Redis alone.
    Lookup,
    /// A feature server.
    Http(HttpSettings),
}

impl TargetSettings {
    /// What a request of `batch` entities is called. Three kinds of figures are never told as one another: lookups of one
    /// entity, requests of several, and what a caller of a server waits for, from end to end.
    #[must_use]
    pub fn requests(&self, batch: usize) -> String {
        match (self, batch) {
            (Self::Lookup, 1) => "key lookups".to_owned(),
            (Self::Lookup, _) => format!("requests of {batch} entities"),
            (Self::Http(_), 1) => "requests of one entity, end to end,".to_owned(),
            (Self::Http(_), _) => format!("requests of {batch} entities, end to end,"),
        }
    }
}

/// What a question came to.
#[derive(Debug)]
pub enum Asked<R, F> {
    /// The answer was in memory, all of it.
    Now(R),
    /// It comes from elsewhere.
    Later(F),
}

/// An answer, for the entities in the order in which they were asked for.
pub trait Reply {
    /// Reads what has arrived. Called once, before anything else and after the end of the request was noted, so that it
    /// counts as checking.
    fn open(&mut self) {}

    /// What is known of each feature of the entity at `position`, in the order of the features.
    fn cells(&self, position: usize) -> impl Iterator<Item = Cell>;

    /// How the entity at `position` was served among others; `None` for an only one, whose end is that of the request, and
    /// where that cannot be seen from outside.
    fn served(&self, position: usize) -> Option<Served>;
}

/// One feature of one entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A whole number.
    Number(i64),
    /// A value that is no whole number, which nobody wrote.
    Other,
    /// There is no value that may be used.
    Absent,
    /// It could not be read, or not in time.
    Failed,
}

/// How one of several entities was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// From where.
    pub tier: Tier,
    /// When it was there.
    pub ended: Instant,
}

/// The entities of one request, at least one. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entities {
    /// One, which needs no memory of its own.
    One([u32; 1]),
    /// Several.
    Several(Arc<[u32]>),
}

impl Entities {
    /// `count` entities (at least 1), each from `draw`.
    pub fn draw(count: usize, mut draw: impl FnMut() -> u32) -> Self {
        if count <= 1 { Self::One([draw()]) } else { Self::Several((0..count).map(|_| draw()).collect()) }
    }
}

impl Deref for Entities {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::One(entity) => entity,
            Self::Several(entities) => entities,
        }
    }
}
