//! Asking sentinels where the master is.

use std::sync::Arc;

use redis::{Pipeline, Value};

use super::access::{Access, Session};
use super::address::Address;
use super::directory::Copies;
use super::fault::Fault;
use super::node::Node;
use crate::model::online::UnreadReason;

/// The sentinels that watch one master.
#[derive(Debug)]
pub(super) struct Sentinels {
    nodes: Vec<Node>,
    master: String,
}

/// Where a master and its replicas are.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) master: Address,
    pub(super) replicas: Vec<Address>,
}

impl Sentinels {
    /// The sentinels at `addresses`, asked for the master called `master`.
    pub(super) fn new(access: &Arc<Access>, addresses: Vec<Address>, master: String) -> Self {
        let nodes = addresses.into_iter().map(|address| Node::new(access, address, Session::Server, 1)).collect();
        Self { nodes, master }
    }

    /// Asks one sentinel after the other until one knows the master; with its healthy replicas where `copies` wants them.
    pub(super) async fn locate(&self, copies: Copies) -> Result<Located, Fault> {
        let mut first = None;
        for sentinel in &self.nodes {
            match self.ask(sentinel, copies).await {
                Ok(located) => return Ok(located),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        let nowhere = || Fault::new(&Arc::from("redis://"), UnreadReason::Connection, "no sentinel is configured");
        Err(first.unwrap_or_else(nowhere))
    }

    async fn ask(&self, sentinel: &Node, copies: Copies) -> Result<Located, Fault> {
        let line = sentinel.line().await?;
        let mut question = Pipeline::new();
        question.cmd("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(&self.master);
        if copies == Copies::ReplicasFirst {
            question.cmd("SENTINEL").arg("REPLICAS").arg(&self.master);
        }
        let mut answers = sentinel.ask(&line, &question).await?.into_iter();
        let master = answers.next();
        if let Some(Value::ServerError(error)) = &master {
            return Err(Fault::of_answer(sentinel.name(), error));
        }
        let place =
            if let Some(Value::Array(parts)) = &master { address(parts.first(), parts.get(1)) } else { None };
        let unknown = || format!("the sentinel knows no master `{}`", self.master);
        let master = place.ok_or_else(|| Fault::new(sentinel.name(), UnreadReason::Protocol, unknown()))?;
        let mut replicas = Vec::new();
        if let Some(Value::Array(entries)) = answers.next() {
            replicas.extend(entries.iter().filter_map(healthy_replica));
        }
        Ok(Located { master, replicas })
    }
}

/// The address of a replica that is neither down nor cut off from its master.
fn healthy_replica(entry: &Value) -> Option<Address> {
    let Value::Array(parts) = entry else { return None };
    let (pairs, _) = parts.as_chunks::<2>();
    let field = |name: &str| pairs.iter().find(|[key, _]| text(Some(key)) == Some(name)).map(|[_, value]| value);
    let flags = text(field("flags"))?;
    let down = flags.split(',').any(|flag| matches!(flag, "s_down" | "o_down" | "disconnected"));
    let linked = text(field("master-link-status")) == Some("ok");
    if down || !linked { None } else { address(field("ip"), field("port")) }
}

fn address(host: Option<&Value>, port: Option<&Value>) -> Option<Address> {
    Some(Address { host: text(host)?.to_owned(), port: text(port)?.parse().ok()? })
}

fn text(value: Option<&Value>) -> Option<&str> {
    let Value::BulkString(bytes) = value? else { return None };
    std::str::from_utf8(bytes).ok()
}
