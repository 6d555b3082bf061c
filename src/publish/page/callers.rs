//! What callers get of a view, as facts: through the serving path, and by the log of their requests.

use crate::model::figure;
use crate::model::logged::{LoggedFeature, LoggedMeasurement};
use crate::model::served::{ServedMeasurement, ServedVerdict};
use crate::publish::plain::one_line;

/// Most features that a fact names.
const NAMED: usize = 3;

/// A figure and what is to be said of it in small print.
pub(super) type Fact = (String, String);

/// What differs from the online store, and who is to blame.
pub(super) fn served(served: &ServedMeasurement) -> Fact {
    let kind = |(verdict, cells): (ServedVerdict, u64)| format!("{} {}", figure::count(cells), verdict.name());
    let kinds: Vec<String> = served.accused().into_iter().map(kind).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
    let attributed = served.attributed;
    let store = match attributed.store {
        0 => String::new(),
        cells => format!("; {} are skewed in the store and served so", figure::count(cells)),
    };
    let agrees = match attributed.serving {
        0 => String::new(),
        _ => format!("; of {} the store agrees with training", figure::count(attributed.serving_while_store_agrees)),
    };
    let (cells, keys) = (figure::count(served.wrong.n), figure::count(served.keys));
    let address = one_line(&served.address);
    let text =
        format!("of {cells} cells of {keys} keys differ from the online store{kinds}{agrees}{store}; by {address}");
    (figure::percent(served.wrong.ratio), text)
}

/// What requests were given.
pub(super) fn requests(logged: &LoggedMeasurement) -> Fact {
    let (skew, requests, keys) = (logged.skew(), figure::count(logged.requests), figure::count(logged.keys));
    let mut skewed: Vec<(&String, &LoggedFeature)> = logged.features.iter().collect();
    skewed.retain(|(_, feature)| feature.skew.ratio.is_some_and(|ratio| ratio.get() > 0.0));
    skewed.sort_by(|(_, one), (_, other)| {
        other.skew.ratio.partial_cmp(&one.skew.ratio).unwrap_or(std::cmp::Ordering::Equal)
    });
    let named = skewed.iter().take(NAMED);
    let named = named.map(|(name, feature)| format!("{} of {}", figure::percent(feature.skew.ratio), one_line(name)));
    let named: Vec<String> = named.collect();
    let named = if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
    let text = format!(
        "of {requests} requests for {keys} keys were given every feature; {} of {} comparable values differ from training{named}",
        figure::percent(skew.ratio),
        figure::count(skew.n)
    );
    (figure::percent(logged.coverage.ratio), text)
}
