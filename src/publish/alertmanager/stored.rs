//! A ledger as text, and back: what a restart must not forget.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ledger::{Entry, Ledger, Phase};
use super::settings::AlertmanagerSettings;
use super::wording::Labels;
use crate::model::time::Timestamp;

/// The form that is written.
const FORM: u32 = 1;

/// Why a text is no ledger.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// It cannot be read at all.
    #[error("it is no queue of alerts")]
    Unreadable(#[from] serde_json::Error),
    /// A newer program wrote it.
    #[error("it has form {found}, and this program knows form {FORM}")]
    Newer {
        /// Its form.
        found: u32,
    },
}

#[derive(Serialize, Deserialize)]
struct Document {
    form: u32,
    peers: BTreeSet<String>,
    alerts: Vec<StoredAlert>,
}

#[derive(Serialize, Deserialize)]
struct StoredAlert {
    labels: Labels,
    annotations: Labels,
    starts_at: Timestamp,
    ended_at: Option<Timestamp>,
    /// Peers that know whether it fires.
    told: Vec<String>,
}

/// The ledger as text. When peers were told is not part of it: after a restart they are told again.
///
/// # Errors
/// When it cannot be written as JSON: a fault of this module.
pub fn text(ledger: &Ledger) -> Result<String, serde_json::Error> {
    let stored = |(labels, entry): (&Labels, &Entry)| StoredAlert {
        labels: labels.clone(),
        annotations: entry.annotations.clone(),
        starts_at: entry.starts_at,
        ended_at: match entry.phase {
            Phase::Firing => None,
            Phase::Ended(at) => Some(at),
        },
        told: entry.told.keys().cloned().collect(),
    };
    serde_json::to_string(&Document {
        form: FORM,
        peers: ledger.peers.clone(),
        alerts: ledger.entries.iter().map(stored).collect(),
    })
}

/// The ledger of a text, going on with the peers of `settings`.
///
/// # Errors
/// When the text is none that [`text`] wrote.
pub fn read(text: &str, settings: &AlertmanagerSettings) -> Result<Ledger, StoredError> {
    let document: Document = serde_json::from_str(text)?;
    if document.form != FORM {
        return Err(StoredError::Newer { found: document.form });
    }
    let entries: BTreeMap<Labels, Entry> = document.alerts.into_iter().map(entry).collect();
    Ok(Ledger::restore(entries, document.peers, settings))
}

fn entry(stored: StoredAlert) -> (Labels, Entry) {
    let entry = Entry {
        annotations: stored.annotations,
        starts_at: stored.starts_at,
        phase: stored.ended_at.map_or(Phase::Firing, Phase::Ended),
        told: stored.told.into_iter().map(|peer| (peer, None)).collect(),
    };
    (stored.labels, entry)
}
