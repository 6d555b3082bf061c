//! Shares with what they are held against.

use maud::{Markup, html};

use crate::model::check::CheckKind;
use crate::model::figure;
use crate::model::measurement::FreshnessMeasurement;
use crate::model::ratio::Ratio;
use crate::model::view::FreshnessBasis;
use crate::publish::api::{CheckState, CheckWord, Proportion};

/// A figure and what stands below it in small.
pub(super) fn figures(figure: &str, small: &str) -> Markup {
    html! { span.figure { (figure) } @if !small.is_empty() { " " small { (small) } } }
}

/// A share in percent, or nothing.
pub(super) fn percent(share: Option<&Proportion>) -> String {
    figure::percent(share.and_then(|share| share.ratio))
}

/// How a view stands against its freshness objective: the figure and what it is held against.
pub(super) fn freshness(measured: &FreshnessMeasurement) -> (String, String) {
    if measured.n == 0 {
        return (figure::NOTHING.to_owned(), "no row with an event timestamp".to_owned());
    }
    let Some(objective) = measured.objective_seconds else {
        return (figure::span(measured.p50_seconds), "median age, no objective".to_owned());
    };
    let objective = figure::span(Some(objective));
    match measured.basis {
        FreshnessBasis::View => {
            (figure::span(measured.min_seconds), format!("age of the newest row, objective {objective}"))
        }
        FreshnessBasis::Row | FreshnessBasis::Version => {
            let within = measured.beyond_objective.map(|beyond| measured.n.saturating_sub(beyond));
            let share = within.and_then(|within| Ratio::of(within, measured.n));
            let lags =
                format!("p50 {}, p99 {}", figure::span(measured.p50_seconds), figure::span(measured.p99_seconds));
            (figure::percent(share), format!("within {objective}; {lags}"))
        }
    }
}

/// Style class of a figure by what its check said.
pub(super) fn class(checks: &[CheckState], check: CheckKind) -> &'static str {
    match checks.iter().find(|state| state.check == check).map(|state| state.status) {
        None | Some(CheckWord::Pass) => "",
        Some(CheckWord::Unknown) => "vague",
        Some(CheckWord::Warning | CheckWord::Critical) => "breach",
    }
}
