//! What is told to Alertmanagers, shared by those who tell: the ledger, its file, and the call that there is news.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::kept::file;
use crate::model::check::Stage;
use crate::model::time::Timestamp;
use crate::publish::alertmanager::{self, AlertmanagerSettings, Ledger, Picture};
use crate::publish::metrics::{Channel, DeliveryResult, Metrics};
use crate::run::round::chain;

/// The reason under which failures of the file are counted.
const REASON: &str = "alert_queue";

/// The ledger with all who work on it.
#[derive(Debug)]
pub(super) struct Desk {
    ledger: Mutex<Ledger>,
    news: watch::Sender<()>,
}

impl Desk {
    /// Begins with what the file of the settings holds.
    pub(super) fn open(settings: &AlertmanagerSettings, metrics: &Metrics) -> Self {
        let ledger = settings.queue.as_deref().map_or_else(
            || {
                tracing::warn!(
                    "what Alertmanager was told is forgotten with the process: there is no `publish.history`"
                );
                Ledger::new(settings)
            },
            |path| restored(path, settings, metrics),
        );
        Self { ledger: Mutex::new(ledger), news: watch::Sender::new(()) }
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in how things stand.
    pub(super) fn observe(&self, picture: Picture, (metrics, now): (&Metrics, Timestamp)) {
        let dropped = self.ledger().observe(picture, now);
        metrics.deliver(Channel::Alertmanager, DeliveryResult::Dropped, dropped);
        self.count(metrics, now);
    }

    /// Shows how much waits.
    pub(super) fn count(&self, metrics: &Metrics, now: Timestamp) {
        let waiting = self.ledger().waiting(now);
        metrics.queue(Channel::Alertmanager, waiting);
    }

    /// Calls those who tell.
    pub(super) fn call(&self) {
        self.news.send_replace(());
    }

    /// Hears when there is news.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// Writes down what a restart must not forget, if that has changed. What cannot be written is written the next time.
    pub(super) async fn keep(&self, path: Option<PathBuf>, metrics: &Metrics) {
        let (Some(path), Some(text)) = (path, self.changed(metrics)) else { return };
        let written =
            tokio::task::spawn_blocking(move || file::replace(&path, text.as_bytes()).map_err(|error| (path, error)));
        if let Ok(Err((path, error))) = written.await {
            self.ledger().change_again();
            fail(metrics, &path, &error);
        }
    }

    fn changed(&self, metrics: &Metrics) -> Option<String> {
        let mut ledger = self.ledger();
        if !ledger.take_change() {
            return None;
        }
        match alertmanager::text(&ledger) {
            Ok(text) => Some(text),
            Err(error) => {
                metrics.fail(Stage::Publish, REASON);
                tracing::error!(cause = chain(&error), "could not write down what Alertmanager was told");
                None
            }
        }
    }
}

/// What the file holds; nothing if there is none, or if it makes no sense: then what fires is told anew.
fn restored(path: &Path, settings: &AlertmanagerSettings, metrics: &Metrics) -> Ledger {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                fail(metrics, path, &error);
            }
            return Ledger::new(settings);
        }
    };
    alertmanager::read(&text, settings).unwrap_or_else(|error| {
        metrics.fail(Stage::Publish, REASON);
        tracing::error!(
            path = %path.display(),
            cause = chain(&error),
            "what Alertmanager was told is not known: alerts that ended meanwhile end with their lease"
        );
        Ledger::new(settings)
    })
}

fn fail(metrics: &Metrics, path: &Path, error: &io::Error) {
    metrics.fail(Stage::Publish, REASON);
    tracing::error!(path = %path.display(), cause = %error, "could not keep what Alertmanager was told");
}
