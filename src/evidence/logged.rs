//! A log of requests as tables: its entities, their requests, and their versions in the snapshots.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::EvidenceError;
use super::keys::{self, KeyForm, Shown};
use super::table;
use super::versions::{self, Written};
use super::{Held, LoggedEvidence};
use crate::model::entity::EntityKey;
use crate::model::history::SnapshotFacts;
use crate::model::sample::{Origins, SampledKey};
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;

/// Names of the tables.
const KEYS: &str = "logged_keys";
const REQUESTS: &str = "requests";
const VERSIONS: &str = "logged_versions";

/// What the document says of it.
#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    log: FeatureView,
    view: FeatureView,
    now: Timestamp,
    window: Duration,
    requests: SnapshotFacts,
    request_values: Vec<Written>,
    versions: SnapshotFacts,
    version_values: Vec<Written>,
}

/// Writes the tables.
pub(super) fn put(
    logged: &LoggedEvidence,
    form: &KeyForm,
    tables: &mut table::Written<'_>,
) -> Result<Document, EvidenceError> {
    let origins = Origins { requested: true, ..Origins::default() };
    let sampled: Vec<SampledKey> = logged.keys.iter().map(|key| SampledKey { key: key.clone(), origins }).collect();
    tables.put(KEYS, keys::table(&sampled, (form, &vec![Vec::new(); sampled.len()])))?;
    let mut put = |name: &str, view: &FeatureView, held: &Held| {
        let mut values = Vec::new();
        let frame = versions::table(view, &held.rows).map(|(frame, written)| {
            values = written;
            frame
        });
        tables.put(name, frame).map(|()| values)
    };
    let request_values = put(REQUESTS, &logged.log, &logged.requests)?;
    let version_values = put(VERSIONS, &logged.view, &logged.versions)?;
    Ok(Document {
        log: logged.log.clone(),
        view: logged.view.clone(),
        now: logged.now,
        window: logged.window,
        requests: logged.requests.facts.clone(),
        request_values,
        versions: logged.versions.facts.clone(),
        version_values,
    })
}

/// Reads the tables.
pub(super) fn take(
    document: &Document,
    shown: Shown,
    tables: &table::Read<'_>,
) -> Result<LoggedEvidence, EvidenceError> {
    let keys = tables.take(KEYS, |frame| keys::keys(frame, (shown, 0)))?.0;
    let keys: Vec<EntityKey> = keys.into_iter().map(|sampled| sampled.key).collect();
    let take = |name: &str, (view, facts): (&FeatureView, &SnapshotFacts), values: &[Written]| {
        let held = (&keys[..], facts.identity.files.len());
        let rows = tables.take(name, |frame| versions::versions(frame, (view, values), held))?;
        Ok::<Held, EvidenceError>(Held { facts: facts.clone(), rows })
    };
    Ok(LoggedEvidence {
        requests: take(REQUESTS, (&document.log, &document.requests), &document.request_values)?,
        versions: take(VERSIONS, (&document.view, &document.versions), &document.version_values)?,
        keys,
        log: document.log.clone(),
        view: document.view.clone(),
        now: document.now,
        window: document.window,
    })
}
