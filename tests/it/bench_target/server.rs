//! A small feature server that answers as a test wants, on a free port, and remembers who asked.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::{Value as Json, json};
use skewwatch::bench::truth;
use tokio::task::JoinHandle;

/// What becomes of a request.
pub(super) enum Answer {
    /// This is said.
    Said(u16, String),
    /// Nothing ever.
    Silence,
}

/// The server.
pub(super) struct Server {
    pub(super) address: String,
    pub(super) seen: Arc<Seen>,
    task: JoinHandle<()>,
}

/// What it saw.
#[derive(Default)]
pub(super) struct Seen {
    /// Whoever has a connection.
    pub(super) peers: Mutex<BTreeSet<SocketAddr>>,
    /// The bodies, in their order.
    pub(super) bodies: Mutex<Vec<Json>>,
    /// Most requests at the same time.
    pub(super) most_at_once: AtomicUsize,
    now: AtomicUsize,
}

impl Server {
    /// Answers every request by `answer`.
    pub(super) async fn start(answer: impl Fn(&Json) -> Answer + Clone + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/features", listener.local_addr().unwrap());
        let seen = Arc::new(Seen::default());
        let noted = Arc::clone(&seen);
        let handler = move |ConnectInfo(peer): ConnectInfo<SocketAddr>, body: String| {
            let (answer, seen) = (answer.clone(), Arc::clone(&noted));
            async move {
                let now = seen.now.fetch_add(1, Ordering::SeqCst) + 1;
                seen.most_at_once.fetch_max(now, Ordering::SeqCst);
                seen.peers.lock().unwrap().insert(peer);
                let body: Json = serde_json::from_str(&body).unwrap();
                // Others that are there already are let in first.
                tokio::task::yield_now().await;
                let answer = answer(&body);
                seen.bodies.lock().unwrap().push(body);
                seen.now.fetch_sub(1, Ordering::SeqCst);
                match answer {
                    Answer::Said(status, text) => (StatusCode::from_u16(status).unwrap(), text),
                    Answer::Silence => std::future::pending().await,
                }
            }
        };
        let router = Router::new().route("/features/get-online-features", post(handler));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { address, seen, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The entities that a request asks for.
pub(super) fn entities(body: &Json) -> Vec<u32> {
    body["entities"]["entity"].as_array().unwrap().iter().map(|entity| entity.as_u64().unwrap() as u32).collect()
}

/// The right answer, as Feast's server would give it.
pub(super) fn right(body: &Json) -> Json {
    let entities = entities(body);
    let statuses = vec!["PRESENT"; entities.len()];
    let names: Vec<&str> = body["features"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let mut feature_names = vec!["entity"];
    let mut results = vec![json!({"values": entities, "statuses": statuses, "event_timestamps": []})];
    for (feature, name) in (0..).zip(names) {
        feature_names.push(name.split_once(':').unwrap().1);
        let values: Vec<i64> = entities.iter().map(|entity| truth::value(*entity, feature, 0)).collect();
        results.push(json!({"values": values, "statuses": statuses, "event_timestamps": []}));
    }
    json!({"metadata": {"feature_names": feature_names}, "results": results})
}
