//! What rounds ask an S3 server for, counted on the wire.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use skewwatch::config::Plan;
use skewwatch::run::{RoundOptions, round_on};
use skewwatch::store::snapshot::SnapshotStore;

use super::{Row, Shop, at, minute, told, write};
use crate::support::s3::S3Server;

/// Passes everything on to a server, and counts what it is asked for.
struct Counter {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    lists: u64,
    heads: u64,
    /// Requests for content.
    reads: u64,
}

impl Counter {
    fn before(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let counted = Arc::clone(&seen);
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(("127.0.0.1", port)).unwrap());
                let (answers, asker) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let seen = Arc::clone(&counted);
                std::thread::spawn(move || pass_on(client, server, |bytes| seen.lock().unwrap().take_in(bytes)));
                std::thread::spawn(move || pass_on(answers, asker, |_| {}));
            }
        });
        Self { port: own, seen }
    }

    /// What was asked for since this was asked last.
    fn take(&self) -> Seen {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

impl Seen {
    /// Requests without a body fit into one segment each.
    fn take_in(&mut self, bytes: &[u8]) {
        for line in String::from_utf8_lossy(bytes).lines().filter(|line| line.ends_with(" HTTP/1.1")) {
            match line.split(' ').next() {
                Some("HEAD") => self.heads += 1,
                Some("GET") if line.contains("list-type=") => self.lists += 1,
                Some("GET") => self.reads += 1,
                other => panic!("a round sends no `{other:?}`"),
            }
        }
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, mut count: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length) = from.read(&mut buffer) {
        count(&buffer[..length]);
        if length == 0 || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // One side is gone, and the other need not wait for it.
    let _ = to.shutdown(Shutdown::Both);
}

/// A snapshot of so many users on S3, the same online, and a plan that reaches it by way of a counter.
struct Remote {
    shop: Shop,
    bucket: String,
    counter: Counter,
}

fn rows(users: u32, value: i64) -> Vec<Row> {
    (0..users).map(|user| Row { user, minute: -60, created: -50, value }).collect()
}

impl Remote {
    async fn open(users: u32) -> Self {
        let server = S3Server::shared();
        let port = server.endpoint().rsplit_once(':').unwrap().1.parse().unwrap();
        let remote = Self { shop: Shop::open(), bucket: server.bucket(), counter: Counter::before(port) };
        for part in 0..3 {
            remote.put(&format!("users/part-{part}.parquet"), &rows(users, part)).await;
        }
        rows(users, 2).into_iter().for_each(|row| remote.shop.serve(row));
        remote
    }

    async fn put(&self, key: &str, rows: &[Row]) {
        let file = self.shop.path("upload.parquet");
        write(&file, rows);
        S3Server::shared().put(&self.bucket, key, std::fs::read(file).unwrap()).await;
    }

    async fn plan(&self, sample: &str) -> Plan {
        let server = S3Server::shared();
        let section = server.section().replace(&server.endpoint(), &format!("http://127.0.0.1:{}", self.counter.port));
        self.shop.plan_over(&format!("s3://{}/users/", self.bucket), sample, &section).await
    }
}

#[tokio::test]
async fn a_round_over_an_unchanged_snapshot_reads_nothing_of_it() {
    let remote = Remote::open(50).await;
    let kept = remote.plan("keys: 20, cache: cache").await;
    let bare = remote.plan("keys: 20").await;
    let first = told(&at(&kept, minute(0)).await);
    assert!(remote.counter.take().reads > 0, "the first round reads it");
    for later in 0..3 {
        // A new plan: the next round may be one of another process.
        let kept = remote.plan("keys: 20, cache: cache").await;
        assert_eq!(told(&at(&kept, minute(0)).await), first);
        assert_eq!(remote.counter.take(), Seen { lists: 1, heads: 0, reads: 0 }, "round {later}");
    }
    assert_eq!(told(&at(&bare, minute(0)).await), first, "nothing kept, nothing else");
    assert!(remote.counter.take().reads > 0, "where nothing is kept, each round reads");
}

#[tokio::test]
async fn an_entity_that_appears_online_is_known_not_to_be_in_the_snapshot() {
    let remote = Remote::open(50).await;
    let kept = remote.plan("keys: 20, cache: cache").await;
    at(&kept, minute(0)).await;
    for user in 50..100 {
        remote.shop.serve(Row { user, minute: -60, created: -50, value: 1 });
    }
    remote.counter.take();
    let after = at(&kept, minute(0)).await;
    assert_eq!(remote.counter.take(), Seen { lists: 1, heads: 0, reads: 0 });
    let [view] = &after.views[..] else { panic!("one view is measured") };
    assert!(view.keys.offline < view.keys.online, "{:?}", view.keys);
    let bare = remote.plan("keys: 20").await;
    assert_eq!(told(&at(&bare, minute(0)).await), told(&after));
}

#[tokio::test]
async fn a_snapshot_that_changed_is_read_again() {
    let remote = Remote::open(50).await;
    let kept = remote.plan("keys: 20, cache: cache").await;
    at(&kept, minute(0)).await;
    remote.counter.take();
    remote.put("users/part-2.parquet", &rows(50, 7)).await;
    let after = at(&kept, minute(0)).await;
    assert!(remote.counter.take().reads > 0, "the new files are read");
    let bare = remote.plan("keys: 20").await;
    assert_eq!(told(&at(&bare, minute(0)).await), told(&after));
    remote.counter.take();
    assert_eq!(told(&at(&kept, minute(0)).await), told(&after));
    assert_eq!(remote.counter.take().reads, 0);
}

#[tokio::test]
async fn references_and_dumps_are_not_read_again_either() {
    let remote = Remote::open(50).await;
    let server = S3Server::shared();
    let day = |day: i64| (0..50).map(move |user| Row { user, minute: -60 - day * 1440, created: -1, value: day });
    for number in 0..3 {
        remote.put(&format!("users/part-{number}.parquet"), &day(number).collect::<Vec<_>>()).await;
    }
    let (file, profile) = (remote.shop.path("upload.parquet"), remote.shop.path("trained.json"));
    write(&file, &rows(50, 1));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    assert!(command.arg("profile").arg(&file).arg("-o").arg(&profile).status().unwrap().success());
    server.put(&remote.bucket, "trained.json", std::fs::read(profile).unwrap()).await;
    let mut plan = remote.plan("keys: 20, cache: cache").await;
    plan.profiles = Some(remote.shop.path("profiles"));
    plan.views[0].source.contains = skewwatch::model::view::Contains::Full;
    for reference in ["trained.json", "users/part-1.parquet"] {
        plan.views[0].reference = Some(format!("s3://{}/{reference}", remote.bucket));
        let store = SnapshotStore::new(plan.snapshots.clone());
        let mut seen = Vec::new();
        for _ in 0..3 {
            remote.counter.take();
            let options = RoundOptions { as_of: Some(minute(0)), progress: &|_| {} };
            let report = round_on(&plan, &store, options).await;
            assert_eq!(report.failures, []);
            assert!(report.views[0].snapshot.compared.is_some());
            seen.push(remote.counter.take());
        }
        let read: Vec<u64> = seen.iter().map(|seen| seen.reads).collect();
        assert!(read[0] > 0 && read[1..] == [0, 0], "{reference}: {seen:?}");
    }
}

#[tokio::test]
async fn a_marker_is_looked_at_and_read_only_when_it_moved() {
    let remote = Remote::open(5).await;
    let server = S3Server::shared();
    server.put(&remote.bucket, "users/_DONE", b"2026-06-15T11:00:00Z".to_vec()).await;
    let store = skewwatch::store::snapshot::SnapshotStore::new(remote.plan("keys: 20").await.snapshots);
    let mut view = remote.plan("keys: 20").await.views.remove(0);
    view.source.watermark = skewwatch::model::view::WatermarkRule::Marker { file: "_DONE".to_owned() };
    store.list(&view, minute(0)).await.unwrap();
    assert_eq!(remote.counter.take(), Seen { lists: 1, heads: 2, reads: 1 });
    store.list(&view, minute(0)).await.unwrap();
    assert_eq!(remote.counter.take(), Seen { lists: 1, heads: 1, reads: 0 });
    server.put(&remote.bucket, "users/_DONE", b"2026-06-15T11:30:00Z".to_vec()).await;
    store.list(&view, minute(0)).await.unwrap();
    assert_eq!(remote.counter.take(), Seen { lists: 1, heads: 2, reads: 1 });
}
