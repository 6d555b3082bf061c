//! How a connection to a node is opened.
//!
//! One connection says who it is, asks not to disturb the store's eviction, and proves by `PING` that it may be used;
//! all of it in one exchange. It needs no right beyond `@connection`.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo as _, Pipeline, RedisConnectionInfo,
    TlsCertificates,
};

use super::address::{Address, SERVER_PORT};
use super::fault::Fault;
use super::probe::{self, Language};
use super::toll::Toll;
use crate::model::online::UnreadReason;
use crate::model::secret::Secret;
use crate::store::online::error::StoreError;
use crate::store::online::settings::{RedisSettings, RedisTls};

/// Requests that may wait in a connection's queue.
const QUEUE: usize = 1024;

/// Who connects, how, and how long it may take.
#[derive(Debug)]
pub(super) struct Access {
    username: Option<String>,
    password: Option<Secret>,
    database: i64,
    tls: Option<Trust>,
    connect_timeout: Duration,
    timeout: Duration,
    toll: Arc<Toll>,
}

/// Whose certificates are believed.
#[derive(Clone, Debug)]
struct Trust {
    authority: Option<Arc<[u8]>>,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    /// Reading from a server that answers for its keys.
    Server,
    /// Reading from a cluster's replica, which must be told that its answers may be old.
    ClusterReplica,
}

/// Commands of the greeting whose failure does not matter: older servers do not know them, some users may not.
const COURTESIES: [&[&str]; 2] = [&["CLIENT", "NO-TOUCH", "ON"], &["CLIENT", "SETNAME", "skewwatch"]];

impl Access {
    /// Access as the settings say.
    ///
    /// # Errors
    /// When the file with the certificate authority cannot be read.
    pub(super) fn new(settings: &RedisSettings) -> Result<Self, StoreError> {
        Ok(Self {
            username: settings.username.clone(),
            password: settings.password.clone(),
            database: settings.database,
            tls: settings.tls.as_ref().map(Trust::new).transpose()?,
            connect_timeout: settings.budget.connect_timeout,
            timeout: settings.budget.timeout,
            toll: Arc::default(),
        })
    }

    /// The same way in for a sentinel, which has a password of its own, no user and no databases.
    pub(super) fn for_sentinel(&self, password: Option<Secret>) -> Self {
        Self {
            username: None,
            password,
            database: 0,
            tls: self.tls.clone(),
            connect_timeout: self.connect_timeout,
            timeout: self.timeout,
            toll: Arc::clone(&self.toll),
        }
    }

    /// The address as messages show it.
    pub(super) fn name(&self, address: &Address) -> Arc<str> {
        format!("{}://{address}", self.scheme()).into()
    }

    /// `redis`, or `rediss` with encryption.
    pub(super) const fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "rediss" } else { "redis" }
    }

    /// What all connections have cost.
    pub(super) const fn toll(&self) -> &Arc<Toll> {
        &self.toll
    }

    /// Number of the database.
    pub(super) const fn database(&self) -> i64 {
        self.database
    }

    /// Longest wait for an answer.
    pub(super) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Opens a connection that is ready to read.
    pub(super) async fn open(&self, address: &Address, session: Session) -> Result<MultiplexedConnection, Fault> {
        let node = self.name(address);
        match tokio::time::timeout(self.connect_timeout, self.open_at(address, session, &node)).await {
            Ok(opened) => opened,
            Err(_) => Err(Fault::silence(&node, self.connect_timeout)),
        }
    }

    async fn open_at(
        &self,
        address: &Address,
        session: Session,
        node: &Arc<str>,
    ) -> Result<MultiplexedConnection, Fault> {
        if tokio::net::lookup_host((address.host.as_str(), address.port)).await.is_err() {
            let text = format!("host `{}` cannot be resolved", address.host);
            return Err(Fault::new(node, UnreadReason::Connection, text));
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUE);
        let transport = |error| Fault::of_transport(node, &error);
        let client = self.client(address).map_err(transport)?;
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await.map_err(transport)?;
        self.greet(&mut connection, session, node).await?;
        Ok(connection)
    }

    fn client(&self, address: &Address) -> redis::RedisResult<Client> {
        let (host, port) = (address.host.clone(), address.port);
        let place = match self.tls {
            None => ConnectionAddr::Tcp(host, port),
            Some(_) => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
        };
        // Name, password and database are sent by `greet`, which can tell their refusals apart.
        let information = place
            .into_connection_info()?
            .set_redis_settings(RedisConnectionInfo::default().set_skip_set_lib_name())
            .set_tcp_settings(TcpSettings::default().set_nodelay(true));
        match &self.tls {
            None => Client::open(information),
            Some(trust) => {
                let root_cert = trust.authority.as_ref().map(|bytes| bytes.to_vec());
                Client::build_with_tls(information, TlsCertificates { client_tls: None, root_cert })
            }
        }
    }

    async fn greet(
        &self,
        connection: &mut MultiplexedConnection,
        session: Session,
        node: &Arc<str>,
    ) -> Result<(), Fault> {
        let mut greeting = Pipeline::new();
        if let Some(password) = &self.password {
            let login = greeting.cmd("AUTH");
            if let Some(username) = &self.username {
                login.arg(username);
            }
            login.arg(password.reveal());
        }
        if self.database != 0 {
            greeting.cmd("SELECT").arg(self.database);
        }
        if session == Session::ClusterReplica {
            greeting.cmd("READONLY");
        }
        greeting.cmd("PING");
        let essential = greeting.len();
        for courtesy in COURTESIES {
            greeting.add_command(redis::cmd(courtesy[0])).arg(&courtesy[1..]);
        }
        let count = greeting.len();
        let answers = connection
            .send_packed_commands(&greeting, 0, count)
            .await
            .map_err(|error| Fault::of_transport(node, &error))?;
        for answer in answers.iter().take(essential) {
            if let redis::Value::ServerError(error) = answer {
                return Err(self.refusal(node, error));
            }
        }
        Ok(())
    }

    fn refusal(&self, node: &Arc<str>, error: &redis::ServerError) -> Fault {
        let denied = |text: String| Fault::new(node, UnreadReason::Denied, text);
        match (error.code(), &self.username) {
            ("WRONGPASS", Some(username)) => {
                denied(format!("the server does not accept user `{username}` with this password"))
            }
            ("WRONGPASS", None) => denied("the server does not accept this password".to_owned()),
            ("NOAUTH", _) => denied("the server asks for a password and none is configured".to_owned()),
            _ => Fault::of_answer(node, error),
        }
    }

    /// A connection that fails because one side speaks TLS and the other does not looks like a closed connection or a
    /// server that says nothing; addressing the port in the other language tells.
    pub(super) async fn explain(&self, fault: Fault) -> Fault {
        let address = fault.node.split_once("://").and_then(|(_, address)| Address::parse(address, SERVER_PORT));
        let Some(address) = address.filter(|_| fault.reason != UnreadReason::Denied && !fault.is_refusal()) else {
            return fault;
        };
        let (language, text) = match &self.tls {
            Some(_) => (Language::Plain, "the server does not speak TLS on this port: use `redis://`"),
            None => (Language::Tls, "the server speaks TLS on this port: use `rediss://`"),
        };
        if !probe::speaks(language, &address, self.connect_timeout).await {
            return fault;
        }
        Fault::new(&fault.node, UnreadReason::Connection, text)
    }
}

impl Trust {
    fn new(tls: &RedisTls) -> Result<Self, StoreError> {
        // Two providers are linked in; the first to be installed wins, and a second call changes nothing.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let Some(path) = &tls.ca_file else { return Ok(Self { authority: None }) };
        let mut bytes = Vec::new();
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(|error| StoreError {
            attempt: format!("could not read the certificate authority `{}`", path.display()),
            cause: error.to_string(),
            reason: UnreadReason::Connection,
        })?;
        Ok(Self { authority: Some(bytes.into()) })
    }
}
