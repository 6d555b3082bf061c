//! The pages for people: an overview of the views, and a page for each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::super::service::Service;
use super::super::shown;
use super::answer::Refusal;
use super::query::Query;
use crate::history::{HistoryError, HistoryReader, RoundQuery};
use crate::model::check::FindingKey;
use crate::model::time::{Clock, Timestamp};
use crate::publish::api::{FindingState, Round};
use crate::publish::page::{
    Filter, Fire, Health, KnownView, Overview, OverviewView, POLICY, Past, Stretch, Strip, Timeline, ViewPage, lost,
    overview, view,
};
use crate::run::round::chain;

/// Rounds in the list of the last ones.
const LAST_ROUNDS: u32 = 20;
/// What is said where no history is kept.
const NO_HISTORY: &str = "No history is kept, because `publish.history` names no file: only the last round is shown, and a \
                          restart forgets it.";
/// What is said where the history cannot be read.
const UNREADABLE: &str = "The history could not be read, see the log: only the last round is shown.";

/// The paths of the pages.
pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new().route("/", get(all)).route("/views/{view}", get(one))
}

async fn all(State(service): State<Arc<Service>>, RawQuery(query): RawQuery) -> Response {
    if !service.is_ready() {
        return refused(&Refusal::not_ready());
    }
    let filter = match filter(query.as_deref()) {
        Ok(filter) => filter,
        Err(refusal) => return refused(&refusal),
    };
    written(move || (StatusCode::OK, overview(&gathered(&service, filter, Clock::System.now())))).await
}

fn filter(query: Option<&str>) -> Result<Filter, Refusal> {
    let query = Query::parse(query, &["team", "status"])?;
    let wanted = query.word("status", &Health::ALL.map(Health::name))?;
    let health = Health::ALL.into_iter().find(|health| Some(health.name()) == wanted);
    Ok(Filter { team: query.text("team").map(str::to_owned), health })
}

async fn one(State(service): State<Arc<Service>>, Path(name): Path<String>, RawQuery(query): RawQuery) -> Response {
    if !service.is_ready() {
        return refused(&Refusal::not_ready());
    }
    let stretch = match stretch(query.as_deref()) {
        Ok(stretch) => stretch,
        Err(refusal) => return refused(&refusal),
    };
    written(move || {
        let now = Clock::System.now();
        let known = shown::known(&service, now, |view| view == name).pop();
        match known {
            Some(known) => (StatusCode::OK, view(&with_past(&service, known, (stretch, now)))),
            None => {
                let watched = service.watched();
                let names: Vec<String> = watched.plan.views.iter().map(|view| view.name.clone()).collect();
                (StatusCode::NOT_FOUND, lost(&name, &names))
            }
        }
    })
    .await
}

/// How far back the page looks; `None` where it is not said.
fn stretch(query: Option<&str>) -> Result<Option<Stretch>, Refusal> {
    let query = Query::parse(query, &["span"])?;
    let wanted = query.word("span", &Stretch::ALL.map(Stretch::name))?;
    Ok(Stretch::ALL.into_iter().find(|stretch| Some(stretch.name()) == wanted))
}

fn refused(refusal: &Refusal) -> Response {
    (refusal.status(), refusal.text()).into_response()
}

/// A page that is written on a thread that may wait for the disk.
async fn written(write: impl FnOnce() -> (StatusCode, String) + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(write).await {
        Ok((status, page)) => {
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::CACHE_CONTROL, "no-store"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
            ];
            (status, headers, page).into_response()
        }
        Err(error) => {
            tracing::error!(cause = chain(&error), "page not written");
            (StatusCode::INTERNAL_SERVER_ERROR, "could not write the page, see the log\n").into_response()
        }
    }
}

/// What `read` finds in the history, or what is to be said instead.
fn from_history<T>(
    service: &Service,
    read: impl FnOnce(&HistoryReader) -> Result<T, HistoryError>,
) -> Result<T, &'static str> {
    let path: Option<PathBuf> = service.watched().plan.publish.history.clone();
    let Some(path) = path else { return Err(NO_HISTORY) };
    HistoryReader::open(&path).and_then(|history| read(&history)).map_err(|error| {
        tracing::error!(cause = chain(&error), "history not read");
        UNREADABLE
    })
}

fn gathered(service: &Service, filter: Filter, now: Timestamp) -> Overview {
    let views = shown::known(service, now, |_| true);
    let timeline = Timeline::up_to(now, Stretch::Week);
    let past = from_history(service, |history| {
        let period = timeline.period();
        Ok((history.outcomes(period)?, history.findings(period)?))
    });
    let not_watched = shown::views(service, now).not_watched;
    match past {
        Err(notice) => {
            let views = views.into_iter().map(|view| OverviewView { view, strip: None });
            Overview { now, views: views.collect(), not_watched, filter, notice: Some(notice.to_owned()) }
        }
        Ok((mut hours, episodes)) => {
            let silent: BTreeSet<FindingKey> = views.iter().flat_map(silent).collect();
            let mut fires: BTreeMap<String, Vec<Fire>> = BTreeMap::new();
            // Findings that are open and of which nobody is told are not shown as firing now; of earlier ones it is not known.
            for episode in episodes.iter().filter(|one| one.resolved_at.is_some() || !silent.contains(&one.key)) {
                let Some(from) = episode.fired_at else { continue };
                let until = episode.resolved_at.unwrap_or(Timestamp::MAX);
                let fire = Fire { from, until, severity: episode.severity };
                fires.entry(episode.key.feature_view.clone()).or_default().push(fire);
            }
            let with_strip = |view: KnownView| {
                let name = &view.detail.summary.name;
                let fires = fires.get(name).map_or(&[][..], Vec::as_slice);
                let strip = Strip::of(timeline, &hours.remove(name).unwrap_or_default(), fires);
                OverviewView { view, strip: Some(strip) }
            };
            let views = views.into_iter().map(with_strip).collect();
            Overview { now, views, not_watched, filter, notice: None }
        }
    }
}

/// Open findings of which nobody is told.
fn silent(view: &KnownView) -> impl Iterator<Item = FindingKey> + '_ {
    let silent = view.detail.open_findings.iter().filter(|finding| finding.state != FindingState::Firing);
    silent.map(|finding| FindingKey {
        feature_view: finding.feature_view.clone(),
        feature: finding.feature.clone(),
        check: finding.check,
    })
}

fn with_past(service: &Service, known: KnownView, (stretch, now): (Option<Stretch>, Timestamp)) -> ViewPage {
    let name = known.detail.summary.name.clone();
    let past = from_history(service, |history| {
        let query = RoundQuery { view: Some(&name), before: None, limit: LAST_ROUNDS };
        let newest = history.newest_rounds(&query)?.iter().map(|listed| Round::of(&listed.round)).collect();
        let over = |stretch| {
            let timeline = Timeline::up_to(now, stretch);
            Ok((timeline, history.last_of_each(&name, (timeline.period(), timeline.step()))?))
        };
        let (timeline, rounds) = match stretch {
            Some(stretch) => over(stretch)?,
            None => {
                let week = over(Stretch::Week)?;
                let oldest = week.1.first().map(|round| round.finished_at);
                // The shortest that shows all there is.
                let short = [Stretch::Hours, Stretch::Day].into_iter().find(|stretch| {
                    oldest.is_some_and(|oldest| oldest >= Timeline::up_to(now, *stretch).period().start)
                });
                short.map_or_else(|| Ok(week), over)?
            }
        };
        Ok(Past { timeline, rounds, newest })
    });
    match past {
        Ok(past) => ViewPage { now, view: known, past: Some(past), notice: None },
        Err(notice) => ViewPage { now, view: known, past: None, notice: Some(notice.to_owned()) },
    }
}
