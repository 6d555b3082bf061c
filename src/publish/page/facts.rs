//! A view in a few lines: whose it is, what its last round found, when the next is due.

use maud::{Markup, html};

use super::document::{ago, clock};
use super::health::{Health, silence};
use super::known::KnownView;
use super::share::{class, figures, freshness};
use crate::history::ViewFigures;
use crate::model::check::CheckKind;
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::publish::plain::one_line;

/// The head of a view's page.
pub(super) fn head(view: &KnownView, now: Timestamp) -> Markup {
    let of = |label: &str, name: &Option<String>| name.as_ref().map(|name| format!("{label} {}", one_line(name)));
    let owners =
        [of("project", &view.project), of("team", &view.team), of("owner", &view.owner), of("tier", &view.tier)];
    let owners: Vec<String> = owners.into_iter().flatten().collect();
    html! {
        h1 { (one_line(&view.name)) " " (Health::of(view, now).badge()) }
        @if let Some(reason) = silence(view, now) { p.notice role="note" { "Not judged: " (reason) "." } }
        @if !owners.is_empty() { p.soft { (owners.join(", ")) } }
        (rounds(view, now))
    }
}

fn rounds(view: &KnownView, now: Timestamp) -> Markup {
    let next = view
        .pace
        .next
        .map_or_else(|| "no further round is due".to_owned(), |next| format!("next round due {}", clock(next)));
    html! {
        p.asof {
            @match &view.newest {
                Some(newest) => { "Last round " (ago(newest.round.finished_at, now)) ", " (newest.round.result.name()) "; " (next) "." },
                None => { "No round yet; " (next) "." },
            }
            @if let (Some(newest), Some(measured)) = (&view.newest, &view.measured) {
                @if newest.round.finished_at != measured.round.finished_at {
                    " Figures are those of " (ago(measured.round.finished_at, now)) "."
                }
            }
        }
    }
}

/// The figures of the view as a whole.
pub(super) fn figured(view: &KnownView, measured: &ViewFigures) -> Markup {
    let (lag, held) = freshness(&measured.freshness);
    let budget = view
        .limits
        .freshness_budget
        .map_or_else(String::new, |budget| format!("; {} may lie beyond", figure::limit_percent(budget)));
    let objective =
        view.limits.coverage.map_or_else(String::new, |least| format!(", objective {}", figure::limit_percent(least)));
    let keys = &measured.keys;
    let watermark = measured.snapshot.watermark.map_or_else(|| figure::NOTHING.to_owned(), clock);
    let reference =
        measured.snapshot.reference.as_deref().map(|reference| format!("reference {}", one_line(reference)));
    html! {
        dl.facts {
            div class=(class(measured, CheckKind::Freshness)) { dt { "Freshness" } dd { (figures(&lag, &format!("{held}{budget}"))) } }
            div class=(class(measured, CheckKind::Coverage)) {
                dt { "Coverage" }
                dd { (figures(&figure::percent(measured.coverage.ratio), &format!("of {} keys have every feature{objective}", figure::count(measured.coverage.n)))) }
            }
            div class=(class(measured, CheckKind::Comparable)) {
                dt { "Comparable" }
                dd { (figures(&figure::percent(measured.comparable.ratio), &format!("of {} cells", figure::count(measured.comparable.n)))) }
            }
            div {
                dt { "Keys" }
                dd { (figures(&figure::count(keys.asked), &format!("{} online, {} offline, {} on both sides", figure::count(keys.online), figure::count(keys.offline), figure::count(keys.both)))) }
            }
            div { dt { "Snapshot" } dd { (figures(&watermark, &format!("complete up to then{}", reference.map_or_else(String::new, |reference| format!("; {reference}"))))) } }
        }
    }
}
