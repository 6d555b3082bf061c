//! `faults.json`: what was broken and what a check must find, for people and for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::time::Timestamp;
use crate::model::verdict::{ExpiredOutcome, Verdict};

use super::calendar::{Present, instant};
use super::damage::Served;
use super::fault::Fault;
use super::feature::{FEATURES, VIEW};

/// The whole file.
#[derive(Debug, Serialize)]
pub struct Truth<'a> {
    as_of: Timestamp,
    watermark: Timestamp,
    seed: u64,
    feature_view: &'static str,
    faults: Vec<FaultTruth<'a>>,
    cells: Vec<CellTruth<'a>>,
    verdicts: BTreeMap<&'static str, BTreeMap<Verdict, u64>>,
}

#[derive(Debug, Serialize)]
struct FaultTruth<'a> {
    fault: Fault,
    story: &'static str,
    entities: Vec<&'a str>,
}

/// A cell of an entity that a fault befell; a cell that is not listed is `consistent` or `ahead`.
#[derive(Debug, Serialize)]
struct CellTruth<'a> {
    entity: &'a str,
    feature: &'static str,
    fault: Fault,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_served: Option<ExpiredOutcome>,
}

impl<'a> Truth<'a> {
    /// What `served` must be found to be.
    #[must_use]
    pub fn new(served: &'a Served, seed: u64, present: Present) -> Self {
        let mut cells = Vec::new();
        for damage in &served.damage {
            for victim in &damage.entities {
                for (position, (feature, _)) in FEATURES.into_iter().enumerate() {
                    cells.push(CellTruth {
                        entity: &victim.entity,
                        feature,
                        fault: damage.fault,
                        verdict: victim.verdicts[position],
                        expired_served: victim.served.map(|outcomes| outcomes[position]),
                    });
                }
            }
        }
        Self {
            as_of: instant(present.now),
            watermark: instant(present.last_cut),
            seed,
            feature_view: VIEW,
            faults: served
                .damage
                .iter()
                .map(|damage| FaultTruth {
                    fault: damage.fault,
                    story: damage.fault.story(),
                    entities: damage.entities.iter().map(|victim| victim.entity.as_str()).collect(),
                })
                .collect(),
            cells,
            verdicts: FEATURES.iter().map(|(name, _)| *name).zip(served.verdicts.iter().cloned()).collect(),
        }
    }
}
