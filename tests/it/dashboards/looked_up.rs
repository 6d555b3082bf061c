//! A feature server over the shop that is watched, and somebody who asks it for features all the time.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;

use crate::serve::Running;
use crate::support::http;
use crate::support::redis::RedisServer;

/// What the configuration says of it: rows are soon forgotten, so that lookups go to both tiers all the time.
pub(super) const LOOKUP: &str = "lookup: { listen: \"127.0.0.1:0\", deadline: 10s, l1: { ttl: 1s }, objective: { p50: 1.2ms, \
                                 p99: 4.8ms, hit: 73% } }\n";
/// Time between two requests.
const PAUSE: Duration = Duration::from_millis(20);

/// The server with its traffic, until dropped.
pub(super) struct LookedUp {
    pub(super) server: Running,
    is_over: Arc<AtomicBool>,
    caller: Option<JoinHandle<()>>,
}

impl LookedUp {
    /// Serves the shop in `folder`, whose rows lie in `redis`.
    pub(super) fn serve(folder: &Path, redis: &RedisServer) -> Self {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_skewwatch"));
        command.arg("lookup").current_dir(folder).env_clear();
        let server = Running::start(command, folder.join("lookup.log"));
        let port: u16 = server.address.rsplit_once(':').unwrap().1.parse().unwrap();
        let keys: Vec<String> =
            redis::cmd("KEYS").arg("feat:*:total_orders_30d").query(&mut redis.connection()).unwrap();
        let users: Vec<String> = keys.iter().map(|key| key.split(':').nth(1).unwrap().to_owned()).collect();
        assert!(!users.is_empty(), "the shop holds rows");
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let caller = std::thread::spawn(move || {
            for start in (0..users.len()).cycle() {
                if told.load(Ordering::Acquire) {
                    return;
                }
                let some: Vec<&String> = users.iter().cycle().skip(start).take(7).collect();
                let features = ["user_features:total_orders_30d", "user_features:fraud_score"];
                let body = json!({"features": features, "entities": {"user_id": some}}).to_string();
                // A server that is gone is told by the queries that find nothing.
                let _ = http::ask(port, "POST /get-online-features", &body);
                std::thread::park_timeout(PAUSE);
            }
        });
        Self { server, is_over, caller: Some(caller) }
    }
}

impl Drop for LookedUp {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        if let Some(caller) = self.caller.take() {
            let _ = caller.join();
        }
    }
}
