//! Reading both sides and comparing them.

use super::comparison::{ColumnDrift, Comparison};
use super::request::{Request, Source};
use crate::stats::drift::{ColumnKind, Observed, observed};
use crate::store::snapshot::ColumnData;

/// Compares two sides; `progress` is called with the name of each column before it is read.
///
/// A column that cannot be read is noted in the comparison and the others go on.
pub async fn compare(
    (reference, current): ((&str, &Source), (&str, &Source)),
    request: &Request,
    progress: &(dyn Fn(&str, usize) + Sync),
) -> Comparison {
    let mut comparison = Comparison::new(reference.0, current.0);
    let (Some(reference), Some(current)) = (reference.1.table(), current.1.table()) else { return comparison };
    let shared = comparison.choose((reference.columns(), current.columns()), &request.columns);
    let total = shared.len();
    for (name, kind) in shared {
        progress(&name, total);
        match futures_util::join!(reference.read(&name), current.read(&name)) {
            (Ok(ours), Ok(theirs)) => {
                if let Some(pair) = observed(&side(kind, ours), &side(kind, theirs)) {
                    comparison.add(&name, ColumnDrift::new(pair, &request.limits));
                }
            }
            (Err(error), _) | (Ok(_), Err(error)) => comparison.add_unreadable(&name, &error.to_string()),
        }
    }
    comparison.settle();
    comparison
}

fn side(kind: ColumnKind, data: ColumnData) -> Observed {
    match (data, kind) {
        (ColumnData::Numbers { values, nulls }, ColumnKind::Timestamp | ColumnKind::Age) => {
            Observed::timestamps(values, nulls)
        }
        (ColumnData::Numbers { values, nulls }, ColumnKind::Numeric | ColumnKind::Categorical | ColumnKind::Opaque) => {
            Observed::numeric(values, nulls)
        }
        (ColumnData::Categories { counts, nulls }, _) => Observed::categorical(counts, nulls),
    }
}
