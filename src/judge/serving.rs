//! What callers of the serving path get, against what the store holds: who is to blame.

use crate::model::check::{CheckKind, Limits};
use crate::model::figure::{count, limit_percent, percent};
use crate::model::measurement::ViewMeasurement;
use crate::model::ratio::Ratio;
use crate::model::served::{ServedMeasurement, ServedVerdict};

use super::checks::{Bound, hold, limit_of};
use super::{Subject, Verdicts};

/// The share of cells that callers get otherwise than the store holds them; nothing where no serving path is asked.
pub(super) fn serving(verdicts: &mut Verdicts<'_>, measured: &ViewMeasurement, limits: &Limits) {
    let Some(served) = &measured.served else { return };
    let outcome = hold(served.wrong.ratio.map(Ratio::get), served.wrong.n, limits, Bound::Upper);
    let limit = limit_of(outcome.as_ref());
    verdicts.file(Subject { check: CheckKind::Serving, feature: None }, outcome, || {
        let attributed = served.attributed;
        format!(
            "{} of {} cells are served by {} otherwise than the online store holds them ({}), the limit is {}; of {} of \
             them the store has what models were trained on: the cache or the server is to blame{}",
            percent(served.wrong.ratio),
            count(served.wrong.n),
            served.address,
            kinds(served),
            limit_percent(limit),
            count(attributed.serving_while_store_agrees),
            cause(served)
        )
    });
}

/// "300 missing, 12 outdated": what is wrong, the most frequent first.
fn kinds(served: &ServedMeasurement) -> String {
    let kind = |(verdict, cells): (ServedVerdict, u64)| format!("{} {}", count(cells), verdict.name());
    served.accused().into_iter().map(kind).collect::<Vec<_>>().join(", ")
}

/// "; likely cause: serving path: 300 missing by the cache, …": which part of it, as far as the cells tell.
fn cause(served: &ServedMeasurement) -> String {
    let part = |(verdict, cells): (ServedVerdict, u64)| {
        Some(format!("{} {} by {}", count(cells), verdict.name(), verdict.culprit()?))
    };
    let parts: Vec<String> = served.accused().into_iter().filter_map(part).collect();
    format!("; likely cause: serving path: {}", parts.join("; "))
}
