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

/// What S3 says of a bucket that is not there.
const NO_BUCKET: &str =
    "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>";

/// What it does with requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Passes them on.
    Honest,
    /// Answers 503 by itself.
    Unavailable,
    /// Answers by itself that there is no such bucket.
    NoBucket,
    /// Answers nothing until its manner changes.
    Silent,
    /// Passes answers on a little at a time.
    Slow,
    /// Passes on half of what a request brings along, and breaks off; what brings nothing along passes.
    Torn,
    /// Passes requests on and breaks off before the answer.
    Forgetful,
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
pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
    listening: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A proxy before the server at `port` on this machine.
    pub(crate) fn before(port: u16) -> Self {
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

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.state.manner.lock().unwrap() = manner;
        self.state.changed.notify_all();
    }

    /// Calls `call` before the next request for an object whose path holds `part` is passed on.
    pub(crate) fn trap(&self, part: &str, call: impl FnOnce() + Send + 'static) {
        *self.state.trap.lock().unwrap() = Some((part.to_owned(), Box::new(call)));
    }

    /// Whether the trap is still set.
    pub(crate) fn is_set(&self) -> bool {
        self.state.trap.lock().unwrap().is_some()
    }

    /// Requests refused so far.
    pub(crate) fn refused(&self) -> u64 {
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

/// Answers one request.
fn answer(mut near: TcpStream, port: u16, state: &State) -> io::Result<()> {
    let mut reader = BufReader::new(near.try_clone()?);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let manner = {
        let silent = state.manner.lock().unwrap();
        *state.changed.wait_while(silent, |manner| *manner == Manner::Silent).unwrap()
    };
    let refusal = match manner {
        Manner::Unavailable => Some(("503 Slow Down", "")),
        Manner::NoBucket => Some(("404 Not Found", NO_BUCKET)),
        Manner::Honest | Manner::Silent | Manner::Slow | Manner::Torn | Manner::Forgetful => None,
    };
    if let Some((status, said)) = refusal {
        state.refused.fetch_add(1, Ordering::Relaxed);
        write!(near, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{said}", said.len())?;
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
    if manner == Manner::Torn && !body.is_empty() {
        state.refused.fetch_add(1, Ordering::Relaxed);
        far.write_all(&body[..body.len() / 2])?;
        return far.shutdown(Shutdown::Both);
    }
    far.write_all(&body)?;
    let mut answer = Vec::new();
    far.read_to_end(&mut answer)?;
    if manner == Manner::Forgetful {
        state.refused.fetch_add(1, Ordering::Relaxed);
        return near.shutdown(Shutdown::Both);
    }
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
