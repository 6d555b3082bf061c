//! What servers that are told something answer, in words.

use std::time::Duration;

use chrono::DateTime;
use reqwest::Response;
use reqwest::header::HeaderValue;

use crate::model::time::Timestamp;

/// Longest wait that a server may ask for.
const LONGEST_REQUEST: Duration = Duration::from_secs(3600);
/// Most of a refusal that is told, in characters.
const LONGEST_REASON: usize = 300;

/// Most of a refusal that is read, in bytes, and the longest time for it: what counts is its status.
const MOST_READ: usize = 4_096;
const READ_WITHIN: Duration = Duration::from_secs(2);

/// What a server answered that is no success.
pub(super) async fn answered(mut response: Response) -> String {
    let (status, mut bytes) = (response.status(), Vec::new());
    let reading = async {
        while let Ok(Some(part)) = response.chunk().await {
            bytes.extend_from_slice(&part);
            if bytes.len() >= MOST_READ {
                break;
            }
        }
    };
    // What has come until then is told.
    let _ = tokio::time::timeout(READ_WITHIN, reading).await;
    let said: String = String::from_utf8_lossy(&bytes)
        .trim()
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST_REASON)
        .collect();
    if said.is_empty() { format!("it answered {status}") } else { format!("it answered {status}: {said}") }
}

/// How long `Retry-After` asks to wait: in seconds, or up to a time of day.
pub(super) fn wait(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    // What is too long for a number is longer than the longest wait.
    let span = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_or(LONGEST_REQUEST, Duration::from_secs)
    } else {
        let until = DateTime::parse_from_rfc2822(text).ok()?;
        until.timestamp_nanos_opt().map_or(Some(LONGEST_REQUEST), |until| Timestamp::from_nanos(until).since(now))?
    };
    Some(span.min(LONGEST_REQUEST))
}

/// The chain of an error without its address, which is told beside it.
pub(super) fn causes(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    let text = with_sources(String::new(), error);
    if text.is_empty() { "the request broke off".to_owned() } else { text }
}

/// What was told of an error, with what it comes from, each once.
pub(super) fn with_sources(mut told: String, error: &dyn std::error::Error) -> String {
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        // Which part of the client it was helps nobody, where its own cause follows.
        let is_told = !said.starts_with("client error (") || cause.source().is_none();
        if is_told && !told.contains(&said) {
            let separator = if told.is_empty() { "" } else { ": " };
            told.push_str(&format!("{separator}{said}"));
        }
        source = cause.source();
    }
    told
}
