//! `/api/v1`: what is known of views, findings and rounds, as JSON.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::super::service::Service;
use super::super::shown::{self, resolved_in};
use super::answer::{Refusal, json};
use super::query::{Query, bad};
use crate::history::{HistoryError, HistoryReader, RoundQuery};
use crate::model::check::Severity;
use crate::model::time::Clock;
use crate::publish::api::openapi::{MOST_FINDINGS, MOST_ROUNDS, USUAL_FINDINGS, USUAL_ROUNDS, document};
use crate::publish::api::{FindingFilter, FindingList, FindingState, Round, RoundPage};
use crate::run::round::chain;

/// How far back resolved findings are looked for unless told otherwise.
const USUAL_PAST: Duration = Duration::from_secs(24 * 3600);

type Answer = Result<Response, Refusal>;

/// The paths of the API.
pub(super) fn routes(service: &Arc<Service>) -> Router<Arc<Service>> {
    let known = Router::new()
        .route("/views", get(views))
        .route("/views/{view}", get(view))
        .route("/findings", get(findings))
        .route("/rounds", get(rounds))
        .layer(from_fn_with_state(Arc::clone(service), when_ready))
        .route("/openapi.json", get(openapi))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method);
    Router::new().nest("/api/v1", known).route("/api/{*rest}", get(unknown_path))
}

/// Nothing is answered before what was known is restored.
async fn when_ready(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    if service.is_ready() { next.run(request).await } else { Refusal::not_ready().into_response() }
}

async fn unknown_path(request: Request) -> Refusal {
    let message = format!("there is no `{}`", request.uri().path());
    Refusal::new(StatusCode::NOT_FOUND, "unknown_path", message).hint("`/api/v1/openapi.json` says what there is")
}

async fn wrong_method(request: Request) -> Refusal {
    let message = format!("`{}` does not take {}", request.uri().path(), request.method());
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", message).hint("the API is read by GET")
}

async fn openapi(RawQuery(query): RawQuery) -> Answer {
    Query::parse(query.as_deref(), &[])?;
    Ok(json(&document()))
}

async fn views(State(service): State<Arc<Service>>, RawQuery(query): RawQuery) -> Answer {
    Query::parse(query.as_deref(), &[])?;
    Ok(json(&shown::views(&service, Clock::System.now())))
}

async fn view(
    State(service): State<Arc<Service>>,
    name: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    Query::parse(query.as_deref(), &[])?;
    let Path(name) = name.map_err(|_| bad("bad_path", "the name of the view is not UTF-8".to_owned()))?;
    let detail = shown::view(&service, &name, Clock::System.now());
    detail.map(|detail| json(&detail)).ok_or_else(|| unknown_view(&service, &name))
}

fn unknown_view(service: &Service, name: &str) -> Refusal {
    Refusal::unknown_view(name, service.watched().plan.views.iter().map(|view| view.name.as_str()))
}

/// The view that is asked for, which must be watched.
fn watched_view(service: &Service, query: &Query) -> Result<Option<String>, Refusal> {
    let Some(name) = query.text("view") else { return Ok(None) };
    let is_watched = service.watched().plan.views.iter().any(|view| view.name == name);
    if is_watched { Ok(Some(name.to_owned())) } else { Err(unknown_view(service, name)) }
}

async fn findings(State(service): State<Arc<Service>>, RawQuery(query): RawQuery) -> Answer {
    let now = Clock::System.now();
    let query = Query::parse(query.as_deref(), &["state", "view", "severity", "since", "limit"])?;
    let filter = query.word("state", &FindingFilter::WORDS)?.and_then(FindingFilter::parse).unwrap_or_default();
    let severity = query.word("severity", &Severity::ALL.map(Severity::name))?;
    let since = query.since("since", now)?;
    let limit = query.number("limit", (1, MOST_FINDINGS))?.unwrap_or(USUAL_FINDINGS);
    let view = watched_view(&service, &query)?;
    let wants_resolved = filter.admits(FindingState::Resolved);
    if since.is_some() && !wants_resolved {
        return Err(bad("bad_parameter", format!("`since` says nothing of findings that are {}", filter.name()))
            .hint("it goes with `state=resolved` or `state=all`"));
    }
    let mut found = shown::open_findings(&service, now);
    if wants_resolved {
        let since = since.unwrap_or_else(|| now.minus(USUAL_PAST));
        match (history(&service), filter) {
            (Some(path), _) => found.extend(read(path, move |history| resolved_in(history, since)).await?),
            // Who asks for all is shown what there is.
            (None, FindingFilter::All) => {}
            (None, FindingFilter::Only(_) | FindingFilter::Open) => {
                return Err(Refusal::no_history("resolved findings"));
            }
        }
    }
    let list = FindingList::of(found, limit, |finding| {
        filter.admits(finding.state)
            && view.as_ref().is_none_or(|view| finding.feature_view == *view)
            && severity.is_none_or(|severity| finding.severity.name() == severity)
    });
    Ok(json(&list))
}

async fn rounds(State(service): State<Arc<Service>>, RawQuery(query): RawQuery) -> Answer {
    let query = Query::parse(query.as_deref(), &["view", "limit", "before"])?;
    let limit = query.number("limit", (1, MOST_ROUNDS))?.unwrap_or(USUAL_ROUNDS);
    let before = query.number("before", (0_i64, i64::MAX))?;
    let view = watched_view(&service, &query)?;
    let Some(path) = history(&service) else {
        if before.is_some() {
            return Err(Refusal::no_history("rounds before the last"));
        }
        return Ok(json(&last_rounds(&service, view.as_deref(), limit)));
    };
    let page = read(path, move |history| {
        // One more than is shown tells whether there is another page.
        let listed = history.newest_rounds(&RoundQuery { view: view.as_deref(), before, limit: limit + 1 })?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = listed.get(shown).and_then(|_| listed.get(shown.checked_sub(1)?)).map(|last| last.number);
        Ok(RoundPage { rounds: listed.iter().take(shown).map(|listed| Round::of(&listed.round)).collect(), next })
    });
    Ok(json(&page.await?))
}

/// The last round of each view, which is all that is known without a history.
fn last_rounds(service: &Service, view: Option<&str>, limit: u32) -> RoundPage {
    let watched = service.watched();
    let names = watched.plan.views.iter().map(|view| view.name.as_str());
    let latest = names.filter(|name| view.is_none_or(|view| view == *name)).filter_map(|name| service.latest(name));
    let mut rounds: Vec<Round> = latest.map(|latest| Round::of(&latest.record.round)).collect();
    rounds.sort_by_key(|round| std::cmp::Reverse(round.finished_at));
    rounds.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    RoundPage { rounds, next: None }
}

/// The file of the history, where one is kept.
fn history(service: &Service) -> Option<PathBuf> {
    service.watched().plan.publish.history.clone()
}

/// Reads the history on a thread that may wait for the disk.
async fn read<T: Send + 'static>(
    path: PathBuf,
    read: impl FnOnce(&HistoryReader) -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, Refusal> {
    let outcome = tokio::task::spawn_blocking(move || HistoryReader::open(&path).and_then(|history| read(&history)));
    match outcome.await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(error)) => Err(Refusal::unreadable(&chain(&error))),
        Err(error) => Err(Refusal::unreadable(&chain(&error))),
    }
}
