//! The HTTP server: each file gives the routes of one audience.

mod operations;

use std::sync::Arc;

use axum::Router;

use super::service::Service;

/// The paths of the server.
pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new().merge(operations::routes()).with_state(service)
}
