//! From a report to the rows of each family.

use std::collections::BTreeMap;

use super::super::metrics::row::{Families, Row, real, row};
use super::super::metrics::{Surroundings, cells, family, plan, round};
use crate::history::RoundRecord;
use crate::model::measurement::RoundReport;

/// Every family with its rows, a family perhaps more than once; a figure that does not exist gives no row.
pub(super) fn collect<'a>(
    report: &'a RoundReport,
    records: &'a [RoundRecord],
    surroundings: &Surroundings<'a>,
) -> Families<'a> {
    let mut families = plan::of_plan(surroundings);
    for record in records {
        families.extend(round::gauges(record));
        families.extend(round::counts(record));
        families.push((&family::CHECK_STATUS, round::statuses(record)));
        if round::is_complete(record) {
            let ended = row([record.round.view.as_str()], record.round.finished_at.seconds());
            families.push((&family::LAST_SUCCESS, ended.into_iter().collect()));
        }
    }
    families.push((&family::STAGE_FAILURES, stage_failures(report)));
    families.push((&family::STORE_UP, store_up(records, surroundings.store)));
    families
}

fn stage_failures(report: &RoundReport) -> Vec<Row<'_>> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for failure in &report.failures {
        *counts.entry((failure.stage.name(), &*failure.reason)).or_default() += 1;
    }
    counts.into_iter().filter_map(|((stage, reason), count)| row([stage, reason], real(count))).collect()
}

/// Up if any cell could be read, down if cells were asked for and none could; nothing is known without cells.
fn store_up<'a>(records: &[RoundRecord], store: &'a str) -> Vec<Row<'a>> {
    let counts = records.iter().filter_map(|record| record.round.measured.as_ref()).map(cells);
    let (all, unread) = counts.fold((0, 0), |(all, unread), view| (all + view.0, unread + view.1));
    let up = if unread < all { 1.0 } else { 0.0 };
    if all == 0 { Vec::new() } else { row([store], up).into_iter().collect() }
}
