//! The overview: one sentence, what fires, and a row for each view.

use maud::{Markup, html};

use super::document::{ago, clock, counted, document};
use super::health::{Health, silence};
use super::known::{Fate, KnownView};
use super::share::{class, figures, freshness};
use super::strip::Strip;
use super::{findings, link, worst};
use crate::model::check::CheckKind;
use crate::model::drift::{amount, limit};
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::model::view::NotWatched;
use crate::publish::plain::one_line;

/// All that the overview shows.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The present.
    pub now: Timestamp,
    /// The views, in the order of the plan.
    pub views: Vec<OverviewView>,
    /// Views that are known and not watched.
    pub not_watched: Vec<NotWatched>,
    /// Which views are shown.
    pub filter: Filter,
    /// What is to be said of the history: that there is none, or that it cannot be read.
    pub notice: Option<String>,
}

/// A view with its last week.
#[derive(Clone, Debug)]
pub struct OverviewView {
    /// What is known of it.
    pub view: KnownView,
    /// How its rounds went; `None` without a history.
    pub strip: Option<Strip>,
}

/// Which views are shown; `None` shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of one team.
    pub team: Option<String>,
    /// Those that are so.
    pub health: Option<Health>,
}

impl Filter {
    fn shows(&self, view: &KnownView, health: Health) -> bool {
        self.team.as_ref().is_none_or(|team| view.team.as_ref() == Some(team))
            && self.health.is_none_or(|wanted| wanted == health)
    }

    /// The address of the overview with this filter.
    fn path(&self) -> String {
        let team = self.team.as_ref().map(|team| format!("team={}", link::encoded(team)));
        let health = self.health.map(|health| format!("status={}", health.name()));
        let query: Vec<String> = team.into_iter().chain(health).collect();
        if query.is_empty() { "/".to_owned() } else { format!("/?{}", query.join("&")) }
    }
}

/// The page.
#[must_use]
pub fn overview(page: &Overview) -> String {
    let now = page.now;
    let all: Vec<(&OverviewView, Health)> = page.views.iter().map(|one| (one, Health::of(&one.view, now))).collect();
    let mut shown: Vec<(&OverviewView, Health)> =
        all.iter().copied().filter(|(one, health)| page.filter.shows(&one.view, *health)).collect();
    shown.sort_by_key(|(_, health)| *health);
    let firing: Vec<_> = shown
        .iter()
        .flat_map(|(one, _)| &one.view.findings)
        .filter(|finding| matches!(finding.fate(), Fate::Firing(_)))
        .collect();
    let sentence = sentence(&all);
    let main = html! {
        h1 { (sentence) }
        p.asof { "As of " (clock(now)) ", " (counted(page.views.len(), "view")) " watched." }
        @if let Some(notice) = &page.notice { p.notice role="note" { (notice) } }
        (tally(page, &all))
        @if !firing.is_empty() {
            section aria-labelledby="firing" {
                h2 id="firing" { "Firing" }
                (findings::list(&firing, now, findings::Naming::WithView))
            }
        }
        section aria-labelledby="views" {
            h2 id="views" { "Feature views" }
            (teams(page))
            @if shown.len() < all.len() {
                p.soft { (format!("{} of {}", shown.len(), counted(all.len(), "view"))) ". " a href="/" { "Show all" } }
            }
            @if !shown.is_empty() { (table(&shown, now)) }
        }
        @if !page.not_watched.is_empty() {
            section aria-labelledby="unwatched" {
                h2 id="unwatched" { "Not watched" }
                dl.notes {
                    @for view in &page.not_watched {
                        dt { (one_line(&view.feature_view)) }
                        dd { (one_line(&view.reason)) }
                    }
                }
            }
        }
    };
    document("Feature views", &[], &main).into_string()
}

/// `3 of 40 views need attention; 2 could not be judged`.
fn sentence(all: &[(&OverviewView, Health)]) -> String {
    let count = |wanted: &[Health]| all.iter().filter(|(_, health)| wanted.contains(health)).count();
    let (attention, mute) = (count(&[Health::Critical, Health::Warning]), count(&[Health::NotJudged]));
    let of = |count: usize| format!("{} of {}", figure::count(count as u64), counted(all.len(), "view"));
    let needs = |count: usize| if count == 1 { "needs" } else { "need" };
    match (all.len(), attention, mute) {
        (0, _, _) => "No view is watched".to_owned(),
        (1, 0, 0) => "The view is as it should be".to_owned(),
        (_, 0, 0) => format!("All {} are as they should be", counted(all.len(), "view")),
        (_, 0, mute) => format!("{} could not be judged; nothing fires", of(mute)),
        (_, attention, 0) => format!("{} {} attention", of(attention), needs(attention)),
        (_, attention, mute) => {
            format!(
                "{} {} attention; {} could not be judged",
                of(attention),
                needs(attention),
                figure::count(mute as u64)
            )
        }
    }
}

/// How many views are how; each is a filter.
fn tally(page: &Overview, all: &[(&OverviewView, Health)]) -> Markup {
    let of_team = |one: &OverviewView| Filter { health: None, ..page.filter.clone() }.shows(&one.view, Health::Ok);
    let count = |wanted: Health| all.iter().filter(|(one, health)| *health == wanted && of_team(one)).count();
    html! {
        ul.tally aria-label="Views by status" {
            @for health in Health::ALL {
                @let is_current = page.filter.health == Some(health);
                @let filter = Filter { health: (!is_current).then_some(health), team: page.filter.team.clone() };
                li {
                    a class={ "tile " (health.name()) } href=(filter.path()) aria-current=[is_current.then_some("true")] {
                        strong { (figure::count(count(health) as u64)) } " " (health.badge())
                    }
                }
            }
        }
    }
}

/// The teams; each is a filter.
fn teams(page: &Overview) -> Markup {
    let mut teams: Vec<&String> = page.views.iter().filter_map(|one| one.view.team.as_ref()).collect();
    teams.sort_unstable();
    teams.dedup();
    let filter = |team: Option<&String>| Filter { team: team.cloned(), health: page.filter.health }.path();
    html! {
        @if !teams.is_empty() {
            ul.chips aria-label="Teams" {
                li { a href=(filter(None)) aria-current=[page.filter.team.is_none().then_some("true")] { "all teams" } }
                @for team in teams {
                    @let is_current = page.filter.team.as_ref() == Some(team);
                    li { a href=(filter(Some(team))) aria-current=[is_current.then_some("true")] { (one_line(team)) } }
                }
            }
        }
    }
}

fn table(shown: &[(&OverviewView, Health)], now: Timestamp) -> Markup {
    let heads = ["View", "Status", "Freshness", "Coverage", "Worst skew", "Worst drift", "Last 7 days", "Last round"];
    html! {
        table.cards role="table" {
            thead role="rowgroup" {
                tr role="row" { @for head in heads { th scope="col" role="columnheader" { (head) } } }
            }
            tbody role="rowgroup" { @for (one, health) in shown { (row(one, *health, now)) } }
        }
    }
}

fn row(one: &OverviewView, health: Health, now: Timestamp) -> Markup {
    let view = &one.view;
    let measured = view.measured.as_deref();
    let figured = measured.and_then(|round| round.round.measured.as_ref());
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                a href=(link::view(&view.name)) { (one_line(&view.name)) }
                @if let Some(team) = &view.team { small { (one_line(team)) } }
            }
            td role="cell" data-label="Status" {
                (health.badge())
                @if let Some(reason) = silence(view, now) { small { (reason) } }
                (fates(view))
            }
            @if let (Some(round), Some(measured)) = (measured, figured) {
                @let (main, small) = freshness(&measured.freshness);
                td class=(class(measured, CheckKind::Freshness)) role="cell" data-label="Freshness" { (figures(&main, &small)) }
                @let objective = view.limits.coverage.map_or_else(String::new, |least| format!("objective {}", figure::limit_percent(least)));
                td class=(class(measured, CheckKind::Coverage)) role="cell" data-label="Coverage" {
                    (figures(&figure::percent(measured.coverage.ratio), &objective))
                }
                td role="cell" data-label="Worst skew" {
                    @match worst::skew(measured) {
                        Some((feature, skew)) if skew.get() > 0.0 => (figures(&figure::percent(Some(skew)), &one_line(feature))),
                        Some((_, skew)) => (figures(&figure::percent(Some(skew)), "")),
                        None => (figures(figure::NOTHING, "nothing compared")),
                    }
                }
                td role="cell" data-label="Worst drift" {
                    @match worst::drift(round) {
                        Some((feature, statistic, check)) => {
                            @let limit = check.threshold.map_or_else(String::new, |most| format!(", limit {}", limit(statistic, most)));
                            @let name = statistic.name().replace('_', " ");
                            (figures(&format!("{name} {}", amount(statistic, check.effect.unwrap_or_default())), &format!("{}{limit}", one_line(feature))))
                        }
                        None => (figures(figure::NOTHING, "")),
                    }
                }
            } @else {
                @for label in ["Freshness", "Coverage", "Worst skew", "Worst drift"] {
                    td role="cell" data-label=(label) { (figure::NOTHING) }
                }
            }
            td.past role="cell" data-label="Last 7 days" {
                @match &one.strip { Some(strip) => (strip.draw()), None => (figure::NOTHING) }
            }
            td role="cell" data-label="Last round" { (last_round(view, now)) }
        }
    }
}

/// When the last round was, or when the first is due; figures of an earlier round say so.
fn last_round(view: &KnownView, now: Timestamp) -> Markup {
    html! {
        @match (&view.newest, view.pace.next) {
            (Some(newest), _) => {
                (ago(newest.round.finished_at, now)) " " small { (newest.round.result.name()) }
                @if let Some(measured) = view.measured.as_ref().filter(|measured| measured.round.finished_at != newest.round.finished_at) {
                    small { "figures of " (ago(measured.round.finished_at, now)) }
                }
            }
            (None, Some(next)) => { "first due " (clock(next)) },
            (None, None) => "none is due",
        }
    }
}

/// Findings by what becomes of them: `2 firing, 1 accepted`.
fn fates(view: &KnownView) -> Markup {
    let count = |wanted: fn(Fate) -> bool| view.findings.iter().filter(|finding| wanted(finding.fate())).count();
    let parts: Vec<String> = [
        (count(|fate| matches!(fate, Fate::Firing(_))), "firing"),
        (count(|fate| fate == Fate::Waiting), "waiting"),
        (count(|fate| fate == Fate::Accepted), "accepted"),
        (count(|fate| fate == Fate::Maintenance), "under maintenance"),
        (count(|fate| fate == Fate::Observed), "only observed"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    html! { @if !parts.is_empty() { small { (parts.join(", ")) } } }
}
