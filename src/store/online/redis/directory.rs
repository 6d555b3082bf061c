//! Which node answers for which key.
//!
//! A single server answers for all keys, the master behind sentinels likewise, and in a cluster each node for its slots.
//! The [`Directory`] is looked up again when a node says that a slot has moved, or stops answering.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use redis::{Pipeline, Value};

use super::access::{Access, Session};
use super::address::Address;
use super::fault::Fault;
use super::node::Node;
use super::sentinel::Sentinels;
use super::slots::{self, SLOTS, SlotRange};
use crate::model::online::UnreadReason;

/// Whether replicas may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copies {
    /// Masters only.
    Master,
    /// Replicas first; the master where they fail.
    ReplicasFirst,
}

/// Where the knowledge about nodes comes from.
#[derive(Debug)]
pub(super) enum Origin {
    /// One server.
    Single(Address),
    /// Any of these nodes knows the others.
    Cluster(Vec<Address>),
    /// The sentinels know the master and its replicas.
    Sentinel(Sentinels),
}

/// The nodes and their keys, as last known.
#[derive(Debug)]
pub(super) struct Directory {
    access: Arc<Access>,
    origin: Origin,
    copies: Copies,
    in_flight: usize,
    known: RwLock<Arc<Nodes>>,
    /// Nodes that are taking over slots and have none of their own yet, so that each keeps its connection.
    newcomers: Mutex<Vec<Arc<Node>>>,
    is_looking: AtomicBool,
}

/// The nodes of one state of the topology.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    shards: Vec<Shard>,
    /// Position in `shards` by slot; empty where one shard holds all keys.
    by_slot: Vec<Option<u16>>,
}

/// Nodes that hold the same keys.
#[derive(Debug)]
struct Shard {
    master: Arc<Node>,
    /// Who is asked, in this order over the attempts, around and around.
    readers: Vec<Arc<Node>>,
    /// The first slot that they serve.
    first_slot: u16,
}

impl Nodes {
    /// Who is asked for `key` at the given attempt, counted from 0; `None` if no node serves its slot.
    pub(super) fn reader(&self, key: &[u8], attempt: u32) -> Option<&Arc<Node>> {
        let shard = self.shards.get(self.shard(key)?)?;
        shard.readers.get(usize::try_from(attempt).ok()? % shard.readers.len())
    }

    /// Whether one node, or one master with its replicas, holds all keys.
    pub(super) const fn is_alone(&self) -> bool {
        self.by_slot.is_empty()
    }

    /// The position of the shard that holds `key`; `None` if no node serves its slot.
    pub(super) fn shard(&self, key: &[u8]) -> Option<usize> {
        if self.is_alone() { Some(0) } else { (*self.by_slot.get(usize::from(slots::slot(key)))?).map(usize::from) }
    }

    /// The first slot of the nodes that hold `key`; `None` where one node holds all keys, or none serves the key's slot.
    pub(super) fn first_slot(&self, key: &[u8]) -> Option<u16> {
        if self.is_alone() { None } else { Some(self.shards.get(self.shard(key)?)?.first_slot) }
    }

    /// Every master: together they hold every key.
    pub(super) fn masters(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.shards.iter().map(|shard| &shard.master)
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.shards.iter().flat_map(|shard| std::iter::once(&shard.master).chain(&shard.readers))
    }
}

impl Directory {
    /// A directory that has been looked up once.
    ///
    /// # Errors
    /// When nobody answers who knows the nodes, or a single server or master does not let us in.
    pub(super) async fn open(
        access: Arc<Access>,
        origin: Origin,
        copies: Copies,
        in_flight: usize,
    ) -> Result<Self, Fault> {
        let (known, newcomers) = (RwLock::default(), Mutex::default());
        let is_looking = AtomicBool::new(false);
        let directory = Self { access, origin, copies, in_flight, known, newcomers, is_looking };
        directory.refresh().await?;
        directory.reach().await?;
        Ok(directory)
    }

    /// Connects to one node, if none is connected yet.
    async fn reach(&self) -> Result<(), Fault> {
        let nodes = self.nodes();
        let mut first = None;
        for node in nodes.shards.iter().flat_map(|shard| &shard.readers) {
            match node.line().await {
                Ok(_) => return Ok(()),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// The nodes as last looked up.
    pub(super) fn nodes(&self) -> Arc<Nodes> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks up the nodes again; connections to nodes that stay are kept.
    pub(super) async fn refresh(&self) -> Result<(), Fault> {
        let before = self.nodes();
        let nodes = match &self.origin {
            Origin::Single(address) => {
                let node = self.node(&before, address, Session::Server);
                let shard = Shard { readers: vec![Arc::clone(&node)], master: node, first_slot: 0 };
                Nodes { shards: vec![shard], by_slot: Vec::new() }
            }
            Origin::Sentinel(sentinels) => self.behind(sentinels, &before).await?,
            Origin::Cluster(seeds) => self.cluster(seeds, &before).await?,
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(nodes);
        Ok(())
    }

    /// Looks up the nodes again beside what else goes on, unless that is under way; waits for it until `until` at most.
    pub(super) async fn refresh_by(self: &Arc<Self>, until: tokio::time::Instant) {
        if self.is_looking.swap(true, Ordering::Relaxed) {
            return;
        }
        let directory = Arc::clone(self);
        let looking = tokio::spawn(async move {
            // Where nobody can say where the nodes are, the ones known so far are asked again.
            let _ = directory.refresh().await;
            directory.is_looking.store(false, Ordering::Relaxed);
        });
        // It goes on where it takes longer.
        let _ = tokio::time::timeout_at(until, looking).await;
    }

    /// The node at `address`, known or not.
    pub(super) fn node_at(&self, address: &Address) -> Arc<Node> {
        let node = self.node(&self.nodes(), address, Session::Server);
        let mut newcomers = self.newcomers.lock().unwrap_or_else(PoisonError::into_inner);
        if newcomers.iter().all(|newcomer| !Arc::ptr_eq(newcomer, &node)) {
            newcomers.push(Arc::clone(&node));
        }
        node
    }

    fn node(&self, before: &Nodes, address: &Address, session: Session) -> Arc<Node> {
        let is_it = |node: &&Arc<Node>| node.address() == address && node.session() == session;
        if let Some(node) = before.all().find(is_it) {
            return Arc::clone(node);
        }
        let newcomers = self.newcomers.lock().unwrap_or_else(PoisonError::into_inner);
        newcomers
            .iter()
            .find(is_it)
            .map_or_else(|| Arc::new(Node::new(&self.access, address.clone(), session, self.in_flight)), Arc::clone)
    }

    async fn behind(&self, sentinels: &Sentinels, before: &Nodes) -> Result<Nodes, Fault> {
        let pair = sentinels.locate(self.copies).await?;
        let master = self.node(before, &pair.master, Session::Server);
        let mut readers: Vec<_> =
            pair.replicas.iter().map(|replica| self.node(before, replica, Session::Server)).collect();
        readers.push(Arc::clone(&master));
        Ok(Nodes { shards: vec![Shard { master, readers, first_slot: 0 }], by_slot: Vec::new() })
    }

    /// Asks the nodes known so far, then the seeds, until one tells the slots.
    async fn cluster(&self, seeds: &[Address], before: &Nodes) -> Result<Nodes, Fault> {
        let (connected, others): (Vec<_>, Vec<_>) =
            before.masters().partition(|node| node.is_connected() && !node.is_silent());
        let mut asked: Vec<&Address> = connected.iter().chain(&others).map(|node| node.address()).collect();
        asked.extend(seeds.iter().filter(|seed| before.masters().all(|node| node.address() != *seed)));
        let mut first = None;
        for address in asked {
            match self.slots_from(&self.node(before, address, Session::Server)).await {
                Ok(ranges) => return Ok(self.shards(&ranges, before)),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        let nowhere = || Fault::new(&Arc::from("redis://"), UnreadReason::Connection, "no node is configured");
        Err(first.unwrap_or_else(nowhere))
    }

    async fn slots_from(&self, node: &Node) -> Result<Vec<SlotRange>, Fault> {
        let line = node.line().await?;
        let mut question = Pipeline::new();
        question.cmd("CLUSTER").arg("SLOTS");
        let answers = node.ask(&line, &question).await?;
        let nonsense = |text: &str| Fault::new(node.name(), UnreadReason::Protocol, text);
        match answers.first() {
            Some(Value::ServerError(error)) if error.details().is_some_and(|text| text.contains("cluster support")) => {
                Err(nonsense("the server is not part of a cluster: use `topology: single`"))
            }
            Some(Value::ServerError(error)) => Err(Fault::of_answer(node.name(), error)),
            Some(answer) => match slots::parse_slots(answer, node.address()) {
                Some(ranges) if ranges.is_empty() => Err(nonsense("the cluster has no slots assigned")),
                Some(ranges) => Ok(ranges),
                None => Err(nonsense("the answer to `CLUSTER SLOTS` has an unknown shape")),
            },
            None => Err(nonsense("no answer to `CLUSTER SLOTS`")),
        }
    }

    fn shards(&self, ranges: &[SlotRange], before: &Nodes) -> Nodes {
        let mut shards: Vec<Shard> = Vec::new();
        let mut by_slot = vec![None; usize::from(SLOTS)];
        for range in ranges {
            let known = shards.iter().position(|shard| *shard.master.address() == range.master);
            let position = known.unwrap_or_else(|| {
                let master = self.node(before, &range.master, Session::Server);
                let mut readers = match self.copies {
                    Copies::Master => Vec::new(),
                    Copies::ReplicasFirst => range
                        .replicas
                        .iter()
                        .map(|replica| self.node(before, replica, Session::ClusterReplica))
                        .collect(),
                };
                readers.push(Arc::clone(&master));
                shards.push(Shard { master, readers, first_slot: range.first });
                shards.len() - 1
            });
            if let Some(shard) = shards.get_mut(position) {
                shard.first_slot = shard.first_slot.min(range.first);
            }
            let slots = usize::from(range.first)..=usize::from(range.last);
            by_slot.get_mut(slots).into_iter().flatten().for_each(|slot| *slot = u16::try_from(position).ok());
        }
        Nodes { shards, by_slot }
    }
}
