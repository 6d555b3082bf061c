//! The overview: one sentence, what fires, and a row for each view.

use maud::{Markup, html};

use super::document::{age, clock, counted, document};
use super::health::Health;
use super::known::{KnownView, tally};
use super::rounds::result;
use super::share::{class, figures, freshness, percent};
use super::strip::Strip;
use super::{findings, link};
use crate::model::check::CheckKind;
use crate::model::drift::{amount, limit};
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::publish::api::{FindingState, ToldFinding, UnwatchedView};
use crate::publish::plain::one_line;

/// All that the overview shows.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The present.
    pub now: Timestamp,
    /// The views, in the order of the plan.
    pub views: Vec<OverviewView>,
    /// Views that are known and not watched.
    pub not_watched: Vec<UnwatchedView>,
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
        self.team.as_ref().is_none_or(|team| view.detail.summary.team.as_ref() == Some(team))
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
    let all: Vec<(&OverviewView, Health)> =
        page.views.iter().map(|one| (one, Health::of(&one.view.detail.summary))).collect();
    let mut shown: Vec<(&OverviewView, Health)> =
        all.iter().copied().filter(|(one, health)| page.filter.shows(&one.view, *health)).collect();
    shown.sort_by_key(|(_, health)| *health);
    let findings = shown.iter().flat_map(|(one, _)| &one.view.detail.open_findings);
    let firing: Vec<&ToldFinding> = findings.filter(|finding| finding.state == FindingState::Firing).collect();
    let unlisted = firing.len().saturating_sub(findings::MOST);
    let sentence = sentence(&all);
    let main = html! {
        h1 { (sentence) }
        p.asof { "As of " (clock(now)) ", " (counted(page.views.len(), "view")) " watched." }
        @if let Some(notice) = &page.notice { p.notice role="note" { (notice) } }
        (tiles(page, &all))
        @if !firing.is_empty() {
            section aria-labelledby="firing" {
                h2 id="firing" { "Firing" }
                (findings::list(&firing, now, findings::Naming::WithView))
                @if unlisted > 0 { p.soft { "And " (counted(unlisted, "finding")) " more: the pages of the views below tell them all." } }
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
                        dt { (one_line(&view.name)) }
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
fn tiles(page: &Overview, all: &[(&OverviewView, Health)]) -> Markup {
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
    let mut teams: Vec<&String> = page.views.iter().filter_map(|one| one.view.detail.summary.team.as_ref()).collect();
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
    let view = &one.view.detail.summary;
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                a href=(link::view(&view.name)) { (one_line(&view.name)) }
                @if let Some(team) = &view.team { " " small { (one_line(team)) } }
            }
            td.wide role="cell" data-label="Status" {
                (health.badge())
                @let findings = tally(&view.findings);
                @if !findings.is_empty() { " " small { (findings) } }
                @if health == Health::NotJudged {
                    @if let Some(reason) = &view.status_reason { " " small { (one_line(reason)) } }
                }
            }
            (measured(&one.view))
            td.past role="cell" data-label="Last 7 days" {
                @match &one.strip {
                    Some(strip) => (strip.draw()),
                    None => (figure::NOTHING),
                }
            }
            td role="cell" data-label="Last round" { (last_round(&one.view, now)) }
        }
    }
}

/// The cells with figures.
fn measured(view: &KnownView) -> Markup {
    let detail = view.figured();
    let summary = &detail.summary;
    let class = |check| class(&detail.view_checks, check);
    let (lag, held) = summary.freshness.as_ref().map_or_else(|| (figure::NOTHING.to_owned(), String::new()), freshness);
    let objective = summary.coverage_objective.filter(|_| summary.coverage.is_some());
    let objective = objective.map_or_else(String::new, |least| format!("objective {}", figure::limit_percent(least)));
    let (skew, skewed) = summary.worst_skew.as_ref().map_or_else(
        || (figure::NOTHING.to_owned(), String::new()),
        |worst| (percent(Some(&worst.skew.mismatch)), one_line(&worst.feature)),
    );
    let is_skewed = summary
        .worst_skew
        .as_ref()
        .is_some_and(|worst| worst.skew.mismatch.ratio.is_some_and(|ratio| ratio.get() > 0.0));
    let (drift, drifted) = summary.worst_drift.as_ref().map_or_else(
        || (figure::NOTHING.to_owned(), String::new()),
        |worst| {
            let measured = &worst.drift.measured;
            let effect = measured
                .effect
                .map_or_else(String::new, |effect| format!(" {}", amount(worst.drift.statistic, effect)));
            let limit = measured
                .threshold
                .map_or_else(String::new, |most| format!(", limit {}", limit(worst.drift.statistic, most)));
            (
                format!("{}{effect}", worst.drift.statistic.name().replace('_', " ")),
                format!("{}{limit}", one_line(&worst.feature)),
            )
        },
    );
    html! {
        td class={ "wide " (class(CheckKind::Freshness)) } role="cell" data-label="Freshness" { (figures(&lag, &held)) }
        td class=(class(CheckKind::Coverage)) role="cell" data-label="Coverage" { (figures(&percent(summary.coverage.as_ref()), &objective)) }
        td.wide role="cell" data-label="Worst skew" { (figures(&skew, if is_skewed { &skewed } else { "" })) }
        td.wide role="cell" data-label="Worst drift" { (figures(&drift, &drifted)) }
    }
}

/// When the last round was, or when the first is due; figures of an earlier round say so.
fn last_round(view: &KnownView, now: Timestamp) -> Markup {
    let summary = &view.detail.summary;
    let earlier = view.earlier.as_ref().and_then(|earlier| earlier.summary.last_round.as_ref());
    html! {
        @match (&summary.last_round, summary.next_round_at) {
            (Some(newest), _) => {
                (figures(&age(newest.finished_at, now), result(newest.result)))
                @if let Some(earlier) = earlier { " " small { "figures are those of " (age(earlier.finished_at, now)) } }
            }
            (None, Some(next)) => { "first due " (clock(next)) }
            (None, None) => "none is due",
        }
    }
}
