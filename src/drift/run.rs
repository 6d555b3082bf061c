//! Reading both sides and comparing them.

use futures_util::{StreamExt, stream};

use super::budget::Budget;
use super::column::{Column, Tables};
use super::comparison::Comparison;
use super::profiled;
use super::request::{Request, Source};

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
    let (Some(reference), Some(current)) = (reference.1.table(), current.1.table()) else {
        profiled::compare(&mut comparison, (reference.1, current.1), request, progress).await;
        return comparison;
    };
    let shared = comparison.choose((reference.columns(), current.columns()), &request.columns);
    let total = shared.len();
    let budget = Budget::new(request.memory);
    let tables = Tables { sides: [reference, current], request, budget: &budget };
    let columns = stream::iter(shared).map(|(name, kind)| async move {
        progress(&name, total);
        let column = Column::new(name, kind, tables);
        let compared = tables.compare(&column).await;
        (column.name, compared)
    });
    let mut columns = columns.buffer_unordered(request.workers.max(1));
    while let Some((name, compared)) = columns.next().await {
        match compared {
            Ok(column) => comparison.add(&name, column),
            Err(message) => comparison.add_unreadable(&name, &message),
        }
    }
    comparison.settle();
    comparison
}
