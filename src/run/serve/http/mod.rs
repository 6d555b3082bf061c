//! The HTTP server: each file gives the routes of one audience.

mod access;
mod answer;
mod api;
mod operations;
mod pages;
mod query;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::service::Service;

/// The paths of the server.
pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .merge(operations::routes())
        .merge(pages::routes())
        .merge(api::routes(&service))
        .layer(from_fn_with_state(Arc::clone(&service), access::guard))
        .with_state(service)
}
