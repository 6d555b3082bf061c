//! Real Redis servers for tests: single, cluster, sentinel, with and without TLS.
//!
//! Each runs on free ports with its data in a temporary folder, and is killed by its own process id when it is dropped.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use skewwatch::store::online::{KeySerialization, RedisLayout, RedisSettings, RedisTopology};
use tempfile::TempDir;

/// Longest wait for a server to be ready or a condition to hold.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time between two looks at a condition.
const POLL: Duration = Duration::from_millis(5);

/// A running server.
pub struct RedisServer {
    /// Port that speaks plain text.
    pub port: u16,
    child: Child,
    folder: TempDir,
}

/// What a server is started with.
#[derive(Default)]
pub struct Options<'a> {
    /// Lines of its configuration file.
    pub lines: Vec<String>,
    /// A dump to start from.
    pub dump: Option<&'a Path>,
    /// What it runs as.
    pub role: Role,
}

/// What a process runs as.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// Keeps data.
    #[default]
    Server,
    /// Watches servers, which its lines name.
    Sentinel,
}

impl RedisServer {
    /// A server with nothing in it.
    pub fn start() -> Self {
        Self::with(&Options::default())
    }

    /// A server with these lines in its configuration.
    pub fn configured(lines: &[&str]) -> Self {
        Self::with(&Options { lines: lines.iter().map(|line| (*line).to_owned()).collect(), ..Options::default() })
    }

    /// A server that starts from a dump.
    pub fn from_dump(dump: &Path) -> Self {
        Self::with(&Options { dump: Some(dump), ..Options::default() })
    }

    /// A server started so.
    pub fn with(options: &Options<'_>) -> Self {
        for _ in 0..5 {
            if let Some(server) = Self::try_start(options) {
                return server;
            }
        }
        panic!("redis-server did not start: is it installed, and are the options right?");
    }

    /// `None` if the server ended by itself, as it does when another process took the port meanwhile.
    fn try_start(options: &Options<'_>) -> Option<Self> {
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        if let Some(dump) = options.dump {
            fs::copy(dump, folder.path().join("dump.rdb")).unwrap();
        }
        let mut text = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nlogfile {}\n",
            folder.path().display(),
            folder.path().join("log").display()
        );
        if options.role == Role::Server {
            text.push_str("save \"\"\nappendonly no\ndbfilename dump.rdb\n");
        }
        for line in &options.lines {
            text.push_str(line);
            text.push('\n');
        }
        let configuration = folder.path().join("redis.conf");
        fs::write(&configuration, text).unwrap();
        let mut command = Command::new("redis-server");
        command.arg(&configuration).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if options.role == Role::Sentinel {
            command.arg("--sentinel");
        }
        let child = command.spawn().expect("redis-server must be installed");
        let mut server = Self { port, child, folder };
        server.becomes_ready().then_some(server)
    }

    fn becomes_ready(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if answers_ping(self.port) {
                return true;
            }
            assert!(Instant::now() < deadline, "redis-server on port {} is not ready", self.port);
            std::thread::park_timeout(POLL);
        }
    }

    /// `127.0.0.1:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it told.
    pub fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap_or_default()
    }

    /// A file in the server's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A connection for preparing the server; the default user without password.
    pub fn connection(&self) -> redis::Connection {
        redis::Client::open(format!("redis://{}/", self.address())).unwrap().get_connection().unwrap()
    }

    /// Runs one command given as words.
    pub fn run(&self, command: &str) -> redis::Value {
        run(&mut self.connection(), command)
    }

    /// Kills the server and waits until it is gone.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts a server that was killed again, on its port, with what it held when `SAVE` was run.
    pub fn revive(&mut self) {
        let mut command = Command::new("redis-server");
        command.arg(self.file("redis.conf")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = command.spawn().expect("redis-server must be installed");
        assert!(self.becomes_ready(), "redis-server did not start again on port {}", self.port);
    }

    /// Stops the server in its tracks: connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Settings to reach this server.
    pub fn settings(&self, layout: RedisLayout) -> RedisSettings {
        settings(vec![self.address()], layout)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // Fails only if the server is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Settings to reach a single server at `nodes`, without name, password or encryption.
pub fn settings(nodes: Vec<String>, layout: RedisLayout) -> RedisSettings {
    RedisSettings { nodes, ..RedisSettings::single("", layout) }
}

/// Feast's layout with version 3 keys.
pub fn feast_layout() -> RedisLayout {
    RedisLayout::Feast { keys: KeySerialization::V3 }
}

/// Runs one command given as words.
pub fn run(connection: &mut redis::Connection, command: &str) -> redis::Value {
    let mut words = command.split(' ');
    let mut sent = redis::cmd(words.next().unwrap());
    words.for_each(|word| {
        sent.arg(word);
    });
    sent.query(connection).unwrap_or_else(|error| panic!("`{command}`: {error}"))
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn answers_ping(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut answer = [0; 9];
    let spoken = stream
        .set_read_timeout(Some(Duration::from_secs(1)))
        .and_then(|()| stream.write_all(b"PING\r\n"))
        .and_then(|()| stream.read(&mut answer));
    spoken.is_ok_and(|length| length > 0) && !answer.starts_with(b"-LOADING")
}

/// Waits until `condition` holds.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::park_timeout(POLL);
    }
}

/// A cluster of local processes that serves what it can when a node is gone.
pub struct RedisCluster {
    /// The masters, with equal shares of the slots.
    pub nodes: Vec<RedisServer>,
    /// Replicas, in the order in which they were added.
    pub replicas: Vec<RedisServer>,
}

impl RedisCluster {
    /// A cluster of so many masters, with `lines` in the configuration of each.
    pub fn start(masters: u16, lines: &[&str]) -> Self {
        let nodes: Vec<RedisServer> = (0..masters).map(|_| cluster_node(lines)).collect();
        for (number, node) in (1_u16..).zip(&nodes) {
            let first = u32::from(number - 1) * 16384 / u32::from(masters);
            let last = u32::from(number) * 16384 / u32::from(masters) - 1;
            node.run(&format!("CLUSTER ADDSLOTSRANGE {first} {last}"));
            node.run(&format!("CLUSTER SET-CONFIG-EPOCH {number}"));
        }
        let mut cluster = Self { nodes, replicas: Vec::new() };
        cluster.join();
        cluster
    }

    /// Adds a replica of the master at `position` and waits until it holds what the master holds.
    pub fn add_replica(&mut self, position: usize, lines: &[&str]) {
        self.replicas.push(cluster_node(lines));
        self.join();
        let replica = self.replicas.last().unwrap();
        let master: String = redis::cmd("CLUSTER").arg("MYID").query(&mut self.nodes[position].connection()).unwrap();
        replica.run(&format!("CLUSTER REPLICATE {master}"));
        wait_until("the replica follows its master", || {
            information(replica, "INFO replication").contains("master_link_status:up")
        });
        let port = replica.port.to_string();
        for node in &self.nodes {
            wait_until("every master knows the replica", || {
                information(node, "CLUSTER NODES").lines().any(|line| line.contains(&port) && line.contains("slave"))
            });
        }
    }

    /// Introduces all nodes to the first and waits until all agree.
    fn join(&mut self) {
        let all: Vec<&RedisServer> = self.nodes.iter().chain(&self.replicas).collect();
        for other in &all[1..] {
            let bus = fs::read_to_string(other.file("bus")).unwrap();
            all[0].run(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", other.port));
        }
        let known = format!("cluster_known_nodes:{}\r", all.len());
        for node in &all {
            wait_until("the cluster is whole", || {
                let state = information(node, "CLUSTER INFO");
                state.contains("cluster_state:ok") && state.contains(&known) && state.contains("slots_ok:16384")
            });
        }
    }

    /// The addresses of the masters.
    pub fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(RedisServer::address).collect()
    }

    /// Runs a command on the master that serves its key.
    pub fn run(&self, key: &str, command: &str) -> redis::Value {
        run(&mut self.owner(key).connection(), command)
    }

    /// The master that serves `key`, as the cluster itself says.
    pub fn owner(&self, key: &str) -> &RedisServer {
        &self.nodes[self.owner_position(key)]
    }

    /// Position of the master that serves `key`.
    pub fn owner_position(&self, key: &str) -> usize {
        let mut connection = self.nodes[0].connection();
        let slot: usize = redis::cmd("CLUSTER").arg("KEYSLOT").arg(key).query(&mut connection).unwrap();
        let count = self.nodes.len();
        (0..count).find(|number| slot < (number + 1) * 16384 / count).unwrap()
    }

    /// Settings to reach this cluster.
    pub fn settings(&self, layout: RedisLayout) -> RedisSettings {
        RedisSettings { topology: RedisTopology::Cluster, ..settings(self.addresses(), layout) }
    }
}

fn cluster_node(lines: &[&str]) -> RedisServer {
    for _ in 0..5 {
        let bus = free_port();
        let mut configured = vec![
            "cluster-enabled yes".to_owned(),
            format!("cluster-port {bus}"),
            "cluster-node-timeout 60000".to_owned(),
            "cluster-require-full-coverage no".to_owned(),
            "repl-diskless-sync-delay 0".to_owned(),
        ];
        configured.extend(lines.iter().map(|line| (*line).to_owned()));
        let options = Options { lines: configured, ..Options::default() };
        if let Some(server) = RedisServer::try_start(&options) {
            fs::write(server.file("bus"), bus.to_string()).unwrap();
            return server;
        }
    }
    panic!("a cluster node did not start");
}

/// The text of `INFO`, `CLUSTER INFO` and the like.
pub fn information(server: &RedisServer, command: &str) -> String {
    redis::from_redis_value(server.run(command)).unwrap()
}

/// Keys and certificates of a server on 127.0.0.1, signed by an authority of its own.
pub struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// Makes them with the `openssl` command.
    pub fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("san"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n").unwrap();
        let openssl = |arguments: &str| {
            let output =
                Command::new("openssl").args(arguments.split(' ')).current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        openssl(&format!("req -x509 {key} -keyout ca.key -out ca.crt -days 2 -subj /CN=authority"));
        openssl(&format!("req {key} -keyout server.key -out server.csr -subj /CN=redis"));
        openssl(
            "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.crt",
        );
        Self { folder }
    }

    /// The authority's certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// Certificate and key of the server.
    pub fn of_server(&self) -> [PathBuf; 2] {
        ["server.crt", "server.key"].map(|name| self.folder.path().join(name))
    }

    /// Lines that make a server speak TLS on `port`, without asking its clients for certificates.
    pub fn lines(&self, port: u16) -> Vec<String> {
        let file = |name: &str| self.folder.path().join(name).display().to_string();
        vec![
            format!("tls-port {port}"),
            format!("tls-cert-file {}", file("server.crt")),
            format!("tls-key-file {}", file("server.key")),
            format!("tls-ca-cert-file {}", file("ca.crt")),
            "tls-auth-clients no".to_owned(),
        ]
    }
}
