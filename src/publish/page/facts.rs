//! A view in a few lines: whose it is, what its last round found, when the next is due.

use maud::{Markup, html};

use super::callers;
use super::document::{age, ago, clock};
use super::findings::capital;
use super::health::Health;
use super::known::KnownView;
use super::rounds::result;
use super::share::{class, figures, freshness, percent};
use crate::model::captured::CaptureCounts;
use crate::model::check::CheckKind;
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::model::view::Pairing;
use crate::publish::plain::one_line;

/// The head of a view's page.
pub(super) fn head(view: &KnownView, now: Timestamp) -> Markup {
    let summary = &view.detail.summary;
    let of = |label: &str, name: &Option<String>| name.as_ref().map(|name| format!("{label} {}", one_line(name)));
    let owners = [
        of("project", &summary.project),
        of("team", &summary.team),
        of("owner", &summary.owner),
        of("tier", &summary.tier),
    ];
    let owners: Vec<String> = owners.into_iter().flatten().collect();
    let health = Health::of(summary);
    let doubt = summary.status_reason.as_ref().filter(|_| health == Health::NotJudged);
    html! {
        h1 { (one_line(&summary.name)) " " (health.badge()) }
        @if let Some(doubt) = doubt { p.notice role="note" { (capital(&one_line(doubt))) "." } }
        @if !owners.is_empty() { p.soft { (capital(&owners.join(", "))) "." } }
        (rounds(view, now))
    }
}

fn rounds(view: &KnownView, now: Timestamp) -> Markup {
    let summary = &view.detail.summary;
    let next = summary.next_round_at;
    let next =
        next.map_or_else(|| "no further one is due".to_owned(), |next| format!("the next is due {}", clock(next)));
    let earlier = view.earlier.as_ref().and_then(|earlier| earlier.summary.last_round.as_ref());
    html! {
        p.asof {
            @match &summary.last_round {
                Some(newest) => { "Last round " (ago(newest.finished_at, now)) ", " (result(newest.result)) "; " (next) "." }
                None => { "No round has ended yet; " (next) "." }
            }
            @if let Some(earlier) = earlier { " The figures are those of " (age(earlier.finished_at, now)) "." }
        }
    }
}

/// The figures of the view as a whole; nothing where there are none.
pub(super) fn figured(view: &KnownView) -> Markup {
    let detail = view.figured();
    let summary = &detail.summary;
    let (Some(measured), Some(keys)) = (&summary.freshness, detail.keys) else { return html! {} };
    let class = |check| class(&detail.view_checks, check);
    let (lag, held) = freshness(measured);
    let budget = view.freshness_budget.filter(|_| measured.objective_seconds.is_some());
    let budget =
        budget.map_or_else(String::new, |budget| format!("; {} may lie beyond", figure::limit_percent(budget)));
    let objective = summary.coverage_objective;
    let objective = objective.map_or_else(String::new, |least| format!(", objective {}", figure::limit_percent(least)));
    let n = |share: &crate::publish::api::Proportion| figure::count(share.n);
    let (covered, comparable) = (summary.coverage.as_ref().map(n), summary.comparable.as_ref().map(n));
    let sides = [(keys.online, "online"), (keys.offline, "offline"), (keys.both, "on both sides")];
    let sides = sides.map(|(count, side)| format!("{} {side}", figure::count(count))).join(", ");
    let snapshot = detail.snapshot.as_ref();
    let watermark = snapshot.and_then(|snapshot| snapshot.watermark).map_or_else(|| figure::NOTHING.to_owned(), clock);
    let reference = snapshot.and_then(|snapshot| snapshot.reference.as_deref());
    let reference = reference.map_or_else(String::new, |reference| format!("; reference {}", one_line(reference)));
    let pairing = match detail.pairing {
        Pairing::Version => "event timestamp",
        Pairing::AsOf => "time in force",
        Pairing::Value => "value",
    };
    let mut facts = vec![
        (class(CheckKind::Freshness), "Freshness", lag, format!("{held}{budget}")),
        (
            class(CheckKind::Coverage),
            "Coverage",
            percent(summary.coverage.as_ref()),
            format!("of {} keys have every feature{objective}", covered.unwrap_or_default()),
        ),
        (
            class(CheckKind::Comparable),
            "Comparable",
            percent(summary.comparable.as_ref()),
            format!("of {} cells; paired by {pairing}", comparable.unwrap_or_default()),
        ),
        ("", "Entity keys", figure::count(keys.asked), sides),
        ("", "Snapshot complete up to", watermark, reference.trim_start_matches("; ").to_owned()),
    ];
    if let Some(captured) = detail.captured {
        let CaptureCounts { captured, waiting, settled, superseded, expired } = captured;
        let ends = [(settled, "settled"), (superseded, "superseded"), (expired, "expired"), (waiting, "waiting")];
        let ends = ends.map(|(count, end)| format!("{} {end}", figure::count(count))).join(", ");
        facts.push(("", "Captured rows", figure::count(captured), ends));
    }
    if let Some(served) = &detail.served {
        let (figure, small) = callers::served(served);
        facts.push((class(CheckKind::Serving), "Served otherwise than stored", figure, small));
    }
    if let Some(logged) = &detail.logged {
        let (figure, small) = callers::requests(logged);
        facts.push(("", "Requests with every feature", figure, small));
    }
    html! {
        dl.facts {
            @for (class, title, figure, small) in &facts { div class=(class) { dt { (title) } dd { (figures(figure, small)) } } }
        }
    }
}
