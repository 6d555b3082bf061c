//! The document of evidence: everything but the tables, and which tables there are.

use serde::{Deserialize, Serialize};

use super::error::EvidenceError;
use super::folder::{Files, Opened};
use super::keys::{KeyForm, Shown};
use super::versions::Written;
use super::{
    Compared, Evidence, SampleEvidence, Successive, Trained, ViewEvidence, keys, logged, readings, served, table,
    versions,
};
use crate::judge::CheckBook;
use crate::model::check::Failure;
use crate::model::entity::EntityKey;
use crate::model::exhibit::Values;
use crate::model::history::SnapshotFacts;
use crate::model::measurement::{ComparedSnapshots, ScanMeasurement};
use crate::model::online::Fidelity;
use crate::model::time::Timestamp;
use crate::model::view::{FeatureView, NotWatched};
use crate::stats::profile::TableProfile;
use crate::store::online::RowFormat;

/// The document.
pub(super) const DOCUMENT: &str = "evidence.json";

/// What the round said, as it printed it.
const REPORT: &str = "report.json";

/// The version that is written, and the newest that can be read.
pub(super) const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    skewwatch_evidence: u64,
    written_by: String,
    entity_keys: Shown,
    now: Option<Timestamp>,
    as_of: Timestamp,
    started_at: Timestamp,
    finished_at: Timestamp,
    seed: u64,
    not_watched: Vec<NotWatched>,
    checks: CheckBook,
    values: Values,
    views: Vec<ViewDocument>,
}

#[derive(Deserialize)]
struct Head {
    skewwatch_evidence: u64,
}

#[derive(Serialize, Deserialize)]
struct ViewDocument {
    /// Where its tables lie.
    folder: String,
    view: FeatureView,
    failures: Vec<Failure>,
    later: Vec<Failure>,
    reference: Reference,
    compared: Option<ComparedSnapshots>,
    sample: Option<SampleDocument>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reference {
    NewestVersions,
    Profile,
    Unreadable,
}

#[derive(Serialize, Deserialize)]
struct SampleDocument {
    format: RowFormat,
    fidelity: Fidelity,
    scan: Option<ScanMeasurement>,
    snapshot: SnapshotFacts,
    values: Vec<Written>,
    served: Option<served::Document>,
    logged: Option<logged::Document>,
}

/// Names of the tables of a sample.
const KEYS: &str = "keys";
const READINGS: &str = "readings";
const VERSIONS: &str = "versions";

/// The file of a profile in the folder of a view.
fn profile_file(folder: &str, name: &str) -> String {
    format!("{folder}/{name}.profile.json")
}

/// Why a document cannot be read that a newer version wrote; `None` for any other.
pub(super) fn newer(document: &[u8]) -> Option<EvidenceError> {
    let Head { skewwatch_evidence } = serde_json::from_slice(document).ok()?;
    (skewwatch_evidence > VERSION).then_some(EvidenceError::Newer(skewwatch_evidence))
}

/// The evidence as files.
pub(super) fn files(evidence: &Evidence, report: &[u8], form: &KeyForm) -> Result<Files, EvidenceError> {
    let mut files = Files::new();
    let mut views = Vec::with_capacity(evidence.views.len());
    for (number, view) in evidence.views.iter().enumerate() {
        let folder = format!("view-{}", number + 1);
        let reference = match &view.compared.trained {
            Trained::NewestVersions => Reference::NewestVersions,
            Trained::Profile(profile) => {
                files.insert(profile_file(&folder, "reference"), of_profile(profile)?);
                Reference::Profile
            }
            Trained::Unreadable => Reference::Unreadable,
        };
        if let Some(Successive { before, newest, .. }) = &view.compared.successive {
            files.insert(profile_file(&folder, "before"), of_profile(before)?);
            files.insert(profile_file(&folder, "newest"), of_profile(newest)?);
        }
        let sample =
            view.sample.as_ref().map(|sample| tables(view, sample, (&folder, form), &mut files)).transpose()?;
        views.push(ViewDocument {
            folder,
            view: view.view.clone(),
            failures: view.failures.clone(),
            later: view.later.clone(),
            reference,
            compared: view.compared.successive.as_ref().map(|successive| successive.names.clone()),
            sample,
        });
    }
    let document = Document {
        skewwatch_evidence: VERSION,
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        entity_keys: form.shown(),
        now: evidence.now,
        as_of: evidence.as_of,
        started_at: evidence.started_at,
        finished_at: evidence.finished_at,
        seed: evidence.seed,
        not_watched: evidence.not_watched.clone(),
        checks: evidence.checks.clone(),
        values: evidence.values,
        views,
    };
    files.insert(DOCUMENT.to_owned(), serde_json::to_vec_pretty(&document).map_err(EvidenceError::Undocumented)?);
    files.insert(REPORT.to_owned(), report.to_vec());
    Ok(files)
}

fn of_profile(profile: &TableProfile) -> Result<Vec<u8>, EvidenceError> {
    profile.to_json().map(String::into_bytes).map_err(EvidenceError::Undocumented)
}

fn tables(
    view: &ViewEvidence,
    sample: &SampleEvidence,
    (folder, form): (&str, &KeyForm),
    files: &mut Files,
) -> Result<SampleDocument, EvidenceError> {
    let mut tables = table::Written { folder, files };
    tables.put(KEYS, keys::table(&sample.keys, (form, &sample.nodes)))?;
    tables.put(READINGS, readings::table(&view.view, &sample.readings))?;
    let mut values = Vec::new();
    let frame = versions::table(&view.view, &sample.versions).map(|(frame, written)| {
        values = written;
        frame
    });
    tables.put(VERSIONS, frame)?;
    let served = sample.served.as_ref().map(|served| served::put(&view.view, served, &mut tables)).transpose()?;
    let logged = sample.logged.as_ref().map(|logged| logged::put(logged, form, &mut tables)).transpose()?;
    Ok(SampleDocument {
        format: sample.format,
        fidelity: sample.fidelity,
        scan: sample.scan,
        snapshot: sample.facts.clone(),
        values,
        served,
        logged,
    })
}

/// The evidence in files, and the report of its round.
pub(super) fn evidence(files: &Opened) -> Result<(Evidence, Vec<u8>), EvidenceError> {
    let document: Document = serde_json::from_slice(files.file(DOCUMENT)?)
        .map_err(|error| EvidenceError::senseless(DOCUMENT, error.to_string()))?;
    let mut views = Vec::with_capacity(document.views.len());
    for view in document.views {
        views.push(of_view(view, document.entity_keys, files)?);
    }
    let evidence = Evidence {
        now: document.now,
        as_of: document.as_of,
        started_at: document.started_at,
        finished_at: document.finished_at,
        seed: document.seed,
        not_watched: document.not_watched,
        checks: document.checks,
        values: document.values,
        views,
    };
    Ok((evidence, files.file(REPORT)?.to_vec()))
}

fn of_view(document: ViewDocument, shown: Shown, files: &Opened) -> Result<ViewEvidence, EvidenceError> {
    let profile = |name: &str| {
        let file = profile_file(&document.folder, name);
        TableProfile::from_json(files.file(&file)?).map_err(|error| EvidenceError::senseless(&file, error.to_string()))
    };
    let trained = match document.reference {
        Reference::NewestVersions => Trained::NewestVersions,
        Reference::Profile => Trained::Profile(Box::new(profile("reference")?)),
        Reference::Unreadable => Trained::Unreadable,
    };
    let successive = match document.compared {
        Some(names) => Some(Successive { names, before: profile("before")?, newest: profile("newest")? }),
        None => None,
    };
    let sample = match &document.sample {
        Some(sample) => {
            Some(of_sample(&document.view, sample, shown, &table::Read { folder: &document.folder, files })?)
        }
        None => None,
    };
    Ok(ViewEvidence {
        view: document.view,
        failures: document.failures,
        later: document.later,
        compared: Compared { trained, successive },
        sample,
    })
}

fn of_sample(
    view: &FeatureView,
    document: &SampleDocument,
    shown: Shown,
    tables: &table::Read<'_>,
) -> Result<SampleEvidence, EvidenceError> {
    let (keys, nodes) = tables.take(KEYS, |frame| keys::keys(frame, (shown, view.features.len())))?;
    let readings = tables.take(READINGS, |frame| {
        let readings = readings::readings(frame, (view, keys.len()))?;
        if readings.iter().any(Vec::is_empty) { Err("an entity has no reading".to_owned()) } else { Ok(readings) }
    })?;
    let plain: Vec<EntityKey> = keys.iter().map(|sampled| sampled.key.clone()).collect();
    let held = (&plain[..], document.snapshot.identity.files.len());
    let versions = tables.take(VERSIONS, |frame| versions::versions(frame, (view, &document.values), held))?;
    let served = document.served.as_ref().map(|served| served::take((view, keys.len()), served, tables));
    let logged = document.logged.as_ref().map(|logged| logged::take(logged, shown, tables));
    Ok(SampleEvidence {
        keys,
        nodes,
        format: document.format,
        fidelity: document.fidelity,
        readings,
        scan: document.scan,
        facts: document.snapshot.clone(),
        versions,
        served: served.transpose()?,
        logged: logged.transpose()?,
    })
}
