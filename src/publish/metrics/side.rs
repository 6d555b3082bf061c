//! What a round found beside the comparison of the stores, as rows of each family; a figure that does not exist gives no row.

use super::family;
use super::row::{Families, Row, real, row};
use crate::history::RoundRecord;
use crate::model::ratio::Ratio;
use crate::model::served::ServedVerdict;

/// The figures that the round leaves behind.
pub(super) fn gauges(record: &RoundRecord) -> Families<'_> {
    let view = record.round.view.as_str();
    let side = &record.side;
    let mut families = Vec::new();
    if let Some(served) = &side.served {
        let blamed = [("serving_path", served.attributed.serving), ("online_store", served.attributed.store)];
        let answered = served.wrong.ratio.is_some();
        let blamed = blamed.into_iter().filter(|_| answered);
        let features = served.features.iter().filter(|_| answered);
        let features = features.filter_map(|(name, counts)| row([view, name], counts.wrong().ratio.map(Ratio::get)));
        families.extend([
            (&family::SERVED_MISMATCH, one(view, served.wrong.ratio)),
            (&family::SERVED_BLAMED, blamed.filter_map(|(who, cells)| row([view, who], real(cells))).collect()),
            (&family::SERVED_FEATURE_MISMATCH, features.collect()),
        ]);
    }
    if let Some(logged) = &side.logged {
        let skew = logged.features.iter();
        let skew = skew.filter_map(|(name, feature)| row([view, name], feature.skew.ratio.map(Ratio::get)));
        families.extend([
            (&family::LOGGED_REQUESTS, row([view], real(logged.requests)).into_iter().collect()),
            (&family::REQUEST_COVERAGE, one(view, logged.coverage.ratio)),
            (&family::REQUEST_SKEW, skew.collect()),
        ]);
    }
    let lags = side.lags.iter().filter_map(|(name, profile)| row([view, name], profile.peaks.first()?.lag_seconds));
    let skew = side.lags.iter();
    let skew = skew.filter_map(|(name, profile)| row([view, name], profile.skew?.ratio.map(Ratio::get)));
    families.extend([(&family::VALUE_LAG, lags.collect::<Vec<_>>()), (&family::VALUE_LAG_SKEW, skew.collect())]);
    families
}

/// What the round counted.
pub(super) fn counts(record: &RoundRecord) -> Families<'_> {
    let view = record.round.view.as_str();
    let Some(served) = &record.side.served else { return Vec::new() };
    let cells = ServedVerdict::ALL.into_iter().map(|verdict| (verdict.label(), served.total(verdict)));
    let cells = cells.filter(|(_, count)| *count > 0).filter_map(|(label, count)| row([view, label], real(count)));
    vec![
        (&family::SERVED_KEYS, row([view], real(served.keys)).into_iter().collect()),
        (&family::SERVED_CELLS, cells.collect()),
    ]
}

fn one(view: &str, ratio: Option<Ratio>) -> Vec<Row<'_>> {
    row([view], ratio.map(Ratio::get)).into_iter().collect()
}
