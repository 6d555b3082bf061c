//! A feature server: `POST /get-online-features`, as Feast's own server and those that are compatible with it answer it.
//!
//! Connections are kept alive and bounded; a request that finds none free waits for one, and its time runs meanwhile.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::body::Column;
use super::{Asked, Cell, Entities, Reply, Served, Target};
use crate::bench::data::{JOIN_KEY, Rows};
use crate::store::serving::{FeatureServer, ServerFailure, ServerSettings, Table};
pub use crate::store::serving::{HttpAddress, HttpAddressError};

/// How a feature server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// Where features are asked for.
    pub address: HttpAddress,
    /// Most requests under way at once, over as many connections; of each thread.
    pub connections: usize,
}

/// Why a feature server cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// There is no client.
    #[error("could not set up a client for HTTP")]
    Client(#[source] reqwest::Error),
    /// It does not answer.
    #[error("could not ask {address} for features")]
    Unreachable {
        /// Whom.
        address: String,
        /// Why not.
        #[source]
        source: reqwest::Error,
    },
    /// It answers with something else.
    #[error(
        "{address} answered a request for one entity with status {status}: {told}\n  hint: does it serve `{view}`?"
    )]
    Refused {
        /// Who.
        address: String,
        /// The status.
        status: u16,
        /// The beginning of what it said.
        told: String,
        /// What was asked for.
        view: String,
    },
}

/// Questions to a feature server.
#[derive(Debug)]
pub struct Http {
    server: FeatureServer,
    deadline: Duration,
    free: Semaphore,
    asked: Arc<AskedFor>,
}

/// What every request asks for.
#[derive(Debug)]
struct AskedFor {
    /// The body up to the entities.
    head: String,
    /// Names of the features in the answer: alone, and with the view.
    names: Vec<[String; 2]>,
}

/// What came back.
#[derive(Debug)]
pub struct HttpReply {
    asked: Arc<AskedFor>,
    entities: usize,
    state: State,
}

/// Why a request had no answer that could be used.
#[derive(Debug, thiserror::Error)]
pub enum HttpFailure {
    /// None came in time.
    #[error("no answer within the deadline")]
    Late,
    /// It came to nothing.
    #[error(transparent)]
    Server(#[from] ServerFailure),
}

#[derive(Debug)]
enum State {
    /// Nothing that could be used.
    Failed(HttpFailure),
    /// A body, not read yet.
    Arrived(Bytes),
    /// The column of each feature.
    Read(Vec<Column>),
}

impl Http {
    /// Asks for all features of `rows`; a request that is not answered within `deadline` has failed.
    ///
    /// # Errors
    /// When there can be no client.
    pub fn new(settings: &HttpSettings, rows: &Rows, deadline: Duration) -> Result<Self, HttpError> {
        let connections = settings.connections.max(1);
        let address = settings.address.clone();
        let server = ServerSettings { address, token: None, timeout: deadline, connections };
        let server = FeatureServer::new(&server).map_err(HttpError::Client)?;
        let features = rows.names();
        let view = &rows.view().name;
        let quoted: Vec<String> = features.iter().map(|name| format!("\"{name}\"")).collect();
        let head = format!("{{\"features\":[{}],\"entities\":{{\"{JOIN_KEY}\":[", quoted.join(","));
        let names = rows.view().features.iter();
        let names = names.map(|feature| [feature.name.clone(), format!("{view}__{}", feature.name)]).collect();
        let asked = Arc::new(AskedFor { head, names });
        let free = Semaphore::new(connections);
        Ok(Self { server, deadline, free, asked })
    }

    /// Asks once, so that a wrong address is told as such.
    ///
    /// # Errors
    /// When there is no answer, or not one with features.
    pub async fn probe(&self, rows: &Rows) -> Result<(), HttpError> {
        let address = self.server.address().to_string();
        let unreachable = |source: reqwest::Error| HttpError::Unreachable {
            address: address.clone(),
            // Its address would be told twice.
            source: source.without_url(),
        };
        let response = self.server.request(self.body(&[0])).send().await.map_err(unreachable)?;
        let status = response.status();
        let told = response.bytes().await.map_err(unreachable)?;
        if status.is_success() && Table::<Column>::read(&told).is_some() {
            return Ok(());
        }
        let told: String = String::from_utf8_lossy(&told).trim().chars().take(200).collect();
        Err(HttpError::Refused { address, status: status.as_u16(), told, view: rows.view().name.clone() })
    }

    fn body(&self, entities: &[u32]) -> String {
        let mut body = String::with_capacity(self.asked.head.len() + 3 + entities.len() * 8);
        body.push_str(&self.asked.head);
        for (position, entity) in entities.iter().enumerate() {
            if position > 0 {
                body.push(',');
            }
            body.push_str(&entity.to_string());
        }
        body.push_str("]}}");
        body
    }

    /// The body of a good answer.
    async fn fetch(&self, entities: &[u32]) -> Result<Bytes, ServerFailure> {
        // Nobody closes it, so there is always one in the end.
        let _free = self.free.acquire().await.ok();
        self.server.ask(self.body(entities)).await
    }
}

impl Target for Http {
    type Reply = HttpReply;

    fn ask(&self, entities: Entities) -> Asked<HttpReply, impl Future<Output = HttpReply>> {
        Asked::Later(async move {
            // The wait for a free connection is within the deadline too.
            let body = tokio::time::timeout(self.deadline, self.fetch(&entities)).await;
            let state = match body {
                Ok(Ok(body)) => State::Arrived(body),
                Ok(Err(failure)) => State::Failed(failure.into()),
                Err(_) => State::Failed(HttpFailure::Late),
            };
            HttpReply { asked: Arc::clone(&self.asked), entities: entities.len(), state }
        })
    }
}

impl HttpReply {
    /// Why it is none that could be used; `None` if it is one, or has not been opened.
    #[must_use]
    pub const fn failure(&self) -> Option<&HttpFailure> {
        match &self.state {
            State::Failed(failure) => Some(failure),
            State::Arrived(_) | State::Read(_) => None,
        }
    }

    /// The columns of the features, if the answer has all of them, each as long as the request.
    fn columns(&self, table: Table<'_, Column>) -> Option<Vec<Column>> {
        let mut columns: Vec<Option<Column>> = table.columns.into_iter().map(Some).collect();
        let column = |names: &[String; 2]| {
            let place = table.names.iter().position(|name| names.iter().any(|known| known == name))?;
            columns.get_mut(place)?.take().filter(|column| column.len() == self.entities)
        };
        self.asked.names.iter().map(column).collect()
    }
}

impl Reply for HttpReply {
    fn open(&mut self) {
        if let State::Arrived(body) = &self.state {
            let columns = Table::read(body).and_then(|table| self.columns(table));
            self.state = columns.map_or(State::Failed(ServerFailure::Foreign.into()), State::Read);
        }
    }

    fn cells(&self, position: usize) -> impl Iterator<Item = Cell> {
        (0..self.asked.names.len()).map(move |feature| match &self.state {
            State::Read(columns) => columns.get(feature).map_or(Cell::Failed, |column| column.cell(position)),
            State::Failed(_) | State::Arrived(_) => Cell::Failed,
        })
    }

    fn served(&self, _position: usize) -> Option<Served> {
        None
    }
}
