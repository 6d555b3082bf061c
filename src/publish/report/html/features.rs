//! The features of a view: a row each.

use maud::{Markup, html};

use super::super::model::{DriftOfPeriod, FeatureOfPeriod, Report, ViewOfPeriod, ViewVerdict};
use super::super::words::{interval, minute};
use super::{bars, plot};
use crate::model::drift::{amount, limit};
use crate::model::figure;
use crate::model::ratio::Ratio;
use crate::publish::plain::one_line;

/// The table; nothing without features.
pub(super) fn table(report: &Report, view: &ViewOfPeriod) -> Markup {
    html! {
        @if !view.features.is_empty() {
            table.cards.of-features {
                caption { "Features, worst first. Shares are over all rounds of the " (report.noun) ", intervals those of one round's keys." }
                thead {
                    tr {
                        th scope="col" { "Feature" }
                        th scope="col" { "Skew" }
                        th scope="col" { "Skew over the " (report.noun) }
                        th scope="col" { "Only lag" }
                        th scope="col" { "Coverage" }
                        th scope="col" { "Drift" }
                        th scope="col" { "Effect against limit" }
                        th scope="col" { span.key.reference {} "Reference, " span.key.current {} "current" }
                    }
                }
                tbody { @for feature in &view.features { (row(feature, report)) } }
            }
        }
    }
}

fn row(feature: &FeatureOfPeriod, report: &Report) -> Markup {
    let held = feature.skew_limit.map_or_else(String::new, |limit| format!("; limit {}", figure::limit_percent(limit)));
    let ends = feature.skew_interval.map_or_else(String::new, |ends| format!("{}; ", interval(ends)));
    let most = feature.skew_over_time.iter().flatten().copied().fold(0.0_f64, f64::max);
    let words = format!("at most {} %{held}", figure::bare_percent(most));
    html! {
        tr {
            th scope="row" {
                (one_line(&feature.name))
                @if feature.verdict != ViewVerdict::Sound { " " (super::badge(feature.verdict)) }
            }
            td data-label="Skew" {
                span { (figure::percent(feature.skew.ratio)) @if feature.skew.n > 0 { " " small { (ends) "n = " (figure::count(feature.skew.n)) (held) } } }
            }
            td.past data-label="Over time" { (plot::sparkline(&feature.skew_over_time, (feature.skew_limit, &words))) }
            td data-label="Only lag" {
                @match &feature.split {
                    Some(split) => span { (figure::bare_percent(split.lag_share)) " %" " " small { (interval(split.interval)) "; n = " (figure::count(split.stale + split.skewed)) } },
                    None => span { (figure::NOTHING) },
                }
            }
            td data-label="Coverage" {
                span { (figure::percent(feature.coverage.ratio)) @if feature.coverage.n > 0 { " " small { "n = " (figure::count(feature.coverage.n)) } } }
            }
            @match &feature.drift {
                Some(drift) => (drifted(drift, report)),
                None => { td data-label="Drift" { span { (figure::NOTHING) } } td data-label="Effect" {} },
            }
            td.both data-label="Reference, current" { @if let Some(both) = &feature.bars { (bars::plot(both)) } }
        }
    }
}

fn drifted(drift: &DriftOfPeriod, report: &Report) -> Markup {
    let statistic = drift.statistic;
    let shown = |value: f64| amount(statistic, value);
    let all = drift.drifted + drift.stable + drift.unknown;
    let share = figure::percent(Ratio::of(drift.drifted, all));
    html! {
        td data-label="Drift" {
            span {
                (statistic.name()) " "
                @match (&drift.newest, drift.effects) {
                    (Some(newest), _) => (newest.said.effect.map_or_else(|| figure::NOTHING.to_owned(), shown)),
                    (None, Some([least, most])) if shown(least) == shown(most) => (shown(least)),
                    (None, Some([least, most])) => { (shown(least)) "–" (shown(most)) },
                    (None, None) => (figure::NOTHING),
                }
                " "
                small { "in " (share) " of " (figure::count(all)) " rounds" }
            }
        }
        td data-label="Effect" {
            @if let Some(newest) = &drift.newest {
                (plot::effect(&newest.said))
                small {
                    @if let Some([lower, upper]) = newest.said.interval { (shown(lower)) " to " (shown(upper)) "; " }
                    @if let Some(floor) = newest.said.noise_floor { "noise floor " (figure::distance(Some(floor))) "; " }
                    @if let Some(bound) = newest.said.limit { "limit " (limit(statistic, bound)) "; " }
                    "n = " (figure::count(newest.said.reference_n)) " against " (figure::count(newest.said.current_n))
                    @if newest.at >= report.until { "; measured " (minute(newest.at)) }
                }
            }
        }
    }
}
