//! Threads of their own for the HTTP server.
//!
//! Rounds settle and measure millions of cells on the threads of the main runtime and do not let go of them in between. A
//! scrape must not wait for that: the server accepts, reads and writes on a thread that rounds never use, and the operating
//! system shares the processor between the two.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// A runtime that can be let go of from within another one.
#[derive(Debug)]
pub(super) struct Threads {
    handle: Handle,
    /// Taken when they are let go of.
    runtime: Option<Runtime>,
}

impl Threads {
    /// One thread for connections, and others for what waits for files.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(super) fn open() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("http").enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Runs a task on them.
    pub(super) fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(task)
    }
}

impl Drop for Threads {
    /// Connections that are still open are cut.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
