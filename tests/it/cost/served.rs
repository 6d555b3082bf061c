//! A service keeps what it read beside its history.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use super::{Row, Shop};
use crate::support::redis::wait_until;
use crate::support::s3::S3Server;

struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(shop: &Shop) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
        command.arg("serve").current_dir(shop.folder.path()).env_clear();
        let log = std::fs::File::create(shop.path("log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("serving on http://").unwrap_or_default().to_owned();
        let service = Self { child, address };
        assert!(!service.address.is_empty(), "{line}: {}", std::fs::read_to_string(shop.path("log")).unwrap());
        service
    }

    /// The value of a series; 0 where there is none.
    fn value(&self, series: &str) -> u64 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET /metrics HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let value = answer.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.map_or(0, |value| value.parse().unwrap())
    }

    fn rounds(&self) -> u64 {
        self.value("skewwatch_rounds_total{feature_view=\"users\",result=\"complete\"}")
    }

    fn wait_for_rounds(&self, more: u64) {
        let wanted = self.rounds() + more;
        wait_until("rounds go on", || self.rounds() >= wanted);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_service_reads_a_snapshot_once_and_after_a_restart_not_at_all() {
    let (shop, server) = (Shop::open(), S3Server::shared());
    let bucket = server.bucket();
    let rows: Vec<Row> = (0..30).map(|user| Row { user, minute: -60, created: -50, value: 1 }).collect();
    let put = async |rows: &[Row]| {
        super::write(&shop.path("upload.parquet"), rows);
        server.put(&bucket, "users/part-0.parquet", std::fs::read(shop.path("upload.parquet")).unwrap()).await;
    };
    put(&rows).await;
    rows.iter().for_each(|row| shop.serve(*row));
    let more = format!(
        "{}schedule: {{ sample: \"* * * * * *\", jitter: 0%, deadline: 1h }}\npublish: {{ metrics: \"127.0.0.1:0\", \
         history: history.db }}\n",
        server.section()
    );
    let text = shop.configuration(&format!("s3://{bucket}/users/"), "keys: 20", &more);
    std::fs::write(shop.path("skewwatch.yaml"), text).unwrap();
    let bytes = "skewwatch_s3_bytes_read_total";
    let service = Service::start(&shop);
    service.wait_for_rounds(1);
    let once = service.value(bytes);
    assert!(once > 0);
    service.wait_for_rounds(3);
    assert_eq!(service.value(bytes), once);
    assert!(shop.path("history.db.cache").is_dir());
    drop(service);
    let service = Service::start(&shop);
    service.wait_for_rounds(2);
    assert_eq!(service.value(bytes), 0, "another process knows it too");
    put(&rows[..20]).await;
    wait_until("the new snapshot is read", || service.value(bytes) > 0);
}
