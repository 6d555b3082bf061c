//! Every query against a real Prometheus that scrapes the real service, which watches a shop with faults, and a real feature
//! server over the same shop.
//!
//! What the service does not export yet (reports, deliveries and a few figures) comes from a third target, which serves `tests/fixtures/dashboards/contract.prom`: the telemetry contract, with counters that rise from scrape to scrape.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use skewwatch::demo::Settings;
use skewwatch::demo::calendar::{BATCH_DELAY, DAY};
use skewwatch::demo::fault::FaultChoice;
use skewwatch::demo::live::{LiveSettings, LiveShop};
use skewwatch::demo::online::{OnlineTarget, RedisAddress, RedisLayout};
use skewwatch::model::time::{Clock, NANOS_PER_SECOND};

use super::looked_up::{LOOKUP, LookedUp};
use super::prometheus::{Prometheus, Range, Series, without_column, wrong};
use super::replay::Exposition;
use super::{Asked, Board, boards, filled, text};
use crate::serve::Running;
use crate::support::redis::RedisServer;

/// Longest wait until every query gives figures.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks.
const POLL: Duration = Duration::from_millis(500);

/// How a view is chosen in each dashboard: the one of a single view has no choice of all.
fn view_of(place: &str) -> &'static str {
    if place.starts_with("feature-view") { "user_features" } else { ".+" }
}

/// A view whose snapshots do not exist, so that a stage fails.
const GHOST: &str = "  - name: ghost
    join_keys: [user_id]
    snapshot: offline/ghost
    event_timestamp: event_timestamp
    features: { score: float32 }
";

const SERVICE: &str = "schedule: { sample: \"* * * * * *\", jitter: 0%, deadline: 1h }\n";

fn now() -> u64 {
    u64::try_from(Clock::System.now().nanos() / NANOS_PER_SECOND).unwrap()
}

/// Makes a shop with faults in `folder`, configured for rounds every second.
fn open_shop(folder: &std::path::Path, redis: &RedisServer) {
    let address = RedisAddress::parse(&format!("redis://{}/0", redis.address())).unwrap();
    let settings = Settings {
        folder: folder.to_owned(),
        entities: 600,
        days: 4,
        seed: 11,
        faults: FaultChoice::every(),
        online: OnlineTarget::Redis(address, RedisLayout::Plain),
    };
    let calm = Duration::from_secs(600);
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        // Until the batch job of the night is through, every row is newer than every snapshot and nothing can be compared.
        let time = i64::try_from(now()).unwrap();
        let present = if time % DAY < 2 * BATCH_DELAY { time - 2 * BATCH_DELAY } else { time };
        let live = LiveSettings { calm, copies: None };
        let (mut shop, _) = LiveShop::open(settings, live, present - 600).await.unwrap();
        assert!(shop.step(present).await.unwrap().is_broken);
    });
    let path = folder.join("skewwatch.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("    team: risk\n", "    team: risk\n    tier: gold\n    freshness: { basis: row }\n");
    // Rows of the night before stay within it, and those of three days ago do not.
    let text = text.replace("ttl: 24h", "ttl: 60h");
    let text = text.replace("publish:\n", "publish:\n  metrics: \"127.0.0.1:0\"\n");
    std::fs::write(path, text.replace("sample:\n", &format!("{GHOST}sample:\n")) + SERVICE + LOOKUP).unwrap();
}

/// A target that serves the contract.
struct Contract {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl Contract {
    fn serve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let contract = Exposition::read("tests/fixtures/dashboards/contract.prom").without("skewwatch_lookup_");
        let server = std::thread::spawn(move || {
            for (scrape, stream) in (1_u32..).zip(listener.incoming()) {
                if told.load(Ordering::Acquire) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                let mut head = [0; 1024];
                let body = contract.scaled(f64::from(scrape));
                // Who hangs up early asks again.
                let _ = stream.read(&mut head);
                let _ = write!(stream, "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\r\n{body}");
            }
        });
        Self { address, is_over, server: Some(server) }
    }
}

impl Drop for Contract {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // Wakes the server, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

#[test]
fn every_query_gives_figures_with_their_legends_from_a_running_service() {
    let (redis, place) = (RedisServer::start(), tempfile::tempdir().unwrap());
    let shop = place.path().join("shop");
    open_shop(&shop, &redis);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    command.arg("serve").current_dir(&shop).env_clear();
    let service = Running::start(command, shop.join("log"));
    let lookups = LookedUp::serve(&shop, &redis);
    let contract = Contract::serve();
    let targets = format!(
        "global: {{ scrape_interval: 1s }}\nscrape_configs:\n- job_name: skewwatch\n  static_configs:\n  - targets: [\"{}\", \"{}\", \"{}\"]\n",
        service.address, lookups.server.address, contract.address
    );
    std::fs::write(place.path().join("prometheus.yml"), targets).unwrap();
    let prometheus = Prometheus::start(place.path());
    let range = || Range { start: now() - 5, end: now(), step: 1 };

    let mut left: Vec<Asked> = boards().iter().flat_map(Board::queries).collect();
    let deadline = Instant::now() + PATIENCE;
    // Rounds, scrapes and what needs several of them come by and by; a query that pleased is not asked again.
    while !left.is_empty() {
        let mut complaints: Vec<String> = Vec::new();
        left.retain(|asked| {
            let expression = filled(&asked.expression, (view_of(&asked.place), "30s"));
            let complaint = wrong(asked, &prometheus.ask(&expression, asked.is_now, range()), None);
            complaints.extend(complaint.clone());
            complaint.is_some()
        });
        assert!(Instant::now() < deadline, "{complaints:#?}\n{}\n{}", service.log(), lookups.server.log());
        std::thread::park_timeout(POLL);
    }
    let all: Vec<Asked> = boards().iter().flat_map(Board::queries).collect();
    let answers: Vec<(&Asked, Vec<Series>)> = all
        .iter()
        .map(|asked| {
            let expression = filled(&asked.expression, (view_of(&asked.place), "30s"));
            (asked, prometheus.ask(&expression, asked.is_now, range()))
        })
        .collect();
    assert_eq!(without_column(&answers), [""; 0]);

    for board in boards() {
        for variable in board.variables().iter().filter(|variable| variable["type"] == "query") {
            let query = filled(text(&variable["query"]["query"]), (view_of(board.name), "30s"));
            let inside = query.strip_prefix("label_values(").unwrap().strip_suffix(')').unwrap();
            let values = prometheus.label_values(inside.rsplit_once(", ").unwrap(), range());
            assert!(!values.is_empty() && !values.contains(&String::new()), "{}: {query}: {values:?}", board.name);
        }
    }
}
