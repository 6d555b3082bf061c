//! What the operating system tells a service: SIGTERM and SIGINT to stop, SIGHUP to read the configuration again.

use std::io;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::service::Service;
use crate::run::ticker::Order;

/// The signals that are waited for.
pub(super) struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Takes over the signals of the process.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Does what signals say, up to the order to stop.
    pub(super) async fn obey(mut self, service: Arc<Service>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => break,
                _ = self.interrupt.recv() => break,
                _ = self.hangup.recv() => {
                    let service = Arc::clone(&service);
                    // An order to stop is heard meanwhile. What is wrong is logged where it is found.
                    tokio::spawn(async move { service.reload().await });
                }
            }
        }
        tracing::info!("stopping");
        if service.orders.send(Order::Stop).await.is_err() {
            tracing::debug!("already stopped");
        }
    }
}
