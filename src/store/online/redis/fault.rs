//! Why a request to a node failed, and whether trying again can help.

use std::sync::Arc;
use std::time::Duration;

use redis::{RedisError, ServerError};

use super::address::{Address, SERVER_PORT};
use crate::model::online::UnreadReason;

const REFUSED: &str = "connection refused";

/// One failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Address of the node, with its scheme.
    pub(super) node: Arc<str>,
    /// The reason in one word.
    pub(super) reason: UnreadReason,
    /// What went wrong, as a clause.
    pub(super) text: Arc<str>,
    /// What may help.
    pub(super) remedy: Remedy,
}

/// What may help against a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The same request again, a little later.
    Retry,
    /// The same request to whom the slot belongs now.
    Reroute,
    /// The same request, announced by `ASKING`, to the node that is taking over the slot.
    Ask(Address),
    /// Nothing that a client can do.
    None,
}

impl Fault {
    pub(super) fn new(node: &Arc<str>, reason: UnreadReason, text: impl Into<Arc<str>>) -> Self {
        let remedy = match reason {
            UnreadReason::Connection | UnreadReason::Timeout => Remedy::Retry,
            UnreadReason::Denied | UnreadReason::Protocol => Remedy::None,
        };
        Self { node: Arc::clone(node), reason, text: text.into(), remedy }
    }

    /// The fault of a node that says nothing for `patience`.
    pub(super) fn silence(node: &Arc<str>, patience: Duration) -> Self {
        Self::new(node, UnreadReason::Timeout, format!("no answer within {patience:?}"))
    }

    /// Whether nobody listens at the address.
    pub(super) fn is_refusal(&self) -> bool {
        &*self.text == REFUSED
    }

    /// The fault of an error that the server answered.
    pub(super) fn of_answer(node: &Arc<str>, error: &ServerError) -> Self {
        let (reason, remedy) = match error.code() {
            "NOPERM" | "NOAUTH" | "WRONGPASS" | "DENIED" => (UnreadReason::Denied, Remedy::None),
            "MOVED" => (UnreadReason::Protocol, Remedy::Reroute),
            "LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" | "BUSY" => (UnreadReason::Protocol, Remedy::Retry),
            "ASK" => (UnreadReason::Protocol, successor(error).map_or(Remedy::Retry, Remedy::Ask)),
            _ => (UnreadReason::Protocol, Remedy::None),
        };
        let text = match error.code() {
            "ASK" => "the slot is being moved to another node".to_owned(),
            "MOVED" => "the slot has moved to another node".to_owned(),
            _ => format!("the server answered `{}`", spoken(error)),
        };
        Self { node: Arc::clone(node), reason, text: text.into(), remedy }
    }

    /// The fault of an error on the way to or from the server.
    pub(super) fn of_transport(node: &Arc<str>, error: &RedisError) -> Self {
        let text = if error.is_connection_refusal() {
            REFUSED.to_owned()
        } else if error.is_connection_dropped() {
            "the connection was closed".to_owned()
        } else if error.is_io_error() {
            plain(&error.to_string())
        } else {
            return Self::new(node, UnreadReason::Protocol, plain(&error.to_string()));
        };
        Self::new(node, UnreadReason::Connection, text)
    }

    /// The clause with the number of attempts, where trying again was tried.
    pub(super) fn after(&self, attempts: u32) -> String {
        match (&self.remedy, attempts) {
            (Remedy::None, _) => self.text.to_string(),
            (Remedy::Retry | Remedy::Reroute | Remedy::Ask(_), 1) => format!("{} (1 attempt)", self.text),
            (Remedy::Retry | Remedy::Reroute | Remedy::Ask(_), attempts) => {
                format!("{} ({attempts} attempts)", self.text)
            }
        }
    }
}

/// The node that `ASK <slot> <host>:<port>` names.
fn successor(error: &ServerError) -> Option<Address> {
    let (_, address) = error.details()?.split_once(' ')?;
    Address::parse(address, SERVER_PORT)
}

/// A server's error as it spoke it.
fn spoken(error: &ServerError) -> String {
    error.details().map_or_else(|| error.code().to_owned(), |details| format!("{} {details}", error.code()))
}

/// An operating system's or library's message in the form of ours: no `(os error N)`, lowercase, no final period.
fn plain(text: &str) -> String {
    let text = text.split(" (os error").next().unwrap_or(text).trim_end_matches('.');
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => "unknown error".to_owned(),
    }
}
