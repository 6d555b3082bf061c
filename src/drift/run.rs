//! Reading both sides and comparing them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::budget::Budget;
use super::column::{Buffers, Column, Tables};
use super::comparison::{ColumnDrift, Comparison};
use super::labels::{Labels, Unusable};
use super::profiled;
use super::request::{Request, Source};
use crate::store::snapshot::Table;

/// Compares two sides; `progress` is called with the name of each column before it is read, and how many there are.
///
/// As many columns as the request has workers are read at once, as far as the memory allows. A column that cannot be
/// read is noted in the comparison and the others go on.
pub async fn compare(
    (reference, current): ((&str, &Source), (&str, &Source)),
    request: &Request,
    progress: &(dyn Fn(&str, usize) + Sync),
) -> Comparison {
    let mut comparison = Comparison::new(reference.0, current.0);
    let (Some(of_reference), Some(of_current)) = (reference.1.table(), current.1.table()) else {
        profiled::compare(&mut comparison, (reference.1, current.1), request, progress).await;
        return comparison;
    };
    let sides = [of_reference, of_current];
    let mut shared = comparison.choose((of_reference.columns(), of_current.columns()), &request.columns);
    if request.columns.is_empty() {
        shared = comparison.pass_over(shared, &request.entity);
    }
    let columns = shared.into_iter().map(|(name, kind)| Column::new(name, kind, sides, request));
    let mut columns: Vec<Column> = columns.collect();
    let total = columns.len();
    let labels = match labels(sides, request).await {
        Ok(labels) => labels,
        Err((name, message)) => {
            comparison.add_unreadable(&name, &message);
            Labels::default()
        }
    };
    let needs = columns.iter().map(|column| column.need(sides));
    let memory = request.memory.saturating_sub(labels.bytes());
    let Budget { workers, bytes } = Budget::new(memory, request.workers.min(total), needs);
    let tables = Tables { sides: sides.map(Clone::clone), request: request.clone(), bytes, workers, labels };
    columns.reverse();
    let work = Arc::new((tables, Mutex::new(columns)));
    let (tell, mut told) = unbounded_channel();
    for _ in 0..workers {
        let (work, tell) = (Arc::clone(&work), tell.clone());
        tokio::task::spawn_blocking(move || read(&work.0, &work.1, &tell));
    }
    drop(tell);
    while let Some(news) = told.recv().await {
        match news {
            News::Begun(name) => progress(&name, total),
            News::Compared(name, compared) => match *compared {
                Ok((column, segments)) => {
                    comparison.add(&name, column);
                    if let Err(message) = segments {
                        comparison.add_unreadable(&name, &message);
                    }
                }
                Err(message) => comparison.add_unreadable(&name, &message),
            },
        }
    }
    comparison.settle();
    comparison
}

/// Reads what each row belongs to, where that is asked for.
async fn labels(sides: [&Table; 2], request: &Request) -> Result<Labels, Unusable> {
    if request.by.is_empty() && request.entity.is_empty() {
        return Ok(Labels::default());
    }
    let (sides, request) = (sides.map(Clone::clone), request.clone());
    let read = move || {
        let [ours, theirs] = &sides;
        Labels::read([ours, theirs], &request)
    };
    let read = tokio::task::spawn_blocking(read).await;
    read.unwrap_or_else(|_| Err(("rows".to_owned(), "they could not be told apart".to_owned())))
}

/// A column and whether its segments could be had, or why it could not be compared.
type Compared = Result<(ColumnDrift, Result<(), String>), String>;

/// What workers tell.
enum News {
    Begun(String),
    Compared(String, Box<Compared>),
}

/// Takes columns from the end of `columns` until there is none, or nobody listens any more.
fn read(tables: &Tables, columns: &Mutex<Vec<Column>>, tell: &UnboundedSender<News>) {
    let mut buffers = Buffers::default();
    loop {
        let next = columns.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(column) = next else { return };
        if tell.send(News::Begun(column.name.clone())).is_err() {
            return;
        }
        // What a damaged file makes a computation do must not take the other columns with it.
        let compared = catch_unwind(AssertUnwindSafe(|| tables.compare(&column, &mut buffers)));
        let compared = compared.unwrap_or_else(|_| Err("its statistics could not be computed".to_owned()));
        if tell.send(News::Compared(column.name, Box::new(compared))).is_err() {
            return;
        }
    }
}
