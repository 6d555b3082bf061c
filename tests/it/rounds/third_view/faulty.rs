//! A feature server with a cache of its own, written as such caches are written, with one fault at a time.
//!
//! Without a fault it caches nothing and asks Redis for each feature: what it answers is what the store holds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::{Value as Json, json};
use tokio::task::JoinHandle;

use crate::rounds::population::FEATURES;
use crate::support::redis::RedisServer;

/// What is wrong with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// L1 is by entity, and holds the features that its first caller wanted.
    FirstCallersFeatures,
    /// L1 keeps values for ever.
    NoTtl,
    /// What L1 has of a row is taken for all of it.
    PartialHit,
    /// The error of a pipeline is that of its first command: after a key that is not there, a time-out is a success.
    FirstError,
    /// Errors of single commands are dropped, and what is left is cached.
    DroppedErrors,
    /// Nothing is cached as nothing, for ever.
    CachedAbsence,
    /// If any command fails, what the others gave is thrown away.
    AllOrNothing,
    /// A value that was read before a write is cached after it.
    LateFill,
}

/// What a command came to.
#[derive(Clone, Debug)]
enum Reply {
    Found(Json),
    NoSuchKey,
    TimedOut,
}

/// A feature, and the entities whose values of it are out of reach.
type Lost = (&'static str, fn(&str) -> bool);

/// The server's insides.
pub struct Inside {
    flaw: Flaw,
    redis: Mutex<redis::Connection>,
    /// Values by entity and feature; `None` for nothing.
    l1: Mutex<BTreeMap<String, BTreeMap<String, Option<Json>>>>,
    /// The feature whose shard the server cannot reach for these entities.
    unreachable: Mutex<Option<Lost>>,
}

/// The running server.
pub struct Faulty {
    pub address: String,
    pub inside: Arc<Inside>,
    task: JoinHandle<()>,
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Faulty {
    pub async fn start(flaw: Flaw, redis: &RedisServer) -> Self {
        let inside = Arc::new(Inside {
            flaw,
            redis: Mutex::new(redis.connection()),
            l1: Mutex::default(),
            unreachable: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/get-online-features", post(answer)).with_state(Arc::clone(&inside));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, inside, task }
    }
}

async fn answer(State(inside): State<Arc<Inside>>, body: String) -> Result<String, StatusCode> {
    let body: Json = serde_json::from_str(&body).unwrap();
    let features: Vec<&str> = body["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().split_once(':').unwrap().1)
        .collect();
    let entities: Vec<&str> =
        body["entities"]["user_id"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let mut columns = vec![Vec::new(); features.len()];
    for entity in &entities {
        let row = inside.look_up(entity, &features).map_err(|()| StatusCode::INTERNAL_SERVER_ERROR)?;
        for (column, feature) in columns.iter_mut().zip(&features) {
            column.push(row.get(*feature).cloned().flatten().unwrap_or(Json::Null));
        }
    }
    let names: Vec<String> = features.iter().map(|feature| format!("user_features__{feature}")).collect();
    let names: Vec<&str> = std::iter::once("user_id").chain(names.iter().map(String::as_str)).collect();
    let keys = json!({ "values": entities, "statuses": vec!["PRESENT"; entities.len()] });
    let results =
        columns.into_iter().map(|values| json!({ "statuses": vec!["PRESENT"; values.len()], "values": values }));
    let results: Vec<Json> = std::iter::once(keys).chain(results).collect();
    Ok(json!({ "metadata": { "feature_names": names }, "results": results }).to_string())
}

type Row = BTreeMap<String, Option<Json>>;

impl Inside {
    /// The features of an entity, `None` for those that it does not have.
    pub fn look_up(&self, entity: &str, features: &[&str]) -> Result<Row, ()> {
        let cached = self.l1.lock().unwrap().get(entity).cloned().unwrap_or_default();
        let wanted: Row = features
            .iter()
            .filter_map(|name| cached.get(*name).map(|value| ((*name).to_owned(), value.clone())))
            .collect();
        let is_hit = match self.flaw {
            Flaw::FirstCallersFeatures | Flaw::PartialHit | Flaw::DroppedErrors => !cached.is_empty(),
            Flaw::NoTtl | Flaw::LateFill | Flaw::CachedAbsence => wanted.len() == features.len(),
            Flaw::None | Flaw::FirstError | Flaw::AllOrNothing => false,
        };
        if is_hit {
            return Ok(wanted);
        }
        let replies: Vec<(&str, Reply)> = features.iter().map(|name| (*name, self.get(entity, name))).collect();
        let failed = |reply: &Reply| matches!(reply, Reply::TimedOut);
        let row: Row = replies.iter().filter_map(|(name, reply)| self.kept(name, reply)).collect();
        match self.flaw {
            Flaw::FirstError => {
                // The first error decides, and that a key is not there is none.
                let first = replies.iter().find(|(_, reply)| !matches!(reply, Reply::Found(_)));
                if first.is_some_and(|(_, reply)| failed(reply)) {
                    return Err(());
                }
            }
            Flaw::AllOrNothing => {
                if replies.iter().any(|(_, reply)| failed(reply)) {
                    return Err(());
                }
            }
            Flaw::FirstCallersFeatures | Flaw::PartialHit | Flaw::DroppedErrors | Flaw::NoTtl | Flaw::CachedAbsence => {
                self.l1.lock().unwrap().insert(entity.to_owned(), row.clone());
            }
            Flaw::None | Flaw::LateFill => {}
        }
        Ok(row)
    }

    /// What is cached of a reply, and answered.
    fn kept(&self, name: &str, reply: &Reply) -> Option<(String, Option<Json>)> {
        match (self.flaw, reply) {
            (_, Reply::Found(value)) => Some((name.to_owned(), Some(value.clone()))),
            (Flaw::CachedAbsence, Reply::NoSuchKey) => Some((name.to_owned(), None)),
            (_, Reply::NoSuchKey | Reply::TimedOut) => None,
        }
    }

    /// Puts what was read of an entity into L1, however long ago that was.
    pub fn fill(&self, entity: &str, row: Row) {
        self.l1.lock().unwrap().insert(entity.to_owned(), row);
    }

    /// The server cannot reach the shard of this feature, for these entities.
    pub fn lose(&self, feature: &'static str, of: fn(&str) -> bool) {
        *self.unreachable.lock().unwrap() = Some((feature, of));
    }

    /// The shard is back.
    pub fn find_again(&self) {
        *self.unreachable.lock().unwrap() = None;
    }

    fn get(&self, entity: &str, feature: &str) -> Reply {
        assert!(FEATURES.iter().any(|(name, _)| *name == feature), "{feature}");
        if self.unreachable.lock().unwrap().is_some_and(|(name, of)| name == feature && of(entity)) {
            return Reply::TimedOut;
        }
        let key = format!("feat:{entity}:{feature}");
        let text: Option<String> = redis::cmd("GET").arg(key).query(&mut *self.redis.lock().unwrap()).unwrap();
        match text.map(|text| serde_json::from_str(&text).unwrap()) {
            Some(Json::Null) | None => Reply::NoSuchKey,
            Some(value) => Reply::Found(value),
        }
    }
}
