//! One column: reading both sides and digesting them.

use super::budget;
use super::comparison::ColumnDrift;
use super::keys;
use super::labels::Labels;
use super::large;
use super::numbers::{Numbers, Reading};
use super::request::{Request, Statistics};
use super::side::Side;
use crate::stats::complete::{self, ColumnType};
use crate::stats::drift::{self, ColumnKind, checks};
use crate::store::snapshot::Table;

/// Two tables, (reference, current), and what is asked of them.
#[derive(Debug)]
pub(super) struct Tables {
    /// The two sides.
    pub(super) sides: [Table; 2],
    /// What is asked.
    pub(super) request: Request,
    /// Bytes for the values of one column.
    pub(super) bytes: u64,
    /// Columns that are read at once.
    pub(super) workers: usize,
    /// What each row belongs to.
    pub(super) labels: Labels,
}

/// A column of both sides and how it is read.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// What it holds.
    pub(super) kind: ColumnKind,
    /// What its numbers stand for on each side.
    pub(super) readings: [Reading; 2],
    /// Its types on each side.
    types: [ColumnType; 2],
}

/// Memory that one worker uses again and again.
#[derive(Debug, Default)]
pub(super) struct Buffers([Vec<f64>; 2]);

impl Column {
    /// A column that both tables have; points in time become ages where both tables have a time.
    pub(super) fn new(name: String, kind: ColumnKind, sides: [&Table; 2], request: &Request) -> Self {
        let of = |table: &Table| {
            let found = table.columns().iter().find(|column| column.name == name);
            found.map_or_else(
                || ColumnType { name: "null".to_owned(), is_integer: false },
                |column| column.column_type.clone(),
            )
        };
        let types = sides.map(of);
        let (kind, readings) = match (kind, request.reference_time, request.current_time) {
            (ColumnKind::Timestamp, Some(reference), Some(current)) => {
                (ColumnKind::Age, [reference, current].map(|time| Reading::AgeAt(time.seconds())))
            }
            (kind, _, _) => (kind, [Reading::Plain; 2]),
        };
        Self { name, kind, readings, types }
    }

    /// Bytes that its values take when all are kept; nothing for keys, of which only the different ones are.
    pub(super) fn need(&self, sides: [&Table; 2]) -> u64 {
        match self.kind {
            ColumnKind::Numeric | ColumnKind::Timestamp | ColumnKind::Age => {
                budget::of_numbers(sides.map(|table| table.weight(&self.name)))
            }
            ColumnKind::Categorical | ColumnKind::Opaque => 0,
        }
    }
}

impl Tables {
    /// Reads a column and compares its sides; beside it, why it has no segments where it should have. Errors are messages.
    ///
    /// It blocks its thread, as [`Table::walk`] does.
    pub(super) fn compare(
        &self,
        column: &Column,
        buffers: &mut Buffers,
    ) -> Result<(ColumnDrift, Result<(), String>), String> {
        let mut compared = match column.kind {
            ColumnKind::Categorical => self.keys(column),
            ColumnKind::Numeric | ColumnKind::Timestamp | ColumnKind::Age => self.numbers(column, buffers),
            ColumnKind::Opaque => Err("its values have no statistics".to_owned()),
        }?;
        if self.labels.has_entities() {
            let groups = self.entity_groups(column, (&self.labels, &compared))?;
            if let Some(distances) = &mut compared.pair.distances {
                distances.entity_groups = groups;
            }
            compared.checks = checks(&compared.pair, &self.request.limits);
        }
        if !self.labels.values.is_empty() && !self.request.by.contains(&column.name) {
            match self.segments(column, (&self.labels, &compared)) {
                Ok(segments) => compared.segments = segments,
                Err(message) => return Ok((compared, Err(message))),
            }
        }
        Ok((compared, Ok(())))
    }

    fn numbers(&self, column: &Column, buffers: &mut Buffers) -> Result<ColumnDrift, String> {
        let need = column.need(self.sides.each_ref());
        if need > self.bytes {
            return self.large(column, need);
        }
        let gather = |table: &Table, reading: Reading, memory: &mut Vec<f64>| {
            let rows = table.weight(&column.name).rows;
            let mut numbers = Numbers::within(std::mem::take(memory), rows);
            let read = table.walk(&column.name, |chunk| numbers.take(chunk, reading));
            read.map(|()| numbers.cleaned()).map_err(|error| error.to_string())
        };
        let ([reference, current], [ours, theirs], [kept, others_kept]) =
            (&self.sides, column.readings, &mut buffers.0);
        let (ours, theirs) = (gather(reference, ours, kept)?, gather(current, theirs, others_kept)?);
        let mut compared = ColumnDrift::new(drift::numeric(column.kind, &ours, &theirs), &self.request.limits);
        if self.request.statistics == Statistics::All {
            let [of_ours, of_theirs] = &column.types;
            compared.complete = Some(complete::numeric(column.kind, [of_ours, of_theirs], &ours, &theirs));
        }
        (*kept, *others_kept) = (ours.into_values(), theirs.into_values());
        Ok(compared)
    }

    /// A column whose values do not fit.
    fn large(&self, column: &Column, need: u64) -> Result<ColumnDrift, String> {
        if self.request.statistics == Statistics::All {
            return Err(format!(
                "all statistics need all values at once: `--memory {}MB` would do",
                need.saturating_add(self.labels.bytes()).div_ceil(1 << 20)
            ));
        }
        let ([reference, current], [ours, theirs]) = (&self.sides, column.readings);
        let side = |table, reading| Side { table, column: &column.name, reading };
        let pair = large::compare(column.kind, [side(reference, ours), side(current, theirs)], self.bytes)?;
        Ok(ColumnDrift::new(pair, &self.request.limits))
    }

    fn keys(&self, column: &Column) -> Result<ColumnDrift, String> {
        let sides = self.sides.each_ref();
        let Some([ours, theirs]) = keys::all(sides, &column.name, self.bytes)? else {
            if self.request.statistics == Statistics::All {
                return Err("all statistics need all keys at once: a larger `--memory` would do".to_owned());
            }
            let pair = keys::in_parts(sides, &column.name, self.bytes)?;
            return Ok(ColumnDrift::new(pair, &self.request.limits));
        };
        let mut compared = ColumnDrift::new(drift::categorical(&ours, &theirs), &self.request.limits);
        if self.request.statistics == Statistics::All {
            let [of_ours, of_theirs] = &column.types;
            compared.complete = Some(complete::categorical([of_ours, of_theirs], &ours, &theirs));
        }
        Ok(compared)
    }
}
