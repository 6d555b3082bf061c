//! What an object store's error means, in one fault and one clause.

use std::error::Error;
use std::io;

use object_store::client::{HttpError, HttpErrorKind};

use super::error::SnapshotFault;

/// The fault behind an error of the object store, and its cause as a clause without addresses.
pub(super) fn refusal(error: &object_store::Error) -> (SnapshotFault, String) {
    use object_store::Error as Store;
    match error {
        Store::NotFound { .. } => (SnapshotFault::NotFound, or_code(error, "there is no such file")),
        Store::PermissionDenied { .. } => (SnapshotFault::Denied, or_code(error, "the user may not read it")),
        Store::Unauthenticated { .. } => (SnapshotFault::Denied, or_code(error, "the user is not known")),
        Store::Precondition { .. } | Store::NotModified { .. } => {
            (SnapshotFault::Changed, "it changed while it was read".to_owned())
        }
        Store::InvalidPath { source } => (SnapshotFault::Address, source.to_string()),
        Store::Generic { .. }
        | Store::JoinError { .. }
        | Store::NotSupported { .. }
        | Store::AlreadyExists { .. }
        | Store::NotImplemented { .. }
        | Store::UnknownConfigurationKey { .. } => unspecific(error),
        _ => (SnapshotFault::Connection, deepest(error)),
    }
}

/// Errors that only their sources tell apart.
fn unspecific(error: &object_store::Error) -> (SnapshotFault, String) {
    let told = || sources(error).map(ToString::to_string).collect::<Vec<String>>();
    for source in sources(error) {
        if let Some(error) = source.downcast_ref::<HttpError>() {
            let cause = if error.kind() == HttpErrorKind::Timeout {
                "no answer in time".to_owned()
            } else if error.kind() == HttpErrorKind::Connect {
                let to = told().iter().find_map(|text| server(text)).map(|server| format!(" to {server}"));
                format!("no connection{}: {}", to.unwrap_or_default(), plain(&deepest(error)))
            } else {
                deepest(error)
            };
            return (SnapshotFault::Connection, cause);
        }
        if let Some(error) = source.downcast_ref::<io::Error>() {
            let is = |kinds: &[io::ErrorKind]| kinds.contains(&error.kind());
            let fault = if is(&[io::ErrorKind::NotFound, io::ErrorKind::NotADirectory]) {
                SnapshotFault::NotFound
            } else if is(&[io::ErrorKind::PermissionDenied]) {
                SnapshotFault::Denied
            } else {
                SnapshotFault::Connection
            };
            return (fault, error.to_string());
        }
    }
    // Listings tell the status of an answer in their text only.
    let text = error.to_string();
    let says = |status: &str| text.contains(&format!("status code: {status} "));
    if says("403") || says("401") {
        (SnapshotFault::Denied, or_code(error, "the user may not read it"))
    } else if says("404") {
        (SnapshotFault::NotFound, or_code(error, "there is no such bucket"))
    } else {
        (SnapshotFault::Connection, or_code(error, &deepest(error)))
    }
}

/// What the store's own code means, with the code; `clause` where the answer has none.
fn or_code(error: &object_store::Error, clause: &str) -> String {
    let text = error.to_string();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
    let meaning = match code {
        None => return clause.to_owned(),
        Some("NoSuchBucket") => "there is no such bucket",
        Some("NoSuchKey") => "there is no such file",
        Some("SignatureDoesNotMatch") => "the secret access key is wrong",
        Some("InvalidAccessKeyId") => "the store does not know the access key id",
        Some("AccessDenied") => "the user may not read it",
        Some(code) => return format!("the store answered `{code}`"),
    };
    format!("{meaning} (`{}`)", code.unwrap_or_default())
}

/// `scheme://host:port` of the address that a message names.
fn server(text: &str) -> Option<&str> {
    let start = text.find("http://").or_else(|| text.find("https://"))?;
    let host = text.get(start..)?.find("://")? + start + "://".len();
    let end = text.get(host..)?.find(['/', ')', '?']).map_or(text.len(), |length| host + length);
    text.get(start..end)
}

/// An operating system's message in the form of ours: lowercase, no `(os error N)`.
fn plain(text: &str) -> String {
    let mut letters = text.split(" (os error").next().unwrap_or(text).chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

fn deepest(error: &(dyn Error + 'static)) -> String {
    sources(error).last().map(ToString::to_string).unwrap_or_default()
}
