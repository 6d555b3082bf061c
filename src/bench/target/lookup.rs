//! The lookup path of this crate, in the process: L1 over Redis, or Redis alone where L1 keeps nothing.

use std::time::Instant;

use futures_util::future::{Either, join_all, ready};

use super::{Asked, Cell, Entities, Reply, Served, Target};
use crate::bench::data::Rows;
use crate::lookup::{Answer, FeatureLookup, FeatureStatus, Selection, Tier};
use crate::model::value::Value;

/// Lookups of all features.
#[derive(Clone, Debug)]
pub struct Lookups {
    lookup: FeatureLookup,
    selection: Selection,
}

/// The answers to one request.
#[derive(Debug)]
pub enum LookupReply {
    /// That for an only entity.
    One(Answer),
    /// Those for several, each with where it came from and when.
    Several(Vec<(Answer, Served)>),
}

impl Lookups {
    /// Looks `selection` up.
    #[must_use]
    pub const fn new(lookup: FeatureLookup, selection: Selection) -> Self {
        Self { lookup, selection }
    }

    /// What L1 holds and what was counted.
    #[must_use]
    pub const fn lookup(&self) -> &FeatureLookup {
        &self.lookup
    }

    /// Looks several entities up, all at once.
    fn ask_all(&self, entities: &[u32]) -> Asked<LookupReply, impl Future<Output = LookupReply> + use<'_>> {
        let mut is_all_known = true;
        let recalled: Vec<_> = entities
            .iter()
            .map(|entity| {
                let recalled = self.lookup.recall(&self.selection, &Rows::key(*entity));
                is_all_known &= recalled.is_ok();
                let ended = Instant::now();
                recalled.map(|answer| (answer, Served { tier: Tier::L1, ended }))
            })
            .collect();
        if is_all_known {
            return Asked::Now(LookupReply::Several(recalled.into_iter().flatten().collect()));
        }
        let fetched = recalled.into_iter().map(|recalled| match recalled {
            Ok(known) => Either::Left(ready(known)),
            Err(missed) => Either::Right(async {
                let answer = self.lookup.fetch(missed).await;
                (answer, Served { tier: Tier::L2, ended: Instant::now() })
            }),
        });
        let fetched = join_all(fetched);
        Asked::Later(async { LookupReply::Several(fetched.await) })
    }
}

impl Target for Lookups {
    type Reply = LookupReply;

    fn ask(&self, entities: Entities) -> Asked<LookupReply, impl Future<Output = LookupReply>> {
        match entities {
            Entities::One([entity]) => match self.lookup.recall(&self.selection, &Rows::key(entity)) {
                Ok(answer) => Asked::Now(LookupReply::One(answer)),
                Err(missed) => Asked::Later(Either::Left(async { LookupReply::One(self.lookup.fetch(missed).await) })),
            },
            Entities::Several(entities) => match self.ask_all(&entities) {
                Asked::Now(reply) => Asked::Now(reply),
                Asked::Later(later) => Asked::Later(Either::Right(later)),
            },
        }
    }
}

impl Reply for LookupReply {
    fn cells(&self, position: usize) -> impl Iterator<Item = Cell> {
        let answer = match self {
            Self::One(answer) => Some(answer),
            Self::Several(answers) => answers.get(position).map(|(answer, _)| answer),
        };
        answer.into_iter().flat_map(Answer::features).map(|feature| match (feature.status, feature.value) {
            (FeatureStatus::Present, Some(Value::Int(number))) => Cell::Number(*number),
            (FeatureStatus::Present | FeatureStatus::Null, _) => Cell::Other,
            (FeatureStatus::Absent | FeatureStatus::Expired, _) => Cell::Absent,
            (FeatureStatus::Failed, _) => Cell::Failed,
        })
    }

    fn served(&self, position: usize) -> Option<Served> {
        match self {
            Self::One(_) => None,
            Self::Several(answers) => answers.get(position).map(|(_, served)| *served),
        }
    }
}
