//! A door before a server on this machine: open, it passes connections on; shut, nobody answers.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// A door that is open at first.
pub struct Gate {
    /// Where it listens.
    pub port: u16,
    state: Arc<State>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    is_shut: AtomicBool,
    is_over: AtomicBool,
    passing: Mutex<Vec<TcpStream>>,
}

impl State {
    fn cut(&self) {
        for stream in self.passing.lock().unwrap().drain(..) {
            // Fails only if it is closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Gate {
    /// A door before the server at `port`.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let listening = thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.is_over.load(Ordering::Relaxed) {
                    return;
                }
                // A shut door drops the connection, which the other side sees as one that breaks off.
                if let (Ok(stream), false) = (stream, shared.is_shut.load(Ordering::Relaxed)) {
                    let _ = pass(stream, port, &shared);
                }
            }
        });
        Self { port: here, state, listening: Some(listening) }
    }

    /// Shuts it; connections that are open break off.
    pub fn shut(&self) {
        self.state.is_shut.store(true, Ordering::Relaxed);
        self.state.cut();
    }

    /// Opens it.
    pub fn open(&self) {
        self.state.is_shut.store(false, Ordering::Relaxed);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Relaxed);
        self.state.cut();
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

/// Copies both ways, each in a thread of its own that ends with the connection.
fn pass(near: TcpStream, port: u16, state: &State) -> io::Result<()> {
    let far = TcpStream::connect(("127.0.0.1", port))?;
    state.passing.lock().unwrap().extend([near.try_clone()?, far.try_clone()?]);
    for (mut from, mut to) in [(near.try_clone()?, far.try_clone()?), (far, near)] {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
    Ok(())
}
