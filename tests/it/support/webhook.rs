//! A receiver of Alertmanager's notifications, which keeps all that it is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde::Deserialize;

use super::prometheus::Labels;

/// One alert of a notification.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// The path that it was sent to, such as `/pager/risk`.
    #[serde(skip)]
    pub path: String,
    /// `firing` or `resolved`.
    pub status: String,
    /// Its labels.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: Labels,
    /// When it began, as Alertmanager writes it.
    pub starts_at: String,
}

#[derive(Deserialize)]
struct Notification {
    alerts: Vec<Told>,
}

/// A running receiver.
pub struct Webhook {
    /// Where it listens.
    pub port: u16,
    told: Arc<Mutex<Vec<Told>>>,
    is_over: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Webhook {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::new(Mutex::new(Vec::new()));
        let is_over = Arc::new(AtomicBool::new(false));
        let (kept, ends) = (Arc::clone(&told), Arc::clone(&is_over));
        let listening = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                // A connection that breaks off is tried again by Alertmanager.
                if let Some(told) = stream.ok().and_then(notification) {
                    kept.lock().unwrap().extend(told);
                }
            }
        });
        Self { port, told, is_over, listening: Some(listening) }
    }

    /// Every alert of every notification so far, in the order in which they came.
    pub fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

/// What one request says; it is answered once it is understood.
fn notification(stream: TcpStream) -> Option<Vec<Told>> {
    let mut answering = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.to_ascii_lowercase());
    }
    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let Notification { mut alerts } = serde_json::from_slice(&body).expect("Alertmanager sends JSON");
    for alert in &mut alerts {
        path.clone_into(&mut alert.path);
    }
    answering.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()?;
    Some(alerts)
}
