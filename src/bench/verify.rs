//! A look at every row of the store before a run: one wrong value among millions is found, though nobody asks for it.

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};

use super::block::Faults;
use super::data::Rows;
use super::ledger::Ledger;
use super::truth::{self, Row};
use crate::model::entity::EntityKey;
use crate::model::online::{OnlineCell, OnlineReading, OnlineRow};
use crate::model::time::Clock;
use crate::model::value::Value;
use crate::store::online::OnlineStore;

/// Rows that are asked for at once.
const BATCH: u32 = 512;
/// Requests under way.
const UNDER_WAY: usize = 4;

/// What is checked besides every answer of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Nothing else.
    #[default]
    Answers,
    /// Every row of the store, before the run.
    All,
}

/// What a look at every row found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Rows that were looked at.
    pub rows: u64,
    /// Rows that are not right.
    pub faults: Faults,
    /// Rows without some values.
    pub incomplete: u64,
    /// Rows that could not be read.
    pub failed: u64,
    /// Time that it took.
    pub took: Duration,
}

/// Looks at entities 0 up to `entities`, and notes in the ledger which versions are there.
pub async fn verify(store: &OnlineStore, rows: &Rows, entities: u32, ledger: &Ledger) -> Verified {
    let began = Instant::now();
    let read = |first: u32| async move {
        let entities: Vec<u32> = (first..first.saturating_add(BATCH).min(entities)).collect();
        let keys: Vec<EntityKey> = entities.iter().map(|entity| Rows::key(*entity)).collect();
        let readings = store.read(rows.view(), &keys, Clock::System).await;
        (entities, readings)
    };
    let firsts = (0..entities).step_by(BATCH as usize);
    let mut verified = Verified::default();
    let mut all = stream::iter(firsts.map(read)).buffer_unordered(UNDER_WAY);
    while let Some((entities, readings)) = all.next().await {
        for (entity, reading) in entities.into_iter().zip(&readings) {
            verified.take(entity, reading, ledger);
        }
    }
    verified.took = began.elapsed();
    verified
}

impl Verified {
    fn take(&mut self, entity: u32, reading: &OnlineReading, ledger: &Ledger) {
        self.rows += 1;
        let cells = match &reading.row {
            Err(_) => return self.failed += 1,
            Ok(OnlineRow::Absent) => return self.incomplete += 1,
            Ok(OnlineRow::Found(row)) => &row.cells,
        };
        if cells.contains(&OnlineCell::Absent) {
            return self.incomplete += 1;
        }
        let number = |cell: &OnlineCell| match cell {
            OnlineCell::Value(Value::Int(number)) => Some(*number),
            OnlineCell::Value(_) | OnlineCell::Absent | OnlineCell::Undecodable(_) => None,
        };
        let values: Option<Vec<i64>> = cells.iter().map(number).collect();
        match values.map_or(Row::Wrong, |values| truth::row(entity, values)) {
            Row::Wrong => self.faults.wrong += 1,
            Row::Torn => self.faults.torn += 1,
            Row::Version(version) => ledger.found(entity, version),
        }
    }
}
