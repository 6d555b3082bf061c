//! A real S3-compatible server (SeaweedFS), started once per test process and gone with it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use skewwatch::model::secret::Secret;
use skewwatch::store::snapshot::S3Settings;
use tempfile::TempDir;

const ACCESS_KEY: &str = "skewwatch-test";
const SECRET_KEY: &str = "skewwatch-test-secret";
/// One who may write, and may not make buckets, as services on AWS are.
const WRITER: [&str; 2] = ["skewwatch-writer", "skewwatch-writer-secret"];
const READY_WITHIN: Duration = Duration::from_secs(90);

/// Runs the server until the test process ends, however it ends: then the wrapper's standard input closes, and the
/// wrapper ends the one process that it started and removes its folder and the sockets that it leaves in `/tmp`.
const WRAPPER: &str = r#"
folder=$1; ports=$2; shift 2
"$@" >"$folder/log" 2>&1 &
child=$!
cat >/dev/null
kill -9 $child; wait $child
for port in $ports; do rm -f /tmp/seaweedfs-*-"$port".sock; done
rm -rf "$folder"
"#;

/// A running server.
#[derive(Debug)]
pub(crate) struct S3Server {
    port: u16,
    filer: u16,
    buckets: AtomicU32,
    // Held for its standard input.
    _wrapper: Child,
}

static SERVER: OnceLock<S3Server> = OnceLock::new();

impl S3Server {
    /// The server of this test process; the first caller waits until it is ready.
    pub(crate) fn shared() -> &'static Self {
        SERVER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made").keep();
        let identities = format!(
            r#"{{"identities":[{{"name":"t","credentials":[{{"accessKey":"{ACCESS_KEY}","secretKey":"{SECRET_KEY}"}}],"actions":["Admin","Read","Write","List"]}},{{"name":"w","credentials":[{{"accessKey":"{}","secretKey":"{}"}}],"actions":["Read","Write","List"]}}]}}"#,
            WRITER[0], WRITER[1]
        );
        let identities_file = folder.join("ids.json");
        std::fs::write(&identities_file, identities).expect("the identities can be written");
        let data = folder.join("data");
        std::fs::create_dir(&data).expect("the data folder can be made");
        let ports = free_ports();
        let [s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc] = ports;
        let mut command = Command::new("sh");
        let named_ports = ports.map(|port| port.to_string()).join(" ");
        command.args(["-c", WRAPPER, "sh"]).arg(&folder).arg(named_ports).arg(binary()).arg("server");
        command.arg(format!("-dir={}", data.display()));
        command.arg(format!("-s3.config={}", identities_file.display()));
        command.args([
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-filer",
            "-s3",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ]);
        command.args(["-master.volumeSizeLimitMB=64", "-volume.max=1000", "-master.telemetry=false"]);
        // Sockets would otherwise stay behind in /tmp.
        command.arg(format!("-filer.localSocket={}", folder.join("filer.sock").display()));
        command.arg(format!("-s3.localSocket={}", folder.join("s3.sock").display()));
        for (name, port) in [
            ("s3.port", s3),
            ("s3.port.grpc", s3_grpc),
            ("master.port", master),
            ("master.port.grpc", master_grpc),
            ("volume.port", volume),
            ("volume.port.grpc", volume_grpc),
            ("filer.port", filer),
            ("filer.port.grpc", filer_grpc),
        ] {
            command.arg(format!("-{name}={port}"));
        }
        let wrapper = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`sh` can be started");
        let server = Self { port: s3, filer, buckets: AtomicU32::new(0), _wrapper: wrapper };
        let deadline = Instant::now() + READY_WITHIN;
        while !server.is_ready() {
            let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "SeaweedFS was not ready within {READY_WITHIN:?}:\n{}", log());
            std::thread::park_timeout(Duration::from_millis(50));
        }
        server
    }

    fn is_ready(&self) -> bool {
        let answered = |response: Option<String>| response.is_some_and(|text| text.starts_with("HTTP/1.1 2"));
        request(self.port, "GET", "/status").is_some()
            && answered(request(self.filer, "POST", "/buckets/ready/"))
            && answered(upload(self.filer, "/buckets/ready/probe"))
    }

    /// Makes an empty bucket with a name of its own.
    pub(crate) fn bucket(&self) -> String {
        let name = self.free_name();
        self.make(&name);
        name
    }

    /// The name of a bucket that is not there.
    pub(crate) fn free_name(&self) -> String {
        format!("bucket-{}", self.buckets.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes a bucket of this name.
    pub(crate) fn make(&self, name: &str) {
        let response = request(self.filer, "POST", &format!("/buckets/{name}/")).unwrap_or_default();
        assert!(response.starts_with("HTTP/1.1 201"), "bucket {name} was not made: {response}");
    }

    /// The port of the server.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The server's address.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Settings with which the product reaches it.
    pub(crate) fn settings(&self) -> S3Settings {
        S3Settings {
            endpoint: Some(self.endpoint()),
            region: Some("us-east-1".to_owned()),
            path_style: Some(true),
            access_key_id: Some(ACCESS_KEY.to_owned()),
            secret_access_key: Some(Secret::new(SECRET_KEY)),
            session_token: None,
        }
    }

    /// The configuration's section with which the product reaches it.
    pub(crate) fn section(&self) -> String {
        format!(
            "snapshots:\n  endpoint: {}\n  region: us-east-1\n  access_key_id: {ACCESS_KEY}\n  secret_access_key: {SECRET_KEY}\n",
            self.endpoint()
        )
    }

    /// The same for one who may not make buckets; this server makes those that are missing for others.
    pub(crate) fn section_of_writer(&self) -> String {
        self.section()
            .replace(&format!("{SECRET_KEY}\n"), &format!("{}\n", WRITER[1]))
            .replace(&format!("{ACCESS_KEY}\n"), &format!("{}\n", WRITER[0]))
    }

    /// A client that may write.
    pub(crate) fn client(&self, bucket: &str) -> AmazonS3 {
        AmazonS3Builder::new()
            .with_endpoint(self.endpoint())
            .with_allow_http(true)
            .with_region("us-east-1")
            .with_bucket_name(bucket)
            .with_access_key_id(ACCESS_KEY)
            .with_secret_access_key(SECRET_KEY)
            .build()
            .expect("the client's settings are complete")
    }

    /// Writes an object under exactly this key.
    pub(crate) async fn put(&self, bucket: &str, key: &str, content: Vec<u8>) {
        let key = Path::parse(key).expect("the key is one that S3 takes");
        self.client(bucket).put(&key, PutPayload::from(content)).await.expect("the object can be written");
    }

    /// Removes the object under this key.
    pub(crate) async fn remove(&self, bucket: &str, key: &str) {
        let key = Path::parse(key).expect("the key is one that S3 takes");
        self.client(bucket).delete(&key).await.expect("the object can be removed");
    }
}

/// Where the server's program is.
fn binary() -> PathBuf {
    let named = std::env::var_os("SKEWWATCH_WEED").map(PathBuf::from);
    let installed = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.venv/bin/weed"));
    let on_path = || {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders).map(|folder| folder.join("weed")).find(|file| file.is_file())
    };
    named
        .or_else(|| installed.is_file().then_some(installed))
        .or_else(on_path)
        .expect("SeaweedFS's `weed` is not installed: `make test` installs it, or name it in SKEWWATCH_WEED")
}

/// Ports that were free a moment ago, all different.
fn free_ports() -> [u16; 8] {
    let listeners: [TcpListener; 8] =
        std::array::from_fn(|_| TcpListener::bind(("127.0.0.1", 0)).expect("a port is free"));
    listeners.map(|listener| listener.local_addr().expect("a listener has an address").port())
}

fn request(port: u16, method: &str, path: &str) -> Option<String> {
    exchange(
        port,
        &format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    )
}

fn upload(port: u16, path: &str) -> Option<String> {
    let head = format!("PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n");
    exchange(port, &format!("{head}\r\nready"))
}

fn exchange(port: u16, text: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    stream.write_all(text.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}
