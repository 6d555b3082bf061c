//! A proxy before an S3 server that can refuse, fall silent, and call back before a certain object is read.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Bytes that a slow proxy passes on at a time.
const SIP: usize = 128;
/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(20);

/// What it does with requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Passes them on.
    Honest,
    /// Answers 503 by itself.
    Unavailable,
    /// Answers nothing until its manner changes.
    Silent,
    /// Passes answers on a little at a time.
    Slow,
}

/// Called once, before a request for an object whose path holds the text is passed on.
type Trap = (String, Box<dyn FnOnce() + Send>);

struct State {
    manner: Mutex<Manner>,
    changed: Condvar,
    trap: Mutex<Option<Trap>>,
    refused: AtomicU64,
    is_over: AtomicBool,
}

/// A proxy at work; gone with its value.
pub(super) struct Proxy {
    port: u16,
    state: Arc<State>,
    listening: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A proxy before the server at `port` on this machine.
    pub(super) fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            manner: Mutex::new(Manner::Honest),
            changed: Condvar::new(),
            trap: Mutex::new(None),
            refused: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        let listening = thread::spawn(move || {
            for near in listener.incoming() {
                if shared.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A connection that breaks off is the other side's business.
                thread::spawn(move || near.and_then(|near| answer(near, port, &shared)));
            }
        });
        Self { port: here, state, listening: Some(listening) }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn behave(&self, manner: Manner) {
        *self.state.manner.lock().unwrap() = manner;
        self.state.changed.notify_all();
    }

    /// Calls `call` before the next request for an object whose path holds `part` is passed on.
    pub(super) fn trap(&self, part: &str, call: impl FnOnce() + Send + 'static) {
        *self.state.trap.lock().unwrap() = Some((part.to_owned(), Box::new(call)));
    }

    /// Whether the trap is still set.
    pub(super) fn is_set(&self) -> bool {
        self.state.trap.lock().unwrap().is_some()
    }

    /// Requests refused so far.
    pub(super) fn refused(&self) -> u64 {
        self.state.refused.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Relaxed);
        self.behave(Manner::Unavailable);
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

/// Answers one request; reading requests have no body.
fn answer(mut near: TcpStream, port: u16, state: &State) -> io::Result<()> {
    let mut reader = BufReader::new(near.try_clone()?);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let manner = {
        let silent = state.manner.lock().unwrap();
        *state.changed.wait_while(silent, |manner| *manner == Manner::Silent).unwrap()
    };
    if manner == Manner::Unavailable {
        state.refused.fetch_add(1, Ordering::Relaxed);
        near.write_all(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        return near.shutdown(Shutdown::Write);
    }
    let request = head.lines().next().unwrap_or_default();
    let trap = {
        let mut trap = state.trap.lock().unwrap();
        let is_near = |(part, _): &Trap| request.starts_with("GET ") && request.contains(part);
        if trap.as_ref().is_some_and(is_near) { trap.take() } else { None }
    };
    if let Some((_, call)) = trap {
        call();
    }
    let mut far = TcpStream::connect(("127.0.0.1", port))?;
    // The answer ends with its connection; a second header of that name would not be the one that the server heeds.
    let head: String =
        head.split_inclusive("\r\n").filter(|line| !line.to_lowercase().starts_with("connection:")).collect();
    far.write_all(head.trim_end_matches("\r\n").as_bytes())?;
    far.write_all(b"\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    far.read_to_end(&mut answer)?;
    if manner == Manner::Slow {
        for part in answer.chunks(SIP) {
            near.write_all(part)?;
            thread::park_timeout(PAUSE);
        }
    } else {
        near.write_all(&answer)?;
    }
    near.shutdown(Shutdown::Write)
}
