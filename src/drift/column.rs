//! One column: reading both sides and digesting them.

use super::budget::{self, Budget};
use super::comparison::ColumnDrift;
use super::keys::Keys;
use super::numbers::{Numbers, Reading};
use super::request::{Request, Statistics};
use crate::stats::complete::{self, ColumnType};
use crate::stats::drift::{self, ColumnKind, DriftLimits};
use crate::store::snapshot::{Table, TableColumn};

/// Two tables, (reference, current), and what is asked of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables<'a> {
    /// The two sides.
    pub(super) sides: [&'a Table; 2],
    /// What is asked.
    pub(super) request: &'a Request,
    /// The memory that columns share.
    pub(super) budget: &'a Budget,
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
    pub(super) types: [ColumnType; 2],
}

impl Column {
    /// A column that both tables have; points in time become ages where both tables have a time.
    pub(super) fn new(name: String, kind: ColumnKind, tables: Tables<'_>) -> Self {
        let of = |table: &Table| {
            let found: Option<&TableColumn> = table.columns().iter().find(|column| column.name == name);
            found.map_or_else(
                || ColumnType { name: "null".to_owned(), is_integer: false },
                |column| column.column_type.clone(),
            )
        };
        let types = tables.sides.map(of);
        let times = (tables.request.reference_time, tables.request.current_time);
        let (kind, readings) = match (kind, times) {
            (ColumnKind::Timestamp, (Some(reference), Some(current))) => {
                (ColumnKind::Age, [reference, current].map(|time| Reading::AgeAt(time.seconds())))
            }
            (kind, _) => (kind, [Reading::Plain; 2]),
        };
        Self { name, kind, readings, types }
    }
}

impl Tables<'_> {
    /// Reads a column and compares its sides; the error is a message.
    pub(super) async fn compare(self, column: &Column) -> Result<ColumnDrift, String> {
        match column.kind {
            ColumnKind::Categorical => self.keys(column).await,
            ColumnKind::Numeric | ColumnKind::Timestamp | ColumnKind::Age => self.numbers(column).await,
            ColumnKind::Opaque => Err("its values have no statistics".to_owned()),
        }
    }

    async fn numbers(self, column: &Column) -> Result<ColumnDrift, String> {
        let weights = self.sides.map(|table| table.weight(&column.name));
        let _share = self.budget.share(budget::of_numbers(weights)).await;
        let [reference, current] = self.sides;
        let [ours, theirs] = column.readings;
        let gather = async |table: &Table, reading: Reading| {
            let see = move |numbers: &mut Numbers, chunk: &_| numbers.take(chunk, reading);
            table.visit(&column.name, Numbers::default(), see).await.map_err(|error| error.to_string())
        };
        let (ours, theirs) = (gather(reference, ours).await?, gather(current, theirs).await?);
        let (kind, types, asked) = (column.kind, column.types.clone(), self.asked());
        apart(move || {
            let (ours, theirs) = (ours.cleaned(), theirs.cleaned());
            let mut drift = ColumnDrift::new(drift::numeric(kind, &ours, &theirs), &asked.limits);
            if asked.statistics == Statistics::All {
                drift.complete = Some(complete::numeric(kind, [&types[0], &types[1]], &ours, &theirs));
            }
            drift
        })
        .await
    }

    async fn keys(self, column: &Column) -> Result<ColumnDrift, String> {
        let weights = self.sides.map(|table| table.weight(&column.name));
        let workers = self.request.workers.max(1) as u64;
        let wanted = budget::of_keys(weights).min(self.budget.bytes() / workers);
        let _share = self.budget.share(wanted.max(budget::decoding(weights))).await;
        let [reference, current] = self.sides;
        let count = async |table: &Table| {
            let see = |keys: &mut Keys, chunk: &_| keys.take(chunk);
            table.visit(&column.name, Keys::default(), see).await.map_err(|error| error.to_string())
        };
        let (ours, theirs) = (count(reference).await?, count(current).await?);
        let (types, asked) = (column.types.clone(), self.asked());
        apart(move || {
            let (ours, theirs) = (ours.categories(), theirs.categories());
            let mut drift = ColumnDrift::new(drift::categorical(&ours, &theirs), &asked.limits);
            if asked.statistics == Statistics::All {
                drift.complete = Some(complete::categorical([&types[0], &types[1]], &ours, &theirs));
            }
            drift
        })
        .await
    }

    fn asked(self) -> Asked {
        Asked { limits: self.request.limits.clone(), statistics: self.request.statistics }
    }
}

/// The part of a request that is needed once the values are there.
#[derive(Clone, Debug)]
struct Asked {
    limits: DriftLimits,
    statistics: Statistics,
}

/// Works on a thread of its own; the error is a message.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|_| "its statistics could not be computed".to_owned())
}
