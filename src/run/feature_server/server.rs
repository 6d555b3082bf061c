//! What the requests of a feature server share, and the way of a request through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::future::join_all;
use quick_cache::sync::Cache;

use super::asked::{Asked, Catalog};
use super::entities::Entities;
use super::refusal::Refusal;
use super::reply::{Cells, LookedUp, Unread, told};
use super::request::{FeatureRequest, Wanted};
use crate::config::{PartialAnswers, ServingSettings};
use crate::publish::metrics::lookup::{L1Fill, LookupMetrics};

/// Ways of asking that are remembered as they were resolved.
const REMEMBERED: usize = 1000;
/// Features of a way of asking that is remembered; longer ones are resolved each time.
const LONGEST_REMEMBERED: usize = 1000;
/// Header with the number of values that could not be read.
const FAILED: &str = "x-skewwatch-failed";

/// What requests share.
#[derive(Debug)]
pub(super) struct FeatureServer {
    pub(super) settings: ServingSettings,
    pub(super) metrics: LookupMetrics,
    catalog: Catalog,
    resolved: Cache<Wanted, Arc<Asked>>,
    is_draining: AtomicBool,
}

impl FeatureServer {
    pub(super) fn new(catalog: Catalog, metrics: LookupMetrics, settings: ServingSettings) -> Self {
        let resolved = Cache::new(REMEMBERED);
        Self { settings, metrics, catalog, resolved, is_draining: AtomicBool::new(false) }
    }

    /// Says from now on that it is about to stop.
    pub(super) fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
    }

    /// Whether it is about to stop.
    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Acquire)
    }

    /// Feature services that can be asked for.
    pub(super) fn services(&self) -> usize {
        self.catalog.services.len()
    }

    /// How full L1 is.
    pub(super) fn l1(&self) -> L1Fill {
        L1Fill { bytes: self.catalog.lookup.l1_bytes(), rows: self.catalog.lookup.l1_rows() as u64 }
    }

    /// Answers a request that came at `begun`.
    ///
    /// # Errors
    /// When it cannot be answered as it is, or nothing could be read.
    pub(super) async fn answer(&self, request: FeatureRequest, begun: Instant) -> Result<Response, Refusal> {
        let asked = self.resolve(request.wanted)?;
        let entities = Entities::read(&asked, request.entities, self.settings.limits.entities)?;
        let found = self.look_up((&asked, &entities), begun).await;
        let cells = Cells::new(&asked, &found);
        cells.count((&asked, &found), &self.metrics);
        let unread = cells.unread();
        self.judge(unread)?;
        let name = |view: usize| self.catalog.views.get(view).map(|view| view.name.as_str());
        let views = told(&asked, request.views, name);
        let body = cells.body((&asked, &entities), views.as_deref());
        let mut response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
        if unread.failed > 0 {
            response.headers_mut().insert(FAILED, HeaderValue::from(unread.failed));
        }
        Ok(response)
    }

    fn resolve(&self, wanted: Wanted) -> Result<Arc<Asked>, Refusal> {
        if let Some(asked) = self.resolved.get(&wanted) {
            return Ok(asked);
        }
        let asked = Arc::new(self.catalog.resolve(&wanted)?);
        if asked.names.len() <= LONGEST_REMEMBERED {
            self.resolved.insert(wanted, Arc::clone(&asked));
        }
        Ok(asked)
    }

    /// Looks every entity up in every group, entity by entity: at once what L1 has, then all else together.
    async fn look_up(&self, (asked, entities): (&Asked, &Entities), begun: Instant) -> Vec<LookedUp> {
        let lookup = &self.catalog.lookup;
        let mut found: Vec<Option<LookedUp>> = Vec::with_capacity(entities.count * asked.groups.len());
        let mut missed = Vec::new();
        for entity in 0..entities.count {
            for group in &asked.groups {
                match lookup.recall(&group.selection, &entities.key(group, entity)) {
                    Ok(answer) => found.push(Some(LookedUp { answer, took: begun.elapsed() })),
                    Err(miss) => {
                        let place = found.len();
                        found.push(None);
                        missed.push(async move {
                            let answer = lookup.fetch(miss).await;
                            (place, LookedUp { answer, took: begun.elapsed() })
                        });
                    }
                }
            }
        }
        for (place, looked_up) in join_all(missed).await {
            if let Some(slot) = found.get_mut(place) {
                *slot = Some(looked_up);
            }
        }
        found.into_iter().flatten().collect()
    }

    /// Whether an answer of which so much could not be read is one.
    fn judge(&self, unread: Unread) -> Result<(), Refusal> {
        let Unread { failed, all } = unread;
        let is_refused = match self.settings.partial {
            PartialAnswers::Serve => failed == all && failed > 0,
            PartialAnswers::Refuse => failed > 0,
        };
        if !is_refused {
            return Ok(());
        }
        Err(Refusal::unread(format!(
            "{failed} of {all} values could not be read: the online store did not answer in time, or holds what is no value"
        )))
    }
}
