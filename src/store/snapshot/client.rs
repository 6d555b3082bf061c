//! How a client of a disk or bucket is made.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use super::address::Address;
use super::error::{SnapshotError, SnapshotFault};
use super::settings::S3Settings;

/// Longest wait for a connection; a dead endpoint is told within a few of these.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Longest silence in the middle of an answer. The whole answer has no limit: a slow link may take long and be well.
const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// No further attempt is made after this.
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);

const RETRIES: usize = 2;

const DEFAULT_REGION: &str = "us-east-1";

/// Makes the client of the disk or bucket of `address`. What the settings leave open comes from the `AWS_…` variables;
/// `endpoint` goes before both.
pub(super) fn connect(
    settings: &S3Settings,
    address: &Address,
    endpoint: Option<&str>,
) -> Result<Arc<dyn ObjectStore>, SnapshotError> {
    let Some(bucket) = &address.bucket else { return Ok(Arc::new(LocalFileSystem::new())) };
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let endpoint = endpoint
        .map(str::to_owned)
        .or_else(|| settings.endpoint.clone())
        .or_else(|| variable("AWS_ENDPOINT_URL_S3"))
        .or_else(|| variable("AWS_ENDPOINT_URL"))
        .or_else(|| variable("AWS_ENDPOINT"));
    let region = settings
        .region
        .clone()
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .unwrap_or_else(|| DEFAULT_REGION.to_owned());
    let path_style = settings.path_style.unwrap_or(endpoint.is_some());
    let retry = RetryConfig {
        backoff: BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() },
        max_retries: RETRIES,
        retry_timeout: RETRY_TIMEOUT,
    };
    let plain_http = endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"));
    let options = ClientOptions::new()
        .with_connect_timeout(CONNECT_TIMEOUT)
        .with_read_timeout(READ_TIMEOUT)
        .with_timeout_disabled()
        .with_allow_http(plain_http);
    let mut builder = AmazonS3Builder::from_env()
        .with_client_options(options)
        .with_retry(retry)
        .with_bucket_name(bucket)
        .with_region(region)
        .with_virtual_hosted_style_request(!path_style);
    if let Some(endpoint) = &endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(access_key_id) = &settings.access_key_id {
        builder = builder.with_access_key_id(access_key_id);
    }
    if let Some(secret) = &settings.secret_access_key {
        builder = builder.with_secret_access_key(secret.reveal());
    }
    if let Some(token) = &settings.session_token {
        builder = builder.with_token(token.reveal());
    }
    let client = builder.build().map_err(|error| SnapshotError {
        attempt: format!("could not reach bucket `{bucket}`"),
        cause: error.to_string(),
        fault: SnapshotFault::Address,
    })?;
    Ok(Arc::new(client))
}
