//! One view: its verdict, its figures over time, its features.

use maud::{Markup, html};

use super::super::model::{Report, ViewOfPeriod};
use super::super::words::{capital, counted, share};
use super::{anchor, badge, charts, features};
use crate::model::figure;
use crate::publish::plain::one_line;

/// The section of a view.
pub(super) fn section(report: &Report, (number, view): (usize, &ViewOfPeriod)) -> Markup {
    let of = |label: &str, name: &Option<String>| name.as_ref().map(|name| format!("{label} {}", one_line(name)));
    let owners =
        [of("project", &view.project), of("team", &view.team), of("owner", &view.owner), of("tier", &view.tier)];
    let owners: Vec<String> = owners.into_iter().flatten().collect();
    html! {
        section.view id=(anchor(number)) {
            h2 { "View " (one_line(&view.name)) " " (badge(view.verdict)) }
            @if !owners.is_empty() { p.soft { (capital(&owners.join(", "))) "." } }
            p { (capital(&view.why)) "." }
            @if view.rounds.measured() > 0 {
                (facts(view))
                (charts::charts(report, view))
                (features::table(report, view))
            }
        }
    }
}

fn facts(view: &ViewOfPeriod) -> Markup {
    let rounds = &view.rounds;
    let freshness = &view.freshness;
    let within =
        freshness.beyond.ratio.map(|beyond| format!("{} % beyond the objective", figure::bare_percent(beyond.get())));
    let median =
        freshness.quantiles_seconds.map(|[median, _, _]| format!("median age about {}", figure::span(Some(median))));
    let least = |least: Option<f64>| {
        least.map_or_else(String::new, |least| format!("lowest round {} %", figure::bare_percent(least)))
    };
    let facts = [
        (
            "Rounds",
            counted(rounds.measured(), "round"),
            format!(
                "{} read in part, {} failed; {} of {} measured",
                figure::count(rounds.partial),
                figure::count(rounds.failed),
                figure::count(rounds.hours_measured),
                counted(rounds.hours, "hour")
            ),
        ),
        (
            "Freshness",
            within.clone().or_else(|| median.clone()).unwrap_or_else(|| figure::NOTHING.to_owned()),
            within.and(median).unwrap_or_default(),
        ),
        ("Coverage", share(view.coverage.share), least(view.coverage.least)),
        ("Comparable", share(view.comparable.share), least(view.comparable.least)),
    ];
    html! {
        dl.facts {
            @for (title, figure, small) in &facts { div { dt { (title) } dd { span.figure { (figure) } @if !small.is_empty() { " " small { (small) } } } } }
        }
    }
}
